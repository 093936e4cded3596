"""What a vrouter does for its networks: DNS upstreams, source NAT, and what could be attached."""

from dataclasses import replace
from typing import Annotated

from landbridge.core import vips
from landbridge.core.api import CreateRequest, P, Request, action, query
from landbridge.core.attach import refusal
from landbridge.core.service import Context, Outcome
from landbridge.core.titles import title
from landbridge.core.view import Tx
from landbridge.model.documents.l3 import L3_NETWORK, VPC, L3Network
from landbridge.model.documents.vm import SNAT_STATE, VIRTUAL_ROUTER, VPC_ROUTER, SnatState, VmInstance, VpcDns
from landbridge.model.errors import argerr, operr
from landbridge.model.net import is_ipv4
from landbridge.services.vrouter.settled import settled

_VPC = "/vpc/virtual-routers/{uuid}"
_SERVICES = ("SNAT",)


class AddDnsToVpcRouter(CreateRequest, kw_only=True):
    """Add an upstream resolver to a vrouter's DNS forwarder."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]
    dns: Annotated[str, P(help="IPv4 address of the resolver")]


class RemoveDnsFromVpcRouter(Request, kw_only=True):
    """Remove an upstream resolver from a vrouter."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]
    dns: Annotated[str, P(help="IPv4 address of the resolver")]


class SetVpcVRouterNetworkServiceState(Request, kw_only=True):
    """Switch a vrouter's source NAT on or off, towards one public network or all."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]
    network_service: Annotated[str, P(help="which service", values=_SERVICES)]
    state: Annotated[str, P(help="on or off", values=("enable", "disable"))]
    l3_network_uuid: Annotated[str | None, P(help="the public network; all", ref=L3_NETWORK.vo)] = None


class GetVpcVRouterNetworkServiceState(Request, kw_only=True):
    """Whether a vrouter's source NAT is on."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]
    network_service: Annotated[str, P(help="which service", values=_SERVICES)]
    l3_network_uuid: Annotated[str | None, P(help="the public network; the default one", ref=L3_NETWORK.vo)] = None


class GetAttachableVpcL3Network(Request, kw_only=True):
    """List the VPC subnets that can be attached to a vrouter."""

    uuid: Annotated[str, P(help="the vrouter", ref=VPC_ROUTER.vo)]


class GetAttachablePublicL3ForVRouter(Request, kw_only=True):
    """List the public networks that can be attached to a vrouter."""

    vm_instance_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo)]


def add_dns(ctx: Context, req: AddDnsToVpcRouter) -> Outcome:
    """SYS.1006 when it is there already."""
    router = ctx.tx.need(VmInstance, req.uuid)
    if not is_ipv4(req.dns):
        raise argerr(f"dns[{req.dns}] is not an IPv4 address")
    if any(dns.dns == req.dns for dns in ctx.tx.find(VpcDns, vpc_router_uuid=router.uuid)):
        raise operr(f"{title(router)} has dns[{req.dns}] already")
    ctx.tx.put(VpcDns(uuid=ctx.tx.new_uuid(), vpc_router_uuid=router.uuid, dns=req.dns))
    return settled(ctx.tx, router)


def remove_dns(ctx: Context, req: RemoveDnsFromVpcRouter) -> Outcome:
    """Absent is success."""
    router = ctx.tx.need(VmInstance, req.uuid)
    for dns in ctx.tx.find(VpcDns, vpc_router_uuid=router.uuid):
        if dns.dns == req.dns:
            ctx.tx.delete(dns)
    return settled(ctx.tx, router)


def set_service_state(ctx: Context, req: SetVpcVRouterNetworkServiceState) -> Outcome:
    """Per public network; established connections are not touched."""
    router = ctx.tx.need(VmInstance, req.uuid)
    for snat in _snat_states(ctx.tx, router, req.l3_network_uuid):
        snat.state = req.state
        ctx.tx.put(snat)
    vips.settle_own(ctx.tx, router)
    return replace(settled(ctx.tx, router), inventory=None, body={"state": req.state})


