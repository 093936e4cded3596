"""Lists of ports as users write them: `22`, `8000-8999`, `22,80,443,8000-8999`."""

from collections.abc import Iterable

MOST_ITEMS = 10
LAST_PORT = 65535

Ports = tuple[tuple[int, int], ...]
"""First and last port of each stretch."""


def parse(text: str) -> Ports:
    """The ports, in ascending order, what overlaps or touches made one.

    Raises ValueError, with a sentence, for what is no such list, for more than ten items, for
    an item twice and for a range whose end lies before its start.
    """
    items = text.split(",")
    if len(items) > MOST_ITEMS:
        raise ValueError(f"ports[{text}] has {len(items)} items, at most {MOST_ITEMS} are allowed")
    if len(set(items)) < len(items):
        raise ValueError(f"ports[{text}] names an item twice")
    return merged(_item(item) for item in items)


def merged(stretches: Iterable[tuple[int, int]]) -> Ports:
    """The same numbers in as few stretches as can be, ascending."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(stretches):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def _item(item: str) -> tuple[int, int]:
    first, dash, last = item.partition("-")
    start = _port(first, item)
    end = _port(last, item) if dash else start
    if end < start:
        raise ValueError(f"port range[{item}] ends before it starts")
    return start, end


def _port(text: str, item: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(LAST_PORT)) else -1
    if not 0 <= number <= LAST_PORT:
        raise ValueError(f"[{item}] is not a port or a range of ports of 0 to {LAST_PORT}, such as 22 or 8000-8999")
    return number
