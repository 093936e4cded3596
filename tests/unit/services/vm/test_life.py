"""Start, stop, reboot, destroy, expunge, recover, update: states, hosts, and what is undone."""

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from landbridge.model.documents.l3 import UsedIp
from landbridge.model.documents.vm import HostLoad, VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.model.node import Instance, Port
from tests.unit.services.cloudkit import HOST_SAYS, Cloud, opened

ABSENT = "1" * 12 + "4" + "1" * 3 + "8" + "1" * 15


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as cloud:
        yield cloud


@pytest.fixture
def l3(cloud: Cloud) -> str:
    return cloud.subnet("10.1.0.0/24")


@pytest.fixture
def vm(cloud: Cloud, l3: str) -> dict[str, Any]:
    return cloud.vm(l3)


def instance(cloud: Cloud, vm: dict[str, Any]) -> Instance:
    found = cloud.seen(vm)[f"vm/{vm['uuid']}"]
    assert isinstance(found, Instance)
    return found


def test_stop_and_start(cloud: Cloud, vm: dict[str, Any]) -> None:
    uuid, host = vm["uuid"], vm["hostUuid"]
    outcome = cloud.begin("StopVmInstance", uuid=uuid)
    assert [wait.node for wait in outcome.wait] == [host]
    assert cloud.state(vm) == "Stopping"
    assert cloud.seen(vm) == {}
    stopped = cloud.finish(outcome)
    assert (stopped["state"], stopped["lastHostUuid"]) == ("Stopped", host)
    assert "hostUuid" not in stopped
    assert stopped["vmNics"] == [{**vm["vmNics"][0], "lastOpDate": stopped["vmNics"][0]["lastOpDate"]}]
    assert cloud.all(HostLoad) == []
    assert cloud.call("StopVmInstance", uuid=uuid)["state"] == "Stopped"
    started = cloud.call("StartVmInstance", uuid=uuid, hostUuid=cloud.hosts[1])
    assert (started["state"], started["hostUuid"]) == ("Running", cloud.hosts[1])
    assert instance(cloud, vm).boot == 2


def test_a_start_that_fails(cloud: Cloud, vm: dict[str, Any]) -> None:
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    told = cloud.fail(cloud.begin("StartVmInstance", uuid=vm["uuid"]))
    assert (told.code, told.cause) == ("VM.1001", HOST_SAYS)
    assert cloud.state(vm) == "Stopped"
    assert cloud.get(VmInstance, vm["uuid"]).host_uuid is None
    assert [nic.host_uuid for nic in cloud.nics(vm)] == [""]
    assert cloud.all(HostLoad) == []


def test_a_stop_that_fails_lets_it_run(cloud: Cloud, vm: dict[str, Any]) -> None:
    before = cloud.seen(vm)
    told = cloud.fail(cloud.begin("StopVmInstance", uuid=vm["uuid"]))
    assert (told.code, told.cause) == ("VM.1002", HOST_SAYS)
    assert cloud.state(vm) == "Running"
    port = f"port/{vm['vmNics'][0]['uuid']}"
    after = cloud.seen(vm)
    was, now = before.pop(port), after.pop(port)
    assert isinstance(was, Port)
    assert isinstance(now, Port)
    assert after == before
    assert now == replace(was, generation=now.generation, announced=True)
    assert now.generation > was.generation


def test_reboot(cloud: Cloud, vm: dict[str, Any]) -> None:
    outcome = cloud.begin("RebootVmInstance", uuid=vm["uuid"])
    assert cloud.state(vm) == "Rebooting"
    assert instance(cloud, vm).boot == 2
    assert cloud.finish(outcome)["state"] == "Running"
    told = cloud.fail(cloud.begin("RebootVmInstance", uuid=vm["uuid"]))
    assert told.code == "VM.1003"
    assert cloud.state(vm) == "Running"
    assert instance(cloud, vm).boot == 3


def test_destroy_and_expunge(cloud: Cloud, vm: dict[str, Any]) -> None:
    outcome = cloud.begin("DestroyVmInstance", uuid=vm["uuid"])
    assert [wait.node for wait in outcome.wait] == [vm["hostUuid"]]
    cloud.finish(outcome)
    assert cloud.state(vm) == "Destroyed"
    assert cloud.all(VmNic) == []
    assert [used.used_for for used in cloud.all(UsedIp)] == ["DHCP server"]
    assert cloud.write(lambda tx: tx.claim_owner("mac", vm["vmNics"][0]["mac"])) is None
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    cloud.call("ExpungeVmInstance", uuid=vm["uuid"])
    assert cloud.all(VmInstance) == []
    assert cloud.write(lambda tx: tx.count_claims_between("vmnumber", 1, 100)) == 0
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])


def test_destroy_is_not_undone(cloud: Cloud, vm: dict[str, Any]) -> None:
    told = cloud.fail(cloud.begin("DestroyVmInstance", uuid=vm["uuid"]))
    assert (told.code, told.cause) == ("VM.1004", HOST_SAYS)
    assert cloud.state(vm) == "Destroyed"


def test_destroy_with_policy_direct(cloud: Cloud, vm: dict[str, Any]) -> None:
    cloud.call("UpdateGlobalConfig", category="vm", name="deletionPolicy", value="Direct")
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    assert cloud.all(VmInstance) == []
    assert cloud.all(HostLoad) == []


