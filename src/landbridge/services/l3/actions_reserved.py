"""Actions on addresses that are not to be handed out, and on those that nobody has any more."""

from ipaddress import IPv4Address, IPv4Network
from typing import Annotated

from landbridge.core import ipam
from landbridge.core.api import CreateRequest, DeleteRequest, P, Request, action
from landbridge.core.reserved import reserved_spans
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.l3 import RESERVED_IP_RANGE, IpRange, L3Network, ReservedIpRange, UsedIp
from landbridge.model.errors import argerr, operr
from landbridge.model.net import ip_number, ip_text, is_ipv4
from landbridge.services.l3.holders import holders

_HEADER = "org.zstack.header.network.l3"
_NAME = "ReservedIpRange"


class AddReservedIpRange(CreateRequest, kw_only=True):
    """Keep addresses of an L3 network from being handed out; those that are in use already stay so."""

    l3_network_uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    start_ip: Annotated[str, P(help="first address")]
    end_ip: Annotated[str, P(help="last address")]


class DeleteReservedIpRange(DeleteRequest, kw_only=True):
    """Hand out these addresses again."""


class DeleteIpAddress(Request, kw_only=True):
    """Give back addresses that are in use on paper only; refused for those that somebody has."""

    l3_network_uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    used_ip_uuids: Annotated[list[str], P(help="addresses, by `ip-address query`", ref="UsedIpVO", nonempty=True)]
    delete_mode: Annotated[str, P(help="kept for clients; has no effect", values=("Permissive", "Enforcing"))] = (
        "Permissive"
    )


def add_reserved(ctx: Context, req: AddReservedIpRange) -> Outcome:
    """SYS.1007 unless it is a stretch of the network's own addresses, of which none is reserved yet."""
    tx = ctx.tx
    l3 = tx.need(L3Network, req.l3_network_uuid)
    for field, value in (("startIp", req.start_ip), ("endIp", req.end_ip)):
        if not is_ipv4(value):
            raise argerr(f"{field}[{value}] is not an IPv4 address")
    low, high = ip_number(req.start_ip), ip_number(req.end_ip)
    if low > high:
        raise argerr(f"startIp[{req.start_ip}] is behind endIp[{req.end_ip}]")
    _check_inside(tx, l3, req)
    for first, last in reserved_spans(tx, l3.uuid):
        if first <= high and low <= last:
            raise argerr(
                f"[{req.start_ip}-{req.end_ip}] overlaps [{ip_text(first)}-{ip_text(last)}], which is reserved in "
                f"{ipam.named(l3)} already"
            )
    new = ReservedIpRange(
        uuid=req.resource_uuid or tx.new_uuid(),
        name=f"{_NAME}-{req.start_ip}-{req.end_ip}",
        l3_network_uuid=l3.uuid,
        start_ip=req.start_ip,
        end_ip=req.end_ip,
    )
    tx.put(new)
    return Outcome(inventory=(RESERVED_IP_RANGE, new.uuid))


def delete_reserved(ctx: Context, req: DeleteReservedIpRange) -> Outcome:
    """Absent is fine."""
    found = ctx.tx.get(ReservedIpRange, req.uuid)
    if found is not None:
        ctx.tx.delete(found)
    return Outcome()


def delete_addresses(ctx: Context, req: DeleteIpAddress) -> Outcome:
    """SYS.1007 for another network's, SYS.1006 naming who has one; then none is given back."""
    tx = ctx.tx
    l3 = tx.need(L3Network, req.l3_network_uuid)
    for used in [tx.need(UsedIp, uuid) for uuid in dict.fromkeys(req.used_ip_uuids)]:
        if used.l3_network_uuid != l3.uuid:
            raise argerr(f"IP address[uuid:{used.uuid}, ip:{used.ip}] is not of {ipam.named(l3)}")
        (holder,) = holders(tx, l3, [used])
        if str(holder):
            raise operr(f"IP address[uuid:{used.uuid}, ip:{used.ip}] of {ipam.named(l3)} is that of {holder}")
        ipam.release(tx, used)
    return Outcome()


def _check_inside(view: View, l3: L3Network, req: AddReservedIpRange) -> None:
    subnets = {IPv4Network(found.network_cidr) for found in view.find(IpRange, l3_network_uuid=l3.uuid)}
    ends = IPv4Address(req.start_ip), IPv4Address(req.end_ip)
    if not any(all(end in subnet for end in ends) for subnet in subnets):
        known = ", ".join(map(str, sorted(subnets))) or "none yet: add an IP range first"
        raise argerr(f"[{req.start_ip}-{req.end_ip}] is not in a subnet of {ipam.named(l3)}; its subnets: {known}")


ACTIONS = (
    action(
        "AddReservedIpRange",
        "POST",
        "/l3-networks/{l3NetworkUuid}/reserved-ip-ranges",
        add_reserved,
        AddReservedIpRange,
        message=f"{_HEADER}.APIAddReservedIpRangeMsg",
        kind=RESERVED_IP_RANGE,
    ),
    action(
        "DeleteReservedIpRange",
        "DELETE",
        "/l3-networks/reserved-ip-ranges/{uuid}",
        delete_reserved,
        DeleteReservedIpRange,
        message=f"{_HEADER}.APIDeleteReservedIpRangeMsg",
        result="none",
        absent_ok=("uuid", "ReservedIpRangeVO"),
    ),
    action(
        "DeleteIpAddress",
        "DELETE",
        "/l3-networks/{l3NetworkUuid}/ip-address",
        delete_addresses,
        DeleteIpAddress,
        message=f"{_HEADER}.APIDeleteIpAddressMsg",
        result="none",
    ),
)
