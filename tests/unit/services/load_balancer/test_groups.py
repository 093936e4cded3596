"""Server groups: servers that listeners share, by the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.vm import VmNic
from landbridge.services.load_balancer.documents import SERVER_GROUP, LoadBalancerListener, LoadBalancerServerGroup
from tests.unit.services.natkit import NatCloud, opened


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made


def group_in(cloud: NatCloud, balancer: str, **params: Any) -> str:
    made = cloud.call("CreateLoadBalancerServerGroup", **{"name": "g", "loadBalancerUuid": balancer, **params})
    return str(made["uuid"])


def told(cloud: NatCloud, listener: str) -> dict[str, int]:
    found = cloud.listening(listener)
    return {} if found is None else {member.ip: member.weight for member in found.members}


def ip_of(cloud: NatCloud, nic: str) -> str:
    return str(cloud.get(VmNic, nic).ip)


def test_listeners_share_a_group(cloud: NatCloud) -> None:
    balancer = cloud.balancer(cloud.vip())
    group, nic, own = group_in(cloud, balancer), cloud.guest(), cloud.guest()
    first, second = cloud.listener(balancer, 80, own), cloud.listener(balancer, 81)
    nics = [{"uuid": nic, "weight": 30}]
    servers = [{"ipAddress": "192.0.2.9"}]
    cloud.call("AddBackendServerToServerGroup", serverGroupUuid=group, vmNics=nics, servers=servers)
    assert cloud.listening(second) is not None
    assert told(cloud, second) == {}
    for listener in (first, second):
        cloud.call("AddServerGroupToLoadBalancerListener", serverGroupUuid=group, listenerUuid=listener)
    assert set(told(cloud, first)) == {ip_of(cloud, own), ip_of(cloud, nic), "192.0.2.9"}
    assert set(told(cloud, second)) == {ip_of(cloud, nic), "192.0.2.9"}
    cloud.check_compiled()
    change = {"serverGroupUuid": group, "servers": [{"ipAddress": "192.0.2.9", "weight": 0}]}
    cloud.call("ChangeLoadBalancerBackendServer", **change)
    assert told(cloud, second)["192.0.2.9"] == 0
    [shown] = cloud.ask(SERVER_GROUP, f"uuid={group}", f"listener.uuid={first}")
    assert [(one["vmNicUuid"], one["weight"]) for one in shown["vmNicRefs"]] == [(nic, 30)]
    assert [(one["ipAddress"], one["weight"]) for one in shown["serverIps"]] == [("192.0.2.9", 0)]
    assert len(shown["listenerServerGroupRefs"]) == 2
    cloud.call("RemoveBackendServerFromServerGroup", serverGroupUuid=group, serverIps=["192.0.2.9"])
    assert set(told(cloud, second)) == {ip_of(cloud, nic)}
    cloud.call("RemoveServerGroupFromLoadBalancerListener", serverGroupUuid=group, listenerUuid=first)
    assert set(told(cloud, first)) == {ip_of(cloud, own)}
    cloud.call("UpdateLoadBalancerServerGroup", uuid=group, name="other")
    cloud.check_compiled()
    cloud.call("DeleteLoadBalancerServerGroup", uuid=group)
    assert told(cloud, second) == {}
    cloud.call("DeleteLoadBalancerServerGroup", uuid=group)
    cloud.check_compiled()


def test_one_that_is_in_two_groups_is_one_server(cloud: NatCloud) -> None:
    balancer, nic = cloud.balancer(cloud.vip()), cloud.guest()
    listener, group = cloud.listener(balancer, 80, nic), group_in(cloud, balancer)
    cloud.call("AddBackendServerToServerGroup", serverGroupUuid=group, vmNics=[{"uuid": nic}])
    cloud.call("AddServerGroupToLoadBalancerListener", serverGroupUuid=group, listenerUuid=listener)
    assert told(cloud, listener) == {ip_of(cloud, nic): 1}
    cloud.call("RemoveVmNicFromLoadBalancer", listenerUuid=listener, vmNicUuids=[nic])
    assert told(cloud, listener) == {ip_of(cloud, nic): 1}


def test_networks_of_a_group_are_served_while_a_listener_sends_to_it(cloud: NatCloud) -> None:
    vip = cloud.vip()
    balancer = cloud.balancer(vip)
    listener, group = cloud.listener(balancer, 80), group_in(cloud, balancer)
    cloud.call("AddBackendServerToServerGroup", serverGroupUuid=group, vmNics=[{"uuid": cloud.guest()}])
    assert cloud.shown(vip)["peerL3NetworkUuids"] == []
    cloud.call("AddServerGroupToLoadBalancerListener", serverGroupUuid=group, listenerUuid=listener)
    assert cloud.shown(vip)["peerL3NetworkUuids"] == [cloud.web]
    cloud.call("RemoveServerGroupFromLoadBalancerListener", serverGroupUuid=group, listenerUuid=listener)
    assert cloud.listening(listener) is None
    cloud.check_compiled()


def test_a_default_group_is_its_listeners(cloud: NatCloud) -> None:
    balancer = cloud.balancer(cloud.vip())
    listener, other = cloud.listener(balancer, 80), cloud.listener(balancer, 81)
    default = cloud.get(LoadBalancerListener, listener).server_group_uuid
    with cloud.refused("SYS.1006", "default group"):
        cloud.call("DeleteLoadBalancerServerGroup", uuid=default)
    with cloud.refused("SYS.1006", "default group"):
        cloud.call("AddServerGroupToLoadBalancerListener", serverGroupUuid=default, listenerUuid=other)
    with cloud.refused("SYS.1006", "default group"):
        cloud.call("RemoveServerGroupFromLoadBalancerListener", serverGroupUuid=default, listenerUuid=listener)


def test_what_is_refused(cloud: NatCloud) -> None:
    balancer = cloud.balancer(cloud.vip())
    group, listener, nic = group_in(cloud, balancer), cloud.listener(balancer, 80), cloud.guest()
    absent = cloud.guest()
    add = "AddBackendServerToServerGroup"
    to = {"serverGroupUuid": group}
    with cloud.refused("SYS.1006", "add one first"):
        cloud.call(add, servers=[{"ipAddress": "192.0.2.9"}], **to)
    with cloud.refused("SYS.1007", "no server is given"):
        cloud.call(add, **to)
    for nics in ([{"weight": 1}], ["x"], [{"uuid": nic, "weight": 101}], [{"uuid": nic}, {"uuid": nic}]):
        with cloud.refused("SYS.1007"):
            cloud.call(add, vmNics=nics, **to)
    with cloud.refused("SYS.1003"):
        cloud.call(add, vmNics=[{"uuid": "0" * 32}], **to)
    cloud.call(add, vmNics=[{"uuid": nic}], **to)
    bad: list[list[dict[str, str]]] = [[{"ipAddress": ip}] for ip in ("192.0.2.300", "::1", "")]
    for servers in (*bad, [{}], [{"ipAddress": "192.0.2.9"}] * 2):
        with cloud.refused("SYS.1007"):
            cloud.call(add, servers=servers, **to)
    with cloud.refused("SYS.1006", "already"):
        cloud.call(add, vmNics=[{"uuid": nic}], **to)
    with cloud.refused("SYS.1006", "is not in"):
        cloud.call("ChangeLoadBalancerBackendServer", servers=[{"ipAddress": "192.0.2.9"}], **to)
    with cloud.refused("SYS.1006", "is not in"):
        cloud.call("RemoveBackendServerFromServerGroup", vmNicUuids=[absent], **to)
    with cloud.refused("SYS.1006", "does not send"):
        cloud.call("RemoveServerGroupFromLoadBalancerListener", listenerUuid=listener, **to)
    with cloud.refused("SYS.1007", "ipVersion"):
        group_in(cloud, balancer, ipVersion=6)
    elsewhere = group_in(cloud, cloud.balancer(cloud.vip()))
    with cloud.refused("SYS.1007", "two load balancers"):
        cloud.call("AddServerGroupToLoadBalancerListener", listenerUuid=listener, serverGroupUuid=elsewhere)


def test_candidates(cloud: NatCloud) -> None:
    balancer = cloud.balancer(cloud.vip())
    group, inside, other = group_in(cloud, balancer), cloud.guest(), cloud.guest(cloud.db)
    cloud.call("AddBackendServerToServerGroup", serverGroupUuid=group, vmNics=[{"uuid": inside}])
    ask = "GetCandidateVmNicsForLoadBalancerServerGroup"
    assert [nic["uuid"] for nic in cloud.call(ask, servergroupUuid=group)] == [other]
    assert {nic["uuid"] for nic in cloud.call(ask, loadBalancerUuid=balancer)} == {inside, other}
    assert cloud.call(ask, servergroupUuid=group, ipVersion=6) == []
    with cloud.refused("SYS.1007", "give one"):
        cloud.call(ask)


def test_candidate_networks(cloud: NatCloud) -> None:
    balancer = cloud.balancer(cloud.vip())
    listener = cloud.listener(balancer, 80, cloud.guest())
    other = cloud.router(virtualRouterOfferingUuid=cloud.query("QueryVirtualRouterOffering")[0], name="other")
    cloud.join(other, cloud.served("10.4.0.0/24", "elsewhere"))
    cloud.subnet("10.9.0.0/24", "plain", vpc=True)
    expected = {cloud.web, cloud.db, cloud.far}
    found = cloud.call("GetCandidateL3NetworksForLoadBalancer", listenerUuid=listener)
    assert {l3["uuid"] for l3 in found} == expected
    page = cloud.call("GetCandidateL3NetworksForServerGroup", loadBalancerUuid=balancer, start=1, limit=1)
    assert [l3["uuid"] for l3 in page] == [found[1]["uuid"]]
    with cloud.refused("SYS.1007", "give one"):
        cloud.call("GetCandidateL3NetworksForServerGroup")


def test_they_go_with_their_load_balancer(cloud: NatCloud) -> None:
    balancer = cloud.balancer(cloud.vip())
    group_in(cloud, balancer)
    cloud.call("DeleteLoadBalancer", uuid=balancer)
    assert not cloud.all(LoadBalancerServerGroup)
