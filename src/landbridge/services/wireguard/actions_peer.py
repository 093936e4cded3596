"""WireGuard peers: sites and people at the other ends.  They are not ZStack's."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Annotated

from landbridge.core import x25519
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.core.tunnels import networks, require_apart
from landbridge.core.uses import FarNetworks
from landbridge.core.view import View
from landbridge.core.waiting import at_vip
from landbridge.model.documents.vip import VipPeer
from landbridge.model.errors import argerr
from landbridge.model.net import is_ipv4
from landbridge.services.wireguard.actions import NAME
from landbridge.services.wireguard.documents import WIREGUARD, WIREGUARD_PEER, WireGuardConnection, WireGuardPeer

_PACKAGE = "org.landbridge"
_PATH = "/wireguard-connections/peers"
_ENDPOINT = re.compile(r"([0-9.]+):([0-9]{1,5})")
_LAST_PORT = 65535


class CreateWireGuardPeer(CreateRequest, kw_only=True):
    """Let a peer use a connection: a site with an endpoint, or somebody on the road."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    connection_uuid: Annotated[str, P(help="the connection", ref=WIREGUARD.vo)]
    public_key: Annotated[str, P(help="the peer's, Base64")]
    allowed_cidrs: Annotated[list[str], P(help="networks or addresses at its end", nonempty=True)]
    preshared_key: Annotated[str | None, P(help="a secret that both have besides, Base64", secret=True)] = None
    endpoint: Annotated[str | None, P(help="ADDRESS:PORT where it is reached; else it comes to us")] = None
    persistent_keepalive: Annotated[int | None, P(help="seconds between signs of life", low=1, high=65535)] = None


