"""How fast a vrouter's VIPs may be: node objects -> classes of a hierarchical token bucket (tc-htb(8)).

One HTB per public leg and direction:

    1:            what no limit is about passes as it is
      1:8001      a bandwidth that VIPs share
        1:4002    a VIP as a whole
          1:2       … what is left of it
          1:3       one of its ports

A leaf's guaranteed rate is its part of its parent's, its ceiling its own limit: a port gets at most its limit, and
all of a VIP together never more than the VIP's.

What waits is a twentieth of a second.  On slow lines that is less than two buffers of segments yet to be cut (GSO),
each of which waits and is lost as one; there buffers are cut as they come, by a token bucket (tc-tbf(8)) that cuts
what is larger than a packet of the leg may be, and is too fast to hold anything up.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from landbridge.model.node_object import NodeObject
from landbridge.model.router_node import Limit, RouterLeg, SharedLimit

Direction = Literal["in", "out"]
DIRECTIONS: tuple[Direction, ...] = ("in", "out")
ROOT = "1:"
_WHOLE, _SHARED = 0x4000, 0x8000
"""Added to the number of a limit for the class above its leaf."""
LEAST_RATE = 8_000
MAX_NUMBER = _WHOLE - 1
_BURST_SHARE = 200
"""A two-hundredth of a second at once, or one buffer of segments yet to be cut."""
_LEAST_BURST = 16_384
_QUANTUM_SHARE = 100
_LEAST_QUANTUM, _MOST_QUANTUM = 1_514, 60_000
_QUEUE_SHARE = 20
_TWO_BUFFERS = 131_072
_LEAST_QUEUE = 32_768
"""Some twenty packets: with half of them, TCP leaves the line idle after a loss."""
_LEAST_MTU, _FRAME = 1500, 14 + 4
_CUTTER = "tbf rate 500gbit burst 1mb peakrate 1tbit"


@dataclass(frozen=True, slots=True)
class Class:
    """`rate` is its own, up to `ceiling` it may borrow from its parent; bits per second.  Only leaves queue."""

    minor: int
    parent: int
    rate: int
    ceiling: int
    leaf: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """Of one leg in one direction: classes, parents first, and whose packets go where: (VIP, port or 0) -> minor.

    `mtu`: the leg's.
    """

    mtu: int
    classes: tuple[Class, ...] = ()
    minors: Mapping[tuple[str, int], int] = field(default_factory=dict)


def shapes(objects: Iterable[NodeObject]) -> dict[tuple[str, Direction], Shape]:
    """By the leg's NIC and the direction; legs without limits are left out."""
    objects = list(objects)
    found = {}
    for leg in (item for item in objects if isinstance(item, RouterLeg)):
        limits = [item for item in objects if isinstance(item, Limit) and item.nic_uuid == leg.nic_uuid]
        shared = {
            item.number: item for item in objects if isinstance(item, SharedLimit) and item.nic_uuid == leg.nic_uuid
        }
        for direction in DIRECTIONS:
            classes, minors = _classes(limits, shared, direction)
            if classes:
                found[leg.nic_uuid, direction] = Shape(leg.mtu, classes, minors)
    return found


def _classes(
    limits: list[Limit], shared: Mapping[int, SharedLimit], direction: Direction
) -> tuple[tuple[Class, ...], dict[tuple[str, int], int]]:
    by_vip: dict[str, list[Limit]] = defaultdict(list)
    for limit in limits:
        by_vip[limit.vip_ip].append(limit)
    members: dict[int | None, list[_Vip]] = defaultdict(list)
    for vip_ip, own in by_vip.items():
        vip = _Vip(vip_ip, own, shared, direction)
        members[vip.shared.number if vip.shared else None].append(vip)
    classes: list[Class] = []
    minors: dict[tuple[str, int], int] = {}
    for number, vips in sorted(members.items(), key=lambda item: item[0] or 0):
        top, part = 0, None
        if number is not None:
            bandwidth = shared[number].bandwidth
            top, part = _SHARED | number, bandwidth // len(vips)
            classes.append(Class(top, 0, bandwidth, bandwidth, leaf=False))
        for vip in vips:
            classes += vip.classes(top, part)
            minors.update(vip.minors())
    return tuple(classes), minors


