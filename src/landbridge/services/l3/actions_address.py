"""Actions that ask about addresses: what is free, what is taken, how much is left."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from landbridge.core import reserved
from landbridge.core.api import P, Request, action, query
from landbridge.core.ipam import ADDRESS_POOL, NORMAL, claim_scope, range_of
from landbridge.core.service import Context, Outcome
from landbridge.core.view import View
from landbridge.model.documents.l3 import USED_IP, IpRange, L3Network
from landbridge.model.documents.places import Zone
from landbridge.model.errors import argerr
from landbridge.model.net import ip_number, ip_text, is_ipv4

_HEADER = "org.zstack.header.network.l3"
_WINDOW = 1024
"""Addresses looked at in one question to the store."""


class GetFreeIp(Request, kw_only=True):
    """Free addresses of an L3 network or of one of its ranges."""

    l3_network_uuid: Annotated[str | None, P(help="the network", ref="L3NetworkVO")] = None
    ip_range_uuid: Annotated[str | None, P(help="or one range of it", ref="IpRangeVO")] = None
    start: Annotated[str | None, P(help="only addresses from this one on")] = None
    ip_range_type: Annotated[str | None, P(help="only ranges of this type", values=(NORMAL, ADDRESS_POOL))] = None
    ip_version: Annotated[int | None, P(help="4; there are no IPv6 ranges", values=(4, 6))] = None
    limit: Annotated[int, P(help="at most this many", low=1)] = 100


class GetFreeIpOfL3Network(GetFreeIp, kw_only=True):
    """Free addresses of an L3 network."""


class GetFreeIpOfIpRange(GetFreeIp, kw_only=True):
    """Free addresses of an IP range."""


class CheckIpAvailability(Request, kw_only=True):
    """Whether an address could be given to a NIC."""

    l3_network_uuid: Annotated[str, P(help="the network", ref="L3NetworkVO")]
    ip: Annotated[str, P(help="the address", max=255)]
    arp_check: Annotated[bool, P(help="accepted; addresses are known without asking the wire")] = False
    ip_range_check: Annotated[bool, P(help="whether it must lie in a range of the network")] = True


class GetIpAddressCapacity(Request, kw_only=True):
    """How many addresses there are and are left, in ranges, networks or zones."""

    zone_uuids: Annotated[list[str] | None, P(help="zones", ref="ZoneVO")] = None
    l3_network_uuids: Annotated[list[str] | None, P(help="networks", ref="L3NetworkVO")] = None
    ip_range_uuids: Annotated[list[str] | None, P(help="ranges", ref="IpRangeVO")] = None
    all: Annotated[bool, P(help="every zone")] = False


def get_free_ip(ctx: Context, req: GetFreeIp) -> Outcome:
    """Ascending within each range."""
    if req.ip_range_uuid is not None:
        ranges = [ctx.tx.need(IpRange, req.ip_range_uuid)]
    elif req.l3_network_uuid is not None:
        ranges = ctx.tx.find(IpRange, l3_network_uuid=req.l3_network_uuid)
    else:
        raise argerr("l3NetworkUuid and ipRangeUuid cannot both be missing: give one")
    if req.start is not None and not is_ipv4(req.start):
        raise argerr(f"start[{req.start}] is not an IPv4 address")
    begin = ip_number(req.start or "0.0.0.0")
    found: list[dict[str, Any]] = []
    for ip_range in ranges:
        if req.ip_range_type not in {None, ip_range.ip_range_type}:
            continue
        if req.ip_version not in {None, ip_range.ip_version}:
            continue
        for number in _free(ctx.tx, ip_range, begin):
            if len(found) == req.limit:
                return Outcome(body={"inventories": found})
            found.append(
                {
                    "ipRangeUuid": ip_range.uuid,
                    "ip": ip_text(number),
                    "netmask": ip_range.netmask,
                    "gateway": ip_range.gateway,
                }
            )
    return Outcome(body={"inventories": found})


def check_ip(ctx: Context, req: CheckIpAvailability) -> Outcome:
    """Available, or not and why."""
    if not is_ipv4(req.ip):
        raise argerr(f"ip[{req.ip}] is not an IPv4 address")
    l3 = ctx.tx.need(L3Network, req.l3_network_uuid)
    reason = None
    if ctx.tx.claim_owner(claim_scope(l3.uuid), ip_number(req.ip)) is not None:
        reason = "the address is in use"
    elif reserved.holding(ctx.tx, l3.uuid, req.ip) is not None:
        reason = "the address is reserved"
    elif any(r.gateway == req.ip for r in ctx.tx.find(IpRange, l3_network_uuid=l3.uuid)):
        reason = "the address is the gateway"
    elif req.ip_range_check and range_of(ctx.tx, l3.uuid, req.ip) is None:
        reason = "the address is in no IP range of the network"
    return Outcome(body={"available": True} if reason is None else {"available": False, "reason": reason})


def get_capacity(ctx: Context, req: GetIpAddressCapacity) -> Outcome:
    """The sum, and each resource's part in `capacityData`."""
    tx = ctx.tx
    parts: list[dict[str, Any]] = []
    if req.ip_range_uuids:
        kind = "IpRangeVO"
        parts = [_capacity(tx, uuid, [tx.need(IpRange, uuid)]) for uuid in req.ip_range_uuids]
    elif req.l3_network_uuids:
        kind = "L3NetworkVO"
        parts = [_capacity(tx, uuid, tx.find(IpRange, l3_network_uuid=uuid)) for uuid in req.l3_network_uuids]
    elif req.zone_uuids or req.all:
        kind = "ZoneVO"
        zones = req.zone_uuids or [zone.uuid for zone in tx.find(Zone)]
        for uuid in zones:
            networks = [network.uuid for network in tx.find(L3Network, zone_uuid=uuid)]
            parts.append(_capacity(tx, uuid, tx.find(IpRange, l3_network_uuid=networks) if networks else []))
    else:
        raise argerr("zoneUuids, l3NetworkUuids or ipRangeUuids must name something, or all must be true")
    total = {name: sum(part[name] for part in parts) for name in _numbers(0, 0)}
    return Outcome(body={**total, "capacityData": parts, "resourceType": kind})


