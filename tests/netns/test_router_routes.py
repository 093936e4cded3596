"""Route tables and several public networks in a vrouter's namespace, with real packets.

The `office` is a second public network here; behind its machine 172.31.0.9 is the network 10.20.0.0/16.
"""

import contextlib
import json
import random
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from landbridge.core.effective import OWN, policy_rows, rows
from landbridge.core.lookup import Packet, Tables, look_up, way_back
from landbridge.drivers.enter import in_namespace
from landbridge.model.balancer_node import HealthCheck, Member
from landbridge.model.node import AnyObject
from landbridge.model.router_node import (
    PolicyRoutes,
    PolicyRule,
    PolicyTable,
    PortForward,
    SourceNat,
    StaticNat,
    StaticRoute,
    StaticRoutes,
    VipAddress,
)
from tests.netns import router_world
from tests.netns.guest_fixtures import eventually, sh
from tests.netns.router_world import (
    OFFICE,
    OFFICE_LEG,
    PUBLIC_IP,
    ROUTER,
    WEB,
    Peer,
    World,
    ask,
    connect,
    leg,
    objects,
    two_public,
)
from tests.support.sockets import echo
from tests.unit.render.test_balancers import ONE

pytestmark = pytest.mark.netns

FAR_NETWORK, FAR = "10.20.0.0/16", "10.20.1.1"
"""Behind the office's machine."""
STRANGER = "192.0.2.1"
"""An address of the office's machine that no route leads to."""
VIP, OFFICE_VIP = "203.0.113.50", "172.31.0.50"


def routed(*routes: StaticRoute) -> dict[str, AnyObject]:
    """Two public networks; source NAT only towards the Internet."""
    wanted = objects() | two_public(WEB)
    if routes:
        wanted["routes/r/00"] = StaticRoutes(routes=routes)
    return wanted


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with router_world.world(tmp_path_factory.mktemp("routes")) as made:
        office = made.names["office"]
        for address in (f"{FAR}/16", f"{STRANGER}/32"):
            sh(f"ip -n {office} addr add {address} dev lo")
        for network in ("10.1.0.0/24", "10.2.0.0/24"):
            sh(f"ip -n {office} route add {network} via {OFFICE_LEG}")
        sh(f"ip -n {office} route add {VIP}/32 via {OFFICE_LEG}")
        sh(f"ip -n {made.names['internet']} route add {OFFICE_VIP}/32 via {PUBLIC_IP}")
        yield made


def table(world: World, number: str = "main") -> str:
    return sh(f"ip -n {world.names['router']} route show table {number}")


@contextlib.contextmanager
def peer(world: World, machine: str, address: str, port: int = 80) -> Iterator[Peer]:
    made = Peer(world.names[machine], address, port)
    try:
        yield made
    finally:
        made.close()


def reaches(world: World, machine: str, source: str, target: str) -> bool:
    """Whether a ping with this source comes back."""
    return " 0% packet loss" in world.on(machine, f"ping -c 2 -i 0.1 -W 1 -I {source} {target}", check=False)


def connect_as(world: World, machine: str, source: str, address: str, port: int = 80) -> socket.socket:
    """A TCP connection from an address of a machine."""
    return in_namespace(
        world.names[machine], lambda: socket.create_connection((address, port), 3, source_address=(source, 0))
    )


def test_entries_and_black_holes_come_and_go(world: World) -> None:
    wanted = routed(
        StaticRoute(FAR_NETWORK, OFFICE, 128),
        StaticRoute("10.20.2.0/24", None, 5),
        StaticRoute("10.21.0.0/16", "10.2.0.10", 7),
        StaticRoute("10.21.0.0/16", "10.1.0.10", 7),
        StaticRoute("10.22.0.0/16", "192.0.2.77", 1),
    )
    assert world.update(wanted) == {}, "a next hop that is nowhere waits"
    shown = table(world)
    assert f"10.20.0.0/16 via {OFFICE} dev eth3 proto 76 metric 128" in shown
    assert "blackhole 10.20.2.0/24 proto 76 metric 5" in shown
    assert (
        "10.21.0.0/16 proto 76 metric 7 \n\tnexthop via 10.1.0.10 dev eth1 weight 1 \n\tnexthop via 10.2.0.10"
        in shown
    )
    assert "10.22" not in shown
    changes = world.routers.show(ROUTER)["changes"]
    assert world.update(wanted) == {}
    world.restart_agent()
    assert world.update(wanted) == {}
    assert world.routers.show(ROUTER)["changes"] == 0, changes
    assert world.update(routed()) == {}
    assert "10.2" not in table(world).replace("10.2.0.", "")


