"""MigrateVm: what each of the two hosts is sent at every step, and what a failure leaves."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.core import relays
from landbridge.core.service import Outcome
from landbridge.model.documents.vm import HostLoad, NicConnections, NicRelay, VmInstance
from landbridge.model.errors import ApiError
from landbridge.model.node import Port, PortConnections, Relay
from landbridge.services.vm.move import take_connections
from tests.unit.services.cloudkit import HOST_SAYS, Cloud, opened


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(3) as cloud:
        yield cloud


@pytest.fixture
def l3(cloud: Cloud) -> str:
    return cloud.subnet("10.1.0.0/24")


@pytest.fixture
def vm(cloud: Cloud, l3: str) -> dict[str, Any]:
    return cloud.vm(l3)


def others(cloud: Cloud, vm: dict[str, Any]) -> list[str]:
    return [host for host in cloud.hosts if host != vm["hostUuid"]]


def places(cloud: Cloud, vm: dict[str, Any]) -> dict[str, str]:
    """By host: how it has the VM's NIC."""
    [nic] = cloud.nics(vm)
    found = {}
    for host in cloud.hosts:
        objects = cloud.objects(host)
        port, relay = objects.get(f"port/{nic.uuid}"), objects.get(f"relay/{nic.uuid}")
        words = [("closed" if port.standby else "open") if isinstance(port, Port) else ""]
        words.append("relay" if isinstance(relay, Relay) else "")
        assert (f"vm/{vm['uuid']}" in objects) == isinstance(port, Port)
        if any(words):
            assert f"l2/{nic.l2_network_uuid}" in objects
            found[host] = " ".join(filter(None, words))
    return found


def announced(cloud: Cloud, host: str, vm: dict[str, Any]) -> bool:
    port = cloud.objects(host)[f"port/{vm['vmNics'][0]['uuid']}"]
    assert isinstance(port, Port)
    return port.announced


def loads(cloud: Cloud) -> dict[str, int]:
    return {load.host_uuid: load.vms for load in cloud.all(HostLoad)}


def begin(cloud: Cloud, vm: dict[str, Any], host: str) -> Outcome:
    return cloud.begin("MigrateVm", vmInstanceUuid=vm["uuid"], hostUuid=host)


def go_on(cloud: Cloud, outcome: Outcome) -> Outcome:
    following = cloud.go_on(outcome)
    assert following is not None
    return following


def waits(outcome: Outcome) -> list[str]:
    return [wait.node for wait in outcome.wait]


def test_step_by_step(cloud: Cloud, vm: dict[str, Any]) -> None:
    home, (new, _) = vm["hostUuid"], others(cloud, vm)
    assert not announced(cloud, home, vm)
    generation = cloud.nics(vm)[0].generation
    ready = begin(cloud, vm, new)
    assert (cloud.state(vm), waits(ready)) == ("Migrating", [new])
    assert places(cloud, vm) == {home: "open", new: "closed"}
    closed = go_on(cloud, ready)
    assert waits(closed) == [home]
    assert places(cloud, vm) == {home: "closed relay", new: "closed"}
    cloud.check_compiled()
    opened = go_on(cloud, closed)
    assert waits(opened) == [new]
    assert places(cloud, vm) == {home: "closed relay", new: "open"}
    assert announced(cloud, new, vm)
    assert cloud.nics(vm)[0].generation > generation
    done = go_on(cloud, opened)
    assert (cloud.state(vm), waits(done)) == ("Running", [home])
    assert places(cloud, vm) == {home: "relay", new: "open"}
    moved = cloud.finish(done)
    assert (moved["hostUuid"], moved["lastHostUuid"], loads(cloud)) == (new, home, {new: 1})
    [before], [after] = vm["vmNics"], moved["vmNics"]
    assert (after["mac"], after["ip"], after["internalName"]) == (before["mac"], before["ip"], before["internalName"])
    cloud.check_compiled()


def test_the_relay_ends_in_time(cloud: Cloud, vm: dict[str, Any]) -> None:
    cloud.call("MigrateVm", vmInstanceUuid=vm["uuid"])
    [relay] = cloud.all(NicRelay)
    cloud.write(relays.drop_over)
    assert [found.uuid for found in cloud.all(NicRelay)] == [relay.uuid]
    cloud.edit(NicRelay, relay.uuid, until=1)
    cloud.write(relays.drop_over)
    assert list(places(cloud, vm).values()) == ["open"]
    cloud.check_compiled()


def test_every_former_place_relays_and_none_that_it_is_back_at(cloud: Cloud, vm: dict[str, Any]) -> None:
    home, (one, two) = vm["hostUuid"], others(cloud, vm)
    for host in (one, two):
        cloud.finish(begin(cloud, vm, host))
    assert places(cloud, vm) == {home: "relay", one: "relay", two: "open"}
    cloud.finish(begin(cloud, vm, home))
    assert places(cloud, vm) == {home: "open", one: "relay", two: "relay"}
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    assert cloud.all(NicRelay) == []
    cloud.check_compiled()


def test_stopped_here_and_started_there(cloud: Cloud, vm: dict[str, Any]) -> None:
    home, (new, _) = vm["hostUuid"], others(cloud, vm)
    generation = cloud.nics(vm)[0].generation
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    assert places(cloud, vm) == {}
    cloud.call("StartVmInstance", uuid=vm["uuid"], hostUuid=new)
    assert places(cloud, vm) == {home: "relay", new: "open"}
    assert cloud.nics(vm)[0].generation > generation


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_failure_leaves_it_where_it_was(cloud: Cloud, vm: dict[str, Any], steps: int) -> None:
    home, (new, _) = vm["hostUuid"], others(cloud, vm)
    outcome = begin(cloud, vm, new)
    for _ in range(steps):
        outcome = go_on(cloud, outcome)
    told = cloud.fail(outcome)
    assert (told.code, told.cause) == ("VM.1008", HOST_SAYS)
    assert new in told.details
    assert (cloud.state(vm), cloud.get(VmInstance, vm["uuid"]).host_uuid) == ("Running", home)
    assert places(cloud, vm) == {home: "open"} | ({new: "relay"} if steps == 2 else {})
    assert loads(cloud) == {home: 1}
    cloud.check_compiled()


