"""A vrouter that balances, and servers that say who they are: support for the tests of load balancers."""

import contextlib
import http.server
import os
import socket
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPMessage
from typing import Any

from msgspec.structs import replace

from landbridge.drivers.enter import in_namespace
from landbridge.model.balancer_node import Balancer, HealthCheck, Member
from landbridge.model.node import AnyObject
from landbridge.model.router_node import VipAddress
from tests.netns.router_world import World

VIP = "203.0.113.9"
A, B, C = "10.1.0.10", "10.2.0.10", "10.2.0.11"
PORT, INSIDE = 80, 8080
LISTENER = "5" * 32
QUICK = HealthCheck(protocol="tcp", interval=1, timeout=1, rise=1, fall=1)
PLAIN = Balancer(
    listener_uuid=LISTENER,
    vip_ip=VIP,
    port=PORT,
    protocol="tcp",
    instance_port=INSIDE,
    algorithm="roundrobin",
    members=(Member(ip=A, weight=1), Member(ip=B, weight=1)),
    health=QUICK,
    max_connections=1000,
    idle_timeout=60,
)


def among(*weights: int, **changes: Any) -> Balancer:
    """The listener with as many of the servers A, B, C, by their weights."""
    members = tuple(Member(ip=ip, weight=weight) for ip, weight in zip((A, B, C), weights, strict=False))
    return replace(PLAIN, members=members, **changes)


def balanced(*listeners: Balancer) -> dict[str, AnyObject]:
    """Objects of the vrouter for these listeners."""
    addresses = {one.vip_ip for one in listeners}
    return {
        **{f"vip/{ip}": VipAddress(nic_uuid="nic0", ip=ip) for ip in addresses},
        **{f"lb/{one.listener_uuid}": one for one in listeners},
    }


class Server:
    """Greets whoever connects with its address, then says it again for every line; keeps count."""

    def __init__(self, netns: str, address: str, port: int) -> None:
        self.address = address
        self._open: set[socket.socket] = set()
        self._socket = in_namespace(netns, lambda: socket.create_server((address, port)))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while connection.recv(100):
                connection.sendall(self.address.encode() + b"\n")
        self._open.discard(connection)

    def close(self) -> None:
        """Nobody listens any more, and its connections end."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Http(socketserver.ThreadingTCPServer):
    """Not `http.server.HTTPServer`, which asks the DNS for its name."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 100
    status = 200
    headers: tuple[tuple[str, str], ...] = ()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, _Http)
        seen = "\n".join((str(server.server_address[0]), self.path, str(self.headers)))
        self.send_response(server.status)
        for name, value in server.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(seen)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(seen.encode())

    do_HEAD = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Not on the terminal."""


def web(netns: str, address: str) -> _Http:
    """An HTTP server whose answer is its address, the path and the headers that it saw."""
    made = in_namespace(netns, lambda: _Http((address, INSIDE), _Handler))
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    return made


def told(world: World, command: str) -> str:
    """What HAProxy answers at its socket."""
    directory = os.open(world.directory / "haproxy", os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(f"/proc/self/fd/{directory}/stats.sock")
            link.sendall(command.encode() + b"\n")
            return b"".join(iter(lambda: link.recv(1 << 16), b"")).decode()
    finally:
        os.close(directory)


def place_of(world: World, address: str) -> str:
    """The namespace of a server."""
    return world.names["a" if address == A else "b"]


@contextlib.contextmanager
def servers(world: World, *addresses: str) -> Iterator[list[Server]]:
    """TCP servers at the instance port."""
    if C in addresses:
        world.on("b", f"ip addr replace {C}/24 dev eth0")
    made = [Server(place_of(world, address), address, INSIDE) for address in addresses]
    try:
        yield made
    finally:
        for server in made:
            with contextlib.suppress(OSError):
                server.close()


@contextlib.contextmanager
def webs(world: World, *addresses: str) -> Iterator[list[_Http]]:
    """HTTP servers at the instance port."""
    if C in addresses:
        world.on("b", f"ip addr replace {C}/24 dev eth0")
    made = [web(place_of(world, address), address) for address in addresses]
    try:
        yield made
    finally:
        for server in made:
            server.shutdown()
            server.server_close()


def connect(world: World, machine: str = "internet", *, port: int = PORT, source: str = "") -> socket.socket:
    """A connection to the VIP."""
    where = (source, 0) if source else None
    return in_namespace(world.names[machine], lambda: socket.create_connection((VIP, port), 3, source_address=where))


def who(connection: socket.socket) -> str:
    """Which server is behind it; "" when it is over."""
    try:
        connection.sendall(b"?")
        return connection.recv(100).decode().strip()
    except OSError:
        return ""


def asked(world: World, times: int, **how: Any) -> Counter[str]:
    """Which servers answer so many connections."""
    found: Counter[str] = Counter()
    for _ in range(times):
        with connect(world, **how) as connection:
            found[who(connection)] += 1
    return found


def get(
    world: World,
    path: str = "/",
    *,
    tls: ssl.SSLContext | None = None,
    name: str = VIP,
    port: int = PORT,
    **headers: str,
) -> tuple[int, HTTPMessage, str]:
    """(status, headers, body) of a request to the VIP."""
    raw = connect(world, port=port)
    client = HTTPConnection(name)
    client.sock = raw if tls is None else tls.wrap_socket(raw, server_hostname=name)
    with contextlib.closing(client):
        client.request("GET", path, headers=headers)
        answer = client.getresponse()
        return answer.status, answer.headers, answer.read().decode()