def test_what_others_take_away_comes_back(world: World) -> None:
    assert world.update(routed(StaticRoute(FAR_NETWORK, OFFICE, 9), StaticRoute("10.30.0.0/16", None, 9))) == {}
    router = world.names["router"]

    def seen() -> tuple[str, list[str]]:
        return table(world), sorted(sh(f"ip -n {router} rule").splitlines())

    before = seen()
    sh(f"ip -n {router} route del {FAR_NETWORK}; ip -n {router} route del blackhole 10.30.0.0/16")
    sh(f"ip -n {router} rule del pref 100; ip -n {router} route flush table 1003")
    sh(f"ip -n {router} route add 10.40.0.0/16 via {OFFICE} proto 76 metric 3")
    eventually("all is as it was", lambda: seen() == before, 5)
    assert f"default via {OFFICE} dev eth3" in table(world, "1003")


def test_a_route_leads_there_and_back(world: World) -> None:
    """Without it the far network is looked for by the default route, and from there nothing begins."""
    assert world.update(routed()) == {}
    assert not reaches(world, "office", FAR, "10.1.0.10")
    assert not reaches(world, "a", "10.1.0.10", FAR)
    assert world.update(routed(StaticRoute(FAR_NETWORK, OFFICE, 128))) == {}
    with peer(world, "office", FAR), connect(world.names["a"], FAR, 80) as connection:
        assert ask(connection) == "10.1.0.10", "not translated"
    assert reaches(world, "office", FAR, "10.1.0.10")
    assert not reaches(world, "office", STRANGER, "10.1.0.10"), "nobody said that this one is there"
    assert not reaches(world, "office", OFFICE, "10.1.0.10")
    sh(f"ip -n {world.names['internet']} addr add {FAR}/32 dev lo")
    try:
        assert not reaches(world, "internet", FAR, "10.1.0.10"), "it comes by another way than the route"
    finally:
        sh(f"ip -n {world.names['internet']} addr del {FAR}/32 dev lo")


def test_a_black_hole_lets_nothing_out_or_in(world: World) -> None:
    way, hole = StaticRoute(FAR_NETWORK, OFFICE, 128), StaticRoute("10.20.1.0/24", None, 200)
    assert world.update(routed(way)) == {}
    with peer(world, "office", FAR), connect(world.names["a"], FAR, 80) as connection:
        assert ask(connection) == "10.1.0.10"
        with peer(world, "a", "10.1.0.10"), connect_as(world, "office", FAR, "10.1.0.10") as inwards:
            assert ask(inwards)
            assert world.update(routed(way, hole)) == {}
            for old in (connection, inwards):
                old.settimeout(1)
                with pytest.raises(TimeoutError):
                    ask(old)
    assert not reaches(world, "a", "10.1.0.10", FAR)
    assert not reaches(world, "office", FAR, "10.1.0.10")


def test_many_networks_of_few_are_left(world: World) -> None:
    """Those that may begin connections, in one transaction."""
    many = [StaticRoute(f"10.{number}.0.0/16", OFFICE, 9) for number in range(20, 50)]
    for wanted in (many, many[5:8], many[7:8], []):
        assert world.update(routed(*wanted)) == {}
        shown = world.on("router", "nft list set inet landbridge joined")
        assert [route.destination in shown for route in many] == [route in wanted for route in many]


def effective(world: World) -> list[tuple[str | None, str]]:
    """How the routes to the far network stand, by the vrouter's own words."""
    kernel = world.routers.routes(ROUTER)
    return [(row.target, row.status) for row in rows(kernel, (), ()) if row.destination == FAR_NETWORK]


def test_the_kernel_is_what_is_shown(world: World) -> None:
    """Also what somebody else has put there."""
    wanted = routed(StaticRoute(FAR_NETWORK, OFFICE, 9), StaticRoute(FAR_NETWORK, "10.1.0.10", 9))
    assert world.update(wanted | {"routes/r/01": StaticRoutes(routes=(StaticRoute("10.30.0.0/16", None, 4),))}) == {}
    sh(f"ip -n {world.names['router']} route add unreachable 10.31.0.0/16 metric 7")
    try:
        kernel = world.routers.routes(ROUTER)
    finally:
        sh(f"ip -n {world.names['router']} route del unreachable 10.31.0.0/16 metric 7")
    found = {(row.destination, row.target, row.interface, row.distance, row.type) for row in rows(kernel, (), ())}
    assert found == {
        ("0.0.0.0/0", WEB, "eth0", 0, "ZStack"),
        ("203.0.113.0/24", None, "eth0", 0, "DirectConnect"),
        ("10.1.0.0/24", None, "eth1", 0, "DirectConnect"),
        ("10.2.0.0/24", None, "eth2", 0, "DirectConnect"),
        ("172.31.0.0/24", None, "eth3", 0, "DirectConnect"),
        (FAR_NETWORK, OFFICE, "eth3", 9, "ZStack"),
        (FAR_NETWORK, "10.1.0.10", "eth1", 9, "ZStack"),
        ("10.30.0.0/16", None, None, 4, "ZStack"),
        ("10.31.0.0/16", None, None, 7, "Unknown"),
    }


