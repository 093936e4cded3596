"""Actions on L2 networks of any type: make, change, delete, query."""

from typing import Annotated

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.l2 import (
    L2_NETWORK,
    L2_NO_VLAN,
    L2_VLAN,
    L2_VXLAN_NETWORK,
    NO_VLAN,
    VLAN,
    VXLAN,
    VXLAN_POOL,
    L2Network,
)
from landbridge.model.errors import argerr
from landbridge.services.l2 import physical, vni
from landbridge.services.l2.delete import delete_l2

_HEADER = "org.zstack.header.network.l2"
_VXLAN = "org.zstack.network.l2.vxlan.vxlanNetwork"
LINUX_BRIDGE = "LinuxBridge"
V_SWITCH_TYPES = (LINUX_BRIDGE, "OvsDpdk", "MacVlan")
"""What the API knows; hosts have Linux bridges only, which attaching checks."""


class CreateL2(CreateRequest, kw_only=True):
    """What every L2 network has."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    type: Annotated[str | None, P(help="accepted for old clients; the action decides")] = None
    v_switch_type: Annotated[str, P(help="kind of switch on the hosts", values=V_SWITCH_TYPES, max=1024)] = (
        LINUX_BRIDGE
    )
    isolated: Annotated[bool, P(help="kept for clients; has no effect")] = False
    pvlan: Annotated[str | None, P(help="kept for clients; has no effect", nonempty=True)] = None


class CreateL2NoVlanNetwork(CreateL2, kw_only=True):
    """Make an L2 network over a physical interface that every host of a cluster has."""

    zone_uuid: Annotated[str, P(help="zone of the clusters to attach it to", ref="ZoneVO")]
    physical_interface: Annotated[str, P(help="the hosts' interface", max=1024, nonempty=True)]


class CreateL2VxlanNetwork(CreateL2, kw_only=True):
    """Make an isolated overlay network; its VNI comes from the pool's ranges."""

    pool_uuid: Annotated[str, P(help="pool to make it in", ref="VxlanNetworkPoolVO")]
    vni: Annotated[int | None, P(help="a VNI of the pool's ranges; random if left out", low=1, high=16777214)] = None
    zone_uuid: Annotated[str | None, P(help="must be the pool's if given", max=1024)] = None
    physical_interface: Annotated[str | None, P(help="ignored: the pool's", max=1024)] = None


class UpdateL2Network(Request, kw_only=True):
    """Rename or describe an L2 network."""

    uuid: Annotated[str, P(help="the network", ref="L2NetworkVO")]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class DeleteL2Network(DeleteRequest, kw_only=True):
    """Delete an L2 network; a pool goes with its networks.  Refused while an L3 network is on it."""


class DeleteVxlanL2Network(DeleteRequest, kw_only=True):
    """Delete a VXLAN network.  Refused while an L3 network is on it."""


class GetL2NetworkTypes(Request, kw_only=True):
    """The types of L2 networks."""


class GetVSwitchTypes(Request, kw_only=True):
    """The kinds of switches that hosts have."""


def create_no_vlan(ctx: Context, req: CreateL2NoVlanNetwork) -> Outcome:
    """A network over a physical interface."""
    return physical.make(ctx, req, L2_NO_VLAN)


def create_vxlan(ctx: Context, req: CreateL2VxlanNetwork) -> Outcome:
    """An overlay network; it is in every cluster that its pool is attached to."""
    tx = ctx.tx
    pool = tx.need(L2Network, req.pool_uuid)
    if pool.type != VXLAN_POOL:
        raise argerr(f"L2 network[uuid:{pool.uuid}, name:{pool.name}] is a {pool.type}, not a VXLAN pool")
    if req.zone_uuid is not None and req.zone_uuid != pool.zone_uuid:
        raise argerr(
            f"zone[uuid:{req.zone_uuid}] is not the zone[uuid:{pool.zone_uuid}] of VXLAN pool"
            f"[uuid:{pool.uuid}, name:{pool.name}]: leave zoneUuid out"
        )
    uuid = req.resource_uuid or tx.new_uuid()
    number = vni.allocate(tx, pool, uuid, req.vni)
    tx.put(
        L2Network(
            uuid=uuid,
            name=req.name,
            description=req.description,
            zone_uuid=pool.zone_uuid,
            type=VXLAN,
            physical_interface=pool.physical_interface,
            v_switch_type=req.v_switch_type,
            isolated=req.isolated,
            pvlan=req.pvlan,
            virtual_network_id=number,
            vni=number,
            pool_uuid=pool.uuid,
            net_id=vni.take_net_id(tx, uuid),
        )
    )
    vni.inherit_clusters(tx, pool, uuid)
    return Outcome(inventory=(L2_VXLAN_NETWORK, uuid))


