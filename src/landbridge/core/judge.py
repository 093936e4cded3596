"""What security groups mean: the verdict on the first packet of a connection.

This is the definition.  The programs at the ports (`render.policy`, bpf/lib/filter.h) do the same
faster, and tests compare them with it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Literal

from landbridge.model.node import SecurityRule, Verdict

DNS_PORT = 53

Protocol = Literal["TCP", "UDP", "ICMP", "other"]


@dataclass(frozen=True, slots=True)
class Flow:
    """The first packet of a connection, seen from the port.

    port  destination port; 0 where the protocol has none
    peer  address of the other end
    """

    direction: Literal["Ingress", "Egress"]
    family: Literal[4, 6]
    protocol: Protocol
    port: int
    peer: str


def judge(
    rules: Iterable[SecurityRule], otherwise: Verdict, flow: Flow, is_member: Callable[[int, str], bool]
) -> tuple[Verdict, SecurityRule | None]:
    """The verdict, and the rule that gave it.

    rules      of all groups of the port, in the order of evaluation
    otherwise  what holds when none matches
    is_member  whether an address is in the group of that number, within the port's domain
    """
    if flow.direction == "Egress" and flow.protocol in ("TCP", "UDP") and flow.port == DNS_PORT:
        return "ACCEPT", None
    for rule in rules:
        if _matches(rule, flow, is_member):
            return rule.action, rule
    return otherwise, None


def _matches(rule: SecurityRule, flow: Flow, is_member: Callable[[int, str], bool]) -> bool:
    if (rule.direction, rule.family) != (flow.direction, flow.family):
        return False
    if rule.protocol not in ("ALL", flow.protocol):
        return False
    if rule.ports and not any(first <= flow.port <= last for first, last in rule.ports):
        return False
    if rule.group is not None:
        return is_member(rule.group, flow.peer)
    return not rule.ranges or any(_within(flow.peer, *pair) for pair in rule.ranges)


def _within(address: str, first: str, last: str) -> bool:
    return int(ip_address(first)) <= int(ip_address(address)) <= int(ip_address(last))
