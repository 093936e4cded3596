"""CreateVmInstance: sizes, networks, addresses, the choice of the host; every check with its code."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.account import SystemTag
from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.vm import (
    NETNS_IMAGE_UUID,
    HostLoad,
    Image,
    InstanceOffering,
    VmInstance,
    VmNic,
)
from landbridge.model.errors import ApiError
from tests.unit.services.cloudkit import HOST_SAYS, MIB, Cloud, opened
from tests.unit.services.netkit import interface

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as cloud:
        yield cloud


def create(cloud: Cloud, **params: Any) -> Any:
    known = {"name": "vm", "cpuNum": 1, "memorySize": 64 * MIB}
    return cloud.call("CreateVmInstance", **known | params)


def test_a_vm_runs_with_an_address_and_a_mac(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    vm = create(cloud, l3NetworkUuids=[l3], description="web", platform="Other", guestOsType="debian")
    assert (vm["state"], vm["zoneUuid"], vm["clusterUuid"]) == ("Running", cloud.zone, cloud.cluster)
    assert (vm["imageUuid"], vm["defaultL3NetworkUuid"]) == (NETNS_IMAGE_UUID, l3)
    assert (vm["description"], vm["platform"], vm["guestOsType"]) == ("web", "Other", "debian")
    (nic,) = vm["vmNics"]
    assert nic["internalName"] == "vnic1.0"
    assert nic["mac"].startswith("fa:")
    assert (nic["ip"], nic["netmask"], nic["gateway"]) == ("10.1.0.3", "255.255.255.0", "10.1.0.1")
    assert [used["ip"] for used in nic["usedIps"]] == ["10.1.0.3"]
    assert not {"number", "boot", "driver", "hostUuid"} & nic.keys()
    assert "number" not in vm
    assert "applianceVmType" not in vm


def test_an_offering_gives_the_size(cloud: Cloud) -> None:
    offering = cloud.call("CreateInstanceOffering", name="small", cpuNum=2, memorySize=512 * MIB)
    vm = cloud.call("CreateVmInstance", name="vm", instanceOfferingUuid=offering["uuid"], zoneUuid=cloud.zone)
    assert (vm["cpuNum"], vm["memorySize"]) == (2, 512 * MIB)
    cloud.edit(InstanceOffering, offering["uuid"], state="Disabled")
    with cloud.refused("SYS.1006", "small", "Disabled"):
        cloud.call("CreateVmInstance", name="vm", instanceOfferingUuid=offering["uuid"], zoneUuid=cloud.zone)
    cloud.edit(InstanceOffering, offering["uuid"], state="Enabled", type="VirtualRouter")
    with cloud.refused("SYS.1006", "VirtualRouter"):
        cloud.call("CreateVmInstance", name="vm", instanceOfferingUuid=offering["uuid"], zoneUuid=cloud.zone)


@pytest.mark.parametrize("size", [{}, {"cpuNum": 1}, {"memorySize": MIB}])
def test_a_size_is_needed(cloud: Cloud, size: dict[str, int]) -> None:
    with cloud.refused("SYS.1007", "instanceOfferingUuid"):
        cloud.call("CreateVmInstance", name="vm", zoneUuid=cloud.zone, **size)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"name": "x" * 256}, "name"),
        ({"name": "a\u2603"}, "name"),
        ({"name": None}, "name"),
        ({"cpuNum": 0}, "cpuNum"),
        ({"memorySize": 0}, "memorySize"),
        ({"reservedMemorySize": -1}, "reservedMemorySize"),
        ({"imageUuid": ""}, "imageUuid"),
        ({"description": "x" * 2049}, "description"),
        ({"type": "Robot"}, "type"),
        ({"type": "ApplianceVm"}, "CreateVpcVRouter"),
        ({"strategy": "Later"}, "strategy"),
        ({"platform": "BeOS"}, "platform"),
        ({"guestOsType": "x" * 256}, "guestOsType"),
        ({"architecture": "vax"}, "architecture"),
        ({"resourceUuid": "not-a-uuid"}, "resourceUuid"),
        ({}, "zoneUuid"),
    ],
)
def test_wrong_parameters(cloud: Cloud, params: dict[str, Any], words: str) -> None:
    with cloud.refused("SYS.1007", words):
        create(cloud, **params)


@pytest.mark.parametrize(
    ("field", "vo", "value"),
    [
        ("instanceOfferingUuid", "InstanceOfferingVO", ABSENT),
        ("imageUuid", "ImageVO", ABSENT),
        ("l3NetworkUuids", "L3NetworkVO", [ABSENT]),
        ("zoneUuid", "ZoneVO", ABSENT),
        ("clusterUuid", "ClusterVO", ABSENT),
        ("hostUuid", "HostVO", ABSENT),
    ],
)
def test_wrong_references(cloud: Cloud, field: str, vo: str, value: Any) -> None:
    with cloud.refused("SYS.1003", f"invalid field[{field}], resource[uuid:{ABSENT}, type:{vo}] not found"):
        create(cloud, **{field: value})


def test_storage_is_accepted_and_ignored(cloud: Cloud) -> None:
    vm = create(
        cloud,
        zoneUuid=cloud.zone,
        rootDiskOfferingUuid=ABSENT,
        dataDiskOfferingUuids=[ABSENT],
        primaryStorageUuidForRootVolume=ABSENT,
        rootDiskSize=1,
        dataDiskSizes=[1, 2],
        rootVolumeSystemTags=["a::b"],
        dataVolumeSystemTags=["a::b"],
        dataVolumeSystemTagsOnIndex={"0": ["a::b"]},
        sshKeyPairUuids=[ABSENT],
        diskAOs=[{"boot": True, "size": 1}],
        virtio=True,
    )
    assert vm["state"] == "Running"
    assert "vmNics" in vm


def test_a_uuid_may_be_chosen_once(cloud: Cloud) -> None:
    assert create(cloud, zoneUuid=cloud.zone, resourceUuid=ABSENT)["uuid"] == ABSENT
    with cloud.refused("SYS.1007", "resourceUuid"):
        create(cloud, zoneUuid=cloud.zone, resourceUuid=ABSENT)


def test_several_networks_need_a_default(cloud: Cloud) -> None:
    one, two = cloud.subnet("10.1.0.0/24", "one"), cloud.subnet("10.2.0.0/24", "two")
    with cloud.refused("SYS.1007", "defaultL3NetworkUuid"):
        create(cloud, l3NetworkUuids=[one, two])
    with cloud.refused("SYS.1007", "defaultL3NetworkUuid"):
        create(cloud, l3NetworkUuids=[one], defaultL3NetworkUuid=two)
    vm = create(cloud, l3NetworkUuids=[one, two], defaultL3NetworkUuid=two)
    assert vm["defaultL3NetworkUuid"] == two
    assert [nic["internalName"] for nic in vm["vmNics"]] == ["vnic1.0", "vnic1.1"]


def test_networks_that_no_vm_may_have(cloud: Cloud) -> None:
    bare = cloud.subnet("", "bare")
    with cloud.refused("SYS.1006", "no IP range"):
        create(cloud, l3NetworkUuids=[bare])
    l3 = cloud.subnet("10.1.0.0/24", "l3")
    with cloud.refused("SYS.1006", "a NIC on it already"):
        create(cloud, l3NetworkUuids=[l3, l3], defaultL3NetworkUuid=l3)
    cloud.call("ChangeL3NetworkState", uuid=l3, stateEvent="disable")
    with cloud.refused("SYS.1006", "Disabled"):
        create(cloud, l3NetworkUuids=[l3])
    system = cloud.flat("eth0", "172.16.9.0/24", "management", category="System", system=True)
    with cloud.refused("SYS.1006", "system network"):
        create(cloud, l3NetworkUuids=[system])


def test_several_nics_in_one_network_are_a_setting(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    cloud.call("UpdateGlobalConfig", category="vm", name="multivNic.support", value="true")
    vm = create(cloud, l3NetworkUuids=[l3, l3], defaultL3NetworkUuid=l3)
    assert [nic["ip"] for nic in vm["vmNics"]] == ["10.1.0.3", "10.1.0.4"]


def test_a_full_range(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/30", services=False)
    assert cloud.vm(l3)["vmNics"][0]["ip"] == "10.1.0.2"
    with cloud.refused("L3.1000", "all addresses are in use"):
        cloud.vm(l3)


def test_asked_addresses(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    tags = (f"staticIp::{l3}::10.1.0.77", f"customMac::{l3}::FA:00:00:00:00:77", "hostname::web-1")
    vm = create(cloud, l3NetworkUuids=[l3], tags=tags)
    assert (vm["vmNics"][0]["ip"], vm["vmNics"][0]["mac"]) == ("10.1.0.77", "fa:00:00:00:00:77")
    assert {tag.tag for tag in cloud.all(SystemTag, resource_uuid=vm["uuid"])} == set(tags)


@pytest.mark.parametrize(
    ("tag", "code", "words"),
    [
        ("staticIp::{l3}::10.9.0.1", "SYS.1007", "10.9.0.1"),
        ("staticIp::{l3}::nonsense", "SYS.1007", "nonsense"),
        ("staticIp::{l3}::10.1.0.77", "SYS.1006", "already in use"),
        ("staticIp::{l3}", "SYS.1007", "staticIp::<l3NetworkUuid>::<value>"),
        (f"staticIp::{ABSENT}::10.1.0.78", "SYS.1007", "no NIC will be on"),
        ("customMac::{l3}::fa:00:00:00:00:77", "SYS.1007", "already used"),
        ("customMac::{l3}::0e:5c:00:00:00:01", "SYS.1007", "reserved"),
        ("customMac::{l3}::01:00:00:00:00:01", "SYS.1007", "unicast"),
        ("customMac::{l3}::ff:ff:ff:ff:ff:ff", "SYS.1007", "unicast"),
        ("customMac::{l3}::fa:00", "SYS.1007", "six hex bytes"),
        ("hostname::-web", "SYS.1007", "-web"),
        ("hostname::web.example", "SYS.1007", "web.example"),
    ],
)
def test_wrong_system_tags(cloud: Cloud, tag: str, code: str, words: str) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    create(cloud, l3NetworkUuids=[l3], tags=(f"staticIp::{l3}::10.1.0.77", f"customMac::{l3}::fa:00:00:00:00:77"))
    with cloud.refused(code, words):
        create(cloud, l3NetworkUuids=[l3], tags=(tag.format(l3=l3),))


@pytest.mark.parametrize(("strategy", "state"), [("JustCreate", "Created"), ("CreateStopped", "Stopped")])
def test_not_started(cloud: Cloud, strategy: str, state: str) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    vm = create(cloud, l3NetworkUuids=[l3], strategy=strategy)
    assert vm["state"] == state
    assert "hostUuid" not in vm
    assert vm["vmNics"][0]["ip"] == "10.1.0.3"
    assert all(f"vm/{vm['uuid']}" not in cloud.objects(host) for host in cloud.hosts)
    assert cloud.call("StartVmInstance", uuid=vm["uuid"])["state"] == "Running"


def test_a_disabled_image(cloud: Cloud) -> None:
    cloud.edit(Image, NETNS_IMAGE_UUID, state="Disabled")
    with cloud.refused("SYS.1006", "netns", "Disabled"):
        create(cloud, zoneUuid=cloud.zone)


def test_the_least_loaded_host_or_the_asked_one(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    one, two = cloud.hosts
    assert create(cloud, l3NetworkUuids=[l3], hostUuid=two)["hostUuid"] == two
    assert create(cloud, l3NetworkUuids=[l3], hostUuid=two)["hostUuid"] == two
    assert [create(cloud, l3NetworkUuids=[l3])["hostUuid"] for _ in range(2)] == [one, one]
    assert {load.host_uuid: load.vms for load in cloud.all(HostLoad)} == {one: 2, two: 2}


def test_no_host_will_do(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    one, two = cloud.hosts
    cloud.leave(one)
    cloud.call("ChangeHostState", uuid=two, stateEvent="disable")
    far = cloud.add_host(cluster=cloud.add_cluster())
    narrow = cloud.add_host(interface("eth0"))
    with cloud.refused(
        "HOST.1004",
        "host-1: its agent hung up",
        "host-2: its state is Disabled",
        "host-3: L2 network net is not attached to its cluster",
        "host-4: it has no VTEP in the pool of L2 network net",
    ):
        create(cloud, l3NetworkUuids=[l3])
    for host in (two, far, narrow):
        with cloud.refused("HOST.1004"):
            create(cloud, l3NetworkUuids=[l3], hostUuid=host)
    with cloud.refused("HOST.1010", "host-1", "its agent hung up"):
        create(cloud, l3NetworkUuids=[l3], hostUuid=one)


def test_a_disabled_cluster_or_zone_takes_no_vm(cloud: Cloud) -> None:
    cloud.call("ChangeClusterState", uuid=cloud.cluster, stateEvent="disable")
    with cloud.refused("HOST.1004", "its cluster is Disabled"):
        create(cloud, zoneUuid=cloud.zone)
    cloud.call("ChangeClusterState", uuid=cloud.cluster, stateEvent="enable")
    cloud.call("ChangeZoneState", uuid=cloud.zone, stateEvent="disable")
    with cloud.refused("HOST.1004", "its zone is Disabled"):
        create(cloud, zoneUuid=cloud.zone)


def test_what_the_host_refuses_leaves_nothing(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    before = cloud.everything()
    outcome = cloud.begin("CreateVmInstance", **cloud.vm_params(l3))
    assert [vm.state for vm in cloud.all(VmInstance)] == ["Starting"]
    told = cloud.fail(outcome)
    assert (told.code, told.cause) == ("VM.1000", HOST_SAYS)
    assert cloud.everything() == before
    assert not [key for host in cloud.hosts for key in cloud.objects(host) if key.startswith(("vm/", "port/", "l2/"))]
    (vm,) = (cloud.vm(l3) for _ in range(1))
    assert vm["vmNics"][0]["internalName"].endswith(".0")
    assert cloud.write(lambda tx: tx.count_claims_between("vmnumber", 1, 100)) == 1
    assert len(cloud.all(UsedIp)) == 2


def test_a_vm_destroyed_while_it_starts_stays_destroyed(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    outcome = cloud.begin("CreateVmInstance", **cloud.vm_params(l3))
    (vm,) = cloud.all(VmInstance)
    cloud.call("DestroyVmInstance", uuid=vm.uuid)
    with pytest.raises(ApiError, match=r"SYS\.1017"):
        cloud.finish(outcome)
    assert cloud.fail(outcome) == HOST_SAYS
    assert cloud.get(VmInstance, vm.uuid).state == "Destroyed"
    assert cloud.all(VmNic) == []
