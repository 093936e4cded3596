"""VPC vrouters: create, reconnect, default route, queries."""

from typing import Annotated

from landbridge.core import vips, waiting
from landbridge.core.api import NAME, CreateRequest, P, Request, action, query
from landbridge.core.attach import usable_refusal
from landbridge.core.lifecycle import launch, require_state
from landbridge.core.nics import is_public, make_nic, nics_of, take_number
from landbridge.core.placement import Wish
from landbridge.core.service import Context, Outcome
from landbridge.core.tags import by_network
from landbridge.core.titles import title
from landbridge.core.waiting import wait_host
from landbridge.model.documents.l3 import L3Network
from landbridge.model.documents.vm import (
    APPLIANCE,
    APPLIANCE_VM,
    MANAGEMENT,
    PUBLIC,
    VIRTUAL_ROUTER,
    VPC_ROUTER,
    VPC_VROUTER,
    VROUTER_OFFERING,
    InstanceOffering,
    SnatState,
    VmInstance,
)
from landbridge.model.errors import argerr, operr
from landbridge.services.vrouter import distributed
from landbridge.services.vrouter.settled import settled

_PACKAGE = "org.zstack.network.service.virtualrouter"
_APPLIANCE_PATH = "/vm-instances/appliances/virtual-routers/{vmInstanceUuid}/actions"
AGENT_PORT = 7272
"""What ZStack's inventories show; nothing listens there."""


class CreateVpcVRouter(CreateRequest, kw_only=True):
    """Make a vrouter from an offering and start it."""

    name: Annotated[str, P(help="display name", max=255, regex=NAME)]
    virtual_router_offering_uuid: Annotated[str, P(help="the offering", ref=VROUTER_OFFERING.vo)]
    description: Annotated[str | None, P(max=2048)] = None
    zone_uuid: Annotated[str | None, P(help="must be the offering's", ref="ZoneVO")] = None
    cluster_uuid: Annotated[str | None, P(help="run in this cluster", ref="ClusterVO")] = None
    host_uuid: Annotated[str | None, P(help="run on this host", ref="HostVO")] = None
    primary_storage_uuid_for_root_volume: Annotated[str | None, P(help="accepted and ignored")] = None
    root_volume_system_tags: Annotated[list[str] | None, P(help="accepted and ignored")] = None


class ReconnectVirtualRouter(Request, kw_only=True):
    """Make sure that a vrouter does all that it should."""

    vm_instance_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo)]


class ProvisionVirtualRouterConfig(Request, kw_only=True):
    """Tell a vrouter all that it should do once more."""

    vm_instance_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo)]


class UpdateVirtualRouter(Request, kw_only=True):
    """Move a vrouter's default route to another of its public networks."""

    vm_instance_uuid: Annotated[str, P(help="the vrouter", ref=VIRTUAL_ROUTER.vo)]
    default_route_l3_network_uuid: Annotated[str | None, P(help="an attached public network", ref="L3NetworkVO")] = (
        None
    )


def create(ctx: Context, req: CreateVpcVRouter) -> Outcome:
    """NICs on the management and the public network; the job ends when its host runs it."""
    tx = ctx.tx
    offering = tx.need(InstanceOffering, req.virtual_router_offering_uuid)
    if offering.state != "Enabled":
        raise operr(f"vrouter offering[uuid:{offering.uuid}, name:{offering.name}] is {offering.state}: enable it")
    if req.zone_uuid and req.zone_uuid != offering.zone_uuid:
        raise argerr(f"zoneUuid[{req.zone_uuid}] is not the offering's zone[uuid:{offering.zone_uuid}]")
    management = tx.need(L3Network, offering.management_network_uuid)
    public = tx.need(L3Network, offering.public_network_uuid)
    router = VmInstance(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        type=APPLIANCE_VM,
        appliance_vm_type=VPC_VROUTER,
        driver="router",
        zone_uuid=offering.zone_uuid or management.zone_uuid,
        instance_offering_uuid=offering.uuid,
        image_uuid=offering.image_uuid,
        cpu_num=offering.cpu_num,
        memory_size=offering.memory_size,
        management_network_uuid=management.uuid,
        public_network_uuid=public.uuid,
        default_route_l3_network_uuid=public.uuid,
        default_l3_network_uuid=public.uuid,
        status="Connecting",
        agent_port=AGENT_PORT,
        ha_status="NoHa",
    )
    router.number = take_number(tx, router.uuid)
    tx.put(router)
    _make_nics(ctx, router, management, public)
    tx.put(SnatState(uuid=tx.new_uuid(), vpc_uuid=router.uuid, l3_network_uuid=public.uuid, state="enable"))
    vips.make_own(tx, router)
    if tx.config(distributed.CATEGORY, distributed.DEFAULT) == "true":
        distributed.switch_on(tx, router)
    launch(tx, router, Wish(offering.zone_uuid, req.cluster_uuid, req.host_uuid))
    return wait_host(router, done=waiting.RUNNING, failed=waiting.CREATE_FAILED, kind=VPC_ROUTER)


