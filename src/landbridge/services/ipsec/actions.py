"""IPsec connections: made on a VIP, enabled and disabled, deleted."""

from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import DeleteRequest, P, Request, action, query
from landbridge.core.attached import Attached, attached
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.core.waiting import at_router, at_vip
from landbridge.model.documents.l3 import L3_NETWORK
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.errors import operr
from landbridge.services.ipsec import connections
from landbridge.services.ipsec.documents import IPSEC_CONNECTION, IpsecConnection
from landbridge.services.ipsec.parts import add_networks, add_peers
from landbridge.services.ipsec.proposals import Proposals, fields

PACKAGE = "org.zstack.ipsec"


class CreateIPsecConnection(Proposals, kw_only=True):
    """Join subnets of a VPC and networks behind a peer through a tunnel between a VIP and the peer."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    vip_uuid: Annotated[str, P(help="our end", ref=VIP.vo)]
    l3_network_uuid: Annotated[str | None, P(help="the first subnet on our side", ref=L3_NETWORK.vo)] = None
    peer_cidrs: Annotated[list[str] | None, P(help="networks behind the peer", nonempty=True)] = None


class UpdateIPsecConnection(Request, kw_only=True):
    """Change a connection's name or description."""

    uuid: Annotated[str, P(help="the connection", ref=IPSEC_CONNECTION.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class ChangeIPSecConnectionState(Request, kw_only=True):
    """Enable or disable a connection; a disabled one carries nothing."""

    uuid: Annotated[str, P(help="the connection", ref=IPSEC_CONNECTION.vo)]
    state_event: Annotated[str, P(help="enable or disable", values=("enable", "disable"))]


class DeleteIPsecConnection(DeleteRequest, kw_only=True):
    """Delete a connection; its tunnel ends."""


class GetVpcAttachedIpsec(Attached, kw_only=True):
    """The IPsec connections that a vrouter does."""


def create(ctx: Context, req: CreateIPsecConnection) -> Outcome:
    """SYS.1006 on a VIP that is disabled, an EIP's, or has a connection to the peer; else as `connections` says.

    The job ends when the vrouter tries; whether the peer answers is GetIPsecConnectionStatus's to tell.
    """
    tx = ctx.tx
    vip = tx.need(Vip, req.vip_uuid)
    vips.require_enabled(vip)
    connection = IpsecConnection(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        vip_uuid=vip.uuid,
        **fields(req, vip.ip),
    )
    require_only(ctx, connection)
    tx.put(connection)
    connections.take_vip(tx, connection)
    add_peers(tx, connection, req.peer_cidrs or ())
    add_networks(tx, connection, (req.l3_network_uuid,) if req.l3_network_uuid else ())
    connections.require_sound(tx, connection)
    return at_vip(tx, vip.uuid, (IPSEC_CONNECTION, connection.uuid))


def update(ctx: Context, req: UpdateIPsecConnection) -> Outcome:
    """Absent parameters stay as they are."""
    connection = ctx.tx.need(IpsecConnection, req.uuid)
    rename(connection, req)
    ctx.tx.put(connection)
    return Outcome(inventory=(IPSEC_CONNECTION, connection.uuid))


def change_state(ctx: Context, req: ChangeIPSecConnectionState) -> Outcome:
    """It keeps its VIP and its networks."""
    connection = ctx.tx.need(IpsecConnection, req.uuid)
    connection.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(connection)
    return at_vip(ctx.tx, connection.vip_uuid, (IPSEC_CONNECTION, connection.uuid))


def delete(ctx: Context, req: DeleteIPsecConnection) -> Outcome:
    """The job ends when its vrouter no longer does it."""
    connection = ctx.tx.need(IpsecConnection, req.uuid)
    router = vips.router_for(ctx.tx, ctx.tx.need(Vip, connection.vip_uuid))
    connections.remove(ctx.tx, connection)
    return at_router(ctx.tx, router)


def require_only(ctx: Context, connection: IpsecConnection) -> None:
    """SYS.1006 when the VIP has another connection to the peer."""
    found = ctx.tx.find(IpsecConnection, vip_uuid=connection.vip_uuid, peer_address=connection.peer_address)
    for other in found:
        if other.uuid != connection.uuid:
            vip = ctx.tx.need(Vip, connection.vip_uuid)
            raise operr(
                f"{vips.named(vip)} has {connections.named(other)} to peer[{connection.peer_address}] already: "
                "add networks and CIDRs to that"
            )


ACTIONS = (
    action("CreateIPsecConnection", "POST", "/ipsec", create, CreateIPsecConnection,
           message=f"{PACKAGE}.APICreateIPsecConnectionMsg", kind=IPSEC_CONNECTION),
    action("UpdateIPsecConnection", "PUT", "/ipsec/{uuid}", update, UpdateIPsecConnection,
           message=f"{PACKAGE}.APIUpdateIPsecConnectionMsg", kind=IPSEC_CONNECTION),
    action("ChangeIPSecConnectionState", "PUT", "/ipsec/{uuid}/actions", change_state, ChangeIPSecConnectionState,
           message=f"{PACKAGE}.APIChangeIPSecConnectionStateMsg", kind=IPSEC_CONNECTION),
    action("DeleteIPsecConnection", "DELETE", "/ipsec/{uuid}", delete, DeleteIPsecConnection,
           message=f"{PACKAGE}.APIDeleteIPsecConnectionMsg", result="none",
           absent_ok=("uuid", IPSEC_CONNECTION.vo)),
    attached(GetVpcAttachedIpsec, "attached-ipsec", IPSEC_CONNECTION, connections.USE),
    query("QueryIPSecConnection", "/ipsec", IPSEC_CONNECTION,
          message=f"{PACKAGE}.APIQueryIPSecConnectionMsg", help="Find IPsec connections."),
)  # fmt: skip
