"""Reserved addresses, addresses that nobody has, who has which; IPv6 ranges; through the checks of the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core import ipam
from landbridge.model.documents.l3 import L3_NETWORK, IpRange, L3Network, ReservedIpRange, UsedIp
from landbridge.model.net import ip_number
from tests.unit.services.cloudkit import Cloud, opened


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(1) as found:
        yield found


@pytest.fixture
def l3(cloud: Cloud) -> str:
    """.2 to .6, without DHCP."""
    return cloud.subnet("192.168.1.0/29", services=False)


def reserve(cloud: Cloud, l3: str, first: int | str, last: int | str) -> Any:
    ends = [f"192.168.1.{end}" if isinstance(end, int) else end for end in (first, last)]
    return cloud.call("AddReservedIpRange", l3NetworkUuid=l3, startIp=ends[0], endIp=ends[1])


def free(cloud: Cloud, l3: str) -> list[int]:
    rows = cloud.call("GetFreeIpOfL3Network", l3NetworkUuid=l3)
    return [int(row["ip"].rpartition(".")[2]) for row in rows]


def test_reserved_addresses_are_not_handed_out(cloud: Cloud, l3: str) -> None:
    made = reserve(cloud, l3, 2, 4)
    assert (made["startIp"], made["endIp"], made["ipVersion"]) == ("192.168.1.2", "192.168.1.4", 4)
    assert free(cloud, l3) == [5, 6]
    assert [cloud.vm(l3)["vmNics"][0]["ip"] for _ in range(2)] == ["192.168.1.5", "192.168.1.6"]
    with cloud.refused("L3.1000"):
        cloud.begin("CreateVmInstance", **cloud.vm_params(l3))
    with cloud.refused("SYS.1006", made["uuid"], "192.168.1.3"):
        cloud.begin("CreateVmInstance", **cloud.vm_params(l3), tags=(f"staticIp::{l3}::192.168.1.3",))
    asked = cloud.call("CheckIpAvailability", l3NetworkUuid=l3, ip="192.168.1.3")
    assert (asked["available"], asked["reason"]) == (False, "the address is reserved")
    capacity = cloud.call("GetIpAddressCapacity", l3NetworkUuids=[l3])
    assert (capacity["totalCapacity"], capacity["availableCapacity"]) == (5, 0)
    cloud.call("DeleteReservedIpRange", uuid=made["uuid"])
    cloud.call("DeleteReservedIpRange", uuid=made["uuid"])
    assert free(cloud, l3) == [2, 3, 4]
    assert cloud.vm(l3)["vmNics"][0]["ip"] == "192.168.1.2"


def test_what_is_in_use_stays_so(cloud: Cloud, l3: str) -> None:
    cloud.vm(l3)
    reserve(cloud, l3, 2, 3)
    assert free(cloud, l3) == [4, 5, 6]
    capacity = cloud.call("GetIpAddressCapacity", l3NetworkUuids=[l3])
    assert (capacity["totalCapacity"], capacity["usedIpAddressNumber"]) == (5, 2)
    assert cloud.get(UsedIp, cloud.all(UsedIp)[0].uuid).ip == "192.168.1.2"


@pytest.mark.parametrize(
    ("first", "last", "word"),
    [
        (5, 4, "behind"),
        (6, 9, "192.168.1.0/29"),
        ("192.168.2.1", "192.168.2.2", "192.168.1.0/29"),
        ("ten", 4, "ten"),
        (2, "fd00::1", "fd00::1"),
        (3, 5, "reserved"),
        (4, 4, "reserved"),
    ],
)
def test_ranges_that_cannot_be(cloud: Cloud, l3: str, first: int | str, last: int | str, word: str) -> None:
    reserve(cloud, l3, 4, 4)
    with cloud.refused("SYS.1007", word):
        reserve(cloud, l3, first, last)


def test_a_network_without_a_subnet_has_nothing_to_reserve(cloud: Cloud) -> None:
    empty = cloud.subnet("", services=False)
    with cloud.refused("SYS.1007", "add an IP range first"):
        reserve(cloud, empty, 2, 3)


def test_shown_with_its_network_and_gone_with_it(cloud: Cloud, l3: str) -> None:
    reserve(cloud, l3, 2, 3)
    (row,) = cloud.ask(L3_NETWORK, f"uuid={l3}")
    assert [found["startIp"] for found in row["reservedIpRanges"]] == ["192.168.1.2"]
    cloud.call("DeleteL3Network", uuid=l3)
    assert cloud.all(ReservedIpRange) == []


def test_addresses_that_somebody_has_are_not_given_back(cloud: Cloud) -> None:
    l3 = cloud.subnet("192.168.1.0/29")
    vm = cloud.vm(l3)
    stray = cloud.write(lambda tx: ipam.allocate(tx, tx.need(L3Network, l3), l3, "nobody"))
    by_ip = {used.ip: used.uuid for used in cloud.all(UsedIp, l3_network_uuid=l3)}
    dhcp = cloud.get(L3Network, l3).dhcp_ip
    assert dhcp is not None
    for ip, word in ((vm["vmNics"][0]["ip"], vm["uuid"]), (dhcp, "DHCP")):
        with cloud.refused("SYS.1006", ip, word):
            cloud.call("DeleteIpAddress", l3NetworkUuid=l3, usedIpUuids=[stray.uuid, by_ip[ip]])
    other = cloud.subnet("10.1.0.0/24", "b")
    with cloud.refused("SYS.1007", stray.ip):
        cloud.call("DeleteIpAddress", l3NetworkUuid=other, usedIpUuids=[stray.uuid])
    cloud.call("DeleteIpAddress", l3NetworkUuid=l3, usedIpUuids=[stray.uuid, stray.uuid])
    assert stray.ip not in {used.ip for used in cloud.all(UsedIp, l3_network_uuid=l3)}
    assert stray.ip in {row["ip"] for row in cloud.call("GetFreeIp", l3NetworkUuid=l3)}


def test_free_addresses_of_one_range(cloud: Cloud, l3: str) -> None:
    (found,) = cloud.all(IpRange, l3_network_uuid=l3)
    rows = cloud.call("GetFreeIpOfIpRange", ipRangeUuid=found.uuid, limit=2, start="192.168.1.4")
    assert [row["ip"] for row in rows] == ["192.168.1.4", "192.168.1.5"]


def test_who_has_which(cloud: Cloud) -> None:
    router = cloud.router()
    l3 = next(nic.l3_network_uuid for nic in cloud.nics(router) if nic.ip.startswith("203.0.113."))  # type: ignore[union-attr]  # an address each
    vip = cloud.call("CreateVip", name="v", l3NetworkUuid=l3)

    def shown(**params: object) -> Any:
        return cloud.call("GetL3NetworkIpStatistic", l3NetworkUuid=l3, **params)["ipStatistics"]

    rows = {row["ip"]: row for row in shown()}
    own = next(nic.ip for nic in cloud.nics(router) if nic.l3_network_uuid == l3)
    assert own is not None
    assert (rows[vip["ip"]]["resourceTypes"], rows[vip["ip"]]["vipName"]) == (["VIP"], "v")
    assert rows[own]["resourceTypes"] == ["VIP", "VPC_VROUTER"]
    assert rows[own]["vmInstanceUuid"] == router["uuid"]
    assert list(rows) == sorted(rows, key=ip_number)
    assert [row["ip"] for row in shown(sortDirection="desc")] == list(rows)[::-1]
    assert [row["ip"] for row in shown(resourceType="VM")] == []
    assert {row["ip"] for row in shown(resourceType="Vip")} == {own, vip["ip"]}
    assert [row["ip"] for row in shown(ip=vip["ip"][-4:])] == [vip["ip"]]
    counted = cloud.call("GetL3NetworkIpStatistic", l3NetworkUuid=l3, limit=1, start=1, replyWithCount=True)
    assert ([row["ip"] for row in counted["ipStatistics"]], counted["total"]) == (list(rows)[1:2], len(rows))


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("AddIpv6Range", {"startIp": "fd00::2", "endIp": "fd00::9", "gateway": "fd00::1", "prefixLen": 64}),
        ("AddIpv6RangeByNetworkCidr", {"networkCidr": "fd00::/64"}),
    ],
)
def test_ipv6_ranges_are_refused_with_what_to_use(cloud: Cloud, l3: str, name: str, params: dict[str, Any]) -> None:
    with cloud.refused("SYS.1006", "AddIpRange"):
        cloud.call(name, l3NetworkUuid=l3, name="six", addressMode="SLAAC", **params)
    with cloud.refused("SYS.1007", "addressMode"):
        cloud.call(name, l3NetworkUuid=l3, name="six", addressMode="slaac", **params)
