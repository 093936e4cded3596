"""VTEPs of others and by hand: who may be one, and who is told; through the checks of the API."""

from collections.abc import Iterator
from typing import Any

import pytest

from landbridge.model.documents.l2 import L2_VXLAN_POOL, L2Network, RemoteVtep, Vtep
from landbridge.model.documents.places import Host
from landbridge.model.node import FloodPeer, VxlanNetwork
from landbridge.services.l2.attach import host_changed
from tests.unit.services.cloudkit import Cloud, opened
from tests.unit.services.netkit import facts, interface

REMOTE = "10.0.0.200"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with opened(2) as found:
        found.attach(found.pool())
        yield found


def pool_of(cloud: Cloud) -> str:
    return cloud.all(L2Network, type="VxlanNetworkPool")[0].uuid


def remote(cloud: Cloud, ip: str = REMOTE, **more: object) -> Any:
    known = {"l2NetworkUuid": pool_of(cloud), "clusterUuid": cloud.cluster, "remoteVtepIp": ip}
    return cloud.call("CreateVxlanPoolRemoteVtep", **{**known, **more})


def gone(cloud: Cloud, ip: str = REMOTE, **more: object) -> Any:
    known = {"l2NetworkUuid": pool_of(cloud), "clusterUuid": cloud.cluster, "remoteVtepIp": ip}
    return cloud.call("DeleteVxlanPoolRemoteVtep", **{**known, **more})


def floods(cloud: Cloud, host: str) -> set[str]:
    return {value.vtep_ip for value in cloud.objects(host).values() if isinstance(value, FloodPeer)}


def test_hosts_of_the_cluster_send_to_it(cloud: Cloud) -> None:
    """In every network of the pool that they have, those that are made later as well; and hear it."""
    first = cloud.vm(cloud.subnet("10.1.0.0/24"), hostUuid=cloud.hosts[0])
    made = remote(cloud)
    assert (made["vtepIp"], made["poolUuid"], made["port"]) == (REMOTE, pool_of(cloud), 8472)
    assert floods(cloud, cloud.hosts[0]) == {"10.0.0.1", REMOTE}
    assert floods(cloud, cloud.hosts[1]) == set()
    cloud.vm(cloud.subnet("10.2.0.0/24"), hostUuid=cloud.hosts[1])
    assert floods(cloud, cloud.hosts[1]) == {"10.0.0.2", REMOTE}
    (row,) = cloud.ask(L2_VXLAN_POOL)
    assert [vtep["vtepIp"] for vtep in row["remoteVteps"]] == [REMOTE]
    cloud.check_compiled()
    gone(cloud)
    assert floods(cloud, first["hostUuid"]) == {"10.0.0.1"}
    cloud.check_compiled()


def test_other_clusters_do_not_send_to_it_but_hear_it(cloud: Cloud) -> None:
    elsewhere = cloud.add_cluster()
    host = cloud.add_host(interface("eth1", "10.9.0.1/24"), cluster=elsewhere)
    cloud.attach(pool_of(cloud), cluster=elsewhere, cidr="10.9.0.0/24")
    l3 = cloud.subnet("10.1.0.0/24")
    cloud.vm(l3, hostUuid=host)
    remote(cloud, "192.0.2.7")
    assert "192.0.2.7" not in floods(cloud, host)
    (network,) = (value for value in cloud.objects(host).values() if isinstance(value, VxlanNetwork))
    assert network.vtep_cidrs == ("10.0.0.0/24", "10.9.0.0/24", "192.0.2.7/32")
    remote(cloud, "192.0.2.7", clusterUuid=elsewhere)
    assert "192.0.2.7" in floods(cloud, host)


def test_one_inside_of_the_cidr_needs_no_hearing_of_its_own(cloud: Cloud) -> None:
    cloud.vm(cloud.subnet("10.1.0.0/24"), hostUuid=cloud.hosts[0])
    remote(cloud)
    (network,) = (value for value in cloud.objects(cloud.hosts[0]).values() if isinstance(value, VxlanNetwork))
    assert network.vtep_cidrs == ("10.0.0.0/24",)


@pytest.mark.parametrize("ip", ["10.0.0", "fe80::1", "ten", "10.0.0.0/24", "10.0.0.1", "10.0.0.2"])
def test_addresses_that_cannot_be(cloud: Cloud, ip: str) -> None:
    """No IPv4 address, or the VTEP of a host."""
    with cloud.refused("SYS.1007", ip):
        remote(cloud, ip)


def test_refusals(cloud: Cloud) -> None:
    remote(cloud)
    network, elsewhere = cloud.vxlan(pool_of(cloud)), cloud.add_cluster()
    with cloud.refused("SYS.1006", REMOTE):
        remote(cloud)
    with cloud.refused("SYS.1003", "attach it first"):
        remote(cloud, clusterUuid=elsewhere)
    with cloud.refused("SYS.1007", "VxlanNetwork"):
        remote(cloud, l2NetworkUuid=network)
    for field in ("l2NetworkUuid", "clusterUuid"):
        with cloud.refused("SYS.1003"):
            remote(cloud, "10.0.0.201", **{field: "0" * 32})


