"""The programs that ports walk through (bpf/lib/filter.h): lists of tests, each of which says where to go on.

With yes and with no it is always forward; past the end, the port's own policy holds.
"""

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address

MAX_TESTS = 2048
"""Of one program: MAX_STEPS in bpf/lib/filter.h, which is what the kernel's verifier can follow."""


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


Program = tuple[Test, ...]


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
