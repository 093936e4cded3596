"""The control socket of a local process: one JSON request a line, one JSON reply a line.

A Unix socket that only root may open.  The serving side belongs to a process with a
selector loop of its own and never blocks it: a slow or silent client waits alone.
"""

import contextlib
import json
import os
import selectors
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

Request = Mapping[str, Any]
Handler = Callable[[Request], Mapping[str, Any]]

_MAX_PENDING = 64 << 20
"""A request larger than this closes the connection (a whole table of 10,000 ports has 4 MB)."""


class ControlError(Exception):
    """The process does not answer, or answered with an error (its words are the message)."""


class ControlServer:
    """Serve `handler` on a Unix socket, inside the caller's selector loop.

    The caller runs `selector.select()` and calls `key.data()` for every ready key.
    """

    def __init__(self, path: Path, selector: selectors.BaseSelector, handler: Handler) -> None:
        """Take over the socket path: a predecessor that was killed leaves its file behind."""
        self._selector = selector
        self._handler = handler
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        self._listener.setblocking(False)
        mask = os.umask(0o177)
        try:
            with _address(path) as address:
                self._listener.bind(address)
        finally:
            os.umask(mask)
        self._listener.listen(16)
        selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def close(self) -> None:
        """Take no more connections; the file stays, as if the process had been killed."""
        self._selector.unregister(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(BlockingIOError):
            connection, _ = self._listener.accept()
            connection.setblocking(False)
            _Connection(connection, self._selector, self._handler)


class _Connection:
    """One client: reads whole lines, writes replies as fast as the client takes them."""

    def __init__(self, connection: socket.socket, selector: selectors.BaseSelector, handler: Handler) -> None:
        self._socket = connection
        self._selector = selector
        self._handler = handler
        self._incoming = bytearray()
        self._outgoing = bytearray()
        selector.register(connection, selectors.EVENT_READ, self._ready)

    def _ready(self) -> None:
        try:
            self._read()
            self._write()
        except BlockingIOError:
            pass
        except OSError:
            self._close()

    def _read(self) -> None:
        with contextlib.suppress(BlockingIOError):
            data = self._socket.recv(1 << 20)
            self._incoming += data
            if not data or len(self._incoming) > _MAX_PENDING:
                raise ConnectionError
        while (end := self._incoming.find(b"\n")) >= 0:
            line = bytes(self._incoming[:end])
            del self._incoming[: end + 1]
            self._outgoing += json.dumps(self._answer(line)).encode() + b"\n"

    def _answer(self, line: bytes) -> Mapping[str, Any]:
        try:
            return self._handler(json.loads(line))
        except Exception as error:  # any mistake in a request is the client's answer, not our end
            return {"error": f"{type(error).__name__}: {error}"}

    def _write(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._outgoing:
                del self._outgoing[: self._socket.send(self._outgoing)]
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._outgoing else 0)
        self._selector.modify(self._socket, events, self._ready)

    def _close(self) -> None:
        self._selector.unregister(self._socket)
        self._socket.close()


@contextlib.contextmanager
def _address(path: Path) -> Iterator[str]:
    """A name for the socket that fits the 108 bytes of a Unix address, however long the path is."""
    directory = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


def call(path: Path, request: Request, timeout: float = 10.0) -> dict[str, Any]:
    """Ask the process behind the socket `path`; `timeout` in seconds.

    Raises:
        ControlError: nobody answers there, or the answer is an error.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as connection:
        connection.settimeout(timeout)
        try:
            with _address(path) as address:
                connection.connect(address)
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as lines:
                line = lines.readline()
        except OSError as error:
            raise ControlError(f"no answer on {path}: {error.strerror or error}") from error
    if not line:
        raise ControlError(f"no answer on {path}: it closed the connection")
    reply: dict[str, Any] = json.loads(line)
    if "error" in reply:
        raise ControlError(str(reply["error"]))
    return reply
