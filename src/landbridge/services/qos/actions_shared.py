"""Bandwidth that VIPs share: made on a vrouter's network, VIPs put in and taken out."""

from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.nics import is_public, nics_of
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import title
from landbridge.core.view import Tx, View
from landbridge.core.waiting import at_router
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vip import VIP, Vip, VipPeer
from landbridge.model.documents.vm import VPC_ROUTER, VmInstance
from landbridge.model.errors import argerr, operr
from landbridge.services.qos.actions_vip import LEAST, MOST
from landbridge.services.qos.documents import SHARED_QOS, VpcSharedQos, VpcSharedQosVip
from landbridge.services.qos.numbers import take

_PACKAGE = "org.zstack.header.vipQos"
_PATH = "/vips/sharedqos"


class CreateVpcSharedQos(CreateRequest, kw_only=True):
    """Make a bandwidth that VIPs of a vrouter's public network share."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    vpc_uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo, nonempty=True)]
    l3_network_uuid: Annotated[str, P(help="its public network", ref="L3NetworkVO", nonempty=True)]
    bandwidth: Annotated[int, P(help="each way, bits per second", low=LEAST, high=MOST)]


class UpdateVpcSharedQos(Request, kw_only=True):
    """Change the name or description of a shared bandwidth."""

    uuid: Annotated[str, P(help="the shared bandwidth", ref=SHARED_QOS.vo)]
    name: Annotated[str, P(max=255)]
    description: Annotated[str | None, P(max=2048)] = None


class ChangeVpcSharedQosBandwidth(Request, kw_only=True):
    """Change how much there is to share."""

    shared_qos_uuid: Annotated[str, P(help="the shared bandwidth", ref=SHARED_QOS.vo)]
    bandwidth: Annotated[int, P(help="each way, bits per second", low=LEAST, high=MOST)]


class DeleteVpcSharedQos(DeleteRequest, kw_only=True):
    """Delete a shared bandwidth; its VIPs keep limits of their own."""


class AttachVipToVpcSharedQos(Request, kw_only=True):
    """Let VIPs share a bandwidth."""

    shared_qos_uuid: Annotated[str, P(help="the shared bandwidth", ref=SHARED_QOS.vo)]
    vip_uuids: Annotated[list[str] | None, P(help="the VIPs", ref=VIP.vo, nonempty=True)] = None
    vip_lists: Annotated[
        list[str] | None, P(help="accepted: older clients' name of them", ref=VIP.vo, nonempty=True)
    ] = None


class DetachVipFromVpcSharedQos(Request, kw_only=True):
    """Take VIPs out of a shared bandwidth."""

    shared_qos_uuid: Annotated[str, P(help="the shared bandwidth", ref=SHARED_QOS.vo)]
    vip_uuids: Annotated[list[str] | None, P(help="the VIPs", ref=VIP.vo, nonempty=True)] = None
    vip_lists: Annotated[
        list[str] | None, P(help="accepted: older clients' name of them", ref=VIP.vo, nonempty=True)
    ] = None


def create(ctx: Context, req: CreateVpcSharedQos) -> Outcome:
    """SYS.1007 unless the network is a public one of the vrouter."""
    tx = ctx.tx
    router = tx.need(VmInstance, req.vpc_uuid)
    l3 = tx.need(L3Network, req.l3_network_uuid)
    public = {nic.l3_network_uuid for nic in nics_of(tx, router.uuid) if is_public(nic)}
    if l3.uuid not in public:
        raise argerr(f"L3 network[uuid:{l3.uuid}, name:{l3.name}] is no public network of {title(router)}")
    uuid = req.resource_uuid or tx.new_uuid()
    shared = VpcSharedQos(
        uuid=uuid,
        name=req.name,
        description=req.description,
        l3_network_uuid=l3.uuid,
        vpc_uuid=router.uuid,
        bandwidth=req.bandwidth,
        number=take(tx, l3.uuid, uuid),
    )
    tx.put(shared)
    return at_router(tx, router, inventory=(SHARED_QOS, shared.uuid))


def update(ctx: Context, req: UpdateVpcSharedQos) -> Outcome:
    """A description that is absent stays as it is."""
    shared = ctx.tx.need(VpcSharedQos, req.uuid)
    shared.name = req.name
    shared.description = shared.description if req.description is None else req.description
    ctx.tx.put(shared)
    return Outcome(inventory=(SHARED_QOS, shared.uuid))


def change(ctx: Context, req: ChangeVpcSharedQosBandwidth) -> Outcome:
    """In force when the job ends."""
    shared = ctx.tx.need(VpcSharedQos, req.shared_qos_uuid)
    shared.bandwidth = req.bandwidth
    ctx.tx.put(shared)
    return at_router(ctx.tx, ctx.tx.get(VmInstance, shared.vpc_uuid), inventory=(SHARED_QOS, shared.uuid))


def delete(ctx: Context, req: DeleteVpcSharedQos) -> Outcome:
    """The job ends when the vrouter no longer holds them back."""
    tx = ctx.tx
    shared = tx.need(VpcSharedQos, req.uuid)
    for ref in tx.find(VpcSharedQosVip, shared_qos_uuid=shared.uuid):
        tx.delete(ref)
    tx.delete(shared)
    return at_router(tx, tx.get(VmInstance, shared.vpc_uuid))


def attach(ctx: Context, req: AttachVipToVpcSharedQos) -> Outcome:
    """SYS.1007 for a VIP of another network, SYS.1006 for one that shares already, or is on another vrouter."""
    tx = ctx.tx
    shared = tx.need(VpcSharedQos, req.shared_qos_uuid)
    for uuid in _asked(req):
        vip = tx.need(Vip, uuid)
        router = vips.router_for(tx, vip)
        if router is not None and shared.vpc_uuid is None:
            _move(tx, shared, router)
        _check(tx, shared, vip, router)
        ref = tx.new_uuid()
        number = take(tx, shared.l3_network_uuid, ref)
        tx.put(VpcSharedQosVip(uuid=ref, vip_uuid=uuid, shared_qos_uuid=shared.uuid, number=number))
    return at_router(tx, tx.get(VmInstance, shared.vpc_uuid))


def detach(ctx: Context, req: DetachVipFromVpcSharedQos) -> Outcome:
    """VIPs that are not in it are fine."""
    tx = ctx.tx
    shared = tx.need(VpcSharedQos, req.shared_qos_uuid)
    asked = _asked(req)
    for ref in tx.find(VpcSharedQosVip, shared_qos_uuid=shared.uuid):
        if ref.vip_uuid in asked:
            tx.delete(ref)
    return at_router(tx, tx.get(VmInstance, shared.vpc_uuid))


def goes_along(view: View, uuid: str) -> list[str]:
    """With a vrouter the bandwidths that its VIPs share."""
    return [shared.uuid for shared in view.find(VpcSharedQos, vpc_uuid=uuid)]


def router_goes(tx: Tx, router: VmInstance) -> None:
    """What VIPs share there waits for another vrouter."""
    for shared in tx.find(VpcSharedQos, vpc_uuid=router.uuid):
        shared.vpc_uuid = None
        tx.put(shared)


def subnet_joins(tx: Tx, router: VmInstance, l3: L3Network) -> None:
    """A shared bandwidth follows its VIPs: to the vrouter that has one of them, when its own has none any more."""
    for vip_uuid in tx.distinct(VipPeer, "vip_uuid", l3_network_uuid=l3.uuid):
        ref = tx.first(VpcSharedQosVip, vip_uuid=vip_uuid)
        shared = tx.get(VpcSharedQos, ref.shared_qos_uuid) if ref else None
        if shared is not None and shared.vpc_uuid not in _routers(tx, shared):
            _move(tx, shared, router)


def _routers(view: View, shared: VpcSharedQos) -> set[str]:
    """Those that have VIPs of it."""
    refs = view.find(VpcSharedQosVip, shared_qos_uuid=shared.uuid)
    found = (vips.router_for(view, view.need(Vip, ref.vip_uuid)) for ref in refs)
    return {router.uuid for router in found if router is not None}


def _move(tx: Tx, shared: VpcSharedQos, router: VmInstance) -> None:
    shared.vpc_uuid = router.uuid
    tx.put(shared)


def _asked(req: AttachVipToVpcSharedQos | DetachVipFromVpcSharedQos) -> tuple[str, ...]:
    """The VIPs under either name, each once."""
    if req.vip_uuids is None and req.vip_lists is None:
        raise argerr("vipUuids is missing: name the VIPs")
    return tuple(dict.fromkeys([*(req.vip_uuids or ()), *(req.vip_lists or ())]))


def _check(tx: Tx, shared: VpcSharedQos, vip: Vip, router: VmInstance | None) -> None:
    if vip.l3_network_uuid != shared.l3_network_uuid:
        raise argerr(f"{vips.named(vip)} is not of the network of shared bandwidth[uuid:{shared.uuid}]")
    present = tx.first(VpcSharedQosVip, vip_uuid=vip.uuid)
    if present is not None:
        raise operr(f"{vips.named(vip)} shares bandwidth[uuid:{present.shared_qos_uuid}] already: take it out first")
    if router is not None and router.uuid != shared.vpc_uuid:
        raise operr(f"{vips.named(vip)} is on {title(router)}, the bandwidth is of vrouter[uuid:{shared.vpc_uuid}]")


ACTIONS = (
    action("CreateVpcSharedQos", "POST", _PATH, create, CreateVpcSharedQos,
           message=f"{_PACKAGE}.APICreateVpcSharedQosMsg", kind=SHARED_QOS),
    action("UpdateVpcSharedQos", "PUT", f"{_PATH}/{{uuid}}/actions", update, UpdateVpcSharedQos,
           message=f"{_PACKAGE}.APIUpdateVpcSharedQosMsg", kind=SHARED_QOS),
    action("ChangeVpcSharedQosBandwidth", "POST", f"{_PATH}/{{sharedQosUuid}}/bandwidth/actions", change,
           ChangeVpcSharedQosBandwidth, message=f"{_PACKAGE}.APIChangeVpcSharedQosBandwidthMsg", kind=SHARED_QOS),
    action("DeleteVpcSharedQos", "DELETE", f"{_PATH}/{{uuid}}", delete, DeleteVpcSharedQos,
           message=f"{_PACKAGE}.APIDeleteVpcSharedQosMsg", result="none", absent_ok=("uuid", SHARED_QOS.vo)),
    action("AttachVipToVpcSharedQos", "POST", f"{_PATH}/{{sharedQosUuid}}/vips", attach, AttachVipToVpcSharedQos,
           message=f"{_PACKAGE}.APIAttachVipToVpcSharedQosMsg", result="none"),
    action("DetachVipFromVpcSharedQos", "DELETE", f"{_PATH}/{{sharedQosUuid}}/vips", detach,
           DetachVipFromVpcSharedQos, message=f"{_PACKAGE}.APIDetachVipFromVpcSharedQosMsg", result="none"),
    query("QueryVpcSharedQos", _PATH, SHARED_QOS, message=f"{_PACKAGE}.APIQueryVpcSharedQosMsg",
          help="Find bandwidths that VIPs share."),
)  # fmt: skip