def test_an_old_host_that_does_not_let_go(cloud: Cloud, vm: dict[str, Any]) -> None:
    home, (new, _) = vm["hostUuid"], others(cloud, vm)
    outcome = begin(cloud, vm, new)
    for _ in range(3):
        outcome = go_on(cloud, outcome)
    told = cloud.fail(outcome)
    assert told.code == "VM.1008"
    assert home in told.details
    assert (cloud.state(vm), cloud.get(VmInstance, vm["uuid"]).host_uuid) == ("Running", new)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_destroyed_meanwhile(cloud: Cloud, vm: dict[str, Any], steps: int) -> None:
    outcome = begin(cloud, vm, others(cloud, vm)[0])
    for _ in range(steps):
        outcome = go_on(cloud, outcome)
    cloud.call("DestroyVmInstance", uuid=vm["uuid"])
    assert loads(cloud) == {}
    assert all(not cloud.objects(host).keys() - {"host"} for host in cloud.hosts)
    with pytest.raises(ApiError) as caught:
        cloud.go_on(outcome)
    assert caught.value.code == "SYS.1017"
    assert cloud.fail(outcome) == HOST_SAYS
    cloud.check_compiled()


def test_groups_go_along(cloud: Cloud, vm: dict[str, Any], l3: str) -> None:
    home, (new, _) = vm["hostUuid"], others(cloud, vm)
    cloud.call(
        "AttachNetworkServiceToL3Network", l3NetworkUuid=l3, networkServices={"SecurityGroup": ["SecurityGroup"]}
    )
    group = cloud.call("CreateSecurityGroup", name="group")["uuid"]
    cloud.call("AddVmNicToSecurityGroup", securityGroupUuid=group, vmNicUuids=[vm["vmNics"][0]["uuid"]])
    ready = begin(cloud, vm, new)
    assert f"group/{group}" in cloud.objects(new)
    cloud.check_compiled()
    cloud.finish(ready)
    assert f"group/{group}" not in cloud.objects(home)
    cloud.check_compiled()


def test_connections_go_from_the_old_host_to_the_new_one(cloud: Cloud, vm: dict[str, Any]) -> None:
    home, (new, other) = vm["hostUuid"], others(cloud, vm)
    [nic] = cloud.nics(vm)
    key = f"connections/{nic.uuid}"

    def report(host: str, data: bytes) -> None:
        cloud.write(lambda tx: take_connections(tx, host, {nic.uuid: data, "unknown": data}))

    ready = begin(cloud, vm, new)
    report(home, b"too soon")
    closed = go_on(cloud, ready)
    report(other, b"a stranger's")
    report(home, b"first")
    report(home, b"last")
    assert all(key not in cloud.objects(host) for host in cloud.hosts)
    opened = go_on(cloud, closed)
    assert cloud.objects(new)[key] == PortConnections(nic_uuid=nic.uuid, ifname=nic.internal_name, data=b"last")
    assert key not in cloud.objects(home)
    cloud.check_compiled()
    report(home, b"too late")
    cloud.finish(opened)
    assert all(key not in cloud.objects(host) for host in cloud.hosts)
    assert cloud.all(NicConnections) == []


def test_a_mac_that_a_user_chose_is_announced(cloud: Cloud, l3: str) -> None:
    outcome = cloud.begin("CreateVmInstance", tags=(f"customMac::{l3}::fa:00:00:00:00:01",), **cloud.vm_params(l3))
    vm = cloud.finish(outcome)
    assert announced(cloud, vm["hostUuid"], vm)


def refused(cloud: Cloud, **params: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        cloud.begin("MigrateVm", **params)
    return caught.value


def test_refusals(cloud: Cloud, vm: dict[str, Any]) -> None:
    home, (new, other) = vm["hostUuid"], others(cloud, vm)
    uuid = vm["uuid"]
    told = refused(cloud, vmInstanceUuid=uuid, hostUuid=home)
    assert (told.code, home in told.details) == ("SYS.1007", True)
    cloud.leave(new)
    assert refused(cloud, vmInstanceUuid=uuid, hostUuid=new).code == "HOST.1010"
    hosts = cloud.call("GetVmMigrationCandidateHosts", vmInstanceUuid=uuid)
    assert [host["uuid"] for host in hosts] == [other]
    cloud.leave(other)
    told = refused(cloud, vmInstanceUuid=uuid)
    assert (told.code, "the VM is there" in told.details) == ("HOST.1004", True)
    cloud.leave(home)
    assert refused(cloud, vmInstanceUuid=uuid).code == "HOST.1010"
    assert (cloud.state(vm), loads(cloud)) == ("Running", {home: 1})


def test_only_a_running_vm(cloud: Cloud, vm: dict[str, Any]) -> None:
    begin(cloud, vm, others(cloud, vm)[0])
    assert refused(cloud, vmInstanceUuid=vm["uuid"]).code == "VM.1010"
    with pytest.raises(ApiError) as caught:
        cloud.begin("StopVmInstance", uuid=vm["uuid"])
    assert caught.value.code == "VM.1010"


def test_a_driver_that_cannot(cloud: Cloud) -> None:
    router = cloud.router()
    told = refused(cloud, vmInstanceUuid=router["uuid"])
    assert (told.code, "driver router" in told.details) == ("SYS.1006", True)
