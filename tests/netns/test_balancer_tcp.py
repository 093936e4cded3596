"""Listeners of TCP in a vrouter's namespace, with real HAProxy and real connections."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from landbridge.drivers import children
from landbridge.drivers.enter import in_namespace
from landbridge.model.balancer_node import Access, Balancer, Tls
from tests.netns import router_world
from tests.netns.balanced import (
    INSIDE,
    LISTENER,
    PLAIN,
    PORT,
    QUICK,
    VIP,
    A,
    B,
    C,
    among,
    asked,
    balanced,
    connect,
    servers,
    told,
    who,
)
from tests.netns.guest_fixtures import eventually
from tests.netns.router_world import PUBLIC_IP, WEB, World, objects

pytestmark = pytest.mark.netns


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path) as made:
        yield made


def has(world: World, *listeners: Balancer) -> None:
    """The router balances these from now on."""
    assert world.update(objects() | balanced(*listeners)) == {}


def worker(world: World) -> int:
    """Pid of the HAProxy that serves."""
    return int(told(world, "show info").split("Pid: ")[1].split()[0])


def state_of(world: World, address: str) -> str:
    """How HAProxy sees a server; "" when it has none such."""
    rows = (row.split(",") for row in told(world, "show stat").splitlines())
    return next((row[17] for row in rows if row[1:2] == [address]), "")


def test_round_robin(world: World) -> None:
    with servers(world, A, B):
        has(world, PLAIN)
        assert asked(world, 20) == {A: 10, B: 10}


def test_weights(world: World) -> None:
    with servers(world, A, B, C):
        has(world, among(75, 25, 0))
        assert asked(world, 40) == {A: 30, B: 10}


def test_by_source_a_client_stays_with_its_server(world: World) -> None:
    clients = [f"203.0.113.{last}" for last in range(100, 120)]
    for client in clients:
        world.on("internet", f"ip addr add {client}/24 dev eth0")
    with servers(world, A, B):
        has(world, among(1, 1, algorithm="source"))
        first = {client: asked(world, 1, source=client) for client in clients}
        assert {client: asked(world, 1, source=client) for client in clients} == first
        assert len({next(iter(found)) for found in first.values()}) == 2


def test_least_connections(world: World) -> None:
    with servers(world, A, B), contextlib.ExitStack() as stack:
        has(world, among(1, algorithm="leastconn"))
        kept = [stack.enter_context(connect(world)) for _ in range(4)]
        assert {who(one) for one in kept} == {A}
        has(world, among(1, 1, algorithm="leastconn"))
        later = [stack.enter_context(connect(world)) for _ in range(4)]
        assert [who(one) for one in later] == [B] * 4
        assert {who(one) for one in kept} == {A}


def test_a_dead_server_is_left_out_and_comes_back(world: World) -> None:
    with servers(world, A, B) as (_, other):
        has(world, PLAIN)
        other.close()
        eventually("it is seen dead", lambda: state_of(world, B) == "DOWN")
        assert asked(world, 10) == {A: 10}
        with servers(world, B):
            eventually("it is seen alive", lambda: state_of(world, B) == "UP")
            assert asked(world, 10) == {A: 5, B: 5}


def test_a_check_of_another_port(world: World) -> None:
    health = replace(QUICK, port=9090)
    has(world, among(1, 1, health=health))
    with servers(world, A, B):
        eventually("nothing is there", lambda: state_of(world, A) == state_of(world, B) == "DOWN")


def test_members_change_and_nobody_is_dropped(world: World) -> None:
    with servers(world, A, B, C), contextlib.ExitStack() as stack:
        has(world, among(1, 1))
        process = worker(world)
        kept = [stack.enter_context(connect(world)) for _ in range(4)]
        before = [who(one) for one in kept]
        assert set(before) == {A, B}
        has(world, among(1, 1, 1))
        assert set(asked(world, 9)) == {A, B, C}
        has(world, among(1))
        assert asked(world, 6) == {A: 6}
        has(world, among(3, 1))
        assert asked(world, 8) == {A: 6, B: 2}
        assert [who(one) for one in kept] == before
        assert worker(world) == process


def test_a_server_that_has_left_is_taken_out_when_it_has_no_connections(world: World) -> None:
    with servers(world, A, B):
        has(world, PLAIN)
        with contextlib.ExitStack() as stack:
            kept = [stack.enter_context(connect(world)) for _ in range(2)]
            assert {who(one) for one in kept} == {A, B}
            has(world, among(1))
            assert state_of(world, B) == "MAINT"
        eventually("it is out", lambda: world.update(objects() | balanced(among(1))) == {} and not state_of(world, B))


def test_settings_change_and_nobody_is_dropped(world: World) -> None:
    with servers(world, A, B), contextlib.ExitStack() as stack:
        has(world, PLAIN)
        process = worker(world)
        kept = [stack.enter_context(connect(world)) for _ in range(4)]
        before = [who(one) for one in kept]
        has(world, replace(PLAIN, idle_timeout=30), replace(PLAIN, listener_uuid="6" * 32, port=81))
        assert worker(world) != process
        assert [who(one) for one in kept] == before
        assert asked(world, 4) == asked(world, 4, port=81) == {A: 2, B: 2}


def test_changes_that_follow_each_other_at_once(world: World) -> None:
    """The second reload is asked for while the first is not quite over."""
    with servers(world, A, B):
        for idle in range(30, 40):
            has(world, replace(PLAIN, idle_timeout=idle))
        assert asked(world, 2) == {A: 1, B: 1}


def test_a_hundred_listeners_with_all_connections_that_fit(world: World) -> None:
    many = [replace(PLAIN, listener_uuid=f"{n:032x}", port=1000 + n, max_connections=200_000) for n in range(100)]
    with servers(world, A, B):
        has(world, *many)
        assert asked(world, 2, port=1099) == {A: 1, B: 1}


def test_a_reload_remembers_who_is_dead(world: World) -> None:
    slow = replace(QUICK, interval=3600)
    with servers(world, A):
        has(world, PLAIN)
        eventually("it is seen dead", lambda: state_of(world, B) == "DOWN")
        has(world, replace(PLAIN, health=slow))
        assert state_of(world, B) == "DOWN"
        assert asked(world, 4) == {A: 4}


def test_only_its_port_is_open(world: World) -> None:
    with servers(world, A, B):
        has(world, PLAIN)
        assert asked(world, 2) == {A: 1, B: 1}
        for address, port in ((VIP, 81), (PUBLIC_IP, PORT)):
            with pytest.raises(OSError, match="timed out"):
                router_world.connect(world.names["internet"], address, port, 0.5)


def test_from_inside(world: World) -> None:
    """Also for one that is a server itself."""
    with servers(world, A, B):
        has(world, PLAIN)
        assert asked(world, 4, machine="a") == {A: 2, B: 2}


@pytest.mark.parametrize(
    ("access", "comes_in"),
    [
        (Access(deny=True, cidrs=(f"{WEB}/32",)), False),
        (Access(deny=True, cidrs=("198.51.100.0/24",)), True),
        (Access(deny=True, cidrs=()), True),
        (Access(deny=False, cidrs=("203.0.113.0/24",)), True),
        (Access(deny=False, cidrs=("198.51.100.0/24",)), False),
        (Access(deny=False, cidrs=()), False),
    ],
)
def test_who_comes_in(world: World, access: Access, comes_in: bool) -> None:
    with servers(world, A, B):
        has(world, replace(PLAIN, access=access))
        if comes_in:
            assert asked(world, 2) == {A: 1, B: 1}
        else:
            with pytest.raises(ConnectionResetError), connect(world) as connection:
                connection.recv(100)


def test_no_more_connections_than_allowed(world: World) -> None:
    with servers(world, A, B), contextlib.ExitStack() as stack:
        has(world, replace(PLAIN, max_connections=2))
        first, second, third = (stack.enter_context(connect(world)) for _ in range(3))
        assert {who(first), who(second)} == {A, B}
        third.settimeout(0.5)
        third.sendall(b"?")
        with pytest.raises(TimeoutError):
            third.recv(100)
        first.close()
        third.settimeout(3)
        assert third.recv(100).decode().strip() in (A, B)


def test_silence_ends_a_connection(world: World) -> None:
    with servers(world, A, B), contextlib.ExitStack() as stack:
        has(world, replace(PLAIN, idle_timeout=1))
        connection = stack.enter_context(connect(world))
        assert who(connection)
        assert connection.recv(100) == b""


def test_servers_are_told_the_client(world: World) -> None:
    with in_namespace(world.names["a"], lambda: socket.create_server((A, INSIDE))) as server:
        server.settimeout(3)
        has(world, among(1, proxy_protocol="v1"))
        with connect(world):
            head = ""
            # The vrouter's own checks come, too.
            while WEB not in head:
                accepted, _ = server.accept()
                with accepted:
                    head = accepted.recv(100).decode()
    assert head.startswith(f"PROXY TCP4 {WEB} {VIP} ")


def test_the_agent_dies_and_the_next_one_changes_nothing(world: World) -> None:
    with servers(world, A, B), contextlib.ExitStack() as stack:
        has(world, PLAIN)
        process, master = worker(world), children.running_pid(world.directory / "haproxy")
        kept = stack.enter_context(connect(world))
        before = who(kept)
        world.restart_agent()
        assert world.routers.show(router_world.ROUTER)["changes"] == 0
        assert (worker(world), children.running_pid(world.directory / "haproxy")) == (process, master)
        assert who(kept) == before
        has(world, among(1))
        assert worker(world) == process
        assert asked(world, 2) == {A: 2}


def test_without_listeners_nothing_runs(world: World) -> None:
    has(world, PLAIN)
    pid = children.running_pid(world.directory / "haproxy")
    assert pid is not None
    has(world)
    assert not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text()
    assert world.on("router", "ss -Hltn sport = 80") == ""


def test_one_that_haproxy_refuses_is_reported(world: World) -> None:
    broken = Tls(certificates=("no certificate",))
    with servers(world, A, B):
        has(world, PLAIN)
        failed = world.update(objects() | balanced(replace(PLAIN, protocol="https", tls=broken)))
        assert "unable to load" in failed[f"lb/{LISTENER}"]
        assert asked(world, 2) == {A: 1, B: 1}
        other = replace(PLAIN, listener_uuid="6" * 32, port=81)
        wanted = objects() | balanced(replace(PLAIN, protocol="https", tls=broken), other)
        world.restart_agent()
        assert world.update(wanted) == failed
        assert asked(world, 2) == asked(world, 2, port=81) == {A: 1, B: 1}, "as it was, with the new one"


def test_how_it_does(world: World) -> None:
    with servers(world, A, B) as (_, other), contextlib.ExitStack() as stack:
        has(world, replace(PLAIN, access=Access(deny=True, cidrs=("10.1.0.0/24",))))
        other.close()
        eventually("it is seen dead", lambda: state_of(world, B) == "DOWN")
        kept = stack.enter_context(connect(world))
        assert who(kept) == A
        with contextlib.suppress(ConnectionResetError), connect(world, machine="a") as refused:
            refused.recv(10)
        has(world, replace(PLAIN, access=Access(deny=True, cidrs=("10.1.0.0/24",)), members=PLAIN.members[1:]))
        [listener] = world.routers.balancers(router_world.ROUTER, [LISTENER, "9" * 32]).listeners
        assert (listener.connections, listener.total_connections, listener.denied) == (1, 1, 1)
        states = {server.ip: server.state for server in listener.servers}
        assert states == {A: "LEAVING", B: "DOWN"}
        leaving, dead = sorted(listener.servers, key=lambda server: server.ip)
        assert "refused" in dead.reason
        assert (leaving.connections, leaving.total_connections) == (1, 1)


def test_without_haproxy_nothing_does(world: World) -> None:
    has(world)
    assert world.routers.balancers(router_world.ROUTER, [LISTENER]).listeners == ()
