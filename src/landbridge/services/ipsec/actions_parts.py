"""Networks join a connection on either side, and leave it; the others' traffic goes on."""

from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import CreateRequest, P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.core.waiting import at_router, at_vip
from landbridge.model.documents.l3 import L3_NETWORK
from landbridge.model.documents.vip import Vip
from landbridge.model.errors import operr
from landbridge.services.ipsec import connections
from landbridge.services.ipsec.actions import PACKAGE
from landbridge.services.ipsec.documents import IPSEC_CONNECTION, IpsecConnection, IpsecL3Network, IpsecPeerCidr
from landbridge.services.ipsec.parts import add_networks, add_peers, network, serve


class AddRemoteCidrsToIPsecConnection(CreateRequest, kw_only=True):
    """Networks behind the peer join a connection."""

    uuid: Annotated[str, P(help="the connection", ref=IPSEC_CONNECTION.vo)]
    peer_cidrs: Annotated[list[str], P(help="the networks", nonempty=True)]


class RemoveRemoteCidrsFromIPsecConnection(Request, kw_only=True):
    """Networks behind the peer leave a connection."""

    uuid: Annotated[str, P(help="the connection", ref=IPSEC_CONNECTION.vo)]
    peer_cidrs: Annotated[list[str], P(help="the networks", nonempty=True)]


class AttachL3NetworksToIPsecConnection(CreateRequest, kw_only=True):
    """Subnets on our side join a connection."""

    uuid: Annotated[str, P(help="the connection", ref=IPSEC_CONNECTION.vo)]
    l3_network_uuids: Annotated[list[str], P(help="the subnets", ref=L3_NETWORK.vo)]


class DetachL3NetworksFromIPsecConnection(Request, kw_only=True):
    """Subnets on our side leave a connection."""

    uuid: Annotated[str, P(help="the connection", ref=IPSEC_CONNECTION.vo)]
    l3_network_uuids: Annotated[list[str], P(help="the subnets")]


def add(ctx: Context, req: AddRemoteCidrsToIPsecConnection) -> Outcome:
    """All of them or none."""
    connection = ctx.tx.need(IpsecConnection, req.uuid)
    add_peers(ctx.tx, connection, req.peer_cidrs)
    return _sound(ctx, connection)


def remove(ctx: Context, req: RemoveRemoteCidrsFromIPsecConnection) -> Outcome:
    """SYS.1006 for one that is not there."""
    connection = ctx.tx.need(IpsecConnection, req.uuid)
    for cidr in dict.fromkeys(map(network, req.peer_cidrs)):
        peer = ctx.tx.first(IpsecPeerCidr, connection_uuid=connection.uuid, cidr=str(cidr))
        if peer is None:
            raise operr(f"peer CIDR[{cidr}] is not in {connections.named(connection)}")
        ctx.tx.delete(peer)
    return at_vip(ctx.tx, connection.vip_uuid, (IPSEC_CONNECTION, connection.uuid))


def attach(ctx: Context, req: AttachL3NetworksToIPsecConnection) -> Outcome:
    """All of them or none; one that is there already changes nothing."""
    connection = ctx.tx.need(IpsecConnection, req.uuid)
    add_networks(ctx.tx, connection, req.l3_network_uuids)
    return _sound(ctx, connection)


def detach(ctx: Context, req: DetachL3NetworksFromIPsecConnection) -> Outcome:
    """SYS.1006 for one that is not there.  With the last one the VIP may have no vrouter any more."""
    tx = ctx.tx
    connection = tx.need(IpsecConnection, req.uuid)
    router = vips.router_for(tx, tx.need(Vip, connection.vip_uuid))
    for l3_uuid in dict.fromkeys(req.l3_network_uuids):
        ref = tx.first(IpsecL3Network, connection_uuid=connection.uuid, l3_network_uuid=l3_uuid)
        if ref is None:
            raise operr(f"L3 network[uuid:{l3_uuid}] is not in {connections.named(connection)}")
        tx.delete(ref)
    serve(tx, connection)
    return at_router(tx, router, inventory=(IPSEC_CONNECTION, connection.uuid))


def _sound(ctx: Context, connection: IpsecConnection) -> Outcome:
    connections.require_sound(ctx.tx, connection)
    return at_vip(ctx.tx, connection.vip_uuid, (IPSEC_CONNECTION, connection.uuid))


ACTIONS = (
    action("AddRemoteCidrsToIPsecConnection", "POST", "/ipsec/{uuid}/remote-cidrs", add,
           AddRemoteCidrsToIPsecConnection, message=f"{PACKAGE}.APIAddRemoteCidrsToIPsecConnectionMsg",
           kind=IPSEC_CONNECTION),
    action("RemoveRemoteCidrsFromIPsecConnection", "DELETE", "/ipsec/{uuid}/remote-cidrs", remove,
           RemoveRemoteCidrsFromIPsecConnection,
           message=f"{PACKAGE}.APIRemoveRemoteCidrsFromIPsecConnectionMsg", kind=IPSEC_CONNECTION),
    action("AttachL3NetworksToIPsecConnection", "POST", "/ipsec/{uuid}/l3networks", attach,
           AttachL3NetworksToIPsecConnection, message=f"{PACKAGE}.APIAttachL3NetworksToIPsecConnectionMsg",
           kind=IPSEC_CONNECTION),
    action("DetachL3NetworksFromIPsecConnection", "DELETE", "/ipsec/{uuid}/l3networks", detach,
           DetachL3NetworksFromIPsecConnection,
           message=f"{PACKAGE}.APIDetachL3NetworksFromIPsecConnectionMsg", kind=IPSEC_CONNECTION),
)  # fmt: skip