def _free(view: View, ip_range: IpRange, begin: int) -> Iterator[int]:
    for first, last in reserved.open_spans(view, ip_range):
        low = max(first, begin)
        while low <= last:
            high = min(last, low + _WINDOW - 1)
            taken = set(view.claims_between(claim_scope(ip_range.l3_network_uuid), low, high))
            yield from (number for number in range(low, high + 1) if number not in taken)
            low = high + 1


def _capacity(view: View, uuid: str, ranges: Iterable[IpRange]) -> dict[str, Any]:
    total = used = 0
    for ip_range in ranges:
        low, high = ip_number(ip_range.start_ip), ip_number(ip_range.end_ip)
        total += high - low + 1
        # Reserved ones count as used, whether somebody has them or not.
        spans = reserved.open_spans(view, ip_range)
        open_, scope = sum(last - first + 1 for first, last in spans), claim_scope(ip_range.l3_network_uuid)
        used += high - low + 1 - open_ + sum(view.count_claims_between(scope, *span) for span in spans)
    return {"resourceUuid": uuid, **_numbers(total, used)}


def _numbers(total: int, used: int) -> dict[str, int]:
    return {
        "totalCapacity": total,
        "availableCapacity": total - used,
        "usedIpAddressNumber": used,
        "ipv4TotalCapacity": total,
        "ipv4AvailableCapacity": total - used,
        "ipv4UsedIpAddressNumber": used,
        "ipv6TotalCapacity": 0,
        "ipv6AvailableCapacity": 0,
        "ipv6UsedIpAddressNumber": 0,
    }


ACTIONS = (
    *(
        action(
            request.__name__,
            "GET",
            path,
            get_free_ip,
            request,
            message=f"{_HEADER}.API{request.__name__}Msg",
            mode="sync",
            result="body",
            fields=(("inventories", "array"),),
        )
        for request, path in (
            (GetFreeIp, "/l3-networks/ip/free"),
            (GetFreeIpOfL3Network, "/l3-networks/{l3NetworkUuid}/ip/free"),
            (GetFreeIpOfIpRange, "/l3-networks/ip-ranges/{ipRangeUuid}/ip/free"),
        )
    ),
    action(
        "CheckIpAvailability",
        "GET",
        "/l3-networks/{l3NetworkUuid}/ip/{ip}/availability",
        check_ip,
        CheckIpAvailability,
        message=f"{_HEADER}.APICheckIpAvailabilityMsg",
        mode="sync",
        result="body",
        fields=(("available", "boolean"), ("reason", "string")),
    ),
    action(
        "GetIpAddressCapacity",
        "GET",
        "/ip-capacity",
        get_capacity,
        GetIpAddressCapacity,
        message=f"{_HEADER}.APIGetIpAddressCapacityMsg",
        mode="sync",
        result="body",
        fields=(
            *((name, "integer") for name in _numbers(0, 0)),
            ("capacityData", "array"),
            ("resourceType", "string"),
        ),
    ),
    query(
        "QueryIpAddress",
        "/l3-networks/ip-address",
        USED_IP,
        message=f"{_HEADER}.APIQueryIpAddressMsg",
        help="Find addresses in use.",
    ),
)
