"""Rules -> programs: what a program says is what the rules mean."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from landbridge.core.judge import DNS_PORT, Flow, judge
from landbridge.model.node import SecurityRule, Verdict
from landbridge.render import policy as policies
from landbridge.render import program as walking
from landbridge.render.assembly import assemble
from landbridge.render.policy import ICMP, OTHER, PRESENT, TCP, UDP, ProgramKey
from landbridge.render.program import MAX_TESTS, TestKind
from tests.unit.render import rules as some
from tests.unit.render.objects import rule

NUMBERS = {"TCP": TCP, "UDP": UDP, "ICMP": ICMP, "other": OTHER}


@given(some.security_rules(), some.verdicts, some.flows(), some.memberships)
def test_a_program_says_what_the_rules_mean(
    rules: tuple[SecurityRule, ...], otherwise: Verdict, flow: Flow, members: set[tuple[int, str]]
) -> None:
    groups = frozenset(group for group, address in members if address == flow.peer)
    wanted, by = judge(rules, otherwise, flow, lambda group, address: (group, address) in members)
    if flow.direction == "Egress" and flow.protocol in ("TCP", "UDP") and flow.port == DNS_PORT:
        assert (wanted, by) == ("ACCEPT", None)
        return
    programs = dict(policies.policy("0" * 16, rules).programs)
    program = programs.get(ProgramKey(flow.direction == "Egress", flow.family, NUMBERS[flow.protocol]), ())
    said = walking.run(program, flow.port, flow.peer, groups)
    if said is None:
        assert (wanted, by) == (otherwise, None)
    else:
        assert by is not None
        assert said == (wanted == "ACCEPT", by.number)


@given(some.security_rules())
def test_a_program_only_goes_forward_and_has_no_test_that_nothing_reaches(rules: tuple[SecurityRule, ...]) -> None:
    for _, program in policies.policy("0" * 16, rules).programs:
        reached = {0}
        for at, test in enumerate(program):
            assert at in reached
            if test.kind != TestKind.VERDICT:
                assert at < test.yes <= len(program)
                assert at < test.no <= len(program)
                reached |= {test.yes, test.no}


@given(st.lists(some.security_rules(), min_size=2, max_size=5))
def test_the_digest_tells_policies_apart(many: list[tuple[SecurityRule, ...]]) -> None:
    rendered = [policies.policy("0" * 16, rules) for rules in many]
    for one, other in pairwise(rendered):
        assert (one == other) == (one.programs == other.programs)


def test_a_policy_without_rules_can_be_seen() -> None:
    assert policies.policy("0" * 16, ()).programs == ((PRESENT, ()),)


def test_what_comes_after_a_rule_for_everything_is_left_out() -> None:
    program = assemble([rule(1, ports=((1, 2),)), rule(2), rule(3)])
    assert [test.operand[0] for test in program if test.kind == TestKind.VERDICT] == [1, 2]


def test_a_hundred_rules_of_ten_ports_and_ten_ranges_fit() -> None:
    """What the API allows for one group, without a limit on groups that would make it more."""
    ports = tuple((port, port) for port in range(1, 11))
    ranges = tuple((f"10.0.{n}.1", f"10.0.{n}.9") for n in range(10))
    rules = [rule(number, ports=ports, ranges=ranges) for number in range(1, 98)]
    assert len(assemble(rules)) <= MAX_TESTS


def test_names_depend_on_the_order_of_the_groups() -> None:
    assert policies.policy_name(("a", "b")) != policies.policy_name(("b", "a"))


def test_many_ports_are_searched_and_not_tried_one_by_one() -> None:
    """And the rest of the rules still has its order."""
    rules = [rule(number, ports=((1000 + number,) * 2,), group=1) for number in range(1, 101)]
    rules.insert(50, rule(200, ports=((1000, 1040),), action="DROP"))
    program = assemble([*rules, rule(300, group=2)])
    for port, groups, wanted in (
        (1001, {1}, (True, 1)),
        (1040, {1}, (True, 40)),
        (1040, {2}, (False, 200)),
        (1100, {1}, (True, 100)),
        (1100, {2}, (True, 300)),
        (1101, {1}, None),
        (0, {2}, (True, 300)),
        (65535, {2}, (True, 300)),
    ):
        assert walking.run(program, port, "10.0.0.1", frozenset(groups)) == wanted
        assert _steps(program, port, frozenset(groups)) <= 12


def _steps(program: walking.Program, port: int, groups: frozenset[int]) -> int:
    at, steps = 0, 0
    while at < len(program) and program[at].kind != TestKind.VERDICT:
        steps += 1
        test = program[at]
        met = test.first <= port <= test.last if test.kind == TestKind.PORTS else test.operand[0] in groups
        at = test.yes if met else test.no
    return steps
