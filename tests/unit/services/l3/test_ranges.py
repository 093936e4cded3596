"""IP ranges: every refusal is SYS.1007, and what by-CIDR makes of a subnet."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core import ipam
from landbridge.model.documents.l3 import IpRange, L3Network, UsedIp
from landbridge.services.l3 import actions_network, actions_options, actions_range
from tests.unit.services.netkit import Kit, opened

GOOD = {
    "start_ip": "192.168.1.10",
    "end_ip": "192.168.1.20",
    "netmask": "255.255.255.0",
    "gateway": "192.168.1.1",
}


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened() as kit:
        yield kit


@pytest.fixture
def l3(kit: Kit) -> str:
    return kit.l3(kit.no_vlan())


def add(kit: Kit, l3: str, **fields: Any) -> IpRange:
    request = actions_range.AddIpRange(l3_network_uuid=l3, name="r", **{**GOOD, **fields})
    return kit.get(IpRange, kit.make(actions_range.add_range, request))


def spans(kit: Kit, l3: str) -> list[tuple[str, str, str]]:
    return [(r.start_ip, r.end_ip, r.gateway) for r in kit.all(IpRange, l3_network_uuid=l3)]


def test_range_knows_its_subnet(kit: Kit, l3: str) -> None:
    found = add(kit, l3)
    assert (found.network_cidr, found.prefix_len, found.ip_range_type) == ("192.168.1.0/24", 24, "Normal")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"start_ip": "192.168.1"}, "startIp"),
        ({"end_ip": "::1"}, "endIp"),
        ({"gateway": "gate"}, "gateway"),
        ({"netmask": "255.0.255.0"}, "netmask"),
        ({"netmask": "0.0.0.0"}, "netmask"),
        ({"netmask": "24"}, "netmask"),
        ({"gateway": "192.168.2.1"}, "gateway"),
        ({"end_ip": "192.168.2.20"}, "endIp"),
        ({"start_ip": "192.168.1.21"}, "behind"),
        ({"gateway": "192.168.1.15"}, "gateway"),
        ({"gateway": "192.168.1.10"}, "gateway"),
        ({"start_ip": "192.168.1.0", "gateway": "192.168.1.200"}, "network's own"),
        ({"end_ip": "192.168.1.255"}, "broadcast"),
        ({"start_ip": "224.0.0.5", "end_ip": "224.0.0.9", "gateway": "224.0.0.1"}, "class D"),
        ({"start_ip": "240.0.0.5", "end_ip": "240.0.0.9", "gateway": "240.0.0.1"}, "class E"),
        ({"start_ip": "169.254.0.5", "end_ip": "169.254.0.9", "gateway": "169.254.0.1"}, "link-local"),
        ({"start_ip": "127.0.0.5", "end_ip": "127.0.0.9", "gateway": "127.0.0.1"}, "loopback"),
        ({"gateway": None}, "gateway"),
        ({"ip_range_type": "AddressPool"}, "public"),
    ],
)
def test_refusals(kit: Kit, l3: str, fields: dict[str, Any], words: str) -> None:
    with kit.refused("SYS.1007", words):
        add(kit, l3, **fields)


def test_further_range_takes_the_first_ones_gateway(kit: Kit, l3: str) -> None:
    add(kit, l3)
    assert add(kit, l3, start_ip="192.168.1.30", end_ip="192.168.1.31", gateway=None).gateway == "192.168.1.1"


@pytest.mark.parametrize("span", [("192.168.1.20", "192.168.1.30"), ("192.168.1.5", "192.168.1.10")])
def test_overlap_on_the_same_network(kit: Kit, l3: str, span: tuple[str, str]) -> None:
    add(kit, l3)
    with kit.refused("SYS.1007", "overlaps"):
        add(kit, l3, start_ip=span[0], end_ip=span[1])


def test_overlap_with_another_network_of_the_same_l2(kit: Kit) -> None:
    l2 = kit.no_vlan()
    one, two = kit.l3(l2, "one"), kit.l3(l2, "two")
    add(kit, one)
    with kit.refused("SYS.1007", "one"):
        add(kit, two, start_ip="192.168.1.15", end_ip="192.168.1.15")
    add(kit, two, start_ip="192.168.1.21", end_ip="192.168.1.25")


def test_other_l2_networks_may_reuse_addresses(kit: Kit, l3: str) -> None:
    add(kit, l3)
    add(kit, kit.l3(kit.no_vlan("other")))
    assert len(kit.all(IpRange)) == 2


def test_second_cidr_on_the_same_network(kit: Kit, l3: str) -> None:
    add(kit, l3)
    with kit.refused("SYS.1007", "multiple CIDR on the same L3 network is not allowed"):
        kit.cidr(l3, "192.168.2.0/24")


def test_other_gateway_than_the_first_range(kit: Kit, l3: str) -> None:
    add(kit, l3)
    with kit.refused("SYS.1007", "differs"):
        add(kit, l3, start_ip="192.168.1.30", end_ip="192.168.1.31", gateway="192.168.1.2")


def test_range_around_the_router_interface(kit: Kit, l3: str) -> None:
    add(kit, l3)
    request = actions_options.SetL3NetworkRouterInterfaceIp(l3_network_uuid=l3, router_interface_ip="192.168.1.30")
    kit.run(actions_options.set_router_ip, request)
    with kit.refused("SYS.1007", "router interface"):
        add(kit, l3, start_ip="192.168.1.25", end_ip="192.168.1.35")


def test_ipv6_network_takes_no_ipv4_range(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan(), ip_version=6)
    with kit.refused("SYS.1007", "IPv6"):
        kit.cidr(l3, "192.168.1.0/24")


@pytest.mark.parametrize("gateway", [None, "192.168.1.1"])
def test_cidr_with_the_first_host_as_gateway(kit: Kit, l3: str, gateway: str | None) -> None:
    kit.cidr(l3, "192.168.1.0/24", gateway=gateway)
    assert spans(kit, l3) == [("192.168.1.2", "192.168.1.254", "192.168.1.1")]


def test_cidr_with_the_last_host_as_gateway(kit: Kit, l3: str) -> None:
    kit.cidr(l3, "192.168.1.0/24", gateway="192.168.1.254")
    assert spans(kit, l3) == [("192.168.1.1", "192.168.1.253", "192.168.1.254")]


def test_cidr_with_a_gateway_in_the_middle_makes_two_ranges(kit: Kit, l3: str) -> None:
    outcome = kit.cidr(l3, "192.168.1.0/24", gateway="192.168.1.100")
    assert spans(kit, l3) == [
        ("192.168.1.1", "192.168.1.99", "192.168.1.100"),
        ("192.168.1.101", "192.168.1.254", "192.168.1.100"),
    ]
    ranges = tuple(r.uuid for r in kit.all(IpRange))
    assert outcome.inventories is not None
    assert outcome.inventories[1] == ranges
    assert outcome.inventory is not None
    assert outcome.inventory[1] == ranges[0]


def test_smallest_subnet(kit: Kit, l3: str) -> None:
    kit.cidr(l3, "192.168.1.4/30")
    assert spans(kit, l3) == [("192.168.1.6", "192.168.1.6", "192.168.1.5")]


@pytest.mark.parametrize(
    ("cidr", "gateway"),
    [
        ("192.168.1.0", None),
        ("192.168.1.0/33", None),
        ("192.168.1.0/31", None),
        ("192.168.1.1/32", None),
        ("224.0.0.0/24", None),
        ("192.168.1.0/24", "192.168.2.1"),
        ("192.168.1.0/24", "192.168.1.0"),
        ("192.168.1.0/24", "192.168.1.255"),
        ("192.168.1.0/24", "x"),
    ],
)
def test_cidr_refusals(kit: Kit, l3: str, cidr: str, gateway: str | None) -> None:
    with kit.refused("SYS.1007"):
        kit.cidr(l3, cidr, gateway=gateway)


def test_address_pool_of_a_public_network_has_all_hosts(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan(), category="Public")
    kit.cidr(l3, "192.168.1.0/29", ip_range_type="AddressPool")
    assert spans(kit, l3) == [("192.168.1.1", "192.168.1.6", "192.168.1.1")]
    with kit.refused("L3.1000"):
        kit.write(lambda tx: ipam.allocate(tx, tx.need(L3Network, l3), l3, "VM"))


def test_update(kit: Kit, l3: str) -> None:
    uuid = add(kit, l3).uuid
    kit.run(actions_range.update_range, actions_range.UpdateIpRange(uuid=uuid, name="new", description="text"))
    found = kit.get(IpRange, uuid)
    assert (found.name, found.description, found.start_ip) == ("new", "text", "192.168.1.10")


def test_delete_in_use_names_the_holder(kit: Kit, l3: str) -> None:
    uuid = add(kit, l3).uuid
    kit.write(lambda tx: ipam.allocate(tx, tx.need(L3Network, l3), l3, "VmNic", static_ip="192.168.1.12"))
    with kit.refused("SYS.1006", "192.168.1.12", "VmNic"):
        kit.run(actions_range.delete_range, actions_range.DeleteIpRange(uuid=uuid))


def test_delete(kit: Kit, l3: str) -> None:
    uuid = add(kit, l3).uuid
    kit.run(actions_range.delete_range, actions_range.DeleteIpRange(uuid=uuid))
    kit.run(actions_range.delete_range, actions_range.DeleteIpRange(uuid=uuid))
    assert not kit.all(IpRange)


def test_delete_network_with_its_ranges(kit: Kit, l3: str) -> None:
    before = kit.everything()
    other = kit.l3(kit.all(L3Network)[0].l2_network_uuid, "other", cidr="10.2.0.0/24")
    kit.run(actions_network.delete, actions_network.DeleteL3Network(uuid=other))
    assert kit.everything() == before
    assert not kit.all(UsedIp)
