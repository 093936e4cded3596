"""Attachment to clusters: arguments, VTEPs, hosts that refuse, hosts that come later or move."""

from collections.abc import Iterator

import pytest

from landbridge.model.documents.l2 import L2ClusterRef, L2Network, Vtep
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.places import Host
from landbridge.services.l2 import actions_attach
from landbridge.services.l2.attach import host_changed
from landbridge.services.l3 import actions_options
from tests.unit.services.netkit import Kit, facts, interface, opened


@pytest.fixture
def kit() -> Iterator[Kit]:
    with opened(hosts=2) as kit:
        yield kit


def detach(kit: Kit, l2: str) -> None:
    request = actions_attach.DetachL2NetworkFromCluster(l2_network_uuid=l2, cluster_uuid=kit.cluster)
    kit.run(actions_attach.detach_action, request)


def vteps(kit: Kit, pool: str) -> dict[str, str]:
    return {vtep.host_uuid: vtep.vtep_ip for vtep in kit.all(Vtep, pool_uuid=pool)}


def test_every_connected_host_gets_a_vtep(kit: Kit) -> None:
    pool = kit.pool()
    network = kit.vxlan(pool)
    kit.attach(pool)
    assert vteps(kit, pool) == {kit.hosts[0]: "10.0.0.1", kit.hosts[1]: "10.0.0.2"}
    vtep = kit.all(Vtep)[0]
    assert (vtep.port, vtep.type, vtep.physical_interface) == (8472, "KVM_HOST_VXLAN", "eth1")
    refs = kit.all(L2ClusterRef, cluster_uuid=kit.cluster)
    assert {ref.l2_network_uuid: ref.cidr for ref in refs} == {pool: "10.0.0.0/24", network: None}
    tag = f"l2NetworkUuid::{pool}::clusterUuid::{kit.cluster}::cidr::{{10.0.0.0/24}}"
    assert kit.write(lambda tx: tx.tags(pool)) == [tag]


@pytest.mark.parametrize(
    "tag",
    ["", "cidr::{10.0.0.0/24}", "l2NetworkUuid::POOL::clusterUuid::CLUSTER::cidr::10.0.0.0/24"],
)
def test_tag_missing_or_wrong(kit: Kit, tag: str) -> None:
    pool = kit.pool()
    with kit.refused("SYS.1007", "cidr::{10.0.0.0/24}"):
        kit.attach(pool, tag=tag.replace("POOL", pool).replace("CLUSTER", kit.cluster))


@pytest.mark.parametrize("cidr", ["10.0.0.0", "10.0.0.0/33", "ten", ""])
def test_tag_with_what_is_no_cidr(kit: Kit, cidr: str) -> None:
    pool = kit.pool()
    with kit.refused("SYS.1007"):
        kit.attach(pool, cidr=cidr)


def test_tag_of_another_pool(kit: Kit) -> None:
    pool, other = kit.pool(), kit.pool("other")
    with kit.refused("SYS.1007"):
        kit.attach(pool, tag=f"l2NetworkUuid::{other}::clusterUuid::{kit.cluster}::cidr::{{10.0.0.0/24}}")


def test_attached_twice(kit: Kit) -> None:
    pool, flat = kit.pool(), kit.no_vlan()
    kit.attach(pool)
    kit.attach(flat)
    with kit.refused("SYS.1006", "has attached"):
        kit.attach(pool)
    with kit.refused("SYS.1006", "has attached"):
        kit.attach(flat)


def test_vxlan_network_itself_is_not_attached(kit: Kit) -> None:
    network = kit.vxlan(kit.pool())
    with kit.refused("SYS.1007", "attach the pool"):
        kit.attach(network)
    with kit.refused("SYS.1007", "detach the pool"):
        detach(kit, network)


def test_one_host_without_an_address_fails_the_whole_attachment(kit: Kit) -> None:
    pool = kit.pool()
    kit.vxlan(pool)
    kit.add_host(interface("eth1", "192.168.0.1/24"))
    with kit.refused("L2.1000", "host-3") as caught:
        kit.attach(pool)
    assert caught.value.cause is not None
    assert "can not find qualify interface" in caught.value.cause.details


