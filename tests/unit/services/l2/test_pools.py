"""Pools, VNI ranges, VXLAN networks: every rule and its code."""

from collections.abc import Iterator

import pytest

from landbridge.model.documents.l2 import L2ClusterRef, L2Network, VniRange, Vtep
from landbridge.model.net import NET_ID_MAX
from landbridge.services.l2 import actions_network, actions_pool
from tests.unit.services.netkit import Kit, opened


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened(hosts=2) as kit:
        yield kit


def test_pool_is_stored_with_its_type_and_port(kit: Kit) -> None:
    pool = kit.get(L2Network, kit.pool())
    assert (pool.type, pool.physical_interface, pool.port) == ("VxlanNetworkPool", "", 8472)


def test_range_turned_round_is_refused(kit: Kit) -> None:
    pool = kit.pool(end=0)
    with kit.refused("SYS.1007", "startVni[9]"):
        kit.vni_range(pool, 9, 8)


def test_range_of_what_is_no_pool_is_refused(kit: Kit) -> None:
    flat = kit.no_vlan()
    with kit.refused("SYS.1007", "not a VXLAN pool"):
        kit.vni_range(flat, 1, 2)


def test_overlap_in_the_same_pool_is_refused(kit: Kit) -> None:
    pool = kit.pool(start=100, end=199)
    with kit.refused("SYS.1007", "overlaps"):
        kit.vni_range(pool, 199, 300)
    kit.vni_range(pool, 200, 300)


def test_unattached_pools_may_overlap(kit: Kit) -> None:
    kit.pool("one")
    kit.pool("two")
    assert len(kit.all(VniRange)) == 2


def test_overlap_on_the_same_underlay_is_refused(kit: Kit) -> None:
    one, two = kit.pool("one"), kit.pool("two", end=0)
    kit.attach(one)
    kit.attach(two)
    with kit.refused("SYS.1007", "one"):
        kit.vni_range(two, 150, 160)


def test_overlap_on_another_underlay_is_legal_and_gets_a_port_of_its_own(kit: Kit) -> None:
    one, two = kit.pool("one"), kit.pool("two", end=0)
    kit.attach(one)
    kit.attach(two, cidr="10.0.0.0/25")
    kit.vni_range(two, 150, 160)
    assert kit.get(L2Network, two).port == 8473
    assert {vtep.port for vtep in kit.all(Vtep, pool_uuid=two)} == {8473}
    assert {vtep.port for vtep in kit.all(Vtep, pool_uuid=one)} == {8472}


def test_overlap_on_another_underlay_is_refused_when_the_port_cannot_move(kit: Kit) -> None:
    one, two = kit.pool("one"), kit.pool("two", start=300, end=310)
    kit.attach(one)
    kit.attach(two, cidr="10.0.0.0/25")
    kit.vxlan(two)
    with kit.refused("SYS.1007", "UDP port"):
        kit.vni_range(two, 150, 160)


def test_attaching_pools_with_overlapping_ranges_is_refused(kit: Kit) -> None:
    one, two = kit.pool("one"), kit.pool("two")
    kit.attach(one)
    with kit.refused("SYS.1007", "overlaps", "one"):
        kit.attach(two, cidr="10.0.0.0/25")


def test_update_range_changes_the_name_only(kit: Kit) -> None:
    uuid = kit.vni_range(kit.pool(end=0), 5, 6)
    kit.run(actions_pool.update_range, actions_pool.UpdateVniRange(uuid=uuid, name="new"))
    found = kit.get(VniRange, uuid)
    assert (found.name, found.start_vni, found.end_vni) == ("new", 5, 6)


def test_vni_is_taken_from_the_ranges_until_they_are_full(kit: Kit) -> None:
    pool = kit.pool(start=10, end=12)
    kit.vni_range(pool, 20, 20)
    networks = [kit.get(L2Network, kit.vxlan(pool)) for _ in range(4)]
    assert {network.vni for network in networks} == {10, 11, 12, 20}
    assert all(network.virtual_network_id == network.vni for network in networks)
    with kit.refused("L2.1001", "no free VNI"):
        kit.vxlan(pool)


def test_no_range_is_no_vni(kit: Kit) -> None:
    pool = kit.pool(end=0)
    with kit.refused("L2.1001"):
        kit.vxlan(pool)


