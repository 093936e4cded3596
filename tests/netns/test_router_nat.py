"""EIPs and port forwarding in a vrouter's namespace, with real packets."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from landbridge.drivers.conntrack import Conntrack
from landbridge.drivers.enter import in_namespace
from landbridge.model.node import AnyObject
from landbridge.model.router_node import PortForward, StaticNat, VipAddress
from landbridge.render.router_nat import Carried
from tests.netns import router_world
from tests.netns.router_world import PUBLIC_IP, WEB, Peer, World, ask, connect, objects

pytestmark = pytest.mark.netns

VIP, OTHER_VIP = "203.0.113.9", "203.0.113.10"
A, B, GATEWAY_OF_B = "10.1.0.10", "10.2.0.10", "10.2.0.1"
INSIDE = 7000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with router_world.world(tmp_path) as made:
        yield made


def vip(address: str) -> dict[str, AnyObject]:
    return {f"vip/{address}": VipAddress(nic_uuid="nic0", ip=address)}


def eip(address: str, guest: str) -> dict[str, AnyObject]:
    return {**vip(address), f"eip/{address}": StaticNat(vip_ip=address, guest_ip=guest, out_nic_uuid="nic0")}


def forward(
    first: int, last: int, guest_first: int, *, guest: str = A, protocol: str = "TCP", allowed: str | None = None
) -> dict[str, AnyObject]:
    rule = PortForward(
        vip_ip=VIP,
        protocol=protocol,  # type: ignore[arg-type]  # literals, as passed by the tests
        first=first,
        last=last,
        guest_ip=guest,
        guest_first=guest_first,
        allowed=allowed,
    )
    return {**vip(VIP), f"forward/{protocol}-{first}": rule}


@contextlib.contextmanager
def serving(world: World, machine: str, *ports: int) -> Iterator[list[Peer]]:
    """Servers on all addresses of a machine."""
    peers = [Peer(world.names[machine], "", port) for port in ports]
    try:
        yield peers
    finally:
        for peer in peers:
            peer.close()


def seen_as(world: World, machine: str, address: str, port: int) -> str:
    """As whom the server sees a machine that asks; "" when nobody answers."""
    try:
        with connect(world.names[machine], address, port, 0.7) as connection:
            return ask(connection)
    except OSError:
        return ""


@contextlib.contextmanager
def udp_pair(world: World, machine: str, port: int) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A socket on the Internet, and one on a port of a machine."""
    kind = (socket.AF_INET, socket.SOCK_DGRAM)
    inside = in_namespace(world.names[machine], lambda: socket.socket(*kind))
    outside = in_namespace(world.names["internet"], lambda: socket.socket(*kind))
    with inside, outside:
        inside.bind(("", port))
        inside.settimeout(3)
        outside.settimeout(3)
        yield outside, inside


def is_over(connection: socket.socket) -> bool:
    """Whether nobody answers on it any more."""
    connection.settimeout(0.7)
    try:
        return not ask(connection)
    except OSError:
        return True


def test_an_eip_is_the_machine_from_outside(world: World) -> None:
    assert world.update(objects() | eip(VIP, A)) == {}
    with serving(world, "a", INSIDE):
        assert seen_as(world, "internet", VIP, INSIDE) == WEB
        assert world.pings("internet", VIP)


def test_what_the_machine_begins_leaves_as_its_eip(world: World) -> None:
    assert world.update(objects() | eip(VIP, A)) == {}
    with serving(world, "internet", 80):
        assert seen_as(world, "a", WEB, 80) == VIP
        assert seen_as(world, "b", WEB, 80) == PUBLIC_IP


def test_an_eip_from_inside(world: World) -> None:
    """From another subnet, from one that has an EIP itself, and from the machine to itself."""
    assert world.update(objects() | eip(VIP, A)) == {}
    with serving(world, "a", INSIDE):
        assert seen_as(world, "b", VIP, INSIDE) == "10.1.0.1"
        assert seen_as(world, "a", VIP, INSIDE) == VIP
        assert world.update(objects() | eip(VIP, A) | eip(OTHER_VIP, B)) == {}
        assert seen_as(world, "b", VIP, INSIDE) == OTHER_VIP


def test_a_neighbour_reaches_an_eip_though_it_is_in_the_same_subnet(world: World) -> None:
    """Without hairpin its answer would come straight, from an address that nobody has asked."""
    neighbour = "10.1.0.11"
    a = world.names["a"]
    assert world.on("a", f"ip addr add {neighbour}/24 dev eth0") == ""
    assert world.update(objects() | eip(VIP, A)) == {}

    def from_neighbour() -> socket.socket:
        return socket.create_connection((VIP, INSIDE), 2, source_address=(neighbour, 0))

    with serving(world, "a", INSIDE), in_namespace(a, from_neighbour) as connection:
        assert ask(connection) == "10.1.0.1"