def test_deleting_what_is_not_there_succeeds(cloud: Cloud) -> None:
    remote(cloud)
    gone(cloud, "10.0.0.201")
    gone(cloud, l2NetworkUuid="0" * 32)
    gone(cloud, clusterUuid="0" * 32)
    assert len(cloud.all(RemoteVtep)) == 1
    gone(cloud)
    gone(cloud)
    assert cloud.all(RemoteVtep) == []


def test_detached_and_deleted_with_its_pool(cloud: Cloud) -> None:
    pool = pool_of(cloud)
    remote(cloud)
    cloud.call("DetachL2NetworkFromCluster", l2NetworkUuid=pool, clusterUuid=cloud.cluster)
    assert cloud.all(RemoteVtep) == []
    cloud.attach(pool)
    remote(cloud)
    cloud.call("DeleteL2Network", uuid=pool)
    assert cloud.all(RemoteVtep) == []


def test_no_host_moves_to_the_address_of_a_remote_vtep(cloud: Cloud) -> None:
    remote(cloud)
    cloud.edit(Host, cloud.hosts[0], facts=facts(interface("eth1", f"{REMOTE}/24")))
    with cloud.refused("SYS.1006", REMOTE, "remote VTEP"):
        cloud.write(lambda tx: host_changed(tx, cloud.hosts[0]))


def test_a_pool_with_a_port_of_its_own(cloud: Cloud) -> None:
    """Hosts use it for their tunnels, and so do remote VTEPs."""
    tag = "vxlanPort::4789"
    made = cloud.finish(cloud.begin("CreateL2VxlanNetworkPool", tags=(tag,), name="std", zoneUuid=cloud.zone))
    cloud.vni_range(made["uuid"], 500, 599)
    cloud.attach(made["uuid"], cidr="10.0.0.0/25")
    assert cloud.write(lambda tx: tx.tags(made["uuid"]))[0] == tag
    assert {vtep.port for vtep in cloud.all(Vtep, pool_uuid=made["uuid"])} == {4789}
    assert remote(cloud, l2NetworkUuid=made["uuid"])["port"] == 4789
    cloud.vm(cloud.l3(cloud.vxlan(made["uuid"]), cidr="10.1.0.0/24"), hostUuid=cloud.hosts[0])
    (network,) = (value for value in cloud.objects(cloud.hosts[0]).values() if isinstance(value, VxlanNetwork))
    assert network.port == 4789


@pytest.mark.parametrize("port", ["", "0", "65536", "-1", "4789x", "٤", "9" * 5000])
def test_what_is_no_port(cloud: Cloud, port: str) -> None:
    with cloud.refused("SYS.1007", "1 to 65535"):
        cloud.begin("CreateL2VxlanNetworkPool", tags=(f"vxlanPort::{port}",), name="std", zoneUuid=cloud.zone)


def test_by_hand(cloud: Cloud) -> None:
    """A host that was away when the pool was attached: its own choice, or that of who asks."""
    pool = pool_of(cloud)
    late = cloud.add_host(interface("eth1", "10.0.0.7/24", "10.0.0.8/24"), interface("eth2"))
    made = cloud.call("CreateVxlanVtep", hostUuid=late, poolUuid=pool, vtepIp="10.0.0.8")
    assert (made["vtepIp"], made["hostUuid"], made["physicalInterface"]) == ("10.0.0.8", late, "eth1")
    cloud.write(lambda tx: host_changed(tx, late))
    assert [vtep.vtep_ip for vtep in cloud.all(Vtep, host_uuid=late)] == ["10.0.0.8"]
    with cloud.refused("SYS.1007", "10.0.0.8", "reconnect"):
        cloud.call("CreateVxlanVtep", hostUuid=late, poolUuid=pool, vtepIp="10.0.0.7")
    last = cloud.add_host(interface("eth1", "10.0.0.9/24"))
    assert cloud.call("CreateVxlanVtep", hostUuid=last, poolUuid=pool)["vtepIp"] == "10.0.0.9"


def test_by_hand_but_not_any_address(cloud: Cloud) -> None:
    pool, other = pool_of(cloud), cloud.pool("other", 300, 399)
    late = cloud.add_host(interface("eth1", "10.0.0.7/24"))
    for ip in ("10.0.0.8", "ten", "192.168.0.1"):
        with cloud.refused("SYS.1007", ip):
            cloud.call("CreateVxlanVtep", hostUuid=late, poolUuid=pool, vtepIp=ip)
    with cloud.refused("SYS.1003", "attach it first"):
        cloud.call("CreateVxlanVtep", hostUuid=late, poolUuid=other)


def test_a_vxlan_network_is_deleted_by_either_name(cloud: Cloud) -> None:
    network, flat = cloud.vxlan(pool_of(cloud)), cloud.no_vlan()
    with cloud.refused("SYS.1007", "L2NoVlanNetwork"):
        cloud.call("DeleteVxlanL2Network", uuid=flat)
    for _ in range(2):
        cloud.call("DeleteVxlanL2Network", uuid=network)
    assert cloud.all(L2Network, type="VxlanNetwork") == []