def test_the_next_distance_carries_without_a_carrier(world: World) -> None:
    """The kernel takes a dead interface's route out of the way by itself."""
    wanted = routed(StaticRoute(FAR_NETWORK, OFFICE, 1), StaticRoute(FAR_NETWORK, WEB, 2))
    assert world.update(wanted) == {}
    get = f"ip -n {world.names['router']} route get {FAR}"
    assert "dev eth3" in sh(get)
    office = world.names["office"]
    assert effective(world) == [(OFFICE, "InForce"), (WEB, "Shadowed")]
    sh(f"ip -n {office} link set eth0 down")
    try:
        eventually("the other way", lambda: f"via {WEB} dev eth0" in sh(get), 3)
        assert effective(world) == [(OFFICE, "InterfaceDown"), (WEB, "InForce")]
    finally:
        sh(f"ip -n {office} link set eth0 up")
        for network in ("10.1.0.0/24", "10.2.0.0/24", f"{VIP}/32"):
            sh(f"ip -n {office} route replace {network} via {OFFICE_LEG}")
    eventually("the first one again", lambda: "dev eth3" in sh(get), 3)


def services() -> dict[str, AnyObject]:
    """VIPs of both networks for `a`."""
    return {
        "vip/1": VipAddress(nic_uuid="nic0", ip=VIP),
        "vip/2": VipAddress(nic_uuid="nic3", ip=OFFICE_VIP),
        "eip/1": StaticNat(vip_ip=OFFICE_VIP, guest_ip="10.1.0.10", out_nic_uuid="nic3"),
        "forward/1": PortForward(
            vip_ip=VIP, protocol="TCP", first=8080, last=8080, guest_ip="10.1.0.10", guest_first=80
        ),
        "lb/2": replace(
            ONE,
            listener_uuid="2" * 32,
            vip_ip=VIP,
            port=8082,
            protocol="udp",
            instance_port=82,
            members=(Member(ip="10.1.0.10", weight=1),),
            health=HealthCheck(protocol="udp", interval=60, timeout=2, rise=1, fall=6),
        ),
        "lb/1": replace(ONE, vip_ip=VIP, port=8081, instance_port=80, members=(Member(ip="10.1.0.10", weight=1),)),
    }


@pytest.mark.parametrize("default", [WEB, OFFICE])
def test_answers_leave_by_where_the_request_came_in(world: World, default: str) -> None:
    """From a stranger whom the default route would look for elsewhere, to whatever VIP; and to the vrouter itself."""
    wanted = routed() | two_public(default) | services()
    sh(f"ip -n {world.names['internet']} addr add {STRANGER}/32 dev lo")
    try:
        with peer(world, "a", "10.1.0.10"), echo(world.names["a"], datagrams=(82,)):
            assert world.update(wanted) == {}
            for machine in ("office", "internet"):
                for address, port in ((VIP, 8080), (OFFICE_VIP, 80)):
                    with connect_as(world, machine, STRANGER, address, port) as connection:
                        assert ask(connection) == STRANGER, (machine, address)
                with connect_as(world, machine, STRANGER, VIP, 8081) as connection:
                    assert ask(connection) == "10.1.0.1", "a balancer is seen as the vrouter"
                with in_namespace(world.names[machine], lambda: socket.socket(type=socket.SOCK_DGRAM)) as datagrams:
                    datagrams.bind((STRANGER, 0))
                    datagrams.settimeout(3)
                    datagrams.sendto(b"there", (VIP, 8082))
                    assert datagrams.recvfrom(64) == (b"there", (VIP, 8082)), machine
        assert reaches(world, "office", STRANGER, OFFICE_LEG)
        assert reaches(world, "internet", STRANGER, PUBLIC_IP)
    finally:
        sh(f"ip -n {world.names['internet']} addr del {STRANGER}/32 dev lo")


