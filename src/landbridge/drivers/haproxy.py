"""HAProxy as a child of the vrouter's agent: goes from one configuration to the next without a dropped connection.

Servers and weights change while it runs, by its socket.  Anything else is a reload: a new worker takes the listening
sockets over, the old one serves the connections that it has to their ends.  A server that leaves gets nothing new,
keeps its connections, and is taken out when it has none.
"""

import contextlib
import csv
import os
import resource
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from landbridge.drivers.children import Child, running_pid
from landbridge.drivers.haproxy_check import HaproxyError, alerts, check, write_secret
from landbridge.drivers.haproxy_log import HaproxyLog
from landbridge.drivers.processes import write_atomically
from landbridge.drivers.supervise import Supervisor
from landbridge.render.haproxy import Setup

_CONFIG, _SOCKET, _MASTER, _STATE, _FRAME = "haproxy.cfg", "stats.sock", "master.sock", "servers", "frame"
_WANTED, _LOG = "wanted.cfg", "log"
_FAILED = "Loading failure!"
"""What its master says of a reload."""
_PATIENCE_SECONDS = 10.0
_POLL_SECONDS = 0.01
_STOPPED = "0"
"""Of `srv_op_state`: it is dead, or in maintenance."""
_MAINTENANCE = 0x3F
"""Bits of `srv_admin_state`: any of them, and it gets no new connections."""


