"""The actions on zones."""

from typing import Annotated

from landbridge.core.api import NAME, CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome, Service
from landbridge.core.view import Tx
from landbridge.model.documents.places import ZONE, Zone

_PACKAGE = "org.zstack.header.zone"


class CreateZone(CreateRequest, kw_only=True):
    """Make a zone: the failure domain that clusters live in."""

    name: Annotated[str, P(help="display name", regex=NAME, max=255)]
    description: Annotated[str | None, P(help="free text", max=2048)] = None
    is_default: Annotated[bool | None, P(help="take this zone where none is named")] = None


def create_zone(ctx: Context, req: CreateZone) -> Outcome:
    """At most one zone is the default: a new default takes the place of the old one."""
    zone = Zone(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        name=req.name,
        description=req.description,
        is_default=bool(req.is_default),
    )
    if zone.is_default:
        _only_default(ctx.tx, zone.uuid)
    ctx.tx.put(zone)
    return Outcome(inventory=(ZONE, zone.uuid))


class UpdateZone(Request, kw_only=True):
    """Change a zone's name, description or whether it is the default."""

    uuid: Annotated[str, P(help="the zone", ref=ZONE.vo)]
    name: Annotated[str | None, P(help="display name", regex=NAME, max=255)] = None
    description: Annotated[str | None, P(help="free text", max=2048)] = None
    is_default: Annotated[bool | None, P(help="take this zone where none is named")] = None


def update_zone(ctx: Context, req: UpdateZone) -> Outcome:
    """What is not given stays."""
    zone = ctx.tx.need(Zone, req.uuid)
    if req.name is not None:
        zone.name = req.name
    if req.description is not None:
        zone.description = req.description
    if req.is_default is not None:
        zone.is_default = req.is_default
        if zone.is_default:
            _only_default(ctx.tx, zone.uuid)
    ctx.tx.put(zone)
    return Outcome(inventory=(ZONE, zone.uuid))


class ChangeZoneState(Request, kw_only=True):
    """Enable or disable a zone."""

    uuid: Annotated[str, P(help="the zone", ref=ZONE.vo)]
    state_event: Annotated[str, P(help="what to do", values=("enable", "disable"))]


def change_zone_state(ctx: Context, req: ChangeZoneState) -> Outcome:
    """A disabled zone takes no new VMs; what runs, runs on."""
    zone = ctx.tx.need(Zone, req.uuid)
    zone.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(zone)
    return Outcome(inventory=(ZONE, zone.uuid))


class DeleteZone(DeleteRequest, kw_only=True):
    """Delete an empty zone."""


def delete_zone(ctx: Context, req: DeleteZone) -> Outcome:
    """Refused (SYS.1006) while clusters or networks are in it."""
    ctx.tx.delete(ctx.tx.need(Zone, req.uuid))
    return Outcome()


class GetZone(Request, kw_only=True):
    """Read one zone."""

    uuid: Annotated[str, P(help="the zone")]


def get_zone(ctx: Context, req: GetZone) -> Outcome:
    """No zone of that uuid: an empty list."""
    zone = ctx.tx.get(Zone, req.uuid)
    return Outcome(inventories=(ZONE, (zone.uuid,) if zone else ()))


def _only_default(tx: Tx, uuid: str) -> None:
    for other in tx.find(Zone, is_default=True):
        if other.uuid != uuid:
            other.is_default = False
            tx.put(other)


SERVICE = Service(
    name="zone",
    kinds=(ZONE,),
    actions=(
        action("CreateZone", "POST", "/zones", create_zone, CreateZone,
               message=f"{_PACKAGE}.APICreateZoneMsg", kind=ZONE, admin_only=True),
        action("UpdateZone", "PUT", "/zones/{uuid}/actions", update_zone, UpdateZone,
               message=f"{_PACKAGE}.APIUpdateZoneMsg", kind=ZONE, admin_only=True),
        action("ChangeZoneState", "PUT", "/zones/{uuid}/actions", change_zone_state, ChangeZoneState,
               message=f"{_PACKAGE}.APIChangeZoneStateMsg", kind=ZONE, admin_only=True),
        action("DeleteZone", "DELETE", "/zones/{uuid}", delete_zone, DeleteZone,
               message=f"{_PACKAGE}.APIDeleteZoneMsg", result="none", admin_only=True, absent_ok=("uuid", ZONE.vo)),
        action("GetZone", "GET", "/zones/{uuid}/info", get_zone, GetZone,
               message=f"{_PACKAGE}.APIGetZoneMsg", mode="sync", result="inventories", kind=ZONE),
        query("QueryZone", "/zones", ZONE, message=f"{_PACKAGE}.APIQueryZoneMsg", help="Find zones."),
    ),
)  # fmt: skip
