"""Load balancers and their listeners by the API: what the vrouter is told, what is refused, what goes with what."""

from collections.abc import Iterator

import pytest

from landbridge.model.balancer_node import HealthCheck, Member
from landbridge.model.documents.vip import VipPorts
from landbridge.model.documents.vm import VmNic
from landbridge.services.load_balancer.documents import (
    LISTENER,
    LOAD_BALANCER,
    ListenerNic,
    LoadBalancer,
    LoadBalancerListener,
    LoadBalancerServerGroup,
    ServerGroupNic,
)
from tests.unit.services.natkit import NatCloud, opened


@pytest.fixture
def cloud() -> Iterator[NatCloud]:
    with opened() as made:
        yield made


def ip_of(cloud: NatCloud, nic: str) -> str:
    address = cloud.get(VmNic, nic).ip
    assert address is not None
    return address


def told(cloud: NatCloud, listener: str) -> dict[str, int]:
    """The servers that the vrouter sends to, with their weights."""
    balancer = cloud.listening(listener)
    assert balancer is not None
    return {member.ip: member.weight for member in balancer.members}


def test_a_listener_from_beginning_to_end(cloud: NatCloud) -> None:
    vip = cloud.vip()
    first, second = cloud.guest(), cloud.guest(cloud.db)
    balancer = cloud.balancer(vip)
    listener = cloud.listener(balancer, 80, instancePort=8080)
    assert cloud.listening(listener) is None
    cloud.call("AddVmNicToLoadBalancer", listenerUuid=listener, vmNicUuids=[first, second])
    seen = cloud.listening(listener)
    assert seen is not None
    assert (seen.vip_ip, seen.port, seen.instance_port, seen.protocol) == (cloud.shown(vip)["ip"], 80, 8080, "tcp")
    assert set(seen.members) == {Member(ip=ip_of(cloud, nic), weight=1) for nic in (first, second)}
    assert (seen.algorithm, seen.idle_timeout, seen.max_connections) == ("roundrobin", 60, 200000)
    assert seen.health == HealthCheck(protocol="tcp", interval=5, timeout=2, rise=2, fall=6)
    assert f"vip/{vip}" in cloud.of_router("vip/")
    shown = cloud.shown(vip)
    assert (shown["useFor"], set(shown["peerL3NetworkUuids"])) == ("LoadBalancer", {cloud.web, cloud.db})
    cloud.check_compiled()
    cloud.call("RemoveVmNicFromLoadBalancer", listenerUuid=listener, vmNicUuids=[second])
    assert set(told(cloud, listener)) == {ip_of(cloud, first)}
    assert cloud.shown(vip)["peerL3NetworkUuids"] == [cloud.web]
    cloud.call("DeleteLoadBalancerListener", uuid=listener)
    assert cloud.of_router("lb/") == {}
    assert not cloud.all(VipPorts)
    assert not cloud.all(LoadBalancerServerGroup)
    cloud.call("DeleteLoadBalancerListener", uuid=listener)
    cloud.call("DeleteLoadBalancer", uuid=balancer)
    cloud.call("DeleteLoadBalancer", uuid=balancer)
    assert "useFor" not in cloud.shown(vip)
    cloud.check_compiled()


def test_as_users_see_it(cloud: NatCloud) -> None:
    nic = cloud.guest()
    balancer = cloud.balancer(cloud.vip(), description="d")
    listener = cloud.listener(balancer, 80, nic)
    cloud.call("UpdateLoadBalancer", uuid=balancer, name="other")
    cloud.call("UpdateLoadBalancerListener", uuid=listener, description="said")
    cloud.call("RefreshLoadBalancer", uuid=balancer)
    [row] = cloud.ask(LOAD_BALANCER, "name=other", f"listeners.uuid={listener}")
    assert (row["state"], row["type"], row["description"]) == ("Enabled", "Shared", "d")
    [shown] = row["listeners"]
    assert (shown["name"], shown["description"], shown["protocol"]) == ("listener", "said", "tcp")
    assert (shown["loadBalancerPort"], shown["instancePort"]) == (80, 80)
    [ref] = shown["vmNicRefs"]
    assert (ref["vmNicUuid"], ref["listenerUuid"], ref["status"]) == (nic, listener, "Active")
    assert [one["serverGroupUuid"] for one in shown["serverGroupRefs"]] == [shown["serverGroupUuid"]]
    assert [one["uuid"] for one in cloud.ask(LISTENER, f"vmNic.uuid={nic}")] == [listener]


