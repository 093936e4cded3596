"""Balancers: what HAProxy is told, whose the slots of UDP are."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from landbridge.model.balancer_node import Access, Balancer, Cookie, HealthCheck, Member, Route, Tls
from landbridge.model.balancer_runtime import ListenerRuntime
from landbridge.render.datagrams import elements, slots
from landbridge.render.haproxy import Setup, haproxy
from landbridge.render.haproxy_stats import listeners
from landbridge.render.router_nft import router_table

FILES = 20_000
CHECK = HealthCheck(protocol="tcp", interval=5, timeout=2, rise=2, fall=6)
ONE = Balancer(
    listener_uuid="1" * 32,
    vip_ip="203.0.113.9",
    port=80,
    protocol="tcp",
    instance_port=8080,
    algorithm="roundrobin",
    members=(Member(ip="10.1.0.10", weight=1), Member(ip="10.1.0.9", weight=2)),
    health=CHECK,
    max_connections=1000,
    idle_timeout=60,
)


def setup(*balancers: Balancer, files: int = FILES) -> Setup:
    made = haproxy(balancers, files)
    assert made is not None
    return made


def lines(made: Setup) -> list[str]:
    return [line.strip() for line in made.text.splitlines()]


def test_without_listeners_of_its_own_nothing_runs() -> None:
    assert haproxy([], FILES) is None
    assert haproxy([replace(ONE, protocol="udp")], FILES) is None
    assert haproxy([replace(ONE, protocol="https", tls=Tls(certificates=()))], FILES) is None


def test_servers_and_weights_are_not_of_the_frame() -> None:
    made = setup(ONE)
    fewer = setup(replace(ONE, members=(Member(ip="10.1.0.9", weight=7),)))
    assert fewer.frame == made.frame
    assert fewer.text != made.text
    assert made.servers == {f"b-{ONE.listener_uuid}": {"10.1.0.10": 1, "10.1.0.9": 2}}


def test_everything_else_is() -> None:
    changed = (
        replace(ONE, port=81),
        replace(ONE, vip_ip="203.0.113.10"),
        replace(ONE, instance_port=8081),
        replace(ONE, algorithm="leastconn"),
        replace(ONE, idle_timeout=61),
        replace(ONE, max_connections=999),
        replace(ONE, threads=2),
        replace(ONE, health=replace(CHECK, interval=6)),
        replace(ONE, health=replace(CHECK, port=1)),
        replace(ONE, health=replace(CHECK, timeout=1)),
        replace(ONE, proxy_protocol="v1"),
        replace(ONE, protocol="http"),
        replace(ONE, protocol="http", routes=(Route(acl_uuid="a" * 32, path="/a", members=()),)),
        replace(ONE, protocol="http", routes=(Route(acl_uuid="a" * 32, path="/b", members=()),)),
        replace(ONE, protocol="http", routes=(Route(acl_uuid="a" * 32, host="a.org", members=()),)),
        replace(ONE, protocol="http", cookie=Cookie(name="A", rewrite=True)),
        replace(ONE, access=Access(deny=True, cidrs=("192.0.2.0/24",))),
        replace(ONE, access=Access(deny=False, cidrs=("192.0.2.0/24",))),
    )
    assert len({setup(one).frame for one in (ONE, *changed)}) == len(changed) + 1


def test_the_order_of_objects_means_nothing() -> None:
    other = replace(ONE, listener_uuid="2" * 32, port=81)
    assert setup(ONE, other) == setup(other, ONE)


def test_no_more_connections_than_files_allow() -> None:
    """HAProxy does not start otherwise."""
    wanted = [line for line in lines(setup(replace(ONE, max_connections=200_000))) if line.startswith("maxconn")]
    assert wanted == ["maxconn 8949", "maxconn 8949"]
    both = setup(ONE, replace(ONE, listener_uuid="2" * 32, port=81))
    assert [line for line in lines(both) if line.startswith("maxconn")] == [
        "maxconn 2000",
        "maxconn 1000",
        "maxconn 1000",
    ]


def test_long_lists_are_many_lines() -> None:
    cidrs = tuple(f"192.0.2.{number}/32" for number in range(100))
    found = [
        line for line in lines(setup(replace(ONE, access=Access(deny=True, cidrs=cidrs)))) if "acl listed" in line
    ]
    assert [len(line.split()) - 3 for line in found] == [40, 40, 20]


def test_a_uri_is_one_word() -> None:
    health = replace(CHECK, protocol="http", uri="/a#b", codes=("200-299",))
    assert r"http-check send meth HEAD uri /a\#b" in lines(setup(replace(ONE, health=health)))


def test_certificates_are_files_by_what_they_hold() -> None:
    made = setup(replace(ONE, protocol="https", tls=Tls(certificates=("first", "second"))))
    [bind] = [line for line in lines(made) if line.startswith("bind")]
    assert [made.certificates[name] for name in bind.split() if name.endswith(".pem")] == ["first", "second"]
    again = setup(replace(ONE, protocol="https", tls=Tls(certificates=("first", "third"))))
    assert again.frame != made.frame


def test_ports_of_tcp_are_open_and_those_of_udp_lead_on() -> None:
    table = router_table([ONE, replace(ONE, listener_uuid="2" * 32, protocol="udp", port=53)]).elements
    assert table["open_ports"] == {"203.0.113.9 . tcp . 80": ""}
    assert Counter(table["datagrams"].values()) == {"10.1.0.10 . 8080": 20, "10.1.0.9 . 8080": 40}


def test_statistics() -> None:
    def row(proxy: str, server: str, status: str) -> dict[str, str]:
        empty = dict.fromkeys(
            ("scur", "stot", "bin", "bout", "dcon", "lastchg", "weight", "check_status", "last_chk"), ""
        )
        return {**empty, "pxname": proxy, "svname": server, "status": status}

    front, back = f"f-{ONE.listener_uuid}", f"b-{ONE.listener_uuid}"
    rows = [
        {**row(front, "FRONTEND", "OPEN"), "scur": "2", "stot": "7", "bin": "10", "bout": "20", "dcon": "1"},
        {**row(back, "10.1.0.9", "UP 1/2"), "check_status": "* L4OK"},
        row(back, "10.1.0.10", "DOWN 1/2"),
        row(back, "10.1.0.11", "MAINT"),
        row(back, "10.1.0.12", "DRAIN"),
        row(back, "BACKEND", "UP"),
    ]
    [found] = listeners(rows, [ONE.listener_uuid, "9" * 32])
    assert isinstance(found, ListenerRuntime)
    assert (found.connections, found.total_connections, found.bytes_in, found.bytes_out, found.denied) == (
        2,
        7,
        10,
        20,
        1,
    )
    assert [server.state for server in found.servers] == ["UP", "DOWN", "LEAVING", "UP"]
    assert found.servers[0].reason == "L4OK"


WEIGHTS = st.lists(st.integers(0, 100), max_size=70)


@given(WEIGHTS)
def test_slots_are_shared_by_weight(weights: list[int]) -> None:
    members = tuple(Member(ip=f"10.1.0.{number}", weight=weight) for number, weight in enumerate(weights))
    shares = Counter(slots(members))
    weighted = [one for one in members if one.weight]
    assert sum(shares.values()) == (60 if weighted else 0)
    assert len(shares) == min(len(weighted), 60)
    assert all(member.weight for member in members if member.ip in shares)


@given(st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_slots_are_as_many_as_the_weight_says(weights: list[int]) -> None:
    members = tuple(Member(ip=f"10.1.0.{number}", weight=weight) for number, weight in enumerate(weights))
    shares = Counter(slots(members))
    for member in members:
        exact = member.weight * 60 / sum(weights)
        assert abs(shares[member.ip] - max(1.0, exact)) <= len(weights)
    if len(set(weights)) == 1 and 60 % len(weights) == 0:
        assert len(set(shares.values())) == 1


def test_lists_of_udp() -> None:
    udp = replace(ONE, protocol="udp", members=())
    white = list(elements(replace(udp, access=Access(deny=False, cidrs=("0.0.0.0/0",)))))
    assert white == [
        ("datagrams_allowed", "203.0.113.9 . 80 . 0.0.0.0-255.255.255.255", ""),
        ("datagrams_closed", "203.0.113.9 . 80", ""),
    ]
    assert list(elements(replace(udp, access=Access(deny=True, cidrs=())))) == []
