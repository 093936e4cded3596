"""Rules of one direction, family and protocol -> one program of tests (`policy.Program`).

Where few rules name ports, they stand one after the other.  Else a binary search for the packet's port
comes first, and leads to the rules that are left for it: a packet meets seven tests instead of a hundred.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv6Address, ip_address, summarize_address_range

from landbridge.model.node import SecurityRule
from landbridge.render.program import MAX_TESTS, Program, Test, TestKind

_FEW_PORTS = 8
"""So few tests of ports are quicker made than found."""

_Left = tuple[int, ...]
"""Numbers (places, not the rules' own) of the rules that are left when the port is known."""


def assemble(rules: Iterable[SecurityRule]) -> Program:
    """One program; what no packet reaches is left out."""
    reached = list(_reached(rules))
    if sum(len(rule.ports) for rule in reached) > _FEW_PORTS:
        program = _searched(reached)
        if len(program) <= MAX_TESTS:
            return program
    return tuple(_sequence([[*_port_tests(rule)] for rule in reached], reached, 0, None))


def _reached(rules: Iterable[SecurityRule]) -> Iterator[SecurityRule]:
    for rule in rules:
        yield rule
        if not rule.ports and not _has_peers(rule):
            return


def _searched(rules: Sequence[SecurityRule]) -> Program:
    """The search, then a section for each set of rules that may be left."""
    spans = list(_spans(rules))
    sections = {left: [rules[place] for place in left] for _, left in spans}
    sizes = {left: sum(_peer_count(rule) + 1 for rule in section) for left, section in sections.items()}
    place = len(spans) - 1
    end = place + sum(sizes.values())
    starts: dict[_Left, int] = {}
    program: list[Test] = []
    for left, size in sizes.items():
        starts[left] = place if size else end
        place += size
    _search(spans, starts, program)
    for left, section in sections.items():
        program += _sequence([[] for _ in section], section, starts[left], end)
    return tuple(program)


def _search(spans: Sequence[tuple[int, _Left]], starts: dict[_Left, int], program: list[Test]) -> int:
    """Append a search in these spans; returns where it begins."""
    if len(spans) == 1:
        return starts[spans[0][1]]
    middle = len(spans) // 2
    at = len(program)
    program.append(Test(TestKind.PORTS, first=0, last=spans[middle][0] - 1))
    yes = _search(spans[:middle], starts, program)
    no = _search(spans[middle:], starts, program)
    program[at] = replace(program[at], yes=yes, no=no)
    return at


def _spans(rules: Sequence[SecurityRule]) -> Iterator[tuple[int, _Left]]:
    """All ports from 0 on, cut where other rules are left: (first port, rules)."""
    begin: dict[int, set[int]] = {0: set()}
    end: dict[int, set[int]] = {}
    for place, rule in enumerate(rules):
        for first, last in _merged(rule.ports or ((0, 65535),)):
            begin.setdefault(first, set()).add(place)
            end.setdefault(last + 1, set()).add(place)
    active: set[int] = set()
    before: _Left | None = None
    for port in sorted(begin.keys() | end.keys()):
        active = active - end.get(port, set()) | begin.get(port, set())
        left = _decided(rules, sorted(active))
        if left != before and port <= 65535:
            yield port, left
            before = left


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same ports in ranges that neither meet nor touch."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _decided(rules: Sequence[SecurityRule], places: Iterable[int]) -> _Left:
    """Up to the first rule that matches whoever the peer is."""
    found = []
    for place in places:
        found.append(place)
        if not _has_peers(rules[place]):
            break
    return tuple(found)


def _sequence(
    port_tests: Sequence[list[Test]], rules: Sequence[SecurityRule], start: int, end: int | None
) -> Iterator[Test]:
    """Rules one after the other, from place `start` on; when none matches, on to `end` (None: behind them)."""
    at = start
    for number, (ports, rule) in enumerate(zip(port_tests, rules, strict=True), 1):
        peers = list(_peer_tests(rule))
        verdict = at + len(ports) + len(peers)
        miss = verdict + 1 if number < len(rules) or end is None else end
        yield from _alternatives(ports, at, at + len(ports), miss)
        yield from _alternatives(peers, at + len(ports), verdict, miss)
        yield Test(TestKind.VERDICT, (rule.number, int(rule.action == "ACCEPT"), 0, 0))
        at = verdict + 1


def _alternatives(tests: list[Test], start: int, hit: int, miss: int) -> Iterator[Test]:
    """Tests of which one yes is enough."""
    for number, test in enumerate(tests, 1):
        yield replace(test, yes=hit, no=start + number if number < len(tests) else miss)


def _port_tests(rule: SecurityRule) -> Iterator[Test]:
    for first, last in rule.ports:
        yield Test(TestKind.PORTS, first=first, last=last)


def _has_peers(rule: SecurityRule) -> bool:
    return rule.group is not None or bool(rule.ranges)


def _peer_count(rule: SecurityRule) -> int:
    return sum(1 for _ in _peer_tests(rule))


def _peer_tests(rule: SecurityRule) -> Iterator[Test]:
    if rule.group is not None:
        yield Test(TestKind.GROUP, (rule.group, 0, 0, 0))
        return
    for first, last in rule.ranges:
        if rule.family == 4:
            yield Test(TestKind.RANGE, (int(ip_address(first)), int(ip_address(last)), 0, 0))
            continue
        for prefix in summarize_address_range(IPv6Address(first), IPv6Address(last)):
            yield Test(TestKind.PREFIX, _words(int(prefix.network_address)), prefix_len=prefix.prefixlen)


def _words(address: int) -> tuple[int, int, int, int]:
    return (address >> 96, address >> 64 & 0xFFFFFFFF, address >> 32 & 0xFFFFFFFF, address & 0xFFFFFFFF)
