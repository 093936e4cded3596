"""Security groups -> what the program at a port walks through (bpf/lib/filter.h).

A policy is a port's groups in their order.  Its rules are dealt out to programs by direction, family
and protocol, so that a packet meets only rules that can match it.  A program is a list of tests: each
says where to go on with yes and with no, always forward; past the end, the port's own policy holds.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import IPv6Address, ip_address, summarize_address_range

from landbridge.model.node import SecurityRule

MAX_TESTS = 2048
"""Of one program: MAX_STEPS in bpf/lib/filter.h, which is what the kernel's verifier can follow."""

TCP, UDP, ICMP, OTHER = 6, 17, 1, 0
_PROTOCOLS = {TCP: "TCP", UDP: "UDP", ICMP: "ICMP", OTHER: "ALL"}


class TestKind(IntEnum):
    """`enum test_kind` in bpf/lib/maps.h."""

    __test__ = False  # no test case, whatever its name

    VERDICT = 0
    PORTS = 1
    RANGE = 2
    PREFIX = 3
    GROUP = 4


@dataclass(frozen=True, slots=True)
class Test:
    """`struct test`.  `operand` by kind: (rule number, accept), (first, last), four words of a prefix, (group,)."""

    __test__ = False

    kind: TestKind
    operand: tuple[int, int, int, int] = (0, 0, 0, 0)
    first: int = 0
    last: int = 0
    prefix_len: int = 0
    yes: int = 0
    no: int = 0


@dataclass(frozen=True, slots=True, order=True)
class ProgramKey:
    """Which packets a program judges.  `family` 0: none, it only says that the policy is there."""

    egress: bool
    family: int
    protocol: int


Program = tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The programs of some groups in some order; equal when the digests are."""

    name: str
    digest: int
    programs: tuple[tuple[ProgramKey, Program], ...] = field(compare=False, default=())
    rules: frozenset[int] = field(compare=False, default=frozenset())
    """Numbers of the rules in it."""


PRESENT = ProgramKey(False, 0, 0)
"""Every policy has this program, without tests, so that one without rules can be seen, too."""


def policy_name(groups: Sequence[str]) -> str:
    """16 hex digits for an ordered list of group uuids."""
    return hashlib.sha256(",".join(groups).encode()).hexdigest()[:16]


def policy(name: str, rules: Sequence[SecurityRule]) -> Policy:
    """Render the rules of a policy, in the order of evaluation."""
    programs = [(PRESENT, ())] + [
        (key, program) for key in _keys() if (program := assemble(rule for rule in rules if _concerns(rule, key)))
    ]
    text = repr(programs).encode()
    digest = int.from_bytes(hashlib.sha256(text).digest()[:8])
    return Policy(name, digest, tuple(programs), frozenset(rule.number for rule in rules))


def assemble(rules: Iterable[SecurityRule]) -> Program:
    """One program: per rule its port tests, its peer tests and its verdict; what none reaches is left out."""
    program: list[Test] = []
    for rule in rules:
        ports, peers = list(_ports(rule)), list(_peers(rule))
        start = len(program)
        after_ports, verdict = start + len(ports), start + len(ports) + len(peers)
        program += _alternatives(ports, start, after_ports, verdict + 1)
        program += _alternatives(peers, after_ports, verdict, verdict + 1)
        program.append(Test(TestKind.VERDICT, (rule.number, int(rule.action == "ACCEPT"), 0, 0)))
        if not ports and not peers:
            break
    return tuple(program)


def run(program: Program, port: int, peer: str, groups: frozenset[int]) -> tuple[bool, int] | None:
    """What the kernel does with a program: accept or not, and the rule's number; None: past the end.

    groups: those that the peer is in.
    """
    at = 0
    while at < len(program):
        test = program[at]
        if test.kind == TestKind.VERDICT:
            return bool(test.operand[1]), test.operand[0]
        at = test.yes if _answer(test, port, peer, groups) else test.no
    return None


def _keys() -> Iterator[ProgramKey]:
    for egress in (False, True):
        for family in (4, 6):
            for protocol in _PROTOCOLS:
                yield ProgramKey(egress, family, protocol)


def _concerns(rule: SecurityRule, key: ProgramKey) -> bool:
    return (
        (rule.direction == "Egress") == key.egress
        and rule.family == key.family
        and rule.protocol in ("ALL", _PROTOCOLS[key.protocol])
    )


def _alternatives(tests: list[Test], start: int, hit: int, miss: int) -> Iterator[Test]:
    """Tests of which one yes is enough."""
    for number, test in enumerate(tests, 1):
        following = start + number if number < len(tests) else miss
        yield Test(test.kind, test.operand, test.first, test.last, test.prefix_len, yes=hit, no=following)


def _ports(rule: SecurityRule) -> Iterator[Test]:
    for first, last in rule.ports:
        yield Test(TestKind.PORTS, first=first, last=last)


def _peers(rule: SecurityRule) -> Iterator[Test]:
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


def _answer(test: Test, port: int, peer: str, groups: frozenset[int]) -> bool:
    number = int(ip_address(peer))
    match test.kind:
        case TestKind.PORTS:
            return test.first <= port <= test.last
        case TestKind.RANGE:
            return test.operand[0] <= number <= test.operand[1]
        case TestKind.PREFIX:
            shift = 128 - test.prefix_len
            prefix = sum(word << 32 * place for place, word in enumerate(reversed(test.operand)))
            return number >> shift == prefix >> shift
        case TestKind.GROUP:
            return test.operand[0] in groups
        case TestKind.VERDICT:
            raise AssertionError("a verdict asks nothing")
