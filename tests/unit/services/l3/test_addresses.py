"""Questions about addresses: free ones, availability, capacity."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core import ipam
from landbridge.model.documents.l3 import IpRange, L3Network
from landbridge.services.l3 import actions_address as address
from tests.unit.services.netkit import Kit, opened


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened() as kit:
        yield kit


@pytest.fixture
def l3(kit: Kit) -> str:
    """A network with .2 to .6 of which .3 is in use."""
    uuid = kit.l3(kit.no_vlan(), cidr="192.168.1.0/29")
    kit.write(lambda tx: ipam.allocate(tx, tx.need(L3Network, uuid), uuid, "VM", static_ip="192.168.1.3"))
    return uuid


def free(kit: Kit, **fields: Any) -> list[str]:
    body = kit.run(address.get_free_ip, address.GetFreeIp(**fields)).body
    return [one["ip"].removeprefix("192.168.1.") for one in body["inventories"]]


def test_free_addresses(kit: Kit, l3: str) -> None:
    assert free(kit, l3_network_uuid=l3) == ["2", "4", "5", "6"]
    assert free(kit, ip_range_uuid=kit.all(IpRange)[0].uuid) == ["2", "4", "5", "6"]
    assert free(kit, l3_network_uuid=l3, limit=2) == ["2", "4"]
    assert free(kit, l3_network_uuid=l3, start="192.168.1.5") == ["5", "6"]
    assert free(kit, l3_network_uuid=l3, ip_range_type="AddressPool") == []
    assert free(kit, l3_network_uuid=l3, ip_version=6) == []


def test_free_address_carries_its_subnet(kit: Kit, l3: str) -> None:
    body = kit.run(address.get_free_ip, address.GetFreeIp(l3_network_uuid=l3, limit=1)).body
    assert body["inventories"] == [
        {
            "ipRangeUuid": kit.all(IpRange)[0].uuid,
            "ip": "192.168.1.2",
            "netmask": "255.255.255.248",
            "gateway": "192.168.1.1",
        }
    ]


def test_free_addresses_of_a_large_range_come_in_order(kit: Kit) -> None:
    l3 = kit.l3(kit.no_vlan(), cidr="10.0.0.0/16")
    found = free(kit, l3_network_uuid=l3, limit=3000)
    assert len(found) == 3000
    assert found[-1] == "10.0.11.185"


def test_free_addresses_of_nothing(kit: Kit) -> None:
    with kit.refused("SYS.1007", "l3NetworkUuid"):
        free(kit)


def test_start_that_is_no_address(kit: Kit, l3: str) -> None:
    with kit.refused("SYS.1007", "start"):
        free(kit, l3_network_uuid=l3, start="x")


@pytest.mark.parametrize(
    ("ip", "word"),
    [("192.168.1.2", None), ("192.168.1.3", "in use"), ("192.168.1.1", "gateway"), ("192.168.9.9", "range")],
)
def test_availability(kit: Kit, l3: str, ip: str, word: str | None) -> None:
    body = kit.run(address.check_ip, address.CheckIpAvailability(l3_network_uuid=l3, ip=ip)).body
    assert body["available"] is (word is None)
    assert word is None or word in body["reason"]


def test_availability_without_the_range_check(kit: Kit, l3: str) -> None:
    request = address.CheckIpAvailability(l3_network_uuid=l3, ip="192.168.9.9", ip_range_check=False)
    assert kit.run(address.check_ip, request).body == {"available": True}


def test_availability_of_what_is_no_address(kit: Kit, l3: str) -> None:
    with kit.refused("SYS.1007"):
        kit.run(address.check_ip, address.CheckIpAvailability(l3_network_uuid=l3, ip="x"))


def test_capacity(kit: Kit, l3: str) -> None:
    other = kit.l3(kit.no_vlan(), cidr="10.0.0.0/30")

    def ask(**fields: Any) -> tuple[int, int, str, list[str]]:
        body = kit.run(address.get_capacity, address.GetIpAddressCapacity(**fields)).body
        assert body["usedIpAddressNumber"] == body["totalCapacity"] - body["availableCapacity"]
        parts = [part["resourceUuid"] for part in body["capacityData"]]
        return body["totalCapacity"], body["availableCapacity"], body["resourceType"], parts

    assert ask(l3_network_uuids=[l3]) == (5, 4, "L3NetworkVO", [l3])
    assert ask(l3_network_uuids=[l3, other]) == (6, 5, "L3NetworkVO", [l3, other])
    assert ask(zone_uuids=[kit.zone]) == ask(all=True) == (6, 5, "ZoneVO", [kit.zone])
    ip_range = kit.all(IpRange, l3_network_uuid=l3)[0].uuid
    assert ask(ip_range_uuids=[ip_range]) == (5, 4, "IpRangeVO", [ip_range])


def test_capacity_of_nothing(kit: Kit) -> None:
    with kit.refused("SYS.1007"):
        kit.run(address.get_capacity, address.GetIpAddressCapacity())
