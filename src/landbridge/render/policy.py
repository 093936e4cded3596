"""Security groups -> what the program at a port walks through (bpf/lib/filter.h).

A policy is a port's groups in their order.  Its rules are dealt out to programs by direction, family
and protocol, so that a packet meets only rules that can match it.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from landbridge.model.node import SecurityRule
from landbridge.render.assembly import assemble
from landbridge.render.program import Program

TCP, UDP, ICMP, OTHER = 6, 17, 1, 0
_PROTOCOLS = {TCP: "TCP", UDP: "UDP", ICMP: "ICMP", OTHER: "ALL"}


@dataclass(frozen=True, slots=True, order=True)
class ProgramKey:
    """Which packets a program judges.  `family` 0: none, it only says that the policy is there."""

    egress: bool
    family: int
    protocol: int


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
