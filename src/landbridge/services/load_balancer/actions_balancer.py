"""Load balancers: created on a VIP, renamed, looked at again, deleted."""

from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.attached import Attached, attached
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.core.waiting import at_router, at_vip
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.errors import argerr, operr
from landbridge.services.load_balancer import balancers
from landbridge.services.load_balancer.documents import LOAD_BALANCER, LoadBalancer
from landbridge.services.load_balancer.rules import named

_PACKAGE = "org.zstack.network.service.lb"
_SHARED = "Shared"


class CreateLoadBalancer(CreateRequest, kw_only=True):
    """Make a load balancer on a VIP; its listeners come one by one."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    vip_uuid: Annotated[str | None, P(help="the VIP, which other services may share", ref=VIP.vo)] = None
    ipv6_vip_uuid: Annotated[str | None, P(help="a VIP of IPv6; there are none yet", ref=VIP.vo)] = None
    type: Annotated[str | None, P(help="Shared: on the vrouter")] = None


class GetVpcAttachedLoadBalancer(Attached, kw_only=True):
    """List the load balancers on a vrouter."""


class UpdateLoadBalancer(Request, kw_only=True):
    """Change a load balancer's name or description."""

    uuid: Annotated[str, P(help="the load balancer", ref=LOAD_BALANCER.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class RefreshLoadBalancer(Request, kw_only=True):
    """Wait until a load balancer's vrouter is as it must be."""

    uuid: Annotated[str, P(help="the load balancer", ref=LOAD_BALANCER.vo)]


class AttachVipToLoadBalancer(Request, kw_only=True):
    """Give a load balancer a second VIP, of IPv6; there are none yet."""

    load_balancer_uuid: Annotated[str, P(help="the load balancer", ref=LOAD_BALANCER.vo)]
    vip_uuid: Annotated[str, P(help="the VIP", ref=VIP.vo, nonempty=True)]


class DeleteLoadBalancer(DeleteRequest, kw_only=True):
    """Delete a load balancer with its listeners and server groups; its VIP stays."""


def create(ctx: Context, req: CreateLoadBalancer) -> Outcome:
    """SYS.1007 without a VIP, for another type than Shared, and beside an EIP; SYS.1006 for a VIP of IPv6."""
    tx = ctx.tx
    if req.type not in (None, _SHARED):
        raise argerr(f"type[{req.type}]: load balancers are on vrouters: {_SHARED}, or leave it out")
    if req.ipv6_vip_uuid is not None:
        raise operr(f"ipv6VipUuid[{req.ipv6_vip_uuid}] is not served: VIPs are IPv4 addresses, give vipUuid alone")
    if req.vip_uuid is None:
        raise argerr("vipUuid is missing: a load balancer stands on a VIP")
    vip = tx.need(Vip, req.vip_uuid)
    vips.require_enabled(vip)
    balancer = LoadBalancer(
        uuid=req.resource_uuid or tx.new_uuid(), name=req.name, description=req.description, vip_uuid=vip.uuid
    )
    tx.put(balancer)
    vips.use(tx, vip.uuid, balancer.uuid, balancers.USE)
    return at_vip(tx, vip.uuid, (LOAD_BALANCER, balancer.uuid))


def update(ctx: Context, req: UpdateLoadBalancer) -> Outcome:
    """Absent parameters stay as they are."""
    balancer = ctx.tx.need(LoadBalancer, req.uuid)
    rename(balancer, req)
    ctx.tx.put(balancer)
    return Outcome(inventory=(LOAD_BALANCER, balancer.uuid))


def refresh(ctx: Context, req: RefreshLoadBalancer) -> Outcome:
    """The vrouter compares by itself all the time: there is nothing to push."""
    balancer = ctx.tx.need(LoadBalancer, req.uuid)
    return at_vip(ctx.tx, balancer.vip_uuid, (LOAD_BALANCER, balancer.uuid))


def attach_vip(ctx: Context, req: AttachVipToLoadBalancer) -> Outcome:
    """SYS.1006 for one that is disabled or its own, SYS.1007 for one of another network; SYS.1006 for any other.

    A load balancer has a VIP of each version of IP, and all VIPs are of the version that it has.
    """
    balancer, vip = ctx.tx.need(LoadBalancer, req.load_balancer_uuid), ctx.tx.need(Vip, req.vip_uuid)
    own = ctx.tx.need(Vip, balancer.vip_uuid)
    if vip.uuid == own.uuid:
        raise operr(f"{named(balancer)} stands on {vips.named(vip)} already")
    vips.require_enabled(vip)
    if vip.l3_network_uuid != own.l3_network_uuid:
        raise argerr(f"{vips.named(vip)} and {vips.named(own)} of {named(balancer)} are of two L3 networks")
    raise operr(
        f"{named(balancer)} has {vips.named(own)}, and no second one of IPv4: make another load balancer on "
        f"{vips.named(vip)} (CreateLoadBalancer)"
    )


def delete(ctx: Context, req: DeleteLoadBalancer) -> Outcome:
    """The job ends when its vrouter no longer does it."""
    balancer = ctx.tx.need(LoadBalancer, req.uuid)
    router = vips.router_for(ctx.tx, ctx.tx.need(Vip, balancer.vip_uuid))
    balancers.remove(ctx.tx, balancer)
    return at_router(ctx.tx, router)


ACTIONS = (
    action("CreateLoadBalancer", "POST", "/load-balancers", create, CreateLoadBalancer,
           message=f"{_PACKAGE}.APICreateLoadBalancerMsg", kind=LOAD_BALANCER),
    action("UpdateLoadBalancer", "PUT", "/load-balancers/{uuid}/actions", update, UpdateLoadBalancer,
           message=f"{_PACKAGE}.APIUpdateLoadBalancerMsg", kind=LOAD_BALANCER),
    action("RefreshLoadBalancer", "PUT", "/load-balancers/{uuid}/actions", refresh, RefreshLoadBalancer,
           message=f"{_PACKAGE}.APIRefreshLoadBalancerMsg", kind=LOAD_BALANCER),
    action("AttachVipToLoadBalancer", "POST", "/load-balancers/{loadBalancerUuid}/vip/{vipUuid}", attach_vip,
           AttachVipToLoadBalancer, message=f"{_PACKAGE}.APIAttachVipToLoadBalancerMsg", kind=LOAD_BALANCER),
    action("DeleteLoadBalancer", "DELETE", "/load-balancers/{uuid}", delete, DeleteLoadBalancer,
           message=f"{_PACKAGE}.APIDeleteLoadBalancerMsg", result="none", absent_ok=("uuid", LOAD_BALANCER.vo)),
    query("QueryLoadBalancer", "/load-balancers", LOAD_BALANCER,
          message=f"{_PACKAGE}.APIQueryLoadBalancerMsg", help="Find load balancers."),
    attached(GetVpcAttachedLoadBalancer, "attached-lb", LOAD_BALANCER, balancers.USE),
)  # fmt: skip
