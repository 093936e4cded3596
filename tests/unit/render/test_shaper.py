"""Limits become classes that can hold them, whatever limits there are."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.model.router_node import Limit, RouterLeg, SharedLimit
from landbridge.render import shaper
from landbridge.render.shaper import LEAST_RATE, Class, Direction, Present, Shape, commands, parse_classes, taken

LEG, MTU = "leg", 1450
MBIT = 1_000_000
BANDWIDTH = st.integers(131_072, 32_212_254_720)


def limit(number: int, vip: str = "203.0.113.9", **values: object) -> Limit:
    return Limit(number=number, nic_uuid=LEG, vip_ip=vip, **values)  # type: ignore[arg-type]  # as passed by the tests


def shapes(objects: Iterable[Limit | SharedLimit]) -> dict[tuple[str, Direction], Shape]:
    """On a vrouter with two public legs."""
    legs = (
        RouterLeg(nic_uuid=nic, l3_uuid=f"l3 of {nic}", device_id=0, mac="", role="public", addresses=(), mtu=MTU)
        for nic in (LEG, "other")
    )
    return shaper.shapes([*legs, *objects])


def test_a_vip_as_a_whole() -> None:
    found = shapes([limit(1, inbound=10 * MBIT)])
    assert list(found) == [(LEG, "in")]
    shape = found[LEG, "in"]
    assert shape.classes == (Class(1, 0, 10 * MBIT, 10 * MBIT, leaf=True),)
    assert shape.minors == {("203.0.113.9", 0): 1}


def test_a_port_alone() -> None:
    shape = shapes([limit(1, port=443, outbound=MBIT)])[LEG, "out"]
    assert shape.classes == (Class(1, 0, MBIT, MBIT, leaf=True),)
    assert shape.minors == {("203.0.113.9", 443): 1}


def test_a_port_inside_the_whole() -> None:
    shape = shapes([limit(1, inbound=10 * MBIT), limit(2, port=443, inbound=4 * MBIT)])[LEG, "in"]
    assert shape.classes == (
        Class(0x4001, 0, 10 * MBIT, 10 * MBIT, leaf=False),
        Class(1, 0x4001, 5 * MBIT, 10 * MBIT, leaf=True),
        Class(2, 0x4001, 4 * MBIT, 4 * MBIT, leaf=True),
    )
    assert shape.minors == {("203.0.113.9", 0): 1, ("203.0.113.9", 443): 2}


def test_two_vips_share() -> None:
    objects: list[Limit | SharedLimit] = [
        SharedLimit(number=9, nic_uuid=LEG, bandwidth=20 * MBIT),
        limit(1, shared=9),
        limit(2, "203.0.113.10", inbound=5 * MBIT, shared=9),
    ]
    found = shapes(objects)
    assert found[LEG, "in"].classes == (
        Class(0x8009, 0, 20 * MBIT, 20 * MBIT, leaf=False),
        Class(1, 0x8009, 10 * MBIT, 20 * MBIT, leaf=True),
        Class(2, 0x8009, 5 * MBIT, 5 * MBIT, leaf=True),
    )
    assert found[LEG, "out"].classes[2].ceiling == 20 * MBIT


def test_legs_are_apart() -> None:
    other = Limit(number=1, nic_uuid="other", vip_ip="198.51.100.1", inbound=MBIT)
    assert set(shapes([limit(1, outbound=MBIT), other])) == {(LEG, "out"), ("other", "in")}


@st.composite
def some_limits(draw: st.DrawFn) -> list[Limit | SharedLimit]:
    numbers = iter(range(1, 1000))
    shared = [
        SharedLimit(number=next(numbers), nic_uuid=LEG, bandwidth=draw(BANDWIDTH))
        for _ in range(draw(st.integers(0, 2)))
    ]
    objects: list[Limit | SharedLimit] = list(shared)
    for vip in range(draw(st.integers(1, 4))):
        address = f"203.0.113.{vip}"
        of = draw(st.sampled_from([None, *(one.number for one in shared)]))
        if of is not None or draw(st.booleans()):
            either = {"inbound": draw(st.none() | BANDWIDTH), "outbound": draw(st.none() | BANDWIDTH)}
            objects.append(limit(next(numbers), address, shared=of, **either))
        for port in draw(st.sets(st.integers(1, 65535), max_size=4)):
            either = {"inbound": draw(st.none() | BANDWIDTH), "outbound": draw(st.none() | BANDWIDTH)}
            objects.append(limit(next(numbers), address, port=port, **either))
    return objects


@given(some_limits())
def test_they_are_held(objects: list[Limit | SharedLimit]) -> None:
    limits = {(one.vip_ip, one.port or 0): one for one in objects if isinstance(one, Limit)}
    shared = {one.number: one.bandwidth for one in objects if isinstance(one, SharedLimit)}
    for (_, direction), shape in shapes(objects).items():
        classes = {one.minor: one for one in shape.classes}
        assert len(classes) == len(shape.classes)
        above: set[int] = {0}
        for one in shape.classes:
            assert one.parent in above, "parents come first"
            above.add(one.minor)
            assert LEAST_RATE <= one.rate <= one.ceiling
            if one.parent:
                assert one.ceiling <= classes[one.parent].ceiling
        for minor, one in classes.items():
            children = [child for child in shape.classes if child.parent == minor]
            assert one.leaf == (not children)
            guaranteed = sum(child.rate for child in children if child.rate > LEAST_RATE)
            assert guaranteed <= one.rate, "what children have for sure their parent has"
        for (vip, port), minor in shape.minors.items():
            assert classes[minor].leaf
            asked = limits[vip, port]
            whole = limits.get((vip, 0))
            value = asked.inbound if direction == "in" else asked.outbound
            most = [value, whole.inbound if whole and direction == "in" else whole.outbound if whole else None]
            if whole and whole.shared is not None:
                most.append(shared[whole.shared])
            assert classes[minor].ceiling == min(bandwidth for bandwidth in most if bandwidth is not None)


def listed(classes: dict[int, Present]) -> str:
    return "\n".join(
        f"class htb 1:{minor:x} {f'parent 1:{one.parent:x}' if one.parent else 'root'}"
        f"{' leaf 8001:' if one.leaf else ''} prio 0 rate 1Mbit"
        for minor, one in classes.items()
    )


@given(some_limits(), some_limits())
def test_from_any_shape_to_any_other(before: list[Limit | SharedLimit], after: list[Limit | SharedLimit]) -> None:
    """In tc's order: nothing is deleted that has children, or made without its parent, or moved to another."""
    old, new = shapes(before).get((LEG, "in"), Shape(MTU)), shapes(after).get((LEG, "in"), Shape(MTU))
    device = {one.minor: Present(one.parent, one.leaf) for one in old.classes}
    assert parse_classes(listed(device)) == device
    for line in commands("eth0", new, taken(device, new)):
        words = line.split()
        minor = int(words[words.index("classid") + 1].partition(":")[2], 16) if "classid" in words else 0
        if words[:2] == ["class", "del"]:
            assert not any(one.parent == minor for one in device.values())
            del device[minor]
        elif words[:2] == ["class", "replace"]:
            parent = int(words[words.index("parent") + 1].partition(":")[2] or "0", 16)
            assert parent == 0 or parent in device
            assert minor not in device or device[minor].parent == parent
            device[minor] = Present(parent, leaf=False)
        else:
            at = int(words[words.index("parent") + 1].partition(":")[2], 16)
            device[at] = Present(device[at].parent, leaf=True)
    assert device == {one.minor: Present(one.parent, one.leaf) for one in new.classes}


@pytest.mark.parametrize(
    ("bandwidth", "mtu", "queue"),
    [
        (MBIT, 1450, "mtu 1518 limit 32768"),
        (20 * MBIT, 9000, "mtu 9018 limit 125000"),
        (21 * MBIT, 1450, "bfifo limit 131250"),
        (1000 * MBIT, 1450, "bfifo limit 6250000"),
    ],
)
def test_slow_lines_cut_what_waits(bandwidth: int, mtu: int, queue: str) -> None:
    one = Class(1, 0, bandwidth, bandwidth, leaf=True)
    [_, line] = commands("eth0", Shape(mtu, (one,)), [])
    assert line.startswith("qdisc replace dev eth0 parent 1:1 ")
    assert line.endswith(queue)


def test_what_tc_says_of_others() -> None:
    listing = "class fq_codel 8001:1 parent 8001:\nclass htb 1:2 root leaf 8002: prio 0 rate 1Mbit ceil 1Mbit\n"
    assert parse_classes(listing) == {2: Present(0, leaf=True)}
