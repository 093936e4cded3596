"""What a vrouter's objects come to: kernel state, nftables text, dnsmasq's configuration."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from landbridge.core.plan import plan
from landbridge.model.node_object import NodeObject
from landbridge.model.router_node import DnsForwarder, DnsName, RouterLeg, RouterRoute, SourceNat
from landbridge.render.dns import dnsmasq_config, hosts_file
from landbridge.render.router import RULES, Address, Link, Sysctl, address_key, route_key, router_state
from landbridge.render.router_nft import RouterTable, delta, router_table, whole
from landbridge.render.router_routes import MAIN_TABLE, Route

PUBLIC = RouterLeg(
    nic_uuid="p",
    l3_uuid="lp",
    device_id=0,
    mac="fa:00:00:00:00:01",
    role="public",
    addresses=("203.0.113.7/24", "203.0.113.8/24"),
    mtu=1500,
)
GUEST = replace(PUBLIC, nic_uuid="g", l3_uuid="lg", device_id=1, role="guest", addresses=("10.1.0.1/24",), mtu=1450)
NAT = SourceNat(source="10.1.0.0/24", out_nic_uuid="p", to_ip="203.0.113.7")


def test_legs_become_links_addresses_and_sysctls() -> None:
    state = router_state({"leg/p": PUBLIC, "leg/g": GUEST})
    assert state.objects["link", "eth0"] == Link(1500)
    assert state.objects[address_key("eth0", "203.0.113.8/24")] == Address("eth0", "203.0.113.8/24")
    assert state.objects["sysctl", "net/ipv4/conf/eth1/rp_filter"] == Sysctl("1")
    assert state.objects["sysctl", "net/ipv4/conf/eth0/rp_filter"] == Sysctl("2")
    assert state.objects["sysctl", "net/ipv4/ip_forward"] == Sysctl("1")
    assert state.sources[address_key("eth1", "10.1.0.1/24")] == "leg/g"
    assert ("sysctl", "net/ipv4/ip_forward") not in state.sources


def test_the_default_route() -> None:
    state = router_state({"route/d": RouterRoute(destination="0.0.0.0/0", via="203.0.113.1", distance=0)})
    route = Route(MAIN_TABLE, "0.0.0.0/0", 0, ("203.0.113.1",))
    key = route_key(route)
    assert state.objects[key] == route
    assert state.sources[key] == "route/d"


def test_links_come_before_what_stands_on_them() -> None:
    wanted = router_state({"leg/p": PUBLIC, "r": RouterRoute(destination="0.0.0.0/0", via="203.0.113.1", distance=0)})
    kinds = [op.key[0] for op in plan(wanted.objects, {}, RULES)]
    assert kinds == sorted(kinds, key=RULES.kinds.index)
    backwards = [op.key[0] for op in plan({}, wanted.objects, RULES)]
    assert backwards == sorted(backwards, key=RULES.kinds.index, reverse=True)


def test_table_elements() -> None:
    table = router_table([PUBLIC, GUEST, NAT])
    assert {name: items for name, items in table.elements.items() if items} == {
        "public_legs": {'"eth0"': ""},
        "guest_legs": {'"eth1"': ""},
        "source_nat": {'10.1.0.0/24 . "eth0"': "203.0.113.7"},
        "settled": {"established": "accept", "related": "accept"},
    }


def test_source_nat_waits_for_its_leg() -> None:
    assert router_table([GUEST, NAT]).elements["source_nat"] == {}


def test_whole_table_is_one_replacement() -> None:
    text = whole(router_table([PUBLIC, GUEST, NAT]))
    assert text.startswith("add table inet landbridge\ndelete table inet landbridge\ntable inet landbridge {")
    assert 'add element inet landbridge source_nat { 10.1.0.0/24 . "eth0" : 203.0.113.7 }' in text


def test_delta_names_only_what_differs() -> None:
    old = router_table([PUBLIC, GUEST, NAT])
    new = router_table([PUBLIC, GUEST, SourceNat(source="10.1.0.0/24", out_nic_uuid="p", to_ip="203.0.113.8")])
    assert delta(old, old) == []
    assert delta(old, new) == [
        'delete element inet landbridge source_nat { 10.1.0.0/24 . "eth0" }',
        'add element inet landbridge source_nat { 10.1.0.0/24 . "eth0" : 203.0.113.8 }',
    ]


values = st.dictionaries(st.sampled_from(("a", "b", "c")), st.sampled_from(("", "1", "2")))
tables = st.builds(
    lambda one, two: RouterTable({**router_table([]).elements, "public_legs": one, "source_nat": two}), values, values
)


@given(tables, tables)
def test_delta_is_the_difference(old: RouterTable, new: RouterTable) -> None:
    """Deletes name what is there, adds what is not: nft refuses anything else."""
    state = {name: dict(items) for name, items in old.elements.items()}
    for command in delta(old, new):
        verb, _, _, _, name, rest = command.split(" ", 5)
        for element in rest.strip("{} ").split(", "):
            key, _, value = element.partition(" : ")
            if verb == "delete":
                del state[name][key]
            else:
                assert key not in state[name]
                state[name][key] = value
    assert state == new.elements


def test_names_are_as_hosts_has_them() -> None:
    names = [
        DnsName(hostname="b", domain="internal", ip="10.1.0.3"),
        DnsName(hostname="a", domain="db.example", ip="10.1.0.2"),
    ]
    assert hosts_file(names) == "10.1.0.2 a.db.example a\n10.1.0.3 b.internal b\n"


def test_dnsmasq_listens_on_guest_addresses_only() -> None:
    config = dnsmasq_config(DnsForwarder(listen=("10.2.0.1", "10.1.0.1"), upstreams=("203.0.113.1",)), "/hosts")
    lines = config.splitlines()
    assert [line for line in lines if line.startswith("listen")] == [
        "listen-address=10.1.0.1",
        "listen-address=10.2.0.1",
    ]
    assert "server=203.0.113.1" in lines
    assert "no-resolv" in lines


def test_objects_of_no_concern_are_ignored() -> None:
    other: NodeObject = DnsForwarder(listen=(), upstreams=())
    assert router_state({"dns/r": other}).sources == {}