def test_hosts_that_are_not_asked(kit: Kit) -> None:
    bad = interface("eth1", "192.168.0.1/24")
    kit.add_host(bad, status="Disconnected")
    kit.add_host(bad, state="Maintenance")
    kit.add_host(bad, state="PreMaintenance")
    disabled = kit.add_host(interface("eth1", "10.0.0.9/24"), state="Disabled")
    pool = kit.pool()
    kit.attach(pool)
    assert set(vteps(kit, pool)) == {*kit.hosts[:2], disabled}


def test_underlay_too_narrow(kit: Kit) -> None:
    kit.add_host(interface("eth1", "10.0.0.9/24", mtu=1400))
    pool = kit.pool()
    kit.l3(kit.vxlan(pool))
    with kit.refused("L2.1000", "1400", "1500"):
        kit.attach(pool)


def test_networks_are_made_for_the_narrowest_underlay(kit: Kit) -> None:
    """Who comes later has to carry what there is; a wider underlay changes nothing."""
    narrow = kit.add_host(interface("eth1", "10.0.0.9/24", mtu=1400), interface("eth0", mtu=1300))
    pool, flat, vlan = kit.pool(), kit.no_vlan(), kit.vlan(9)
    for l2 in (pool, flat, vlan):
        kit.attach(l2)
    l3s = [kit.l3(kit.vxlan(pool)), kit.l3(flat), kit.l3(vlan)]
    assert [kit.get(L3Network, l3).mtu for l3 in l3s] == [1350, 1300, 1300]
    kit.edit(Host, narrow, facts=facts(interface("eth1", "10.0.0.9/24", mtu=1399), interface("eth0", mtu=1300)))
    with kit.refused("SYS.1006", "1399", "1400"):
        kit.write(lambda tx: host_changed(tx, narrow))
    kit.edit(Host, narrow, facts=facts(interface("eth1", "10.0.0.9/24", mtu=9000), interface("eth0", mtu=1299)))
    with kit.refused("SYS.1006", "eth0", "1299", "1300"):
        kit.write(lambda tx: host_changed(tx, narrow))


def test_an_underlay_that_carries_next_to_nothing(kit: Kit) -> None:
    kit.add_host(interface("eth1", "10.0.0.9/24", mtu=625))
    pool = kit.pool()
    with kit.refused("L2.1000", "625", "626"):
        kit.attach(pool)


def test_underlay_too_narrow_for_a_network_of_the_pool(kit: Kit) -> None:
    pool = kit.pool()
    l3 = kit.l3(kit.vxlan(pool))
    kit.run(actions_options.set_mtu, actions_options.SetL3NetworkMtu(l3_network_uuid=l3, mtu=1551))
    with kit.refused("L2.1000", "1551", "1601"):
        kit.attach(pool)


def test_two_hosts_with_one_address(kit: Kit) -> None:
    kit.add_host(interface("eth1", "10.0.0.1/24"))
    pool = kit.pool()
    with kit.refused("L2.1000", "10.0.0.1", kit.hosts[0]):
        kit.attach(pool)


def test_no_vlan_needs_its_interface_on_every_host(kit: Kit) -> None:
    flat = kit.no_vlan(physical_interface="eth7")
    with kit.refused("L2.1000", "eth7", "host-1", "host-2"):
        kit.attach(flat)
    good = kit.no_vlan(physical_interface="eth0")
    kit.attach(good, tag="")
    assert kit.all(L2ClusterRef, l2_network_uuid=good)


def test_other_switch_on_the_same_interface(kit: Kit) -> None:
    one, two = kit.no_vlan("one"), kit.no_vlan("two", v_switch_type="OvsDpdk")
    kit.attach(one)
    with kit.refused("SYS.1007", "vSwitchType"):
        kit.attach(two)


def test_switch_that_hosts_do_not_have(kit: Kit) -> None:
    flat = kit.no_vlan(v_switch_type="MacVlan")
    with kit.refused("L2.1000", "LinuxBridge"):
        kit.attach(flat)


def test_each_cluster_has_its_own_cidr(kit: Kit) -> None:
    other = kit.add_cluster()
    host = kit.add_host(interface("eth1", "10.9.0.1/24"), cluster=other)
    pool = kit.pool()
    kit.attach(pool)
    kit.attach(pool, cluster=other, cidr="10.9.0.0/24")
    assert vteps(kit, pool)[host] == "10.9.0.1"


