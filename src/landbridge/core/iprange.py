"""Lists of addresses as users write them: addresses, CIDRs and ranges of one family, with commas between.

`10.0.0.1`, `10.0.0.0/24`, `10.0.0.1-10.0.0.9`, `10.0.0.1,10.1.0.0/16`; IPv6 likewise.
"""

from collections.abc import Callable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Literal

from landbridge.core.portset import merged

Family = Literal[4, 6]
Ranges = tuple[tuple[str, str], ...]
"""First and last address of each stretch."""

MOST_ITEMS = 10

ANY: Mapping[Family, str] = {4: "0.0.0.0/0", 6: "::/0"}
"""The CIDR of every address."""

_ADDRESS: Mapping[Family, Callable[[str | int], IPv4Address | IPv6Address]] = {4: IPv4Address, 6: IPv6Address}


def parse(text: str, family: Family) -> Ranges:
    """The addresses, ascending, what overlaps or touches made one.  Host bits of a CIDR count for nothing.

    Raises ValueError, with a sentence, for what is no such list, for more than ten items, for
    an item twice, for a range that ends before it starts, and for an IPv6 range among other items.
    """
    items = text.split(",")
    if len(items) > MOST_ITEMS:
        raise ValueError(f"addresses[{text}] has {len(items)} items, at most {MOST_ITEMS} are allowed")
    if len(set(items)) < len(items):
        raise ValueError(f"addresses[{text}] names an item twice")
    if family == 6 and len(items) > 1 and any("-" in item for item in items):
        raise ValueError(f"addresses[{text}]: an IPv6 range must stand alone")
    make = _ADDRESS[family]
    return tuple((str(make(a)), str(make(b))) for a, b in merged(_item(item, family) for item in items))


def address(text: str, family: Family) -> IPv4Address | IPv6Address:
    """One address without a zone.  ValueError when it is none of the family."""
    if "%" in text:
        raise ValueError(f"[{text}] names a zone, which means nothing here")
    try:
        return _ADDRESS[family](text)
    except ValueError:
        raise ValueError(f"[{text}] is not an IPv{family} address") from None


def network(text: str, family: Family) -> IPv4Network | IPv6Network:
    """One CIDR, host bits dropped.  ValueError when it is none of the family."""
    at, slash, length = text.partition("/")
    bits = address(at, family).max_prefixlen
    if not slash or not (length.isascii() and length.isdecimal() and len(length) <= 3 and int(length) <= bits):
        raise ValueError(f"[{text}] is not an IPv{family} CIDR")
    return (IPv4Network if family == 4 else IPv6Network)((at, int(length)), strict=False)


def _item(item: str, family: Family) -> tuple[int, int]:
    if "/" in item:
        found = network(item, family)
        return int(found.network_address), int(found.broadcast_address)
    first, dash, last = item.partition("-")
    start = int(address(first, family))
    end = int(address(last, family)) if dash else start
    if end < start:
        raise ValueError(f"address range[{item}] ends before it starts")
    return start, end
