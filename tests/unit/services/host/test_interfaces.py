"""Interfaces and bonds of hosts, as resources."""

from collections.abc import Iterator

import pytest

from landbridge.model.documents.places import HOST_BONDING, HOST_INTERFACE, Host, HostNetworkInterface
from landbridge.model.facts import InterfaceFact
from landbridge.services.host.hosts import take_facts
from tests.unit.services.cloudkit import Cloud, opened
from tests.unit.services.netkit import facts


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as found:
        yield found


def nic(name: str, *addresses: str, up: bool = True, **more: object) -> InterfaceFact:
    return InterfaceFact(name=name, mac="02:00:00:00:00:01", mtu=1500, up=up, addresses=addresses, **more)  # type: ignore[arg-type]  # its fields


def say(cloud: Cloud, host: int, *interfaces: InterfaceFact) -> None:
    cloud.write(lambda tx: take_facts(tx, tx.need(Host, cloud.hosts[host]), facts(*interfaces)))


def test_they_follow_what_the_host_says(cloud: Cloud) -> None:
    say(cloud, 0, nic("eth0", "10.0.0.1/24"), nic("eth1", up=False))
    say(cloud, 1, nic("eth0"))
    rows = {row["interfaceName"]: row for row in cloud.ask(HOST_INTERFACE, f"hostUuid={cloud.hosts[0]}")}
    assert (rows["eth0"]["ipAddresses"], rows["eth0"]["carrierActive"]) == (["10.0.0.1/24"], True)
    assert (rows["eth1"]["ipAddresses"], rows["eth1"]["carrierActive"]) == ([], False)
    say(cloud, 0, nic("eth0", "10.0.0.2/24"))
    (row,) = cloud.ask(HOST_INTERFACE, f"hostUuid={cloud.hosts[0]}")
    assert (row["uuid"], row["ipAddresses"]) == (rows["eth0"]["uuid"], ["10.0.0.2/24"])
    assert len(cloud.ask(HOST_INTERFACE, "interfaceName=eth0")) == 2


def test_a_bond_with_its_interfaces(cloud: Cloud) -> None:
    bond = nic("bond0", "10.0.0.1/24", kind="bond", bond_mode=4)
    say(cloud, 0, nic("eth0", master="bond0"), nic("eth1", master="bond0", up=False), bond, nic("eth2"))
    (row,) = cloud.ask(HOST_BONDING)
    assert (row["bondingName"], row["mode"], row["miiStatus"]) == ("bond0", "802.3ad", "up")
    slaves = {slave["interfaceName"]: slave["slaveActive"] for slave in row["slaves"]}
    assert slaves == {"eth0": True, "eth1": False}
    types = {found.interface_name: found.interface_type for found in cloud.all(HostNetworkInterface)}
    assert types == {"eth0": "bondSlave", "eth1": "bondSlave", "eth2": "noMaster"}
    say(cloud, 0, nic("eth0"), nic("eth1", over="x"))
    assert cloud.ask(HOST_BONDING) == []
    assert {found.bonding_uuid for found in cloud.all(HostNetworkInterface)} == {None}


def test_gone_with_the_host(cloud: Cloud) -> None:
    say(cloud, 0, nic("eth0"), nic("bond0", kind="bond"))
    cloud.call("DeleteHost", uuid=cloud.hosts[0])
    assert cloud.ask(HOST_INTERFACE) == cloud.ask(HOST_BONDING) == []
