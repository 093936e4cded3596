"""Actions on VXLAN pools: the underlay, its VNI ranges, its VTEPs."""

from typing import Annotated

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.l2 import L2_VXLAN_POOL, VNI_RANGE, VTEP, VXLAN_POOL, L2Network, VniRange
from landbridge.model.documents.places import Zone
from landbridge.model.errors import argerr
from landbridge.model.net import VXLAN_PORT
from landbridge.services.l2 import vni
from landbridge.services.l2.actions_network import CreateL2
from landbridge.services.l2.delete import delete_vni_range

_POOL = "org.zstack.network.l2.vxlan.vxlanNetworkPool"
_RANGES = "/l2-networks/vxlan-pool/vni-ranges"
VNI_MAX = 16777214
_PORT_TAG = "vxlanPort::"
_LAST_PORT = 65535


class CreateL2VxlanNetworkPool(CreateL2, kw_only=True):
    """Make a VXLAN pool: an underlay whose hosts tunnel to each other, and the VNIs for networks on it.

    The system tag `vxlanPort::4789` gives it a UDP port of its own, as devices of others may want it.
    """

    zone_uuid: Annotated[str, P(help="zone of the clusters to attach it to", ref="ZoneVO")]
    physical_interface: Annotated[
        str | None, P(help="the hosts' underlay interface, where an address alone does not tell", max=1024)
    ] = None


class CreateVniRange(CreateRequest, kw_only=True):
    """Give a VXLAN pool VNIs to hand out."""

    l2_network_uuid: Annotated[str, P(help="the VXLAN pool", ref="L2NetworkVO")]
    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    start_vni: Annotated[int, P(help="first VNI", low=0, high=VNI_MAX)]
    end_vni: Annotated[int, P(help="last VNI", low=0, high=VNI_MAX)]


class UpdateVniRange(Request, kw_only=True):
    """Rename a VNI range."""

    uuid: Annotated[str, P(help="the range", ref="VniRangeVO")]
    name: Annotated[str, P(help="new name", max=255)]


class DeleteVniRange(DeleteRequest, kw_only=True):
    """Delete a VNI range and the VXLAN networks whose VNI lies in it; refused while one is in use."""


def create_pool(ctx: Context, req: CreateL2VxlanNetworkPool) -> Outcome:
    """An empty pool, attached nowhere."""
    pool = L2Network(
        uuid=req.resource_uuid or ctx.tx.new_uuid(),
        name=req.name,
        description=req.description,
        zone_uuid=ctx.tx.need(Zone, req.zone_uuid).uuid,
        type=VXLAN_POOL,
        physical_interface=req.physical_interface or "",
        v_switch_type=req.v_switch_type,
        isolated=req.isolated,
        pvlan=req.pvlan,
        port=VXLAN_PORT,
    )
    for tag in ctx.system_tags:
        if tag.startswith(_PORT_TAG):
            pool.port = _port(tag)
            ctx.tx.set_tag(pool.uuid, "L2NetworkVO", tag)
    ctx.tx.put(pool)
    return Outcome(inventory=(L2_VXLAN_POOL, pool.uuid))


def _port(tag: str) -> int:
    text = tag.removeprefix(_PORT_TAG)
    port = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(_LAST_PORT)) else 0
    if not 0 < port <= _LAST_PORT:
        raise argerr(f"[{text}] in system tag[{tag}] is not a UDP port: 1 to {_LAST_PORT}, e.g. {_PORT_TAG}4789")
    return port


def create_range(ctx: Context, req: CreateVniRange) -> Outcome:
    """A range that cannot be mistaken for another on the same underlay."""
    tx = ctx.tx
    pool = tx.need(L2Network, req.l2_network_uuid)
    if pool.type != VXLAN_POOL:
        raise argerr(f"L2 network[uuid:{pool.uuid}, name:{pool.name}] is a {pool.type}, not a VXLAN pool")
    if req.start_vni > req.end_vni:
        raise argerr(f"startVni[{req.start_vni}] is greater than endVni[{req.end_vni}]")
    vni_range = VniRange(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        l2_network_uuid=pool.uuid,
        start_vni=req.start_vni,
        end_vni=req.end_vni,
    )
    vni.check_new_range(tx, pool, vni_range)
    tx.put(vni_range)
    return Outcome(inventory=(VNI_RANGE, vni_range.uuid))


def update_range(ctx: Context, req: UpdateVniRange) -> Outcome:
    """The name; the numbers stay."""
    vni_range = ctx.tx.need(VniRange, req.uuid)
    vni_range.name = req.name
    ctx.tx.put(vni_range)
    return Outcome(inventory=(VNI_RANGE, vni_range.uuid))


def delete_range(ctx: Context, req: DeleteVniRange) -> Outcome:
    """The range with its networks."""
    vni_range = ctx.tx.get(VniRange, req.uuid)
    if vni_range is not None:
        delete_vni_range(ctx.tx, vni_range)
    return Outcome()


ACTIONS = (
    action(
        "CreateL2VxlanNetworkPool",
        "POST",
        "/l2-networks/vxlan-pool",
        create_pool,
        CreateL2VxlanNetworkPool,
        message=f"{_POOL}.APICreateL2VxlanNetworkPoolMsg",
        kind=L2_VXLAN_POOL,
        admin_only=True,
    ),
    action(
        "CreateVniRange",
        "POST",
        "/l2-networks/vxlan-pool/{l2NetworkUuid}/vni-ranges",
        create_range,
        CreateVniRange,
        message=f"{_POOL}.APICreateVniRangeMsg",
        kind=VNI_RANGE,
        admin_only=True,
    ),
    action(
        "UpdateVniRange",
        "PUT",
        f"{_RANGES}/{{uuid}}",
        update_range,
        UpdateVniRange,
        message=f"{_POOL}.APIUpdateVniRangeMsg",
        kind=VNI_RANGE,
        admin_only=True,
    ),
    action(
        "DeleteVniRange",
        "DELETE",
        f"{_RANGES}/{{uuid}}",
        delete_range,
        DeleteVniRange,
        message=f"{_POOL}.APIDeleteVniRangeMsg",
        result="none",
        admin_only=True,
        absent_ok=("uuid", "VniRangeVO"),
    ),
    query(
        "QueryL2VxlanNetworkPool",
        "/l2-networks/vxlan-pool",
        L2_VXLAN_POOL,
        message=f"{_POOL}.APIQueryL2VxlanNetworkPoolMsg",
        help="Find VXLAN pools.",
    ),
    query(
        "QueryVniRange",
        "/l2-networks/vxlan-pool/vni-range",
        VNI_RANGE,
        message=f"{_POOL}.APIQueryVniRangeMsg",
        help="Find VNI ranges.",
    ),
    query(
        "QueryVtep",
        "/l2-networks/vteps",
        VTEP,
        message="org.zstack.network.l2.vxlan.vtep.APIQueryVtepMsg",
        help="Find the hosts' tunnel ends.",
    ),
)
