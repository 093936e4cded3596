"""Which route carries a packet that begins something: a vrouter looks as its kernel does.

Its own addresses come first, then policy rules, the smallest number first, each with a table that may have no route
for the destination; the main table comes last.  Of a packet not everything may be known: rules that decide by the
rest are exceptions.  (Answers leave by the network that was asked, whatever is said here.)
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from operator import eq
from typing import Any

from landbridge.core.effective import OWN, Row, carriers
from landbridge.model.questions.router import KernelRule

_Ports = tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Packet:
    """What is known of a packet; None: not known.  `interface`: by which it comes."""

    destination: str
    source: str | None = None
    interface: str | None = None
    protocol: str | None = None
    source_port: int | None = None
    destination_port: int | None = None


@dataclass(frozen=True, slots=True)
class Tables:
    """What a kernel has; `rules` in its order, `policies` by the number of the table."""

    main: Sequence[Row]
    rules: Sequence[KernelRule] = ()
    policies: Mapping[int, Sequence[Row]] = field(default_factory=dict)
    own: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """A policy rule and the routes that it leads to."""

    rule: KernelRule
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Answer:
    """What carries a packet, by which policy rule, if by one; `exceptions` take a part of such packets before."""

    rows: list[Row]
    rule: KernelRule | None
    exceptions: list[Taken]


def look_up(tables: Tables, packet: Packet) -> Answer:
    """The routes for all that is like the packet, but for the exceptions."""
    if packet.destination in tables.own:
        return Answer([Row(f"{packet.destination}/32", 0, OWN, "InForce")], None, [])
    exceptions: list[Taken] = []
    before: list[KernelRule] = []
    for rule in tables.rules:
        left = _unknown(rule, packet)
        if left is None or any(_covers(other, left) for other in before):
            continue
        rows = carriers(tables.policies.get(rule.table, ()), packet.destination)
        if not rows:
            continue
        if left == KernelRule(rule.number, rule.table):
            return Answer(rows, rule, exceptions)
        exceptions.append(Taken(rule, rows))
        before.append(left)
    return Answer(carriers(tables.main, packet.destination), None, exceptions)


def way_back(tables: Tables, packet: Packet, rows: Sequence[Row]) -> Answer | None:
    """Where an answer would go, as the kernel sees it: as if it came by the leg that the packet leaves by.

    A subnet's leg takes no packet to which the answer leaves by another (strict reverse path filtering).
    None: nothing is known of the source.
    """
    if packet.source is None or not rows:
        return None
    back = Packet(
        destination=packet.source,
        source=packet.destination,
        interface=rows[0].interface,
        protocol=packet.protocol,
        source_port=packet.destination_port,
        destination_port=packet.source_port,
    )
    return look_up(tables, back)


def without(tables: Tables, rows: Iterable[Row]) -> Tables:
    """The same, had it not these routes."""
    gone = list(rows)
    return Tables(
        [row for row in tables.main if row not in gone],
        tables.rules,
        {number: [row for row in found if row not in gone] for number, found in tables.policies.items()},
        () if any(row.type == OWN for row in gone) else tables.own,
    )


def _unknown(rule: KernelRule, packet: Packet) -> KernelRule | None:
    """The rule with those of its conditions that may or may not hold; None: one does not."""
    left: dict[str, Any] = {}
    conditions: tuple[tuple[str, Any, Callable[[Any, Any], bool]], ...] = (
        ("interface", packet.interface, eq),
        ("source", packet.source, _in_network),
        ("destination", packet.destination, _in_network),
        ("protocol", packet.protocol, eq),
        ("source_ports", packet.source_port, _in_range),
        ("destination_ports", packet.destination_port, _in_range),
    )
    for name, known, holds in conditions:
        condition = getattr(rule, name)
        if not condition:
            continue
        if known is None:
            left[name] = condition
        elif not holds(condition, known):
            return None
    return KernelRule(rule.number, rule.table, **left)


def _in_network(network: str, address: str) -> bool:
    return IPv4Address(address) in IPv4Network(network)


def _in_range(ports: tuple[int, int], port: int) -> bool:
    return ports[0] <= port <= ports[1]


def _covers(first: KernelRule, second: KernelRule) -> bool:
    """Whether one rule takes everything that the other is about."""
    return (
        first.interface in ("", second.interface)
        and first.protocol in ("", second.protocol)
        and _contains(first.source, second.source)
        and _spans(first.source_ports, second.source_ports)
        and _spans(first.destination_ports, second.destination_ports)
    )


def _contains(first: str, second: str) -> bool:
    return not first or (bool(second) and IPv4Network(second).subnet_of(IPv4Network(first)))


def _spans(first: _Ports, second: _Ports) -> bool:
    return first is None or (second is not None and first[0] <= second[0] and second[1] <= first[1])