def test_detach_undoes_attach(kit: Kit) -> None:
    pool, flat = kit.pool(), kit.no_vlan()
    kit.vxlan(pool)
    for l2 in (pool, flat):
        before = kit.everything()
        kit.attach(l2)
        detach(kit, l2)
        assert kit.everything() == before


def test_detach_what_is_not_attached(kit: Kit) -> None:
    pool = kit.pool()
    with kit.refused("SYS.1006", "not attached"):
        detach(kit, pool)


def test_detach_leaves_other_clusters(kit: Kit) -> None:
    other = kit.add_cluster()
    host = kit.add_host(interface("eth1", "10.0.0.9/24"), cluster=other)
    pool = kit.pool()
    kit.attach(pool)
    kit.attach(pool, cluster=other)
    detach(kit, pool)
    assert vteps(kit, pool) == {host: "10.0.0.9"}


def test_detach_in_use_names_the_vm(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    kit.nic(kit.l3(kit.vxlan(pool)), host=kit.hosts[0])
    with kit.refused("SYS.1006", "vm-1"):
        detach(kit, pool)


def test_host_that_connects_later_gets_its_vtep(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    late = kit.add_host()
    kit.write(lambda tx: host_changed(tx, late))
    assert vteps(kit, pool)[late] == "10.0.0.3"


def test_reconnect_keeps_the_same_address(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    before = kit.all(Vtep)
    kit.edit(Host, kit.hosts[0], facts=facts(interface("eth5", "10.0.0.200/24", "10.0.0.1/24")))
    kit.write(lambda tx: host_changed(tx, kit.hosts[0]))
    after = kit.all(Vtep)
    assert [(v.uuid, v.vtep_ip) for v in after] == [(v.uuid, v.vtep_ip) for v in before]
    assert after[0].physical_interface == "eth5"


def test_reconnect_replaces_a_vtep_that_moved(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    old = kit.all(Vtep, host_uuid=kit.hosts[0])[0]
    kit.edit(Host, kit.hosts[0], facts=facts(interface("eth1", "10.0.0.77/24")))
    kit.write(lambda tx: host_changed(tx, kit.hosts[0]))
    assert vteps(kit, pool) == {kit.hosts[0]: "10.0.0.77", kit.hosts[1]: "10.0.0.2"}
    assert kit.all(Vtep, host_uuid=kit.hosts[0])[0].uuid != old.uuid


def test_reconnect_without_an_address_is_an_error(kit: Kit) -> None:
    kit.attach(kit.pool())
    kit.edit(Host, kit.hosts[0], facts=facts(interface("eth1")))
    with kit.refused("SYS.1006", "can not find qualify interface"):
        kit.write(lambda tx: host_changed(tx, kit.hosts[0]))


def test_reconnect_with_a_smaller_mtu_is_an_error(kit: Kit) -> None:
    pool = kit.pool()
    kit.attach(pool)
    kit.l3(kit.vxlan(pool))
    kit.edit(Host, kit.hosts[0], facts=facts(interface("eth1", "10.0.0.1/24", mtu=1499)))
    with kit.refused("SYS.1006", "1499", "1500"):
        kit.write(lambda tx: host_changed(tx, kit.hosts[0]))


def test_reconnect_without_the_no_vlan_interface_is_an_error(kit: Kit) -> None:
    kit.attach(kit.no_vlan())
    kit.edit(Host, kit.hosts[0], facts=facts(interface("eth1")))
    with kit.refused("SYS.1006", "eth0"):
        kit.write(lambda tx: host_changed(tx, kit.hosts[0]))


def test_candidates(kit: Kit) -> None:
    pool, flat, other = kit.pool(), kit.no_vlan(), kit.add_cluster()
    network = kit.vxlan(pool)
    kit.attach(pool)
    ask = actions_attach.GetCandidateClustersForAttachingL2Network
    found = {l2: kit.run(actions_attach.candidate_clusters, ask(l2_network_uuid=l2)) for l2 in (pool, flat, network)}
    uuids = {l2: outcome.inventories[1] if outcome.inventories else () for l2, outcome in found.items()}
    assert uuids == {pool: (other,), flat: (kit.cluster, other), network: ()}
    some = kit.run(
        actions_attach.candidate_networks,
        actions_attach.GetCandidateL2NetworksForAttachingCluster(cluster_uuid=kit.cluster),
    )
    assert some.inventories is not None
    assert some.inventories[1] == (flat,)
    assert kit.get(L2Network, flat).name == "flat"