def update(ctx: Context, req: UpdateL2Network) -> Outcome:
    """Name and description."""
    network = ctx.tx.need(L2Network, req.uuid)
    rename(network, req)
    ctx.tx.put(network)
    return Outcome(inventory=(L2_NETWORK, network.uuid))


def delete(ctx: Context, req: DeleteL2Network) -> Outcome:
    """The network with its attachments; a pool with its networks, VNI ranges and VTEPs."""
    network = ctx.tx.get(L2Network, req.uuid)
    if network is not None:
        delete_l2(ctx.tx, network)
    return Outcome()


def delete_vxlan(ctx: Context, req: DeleteVxlanL2Network) -> Outcome:
    """As `delete`; SYS.1007 for a network of another type."""
    network = ctx.tx.get(L2Network, req.uuid)
    if network is not None:
        if network.type != VXLAN:
            raise argerr(f"L2 network[uuid:{network.uuid}, name:{network.name}] is a {network.type}, not a {VXLAN}")
        delete_l2(ctx.tx, network)
    return Outcome()


def get_types(ctx: Context, req: GetL2NetworkTypes) -> Outcome:
    """Fixed."""
    return Outcome(body={"types": [NO_VLAN, VLAN, VXLAN_POOL, VXLAN]})


def get_v_switch_types(ctx: Context, req: GetVSwitchTypes) -> Outcome:
    """Fixed."""
    return Outcome(body={"types": [LINUX_BRIDGE]})


ACTIONS = (
    action(
        "CreateL2NoVlanNetwork",
        "POST",
        "/l2-networks/no-vlan",
        create_no_vlan,
        CreateL2NoVlanNetwork,
        message=f"{_HEADER}.APICreateL2NoVlanNetworkMsg",
        kind=L2_NO_VLAN,
        admin_only=True,
    ),
    action(
        "CreateL2VxlanNetwork",
        "POST",
        "/l2-networks/vxlan",
        create_vxlan,
        CreateL2VxlanNetwork,
        message=f"{_VXLAN}.APICreateL2VxlanNetworkMsg",
        kind=L2_VXLAN_NETWORK,
    ),
    action(
        "UpdateL2Network",
        "PUT",
        "/l2-networks/{uuid}/actions",
        update,
        UpdateL2Network,
        message=f"{_HEADER}.APIUpdateL2NetworkMsg",
        kind=L2_NETWORK,
    ),
    action(
        "DeleteL2Network",
        "DELETE",
        "/l2-networks/{uuid}",
        delete,
        DeleteL2Network,
        message=f"{_HEADER}.APIDeleteL2NetworkMsg",
        result="none",
        absent_ok=("uuid", "L2NetworkVO"),
    ),
    action(
        "DeleteVxlanL2Network",
        "DELETE",
        "/l2-networks/vxlan/{uuid}",
        delete_vxlan,
        DeleteVxlanL2Network,
        message=f"{_VXLAN}.APIDeleteVxlanL2NetworkMsg",
        result="none",
        absent_ok=("uuid", "L2NetworkVO"),
    ),
    action(
        "GetL2NetworkTypes",
        "GET",
        "/l2-networks/types",
        get_types,
        GetL2NetworkTypes,
        message=f"{_HEADER}.APIGetL2NetworkTypesMsg",
        mode="sync",
        result="body",
        fields=(("types", "array"),),
    ),
    action(
        "GetVSwitchTypes",
        "GET",
        "/l2-networks/vSwitchTypes",
        get_v_switch_types,
        GetVSwitchTypes,
        message=f"{_HEADER}.APIGetVSwitchTypesMsg",
        mode="sync",
        result="body",
        fields=(("types", "array"),),
    ),
    query(
        "QueryL2Network",
        "/l2-networks",
        L2_NETWORK,
        message=f"{_HEADER}.APIQueryL2NetworkMsg",
        help="Find L2 networks of any type.",
    ),
    query(
        "QueryL2VlanNetwork",
        "/l2-networks/vlan",
        L2_VLAN,
        message=f"{_HEADER}.APIQueryL2VlanNetworkMsg",
        help="Find VLAN networks.",
    ),
    query(
        "QueryL2VxlanNetwork",
        "/l2-networks/vxlan",
        L2_VXLAN_NETWORK,
        message=f"{_VXLAN}.APIQueryL2VxlanNetworkMsg",
        help="Find VXLAN networks.",
    ),
)