def test_vni_zero_of_a_range_is_never_handed_out(kit: Kit) -> None:
    pool = kit.pool(start=0, end=1)
    assert kit.get(L2Network, kit.vxlan(pool)).vni == 1
    with kit.refused("L2.1001"):
        kit.vxlan(pool)


def test_asked_vni(kit: Kit) -> None:
    pool = kit.pool()
    assert kit.get(L2Network, kit.vxlan(pool, vni=150)).vni == 150
    with kit.refused("L2.1001", "taken"):
        kit.vxlan(pool, vni=150)
    with kit.refused("L2.1001", "no VNI range"):
        kit.vxlan(pool, vni=200)


def test_vni_is_free_again_after_delete(kit: Kit) -> None:
    pool = kit.pool(start=7, end=7)
    for _ in range(2):
        network = kit.vxlan(pool)
        kit.run(actions_network.delete, actions_network.DeleteL2Network(uuid=network))


def test_net_ids_are_unique_over_pools(kit: Kit) -> None:
    one, two = kit.pool("one"), kit.pool("two")
    ids = [kit.get(L2Network, uuid).net_id for uuid in (kit.vxlan(one), kit.vxlan(two), kit.no_vlan())]
    assert len(set(ids)) == 3
    assert all(0 < number <= NET_ID_MAX for number in ids)


def test_zone_must_be_the_pools(kit: Kit) -> None:
    pool = kit.pool()
    with kit.refused("SYS.1007", "zone"):
        kit.make(
            actions_network.create_vxlan,
            actions_network.CreateL2VxlanNetwork(name="n", pool_uuid=pool, zone_uuid=kit.cluster),
        )


def test_network_inherits_the_pools_clusters(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    network = kit.vxlan(pool)
    assert [ref.cluster_uuid for ref in kit.all(L2ClusterRef, l2_network_uuid=network)] == [kit.cluster]


def test_delete_range_deletes_its_networks(kit: Kit) -> None:
    pool = kit.pool(start=100, end=199)
    inner, outer = kit.vni_range(pool, 300, 301), kit.vxlan(pool, vni=150)
    gone = kit.vxlan(pool, vni=300)
    kit.run(actions_pool.delete_range, actions_pool.DeleteVniRange(uuid=inner))
    assert [network.uuid for network in kit.all(L2Network, pool_uuid=pool)] == [outer]
    assert not kit.all(L2ClusterRef, l2_network_uuid=gone)


def test_delete_range_in_use_leaves_everything(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    kit.vxlan(pool, "free")
    kit.l3(kit.vxlan(pool, "used"), "subnet-a")
    vni_range = kit.all(VniRange)[0].uuid
    with kit.refused("SYS.1006", "subnet-a"):
        kit.run(actions_pool.delete_range, actions_pool.DeleteVniRange(uuid=vni_range))


def test_delete_pool_deletes_its_networks_first(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    kit.vxlan(pool)
    kit.run(actions_network.delete, actions_network.DeleteL2Network(uuid=pool))
    for doc in (L2Network, L2ClusterRef, VniRange, Vtep):
        assert not kit.all(doc), doc
    assert kit.write(lambda tx: tx.tags(pool)) == []


def test_delete_pool_in_use_leaves_everything(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    kit.l3(kit.vxlan(pool), "subnet-a")
    with kit.refused("SYS.1006", "subnet-a"):
        kit.run(actions_network.delete, actions_network.DeleteL2Network(uuid=pool))


def test_update_network(kit: Kit) -> None:
    uuid = kit.no_vlan()
    kit.run(actions_network.update, actions_network.UpdateL2Network(uuid=uuid, name="new"))
    kit.run(actions_network.update, actions_network.UpdateL2Network(uuid=uuid, description="text"))
    found = kit.get(L2Network, uuid)
    assert (found.name, found.description) == ("new", "text")


def test_types(kit: Kit) -> None:
    found = kit.run(actions_network.get_types, actions_network.GetL2NetworkTypes())
    assert found.body == {"types": ["L2NoVlanNetwork", "L2VlanNetwork", "VxlanNetworkPool", "VxlanNetwork"]}
    assert kit.run(actions_network.get_v_switch_types, actions_network.GetVSwitchTypes()).body == {
        "types": ["LinuxBridge"]
    }