def test_ports_lead_to_ports(world: World) -> None:
    assert world.update(objects() | forward(80, 80, INSIDE) | forward(2000, 2009, 3000, guest=B)) == {}
    with serving(world, "a", INSIDE), serving(world, "b", 3000, 3009):
        assert seen_as(world, "internet", VIP, 80) == WEB
        assert seen_as(world, "internet", VIP, 2000) == WEB
        assert seen_as(world, "internet", VIP, 2009) == WEB
        assert seen_as(world, "internet", VIP, 2010) == ""
        assert seen_as(world, "internet", VIP, INSIDE) == ""


def test_a_range_that_keeps_its_ports(world: World) -> None:
    assert world.update(objects() | forward(7000, 7099, 7000)) == {}
    with serving(world, "a", 7000, 7042, 7099, 7100):
        assert [seen_as(world, "internet", VIP, port) for port in (7000, 7042, 7099, 7100)] == [WEB, WEB, WEB, ""]
    assert "7000-7099" in world.on("router", "nft list map inet landbridge forward_ranges")


@pytest.mark.parametrize(("first", "last", "guest_first"), [(80, 80, 7000), (7000, 7009, 7000), (80, 89, 7000)])
def test_only_for_some(world: World, first: int, last: int, guest_first: int) -> None:
    with serving(world, "a", guest_first):
        assert world.update(objects() | forward(first, last, guest_first, allowed="198.51.100.0/24")) == {}
        assert seen_as(world, "internet", VIP, first) == ""
        assert world.update(objects() | forward(first, last, guest_first, allowed=f"{WEB}/32")) == {}
        assert seen_as(world, "internet", VIP, first) == WEB
        assert world.update(objects() | forward(first, last, guest_first, allowed="0.0.0.0/0")) == {}
        assert seen_as(world, "internet", VIP, first) == WEB


def test_tcp_and_udp_are_two(world: World) -> None:
    assert world.update(objects() | forward(80, 80, INSIDE) | forward(80, 80, 7001, guest=B, protocol="UDP")) == {}
    with serving(world, "a", INSIDE):
        assert seen_as(world, "internet", VIP, 80) == WEB
    with udp_pair(world, "b", 7001) as (out, inside):
        out.sendto(b"?", (VIP, 80))
        question, sender = inside.recvfrom(10)
        inside.sendto(question, sender)
        assert out.recvfrom(10) == (b"?", (VIP, 80))


def test_without_it_connections_end_and_others_go_on(world: World) -> None:
    forwarded, kept = forward(80, 80, INSIDE), forward(81, 81, 7001)
    assert world.update(objects() | forwarded | kept | eip(OTHER_VIP, B)) == {}
    internet = world.names["internet"]
    with serving(world, "a", INSIDE, 7001), serving(world, "b", INSIDE), contextlib.ExitStack() as stack:
        gone, stays, other = (
            stack.enter_context(connect(internet, address, port))
            for address, port in ((VIP, 80), (VIP, 81), (OTHER_VIP, INSIDE))
        )
        assert [ask(one) for one in (gone, stays, other)] == [WEB] * 3
        assert world.update(objects() | kept | eip(OTHER_VIP, B)) == {}
        assert [ask(one) for one in (stays, other)] == [WEB] * 2
        assert is_over(gone)


def test_an_eip_that_goes_takes_what_left_by_it(world: World) -> None:
    assert world.update(objects() | eip(VIP, A)) == {}
    with serving(world, "internet", 80), connect(world.names["a"], WEB, 80) as connection:
        assert ask(connection) == VIP
        assert world.update(objects()) == {}
        assert is_over(connection)
        assert seen_as(world, "a", WEB, 80) == PUBLIC_IP


def test_one_more_disturbs_nobody(world: World) -> None:
    assert world.update(objects() | eip(VIP, A)) == {}
    with serving(world, "a", INSIDE), connect(world.names["internet"], VIP, INSIDE) as connection:
        assert ask(connection) == WEB
        assert world.update(objects() | eip(VIP, A) | eip(OTHER_VIP, B)) == {}
        assert ask(connection) == WEB


def test_nobody_else_answers_for_it(world: World) -> None:
    """A VIP with nothing on a port is silent, and one that is gone is nobody's."""
    assert world.update(objects() | forward(80, 80, INSIDE)) == {}
    assert seen_as(world, "internet", VIP, 22) == ""
    assert world.pings("internet", VIP)
    assert world.update(objects()) == {}
    assert not world.pings("internet", VIP)


def test_what_is_not_carried_is_not_ended(world: World) -> None:
    """The driver alone: by protocol, port, guest."""
    assert world.update(objects() | forward(80, 80, INSIDE)) == {}
    conntrack = in_namespace(world.names["router"], Conntrack)
    with serving(world, "a", INSIDE), connect(world.names["internet"], VIP, 80) as connection:
        assert ask(connection) == WEB
        others = [Carried(VIP, A, "UDP", 80, 80), Carried(VIP, A, "TCP", 81, 90), Carried(OTHER_VIP, A)]
        assert conntrack.end(others) == 0
        assert ask(connection) == WEB
        assert conntrack.end([Carried(VIP, A, "TCP", 80, 80)]) == 1
    conntrack.close()
