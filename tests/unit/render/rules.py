"""Random security group rules and flows that meet them, for tests of whatever judges."""

from ipaddress import IPv4Address, IPv6Address
from typing import Any, Literal, get_args

from hypothesis import strategies as st

from landbridge.core.judge import Flow, Protocol
from landbridge.model.node import SecurityRule, Verdict
from tests.unit.render.objects import rule

DOMAIN = 5
PORTS = (0, 1, 22, 53, 80, 81, 443, 444, 1024, 65534, 65535)
V4 = tuple(str(IPv4Address("10.9.0.0") + n) for n in (1, 2, 3, 4, 255, 256))
V6 = tuple(str(IPv6Address("fd00::") + n) for n in (1, 2, 3, 4, 255, 1 << 64))
GROUPS = (1, 2, 3)

families: st.SearchStrategy[Literal[4, 6]] = st.sampled_from((4, 6))
directions: st.SearchStrategy[Literal["Ingress", "Egress"]] = st.sampled_from(("Ingress", "Egress"))
verdicts: st.SearchStrategy[Verdict] = st.sampled_from(("ACCEPT", "DROP"))
memberships = st.sets(st.tuples(st.sampled_from(GROUPS), st.sampled_from(V4 + V6)))
"""Which address is in which group."""


def addresses(family: int) -> tuple[str, ...]:
    """The few that rules and flows choose from, so that they meet."""
    return V4 if family == 4 else V6


@st.composite
def security_rules(draw: st.DrawFn) -> tuple[SecurityRule, ...]:
    """Rules of some groups, numbered in their order."""
    return tuple(draw(_rule(number)) for number in range(1, draw(st.integers(0, 12)) + 1))


@st.composite
def _rule(draw: st.DrawFn, number: int) -> SecurityRule:
    family = draw(families)
    protocol = draw(st.sampled_from(("ALL", "TCP", "UDP", "ICMP")))
    values: dict[str, Any] = {"family": family, "protocol": protocol, "direction": draw(directions)}
    values["action"] = draw(verdicts)
    if protocol in ("TCP", "UDP"):
        values["ports"] = tuple(sorted(draw(st.lists(_pairs(PORTS), max_size=3))))
    match draw(st.sampled_from(("any", "ranges", "group"))):
        case "ranges":
            pairs = draw(st.lists(_pairs(range(len(addresses(family)))), min_size=1, max_size=3))
            values["ranges"] = tuple((addresses(family)[a], addresses(family)[b]) for a, b in pairs)
        case "group":
            values["group"] = draw(st.sampled_from(GROUPS))
    return rule(number, **values)


def _pairs(numbers: Any) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.sampled_from(numbers), st.sampled_from(numbers)).map(lambda pair: (min(pair), max(pair)))


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    """The first packet of a connection."""
    family = draw(families)
    protocol: Protocol = draw(st.sampled_from(get_args(Protocol)))
    port = draw(st.sampled_from(PORTS)) if protocol in ("TCP", "UDP") else 0
    return Flow(draw(directions), family, protocol, port, draw(st.sampled_from(addresses(family))))
