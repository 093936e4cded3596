"""Actions on IP ranges."""

from ipaddress import IPv4Network
from typing import Annotated

from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action, query
from landbridge.core.ipam import ADDRESS_POOL, NORMAL, named, normal_ranges
from landbridge.core.renaming import rename
from landbridge.core.service import Context, Outcome
from landbridge.core.view import Tx
from landbridge.model.documents.l3 import ADDRESS_POOL_RANGE, IP_RANGE, IpRange, L3Network, UsedIp
from landbridge.model.errors import argerr, operr
from landbridge.services.l3 import dhcp
from landbridge.services.l3.range_rules import check_range, spans_of_cidr, subnet

_HEADER = "org.zstack.header.network.l3"
_RANGES = "/l3-networks/ip-ranges"
_TYPES = (NORMAL, ADDRESS_POOL)


class AddRange(CreateRequest, kw_only=True):
    """What both ways to add a range have."""

    l3_network_uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    name: Annotated[str, P(help="display name", max=255)]
    description: Annotated[str | None, P(max=2048)] = None
    ip_range_type: Annotated[
        str | None, P(help="Normal: for NICs (the default); AddressPool: of public networks", values=_TYPES)
    ] = None


class AddIpRange(AddRange, kw_only=True):
    """Give an L3 network addresses, from first to last."""

    start_ip: Annotated[str, P(help="first address")]
    end_ip: Annotated[str, P(help="last address")]
    netmask: Annotated[str, P(help="dotted netmask of the subnet")]
    gateway: Annotated[str | None, P(help="the subnet's gateway; left out: that of the network's first range")] = None


class AddIpRangeByNetworkCidr(AddRange, kw_only=True):
    """Give an L3 network all addresses of a subnet but the gateway (two ranges when that is in the middle)."""

    network_cidr: Annotated[str, P(help="the subnet, e.g. 10.0.0.0/24")]
    gateway: Annotated[str | None, P(help="the subnet's gateway; left out: its first host", max=64)] = None


class UpdateIpRange(Request, kw_only=True):
    """Rename or describe an IP range."""

    uuid: Annotated[str, P(help="the range", ref="IpRangeVO")]
    name: Annotated[str | None, P(max=255)] = None
    description: Annotated[str | None, P(max=2048)] = None


class DeleteIpRange(DeleteRequest, kw_only=True):
    """Delete an IP range; refused while an address of it is in use."""


def add_range(ctx: Context, req: AddIpRange) -> Outcome:
    """One range."""
    tx = ctx.tx
    l3 = tx.need(L3Network, req.l3_network_uuid)
    gateway = req.gateway or _known_gateway(tx, l3, req)
    network = subnet(req.start_ip, req.end_ip, req.netmask, gateway)
    new = _range(tx, req, network, gateway, (req.start_ip, req.end_ip))
    new.uuid = req.resource_uuid or new.uuid
    check_range(tx, l3, new)
    tx.put(new)
    dhcp.settle(tx, l3)
    return Outcome(inventory=(IP_RANGE, new.uuid))


def add_range_by_cidr(ctx: Context, req: AddIpRangeByNetworkCidr) -> Outcome:
    """One range, or two around the gateway."""
    tx = ctx.tx
    l3 = tx.need(L3Network, req.l3_network_uuid)
    network, gateway, spans = spans_of_cidr(req.network_cidr, req.gateway, req.ip_range_type or NORMAL)
    new = [_range(tx, req, network, gateway, (str(low), str(high))) for low, high in spans]
    new[0].uuid = req.resource_uuid or new[0].uuid
    for ip_range in new:
        check_range(tx, l3, ip_range)
        tx.put(ip_range)
    dhcp.settle(tx, l3)
    return Outcome(inventory=(IP_RANGE, new[0].uuid), inventories=(IP_RANGE, tuple(r.uuid for r in new)))


