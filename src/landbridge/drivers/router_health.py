"""How a host's agent hears how vrouters fare without asking: each vrouter's agent writes a file and says that it has.

The file outlives both: whoever begins anew reads it.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from landbridge.drivers.processes import write_atomically
from landbridge.model.health import Health

_FILE, _SOCKET = "health.json", "health.sock"


def tell(directory: Path, health: Mapping[str, Health]) -> None:
    """From the agent of the vrouter whose directory that is, to its host's, whether or not that listens."""
    write_atomically(directory / _FILE, msgspec.json.encode(health))
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
    with contextlib.suppress(OSError), sender, _short(directory.parent.parent / _SOCKET) as address:
        sender.sendto(b"news", address)


def told(directory: Path) -> dict[str, Health]:
    """What the agent of this vrouter has told last."""
    try:
        return msgspec.json.decode((directory / _FILE).read_bytes(), type=dict[str, Health])
    except (FileNotFoundError, msgspec.DecodeError):
        return {}


class RouterHealth:
    """All vrouters of the host whose agent's directory is `run_dir`; they are in `run_dir/routers`."""

    def __init__(self, run_dir: Path, notify: Callable[[], None]) -> None:
        """`notify` is called from another thread when one has told something."""
        self._base = run_dir / "routers"
        self._notify = notify
        self._known: dict[Path, tuple[tuple[int, int], dict[str, Health]]] = {}
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        run_dir.mkdir(parents=True, exist_ok=True)
        path = run_dir / _SOCKET
        path.unlink(missing_ok=True)
        with _short(path) as address:
            self._socket.bind(address)
        self._thread = threading.Thread(target=self._listen, name="router health", daemon=True)
        self._thread.start()

    def read(self) -> dict[str, Health]:
        """By node object key; costs a look per vrouter."""
        before, self._known = self._known, {}
        found: dict[str, Health] = {}
        for path in self._base.glob(f"*/{_FILE}"):
            with contextlib.suppress(FileNotFoundError):
                # A file that takes another's place is another file, however soon it does.
                seen = path.stat()
                known = before.get(path)
                mark = (seen.st_ino, seen.st_mtime_ns)
                self._known[path] = known if known and known[0] == mark else (mark, told(path.parent))
                found |= self._known[path][1]
        return found

    def close(self) -> None:
        """Listen no more."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        # Whoever shuts a socket of datagrams down is told of as an empty one.
        while self._socket.recv(16):
            self._notify()


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """A name of a socket that fits the 108 bytes of its address, however long the path is."""
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)
