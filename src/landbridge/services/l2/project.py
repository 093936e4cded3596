"""Projection `host-network`, key (host, L2 network): what a host with a NIC on the network has.

The network itself in the host's scope; for VXLAN also the host's VTEP in the network's flood
list, and the host's part in that list.  A host without a NIC on the network has nothing of it, but for a while
after its last one has moved away.
"""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network, collapse_addresses

from landbridge.core import mtu, relays
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey, Subscribed
from landbridge.core.view import View
from landbridge.model.documents.account import GlobalConfig
from landbridge.model.documents.l2 import NO_VLAN, VLAN, VXLAN, L2ClusterRef, L2Network, RemoteVtep, Vtep
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vm import NicRelay, VmNic
from landbridge.model.net import VXLAN_PORT
from landbridge.model.node import AnyNetwork, BridgeNetwork, FloodPeer, VlanNetwork, VxlanNetwork


def project(view: View, key: SourceKey) -> Iterator[Projected]:
    """The node objects of one host's part in one network."""
    host, uuid = key
    l2 = view.get(L2Network, uuid)
    if l2 is None or not relays.has_network(view, host, uuid):
        return
    if l2.type in (NO_VLAN, VLAN):
        yield Placed(f"host:{host}", f"l2/{uuid}", _physical(view, l2))
        return
    vtep = view.first(Vtep, host_uuid=host, pool_uuid=l2.pool_uuid)
    if vtep is None or l2.vni is None:
        return
    overlay = VxlanNetwork(
        l2_uuid=uuid,
        net_id=l2.net_id,
        vni=l2.vni,
        vtep_ip=vtep.vtep_ip,
        port=vtep.port or VXLAN_PORT,
        mtu=mtu.l2_mtu(view, l2),
        vtep_cidrs=_vtep_cidrs(view, l2.pool_uuid),
    )
    yield Placed(f"host:{host}", f"l2/{uuid}", overlay)
    yield Placed(f"net:{uuid}", f"flood/{uuid}/{host}", FloodPeer(l2_uuid=uuid, vtep_ip=vtep.vtep_ip))
    for remote in view.find(RemoteVtep, pool_uuid=l2.pool_uuid, cluster_uuid=vtep.cluster_uuid):
        yield Placed(f"host:{host}", f"flood/{uuid}/{remote.uuid}", FloodPeer(l2_uuid=uuid, vtep_ip=remote.vtep_ip))
    yield Subscribed(host, f"net:{uuid}")


def _physical(view: View, l2: L2Network) -> AnyNetwork:
    interface, size = l2.physical_interface, mtu.l2_mtu(view, l2)
    if l2.vlan is None:
        return BridgeNetwork(l2_uuid=l2.uuid, net_id=l2.net_id, physical_interface=interface, mtu=size)
    return VlanNetwork(l2_uuid=l2.uuid, net_id=l2.net_id, physical_interface=interface, vlan=l2.vlan, mtu=size)


def _network_changed(view: View, change: Change) -> Iterable[SourceKey]:
    """Only a VLAN network's tag changes while NICs are on it."""
    old, new = change.old, change.new
    if isinstance(old, L2Network) and isinstance(new, L2Network) and (old.type, old.vlan) != (new.type, new.vlan):
        return _hosts_of(view, new.uuid)
    return ()


def _nic_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for nic in (change.old, change.new):
        if isinstance(nic, VmNic):
            for host in relays.places(nic):
                yield host, nic.l2_network_uuid


def _relay_changed(_view: View, change: Change) -> Iterator[SourceKey]:
    for relay in (change.old, change.new):
        if isinstance(relay, NicRelay):
            yield relay.host_uuid, relay.l2_network_uuid


def _vtep_changed(view: View, change: Change) -> Iterator[SourceKey]:
    for vtep in (change.old, change.new):
        if isinstance(vtep, Vtep):
            for l2_uuid in relays.networks_on(view, vtep.host_uuid):
                yield vtep.host_uuid, l2_uuid


def _vtep_cidrs(view: View, pool_uuid: str | None) -> tuple[str, ...]:
    """Where tunnels of a pool may come from, whatever the cluster."""
    cidrs = {ref.cidr for ref in view.find(L2ClusterRef, l2_network_uuid=pool_uuid) if ref.cidr}
    remotes = {f"{remote.vtep_ip}/32" for remote in view.find(RemoteVtep, pool_uuid=pool_uuid)}
    return tuple(sorted(map(str, collapse_addresses(map(IPv4Network, cidrs | remotes)))))


def _attachment_changed(view: View, change: Change) -> Iterator[SourceKey]:
    """Another cluster has VTEPs of the pool: whoever is in a network of it has to hear them."""
    ref = change.new or change.old
    if isinstance(ref, L2ClusterRef) and ref.cidr:
        for l2 in view.find(L2Network, pool_uuid=ref.l2_network_uuid):
            yield from _hosts_of(view, l2.uuid)


def _remote_changed(view: View, change: Change) -> Iterator[SourceKey]:
    remote = change.new or change.old
    if isinstance(remote, RemoteVtep):
        for l2 in view.find(L2Network, pool_uuid=remote.pool_uuid):
            yield from _hosts_of(view, l2.uuid)


def _l3_changed(view: View, change: Change) -> Iterable[SourceKey]:
    before, after = ((l3.mtu if isinstance(l3, L3Network) else None) for l3 in (change.old, change.new))
    l3 = change.new or change.old
    if before == after or not isinstance(l3, L3Network):
        return ()
    return _hosts_of(view, l3.l2_network_uuid)


def _config_changed(view: View, change: Change) -> Iterable[SourceKey]:
    config = change.new or change.old
    if isinstance(config, GlobalConfig) and config.category == mtu.CATEGORY:
        return keys(view)
    return ()


def _hosts_of(view: View, l2_uuid: str) -> set[SourceKey]:
    return {(host, l2_uuid) for host in relays.hosts_of(view, l2_uuid)}


def keys(view: View) -> set[SourceKey]:
    """Every (host, network) with a NIC."""
    networks = view.find(L2Network, type=(NO_VLAN, VLAN, VXLAN))
    return {key for network in networks for key in _hosts_of(view, network.uuid)}


HOST_NETWORK = Projection(
    name="host-network",
    project=project,
    affected={
        VmNic: _nic_changed,
        NicRelay: _relay_changed,
        Vtep: _vtep_changed,
        L2Network: _network_changed,
        L2ClusterRef: _attachment_changed,
        RemoteVtep: _remote_changed,
        L3Network: _l3_changed,
        GlobalConfig: _config_changed,
    },
    keys=keys,
)
