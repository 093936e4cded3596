"""Projection `wireguard`, key (connection,): the tunnel, at the vrouter that has its VIP."""

from collections.abc import Iterable, Iterator

from landbridge.core import vips
from landbridge.core.service import Change, Placed, Projected, Projection, SourceKey
from landbridge.core.tunnels import local_cidrs
from landbridge.core.view import View
from landbridge.model.documents.l3 import IpRange
from landbridge.model.documents.vip import Vip, VipPeer
from landbridge.model.documents.vm import VmNic
from landbridge.model.router_node import TunnelPeer, WireGuard
from landbridge.services.wireguard.documents import WireGuardConnection, WireGuardPeer

_NAME_DIGITS = 10


def tunnel(view: View, key: SourceKey) -> Iterator[Projected]:
    """Nothing while it is disabled, or its VIP is nowhere."""
    found = view.get(WireGuardConnection, key[0])
    if found is None or found.state != "Enabled":
        return
    vip = view.need(Vip, found.vip_uuid)
    router = vips.router_for(view, vip)
    if router is None or vips.leg_of(view, router, vip) is None:
        return
    peers = view.find(WireGuardPeer, connection_uuid=found.uuid)
    value = WireGuard(
        interface=f"wg{found.uuid[:_NAME_DIGITS]}",
        vip_ip=vip.ip,
        port=found.listen_port,
        private_key=found.private_key,
        networks=local_cidrs(view, found.l3_network_uuids),
        peers=tuple(_peer(peer) for peer in peers if peer.state == "Enabled"),
        address=found.address,
    )
    yield Placed(f"router:{router.uuid}", f"wireguard/{found.uuid}", value)


def _peer(peer: WireGuardPeer) -> TunnelPeer:
    return TunnelPeer(
        public_key=peer.public_key,
        allowed=peer.allowed_cidrs,
        preshared_key=peer.preshared_key,
        endpoint=peer.endpoint,
        keepalive=peer.persistent_keepalive or 0,
    )


def _itself(view: View, change: Change) -> Iterator[SourceKey]:
    for found in (change.old, change.new):
        if isinstance(found, WireGuardConnection):
            yield (found.uuid,)
        elif isinstance(found, WireGuardPeer):
            yield (found.connection_uuid,)
        elif isinstance(found, VipPeer):
            yield from _on(view, (found.vip_uuid,))


def _range_changed(view: View, change: Change) -> Iterable[SourceKey]:
    found = change.new or change.old
    if not isinstance(found, IpRange):
        return ()
    return _on(view, view.distinct(VipPeer, "vip_uuid", l3_network_uuid=found.l3_network_uuid))


def _nic_changed(view: View, change: Change) -> Iterable[SourceKey]:
    return _on(view, vips.concerned(view, change))


def _on(view: View, vip_uuids: Iterable[str]) -> list[SourceKey]:
    uuids = tuple(vip_uuids)
    return [(found.uuid,) for found in view.find(WireGuardConnection, vip_uuid=uuids)] if uuids else []


TUNNEL = Projection(
    name="wireguard",
    project=tunnel,
    affected={
        WireGuardConnection: _itself,
        WireGuardPeer: _itself,
        VipPeer: _itself,
        IpRange: _range_changed,
        VmNic: _nic_changed,
    },
    keys=lambda view: [(found.uuid,) for found in view.find(WireGuardConnection)],
)
