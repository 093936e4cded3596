"""Reserved addresses of L3 networks: those that are never handed out, for what is not of the cloud."""

from collections.abc import Iterable

from landbridge.core.view import View
from landbridge.model.documents.l3 import IpRange, ReservedIpRange
from landbridge.model.net import ip_number

Span = tuple[int, int]
"""First and last address, as numbers."""


def open_spans(view: View, ip_range: IpRange) -> list[Span]:
    """What is left of a range without the network's reserved addresses, ascending."""
    return without(span_of(ip_range), reserved_spans(view, ip_range.l3_network_uuid))


def reserved_spans(view: View, l3_uuid: str) -> list[Span]:
    """Every reserved range of a network; no two overlap."""
    return [span_of(found) for found in view.find(ReservedIpRange, l3_network_uuid=l3_uuid)]


def holding(view: View, l3_uuid: str, ip: str) -> ReservedIpRange | None:
    """The reserved range that an address is in."""
    number = ip_number(ip)
    ranges = view.find(ReservedIpRange, l3_network_uuid=l3_uuid)
    return next((found for found in ranges if number in range(*_half_open(found))), None)


def without(span: Span, blocks: Iterable[Span]) -> list[Span]:
    """What is left of a span, ascending."""
    low, high = span
    left = []
    for first, last in sorted(blocks):
        if first > high:
            break
        if first > low:
            left.append((low, first - 1))
        low = max(low, last + 1)
    return [*left, (low, high)] if low <= high else left


def span_of(found: IpRange | ReservedIpRange) -> Span:
    """A range as numbers."""
    return ip_number(found.start_ip), ip_number(found.end_ip)


def _half_open(found: ReservedIpRange) -> Span:
    low, high = span_of(found)
    return low, high + 1
