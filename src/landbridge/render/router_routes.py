"""A vrouter's routes and rules: node objects -> the kernel's tables, and which packets look where.

The main table has the default route and the route table that the vrouter has been given.  With several public
networks each has a table of its own besides: what answers a connection that began there is marked (`core.stages`),
and leaves by it, whatever the main table says; black holes hold there, too.  Then come the rules of users, each for
packets from one leg.  When the kernel looks back at a source (reverse path filtering), it does so as if the answer
came by the leg that the packet leaves by, so rules of that leg decide there.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import product
from typing import NamedTuple

from landbridge.model.node_object import NodeObject
from landbridge.model.router_node import (
    PolicyRoutes,
    PolicyRule,
    RouterLeg,
    RouterRoute,
    StaticRoute,
    StaticRoutes,
    VipAddress,
)
from landbridge.render.datagrams import Element
from landbridge.render.router_nat import leg_name
from landbridge.zsnp.verdict import Diversion

MAIN_TABLE = 254
DEFAULT = "0.0.0.0/0"
ANSWERS_PRIORITY = 100
"""Of the rules that send answers back where they belong: before those of users."""
MARK_MASK = 0xFFFF0000
"""The part of a packet's mark that says by which network it leaves; `render.datagrams` has the rest."""
_MARK_SHIFT = 16
_ANSWERS_TABLE = 1000

SETS: Mapping[str, str] = {
    "joined": "set joined { type ipv4_addr; flags interval; }",
    "leg_marks": "map leg_marks { type ifname : mark; }",
    "own_marks": "map own_marks { type ipv4_addr : mark; }",
}
JOINED = "joined"


class Route(NamedTuple):
    """A route.  `via`: next hops that share the traffic; none: neighbours on `interface`, or a black hole."""

    table: int
    destination: str
    metric: int
    via: tuple[str, ...] = ()
    interface: str | None = None


class Rule(NamedTuple):
    """Which packets look into a table: those that have all of what is named here."""

    priority: int
    table: int
    mark: int = 0
    interface: str = ""
    source: str = ""
    destination: str = ""
    protocol: str = ""
    source_ports: tuple[int, int] | None = None
    destination_ports: tuple[int, int] | None = None


class _Way(NamedTuple):
    """Where the entries for a destination lead at a distance; no `via`: a black hole.  `legs`: of the next hops."""

    destination: str
    distance: int
    via: tuple[str, ...]
    legs: frozenset[str]


def routes(item: NodeObject, legs: Iterable[RouterLeg]) -> Iterator[Route]:
    """What one node object comes to."""
    legs = tuple(legs)
    if isinstance(item, RouterRoute):
        destination = str(IPv4Network(item.destination))
        yield Route(MAIN_TABLE, destination, item.distance, (item.via,) if item.via else ())
    elif isinstance(item, StaticRoutes):
        for way in _ways(item.routes, legs):
            yield Route(MAIN_TABLE, way.destination, way.distance, way.via)
            for leg in _several_public(legs):
                if way.legs <= {leg_name(leg)}:
                    yield Route(_answers_table(leg), way.destination, way.distance, way.via)
    elif isinstance(item, PolicyRoutes):
        for table in item.tables:
            for way in _ways(table.routes, legs):
                yield Route(table.number, way.destination, way.distance, way.via)
    elif isinstance(item, RouterLeg) and item in _several_public(legs):
        networks = dict.fromkeys(str(IPv4Interface(address).network) for address in item.addresses)
        for network in networks:
            yield Route(_answers_table(item), network, 0, interface=leg_name(item))
        if item.gateway:
            yield Route(_answers_table(item), DEFAULT, 0, (item.gateway,))


def rules(item: NodeObject, legs: Iterable[RouterLeg]) -> Iterator[Rule]:
    """What one node object comes to."""
    legs = tuple(legs)
    if isinstance(item, RouterLeg) and item in _several_public(legs):
        yield Rule(ANSWERS_PRIORITY, _answers_table(item), _mark(item))
    elif isinstance(item, PolicyRoutes):
        by_nic = {leg.nic_uuid: leg_name(leg) for leg in legs}
        for rule in item.rules:
            if rule.nic_uuid in by_nic:
                yield from _policy(rule, by_nic[rule.nic_uuid])


