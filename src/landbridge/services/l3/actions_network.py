"""Actions on L3 networks themselves: make, change, delete, query."""

from typing import Annotated

import msgspec

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.ipam import named
from landbridge.core.mtu import narrowed_mtu
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.model.documents.l2 import VXLAN_POOL, L2Network
from landbridge.model.documents.l3 import (
    BASIC,
    L3_NETWORK,
    VPC,
    IpRange,
    L3Dns,
    L3HostRoute,
    L3Network,
    NetworkServiceRef,
    ReservedIpRange,
)
from landbridge.model.documents.security_group import SecurityGroupL3NetworkRef
from landbridge.model.documents.vm import VmInstance, VmNic
from landbridge.model.errors import argerr, operr
from landbridge.model.resource import Resource
from landbridge.services.l3 import dhcp

_HEADER = "org.zstack.header.network.l3"
_TYPES = (BASIC, VPC)
_CATEGORIES = ("Public", "Private", "System")
_BELONGINGS: tuple[type[Resource], ...] = (
    ReservedIpRange,
    IpRange,
    L3Dns,
    L3HostRoute,
    NetworkServiceRef,
    SecurityGroupL3NetworkRef,
)


class CreateL3Network(CreateRequest, kw_only=True):
    """Make an IP network on an L2 network.  A VPC subnet has type L3VpcNetwork."""

    name: Annotated[str, P(help="display name", max=255)]
    l2_network_uuid: Annotated[str, P(help="the L2 network", ref="L2NetworkVO")]
    description: Annotated[str | None, P(max=2048)] = None
    type: Annotated[str, P(help=f"{BASIC} or {VPC}")] = BASIC
    category: Annotated[str, P(help="who it is for", values=_CATEGORIES)] = "Private"
    ip_version: Annotated[int, P(help="4 or 6", values=(4, 6))] = 4
    system: Annotated[bool, P(help="a network of the cloud itself")] = False
    dns_domain: Annotated[str | None, P(help="domain that VMs are told")] = None
    enable_ipam: Annotated[bool, P(help="whether addresses are handed out")] = msgspec.field(
        default=True, name="enableIPAM"
    )


class UpdateL3Network(Request, kw_only=True):
    """Change an L3 network's name, description, DNS domain or category."""

    uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None
    dns_domain: Annotated[str | None, P(max=255)] = None
    category: Annotated[str | None, P(values=_CATEGORIES)] = None
    system: Annotated[bool | None, P(help="a network of the cloud itself")] = None


class ChangeL3NetworkState(Request, kw_only=True):
    """Enable or disable an L3 network; a disabled one takes no new NICs."""

    uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    state_event: Annotated[str, P(help="what to do", values=("enable", "disable"))]


class DeleteL3Network(DeleteRequest, kw_only=True):
    """Delete an L3 network; refused while a NIC is on it."""


class GetL3NetworkTypes(Request, kw_only=True):
    """The types of L3 networks."""


def create(ctx: Context, req: CreateL3Network) -> Outcome:
    """A network without ranges and services."""
    tx = ctx.tx
    l2 = tx.need(L2Network, req.l2_network_uuid)
    if l2.type == VXLAN_POOL:
        raise argerr(
            f"L2 network[uuid:{l2.uuid}, name:{l2.name}] is a VXLAN pool: "
            "make the L3 network on a VXLAN network of it"
        )
    if req.type not in _TYPES:
        raise argerr(f"unsupported L3 network type[{req.type}]; one of {', '.join(_TYPES)}")
    _check_category(req.category, req.system)
    network = L3Network(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=req.name,
        description=req.description,
        zone_uuid=l2.zone_uuid,
        l2_network_uuid=l2.uuid,
        type=req.type,
        category=req.category,
        system=req.system,
        ip_version=req.ip_version,
        dns_domain=req.dns_domain,
        enable_ipam=req.enable_ipam,
        mtu=narrowed_mtu(tx, l2),
    )
    tx.put(network)
    return Outcome(inventory=(L3_NETWORK, network.uuid))


def update(ctx: Context, req: UpdateL3Network) -> Outcome:
    """The fields that are given."""
    network = ctx.tx.need(L3Network, req.uuid)
    rename(network, req)
    network.dns_domain = network.dns_domain if req.dns_domain is None else req.dns_domain
    network.category = network.category if req.category is None else req.category
    network.system = network.system if req.system is None else req.system
    _check_category(network.category, network.system)
    ctx.tx.put(network)
    return Outcome(inventory=(L3_NETWORK, network.uuid))


def change_state(ctx: Context, req: ChangeL3NetworkState) -> Outcome:
    """Enabled or Disabled."""
    network = ctx.tx.need(L3Network, req.uuid)
    network.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(network)
    return Outcome(inventory=(L3_NETWORK, network.uuid))


def delete(ctx: Context, req: DeleteL3Network) -> Outcome:
    """The network with its ranges, DNS servers, host routes and services."""
    tx = ctx.tx
    network = tx.get(L3Network, req.uuid)
    if network is None:
        return Outcome()
    nic = tx.first(VmNic, l3_network_uuid=network.uuid)
    if nic is not None:
        vm = tx.need(VmInstance, nic.vm_instance_uuid)
        raise operr(
            f"{named(network)} is in use: VM[uuid:{vm.uuid}, name:{vm.name}] "
            f"has NIC[uuid:{nic.uuid}, ip:{nic.ip}] on it; detach or destroy it first"
        )
    dhcp.give_back(tx, network)
    for doc in _BELONGINGS:
        for belonging in tx.find(doc, l3_network_uuid=network.uuid):
            tx.delete(belonging)
    tx.delete(network)
    return Outcome()


def get_types(ctx: Context, req: GetL3NetworkTypes) -> Outcome:
    """Fixed."""
    return Outcome(body={"types": list(_TYPES)})


def _check_category(category: str, system: bool) -> None:
    if system != (category == "System"):
        wanted = "System" if system else "Public or Private"
        raise argerr(f"a network with system={str(system).lower()} must have category {wanted}, not {category}")


ACTIONS = (
    action(
        "CreateL3Network",
        "POST",
        "/l3-networks",
        create,
        CreateL3Network,
        message=f"{_HEADER}.APICreateL3NetworkMsg",
        kind=L3_NETWORK,
    ),
    action(
        "UpdateL3Network",
        "PUT",
        "/l3-networks/{uuid}/actions",
        update,
        UpdateL3Network,
        message=f"{_HEADER}.APIUpdateL3NetworkMsg",
        kind=L3_NETWORK,
    ),
    action(
        "ChangeL3NetworkState",
        "PUT",
        "/l3-networks/{uuid}/actions",
        change_state,
        ChangeL3NetworkState,
        message=f"{_HEADER}.APIChangeL3NetworkStateMsg",
        kind=L3_NETWORK,
    ),
    action(
        "DeleteL3Network",
        "DELETE",
        "/l3-networks/{uuid}",
        delete,
        DeleteL3Network,
        message=f"{_HEADER}.APIDeleteL3NetworkMsg",
        result="none",
        absent_ok=("uuid", "L3NetworkVO"),
    ),
    action(
        "GetL3NetworkTypes",
        "GET",
        "/l3-networks/types",
        get_types,
        GetL3NetworkTypes,
        message=f"{_HEADER}.APIGetL3NetworkTypesMsg",
        mode="sync",
        result="body",
        fields=(("types", "array"),),
    ),
    query(
        "QueryL3Network",
        "/l3-networks",
        L3_NETWORK,
        message=f"{_HEADER}.APIQueryL3NetworkMsg",
        help="Find L3 networks.",
    ),
)
