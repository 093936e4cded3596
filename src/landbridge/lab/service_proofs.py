"""What the demo proves of services on public addresses, with connections from the Internet."""

import contextlib
import socket
import threading
from collections.abc import Iterator

from landbridge.drivers.enter import in_namespace
from landbridge.lab import inside
from landbridge.lab.proofs import World, eventually, require
from landbridge.lab.vpc import BALANCED_PORT, FORWARDED_PORT, SERVED_PORT

_SECONDS = 3
_TRIES = 8


def eip(world: World) -> str:
    """From the Internet, from inside, and out again under the same address."""
    address = world.vpc.services["eip"]
    with _serving(world, "web-1", SERVED_PORT):
        for asking in ("internet", "db-1", "web-2"):
            require(_answer(world, asking, address, SERVED_PORT) == "web-1", f"{asking} does not reach {address}")
    path = f"/{next(world.counter)}"
    inside.run(world.spaces["web-1"], "curl", "-s", "-m", "5", f"http://{world.lab.gateway}{path}")
    log = (world.lab.path / "internet" / "requests.log").read_text().splitlines()
    saw = [line.split()[0] for line in log if line.endswith(f" {path}")]
    require(saw == [address], f"the web server saw {saw}, the EIP is {address}")
    return f"{address} is web-1 for the Internet, db-1 and web-2; web-1 goes out as {address}"


def one_address(world: World) -> str:
    """The vrouter's own address translates sources, forwards a port, and balances another."""
    address = world.vpc.services["own"]
    with _serving(world, "web-1", SERVED_PORT), _serving(world, "web-2", SERVED_PORT):
        found = _answer(world, "internet", address, FORWARDED_PORT)
        require(found == "web-2", f"port {FORWARDED_PORT} leads to {found or 'nobody'}")
        both = {"web-1", "web-2"}
        shared = eventually(
            lambda: {_answer(world, "internet", address, BALANCED_PORT) for _ in range(_TRIES)} == both
        )
        require(shared, f"port {BALANCED_PORT} is not shared out to {', '.join(sorted(both))}")
    require(not inside.connects(world.spaces["internet"], address, SERVED_PORT), f"{SERVED_PORT} is open")
    return f"{address}: {FORWARDED_PORT} leads to web-2, {BALANCED_PORT} to web-1 and web-2 in turn"


@contextlib.contextmanager
def _serving(world: World, name: str, port: int) -> Iterator[None]:
    """A VM that says its name to whoever connects."""
    listener = in_namespace(world.spaces[name], lambda: socket.create_server(("0.0.0.0", port)))

    def serve() -> None:
        while True:
            try:
                made, _ = listener.accept()
            except OSError:
                return
            with made, contextlib.suppress(OSError):
                made.sendall(name.encode())

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _answer(world: World, asking: str, address: str, port: int) -> str:
    """Who is there; "" when nobody answers."""
    try:
        with in_namespace(
            world.spaces[asking], lambda: socket.create_connection((address, port), _SECONDS)
        ) as connection:
            return connection.recv(64).decode()
    except OSError:
        return ""
