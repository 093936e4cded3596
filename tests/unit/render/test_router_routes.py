"""Routes, rules and marks of a vrouter: which entries can be in force, and what answers find."""

from ipaddress import IPv4Network

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from landbridge.model.router_node import (
    PolicyRoutes,
    PolicyRule,
    PolicyTable,
    RouterLeg,
    StaticRoute,
    StaticRoutes,
    VipAddress,
)
from landbridge.render.router_nft import router_table
from landbridge.render.router_routes import MAIN_TABLE, Route, Rule, disjoint, diversions, routes, rules
from tests.unit.vrouter.test_render import GUEST, PUBLIC

OFFICE = replace(
    PUBLIC, nic_uuid="o", device_id=3, mac="fa:00:00:00:00:03", addresses=("172.31.0.5/24",), gateway="172.31.0.1"
)
LEGS = (replace(PUBLIC, gateway="203.0.113.1"), GUEST, OFFICE)
BY_NIC = {leg.nic_uuid: leg for leg in LEGS}
INTERNET_TABLE, OFFICE_TABLE = 1000, 1003


def entries(*found: StaticRoute) -> StaticRoutes:
    return StaticRoutes(routes=found)


def test_what_a_leg_brings() -> None:
    assert list(routes(GUEST, LEGS)) == []
    assert list(routes(OFFICE, LEGS)) == [
        Route(OFFICE_TABLE, "172.31.0.0/24", 0, interface="eth3"),
        Route(OFFICE_TABLE, "0.0.0.0/0", 0, ("172.31.0.1",)),
    ]
    assert list(rules(OFFICE, LEGS)) == [Rule(100, OFFICE_TABLE, 0x40000)]
    assert list(rules(GUEST, LEGS)) == []
    alone = (GUEST, OFFICE)
    assert [*routes(OFFICE, alone), *rules(OFFICE, alone)] == []


def test_entries_by_where_their_next_hop_is() -> None:
    item = entries(
        StaticRoute("10.20.0.0/16", "172.31.0.9", 5),
        StaticRoute("10.21.0.0/16", "10.1.0.9", 5),
        StaticRoute("10.22.0.0/16", "192.0.2.1", 5),
        StaticRoute("10.23.0.0/16", None, 5),
        StaticRoute("10.24.0.0/16", "172.31.0.9", 5),
        StaticRoute("10.24.0.0/16", "203.0.113.9", 5),
        StaticRoute("10.25.0.0/16", "172.31.0.9", 5),
        StaticRoute("10.25.0.0/16", None, 5),
    )
    found = list(routes(item, LEGS))
    assert [route[1:4] for route in found if route.table == MAIN_TABLE] == [
        ("10.20.0.0/16", 5, ("172.31.0.9",)),
        ("10.21.0.0/16", 5, ("10.1.0.9",)),
        ("10.23.0.0/16", 5, ()),
        ("10.24.0.0/16", 5, ("172.31.0.9", "203.0.113.9")),
        ("10.25.0.0/16", 5, ()),
    ]
    holes = ["10.23.0.0/16", "10.25.0.0/16"]
    assert [route.destination for route in found if route.table == INTERNET_TABLE] == holes
    assert [route.destination for route in found if route.table == OFFICE_TABLE] == ["10.20.0.0/16", *holes]
    joined = router_table([*LEGS, item]).elements["joined"]
    assert list(joined) == ["10.20.0.0/16", "10.24.0.0/16"]


def test_marks() -> None:
    vip = VipAddress(nic_uuid="o", ip="172.31.0.50")
    table = router_table([*LEGS, vip, VipAddress(nic_uuid="g", ip="10.1.0.50")])
    assert table.elements["leg_marks"] == {'"eth0"': "0x10000", '"eth3"': "0x40000"}
    assert table.elements["own_marks"] == {
        "203.0.113.7": "0x10000",
        "203.0.113.8": "0x10000",
        "172.31.0.5": "0x40000",
        "172.31.0.50": "0x40000",
    }
    alone = router_table([OFFICE, GUEST, vip]).elements
    assert (alone["leg_marks"], alone["own_marks"]) == ({}, {})


POLICY = PolicyRoutes(
    rules=(
        PolicyRule(1001, "g", 10, "10.1.0.0/25", "192.0.2.0/24", "tcp", ((1, 2), (5, 6)), ((80, 80),)),
        PolicyRule(1002, "gone", 11),
        PolicyRule(1003, "o", 11),
    ),
    tables=(
        PolicyTable(10, (StaticRoute("0.0.0.0/0", "172.31.0.9", 1), StaticRoute("10.9.0.0/16", "192.0.2.9", 1))),
        PolicyTable(11, ()),
    ),
)


def test_policies() -> None:
    """A rule waits for its leg, a route for its next hop's."""
    assert list(routes(POLICY, LEGS)) == [Route(10, "0.0.0.0/0", 1, ("172.31.0.9",))]
    first = Rule(1001, 10, 0, "eth1", "10.1.0.0/25", "192.0.2.0/24", "tcp", (1, 2), (80, 80))
    assert list(rules(POLICY, LEGS)) == [first, first._replace(source_ports=(5, 6)), Rule(1003, 11, 0, "eth3")]
    assert [(one.leg, len(one.routes)) for one in diversions([*LEGS, POLICY])] == [("eth1", 2), ("eth3", 0)]


NETWORKS = st.builds(
    lambda address, bits: IPv4Network((address << 24, bits), strict=False), st.integers(0, 15), st.integers(4, 12)
)


@given(st.lists(NETWORKS, max_size=12))
def test_disjoint_networks_cover_the_same(networks: list[IPv4Network]) -> None:
    kept = [IPv4Network(text) for text in disjoint(map(str, networks))]
    assert set(kept) <= set(networks)
    assert all(any(network.subnet_of(one) for one in kept) for network in networks)
    assert not any(one.overlaps(other) for one in kept for other in kept if one is not other)


VIAS = st.sampled_from([None, "172.31.0.9", "203.0.113.9", "10.1.0.9", "192.0.2.9"])
ROUTES = st.lists(
    st.builds(StaticRoute, st.sampled_from(["10.20.0.0/16", "10.20.0.0/24"]), VIAS, st.integers(1, 2)), max_size=8
)


@given(ROUTES, st.sets(st.sampled_from(LEGS)))
def test_answers_obey_black_holes_and_leave_by_their_leg(found: list[StaticRoute], legs: set[RouterLeg]) -> None:
    made = list(routes(StaticRoutes(routes=tuple(found)), tuple(legs)))
    assert len({route[:3] for route in made}) == len(made), "one for a table, destination and distance"
    holes = {(route.destination, route.metric) for route in made if route.table == MAIN_TABLE and not route.via}
    assert {(one.destination, one.distance) for one in found if one.via is None} == holes
    for table, prefix in ((INTERNET_TABLE, "203.0.113."), (OFFICE_TABLE, "172.31.0.")):
        mine = [route for route in made if route.table == table]
        if mine:
            assert {(route.destination, route.metric) for route in mine if not route.via} == holes
        assert all(hop.startswith(prefix) for route in mine for hop in route.via)
