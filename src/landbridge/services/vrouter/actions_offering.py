"""Vrouter offerings: which networks and which size a new vrouter gets."""

from ipaddress import IPv4Network
from typing import Annotated

from landbridge.core.api import CreateRequest, P, Request, action, query
from landbridge.core.ipam import normal_ranges
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.l3 import L3_NETWORK, VPC, L3Network, NetworkServiceRef
from landbridge.model.documents.vm import IMAGE, VROUTER_OFFERING, Image, InstanceOffering
from landbridge.model.errors import ApiError, argerr

_PACKAGE = "org.zstack.network.service.virtualrouter"
INT64 = 2**63 - 1


class CreateVirtualRouterOffering(CreateRequest, kw_only=True):
    """Make an offering that vrouters are made from: management and public network, image, size."""

    name: Annotated[str, P(help="display name", max=255)]
    zone_uuid: Annotated[str, P(help="the zone of the networks", ref="ZoneVO")]
    management_network_uuid: Annotated[str, P(help="network of the vrouters' management", ref=L3_NETWORK.vo)]
    image_uuid: Annotated[str, P(help="a root image, such as netns", ref=IMAGE.vo)]
    cpu_num: Annotated[int, P(help="virtual CPUs", low=1, high=1024)]
    memory_size: Annotated[int, P(help="bytes of memory", low=1, high=INT64)]
    public_network_uuid: Annotated[str | None, P(help="network of the default route", ref=L3_NETWORK.vo)] = None
    is_default: Annotated[bool | None, P(help="the zone's default; administrators only")] = None
    description: Annotated[str | None, P(max=2048)] = None
    reserved_memory_size: Annotated[int, P(help="bytes kept for it", low=0, high=INT64)] = 0
    allocator_strategy: Annotated[str | None, P(help="accepted; the least loaded host is chosen")] = None
    sort_key: Annotated[int, P(help="order in lists")] = 0
    type: Annotated[str | None, P(help="VirtualRouter")] = None


class UpdateVirtualRouterOffering(Request, kw_only=True):
    """Change a vrouter offering's name, description, image, or whether it is the default."""

    uuid: Annotated[str, P(help="the offering", ref=VROUTER_OFFERING.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None
    is_default: Annotated[bool | None, P(help="the zone's default; administrators only")] = None
    image_uuid: Annotated[str | None, P(help="a root image", ref=IMAGE.vo)] = None
    allocator_strategy: Annotated[str | None, P(help="accepted; the least loaded host is chosen")] = None


def create(ctx: Context, req: CreateVirtualRouterOffering) -> Outcome:
    """Checks that a vrouter could be made of it."""
    tx = ctx.tx
    _check_default(ctx, req.is_default)
    _check_image(tx, req.image_uuid)
    management = tx.need(L3Network, req.management_network_uuid)
    public = tx.need(L3Network, req.public_network_uuid or req.management_network_uuid)
    for role, l3 in (("management", management), ("public", public)):
        _check_network(tx, role, l3, req.zone_uuid)
    _check_overlap(tx, management, public)
    offering = InstanceOffering(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        type="VirtualRouter",
        cpu_num=req.cpu_num,
        memory_size=req.memory_size,
        reserved_memory_size=req.reserved_memory_size,
        sort_key=req.sort_key,
        zone_uuid=req.zone_uuid,
        management_network_uuid=management.uuid,
        public_network_uuid=public.uuid,
        image_uuid=req.image_uuid,
        is_default=bool(req.is_default),
    )
    _keep_one_default(ctx, offering)
    tx.put(offering)
    return Outcome(inventory=(VROUTER_OFFERING, offering.uuid))


def update(ctx: Context, req: UpdateVirtualRouterOffering) -> Outcome:
    """Vrouters that exist stay as they are."""
    _check_default(ctx, req.is_default)
    offering = ctx.tx.need(InstanceOffering, req.uuid)
    if req.image_uuid is not None:
        _check_image(ctx.tx, req.image_uuid)
        offering.image_uuid = req.image_uuid
    offering.name = req.name or offering.name
    offering.description = offering.description if req.description is None else req.description
    offering.is_default = offering.is_default if req.is_default is None else req.is_default
    _keep_one_default(ctx, offering)
    ctx.tx.put(offering)
    return Outcome(inventory=(VROUTER_OFFERING, offering.uuid))


def _check_default(ctx: Context, is_default: bool | None) -> None:
    if is_default and not ctx.caller.is_admin:
        raise ApiError("ID.1002", "only administrators may make a vrouter offering the default")


def _check_image(view: View, uuid: str) -> None:
    image = view.need(Image, uuid)
    if image.media_type != "RootVolumeTemplate" or image.format == "iso":
        raise argerr(f"image[uuid:{uuid}, name:{image.name}] is no root image: choose one, such as netns")


def _check_network(view: View, role: str, l3: L3Network, zone_uuid: str) -> None:
    where = f"{role} network[uuid:{l3.uuid}, name:{l3.name}]"
    if l3.zone_uuid != zone_uuid:
        raise argerr(f"{where} is in zone[uuid:{l3.zone_uuid}], not in zone[uuid:{zone_uuid}]")
    if l3.type == VPC or view.first(NetworkServiceRef, l3_network_uuid=l3.uuid, network_service_type="SNAT"):
        raise argerr(f"{where} is a network behind a vrouter (VPC subnet, or SNAT is attached): choose another")


def _check_overlap(view: View, management: L3Network, public: L3Network) -> None:
    if management.uuid == public.uuid:
        return
    for mine in normal_ranges(view, management.uuid):
        for other in normal_ranges(view, public.uuid):
            if IPv4Network(mine.network_cidr).overlaps(IPv4Network(other.network_cidr)):
                raise argerr(
                    f"management network[uuid:{management.uuid}] {mine.network_cidr} and public "
                    f"network[uuid:{public.uuid}] {other.network_cidr} overlap"
                )


def _keep_one_default(ctx: Context, offering: InstanceOffering) -> None:
    if offering.is_default:
        for other in ctx.tx.find(InstanceOffering, zone_uuid=offering.zone_uuid, type="VirtualRouter"):
            if other.is_default and other.uuid != offering.uuid:
                other.is_default = False
                ctx.tx.put(other)


ACTIONS = (
    action("CreateVirtualRouterOffering", "POST", "/instance-offerings/virtual-routers", create,
           CreateVirtualRouterOffering, message=f"{_PACKAGE}.APICreateVirtualRouterOfferingMsg",
           kind=VROUTER_OFFERING),
    action("UpdateVirtualRouterOffering", "PUT", "/instance-offerings/virtual-routers/{uuid}/actions", update,
           UpdateVirtualRouterOffering, message=f"{_PACKAGE}.APIUpdateVirtualRouterOfferingMsg",
           kind=VROUTER_OFFERING),
    query("QueryVirtualRouterOffering", "/instance-offerings/virtual-routers", VROUTER_OFFERING,
          message=f"{_PACKAGE}.APIQueryVirtualRouterOfferingMsg", help="Find vrouter offerings."),
)  # fmt: skip