class Haproxy:
    """One HAProxy, in the namespace of the caller."""

    def __init__(self, directory: Path, supervisor: Supervisor) -> None:
        self._directory = directory
        self._supervisor = supervisor
        self.log = HaproxyLog()

    @property
    def files(self) -> int:
        """How many files it may have open."""
        return resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    def refusal(self, setup: Setup) -> str | None:
        """Why it would not take this configuration, in its words; None when it would, or runs it already.

        Raises:
            HaproxyError: it cannot be run.
        """
        if self._frame() == setup.frame:
            return None
        self._directory.mkdir(parents=True, exist_ok=True)
        for name, pem in setup.certificates.items():
            write_secret(self._directory / name, pem)
        wanted = self._directory / _WANTED
        write_secret(wanted, setup.text)
        try:
            return check(self._directory, wanted)
        finally:
            wanted.unlink()

    def apply(self, setup: Setup | None) -> int:
        """Have it run so; None: not at all.  How many things that changed.  Ask for `refusal` first.

        Raises:
            HaproxyError: it is not installed, it cannot listen, or it does not answer.
        """
        if setup is None:
            if self._directory.exists():
                self._supervisor.remove(self._directory)
                self._clean(set())
                # Without its certificates the configuration is none.
                for name in (_CONFIG, _FRAME):
                    (self._directory / name).unlink(missing_ok=True)
            return 0
        changed = self._write(setup)
        self.log.bind(self._directory)
        if self._start():
            self._mark(setup)
            changed += 1
        elif self._frame() != setup.frame:
            self._reload()
            self._mark(setup)
            changed += 1
        changed += self._settle(setup)
        self._clean(set(setup.certificates))
        return changed

    def counters(self) -> list[Mapping[str, str]]:
        """Rows of `show stat`, empty while it does not run.

        Raises:
            HaproxyError: it does not answer.
        """
        if running_pid(self._directory) is None:
            return []
        return list(csv.DictReader(self._ask("show stat").lstrip("# ").splitlines()))

    def dead(self) -> dict[str, set[str]]:
        """By backend, the addresses of servers whose checks fail; empty while it does not run.

        Raises:
            HaproxyError: it does not answer.
        """
        found: dict[str, set[str]] = {}
        for (backend, address), server in self._present().items() if running_pid(self._directory) else ():
            if server.dead and not server.leaving:
                found.setdefault(backend, set()).add(address)
        return found

    # ---- processes --------------------------------------------------------------------------

    def _write(self, setup: Setup) -> int:
        path = self._directory / _CONFIG
        if path.exists() and path.read_text() == setup.text:
            return 0
        self._directory.mkdir(parents=True, exist_ok=True)
        for name, pem in setup.certificates.items():
            write_secret(self._directory / name, pem)
        write_atomically(path, setup.text.encode())
        return 1

    def _start(self) -> bool:
        """Have a process; True if it was started now."""
        said = self._said()
        # A namespace made anew needs a new process, even with the same configuration.
        namespace = os.stat("/proc/self/ns/net").st_ino
        argv = (
            "haproxy",
            "-W",
            "-S",
            f"unix@{_MASTER},mode,600",
            "-C",
            str(self._directory),
            "-f",
            str(self._directory / _CONFIG),
        )
        try:
            started = self._supervisor.ensure(Child(argv, self._directory, revision=str(namespace)))
        except OSError as error:
            raise HaproxyError(f"haproxy cannot be started: {error.strerror}") from error
        self._await(None, said)
        return started

    def _reload(self) -> None:
        """A new worker with the configuration on disk, which knows what the old one knew of its servers."""
        write_atomically(self._directory / _STATE, self._ask("show servers state").encode())
        old = int(self._ask("show info").partition("Pid: ")[2].split()[0])
        said = self._said()
        # Not by a signal: the master loses one that comes before it is done with the reload before.
        self._ask("reload", _MASTER)
        self._await(old, said)
        # Only for a moment: whoever starts later must not believe it.
        (self._directory / _STATE).unlink()

    def _await(self, predecessor: int | None, said: int) -> None:
        """Until a worker answers that is not the predecessor; `said`: so long was its log before."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            with contextlib.suppress(OSError):
                if self._worker() != predecessor:
                    return
            over = time.monotonic() > deadline or running_pid(self._directory) is None
            words = self._log(said)
            if over or _FAILED in words:
                raise HaproxyError(alerts(words))
            time.sleep(_POLL_SECONDS)

    def _worker(self) -> int:
        """Pid of the worker behind the socket.  Raises OSError while there is none."""
        fields = (line.partition(": ")[::2] for line in self._talk("show info").splitlines())
        pid = dict(fields).get("Pid")
        if pid is None:
            raise ConnectionError("no answer")
        return int(pid)

    def _said(self) -> int:
        with contextlib.suppress(FileNotFoundError):
            return (self._directory / _LOG).stat().st_size
        return 0

    def _log(self, since: int) -> str:
        with contextlib.suppress(FileNotFoundError), (self._directory / _LOG).open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")
        return ""

    def _frame(self) -> str | None:
        with contextlib.suppress(FileNotFoundError):
            return (self._directory / _FRAME).read_text()
        return None

    def _mark(self, setup: Setup) -> None:
        write_atomically(self._directory / _FRAME, setup.frame.encode())

    def _clean(self, keep: set[str]) -> None:
        """Certificates that nobody presents any more."""
        for path in self._directory.glob("*.pem"):
            if path.name not in keep:
                path.unlink()

    # ---- servers ------------------------------------------------------------------------------

    def _settle(self, setup: Setup) -> int:
        """Servers and weights of the running process; how many commands that took."""
        present = self._present()
        done = 0
        for backend, wanted in setup.servers.items():
            for address, weight in wanted.items():
                server = f"{backend}/{address}"
                known = present.pop((backend, address), None)
                if known is None:
                    self._add(setup, backend, address, weight)
                elif known.leaving:
                    self._command(f"set server {server} state ready")
                if known is not None and known.weight != weight:
                    self._command(f"set server {server} weight {weight}")
                done += known is None or known.leaving or known.weight != weight
        for (backend, address), known in present.items():
            if not known.leaving:
                self._command(f"set server {backend}/{address} state maint")
                done += 1
            # Refused while it has connections: the next look tries again.
            self._ask(f"del server {backend}/{address}")
        return done

    def _add(self, setup: Setup, backend: str, address: str, weight: int) -> None:
        server, target = f"{backend}/{address}", f"{address}:{setup.ports[backend]}"
        self._command(f"add server {server} {target} weight {weight} {setup.options[backend]}")
        if backend in setup.sticky:
            # Makes the cookies of all its servers anew, from addresses and key: the same for those that had one.
            self._command(f"enable dynamic-cookie backend {backend}")
        self._command(f"enable health {server}")
        self._command(f"set server {server} state ready")

    def _present(self) -> dict[tuple[str, str], "_Server"]:
        lines = self._ask("show servers state").splitlines()
        names = lines[1].removeprefix("# ").split()
        rows = (dict(zip(names, line.split(), strict=False)) for line in lines[2:] if line)
        return {
            (row["be_name"], row["srv_name"]): _Server(
                weight=int(row["srv_uweight"]),
                leaving=bool(int(row["srv_admin_state"]) & _MAINTENANCE),
                dead=row["srv_op_state"] == _STOPPED,
            )
            for row in rows
        }

    def _command(self, command: str) -> None:
        answer = self._ask(command).strip()
        if answer and answer != "New server registered.":
            raise HaproxyError(f"{command}: {answer}")

    def _ask(self, command: str, where: str = _SOCKET) -> str:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return self._talk(command, where)
            except OSError as error:
                # A socket is nobody's for a moment while a reload makes it anew; nothing has been said then.
                passing = isinstance(error, ConnectionRefusedError | FileNotFoundError)
                if not passing or time.monotonic() > deadline:
                    raise HaproxyError(f"haproxy does not answer: {error}") from error
            time.sleep(_POLL_SECONDS)

    def _talk(self, command: str, where: str = _SOCKET) -> str:
        # A path of a Unix socket holds 107 characters, ours may be longer: go through the open directory.
        with socket.socket(socket.AF_UNIX) as connection, _opened(self._directory) as descriptor:
            connection.settimeout(_PATIENCE_SECONDS)
            connection.connect(f"/proc/self/fd/{descriptor}/{where}")
            connection.sendall(command.encode() + b"\n")
            parts = []
            while part := connection.recv(1 << 16):
                parts.append(part)
            return b"".join(parts).decode()


@dataclass(frozen=True, slots=True)
class _Server:
    """A server of the running process.

    leaving  it gets nothing new, and goes
    dead     its checks fail
    """

    weight: int
    leaving: bool
    dead: bool


@contextlib.contextmanager
def _opened(directory: Path) -> Iterator[int]:
    descriptor = os.open(directory, os.O_PATH | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