class UpdateWireGuardPeer(Request, kw_only=True):
    """Change a peer; absent parameters stay as they are."""

    uuid: Annotated[str, P(help="the peer", ref=WIREGUARD_PEER.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None
    allowed_cidrs: Annotated[list[str] | None, P(help="networks or addresses at its end", nonempty=True)] = None
    endpoint: Annotated[str | None, P(help="ADDRESS:PORT where it is reached")] = None
    persistent_keepalive: Annotated[int | None, P(help="seconds between signs of life", low=1, high=65535)] = None


class ChangeWireGuardPeerState(Request, kw_only=True):
    """Enable or disable a peer; a disabled one is not known to the vrouter."""

    uuid: Annotated[str, P(help="the peer", ref=WIREGUARD_PEER.vo)]
    state_event: Annotated[str, P(help="enable or disable", values=("enable", "disable"))]


class DeleteWireGuardPeer(DeleteRequest, kw_only=True):
    """Delete a peer."""


def create(ctx: Context, req: CreateWireGuardPeer) -> Outcome:
    """SYS.1007 for a key that is none or is known already, and for networks that overlap others."""
    tx = ctx.tx
    connection = tx.need(WireGuardConnection, req.connection_uuid)
    for name, key in (("publicKey", req.public_key), ("presharedKey", req.preshared_key)):
        if key is not None and not x25519.is_key(key):
            raise argerr(f"{name} is not 32 bytes in Base64, as wg makes them")
    if any(peer.public_key == req.public_key for peer in _peers(tx, connection)):
        raise argerr(f"connection[uuid:{connection.uuid}, name:{connection.name}] has a peer with this publicKey")
    peer = WireGuardPeer(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        connection_uuid=connection.uuid,
        public_key=req.public_key,
        allowed_cidrs=tuple(req.allowed_cidrs),
        preshared_key=req.preshared_key,
        endpoint=_endpoint(req.endpoint),
        persistent_keepalive=req.persistent_keepalive,
    )
    peer.allowed_cidrs = _allowed(tx, connection, peer)
    tx.put(peer)
    return at_vip(tx, connection.vip_uuid, (WIREGUARD_PEER, peer.uuid))


def update(ctx: Context, req: UpdateWireGuardPeer) -> Outcome:
    """As at its creation."""
    tx = ctx.tx
    peer = tx.need(WireGuardPeer, req.uuid)
    connection = tx.need(WireGuardConnection, peer.connection_uuid)
    rename(peer, req)
    peer.endpoint = peer.endpoint if req.endpoint is None else _endpoint(req.endpoint)
    peer.persistent_keepalive = req.persistent_keepalive or peer.persistent_keepalive
    if req.allowed_cidrs is not None:
        peer.allowed_cidrs = tuple(req.allowed_cidrs)
        peer.allowed_cidrs = _allowed(tx, connection, peer)
    tx.put(peer)
    return at_vip(tx, connection.vip_uuid, (WIREGUARD_PEER, peer.uuid))


def change_state(ctx: Context, req: ChangeWireGuardPeerState) -> Outcome:
    """In force when the job ends."""
    peer = ctx.tx.need(WireGuardPeer, req.uuid)
    peer.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(peer)
    connection = ctx.tx.need(WireGuardConnection, peer.connection_uuid)
    return at_vip(ctx.tx, connection.vip_uuid, (WIREGUARD_PEER, peer.uuid))


def delete(ctx: Context, req: DeleteWireGuardPeer) -> Outcome:
    """The job ends when the vrouter does not know it any more."""
    peer = ctx.tx.need(WireGuardPeer, req.uuid)
    connection = ctx.tx.need(WireGuardConnection, peer.connection_uuid)
    ctx.tx.delete(peer)
    outcome = at_vip(ctx.tx, connection.vip_uuid, (WIREGUARD, connection.uuid))
    return Outcome(wait=outcome.wait, failed=outcome.failed, everywhere=outcome.everywhere)


def _peers(view: View, connection: WireGuardConnection) -> list[WireGuardPeer]:
    return view.find(WireGuardPeer, connection_uuid=connection.uuid)


def _allowed(view: View, connection: WireGuardConnection, peer: WireGuardPeer) -> tuple[str, ...]:
    """Its networks; nobody else's, and none of ours."""
    others = [cidr for other in _peers(view, connection) if other.uuid != peer.uuid for cidr in other.allowed_cidrs]
    found = networks(peer.allowed_cidrs, "allowedCidrs")
    networks((*others, *found), "allowedCidrs")
    require_apart(view, found, connection.l3_network_uuids, "allowedCidrs", NAME)
    return found


def _endpoint(text: str | None) -> str | None:
    if text is None:
        return None
    found = _ENDPOINT.fullmatch(text)
    if not found or not is_ipv4(found[1]) or not 0 < int(found[2]) <= _LAST_PORT:
        raise argerr(f"endpoint[{text}] is not ADDRESS:PORT, like 198.51.100.7:51820")
    return text


def far_networks(view: View, l3_uuid: str) -> Iterator[FarNetworks]:
    """What peers lead a subnet to."""
    for service_uuid in view.distinct(VipPeer, "service_uuid", l3_network_uuid=l3_uuid):
        for peer in view.find(WireGuardPeer, connection_uuid=service_uuid):
            cidrs = tuple(IPv4Network(text) for text in peer.allowed_cidrs)
            yield FarNetworks(f"WireGuard peer[uuid:{peer.uuid}, name:{peer.name}]", cidrs)


ACTIONS = (
    action("CreateWireGuardPeer", "POST", _PATH, create, CreateWireGuardPeer,
           message=f"{_PACKAGE}.APICreateWireGuardPeerMsg", kind=WIREGUARD_PEER),
    action("UpdateWireGuardPeer", "PUT", f"{_PATH}/{{uuid}}/actions", update, UpdateWireGuardPeer,
           message=f"{_PACKAGE}.APIUpdateWireGuardPeerMsg", kind=WIREGUARD_PEER),
    action("ChangeWireGuardPeerState", "PUT", f"{_PATH}/{{uuid}}/actions", change_state, ChangeWireGuardPeerState,
           message=f"{_PACKAGE}.APIChangeWireGuardPeerStateMsg", kind=WIREGUARD_PEER),
    action("DeleteWireGuardPeer", "DELETE", f"{_PATH}/{{uuid}}", delete, DeleteWireGuardPeer,
           message=f"{_PACKAGE}.APIDeleteWireGuardPeerMsg", result="none", absent_ok=("uuid", WIREGUARD_PEER.vo)),
    query("QueryWireGuardPeer", _PATH, WIREGUARD_PEER, message=f"{_PACKAGE}.APIQueryWireGuardPeerMsg",
          help="Find WireGuard peers."),
)  # fmt: skip
