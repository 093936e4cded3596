"""Networks attached to and detached from VMs, static addresses, NICs that move."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.account import SystemTag
from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.vm import VmInstance
from landbridge.model.node import Port
from tests.unit.services.cloudkit import HOST_SAYS, Cloud, opened

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as cloud:
        yield cloud


@pytest.fixture
def l3(cloud: Cloud) -> str:
    return cloud.subnet("10.1.0.0/24", "one")


@pytest.fixture
def other(cloud: Cloud) -> str:
    return cloud.subnet("10.2.0.0/24", "two")


@pytest.fixture
def vm(cloud: Cloud, l3: str) -> dict[str, Any]:
    return cloud.vm(l3)


def port(cloud: Cloud, vm: dict[str, Any], device: int = 0) -> Port:
    found = cloud.seen(vm)[f"port/{cloud.nics(vm)[device].uuid}"]
    assert isinstance(found, Port)
    return found


def attach(cloud: Cloud, vm: dict[str, Any], l3: str, **params: Any) -> Any:
    return cloud.begin("AttachL3NetworkToVm", vmInstanceUuid=vm["uuid"], l3NetworkUuid=l3, **params)


def test_attach_to_a_running_vm(cloud: Cloud, vm: dict[str, Any], other: str) -> None:
    outcome = attach(cloud, vm, other, staticIp="10.2.0.9", customMac="fa:00:00:00:00:09")
    assert [wait.node for wait in outcome.wait] == [vm["hostUuid"]]
    nics = cloud.finish(outcome)["vmNics"]
    assert [(nic["deviceId"], nic["ip"]) for nic in nics] == [(0, "10.1.0.3"), (1, "10.2.0.9")]
    assert port(cloud, vm, 1).ifname == "vnic1.1"
    assert port(cloud, vm, 1).mac == "fa:00:00:00:00:09"
    cloud.check_compiled()


def test_attach_to_a_stopped_vm(cloud: Cloud, vm: dict[str, Any], other: str) -> None:
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    assert attach(cloud, vm, other).wait == ()
    assert [nic.host_uuid for nic in cloud.nics(vm)] == ["", ""]


def test_an_attach_that_the_host_refuses(cloud: Cloud, vm: dict[str, Any], other: str) -> None:
    before = cloud.seen(vm)
    told = cloud.fail(attach(cloud, vm, other))
    assert (told.code, told.cause) == ("VM.1007", HOST_SAYS)
    assert cloud.seen(vm) == before
    assert {used.ip for used in cloud.all(UsedIp)} == {"10.1.0.2", "10.1.0.3", "10.2.0.2"}


def test_refused_attachments(cloud: Cloud, vm: dict[str, Any], l3: str, other: str) -> None:
    with cloud.refused("SYS.1006", "a NIC on it already"):
        attach(cloud, vm, l3)
    with cloud.refused("SYS.1007", "10.9.0.1"):
        attach(cloud, vm, other, staticIp="10.9.0.1")
    with cloud.refused("SYS.1006", "already in use"):
        attach(cloud, vm, other, staticIp="10.2.0.2")
    with cloud.refused("SYS.1007", "already used"):
        attach(cloud, vm, other, customMac=vm["vmNics"][0]["mac"])
    bare = cloud.subnet("", "bare")
    with cloud.refused("SYS.1006", "no IP range"):
        attach(cloud, vm, bare)
    system = cloud.flat("eth0", "172.16.9.0/24", "management", category="System", system=True)
    with cloud.refused("SYS.1006", "system network"):
        attach(cloud, vm, system)
    far = cloud.l3(cloud.vxlan(_far_pool(cloud), "far"), "far", "10.7.0.0/24")
    with cloud.refused("SYS.1006", "is not attached to its cluster"):
        attach(cloud, vm, far)
    cloud.call("ChangeL3NetworkState", uuid=other, stateEvent="disable")
    with cloud.refused("SYS.1006", "Disabled"):
        attach(cloud, vm, other)
    with cloud.refused("SYS.1003", "L3NetworkVO"):
        attach(cloud, vm, ABSENT)
    with cloud.refused("SYS.1003", "VmInstanceVO"):
        attach(cloud, {"uuid": ABSENT}, l3)


def _far_pool(cloud: Cloud) -> str:
    """A pool with VNIs that is attached to nothing."""
    return cloud.pool("unattached", 5000, 5010)


def test_a_stopped_vm_is_held_to_its_cluster(cloud: Cloud, vm: dict[str, Any]) -> None:
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    far = cloud.l3(cloud.vxlan(_far_pool(cloud), "far"), "far", "10.7.0.0/24")
    with cloud.refused("SYS.1006", f"cluster[uuid:{cloud.cluster}]"):
        attach(cloud, vm, far)
    cloud.edit(VmInstance, vm["uuid"], cluster_uuid=None)
    with cloud.refused("SYS.1006", "no cluster has"):
        attach(cloud, vm, far)


@pytest.mark.parametrize("state", ["Starting", "Stopping", "Destroyed", "Created"])
def test_nics_change_only_in_settled_states(cloud: Cloud, vm: dict[str, Any], other: str, state: str) -> None:
    cloud.edit(VmInstance, vm["uuid"], state=state)
    with cloud.refused("SYS.1006", state):
        attach(cloud, vm, other)
    with cloud.refused("SYS.1006", state):
        cloud.begin("DetachL3NetworkFromVm", vmNicUuid=vm["vmNics"][0]["uuid"])


def port_of(cloud: Cloud, vm: dict[str, Any]) -> Port:
    found = cloud.seen(vm)[f"port/{vm['vmNics'][0]['uuid']}"]
    assert isinstance(found, Port)
    return found


def test_a_nic_that_is_disabled(cloud: Cloud, vm: dict[str, Any]) -> None:
    nic = vm["vmNics"][0]["uuid"]
    outcome = cloud.begin("ChangeVmNicState", vmNicUuid=nic, state="disable")
    assert [wait.node for wait in outcome.wait] == [vm["hostUuid"]]
    assert cloud.finish(outcome)["vmNics"][0]["state"] == "disable"
    assert not port_of(cloud, vm).enabled
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    cloud.call("StartVmInstance", uuid=vm["uuid"])
    assert not port_of(cloud, vm).enabled
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    assert not cloud.begin("ChangeVmNicState", vmNicUuid=nic, state="enable").wait
    cloud.call("StartVmInstance", uuid=vm["uuid"])
    assert port_of(cloud, vm).enabled
    cloud.check_compiled()


def test_nics_that_cannot_be_disabled(cloud: Cloud, vm: dict[str, Any]) -> None:
    router = cloud.router()
    with cloud.refused("SYS.1006", "DetachL3NetworkFromVm"):
        cloud.call("ChangeVmNicState", vmNicUuid=router["vmNics"][0]["uuid"], state="disable")
    cloud.edit(VmInstance, vm["uuid"], state="Starting")
    with cloud.refused("VM.1010", "Starting"):
        cloud.call("ChangeVmNicState", vmNicUuid=vm["vmNics"][0]["uuid"], state="disable")
    cloud.edit(VmInstance, vm["uuid"], state="Running")
    cloud.leave(vm["hostUuid"])
    with cloud.refused("HOST.1010"):
        cloud.call("ChangeVmNicState", vmNicUuid=vm["vmNics"][0]["uuid"], state="disable")
    assert cloud.nics(vm)[0].state == "enable"


def test_a_host_that_is_away_fails_the_call_at_once(cloud: Cloud, vm: dict[str, Any], l3: str, other: str) -> None:
    cloud.leave(vm["hostUuid"])
    with cloud.refused("HOST.1010"):
        attach(cloud, vm, other)
    with cloud.refused("HOST.1010"):
        cloud.begin("DetachL3NetworkFromVm", vmNicUuid=vm["vmNics"][0]["uuid"])
    with cloud.refused("HOST.1010"):
        cloud.begin("SetVmStaticIp", vmInstanceUuid=vm["uuid"], l3NetworkUuid=l3, ip="10.1.0.9")


def test_detach(cloud: Cloud, vm: dict[str, Any], l3: str, other: str) -> None:
    cloud.join(vm, other)
    outcome = cloud.begin("DetachL3NetworkFromVm", vmNicUuid=vm["vmNics"][0]["uuid"])
    assert [wait.node for wait in outcome.wait] == [vm["hostUuid"]]
    left = cloud.finish(outcome)
    assert [nic["l3NetworkUuid"] for nic in left["vmNics"]] == [other]
    assert left["defaultL3NetworkUuid"] == other
    assert cloud.join(vm, l3)["vmNics"][0]["deviceId"] == 0
    cloud.check_compiled()
    for nic in cloud.nics(vm):
        left = cloud.call("DetachL3NetworkFromVm", vmNicUuid=nic.uuid)
    assert left["vmNics"] == []
    assert "defaultL3NetworkUuid" not in left
    cloud.begin("DetachL3NetworkFromVm", vmNicUuid=ABSENT)


def test_static_ip(cloud: Cloud, vm: dict[str, Any], l3: str) -> None:
    def change(ip: str | None, **params: Any) -> Any:
        return cloud.begin("SetVmStaticIp", **{"vmInstanceUuid": vm["uuid"], "l3NetworkUuid": l3, "ip": ip, **params})

    outcome = change("10.1.0.20")
    assert [wait.node for wait in outcome.wait] == [vm["hostUuid"]]
    assert port(cloud, vm).addresses == ("10.1.0.20",)
    binding = port(cloud, vm).dhcp
    assert binding is not None
    assert binding.ip == "10.1.0.20"
    assert {used.ip for used in cloud.all(UsedIp)} == {"10.1.0.2", "10.1.0.20"}
    change("10.1.0.200")
    change("10.1.0.20")
    assert [tag.tag for tag in cloud.all(SystemTag, resource_uuid=vm["uuid"])] == [f"staticIp::{l3}::10.1.0.20"]
    with cloud.refused("SYS.1006", "already in use"):
        change("10.1.0.2")
    with cloud.refused("SYS.1007", "10.9.0.1"):
        change("10.9.0.1")
    with cloud.refused("SYS.1007", "ip"):
        change(None)
    two = cloud.subnet("10.2.0.0/24", "two")
    with cloud.refused("SYS.1007", "no NIC"):
        change("10.2.0.9", l3NetworkUuid=two)
    with cloud.refused("SYS.1003", "L3NetworkVO"):
        change("10.2.0.9", l3NetworkUuid=ABSENT)


def test_delete_static_ip_takes_only_the_tag_that_was_named(cloud: Cloud, l3: str, vm: dict[str, Any]) -> None:
    cloud.call("SetVmStaticIp", vmInstanceUuid=vm["uuid"], l3NetworkUuid=l3, ip="10.1.0.20")
    params = {"vmInstanceUuid": vm["uuid"], "l3NetworkUuid": l3}
    cloud.call("DeleteVmStaticIp", **params, staticIp="10.1.0.2")
    assert len(cloud.all(SystemTag, resource_uuid=vm["uuid"])) == 1
    cloud.call("DeleteVmStaticIp", **params)
    assert cloud.all(SystemTag, resource_uuid=vm["uuid"]) == []
    assert cloud.nics(vm)[0].ip == "10.1.0.20"
    cloud.call("DeleteVmStaticIp", **params)


def test_change_network(cloud: Cloud, vm: dict[str, Any], l3: str, other: str) -> None:
    nic = vm["vmNics"][0]
    params = {"vmNicUuid": nic["uuid"], "destL3NetworkUuid": other}
    with cloud.refused("SYS.1006", "stop it first"):
        cloud.begin("ChangeVmNicNetwork", **params)
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    with cloud.refused("SYS.1006", "a NIC on it already"):
        cloud.begin("ChangeVmNicNetwork", vmNicUuid=nic["uuid"], destL3NetworkUuid=l3)
    with cloud.refused("SYS.1007", "10.9.0.1"):
        cloud.begin("ChangeVmNicNetwork", **params, staticIp="10.9.0.1")
    moved = cloud.call("ChangeVmNicNetwork", **params, staticIp="10.2.0.9")
    assert (moved["ip"], moved["mac"], moved["l3NetworkUuid"]) == ("10.2.0.9", nic["mac"], other)
    assert cloud.get(VmInstance, vm["uuid"]).default_l3_network_uuid == other
    cloud.call("StartVmInstance", uuid=vm["uuid"])
    assert port(cloud, vm).addresses == ("10.2.0.9",)
    cloud.check_compiled()


def test_attachable_networks(cloud: Cloud, vm: dict[str, Any], other: str) -> None:
    cloud.subnet("", "bare")
    public = cloud.flat("eth0", "203.0.113.0/24", "public", category="Public")
    found = cloud.call("GetVmAttachableL3Network", vmInstanceUuid=vm["uuid"])
    assert {one["uuid"] for one in found} == {other, public}


def test_hostname(cloud: Cloud, vm: dict[str, Any]) -> None:
    def told() -> str | None:
        binding = port(cloud, vm).dhcp
        return binding.hostname if binding else None

    assert told() == "vm"
    with cloud.refused("SYS.1006", "no hostname"):
        cloud.begin("GetVmHostname", uuid=vm["uuid"])
    with cloud.refused("SYS.1007", "a_b"):
        cloud.begin("SetVmHostname", uuid=vm["uuid"], hostname="a_b")
    cloud.call("SetVmHostname", uuid=vm["uuid"], hostname="web-0")
    cloud.call("SetVmHostname", uuid=vm["uuid"], hostname="web-1")
    assert cloud.call("GetVmHostname", uuid=vm["uuid"])["hostname"] == "web-1"
    assert told() == "web-1"
    cloud.call("DeleteVmHostname", uuid=vm["uuid"])
    cloud.call("UpdateVmInstance", uuid=vm["uuid"], name="Web Server (2)")
    assert told() == "web-server-2"
