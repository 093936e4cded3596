"""Listeners of UDP in a vrouter's namespace: nftables and checks of our own, with real datagrams."""

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from landbridge.drivers.enter import in_namespace
from landbridge.model.balancer_node import Access, Balancer, HealthCheck, Member
from tests.netns import router_world
from tests.netns.balanced import INSIDE, LISTENER, VIP, A, B, among, balanced, place_of
from tests.netns.guest_fixtures import eventually
from tests.netns.router_world import WEB, World, objects

pytestmark = pytest.mark.netns

PORT = 53
QUICK = HealthCheck(protocol="udp", interval=1, timeout=1, rise=1, fall=1)


def datagrams(*weights: int, **changes: Any) -> Balancer:
    return among(*weights, **{"protocol": "udp", "port": PORT, "health": QUICK, **changes})


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path) as made:
        yield made


def has(world: World, *listeners: Balancer) -> None:
    """The router balances these from now on."""
    assert world.update(objects() | balanced(*listeners)) == {}


def _answer(server: socket.socket, name: str) -> None:
    while True:
        try:
            said, client = server.recvfrom(100)
        except OSError:
            return
        if not said and client[0].startswith("10."):
            continue
        if said == b"end":
            return
        with contextlib.suppress(OSError):
            server.sendto(f"{name} {client[0]}".encode(), client)