def policies(world: World, *found: PolicyRule, table: StaticRoute | None = None) -> dict[str, AnyObject]:
    """Rules, and a table 10 that leads to the office."""
    tables = (PolicyTable(10, (table or StaticRoute("0.0.0.0/0", OFFICE, 1),)),)
    return routed() | {"policies/r": PolicyRoutes(rules=found, tables=tables)}


@contextlib.contextmanager
def strangers(world: World) -> Iterator[dict[str, Peer]]:
    """The stranger is in both public networks, at two ports."""
    sh(f"ip -n {world.names['internet']} addr add {STRANGER}/32 dev lo")
    made = {f"{name} {port}": Peer(world.names[name], STRANGER, port) for name in PUBLIC for port in (80, 81)}
    try:
        yield made
    finally:
        for one in made.values():
            one.close()
        sh(f"ip -n {world.names['internet']} addr del {STRANGER}/32 dev lo")


PUBLIC = ("internet", "office")


@pytest.mark.parametrize(
    ("rule", "diverted"),
    [
        ({}, {"a 80", "a 81"}),
        ({"source": "10.1.0.10/32"}, {"a 80", "a 81"}),
        ({"source": "10.1.0.11/32"}, set()),
        ({"destination": f"{STRANGER}/32"}, {"a 80", "a 81"}),
        ({"destination": "198.51.100.0/24"}, set()),
        ({"protocol": "tcp"}, {"a 80", "a 81"}),
        ({"protocol": "udp"}, set()),
        ({"protocol": "tcp", "destination_ports": ((80, 80),)}, {"a 80"}),
        ({"protocol": "tcp", "destination_ports": ((1, 2), (81, 90))}, {"a 81"}),
        ({"protocol": "tcp", "source_ports": ((1, 2),)}, set()),
    ],
)
def test_policy_rules(world: World, rule: dict[str, Any], diverted: set[str]) -> None:
    """Whose packets they are about goes by the office, and nobody else's; answers come back."""
    assert world.update(policies(world, PolicyRule(1001, "nic1", 10, **rule))) == {}
    with strangers(world) as peers:
        for machine in ("a", "b"):
            for port in (80, 81):
                by_office = f"{machine} {port}" in diverted
                seen = len(peers[f"office {port}"].seen)
                with connect(world.names[machine], STRANGER, port) as connection:
                    assert ask(connection) == ("10.1.0.10" if by_office else PUBLIC_IP)
                assert len(peers[f"office {port}"].seen) - seen == by_office
    assert world.pings("a", "10.1.0.1"), "the vrouter itself is always there"


def test_a_policy_comes_before_subnets_and_what_it_does_not_know_goes_on(world: World) -> None:
    every = PolicyRule(1001, "nic1", 10)
    assert world.update(policies(world, every)) == {}
    assert not world.pings("a", "10.2.0.10"), "by the office, which knows no way"
    assert world.update(policies(world, every, table=StaticRoute("192.0.2.0/24", OFFICE, 1))) == {}
    assert world.pings("a", "10.2.0.10")
    changes = world.routers.show(ROUTER)["changes"]
    assert world.update(policies(world, every, table=StaticRoute("192.0.2.0/24", OFFICE, 1))) == {}
    assert world.routers.show(ROUTER)["changes"] == changes
    world.restart_agent()
    assert world.routers.show(ROUTER)["changes"] == 0, "it knows its rules again"
    assert world.update(routed()) == {}
    assert "1001:" not in sh(f"ip -n {world.names['router']} rule")


PACKETS = [
    Packet(destination, source, interface, protocol, source_port, destination_port)
    for interface, sources in (("eth1", ("10.1.0.10", "10.1.0.200")), ("eth2", ("10.2.0.10",)))
    for source in sources
    for destination in (STRANGER, "192.0.2.200", FAR, "10.20.2.1", "10.2.0.77", "10.1.0.77", "10.1.0.1")
    for protocol, source_port, destination_port in (
        ("tcp", 9, 80),
        ("tcp", 9, 82),
        ("udp", 10, 80),
        ("icmp", None, None),
    )
]
NETWORKS = ("0.0.0.0/0", "192.0.2.0/24", f"{STRANGER}/32", "10.20.0.0/15", "10.0.0.0/8")


