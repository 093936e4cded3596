"""What there is to choose from for VMs and NICs: the same that the actions themselves would take."""

from collections.abc import Iterator

import pytest

from landbridge.model.documents.vm import VmNic
from tests.unit.services.cloudkit import MIB, Cloud, opened


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as made:
        yield made


def test_networks_that_a_nic_can_move_to(cloud: Cloud) -> None:
    here, there = cloud.subnet("10.0.1.0/24", "here"), cloud.subnet("10.0.2.0/24", "there")
    cloud.subnet("", "without a range")
    vm = cloud.vm(here)
    nic = cloud.nics(vm)[0].uuid
    assert cloud.call("GetCandidateL3NetworksForChangeVmNicNetwork", vmNicUuid=nic) == []
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    found = cloud.call("GetCandidateL3NetworksForChangeVmNicNetwork", vmNicUuid=nic)
    assert [l3["uuid"] for l3 in found] == [there]
    cloud.call("ChangeVmNicNetwork", vmNicUuid=nic, destL3NetworkUuid=there)


def test_services_of_a_nic(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.0.1.0/24")
    nic = cloud.nics(cloud.vm(l3))[0].uuid
    assert cloud.call("GetVmNicAttachedNetworkService", vmNicUuid=nic)["networkServices"] == []
    cloud.call(
        "AttachNetworkServiceToL3Network", l3NetworkUuid=l3, networkServices={"SecurityGroup": ["SecurityGroup"]}
    )
    group = cloud.call("CreateSecurityGroup", name="g")["uuid"]
    cloud.call("AddVmNicToSecurityGroup", securityGroupUuid=group, vmNicUuids=[nic])
    assert cloud.call("GetVmNicAttachedNetworkService", vmNicUuid=nic)["networkServices"] == ["SecurityGroup"]


def test_where_a_vm_could_be(cloud: Cloud) -> None:
    net = cloud.subnet("10.0.1.0/24")
    vm = cloud.vm(net)["uuid"]
    asked = {"imageUuid": cloud.query("QueryImage")[0], "l3NetworkUuids": [net]}
    places = cloud.call("GetCandidateZonesClustersHostsForCreatingVm", **asked)
    assert [len(places[what]) for what in ("zones", "clusters", "hosts")] == [1, 1, 2]
    assert places["zones"][0]["createDate"].endswith(("AM", "PM"))
    with cloud.refused("VM.1010", "Running"):
        cloud.call("GetVmStartingCandidateClustersHosts", uuid=vm)
    cloud.call("StopVmInstance", uuid=vm)
    cloud.leave(cloud.hosts[0])
    found = cloud.call("GetVmStartingCandidateClustersHosts", uuid=vm)
    assert [host["uuid"] for host in found["hosts"]] == [cloud.hosts[1]]
    assert [cluster["uuid"] for cluster in found["clusters"]] == [cloud.cluster]
    lonely = {**asked, "l3NetworkUuids": [cloud.subnet("", "without a range")]}
    assert cloud.call("GetCandidateZonesClustersHostsForCreatingVm", **lonely)["hosts"] == []


def test_networks_and_images_that_go_together(cloud: Cloud) -> None:
    net, bare = cloud.subnet("10.0.1.0/24"), cloud.subnet("", "without a range")
    system = cloud.flat("eth0", "172.16.9.0/24", "management", category="System", system=True)
    far = cloud.l3(cloud.vxlan(cloud.pool("unattached", 5000, 5010), "far"), "far", "10.7.0.0/24")
    name, here = "GetInterdependentL3NetworksImages", {"zoneUuid": cloud.zone}
    (image,) = cloud.query("QueryImage")
    assert [l3["uuid"] for l3 in cloud.call(name, **here, imageUuid=image)] == [net]
    assert [one["uuid"] for one in cloud.call(name, **here, l3NetworkUuids=[net])] == [image]
    for l3s, word in (([bare], "range"), ([system], "system"), ([net, far], "no cluster")):
        assert cloud.call(name, **here, l3NetworkUuids=l3s) == []
        with cloud.refused("SYS.1006", word):
            cloud.call(name, **here, l3NetworkUuids=l3s, raiseException=True)
    other = cloud.call("CreateZone", name="other")["uuid"]
    with cloud.refused("SYS.1006", "another zone"):
        cloud.call(name, zoneUuid=other, l3NetworkUuids=[net], raiseException=True)
    for neither in ({}, {"l3NetworkUuids": [net], "imageUuid": image}):
        with cloud.refused("SYS.1007", "either"):
            cloud.call(name, **here, **neither)


def test_what_a_vm_can(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.0.1.0/24"))["uuid"]
    can = cloud.call("GetVmCapabilities", uuid=vm)["capabilities"]
    assert can == {"LiveMigration": True, "VolumeMigration": False, "Reimage": False}


def test_an_offering_is_taken_by_a_stopped_vm(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.0.1.0/24"))["uuid"]
    offering = cloud.call("CreateInstanceOffering", name="big", cpuNum=4, memorySize=256 * MIB)["uuid"]
    asked = {"vmInstanceUuid": vm, "instanceOfferingUuid": offering}
    with cloud.refused("VM.1010", "stop it"):
        cloud.call("ChangeInstanceOffering", **asked)
    cloud.call("StopVmInstance", uuid=vm)
    changed = cloud.call("ChangeInstanceOffering", **asked)
    assert (changed["cpuNum"], changed["memorySize"]) == (4, 256 * MIB)
    assert changed["instanceOfferingUuid"] == offering
    cloud.call("ChangeInstanceOfferingState", uuid=offering, stateEvent="disable")
    with cloud.refused("SYS.1006", "enable it"):
        cloud.call("ChangeInstanceOffering", **asked)


def test_a_mac_is_changed_and_the_old_one_is_free(cloud: Cloud) -> None:
    net = cloud.subnet("10.0.1.0/24")
    vm, other = cloud.vm(net), cloud.vm(net)
    (nic,), (taken,) = cloud.nics(vm), cloud.nics(other)
    mac = "02:11:22:33:44:55"
    with cloud.refused("VM.1010", "Running"):
        cloud.call("UpdateVmNicMac", vmNicUuid=nic.uuid, mac=mac)
    for one in (vm, other):
        cloud.call("StopVmInstance", uuid=one["uuid"])
    assert cloud.call("UpdateVmNicMac", vmNicUuid=nic.uuid, mac=mac.upper())["mac"] == mac
    assert cloud.get(VmNic, nic.uuid).known
    for wrong, words in ((taken.mac, "already used"), ("01:00:5e:00:00:01", "unicast"), ("mac", "six hex bytes")):
        with cloud.refused("SYS.1007", words):
            cloud.call("UpdateVmNicMac", vmNicUuid=nic.uuid, mac=wrong)
    cloud.call("UpdateVmNicMac", vmNicUuid=nic.uuid, mac=mac)
    assert cloud.call("UpdateVmNicMac", vmNicUuid=taken.uuid, mac=nic.mac)["mac"] == nic.mac
    cloud.call("StartVmInstance", uuid=vm["uuid"])
    cloud.check_compiled()


def test_a_nic_has_its_type(cloud: Cloud) -> None:
    nic = cloud.nics(cloud.vm(cloud.subnet("10.0.1.0/24")))[0].uuid
    assert cloud.call("ChangeVmNicType", vmNicUuid=nic, vmNicType="VNIC")["type"] == "VNIC"
    router = cloud.nics(cloud.router())[0].uuid
    with cloud.refused("SYS.1007", "the cloud chooses"):
        cloud.call("ChangeVmNicType", vmNicUuid=router, vmNicType="VNIC")