@contextlib.contextmanager
def echo(world: World, *ips: str) -> Iterator[None]:
    """Servers that say their address and the client's; checks get no answer."""
    with contextlib.ExitStack() as stack:
        for ip in ips:
            server = in_namespace(place_of(world, ip), lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            stack.enter_context(server)
            server.bind((ip, INSIDE))
            thread = threading.Thread(target=_answer, args=(server, ip), daemon=True)
            thread.start()
            stack.callback(thread.join)
            stack.callback(_end, world, ip)
        yield


def _end(world: World, ip: str) -> None:
    """A thread that waits in a socket does not notice that it is closed: tell it."""
    with in_namespace(place_of(world, ip), lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as out:
        out.sendto(b"end", (ip, INSIDE))


def flow(world: World, machine: str = "internet", source: str = "", patience: float = 10) -> socket.socket:
    made = in_namespace(world.names[machine], lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    made.settimeout(patience)
    made.bind((source, 0))
    made.connect((VIP, PORT))
    return made


def who(client: socket.socket) -> str:
    """Which server answers, and whom it sees; "" when nobody does."""
    try:
        client.send(b"?")
        return client.recv(100).decode()
    except OSError:
        return ""


def asked(world: World, times: int, **how: Any) -> Counter[str]:
    found: Counter[str] = Counter()
    for _ in range(times):
        with flow(world, **how) as client:
            found[who(client).partition(" ")[0]] += 1
    return found


def states(world: World) -> dict[str, str]:
    [listener] = world.routers.balancers(router_world.ROUTER, [LISTENER]).listeners
    return {server.ip: server.state for server in listener.servers}


def test_flows_are_shared_out_and_stay(world: World) -> None:
    with echo(world, A, B):
        has(world, datagrams(1, 1))
        found = asked(world, 100)
        # Drawn: 100 of 1/2, further from the middle than five deviations about once in two million.
        assert set(found) == {A, B}
        assert 25 <= found[A] <= 75
        with flow(world) as client:
            first = who(client)
            assert first.partition(" ")[2] == WEB
            assert [who(client) for _ in range(10)] == [first] * 10


def test_weights(world: World) -> None:
    with echo(world, A, B):
        has(world, datagrams(1, 0))
        assert asked(world, 20) == {A: 20}


def test_by_source(world: World) -> None:
    clients = [f"203.0.113.{last}" for last in range(100, 120)]
    for client in clients:
        world.on("internet", f"ip addr add {client}/24 dev eth0")
    with echo(world, A, B):
        has(world, datagrams(1, 1, algorithm="source"))
        first = {client: asked(world, 1, source=client) for client in clients}
        assert {client: asked(world, 1, source=client) for client in clients} == first
        assert len({next(iter(found)) for found in first.values()}) == 2


def test_a_dead_server_is_left_out_and_comes_back(world: World) -> None:
    with echo(world, A), flow(world) as client:
        has(world, datagrams(1, 1))
        eventually("it is seen dead", lambda: states(world) == {A: "UP", B: "DOWN"})
        eventually(
            "nobody is sent there", lambda: B not in world.on("router", "nft list map inet landbridge datagrams")
        )
        assert asked(world, 10) == {A: 10}
        assert who(client).startswith(A)
        with echo(world, B):
            eventually("it is seen alive", lambda: states(world) == {A: "UP", B: "UP"})
            eventually("it is sent some", lambda: B in world.on("router", "nft list map inet landbridge datagrams"))
            assert who(client).startswith(A)


def test_the_agent_dies_and_the_next_one_knows_who_is_dead(world: World) -> None:
    with echo(world, A):
        slow = replace(QUICK, interval=2)
        has(world, datagrams(1, 1, health=slow))
        listed = "nft list map inet landbridge datagrams"
        eventually("it is sent nothing", lambda: A in (seen := world.on("router", listed)) and B not in seen)
        world.restart_agent()
        assert states(world) == {A: "UP", B: "DOWN"}
        assert world.routers.show(router_world.ROUTER)["changes"] == 0
        assert asked(world, 10) == {A: 10}


def test_a_machine_that_is_gone_is_dead(world: World) -> None:
    with echo(world, A):
        world.on("b", "ip link set eth0 down")
        has(world, datagrams(1, 1))
        eventually("it is seen dead", lambda: states(world) == {A: "UP", B: "DOWN"}, seconds=15)


def test_one_to_which_there_is_no_route_is_dead(world: World) -> None:
    nowhere = Member(ip="192.0.2.77", weight=1)
    wanted = {key: item for key, item in objects().items() if not key.startswith("route/")}
    listener = replace(datagrams(1), members=(*datagrams(1).members, nowhere))
    with echo(world, A):
        assert world.update(wanted | balanced(listener)) == {}
        eventually("it is seen dead", lambda: states(world) == {A: "UP", nowhere.ip: "DOWN"})


def test_flows_of_a_server_that_leaves_go_to_another(world: World) -> None:
    with echo(world, A, B), contextlib.ExitStack() as stack:
        has(world, datagrams(1, 1))
        flows = [stack.enter_context(flow(world)) for _ in range(12)]
        before = [who(one).partition(" ")[0] for one in flows]
        has(world, datagrams(1))
        after = [who(one).partition(" ")[0] for one in flows]
        assert set(before) == {A, B}
        assert after == [A] * 12


def test_from_inside(world: World) -> None:
    with echo(world, A, B):
        has(world, datagrams(1))
        with flow(world, "b") as client:
            assert who(client) == f"{A} 10.1.0.1"
        with flow(world, "a") as client:
            assert who(client) == f"{A} 10.1.0.1"


@pytest.mark.parametrize(
    ("access", "comes_in"),
    [
        (Access(deny=True, cidrs=(f"{WEB}/32",)), False),
        (Access(deny=True, cidrs=("0.0.0.0/0",)), False),
        (Access(deny=True, cidrs=("198.51.100.0/24",)), True),
        (Access(deny=False, cidrs=("203.0.113.0/24",)), True),
        (Access(deny=False, cidrs=("198.51.100.0/24",)), False),
        (Access(deny=False, cidrs=()), False),
    ],
)
def test_who_comes_in(world: World, access: Access, comes_in: bool) -> None:
    with echo(world, A, B):
        has(world, replace(datagrams(1, 1), access=access))
        with flow(world, patience=10 if comes_in else 0.7) as client:
            assert (who(client) != "") is comes_in


def test_without_it_nobody_answers_and_tcp_is_another(world: World) -> None:
    with echo(world, A, B), flow(world) as client:
        has(world, datagrams(1))
        assert who(client)
        with pytest.raises(OSError, match="timed out"):
            router_world.connect(world.names["internet"], VIP, PORT, 0.5)
        address = {key: item for key, item in balanced(datagrams(1)).items() if key.startswith("vip/")}
        assert world.update(objects() | address) == {}
        client.settimeout(0.7)
        assert who(client) == ""
