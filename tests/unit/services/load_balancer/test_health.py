"""What hosts say of servers becomes their status."""

from collections.abc import Iterator, Mapping

import pytest

from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.health import BalancerHealth, Health, TunnelHealth
from landbridge.services.load_balancer import health
from landbridge.services.load_balancer.documents import LISTENER, SERVER_GROUP, DeadServers
from tests.unit.services.natkit import NatCloud, opened

OUTSIDE = "192.0.2.9"


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made


def told(cloud: NatCloud, said: Mapping[str, Health | None], host: str = "", *, everything: bool = False) -> None:
    """The vrouter's host says so, or another one."""
    assert cloud.route is not None
    where = host or cloud.route["hostUuid"]
    cloud.write(lambda tx: health.told(tx, where, {f"lb/{uuid}": how for uuid, how in said.items()}, everything))
    cloud.check_compiled()


def dead(*addresses: str) -> BalancerHealth:
    return BalancerHealth(dead=addresses)


def shared(cloud: NatCloud, balancer: str, nic: str) -> str:
    """A group with the NIC and an address."""
    uuid = str(cloud.call("CreateLoadBalancerServerGroup", name="g", loadBalancerUuid=balancer)["uuid"])
    servers = {"vmNics": [{"uuid": nic}], "servers": [{"ipAddress": OUTSIDE}]}
    cloud.call("AddBackendServerToServerGroup", serverGroupUuid=uuid, **servers)
    return uuid


def of_listener(cloud: NatCloud, listener: str) -> dict[str, str]:
    [row] = cloud.ask(LISTENER, f"uuid={listener}")
    return {ref["vmNicUuid"]: ref["status"] for ref in row["vmNicRefs"]}


def of_group(cloud: NatCloud, group: str) -> dict[str, str]:
    [row] = cloud.ask(SERVER_GROUP, f"uuid={group}")
    nics = {ref["vmNicUuid"]: ref["status"] for ref in row["vmNicRefs"]}
    return nics | {one["ipAddress"]: one["status"] for one in row["serverIps"]}


def ip(cloud: NatCloud, nic: str) -> str:
    return str(cloud.get(VmNic, nic).ip)


def test_a_server_dies_and_comes_back(cloud: NatCloud) -> None:
    one, other = cloud.guest(), cloud.guest()
    listener = cloud.listener(cloud.balancer(cloud.vip()), 80, one, other)
    assert of_listener(cloud, listener) == {one: "Active", other: "Active"}
    told(cloud, {listener: dead(ip(cloud, one))})
    assert of_listener(cloud, listener) == {one: "Inactive", other: "Active"}
    told(cloud, {listener: dead(ip(cloud, other))})
    assert of_listener(cloud, listener) == {one: "Active", other: "Inactive"}
    told(cloud, {listener: dead()})
    assert of_listener(cloud, listener) == {one: "Active", other: "Active"}
    assert not cloud.all(DeadServers)


def test_a_group_of_two_listeners_is_as_bad_as_either_finds_it(cloud: NatCloud) -> None:
    balancer, nic, later = cloud.balancer(cloud.vip()), cloud.guest(), cloud.guest()
    group = shared(cloud, balancer, nic)
    first, second = cloud.listener(balancer, 80), cloud.listener(balancer, 81)
    for listener in (first, second):
        cloud.call("AddServerGroupToLoadBalancerListener", serverGroupUuid=group, listenerUuid=listener)
    told(cloud, {first: dead(ip(cloud, nic)), second: dead(OUTSIDE)})
    assert of_group(cloud, group) == {nic: "Inactive", OUTSIDE: "Inactive"}
    told(cloud, {first: dead()})
    assert of_group(cloud, group) == {nic: "Active", OUTSIDE: "Inactive"}
    third = cloud.listener(balancer, 82)
    told(cloud, {third: dead(ip(cloud, nic), ip(cloud, later))})
    assert of_group(cloud, group)[nic] == "Active", "it is none of its servers"
    cloud.call("AddServerGroupToLoadBalancerListener", serverGroupUuid=group, listenerUuid=third)
    assert of_group(cloud, group)[nic] == "Inactive"
    cloud.call("AddBackendServerToServerGroup", serverGroupUuid=group, vmNics=[{"uuid": later}])
    assert of_group(cloud, group)[later] == "Inactive"
    cloud.call("RemoveServerGroupFromLoadBalancerListener", serverGroupUuid=group, listenerUuid=third)
    assert of_group(cloud, group) == {nic: "Active", later: "Active", OUTSIDE: "Inactive"}
    cloud.call("DeleteLoadBalancerListener", uuid=second)
    assert of_group(cloud, group)[OUTSIDE] == "Active"
    assert {one.listener_uuid for one in cloud.all(DeadServers)} == {third}


def test_who_does_not_have_it_is_not_believed(cloud: NatCloud) -> None:
    """A vrouter that has moved: its old host tells late that it is gone."""
    assert cloud.route is not None
    nic = cloud.guest()
    listener = cloud.listener(cloud.balancer(cloud.vip()), 80, nic)
    told(cloud, {listener: dead(ip(cloud, nic))})
    elsewhere = next(host for host in cloud.hosts if host != cloud.route["hostUuid"])
    told(cloud, {listener: None}, elsewhere)
    told(cloud, {}, elsewhere, everything=True)
    assert of_listener(cloud, listener) == {nic: "Inactive"}
    told(cloud, {}, everything=True)
    assert of_listener(cloud, listener) == {nic: "Active"}
    told(cloud, {listener: dead(ip(cloud, nic))}, everything=True)
    assert of_listener(cloud, listener) == {nic: "Inactive"}
    home = cloud.route["hostUuid"]
    cloud.edit(VmInstance, cloud.route["uuid"], host_uuid=elsewhere)
    told(cloud, {listener: dead(ip(cloud, nic))}, elsewhere)
    told(cloud, {listener: None}, home)
    told(cloud, {}, home, everything=True)
    assert of_listener(cloud, listener) == {nic: "Inactive"}, "the other one has it now"
    cloud.edit(VmInstance, cloud.route["uuid"], state="Stopped", host_uuid=None)
    told(cloud, {listener: None}, elsewhere)
    assert of_listener(cloud, listener) == {nic: "Active"}


def test_what_is_not_there_is_nobodys(cloud: NatCloud) -> None:
    told(cloud, {"0" * 32: dead("10.1.0.2")})
    listener = cloud.listener(cloud.balancer(cloud.vip()), 80)
    told(cloud, {listener: TunnelHealth(up=True)})
    assert not cloud.all(DeadServers)