def some_policies(seed: int) -> PolicyRoutes:
    """As users could have made them: numbers in any order, ports by ranges, tables that know some destinations."""
    dice = random.Random(seed)

    def rule(number: int) -> PolicyRule:
        protocol = dice.choice(("", "tcp", "udp"))
        ports = [dice.choice(((), ((80, 80),), ((1, 9), (81, 90)))) if protocol else () for _ in range(2)]
        source = dice.choice(("", "10.1.0.10/32", "10.1.0.0/25", "10.0.0.0/8"))
        destination = dice.choice(("", *NETWORKS[1:]))
        return PolicyRule(
            number, dice.choice(("nic1", "nic2")), dice.randint(10, 12), source, destination, protocol, *ports
        )

    def way() -> StaticRoute:
        return StaticRoute(dice.choice(NETWORKS), dice.choice((OFFICE, WEB, "10.1.0.99")), dice.randint(1, 3))

    numbers = dice.sample(range(1001, 1100), dice.randint(1, 6))
    tables = tuple(PolicyTable(number, tuple({way() for _ in range(2)})) for number in (10, 11, 12))
    return PolicyRoutes(rules=tuple(map(rule, numbers)), tables=tables)


def kernel_says(world: World, packet: Packet) -> set[tuple[str | None, str | None]]:
    """Next hop and interface of what begins with a packet; nothing when it is dropped."""
    known = {"sport": packet.source_port, "dport": packet.destination_port}
    ports = " ".join(f"{name} {value}" for name, value in known.items() if value)
    about = f"{packet.destination} from {packet.source} iif {packet.interface} ipproto {packet.protocol} {ports}"
    said = sh(f"ip -n {world.names['router']} -j route get {about} 2>&1", check=False)
    if not said.startswith("["):
        assert "RTNETLINK answers" in said, said
        return set()
    [route] = json.loads(said)
    return {(None, "own")} if route.get("type") == "local" else {(route.get("gateway"), route["dev"])}


@pytest.mark.parametrize("seed", range(6))
def test_explained_as_the_kernel_answers(world: World, seed: int) -> None:
    """Every packet goes where it is said to; when less is said of it, the rule that takes it is named."""
    hole, way = StaticRoute("10.20.2.0/24", None, 5), StaticRoute(FAR_NETWORK, OFFICE, 9)
    assert world.update(routed(hole, way) | {"policies/r": some_policies(seed)}) == {}
    kernel = world.routers.routes(ROUTER, policies=True)
    tables = Tables(rows(kernel, (), ()), kernel.rules, policy_rows(kernel), kernel.own)
    diverted = 0
    for packet in PACKETS:
        said = look_up(tables, packet)
        assert said.exceptions == []
        ways = {(row.target, row.interface or row.origin) for row in said.rows if row.interface or row.type == OWN}
        back = way_back(tables, packet, said.rows)
        if back is None or packet.interface not in {row.interface for row in back.rows}:
            ways = set()
        taken = kernel_says(world, packet)
        assert (taken <= ways, bool(taken)) == (True, bool(ways)), (packet, taken, said)
        blind = look_up(tables, Packet(packet.destination))
        assert said.rule is None or said.rule in [one.rule for one in blind.exceptions] or said.rows == blind.rows
        diverted += said.rule is not None
    assert diverted


def test_answers_come_before_policies(world: World) -> None:
    """From the Internet to an EIP, though everything of its machine goes by the office."""
    wanted = policies(world, PolicyRule(1001, "nic1", 10)) | services()
    del wanted["lb/1"], wanted["lb/2"]
    assert world.update(wanted) == {}
    with peer(world, "a", "10.1.0.10"), connect(world.names["internet"], OFFICE_VIP, 80) as connection:
        assert ask(connection) == WEB


def test_source_nat_by_network(world: World) -> None:
    wanted = routed()
    wanted["snat/r/o/1"] = SourceNat(source="10.1.0.0/24", out_nic_uuid="nic3", to_ip=OFFICE_LEG)
    assert world.update(wanted) == {}
    with peer(world, "office", OFFICE), peer(world, "internet", WEB):
        for machine, target, seen in (
            ("a", OFFICE, OFFICE_LEG),
            ("a", WEB, PUBLIC_IP),
            ("b", OFFICE, "10.2.0.10"),
            ("b", WEB, PUBLIC_IP),
        ):
            with connect(world.names[machine], target, 80) as connection:
                assert ask(connection) == seen


def test_one_public_network_needs_no_rules(world: World) -> None:
    """Nothing is marked, and nothing looked up twice."""
    wanted = routed(StaticRoute(FAR_NETWORK, WEB, 128))
    wanted["leg/nic3"] = leg(3, "management", f"{OFFICE_LEG}/24")
    assert world.update(wanted) == {}
    router = world.names["router"]
    assert len(sh(f"ip -n {router} rule").splitlines()) == 3
    assert "elements" not in world.on("router", "nft list map inet landbridge leg_marks")