def test_recover(cloud: Cloud, l3: str, vm: dict[str, Any]) -> None:
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    recovered = cloud.call("RecoverVmInstance", uuid=vm["uuid"])
    assert (recovered["state"], recovered["vmNics"]) == ("Stopped", [])
    assert cloud.join(vm, l3)["defaultL3NetworkUuid"] == l3
    assert cloud.call("StartVmInstance", uuid=vm["uuid"])["state"] == "Running"


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("StartVmInstance", "Running"),
        ("StartVmInstance", "Starting"),
        ("StartVmInstance", "Destroyed"),
        ("StopVmInstance", "Starting"),
        ("StopVmInstance", "Created"),
        ("StopVmInstance", "Destroyed"),
        ("RebootVmInstance", "Stopped"),
        ("RebootVmInstance", "Destroyed"),
        ("ExpungeVmInstance", "Running"),
        ("ExpungeVmInstance", "Stopped"),
        ("RecoverVmInstance", "Running"),
    ],
)
def test_wrong_states(cloud: Cloud, vm: dict[str, Any], action: str, state: str) -> None:
    cloud.edit(VmInstance, vm["uuid"], state=state)
    with cloud.refused("VM.1010", vm["uuid"], state):
        cloud.begin(action, uuid=vm["uuid"])


@pytest.mark.parametrize("action", ["StartVmInstance", "StopVmInstance", "RebootVmInstance", "ExpungeVmInstance",
                                    "RecoverVmInstance", "UpdateVmInstance"])  # fmt: skip
def test_unknown_vm(cloud: Cloud, action: str) -> None:
    with cloud.refused("SYS.1003", f"invalid field[uuid], resource[uuid:{ABSENT}, type:VmInstanceVO] not found"):
        cloud.begin(action, uuid=ABSENT)


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("StopVmInstance", {"type": "soft"}),
        ("StopVmInstance", {"stopHA": "maybe"}),
        ("DestroyVmInstance", {"deleteMode": "Wild"}),
        ("UpdateVmInstance", {"name": "x" * 256}),
        ("UpdateVmInstance", {"cpuNum": 1025}),
        ("UpdateVmInstance", {"state": "Flying"}),
    ],
)
def test_wrong_parameters(cloud: Cloud, vm: dict[str, Any], action: str, params: dict[str, Any]) -> None:
    with cloud.refused("SYS.1007", next(iter(params))):
        cloud.begin(action, uuid=vm["uuid"], **params)


@pytest.mark.parametrize("action", ["StopVmInstance", "RebootVmInstance"])
def test_a_host_that_is_away_fails_the_call_at_once(cloud: Cloud, vm: dict[str, Any], action: str) -> None:
    cloud.leave(vm["hostUuid"])
    with cloud.refused("HOST.1010", vm["hostUuid"], "its agent hung up"):
        cloud.begin(action, uuid=vm["uuid"])


def test_destroy_does_not_need_the_host(cloud: Cloud, vm: dict[str, Any]) -> None:
    cloud.leave(vm["hostUuid"])
    outcome = cloud.begin("DestroyVmInstance", uuid=vm["uuid"])
    assert outcome.wait == ()
    assert cloud.objects(vm["hostUuid"]) == {}


def test_a_host_with_a_vm_cannot_be_deleted(cloud: Cloud, vm: dict[str, Any]) -> None:
    with cloud.refused("SYS.1006", "a VM is on it", vm["uuid"]):
        cloud.begin("DeleteHost", uuid=vm["hostUuid"])
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    cloud.call("DeleteHost", uuid=vm["hostUuid"])


def test_update(cloud: Cloud, l3: str, vm: dict[str, Any]) -> None:
    other = cloud.subnet("10.2.0.0/24", "other")
    changed = cloud.call("UpdateVmInstance", uuid=vm["uuid"], name="new", description="d", guestOsType="debian")
    assert (changed["name"], changed["description"], changed["guestOsType"]) == ("new", "d", "debian")
    with cloud.refused("VM.1010", "stop it"):
        cloud.begin("UpdateVmInstance", uuid=vm["uuid"], cpuNum=2)
    with cloud.refused("SYS.1007", other):
        cloud.begin("UpdateVmInstance", uuid=vm["uuid"], defaultL3NetworkUuid=other)
    cloud.join(vm, other)
    assert (
        cloud.call("UpdateVmInstance", uuid=vm["uuid"], defaultL3NetworkUuid=other)["defaultL3NetworkUuid"] == other
    )
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    assert cloud.call("UpdateVmInstance", uuid=vm["uuid"], cpuNum=2, memorySize=1 << 30)["cpuNum"] == 2


def test_only_the_latest_operation_counts(cloud: Cloud, vm: dict[str, Any]) -> None:
    stop = cloud.begin("StopVmInstance", uuid=vm["uuid"])
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    with pytest.raises(ApiError, match=r"SYS\.1017"):
        cloud.finish(stop)
    assert cloud.fail(stop) == HOST_SAYS
    assert cloud.state(vm) == "Destroyed"
    assert cloud.all(HostLoad) == []