def update_range(ctx: Context, req: UpdateIpRange) -> Outcome:
    """Name and description; the addresses stay."""
    ip_range = ctx.tx.need(IpRange, req.uuid)
    rename(ip_range, req)
    ctx.tx.put(ip_range)
    return Outcome(inventory=(IP_RANGE, ip_range.uuid))


def delete_range(ctx: Context, req: DeleteIpRange) -> Outcome:
    """The range; the DHCP server moves to another one if its address was of it."""
    tx = ctx.tx
    ip_range = tx.get(IpRange, req.uuid)
    if ip_range is None:
        return Outcome()
    l3 = tx.need(L3Network, ip_range.l3_network_uuid)
    for used in tx.find(UsedIp, ip_range_uuid=ip_range.uuid):
        if used.ip != l3.dhcp_ip:
            raise operr(
                f"IP range[uuid:{ip_range.uuid}, name:{ip_range.name}] is in use: {used.used_for}"
                f"[uuid:{used.vm_nic_uuid or used.uuid}] has {used.ip}; release its addresses first"
            )
        dhcp.give_back(tx, l3)
    tx.delete(ip_range)
    tx.put(l3)
    dhcp.settle(tx, l3)
    return Outcome()


def _known_gateway(tx: Tx, l3: L3Network, req: AddIpRange) -> str:
    """What an address pool has no need of, and a further range takes from the first."""
    if req.ip_range_type == ADDRESS_POOL:
        return req.start_ip
    ranges = normal_ranges(tx, l3.uuid)
    if not ranges:
        raise argerr(f"the first IP range of {named(l3)} needs a gateway")
    return ranges[0].gateway


def _range(tx: Tx, req: AddRange, network: IPv4Network, gateway: str, span: tuple[str, str]) -> IpRange:
    return IpRange(
        uuid=tx.new_uuid(),
        name=req.name,
        description=req.description,
        l3_network_uuid=req.l3_network_uuid,
        start_ip=span[0],
        end_ip=span[1],
        netmask=str(network.netmask),
        gateway=gateway,
        network_cidr=str(network),
        prefix_len=network.prefixlen,
        ip_range_type=req.ip_range_type or NORMAL,
    )


ACTIONS = (
    action(
        "AddIpRange",
        "POST",
        "/l3-networks/{l3NetworkUuid}/ip-ranges",
        add_range,
        AddIpRange,
        message=f"{_HEADER}.APIAddIpRangeMsg",
        kind=IP_RANGE,
    ),
    action(
        "AddIpRangeByNetworkCidr",
        "POST",
        "/l3-networks/{l3NetworkUuid}/ip-ranges/by-cidr",
        add_range_by_cidr,
        AddIpRangeByNetworkCidr,
        message=f"{_HEADER}.APIAddIpRangeByNetworkCidrMsg",
        kind=IP_RANGE,
        fields=(("inventories", "array"),),
    ),
    action(
        "UpdateIpRange",
        "PUT",
        f"{_RANGES}/{{uuid}}/actions",
        update_range,
        UpdateIpRange,
        message=f"{_HEADER}.APIUpdateIpRangeMsg",
        kind=IP_RANGE,
    ),
    action(
        "DeleteIpRange",
        "DELETE",
        f"{_RANGES}/{{uuid}}",
        delete_range,
        DeleteIpRange,
        message=f"{_HEADER}.APIDeleteIpRangeMsg",
        result="none",
        absent_ok=("uuid", "IpRangeVO"),
    ),
    query(
        "QueryIpRange",
        _RANGES,
        IP_RANGE,
        message=f"{_HEADER}.APIQueryIpRangeMsg",
        help="Find IP ranges.",
    ),
    query(
        "QueryAddressPool",
        "/l3-networks/address-pools",
        ADDRESS_POOL_RANGE,
        message=f"{_HEADER}.APIQueryAddressPoolMsg",
        help="Find the address pools of public networks.",
    ),
)
