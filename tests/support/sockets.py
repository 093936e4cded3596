"""TCP and UDP between namespaces, from this process: who can talk to whom, and who still can."""

import contextlib
import selectors
import socket
import threading
from collections.abc import Iterator
from functools import partial

from landbridge.drivers import enter

GRANTED_SECONDS = 5.0
"""What may be said in a moment, on a machine that is busy."""
DENIED_SECONDS = 0.6


class Echo:
    """A thread that answers on some TCP and UDP ports of a namespace with what it is told."""

    def __init__(self, namespace: str, ports: tuple[int, ...], datagrams: tuple[int, ...] = ()) -> None:
        self._selector = selectors.DefaultSelector()
        self._listeners = [enter.in_namespace(namespace, partial(_listen, port)) for port in ports]
        for made in (*self._listeners, *(udp_socket(namespace, port) for port in datagrams)):
            self._selector.register(made, selectors.EVENT_READ)
        self._ended, self._end = socket.socketpair()
        self._selector.register(self._ended, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hang up everything."""
        self._end.send(b"x")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]  # sockets all
        self._selector.close()
        self._end.close()

    def _serve(self) -> None:
        while True:
            for key, _ in self._selector.select():
                made = key.fileobj
                assert isinstance(made, socket.socket)
                if made is self._ended:
                    return
                if made in self._listeners:
                    with contextlib.suppress(OSError):
                        accepted, _ = made.accept()
                        self._selector.register(accepted, selectors.EVENT_READ)
                    continue
                if made.type == socket.SOCK_DGRAM:
                    with contextlib.suppress(OSError):
                        made.sendto(*made.recvfrom(4096))
                    continue
                try:
                    data = made.recv(4096)
                    if not data:
                        raise ConnectionResetError
                    made.sendall(data)
                except OSError:
                    self._selector.unregister(made)
                    made.close()


@contextlib.contextmanager
def echo(namespace: str, *ports: int, datagrams: tuple[int, ...] = ()) -> Iterator[None]:
    """An echo service on TCP ports and those for datagrams while the `with` lasts."""
    service = Echo(namespace, ports, datagrams)
    try:
        yield
    finally:
        service.close()


def connect(namespace: str, address: str, port: int, timeout: float = GRANTED_SECONDS) -> socket.socket:
    """A connection; OSError when there is none in time."""
    return enter.in_namespace(namespace, lambda: socket.create_connection((address, port), timeout))


def connects(namespace: str, address: str, port: int) -> bool:
    """Whether a connection is made and carries data."""
    try:
        with connect(namespace, address, port) as made:
            return talks(made)
    except OSError:
        return False


def refused(namespace: str, address: str, port: int) -> bool:
    """Whether there is no connection."""
    try:
        connect(namespace, address, port, DENIED_SECONDS).close()
    except OSError:
        return True
    return False


def talks(made: socket.socket, seconds: float = GRANTED_SECONDS) -> bool:
    """Whether what is sent comes back."""
    made.settimeout(seconds)
    try:
        made.sendall(b"hello")
        return made.recv(5) == b"hello"
    except OSError:
        return False


def listener(namespace: str, port: int) -> socket.socket:
    """A TCP socket that accepts connections in a namespace."""
    return enter.in_namespace(namespace, lambda: _listen(port))


def _listen(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("0.0.0.0", port))
    made.listen(64)
    return made


def udp_socket(namespace: str, port: int) -> socket.socket:
    """A UDP socket in a namespace, on any address."""

    def make() -> socket.socket:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        made.bind(("0.0.0.0", port))
        return made

    return enter.in_namespace(namespace, make)
