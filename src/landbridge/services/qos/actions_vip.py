"""Bandwidth limits of VIPs: set, shown, taken away."""

from typing import Annotated, Any

from landbridge.core import vips
from landbridge.core.api import P, Request, action
from landbridge.core.inventory import flat
from landbridge.core.service import Context, Outcome
from landbridge.core.uses import NetworkService
from landbridge.core.view import Tx, View
from landbridge.core.waiting import at_router, at_vip
from landbridge.model.documents.l3 import NetworkServiceRef
from landbridge.model.documents.vip import VIP, Vip, VipPeer
from landbridge.model.errors import argerr, operr
from landbridge.model.resource import to_json
from landbridge.services.qos.documents import VIP_QOS, VipQos, VpcSharedQos, VpcSharedQosVip
from landbridge.services.qos.numbers import take

_PACKAGE = "org.zstack.header.vipQos"
LEAST, MOST = 131_072, 32_212_254_720
"""Bits per second."""
SERVICE = NetworkService("VipQos", ("vrouter", "VirtualRouter", "Flat"))


class SetVipQos(Request, kw_only=True):
    """Limit the bandwidth of a VIP, or of one of its ports within that."""

    uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]
    port: Annotated[int | None, P(help="only this port", low=1, high=vips.LAST_PORT)] = None
    outbound_bandwidth: Annotated[int | None, P(help="from the VIP, bits per second", low=LEAST, high=MOST)] = None
    inbound_bandwidth: Annotated[int | None, P(help="towards the VIP, bits per second", low=LEAST, high=MOST)] = None


class GetVipQos(Request, kw_only=True):
    """Show the limits of a VIP, and what really holds for each."""

    uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]


class DeleteVipQos(Request, kw_only=True):
    """Take the limit of a VIP as a whole away, or that of one of its ports."""

    uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]
    port: Annotated[int | None, P(help="the port", low=1, high=vips.LAST_PORT)] = None


def set_qos(ctx: Context, req: SetVipQos) -> Outcome:
    """What is not given is not limited any more.  SYS.1007 without either direction."""
    tx = ctx.tx
    vip = tx.need(Vip, req.uuid)
    if req.inbound_bandwidth is None and req.outbound_bandwidth is None:
        raise argerr("inboundBandwidth and outboundBandwidth cannot both be missing: DeleteVipQos takes a limit away")
    _require_service(tx, vip)
    row = _row(tx, vip, req.port)
    if row is None:
        uuid = tx.new_uuid()
        number = take(tx, vip.l3_network_uuid, uuid)
        row = VipQos(uuid=uuid, vip_uuid=vip.uuid, l3_network_uuid=vip.l3_network_uuid, number=number, port=req.port)
    row.inbound_bandwidth, row.outbound_bandwidth = req.inbound_bandwidth, req.outbound_bandwidth
    tx.put(row)
    return at_vip(tx, vip.uuid, (VIP_QOS, row.uuid))


def get_qos(ctx: Context, req: GetVipQos) -> Outcome:
    """`effective…` is the least of a limit, of that of the whole VIP, and of what it shares."""
    tx = ctx.tx
    vip = tx.need(Vip, req.uuid)
    rows = tx.find(VipQos, vip_uuid=vip.uuid)
    whole = next((row for row in rows if row.port is None), None)
    ref = tx.first(VpcSharedQosVip, vip_uuid=vip.uuid)
    shared = tx.need(VpcSharedQos, ref.shared_qos_uuid).bandwidth if ref else None
    return Outcome(body={"inventories": [_shown(row, whole, shared) for row in rows]})


def delete_qos(ctx: Context, req: DeleteVipQos) -> Outcome:
    """Absent is success."""
    tx = ctx.tx
    vip = tx.need(Vip, req.uuid)
    row = _row(tx, vip, req.port)
    if row is None:
        return Outcome()
    tx.delete(row)
    return at_router(tx, vips.router_for(tx, vip))


def _row(view: View, vip: Vip, port: int | None) -> VipQos | None:
    return next((row for row in view.find(VipQos, vip_uuid=vip.uuid) if row.port == port), None)


def _shown(row: VipQos, whole: VipQos | None, shared: int | None) -> dict[str, Any]:
    found = flat(VIP_QOS, to_json(row))
    for field in ("inbound_bandwidth", "outbound_bandwidth"):
        limits = [getattr(row, field), getattr(whole, field) if whole else None, shared]
        least = min((limit for limit in limits if limit is not None), default=None)
        if least is not None:
            name = field.removesuffix("_bandwidth").capitalize()
            found[f"effective{name}Bandwidth"] = least
    return found


def _require_service(view: View, vip: Vip) -> None:
    """SYS.1006 unless the networks that the VIP serves have the service."""
    for l3_uuid in view.distinct(VipPeer, "l3_network_uuid", vip_uuid=vip.uuid):
        if view.first(NetworkServiceRef, l3_network_uuid=l3_uuid, network_service_type=SERVICE.type) is None:
            raise operr(
                f"L3 network[uuid:{l3_uuid}], which {vips.named(vip)} serves, does not have the network service "
                f"{SERVICE.type}: attach it (networkServices)"
            )


def vip_goes(tx: Tx, vip: Vip) -> None:
    """With all that limits it."""
    for doc in (VipQos, VpcSharedQosVip):
        for limit in tx.find(doc, vip_uuid=vip.uuid):
            tx.delete(limit)


ACTIONS = (
    action("SetVipQos", "PUT", "/vips/{uuid}/actions", set_qos, SetVipQos,
           message=f"{_PACKAGE}.APISetVipQosMsg", kind=VIP_QOS),
    action("GetVipQos", "GET", "/vip/{uuid}/vip-qos", get_qos, GetVipQos, message=f"{_PACKAGE}.APIGetVipQosMsg",
           mode="sync", result="body", fields=(("inventories", "array"),)),
    action("DeleteVipQos", "DELETE", "/vips/{uuid}/vip-qos", delete_qos, DeleteVipQos,
           message=f"{_PACKAGE}.APIDeleteVipQosMsg", result="none"),
)  # fmt: skip
