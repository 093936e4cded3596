"""VLAN networks: made, attached, given another VLAN id while VMs run; through the checks of the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.l2 import L2_VLAN, L2ClusterRef, L2Network
from landbridge.model.node import BridgeNetwork, VlanNetwork
from tests.unit.services.cloudkit import Cloud, opened

MADE = {"name": "dmz", "physicalInterface": "eth0"}


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as found:
        yield found


def made(cloud: Cloud, vlan: object = 100, **more: object) -> dict[str, Any]:
    return dict(cloud.call("CreateL2VlanNetwork", **MADE, zoneUuid=cloud.zone, vlan=vlan, **more))


def change(cloud: Cloud, uuid: str, **params: object) -> Any:
    return cloud.call("ChangeL2NetworkVlanId", uuid=uuid, **params)


def test_made_and_found(cloud: Cloud) -> None:
    one = made(cloud)
    assert (one["type"], one["vlan"], one["virtualNetworkId"]) == ("L2VlanNetwork", 100, 100)
    assert [row["uuid"] for row in cloud.ask(L2_VLAN, "vlan=100")] == [one["uuid"]]
    assert cloud.ask(L2_VLAN, "vlan=101") == []


@pytest.mark.parametrize("vlan", [0, 4095, -1, 70000, None])
def test_ids_that_are_no_vlan(cloud: Cloud, vlan: int | None) -> None:
    with cloud.refused("SYS.1007", "vlan"):
        made(cloud, vlan)
    uuid = made(cloud)["uuid"]
    with cloud.refused("SYS.1007", "vlan"):
        change(cloud, uuid, vlan=vlan)


@pytest.mark.parametrize("vlan", [1, 4094])
def test_the_first_and_the_last(cloud: Cloud, vlan: int) -> None:
    assert made(cloud, vlan)["vlan"] == vlan


def test_no_two_of_a_cluster_are_the_same_vlan(cloud: Cloud) -> None:
    one, two, other, elsewhere = (made(cloud, vlan)["uuid"] for vlan in (100, 100, 101, 100))
    cloud.edit(L2Network, elsewhere, physical_interface="eth1")
    for l2 in (one, other, elsewhere):
        cloud.attach(l2)
    with cloud.refused("SYS.1007", one, "eth0", "vlan[100]"):
        cloud.attach(two)
    cloud.attach(two, cluster=cloud.add_cluster())
    first, second = cloud.no_vlan("first"), cloud.no_vlan("second")
    cloud.attach(first)
    with cloud.refused("SYS.1007", first, "eth0"):
        cloud.attach(second)


def test_every_host_has_to_have_the_interface(cloud: Cloud) -> None:
    uuid = cloud.call("CreateL2VlanNetwork", name="dmz", physicalInterface="eth7", zoneUuid=cloud.zone, vlan=5)[
        "uuid"
    ]
    with cloud.refused("L2.1000", "eth7", "host-1"):
        cloud.attach(uuid)
    assert cloud.all(L2ClusterRef) == []


def test_what_hosts_are_told(cloud: Cloud) -> None:
    uuid = made(cloud)["uuid"]
    cloud.attach(uuid)
    vm = cloud.vm(cloud.l3(uuid, cidr="10.7.0.0/24"))
    net_id = cloud.get(L2Network, uuid).net_id
    expected = VlanNetwork(l2_uuid=uuid, net_id=net_id, physical_interface="eth0", vlan=100, mtu=1500)
    assert cloud.objects(vm["hostUuid"])[f"l2/{uuid}"] == expected
    (other,) = set(cloud.hosts) - {vm["hostUuid"]}
    assert f"l2/{uuid}" not in cloud.objects(other)
    changed = cloud.begin("ChangeL2NetworkVlanId", uuid=uuid, vlan=200)
    assert [(wait.node, wait.keys) for wait in changed.wait] == [(vm["hostUuid"], (f"l2/{uuid}",))]
    assert cloud.finish(changed)["vlan"] == 200
    now = cloud.objects(vm["hostUuid"])[f"l2/{uuid}"]
    assert isinstance(now, VlanNetwork)
    assert now.vlan == 200
    assert change(cloud, uuid, type="L2NoVlanNetwork")["type"] == "L2NoVlanNetwork"
    flat = BridgeNetwork(l2_uuid=uuid, net_id=net_id, physical_interface="eth0", mtu=1500)
    assert cloud.objects(vm["hostUuid"])[f"l2/{uuid}"] == flat
    back = change(cloud, uuid, type="L2VlanNetwork", vlan=7)
    assert (back["type"], back["vlan"], back["virtualNetworkId"]) == ("L2VlanNetwork", 7, 7)
    cloud.check_compiled()


def test_a_host_that_cannot_takes_the_change_back(cloud: Cloud) -> None:
    uuid = made(cloud)["uuid"]
    cloud.attach(uuid)
    cloud.vm(cloud.l3(uuid, cidr="10.7.0.0/24"))
    error = cloud.fail(cloud.begin("ChangeL2NetworkVlanId", uuid=uuid, vlan=200))
    assert (error.code, error.cause is not None) == ("L2.1000", True)
    assert (cloud.get(L2Network, uuid).vlan, cloud.get(L2Network, uuid).virtual_network_id) == (100, 100)
    late = cloud.begin("ChangeL2NetworkVlanId", uuid=uuid, vlan=200)
    change(cloud, uuid, vlan=300)
    cloud.fail(late)
    assert cloud.get(L2Network, uuid).vlan == 300


def test_changes_that_make_no_sense(cloud: Cloud) -> None:
    one, two = made(cloud, 100)["uuid"], made(cloud, 200)["uuid"]
    flat, pool = cloud.no_vlan(), cloud.pool()
    for l2 in (one, two, flat):
        cloud.attach(l2)
    for uuid, params, word in (
        (one, {"vlan": 200}, two),
        (one, {"type": "L2NoVlanNetwork"}, flat),
        (one, {"type": "L2NoVlanNetwork", "vlan": 5}, "leave it out"),
        (one, {"type": "VxlanNetwork", "vlan": 5}, "L2NoVlanNetwork"),
        (flat, {"vlan": 5}, "L2VlanNetwork"),
        (flat, {"type": "L2VlanNetwork"}, "needs a vlan"),
        (pool, {"vlan": 5}, "VxlanNetworkPool"),
    ):
        with cloud.refused("SYS.1007", word):
            change(cloud, uuid, **params)
    assert change(cloud, one, vlan=100)["vlan"] == 100


def test_not_there(cloud: Cloud) -> None:
    with cloud.refused("SYS.1003"):
        change(cloud, "0" * 32, vlan=5)
