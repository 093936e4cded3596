"""Which routes are in force, and which carries what: held against a look through all of them."""

from ipaddress import IPv4Address, IPv4Network

from hypothesis import given
from hypothesis import strategies as st

from landbridge.core.effective import Connected, Row, absent, carriers, otherwise, rows
from landbridge.model.documents.route_table import VRouterRouteEntry
from landbridge.model.questions.router import KernelHop, KernelRoute, KernelRoutes

CONNECTED = (Connected(IPv4Network("172.31.0.0/24"), "eth3"), Connected(IPv4Network("10.1.0.0/24"), "eth1"))
FAR, OFFICE = "10.20.0.0/16", "172.31.0.9"


def entry(target: str | None, distance: int = 128, destination: str = FAR) -> VRouterRouteEntry:
    kind = "UserStatic" if target else "UserBlackHole"
    return VRouterRouteEntry(
        uuid=f"{destination} {target} {distance}",
        route_table_uuid="t",
        type=kind,
        destination=destination,
        distance=distance,
        bucket="00",
        target=target,
    )


def route(destination: str, metric: int, *hops: KernelHop, protocol: int = 76) -> KernelRoute:
    return KernelRoute(destination, metric, protocol, not hops, hops)


def seen(kernel: KernelRoutes, *entries: VRouterRouteEntry) -> list[tuple[str | None, str, str]]:
    return [(row.target, row.status, row.origin) for row in rows(kernel, entries, CONNECTED)]


def test_every_reason() -> None:
    kernel = KernelRoutes(
        routes=(
            route("10.1.0.0/24", 0, KernelHop(None, "eth1", False), protocol=2),
            route("0.0.0.0/0", 0, KernelHop("203.0.113.1", "eth0", False)),
            route(FAR, 5, KernelHop(OFFICE, "eth3", True)),
            route(FAR, 9, KernelHop("10.1.0.9", "eth1", False)),
            route(FAR, 200),
            route("10.77.0.0/16", 0, KernelHop(None, "wg1", False), protocol=77),
        ),
        down=("eth4",),
    )
    entries = [entry(OFFICE, 5), entry("10.1.0.9", 9), entry(None, 200), entry("192.0.2.1", 3), entry("10.1.0.8", 4)]
    found = rows(kernel, entries, (*CONNECTED, Connected(IPv4Network("192.0.2.128/25"), "eth4")))
    assert [(row.target, row.status, row.origin) for row in found] == [
        (None, "InForce", "connected"),
        ("203.0.113.1", "InForce", "service"),
        (OFFICE, "InterfaceDown", "static"),
        ("10.1.0.9", "InForce", "static"),
        (None, "Shadowed", "black hole"),
        (None, "InForce", "service"),
        ("192.0.2.1", "NextHopUnreachable", "static"),
        ("10.1.0.8", "Pending", "static"),
    ]
    assert [row.reason for row in found if row.reason] == [
        "its interface eth3 is down or has no carrier",
        "shadowed by distance 9: via 10.1.0.9",
        "next hop 192.0.2.1 is in no network of the vrouter",
        "the vrouter does not have it yet",
    ]
    assert [row.entry for row in found if row.type.startswith("User")] == entries
    down = rows(KernelRoutes(routes=(), down=("eth3",)), [entry(OFFICE)], CONNECTED)
    assert [(row.status, row.reason) for row in down] == [("InterfaceDown", "its interface eth3 is down")]


def test_several_next_hops_are_an_entry_each() -> None:
    hops = KernelHop("10.1.0.9", "eth1", False), KernelHop(OFFICE, "eth3", True)
    kernel = KernelRoutes(routes=(route(FAR, 5, *hops),), down=())
    assert seen(kernel, entry(OFFICE, 5), entry("10.1.0.9", 5)) == [
        ("10.1.0.9", "InForce", "static"),
        (OFFICE, "InterfaceDown", "static"),
    ]


def test_a_route_of_ours_that_nobody_configured_is_no_entry() -> None:
    """The same destination and next hop at another distance."""
    kernel = KernelRoutes(routes=(route(FAR, 5, KernelHop(OFFICE, "eth3", False)),), down=())
    assert seen(kernel, entry(OFFICE, 6)) == [(OFFICE, "InForce", "service"), (OFFICE, "Pending", "static")]


def test_of_a_vrouter_that_is_nowhere() -> None:
    assert [(row.status, row.reason) for row in absent([entry(OFFICE)], "it is Stopped")] == [
        ("RouterAbsent", "it is Stopped")
    ]


NETWORKS = st.builds(
    lambda address, bits: str(IPv4Network((address << 28, bits), strict=False)), st.integers(0, 15), st.integers(0, 4)
)
ROUTES = st.lists(
    st.builds(
        lambda destination, metric, dead: route(
            destination, metric, *([KernelHop(OFFICE, "eth3", dead == 1)] * (dead < 2))
        ),
        NETWORKS,
        st.integers(0, 3),
        st.integers(0, 2),
    ),
    max_size=8,
    unique_by=lambda one: (one.destination, one.metric),
)
ADDRESSES = st.integers(0, 2**32 - 1).map(lambda number: str(IPv4Address(number)))


def first(found: list[KernelRoute], address: str) -> KernelRoute | None:
    """What the kernel takes, by its own rule."""
    fitting = [one for one in found if IPv4Address(address) in IPv4Network(one.destination)]
    alive = [one for one in fitting if one.drops or not one.hops[0].dead]
    order = sorted(alive, key=lambda one: (-IPv4Network(one.destination).prefixlen, one.metric))
    return order[0] if order else None


def same(row: list[Row], one: KernelRoute | None) -> bool:
    return [(found.destination, found.distance) for found in row] == ([(one.destination, one.metric)] if one else [])


@given(ROUTES, ADDRESSES)
def test_who_carries_and_who_would(found: list[KernelRoute], address: str) -> None:
    made = rows(KernelRoutes(routes=tuple(found), down=()), (), CONNECTED)
    taken = first(found, address)
    assert same(carriers(made, address), taken)
    assert all(row.status == "InForce" for row in carriers(made, address))
    assert same(otherwise(made, address), first([one for one in found if one != taken], address))
