"""A connection's proposals are changed, and a connection begins anew: its tunnel is made again."""

from typing import Annotated

import msgspec

from landbridge.core.api import P, Request, action
from landbridge.core.service import Context, Outcome
from landbridge.core.waiting import at_vip
from landbridge.model.documents.vip import Vip
from landbridge.services.ipsec import connections
from landbridge.services.ipsec.actions import PACKAGE, require_only
from landbridge.services.ipsec.documents import IPSEC_CONNECTION, IpsecConnection
from landbridge.services.ipsec.proposals import Proposals, fields


class ChangeIPsecConnection(Proposals, kw_only=True):
    """Give a connection another peer, key or proposals; what is not given becomes the default."""

    uuid: Annotated[str, P(help="the connection", ref=IPSEC_CONNECTION.vo)]


class ReconnectIPsecConnection(Request, kw_only=True):
    """End a connection's tunnel and make it again."""

    uuid: Annotated[str, P(help="the connection", ref=IPSEC_CONNECTION.vo)]


def change(ctx: Context, req: ChangeIPsecConnection) -> Outcome:
    """Refuses as creating does."""
    old = ctx.tx.need(IpsecConnection, req.uuid)
    vip = ctx.tx.need(Vip, old.vip_uuid)
    connection = msgspec.structs.replace(old, **fields(req, vip.ip))
    require_only(ctx, connection)
    connections.require_sound(ctx.tx, connection)
    ctx.tx.put(connection)
    return at_vip(ctx.tx, connection.vip_uuid, (IPSEC_CONNECTION, connection.uuid))


def reconnect(ctx: Context, req: ReconnectIPsecConnection) -> Outcome:
    """The job ends when the vrouter begins."""
    connection = ctx.tx.need(IpsecConnection, req.uuid)
    connection.generation += 1
    ctx.tx.put(connection)
    return at_vip(ctx.tx, connection.vip_uuid, (IPSEC_CONNECTION, connection.uuid))


ACTIONS = (
    action("ChangeIPsecConnection", "PUT", "/ipsec/config/{uuid}", change, ChangeIPsecConnection,
           message=f"{PACKAGE}.APIChangeIPsecConnectionMsg", kind=IPSEC_CONNECTION),
    action("ReconnectIPsecConnection", "PUT", "/ipsec/{uuid}/actions", reconnect, ReconnectIPsecConnection,
           message=f"{PACKAGE}.APIReconnectIPsecConnectionMsg", kind=IPSEC_CONNECTION),
)  # fmt: skip
