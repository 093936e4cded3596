"""Which networks a connection may have."""

from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import P, Request, action
from landbridge.core.nics import nics_of, router_of
from landbridge.core.page import page
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.l3 import L3_NETWORK, L3Network, NetworkServiceRef
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.documents.vm import VmInstance
from landbridge.services.ipsec import connections
from landbridge.services.ipsec.actions import PACKAGE
from landbridge.services.ipsec.documents import IPSEC_CONNECTION, IpsecConnection


class GetCandidateL3NetworksForIpSecConnection(Request, kw_only=True):
    """Networks that may join a connection, or one that is made on a VIP or a public network."""

    uuid: Annotated[str | None, P(help="the connection", ref=IPSEC_CONNECTION.vo)] = None
    public_l3_uuid: Annotated[str | None, P(help="or the public network", ref=L3_NETWORK.vo)] = None
    vip_uuid: Annotated[str | None, P(help="or the VIP", ref=VIP.vo)] = None
    limit: Annotated[int | None, P(help="at most this many", low=0)] = 1000
    start: Annotated[int | None, P(help="leave out as many", low=0)] = 0


def candidates(ctx: Context, req: GetCandidateL3NetworksForIpSecConnection) -> Outcome:
    """Those that have the service, an address range, and no other vrouter than the VIP's."""
    tx = ctx.tx
    connection = tx.get(IpsecConnection, req.uuid)
    vip = tx.get(Vip, connection.vip_uuid if connection else req.vip_uuid)
    public = vip.l3_network_uuid if vip else req.public_l3_uuid
    present = set(connections.networks_of(tx, connection.uuid)) if connection else set()
    fitting = (
        uuid
        for uuid in tx.distinct(NetworkServiceRef, "l3_network_uuid", network_service_type=connections.USE.type)
        if uuid not in present and uuid != public and ctx.sees(uuid) and _fits(tx, uuid, vip, public)
    )
    return Outcome(inventories=(L3_NETWORK, tuple(page(fitting, req.start, req.limit))))


def _fits(view: View, l3_uuid: str, vip: Vip | None, public: str | None) -> bool:
    if view.get(L3Network, l3_uuid) is None or not connections.local_cidrs(view, l3_uuid):
        return False
    nic = router_of(view, l3_uuid)
    if nic is None:
        return True
    router = view.need(VmInstance, nic.vm_instance_uuid)
    if vip is not None:
        return vips.peer_refusal(view, vip, router) is None
    return public is None or any(leg.l3_network_uuid == public for leg in nics_of(view, router.uuid))


ACTIONS = (
    action("GetCandidateL3NetworksForIpSecConnection", "GET", "/ipsec/candidatesL3Networks", candidates,
           GetCandidateL3NetworksForIpSecConnection,
           message=f"{PACKAGE}.APIGetCandidateL3NetworksForIpSecConnectionMsg", mode="sync",
           result="inventories", kind=L3_NETWORK),
)  # fmt: skip
