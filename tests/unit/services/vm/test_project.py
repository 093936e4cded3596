"""What a host is sent of its VMs, and that a change sends no more than it has to."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import ApiError
from landbridge.model.node import DhcpBinding, Instance, Port
from tests.unit.services.cloudkit import MIB, Cloud, opened


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as cloud:
        yield cloud


def revisions(cloud: Cloud, host: str) -> dict[str, int]:
    message = asyncio.run(cloud.store.node_delta(host, {}))
    return {scope: delta.revision for scope, delta in message.scopes.items()}


def changed(cloud: Cloud, host: str, since: dict[str, int]) -> set[str]:
    message = asyncio.run(cloud.store.node_delta(host, since))
    return {key for delta in message.scopes.values() for key in (*delta.put, *delta.gone)}


def test_the_objects_of_a_vm(cloud: Cloud) -> None:
    l3, bare = cloud.subnet("10.1.0.0/24", "one"), cloud.subnet("10.2.0.0/24", "two", services=False)
    cloud.call("SetL3NetworkMtu", l3NetworkUuid=bare, mtu=1400)
    vm = cloud.vm(l3, bare, name="web", hostUuid=cloud.hosts[0])
    one, two = cloud.nics(vm)
    assert cloud.seen(vm) == {
        f"vm/{vm['uuid']}": Instance(
            vm_uuid=vm["uuid"],
            name="web",
            driver="netns",
            running=True,
            boot=1,
            cpu_num=1,
            memory_size=64 * MIB,
        ),
        f"port/{one.uuid}": Port(
            nic_uuid=one.uuid,
            vm_uuid=vm["uuid"],
            l2_uuid=one.l2_network_uuid,
            net_id=1,
            ifname="vnic1.0",
            device_id=0,
            mac=one.mac,
            addresses=("10.1.0.3",),
            mtu=1450,
            dhcp=DhcpBinding(l3_uuid=l3, ip="10.1.0.3", hostname="web", default=True),
            domain=1,
            generation=one.generation,
        ),
        f"port/{two.uuid}": Port(
            nic_uuid=two.uuid,
            vm_uuid=vm["uuid"],
            l2_uuid=two.l2_network_uuid,
            net_id=2,
            ifname="vnic1.1",
            device_id=1,
            mac=two.mac,
            addresses=("10.2.0.2",),
            mtu=1400,
            domain=2,
            generation=two.generation,
        ),
    }
    assert not [key for key in cloud.objects(cloud.hosts[1]) if key.startswith(("vm/", "port/"))]


def test_another_vm_sends_only_itself(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24")
    cloud.vm(l3, hostUuid=cloud.hosts[0])
    cloud.vm(l3, hostUuid=cloud.hosts[1])
    mine, other = (revisions(cloud, host) for host in cloud.hosts)
    vm = cloud.vm(l3, hostUuid=cloud.hosts[0])
    assert changed(cloud, cloud.hosts[0], mine) == {f"vm/{vm['uuid']}", f"port/{vm['vmNics'][0]['uuid']}"}
    assert changed(cloud, cloud.hosts[1], other) == set()


def test_dhcp_and_mtu_reach_the_ports(cloud: Cloud) -> None:
    l3 = cloud.subnet("10.1.0.0/24", services=False)
    vm = cloud.vm(l3)
    key = f"port/{vm['vmNics'][0]['uuid']}"

    def port() -> Port:
        found = cloud.seen(vm)[key]
        assert isinstance(found, Port)
        return found

    assert port().dhcp is None
    cloud.call("AttachNetworkServiceToL3Network", l3NetworkUuid=l3, networkServices={"Flat": ["DHCP"]})
    assert port().dhcp == DhcpBinding(l3_uuid=l3, ip="10.1.0.2", hostname="vm", default=True)
    cloud.call("SetL3NetworkMtu", l3NetworkUuid=l3, mtu=1300)
    assert port().mtu == 1300
    cloud.call("DetachNetworkServiceFromL3Network", l3NetworkUuid=l3, service="DHCP")
    assert port().dhcp is None
    cloud.check_compiled()


def test_the_default_mtu_reaches_the_ports(cloud: Cloud) -> None:
    vm = cloud.vm(cloud.subnet("10.1.0.0/24"))
    name = "defaultDhcpMtu.l2VxlanNetwork"
    cloud.call("UpdateGlobalConfig", category="networkService", name=name, value="1280")
    found = cloud.seen(vm)[f"port/{vm['vmNics'][0]['uuid']}"]
    assert isinstance(found, Port)
    assert found.mtu == 1280
    cloud.check_compiled()


OPERATIONS = (
    "create",
    "stop",
    "start",
    "reboot",
    "destroy",
    "attach",
    "detach",
    "static",
    "hostname",
    "away",
    "back",
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 3), st.booleans()), min_size=3, max_size=14))
def test_compiled_change_by_change_or_from_scratch(steps: list[tuple[str, int, bool]]) -> None:
    """Whatever is done in whatever order, whether the hosts agree or not."""
    with opened(2) as cloud:
        l3s = [cloud.subnet("10.1.0.0/24", "one"), cloud.subnet("10.2.0.0/24", "two", services=False)]
        for operation, which, agreed in steps:
            try:
                outcome = _begin(cloud, l3s, operation, which)
            except ApiError:
                continue
            if outcome is not None and (agreed or outcome.failed is None):
                cloud.finish(outcome)
            elif outcome is not None:
                cloud.fail(outcome)
        cloud.check_compiled()
        held = {nic.mac for nic in cloud.all(VmNic)}
        assert len(held) == len(cloud.all(VmNic))


def _begin(cloud: Cloud, l3s: list[str], operation: str, which: int) -> Any:
    vms = cloud.all(VmInstance)
    if operation == "create":
        return cloud.begin("CreateVmInstance", **cloud.vm_params(*l3s[: 1 + which % 2]))
    if operation in ("away", "back"):
        cloud.edit(Host, cloud.hosts[which % 2], status="Disconnected" if operation == "away" else "Connected")
        return None
    if not vms:
        return None
    vm = vms[which % len(vms)]
    l3 = l3s[which % 2]
    match operation:
        case "attach":
            return cloud.begin("AttachL3NetworkToVm", vmInstanceUuid=vm.uuid, l3NetworkUuid=l3)
        case "detach":
            nics = cloud.nics({"uuid": vm.uuid})
            return cloud.begin("DetachL3NetworkFromVm", vmNicUuid=nics[0].uuid) if nics else None
        case "static":
            ip = f"10.{which % 2 + 1}.0.{100 + which}"
            return cloud.begin("SetVmStaticIp", vmInstanceUuid=vm.uuid, l3NetworkUuid=l3, ip=ip)
        case "hostname":
            return cloud.begin("SetVmHostname", uuid=vm.uuid, hostname=f"h{which}")
        case _:
            return cloud.begin(f"{operation.capitalize()}VmInstance", uuid=vm.uuid)