def get_service_state(ctx: Context, req: GetVpcVRouterNetworkServiceState) -> Outcome:
    """`enable` or `disable`."""
    router = ctx.tx.need(VmInstance, req.uuid)
    wanted = req.l3_network_uuid or router.default_route_l3_network_uuid
    return Outcome(body={"state": _snat_states(ctx.tx, router, wanted)[0].state})


def _snat_states(tx: Tx, router: VmInstance, l3_uuid: str | None) -> list[SnatState]:
    found = tx.find(SnatState, vpc_uuid=router.uuid)
    if l3_uuid is not None:
        found = [snat for snat in found if snat.l3_network_uuid == l3_uuid]
    if not found:
        raise argerr(f"L3 network[uuid:{l3_uuid}] is no public network of {title(router)}")
    return found


def attachable_vpc(ctx: Context, req: GetAttachableVpcL3Network) -> Outcome:
    """The subnets that AttachL3NetworkToVm would not refuse."""
    router = ctx.tx.need(VmInstance, req.uuid)
    return _attachable(ctx, router, ctx.tx.find(L3Network, type=VPC, zone_uuid=router.zone_uuid))


def attachable_public(ctx: Context, req: GetAttachablePublicL3ForVRouter) -> Outcome:
    """The public networks that AttachL3NetworkToVm would not refuse."""
    router = ctx.tx.need(VmInstance, req.vm_instance_uuid)
    return _attachable(ctx, router, ctx.tx.find(L3Network, category="Public", zone_uuid=router.zone_uuid))


def _attachable(ctx: Context, router: VmInstance, l3s: list[L3Network]) -> Outcome:
    fitting = tuple(l3.uuid for l3 in l3s if ctx.sees(l3.uuid) and not refusal(ctx.tx, router, l3))
    return Outcome(inventories=(L3_NETWORK, fitting))


ACTIONS = (
    action("AddDnsToVpcRouter", "POST", f"{_VPC}/dns", add_dns, AddDnsToVpcRouter,
           message="org.zstack.vpc.APIAddDnsToVpcRouterMsg", kind=VPC_ROUTER),
    action("RemoveDnsFromVpcRouter", "DELETE", f"{_VPC}/dns", remove_dns, RemoveDnsFromVpcRouter,
           message="org.zstack.vpc.APIRemoveDnsFromVpcRouterMsg", kind=VPC_ROUTER),
    action("SetVpcVRouterNetworkServiceState", "POST", f"{_VPC}/networkservicestate", set_service_state,
           SetVpcVRouterNetworkServiceState, message="org.zstack.vpc.APISetVpcVRouterNetworkServiceStateMsg",
           result="body", fields=(("state", "string"),)),
    action("GetVpcVRouterNetworkServiceState", "GET", f"{_VPC}/networkservicestate", get_service_state,
           GetVpcVRouterNetworkServiceState, message="org.zstack.vpc.APIGetVpcVRouterNetworkServiceStateMsg",
           mode="sync", result="body", fields=(("state", "string"),)),
    action("GetAttachableVpcL3Network", "POST", f"{_VPC}/attachable-vpc-l3s", attachable_vpc,
           GetAttachableVpcL3Network, message="org.zstack.vpc.APIGetAttachableVpcL3NetworkMsg",
           mode="sync", result="inventories", kind=L3_NETWORK),
    action("GetAttachablePublicL3ForVRouter", "GET",
           "/vm-instances/appliances/virtual-routers/{vmInstanceUuid}/attachable-public-l3s", attachable_public,
           GetAttachablePublicL3ForVRouter,
           message="org.zstack.network.service.virtualrouter.APIGetAttachablePublicL3ForVRouterMsg",
           mode="sync", result="inventories", kind=L3_NETWORK),
    query("QueryVpcSnatState", "/vpc/virtual-routers/networkservicestate/snat", SNAT_STATE,
          message="org.zstack.vpc.APIQueryVpcSnatStateMsg", help="Find the source NAT states of vrouters."),
)  # fmt: skip