def _make_nics(ctx: Context, router: VmInstance, management: L3Network, public: L3Network) -> None:
    """Device 0 is management; one NIC for both roles when it is one network."""
    if any(tag.startswith("haUuid::") for tag in ctx.system_tags):
        raise operr("a vrouter cannot be put in an HA group yet: leave the system tag haUuid out")
    addresses = by_network(ctx.system_tags, "staticVip", {management.uuid, public.uuid})
    roles = [(management, MANAGEMENT), (public, PUBLIC)]
    if management.uuid == public.uuid:
        roles = [(management, MANAGEMENT | PUBLIC)]
    for l3, bits in roles:
        refusal = usable_refusal(ctx.tx, l3)
        if refusal:
            raise operr(f"no vrouter can be made on L3 network[uuid:{l3.uuid}, name:{l3.name}]: {refusal}")
        make_nic(ctx.tx, router, l3, static_ip=addresses.get(l3.uuid), meta_data=str(bits))


def reconnect(ctx: Context, req: ReconnectVirtualRouter | ProvisionVirtualRouterConfig) -> Outcome:
    """Its agent is told all of it again; the job ends when that is in force."""
    router = ctx.tx.need(VmInstance, req.vm_instance_uuid)
    require_state(router, "Running")
    router.reconnect += 1
    ctx.tx.put(router)
    return settled(ctx.tx, router, APPLIANCE)


def update(ctx: Context, req: UpdateVirtualRouter) -> Outcome:
    """SYS.1007 unless the network is an attached public one."""
    tx = ctx.tx
    router = tx.need(VmInstance, req.vm_instance_uuid)
    if req.default_route_l3_network_uuid is None:
        return Outcome(inventory=(VIRTUAL_ROUTER, router.uuid))
    public = [nic.l3_network_uuid for nic in nics_of(tx, router.uuid) if is_public(nic)]
    if req.default_route_l3_network_uuid not in public:
        raise argerr(
            f"L3 network[uuid:{req.default_route_l3_network_uuid}] is no public network of {title(router)}: "
            f"attach it first, or choose one of {public}"
        )
    router.default_route_l3_network_uuid = req.default_route_l3_network_uuid
    tx.put(router)
    return settled(tx, router, VIRTUAL_ROUTER)


ACTIONS = (
    action("CreateVpcVRouter", "POST", "/vpc/virtual-routers", create, CreateVpcVRouter,
           message="org.zstack.vpc.APICreateVpcVRouterMsg", kind=VPC_ROUTER),
    action("ReconnectVirtualRouter", "PUT", _APPLIANCE_PATH, reconnect, ReconnectVirtualRouter,
           message=f"{_PACKAGE}.APIReconnectVirtualRouterMsg", kind=APPLIANCE),
    action("ProvisionVirtualRouterConfig", "PUT",
           "/vm-instances/appliances/virtual-routers/{vmInstanceUuid}/provision", reconnect,
           ProvisionVirtualRouterConfig, message=f"{_PACKAGE}.APIProvisionVirtualRouterConfigMsg", kind=APPLIANCE),
    action("UpdateVirtualRouter", "PUT", _APPLIANCE_PATH, update, UpdateVirtualRouter,
           message=f"{_PACKAGE}.APIUpdateVirtualRouterMsg", kind=VIRTUAL_ROUTER),
    query("QueryVpcRouter", "/vpc/virtual-routers", VPC_ROUTER,
          message="org.zstack.vpc.APIQueryVpcRouterMsg", help="Find VPC vrouters."),
    query("QueryVirtualRouterVm", "/vm-instances/appliances/virtual-routers", VIRTUAL_ROUTER,
          message=f"{_PACKAGE}.APIQueryVirtualRouterVmMsg", help="Find vrouters."),
    query("QueryApplianceVm", "/vm-instances/appliances", APPLIANCE,
          message="org.zstack.appliancevm.APIQueryApplianceVmMsg", help="Find appliance VMs."),
)  # fmt: skip