def test_ports_are_the_listeners(cloud: NatCloud) -> None:
    vip = cloud.vip()
    balancer = cloud.balancer(vip)
    cloud.listener(balancer, 80)
    cloud.listener(balancer, 80, protocol="udp")
    with cloud.refused("SYS.1007", "port 80", "of the same load balancer"):
        cloud.listener(balancer, 80, protocol="http")
    cloud.listener(balancer, 443, protocol="https")
    used = cloud.call("GetVipUsedPorts", uuid=vip, protocol="TCP")
    assert used[0]["usedPorts"] == ["80", "443"]
    own = cloud.balancer(cloud.own_vip())
    with cloud.refused("SYS.1006", "the vrouter itself"):
        cloud.listener(own, 22)


def test_nics_that_cannot_be_servers(cloud: NatCloud) -> None:
    assert cloud.route is not None
    listener = cloud.listener(cloud.balancer(cloud.vip()), 80, cloud.guest())
    served = cloud.all(ServerGroupNic)[0].vm_nic_uuid
    add = {"listenerUuid": listener}
    with cloud.refused("SYS.1006", "already"):
        cloud.call("AddVmNicToLoadBalancer", vmNicUuids=[served], **add)
    plain = cloud.guest(cloud.subnet("10.9.0.0/24", "plain", vpc=True))
    with cloud.refused("SYS.1006", "network service LoadBalancer"):
        cloud.call("AddVmNicToLoadBalancer", vmNicUuids=[plain], **add)
    with cloud.refused("SYS.1007", "a vrouter's"):
        cloud.call("AddVmNicToLoadBalancer", vmNicUuids=[cloud.nics(cloud.route)[0].uuid], **add)
    nic = cloud.guest()
    with cloud.refused("SYS.1007", "twice"):
        cloud.call("AddVmNicToLoadBalancer", vmNicUuids=[nic, nic], **add)
    with cloud.refused("SYS.1006", "not among the servers"):
        cloud.call("RemoveVmNicFromLoadBalancer", vmNicUuids=[nic], **add)
    found = cloud.call("GetCandidateVmNicsForLoadBalancer", listenerUuid=listener)
    assert [one["uuid"] for one in found] == [nic]


def test_a_server_may_be_on_the_public_network_too(cloud: NatCloud) -> None:
    nic = next(
        one["uuid"] for one in cloud.vm(cloud.web, cloud.public)["vmNics"] if one["l3NetworkUuid"] == cloud.web
    )
    listener = cloud.listener(cloud.balancer(cloud.vip()), 80, nic)
    assert set(told(cloud, listener)) == {ip_of(cloud, nic)}


def test_another_vrouters_networks(cloud: NatCloud) -> None:
    listener = cloud.listener(cloud.balancer(cloud.vip()), 80, cloud.guest())
    other = cloud.router(virtualRouterOfferingUuid=cloud.query("QueryVirtualRouterOffering")[0], name="other")
    elsewhere = cloud.served("10.4.0.0/24", "elsewhere")
    cloud.join(other, elsewhere)
    nic = cloud.guest(elsewhere)
    with cloud.refused("SYS.1006", "use a VIP of its own"):
        cloud.call("AddVmNicToLoadBalancer", listenerUuid=listener, vmNicUuids=[nic])


def test_weights(cloud: NatCloud) -> None:
    first, second = cloud.guest(), cloud.guest()
    listener = cloud.listener(cloud.balancer(cloud.vip()), 80, tags=("balancerAlgorithm::weightroundrobin",))
    tags = (f"balancerWeight::{first}::30",)
    cloud.finish(cloud.begin("AddVmNicToLoadBalancer", tags=tags, listenerUuid=listener, vmNicUuids=[first, second]))
    assert told(cloud, listener) == {ip_of(cloud, first): 30, ip_of(cloud, second): 100}
    group = cloud.get(LoadBalancerListener, listener).server_group_uuid
    cloud.call("ChangeLoadBalancerBackendServer", serverGroupUuid=group, vmNics=[{"uuid": second, "weight": 0}])
    assert told(cloud, listener) == {ip_of(cloud, first): 30, ip_of(cloud, second): 0}
    cloud.call("ChangeLoadBalancerListener", uuid=listener, balancerAlgorithm="roundrobin")
    assert told(cloud, listener) == {ip_of(cloud, first): 1, ip_of(cloud, second): 0}
    third = cloud.guest()
    for tag in (f"balancerWeight::{third}::101", f"balancerWeight::{third}", f"balancerWeight::{first}::1"):
        with cloud.refused("SYS.1007", "eight"):
            cloud.begin("AddVmNicToLoadBalancer", tags=(tag,), listenerUuid=listener, vmNicUuids=[third])
    cloud.check_compiled()


