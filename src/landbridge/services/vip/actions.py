"""VIPs: taken from a network, enabled and disabled, given back with all that stands on them."""

from ipaddress import IPv4Network
from typing import Annotated

from landbridge.core import ipam, standing, vips
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.attached import Attached, attached
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx
from landbridge.core.waiting import at_router
from landbridge.model.documents.l3 import IpRange, L3Network, UsedIp
from landbridge.model.documents.vip import VIP, Vip
from landbridge.model.errors import argerr
from landbridge.model.net import is_ipv4

_PACKAGE = "org.zstack.network.service.vip"
STRATEGIES = (
    "RandomIpAllocatorStrategy",
    "FirstAvailableIpAllocatorStrategy",
    "AscDelayRecycleIpAllocatorStrategy",
)


class CreateVip(CreateRequest, kw_only=True):
    """Take an address of a network as a VIP: the asked one, or the next free one."""

    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    l3_network_uuid: Annotated[str, P(help="the network, usually a public one", ref="L3NetworkVO")]
    allocator_strategy: Annotated[str | None, P(help="accepted and ignored: addresses are taken in order")] = None
    ip_range_uuid: Annotated[str | None, P(help="from this range of the network", ref="IpRangeVO")] = None
    required_ip: Annotated[str | None, P(help="this address")] = None
    ip_version: Annotated[int | None, P(help="4; there are no IPv6 ranges", values=(4, 6))] = None


class UpdateVip(Request, kw_only=True):
    """Change a VIP's name or description."""

    uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class ChangeVipState(Request, kw_only=True):
    """Enable or disable a VIP; on a disabled one nothing new can be made."""

    uuid: Annotated[str, P(help="the VIP", ref=VIP.vo)]
    state_event: Annotated[str, P(help="enable or disable", values=("enable", "disable"))]


class DeleteVip(DeleteRequest, kw_only=True):
    """Give a VIP back; the EIP, the forwarding rules and whatever else is on it goes with it."""


class GetVpcAttachedVip(Attached, kw_only=True):
    """The VIPs that a vrouter has."""


def create(ctx: Context, req: CreateVip) -> Outcome:
    """SYS.1006 for an address that somebody has, SYS.1007 for one that is none of the network's."""
    tx = ctx.tx
    l3 = tx.need(L3Network, req.l3_network_uuid)
    if req.allocator_strategy is not None and req.allocator_strategy not in STRATEGIES:
        raise argerr(f"allocatorStrategy[{req.allocator_strategy}] is none of {', '.join(STRATEGIES)}")
    _check_version(req)
    uuid = req.resource_uuid or tx.new_uuid()
    used = ipam.allocate(tx, l3, uuid, f"VIP {req.name}", static_ip=req.required_ip, within=_range(tx, l3, req))
    vip = Vip(
        uuid=uuid,
        name=req.name,
        description=req.description,
        l3_network_uuid=l3.uuid,
        ip=used.ip,
        gateway=used.gateway,
        netmask=used.netmask,
        prefix_len=IPv4Network((0, used.netmask)).prefixlen,
        used_ip_uuid=used.uuid,
    )
    tx.put(vip)
    return Outcome(inventory=(VIP, vip.uuid))


def update(ctx: Context, req: UpdateVip) -> Outcome:
    """Absent parameters stay as they are."""
    vip = ctx.tx.need(Vip, req.uuid)
    rename(vip, req)
    ctx.tx.put(vip)
    return Outcome(inventory=(VIP, vip.uuid))


def change_state(ctx: Context, req: ChangeVipState) -> Outcome:
    """What is on it goes on."""
    vip = ctx.tx.need(Vip, req.uuid)
    vip.state = "Enabled" if req.state_event == "enable" else "Disabled"
    ctx.tx.put(vip)
    return Outcome(inventory=(VIP, vip.uuid))


def delete(ctx: Context, req: DeleteVip) -> Outcome:
    """SYS.1007 for a vrouter's own, which goes with the vrouter."""
    tx = ctx.tx
    vip = tx.need(Vip, req.uuid)
    if vip.system:
        raise argerr(f"{vips.named(vip)} is a vrouter's own address and cannot be deleted: delete the vrouter")
    router = vips.router_for(tx, vip)
    standing.clear(tx, vip)
    ipam.release(tx, tx.need(UsedIp, vip.used_ip_uuid))
    tx.delete(vip)
    return at_router(tx, router)


def _check_version(req: CreateVip) -> None:
    if req.ip_version not in (None, 4):
        raise argerr(f"ipVersion[{req.ip_version}]: there are no IPv6 ranges, a VIP is an IPv4 address")
    if req.required_ip is not None and not is_ipv4(req.required_ip):
        raise argerr(f"requiredIp[{req.required_ip}] is not an IPv4 address")


def _range(tx: Tx, l3: L3Network, req: CreateVip) -> IpRange | None:
    """The range that the address is to be of; None: any."""
    if req.ip_range_uuid is None:
        return None
    ip_range = tx.need(IpRange, req.ip_range_uuid)
    where = f"IP range[uuid:{ip_range.uuid}, name:{ip_range.name}]"
    if ip_range.l3_network_uuid != l3.uuid:
        raise argerr(f"{where} is not one of {ipam.named(l3)}")
    if req.required_ip is not None and ipam.range_of(tx, l3.uuid, req.required_ip) != ip_range:
        raise argerr(f"requiredIp[{req.required_ip}] is not in {where}")
    return ip_range


ACTIONS = (
    action("CreateVip", "POST", "/vips", create, CreateVip, message=f"{_PACKAGE}.APICreateVipMsg", kind=VIP),
    action("UpdateVip", "PUT", "/vips/{uuid}/actions", update, UpdateVip,
           message=f"{_PACKAGE}.APIUpdateVipMsg", kind=VIP),
    action("ChangeVipState", "PUT", "/vips/{uuid}/actions", change_state, ChangeVipState,
           message=f"{_PACKAGE}.APIChangeVipStateMsg", kind=VIP),
    action("DeleteVip", "DELETE", "/vips/{uuid}", delete, DeleteVip,
           message=f"{_PACKAGE}.APIDeleteVipMsg", result="none", absent_ok=("uuid", VIP.vo)),
    attached(GetVpcAttachedVip, "attached-vip", VIP),
    query("QueryVip", "/vips", VIP, message=f"{_PACKAGE}.APIQueryVipMsg", help="Find VIPs."),
)  # fmt: skip
