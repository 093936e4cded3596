"""Anti-spoofing of ports: its switch, and what a NIC may send from besides its own address."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.account import SystemTag
from landbridge.model.documents.address_pair import ADDRESS_PAIR
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.node import AddressPair
from landbridge.services.vm.pairs import MOST_PAIRS
from tests.unit.services.groupkit import Groups, opened

ABSENT = "f" * 32


@pytest.fixture
def cloud() -> Iterator[Groups]:
    with opened() as cloud:
        yield cloud


@pytest.fixture
def l3(cloud: Groups) -> str:
    return cloud.net()


@pytest.fixture
def nic(cloud: Groups, l3: str) -> VmNic:
    return cloud.machine(l3)


def test_on_unless_the_vm_or_else_the_cloud_says_otherwise(cloud: Groups, l3: str, nic: VmNic) -> None:
    def setting(value: str) -> bool:
        cloud.call("UpdateGlobalConfig", category="vm", name="cleanTraffic", value=value)
        return cloud.port(nic.uuid).guarded

    def own(enable: bool) -> bool:
        outcome = cloud.begin("SetVmCleanTraffic", uuid=nic.vm_instance_uuid, enable=enable)
        assert [wait.node for wait in outcome.wait] == [cloud.hosts[0]]
        cloud.finish(outcome)
        return cloud.port(nic.uuid).guarded

    assert cloud.port(nic.uuid).guarded
    assert not setting("false")
    assert setting("true")
    assert not own(enable=False)
    assert not setting("true")
    assert own(enable=True)
    assert setting("false")
    (tag,) = cloud.all(SystemTag, resource_uuid=nic.vm_instance_uuid)
    assert tag.tag == "cleanTraffic::true"
    cloud.call("DeleteTag", uuid=tag.uuid)
    assert not cloud.port(nic.uuid).guarded
    cloud.check_compiled()


def test_a_tag_is_in_force_at_once(cloud: Groups, nic: VmNic) -> None:
    params = {"resourceType": "VmInstanceVO", "resourceUuid": nic.vm_instance_uuid}
    tag = cloud.call("CreateSystemTag", **params, tag="cleanTraffic::false")["uuid"]
    assert not cloud.port(nic.uuid).guarded
    with cloud.refused("SYS.1007", "cleanTraffic::no"):
        cloud.call("UpdateSystemTag", uuid=tag, tag="cleanTraffic::no")
    cloud.call("UpdateSystemTag", uuid=tag, tag="cleanTraffic::true")
    assert cloud.port(nic.uuid).guarded
    cloud.check_compiled()


def test_a_vm_may_be_born_without(cloud: Groups, l3: str) -> None:
    vm = cloud.vm(l3, tags=("cleanTraffic::false",), hostUuid=cloud.hosts[0])
    assert not cloud.port(cloud.nics(vm)[0].uuid).guarded


def test_refusals_of_the_switch(cloud: Groups, nic: VmNic) -> None:
    router = cloud.router()["uuid"]
    with cloud.refused("SYS.1006", "rules of their own"):
        cloud.call("SetVmCleanTraffic", uuid=router, enable=True)
    with cloud.refused("SYS.1003", "VmInstanceVO"):
        cloud.call("SetVmCleanTraffic", uuid=ABSENT, enable=True)
    cloud.leave(cloud.hosts[0])
    with cloud.refused("HOST.1010", "hung up"):
        cloud.begin("SetVmCleanTraffic", uuid=nic.vm_instance_uuid, enable=False)
    cloud.edit(VmInstance, nic.vm_instance_uuid, state="Stopped")
    assert cloud.begin("SetVmCleanTraffic", uuid=nic.vm_instance_uuid, enable=False).wait == ()


def pair(cloud: Groups, nic: VmNic, ip: str, mac: str | None = None) -> Any:
    params = {} if mac is None else {"mac": mac}
    return cloud.call("AddVmNicAllowedAddressPair", vmNicUuid=nic.uuid, ip=ip, **params)


@pytest.mark.parametrize(
    ("ip", "mac", "stored"),
    [
        ("10.1.0.99", None, AddressPair(ip="10.1.0.99")),
        ("10.1.0.99/32", None, AddressPair(ip="10.1.0.99")),
        ("192.168.0.0/16", None, AddressPair(ip="192.168.0.0/16")),
        ("10.1.0.128/28", None, AddressPair(ip="10.1.0.128/28")),
        ("2001:DB8::0:1", None, AddressPair(ip="2001:db8::1")),
        ("2001:db8::/64", None, AddressPair(ip="2001:db8::/64")),
        ("fe80::1/128", None, AddressPair(ip="fe80::1")),
        ("10.1.0.99", "00:00:5E:00:01:0A", AddressPair(ip="10.1.0.99", mac="00:00:5e:00:01:0a")),
        ("10.1.0.99", "own", AddressPair(ip="10.1.0.99")),
        ("own", "00:00:5e:00:01:0a", AddressPair(ip="own", mac="00:00:5e:00:01:0a")),
    ],
)
def test_pairs(cloud: Groups, nic: VmNic, ip: str, mac: str | None, stored: AddressPair) -> None:
    mac = nic.mac.upper() if mac == "own" else mac
    ip = (nic.ip or "") if ip == "own" else ip
    outcome = cloud.begin("AddVmNicAllowedAddressPair", vmNicUuid=nic.uuid, ip=ip, mac=mac)
    assert ([wait.node for wait in outcome.wait], outcome.everywhere) == ([cloud.hosts[0]], True)
    row = cloud.finish(outcome)
    expected = AddressPair(ip=nic.ip or "", mac=stored.mac) if stored.ip == "own" else stored
    assert (row["ip"], row.get("mac"), row["vmNicUuid"]) == (expected.ip, expected.mac, nic.uuid)
    assert cloud.port(nic.uuid).pairs == (expected,)
    assert len(cloud.ask(ADDRESS_PAIR, f"vmNic.ip={nic.ip}")) == 1
    for _ in range(2):
        cloud.call("RemoveVmNicAllowedAddressPair", uuid=row["uuid"])
    assert cloud.port(nic.uuid).pairs == ()
    cloud.check_compiled()


@pytest.mark.parametrize(
    ("ip", "words"),
    [
        ("web", "not an IPv4 address"),
        ("10.1.0.1-10.1.0.9", "not an IPv4 address"),
        ("10.1.0.0/33", "not an IPv4 CIDR"),
        ("10.1.0.99/24", "did you mean 10.1.0.0/24?"),
        ("fe80::1%eth0", "zone"),
        ("0.0.0.0/0", "switch anti-spoofing off"),
        ("::/0", "switch anti-spoofing off"),
        ("0.0.0.0", "means no address"),
        ("127.0.0.1", "is loopback"),
        ("224.0.0.18", "is multicast"),
        ("255.255.255.255", "is broadcast"),
        ("128.0.0.0/1", "is multicast"),
        ("::", "means no address"),
        ("::1", "or loopback"),
        ("ff02::12", "is multicast"),
        ("::ffff:10.0.0.1", "IPv4 in disguise"),
        ("10.1.0.1", "10.1.0.1 is the gateway"),
        ("10.1.0.2", "10.1.0.2 is the DHCP server"),
        ("10.1.0.0", "the network itself"),
        ("10.1.0.255", "its broadcast"),
        ("10.1.0.0/24", "is the"),
        ("10.0.0.0/8", "is the"),
        ("10.1.0.3", "is the own address"),
        ("10.1.0.4", "10.1.0.4 of L3 network"),
        ("10.1.0.4/30", "10.1.0.4 of L3 network"),
        ("1" * 65, "too long"),
        ("", "empty"),
    ],
)
def test_addresses_that_are_somebodys(cloud: Groups, l3: str, ip: str, words: str) -> None:
    nic, neighbour = cloud.machine(l3), cloud.machine(l3)
    assert (nic.ip, neighbour.ip) == ("10.1.0.3", "10.1.0.4")
    with cloud.refused("SYS.1007", words):
        pair(cloud, nic, ip)


def test_a_router_beside_the_gateway(cloud: Groups, l3: str, nic: VmNic) -> None:
    cloud.edit(L3Network, l3, router_ip="10.1.0.200")
    with cloud.refused("SYS.1007", "10.1.0.200 is the router"):
        pair(cloud, nic, "10.1.0.200")


@pytest.mark.parametrize(
    ("mac", "words"),
    [
        ("01:00:5e:00:00:12", "unicast"),
        ("ff:ff:ff:ff:ff:ff", "unicast"),
        ("00:00:00:00:00:00", "unicast"),
        ("00:00:5e:00:01", "unicast"),
        ("0e:5c:00:00:00:01", "reserved"),
        ("0e:dc:00:00:00:01", "reserved"),
    ],
)
def test_macs_that_no_vm_has(cloud: Groups, nic: VmNic, mac: str, words: str) -> None:
    with cloud.refused("SYS.1007", words):
        pair(cloud, nic, "10.1.0.99", mac)


def test_a_neighbours_mac(cloud: Groups, l3: str, nic: VmNic) -> None:
    neighbour, stranger = cloud.machine(l3), cloud.machine(cloud.net("10.2.0.0/24", "two"))
    with cloud.refused("SYS.1007", f"that of NIC[uuid:{neighbour.uuid}", "in the same network"):
        pair(cloud, nic, "10.1.0.99", neighbour.mac)
    pair(cloud, nic, "10.1.0.99", stranger.mac)


def test_duplicates_and_too_many(cloud: Groups, nic: VmNic) -> None:
    pair(cloud, nic, "10.1.0.99")
    for ip, mac in (("10.1.0.99", None), ("10.1.0.99/32", nic.mac)):
        with cloud.refused("SYS.1007", "already"):
            pair(cloud, nic, ip, mac)
    for number in range(MOST_PAIRS - 1):
        pair(cloud, nic, f"10.1.0.{100 + number}")
    with cloud.refused("SYS.1007", "has 16 allowed address pairs"):
        pair(cloud, nic, "10.1.0.200")


def test_other_refusals_of_pairs(cloud: Groups, nic: VmNic) -> None:
    router = cloud.router()
    with cloud.refused("SYS.1007", "name a VM's NIC"):
        cloud.call("AddVmNicAllowedAddressPair", vmNicUuid=router["vmNics"][0]["uuid"], ip="10.1.0.99")
    with cloud.refused("SYS.1003", "VmNicVO"):
        cloud.call("AddVmNicAllowedAddressPair", vmNicUuid=ABSENT, ip="10.1.0.99")
    made = pair(cloud, nic, "10.1.0.99")
    cloud.leave(cloud.hosts[0])
    with cloud.refused("HOST.1010", "hung up"):
        cloud.begin("AddVmNicAllowedAddressPair", vmNicUuid=nic.uuid, ip="10.1.0.98")
    with cloud.refused("HOST.1010", "hung up"):
        cloud.begin("RemoveVmNicAllowedAddressPair", uuid=made["uuid"])


def test_two_vms_share_an_address(cloud: Groups, l3: str, nic: VmNic) -> None:
    """What VRRP in guests needs."""
    other = cloud.machine(l3, host=1)
    for one in (nic, other):
        pair(cloud, one, "10.1.0.99")
        assert cloud.port(one.uuid).pairs == (AddressPair(ip="10.1.0.99"),)