def test_it_loses_nics_that_change_or_go(cloud: NatCloud) -> None:
    vm = cloud.vm(cloud.web)
    nic = str(vm["vmNics"][0]["uuid"])
    stays = cloud.guest()
    vip = cloud.vip()
    listener = cloud.listener(cloud.balancer(vip), 80, nic, stays)
    cloud.call("SetVmStaticIp", vmInstanceUuid=vm["uuid"], l3NetworkUuid=cloud.web, ip="10.1.0.77")
    assert set(told(cloud, listener)) == {ip_of(cloud, stays)}
    cloud.call("AddVmNicToLoadBalancer", listenerUuid=listener, vmNicUuids=[nic])
    assert "10.1.0.77" in told(cloud, listener)
    cloud.check_compiled()
    cloud.call("StopVmInstance", uuid=vm["uuid"])
    cloud.call("ChangeVmNicNetwork", vmNicUuid=nic, destL3NetworkUuid=cloud.db)
    assert set(told(cloud, listener)) == {ip_of(cloud, stays)}
    cloud.call("AddVmNicToLoadBalancer", listenerUuid=listener, vmNicUuids=[nic])
    assert set(cloud.shown(vip)["peerL3NetworkUuids"]) == {cloud.web, cloud.db}
    assert set(told(cloud, listener)) == {ip_of(cloud, nic), ip_of(cloud, stays)}
    cloud.check_compiled()
    cloud.call("DetachL3NetworkFromVm", vmNicUuid=nic)
    assert set(told(cloud, listener)) == {ip_of(cloud, stays)}
    assert [one.vm_nic_uuid for one in cloud.all(ListenerNic)] == [stays]
    assert cloud.shown(vip)["peerL3NetworkUuids"] == [cloud.web]
    cloud.check_compiled()


def test_without_a_vrouter_it_waits_and_the_next_one_does_it(cloud: NatCloud) -> None:
    assert cloud.route is not None
    vip = cloud.vip()
    listener = cloud.listener(cloud.balancer(vip), 80, cloud.guest())
    before = cloud.listening(listener)
    assert before is not None
    cloud.call("DestroyVmInstance", uuid=cloud.route["uuid"])
    cloud.check_compiled()
    cloud.route = cloud.router(virtualRouterOfferingUuid=cloud.query("QueryVirtualRouterOffering")[0], name="next")
    assert cloud.listening(listener) is None
    cloud.join(cloud.route, cloud.web)
    assert cloud.listening(listener) == before
    cloud.check_compiled()


def test_on_a_vrouters_own_vip_it_outlives_the_vrouter(cloud: NatCloud) -> None:
    assert cloud.route is not None
    own = cloud.own_vip()
    listener = cloud.listener(cloud.balancer(own), 80, cloud.guest())
    before = cloud.listening(listener)
    assert before is not None
    cloud.call("DestroyVmInstance", uuid=cloud.route["uuid"])
    cloud.check_compiled()
    assert cloud.shown(own)["useFor"] == "LoadBalancer"
    cloud.route = cloud.router(virtualRouterOfferingUuid=cloud.query("QueryVirtualRouterOffering")[0], name="next")
    cloud.join(cloud.route, cloud.web)
    assert cloud.listening(listener) == before
    cloud.check_compiled()


def test_a_vip_that_goes_takes_it_along(cloud: NatCloud) -> None:
    vip = cloud.vip()
    cloud.listener(cloud.balancer(vip), 80, cloud.guest())
    cloud.call("DeleteVip", uuid=vip)
    assert cloud.of_router("lb/") == {}
    for doc in (LoadBalancer, LoadBalancerListener, LoadBalancerServerGroup, ServerGroupNic, ListenerNic):
        assert not cloud.all(doc)
    cloud.check_compiled()


def test_where_it_cannot_be(cloud: NatCloud) -> None:
    vip = cloud.vip()
    with cloud.refused("SYS.1007", "vipUuid"):
        cloud.call("CreateLoadBalancer", name="lb")
    with cloud.refused("SYS.1007", "type[SLB]"):
        cloud.balancer(vip, type="SLB")
    with cloud.refused("SYS.1006", "ipv6VipUuid"):
        cloud.balancer(vip, ipv6VipUuid=vip)
    cloud.call("ChangeVipState", uuid=vip, stateEvent="disable")
    with cloud.refused("SYS.1006", "ChangeVipState"):
        cloud.balancer(vip)


def test_there_is_no_second_vip(cloud: NatCloud) -> None:
    own, other = cloud.vip(), cloud.vip()
    carrier = cloud.flat("eth2", "198.51.100.0/24", "carrier", category="Public")
    foreign, disabled = cloud.vip(carrier), cloud.vip()
    cloud.call("ChangeVipState", uuid=disabled, stateEvent="disable")
    balancer = cloud.balancer(own)
    for vip, code, words in (
        (own, "SYS.1006", "already"),
        (disabled, "SYS.1006", "ChangeVipState"),
        (foreign, "SYS.1007", "two L3 networks"),
        (other, "SYS.1006", "make another load balancer"),
    ):
        with cloud.refused(code, words):
            cloud.call("AttachVipToLoadBalancer", loadBalancerUuid=balancer, vipUuid=vip)