def elements(item: NodeObject, legs: Mapping[str, RouterLeg]) -> Iterator[Element]:
    """Elements of `SETS` that one node object comes to; `legs` by NIC.

    `joined` has to go through `disjoint` when all are there.
    """
    public = _several_public(legs.values())
    if isinstance(item, StaticRoutes):
        outside = {leg_name(leg) for leg in legs.values() if leg.role == "public"}
        for way in _ways(item.routes, legs.values()):
            if way.legs & outside:
                yield Element(JOINED, way.destination)
    elif isinstance(item, RouterLeg) and item in public:
        yield Element("leg_marks", f'"{leg_name(item)}"', f"{_mark(item):#x}")
        for address in item.addresses:
            yield Element("own_marks", str(IPv4Interface(address).ip), f"{_mark(item):#x}")
    elif isinstance(item, VipAddress) and legs.get(item.nic_uuid) in public:
        yield Element("own_marks", item.ip, f"{_mark(legs[item.nic_uuid]):#x}")


def diversions(objects: Iterable[NodeObject]) -> tuple[Diversion, ...]:
    """The policy rules, as far as distributed routing has to know them."""
    objects = list(objects)
    by_nic = {item.nic_uuid: leg_name(item) for item in objects if isinstance(item, RouterLeg)}
    found = []
    for item in objects:
        if isinstance(item, PolicyRoutes):
            routes = {
                table.number: tuple(IPv4Network(one.destination) for one in table.routes) for table in item.tables
            }
            found += [
                Diversion(
                    by_nic[rule.nic_uuid], _network(rule.source), _network(rule.destination), routes[rule.table]
                )
                for rule in item.rules
                if rule.nic_uuid in by_nic
            ]
    return tuple(found)


def disjoint(networks: Iterable[str]) -> list[str]:
    """Without those that are a part of another one."""
    found: list[str] = []
    end = -1
    for _, _, last, text in sorted(map(_span, networks)):
        if last > end:
            found.append(text)
            end = last
    return found


def _ways(routes: Iterable[StaticRoute], legs: Iterable[RouterLeg]) -> Iterator[_Way]:
    """The entries that can be in force: their next hop is in a leg's network.

    At one distance several next hops share the traffic, and a black hole beats them.
    """
    networks = [(IPv4Interface(address).network, leg_name(leg)) for leg in legs for address in leg.addresses]
    behind: dict[str, str] = {}
    together: dict[tuple[str, int], set[str | None]] = defaultdict(set)
    for destination, via, distance in routes:
        if via is not None and via not in behind:
            address = IPv4Address(via)
            behind[via] = next((name for network, name in networks if address in network), "")
        if via is None or behind[via]:
            together[destination, distance].add(via)
    for (destination, distance), vias in together.items():
        hops = () if None in vias else tuple(sorted(via for via in vias if via))
        yield _Way(destination, distance, hops, frozenset(behind[hop] for hop in hops))


def _policy(rule: PolicyRule, interface: str) -> Iterator[Rule]:
    """One of the kernel's for each pair of port ranges."""
    for source_ports, destination_ports in product(rule.source_ports or (None,), rule.destination_ports or (None,)):
        yield Rule(
            rule.number,
            rule.table,
            interface=interface,
            source=rule.source,
            destination=rule.destination,
            protocol=rule.protocol,
            source_ports=source_ports,
            destination_ports=destination_ports,
        )


def _several_public(legs: Iterable[RouterLeg]) -> list[RouterLeg]:
    """The public legs; none where there is but one: no answer could leave by another."""
    public = [leg for leg in legs if leg.role == "public"]
    return public if len(public) > 1 else []


def _mark(leg: RouterLeg) -> int:
    return (leg.device_id + 1) << _MARK_SHIFT


def _answers_table(leg: RouterLeg) -> int:
    return _ANSWERS_TABLE + leg.device_id


def _network(text: str) -> IPv4Network | None:
    return IPv4Network(text) if text else None


@lru_cache(maxsize=1 << 16)
def _span(text: str) -> tuple[int, int, int, str]:
    """First address and prefix length, so that what contains another comes before it; last address, and the text."""
    network = IPv4Network(text)
    return int(network.network_address), network.prefixlen, int(network.broadcast_address), text
