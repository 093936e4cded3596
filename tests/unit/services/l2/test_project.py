"""What hosts get of L2 networks, through the store's own compile."""

from collections.abc import Iterator

import pytest

from landbridge.core.service import Placed
from landbridge.model.documents.l2 import L2Network
from landbridge.model.documents.places import Host
from landbridge.model.documents.vm import VmNic
from landbridge.model.node import BridgeNetwork, FloodPeer, VxlanNetwork
from landbridge.services.l2.attach import host_changed
from landbridge.services.l2.project import HOST_NETWORK
from landbridge.services.l3 import actions_options
from tests.unit.services.netkit import Kit, facts, interface, opened


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened(hosts=2) as kit:
        yield kit


def test_host_with_a_nic_has_the_network_and_is_in_its_flood_list(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    l2 = kit.vxlan(pool, vni=123)
    l3 = kit.l3(l2)
    host, other = kit.hosts
    kit.nic(l3, host=host)
    net_id = kit.get(L2Network, l2).net_id
    network = VxlanNetwork(
        l2_uuid=l2, net_id=net_id, vni=123, vtep_ip="10.0.0.1", port=8472, mtu=1450, vtep_cidrs=("10.0.0.0/24",)
    )
    assert kit.placed(HOST_NETWORK, host, l2) == [
        Placed(f"host:{host}", f"l2/{l2}", network),
        Placed(f"net:{l2}", f"flood/{l2}/{host}", FloodPeer(l2_uuid=l2, vtep_ip="10.0.0.1")),
    ]
    assert kit.placed(HOST_NETWORK, other, l2) == []
    assert kit.objects(host)[f"l2/{l2}"] == network
    assert f"l2/{l2}" not in kit.objects(other)


def test_flood_list_follows_nics(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    l2 = kit.vxlan(pool)
    l3 = kit.l3(l2)
    first, second = kit.hosts
    kit.nic(l3, host=first)
    nic = kit.nic(l3, host=second)
    peers = {f"flood/{l2}/{first}", f"flood/{l2}/{second}"}
    assert peers <= set(kit.objects(first))
    assert peers <= set(kit.objects(second))
    kit.edit(VmNic, nic, host_uuid="")
    assert f"flood/{l2}/{second}" not in kit.objects(first)
    assert kit.objects(second) == {}


def test_vtep_that_moved_reaches_the_peers(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    l2 = kit.vxlan(pool)
    l3 = kit.l3(l2)
    moved, peer = kit.hosts
    kit.nic(l3, host=moved)
    kit.nic(l3, host=peer)
    kit.edit(Host, moved, facts=facts(interface("eth1", "10.0.0.77/24")))
    kit.write(lambda tx: host_changed(tx, moved))
    assert kit.objects(peer)[f"flood/{l2}/{moved}"] == FloodPeer(l2_uuid=l2, vtep_ip="10.0.0.77")
    network = kit.objects(moved)[f"l2/{l2}"]
    assert isinstance(network, VxlanNetwork)
    assert network.vtep_ip == "10.0.0.77"


def test_device_takes_the_largest_mtu_of_its_l3_networks(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    l2 = kit.vxlan(pool)
    small, large = kit.l3(l2, "small"), kit.l3(l2, "large")
    kit.nic(small, host=kit.hosts[0])
    kit.run(actions_options.set_mtu, actions_options.SetL3NetworkMtu(l3_network_uuid=small, mtu=1200))
    kit.run(actions_options.set_mtu, actions_options.SetL3NetworkMtu(l3_network_uuid=large, mtu=1500))
    network = kit.objects(kit.hosts[0])[f"l2/{l2}"]
    assert isinstance(network, VxlanNetwork)
    assert network.mtu == 1500


def test_no_vlan_network_is_a_bridge_over_the_interface(kit: Kit) -> None:
    l2 = kit.no_vlan()
    kit.attach(l2)
    kit.nic(kit.l3(l2), host=kit.hosts[0])
    net_id = kit.get(L2Network, l2).net_id
    bridge = BridgeNetwork(l2_uuid=l2, net_id=net_id, physical_interface="eth0", mtu=1500)
    assert kit.objects(kit.hosts[0]) == {f"l2/{l2}": bridge}


def test_keys_are_every_host_and_network_with_a_nic(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    l2 = kit.vxlan(pool)
    l3 = kit.l3(l2)
    kit.nic(l3, host=kit.hosts[1])
    kit.nic(l3)
    assert kit.write(lambda tx: set(HOST_NETWORK.keys(tx))) == {(kit.hosts[1], l2)}
