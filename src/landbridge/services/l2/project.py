"""Projection `host-network`, key (host, L2 network): what a host with a NIC on the network has.

The network itself in the host's scope; for VXLAN also the host's VTEP in the network's flood
list, and the host's part in that list.  A host without a NIC on the network has nothing of it, but for a while
after its last one has moved away.
"""

from collections.abc import Iterable, Iterator

from landbridge.core import mtu, relays
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey, Subscribed, View
from landbridge.model.documents.account import GlobalConfig
from landbridge.model.documents.l2 import NO_VLAN, VXLAN, L2ClusterRef, L2Network, Vtep
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vm import NicRelay, VmNic
from landbridge.model.net import VXLAN_PORT
from landbridge.model.node import BridgeNetwork, FloodPeer, VxlanNetwork


def project(view: View, key: SourceKey) -> Iterator[Projected]:
    """The node objects of one host's part in one network."""
    host, uuid = key
    l2 = view.get(L2Network, uuid)
    if l2 is None or not relays.has_network(view, host, uuid):
        return
    if l2.type == NO_VLAN:
        bridge = BridgeNetwork(
            l2_uuid=uuid,
            net_id=l2.net_id,
            physical_interface=l2.physical_interface,
            mtu=mtu.l2_mtu(view, l2),
        )
        yield Placed(f"host:{host}", f"l2/{uuid}", bridge)
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
        vtep_cidrs=tuple(sorted({ref.cidr for ref in _attachments(view, l2.pool_uuid) if ref.cidr})),
    )
    yield Placed(f"host:{host}", f"l2/{uuid}", overlay)
    yield Placed(f"net:{uuid}", f"flood/{uuid}/{host}", FloodPeer(l2_uuid=uuid, vtep_ip=vtep.vtep_ip))
    yield Subscribed(host, f"net:{uuid}")


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


def _attachments(view: View, pool_uuid: str | None) -> list[L2ClusterRef]:
    return view.find(L2ClusterRef, l2_network_uuid=pool_uuid)


def _attachment_changed(view: View, change: Change) -> Iterator[SourceKey]:
    """Another cluster has VTEPs of the pool: whoever is in a network of it has to hear them."""
    ref = change.new or change.old
    if isinstance(ref, L2ClusterRef) and ref.cidr:
        for l2 in view.find(L2Network, pool_uuid=ref.l2_network_uuid):
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
    networks = view.find(L2Network, type=(NO_VLAN, VXLAN))
    return {key for network in networks for key in _hosts_of(view, network.uuid)}


HOST_NETWORK = Projection(
    name="host-network",
    project=project,
    affected={
        VmNic: _nic_changed,
        NicRelay: _relay_changed,
        Vtep: _vtep_changed,
        L2ClusterRef: _attachment_changed,
        L3Network: _l3_changed,
        GlobalConfig: _config_changed,
    },
    keys=keys,
)
"""No change of an `L2Network` itself matters here: what is used of it never changes while NICs are on it."""