class _Vip:
    """The limits of one VIP in one direction."""

    def __init__(self, ip: str, limits: list[Limit], shared: Mapping[int, SharedLimit], direction: Direction) -> None:
        self._ip = ip
        self._whole = next((limit for limit in limits if limit.port is None), None)
        asked = self._whole.shared if self._whole else None
        self.shared = shared.get(asked) if asked is not None else None
        self._ports = {}
        self._most = [self.shared.bandwidth] if self.shared else []
        for limit in limits:
            value = limit.inbound if direction == "in" else limit.outbound
            if value is not None and limit.port is None:
                self._most.append(value)
            elif value is not None:
                self._ports[limit] = value

    def classes(self, parent: int, part: int | None) -> Iterator[Class]:
        """Below a parent (0: the root), of which `part` is the VIP's."""
        if not self._most or self._whole is None:
            for limit, value in self._ports.items():
                yield Class(limit.number, parent, value, value, leaf=True)
            return
        most = min(self._most)
        own = most if part is None else _rate(part, most)
        if not self._ports:
            yield Class(self._whole.number, parent, own, most, leaf=True)
            return
        inner = _WHOLE | self._whole.number
        yield Class(inner, parent, own, most, leaf=False)
        each = own // (len(self._ports) + 1)
        yield Class(self._whole.number, inner, _rate(each, most), most, leaf=True)
        for limit, value in self._ports.items():
            ceiling = min(value, most)
            yield Class(limit.number, inner, _rate(each, ceiling), ceiling, leaf=True)

    def minors(self) -> Iterator[tuple[tuple[str, int], int]]:
        """Whose packets go into which leaf."""
        if self._most and self._whole is not None:
            yield (self._ip, 0), self._whole.number
        for limit in self._ports:
            yield (self._ip, limit.port or 0), limit.number


def _rate(part: int, ceiling: int) -> int:
    return max(min(part, ceiling), LEAST_RATE)


# ---- as tc takes it --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Present:
    """A class as a device has it."""

    parent: int
    leaf: bool


def taken(present: Mapping[int, Present], shape: Shape) -> list[int]:
    """Classes that have to go first, children before parents: nobody wants them, or not there."""
    wanted = {one.minor: Present(one.parent, one.leaf) for one in shape.classes}
    gone = {minor for minor, one in present.items() if wanted.get(minor) != one}
    while below := {minor for minor, one in present.items() if one.parent in gone} - gone:
        gone |= below

    def depth(minor: int) -> int:
        parent = present[minor].parent
        return 1 + depth(parent) if parent in present else 0

    return sorted(gone, key=depth, reverse=True)


def commands(device: str, shape: Shape, gone: Iterable[int]) -> list[str]:
    """What `tc -batch` makes a device's HTB equal to the shape with."""
    lines = [f"class del dev {device} classid {ROOT}{minor:x}" for minor in gone]
    for one in shape.classes:
        parent = f"{ROOT}{one.parent:x}" if one.parent else ROOT
        burst = max(one.ceiling // 8 // _BURST_SHARE, _LEAST_BURST)
        quantum = min(max(one.rate // 8 // _QUANTUM_SHARE, _LEAST_QUANTUM), _MOST_QUANTUM)
        lines.append(
            f"class replace dev {device} parent {parent} classid {ROOT}{one.minor:x} htb rate {one.rate}bit "
            f"ceil {one.ceiling}bit burst {burst} cburst {burst} quantum {quantum}"
        )
        if one.leaf:
            lines.append(f"qdisc replace dev {device} parent {ROOT}{one.minor:x} {_queue(one.ceiling, shape.mtu)}")
    return lines


def _queue(ceiling: int, mtu: int) -> str:
    limit = ceiling // 8 // _QUEUE_SHARE
    if limit >= _TWO_BUFFERS:
        return f"bfifo limit {limit}"
    return f"{_CUTTER} mtu {max(mtu, _LEAST_MTU) + _FRAME} limit {max(limit, _LEAST_QUEUE)}"


def parse_classes(listing: str) -> dict[int, Present]:
    """What `tc class show` says, by minor number."""
    found = {}
    for line in listing.splitlines():
        words = line.split()
        if words[:2] != ["class", "htb"]:
            continue
        parent = 0 if words[3] == "root" else int(words[4].partition(":")[2], 16)
        found[int(words[2].partition(":")[2], 16)] = Present(parent, "leaf" in words)
    return found
