"""Routes and rules of a vrouter by netlink (rtnetlink(7), linux/fib_rules.h): by the thousand.

How a process that remembers nothing knows what is ours: routes and rules carry our protocol number.
"""

import errno
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Network

from landbridge.drivers.netlink import (
    NLM_F_CREATE,
    NLM_F_EXCL,
    NLM_F_REPLACE,
    Netlink,
    NetlinkError,
    Request,
    as_int,
    as_text,
    attribute,
    attributes,
    text,
    u8,
    u32,
)
from landbridge.model.questions.router import KernelHop, KernelRoute, KernelRule
from landbridge.render.router_routes import MARK_MASK, Route, Rule

ROUTE_PROTOCOL = 76
"""Marks what is ours; free in /etc/iproute2/rt_protos."""

RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE = 24, 25, 26
_RTM_NEWRULE, _RTM_DELRULE, _RTM_GETRULE = 32, 33, 34
RTMSG = struct.Struct("=BBBBBBBBI")
"""rtmsg: family, destination and source prefix length, TOS, table, protocol, scope, type, flags; fib_rule_hdr too."""
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_MULTIPATH, RTA_TABLE = 1, 4, 5, 6, 9, 15
_NEXT_HOP = struct.Struct("=HBBi")
"""rtnexthop: length, flags, hops, interface index."""
UNICAST, BLACKHOLE = 1, 6
_LOCAL, _LOCAL_TABLE, _ADDRESS_BITS = 2, 255, 32
_DEAD = 0x1 | 0x10
"""RTNH_F_DEAD, RTNH_F_LINKDOWN."""
_UNIVERSE, _LINK, _NOWHERE = 0, 253, 255
_ANY_TABLE, _SMALL_TABLE = 0, 255
_FRA_DST, _FRA_SRC, _FRA_IIFNAME, _FRA_PRIORITY, _FRA_FWMARK, _FRA_TABLE, _FRA_FWMASK = 1, 2, 3, 6, 10, 15, 16
_FRA_PROTOCOL, _FRA_IP_PROTO, _FRA_SPORT_RANGE, _FRA_DPORT_RANGE = 21, 22, 23, 24
_PORTS = struct.Struct("=HH")
_PROTOCOLS = {"tcp": socket.IPPROTO_TCP, "udp": socket.IPPROTO_UDP}
_PROTOCOL_NAMES = {int(number): name for name, number in _PROTOCOLS.items()}
_TO_TABLE = 1
_GONE = frozenset({errno.ESRCH, errno.ENOENT})
_THERE = frozenset({errno.EEXIST})


def put_route(route: Route, index: int) -> Request:
    """Have a route, in the place of another for its destination and metric.  `index`: of its interface, 0 without."""
    kind = UNICAST if route.via or index else BLACKHOLE
    scope = _LINK if index else _UNIVERSE
    where = b"".join(attribute(RTA_GATEWAY, socket.inet_aton(hop)) for hop in route.via[:1])
    if len(route.via) > 1:
        where = attribute(RTA_MULTIPATH, b"".join(map(_next_hop, route.via)))
    elif index:
        where = u32(RTA_OIF, index)
    return Request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, _route(route, scope, kind) + where)


def delete_route(route: Route) -> Request:
    """Have it no more; absent is fine."""
    return Request(RTM_DELROUTE, 0, _route(route, _NOWHERE, 0), _GONE)


def put_rule(rule: Rule) -> Request:
    """Have a rule; one that is there already is fine."""
    return Request(_RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, _rule(rule), _THERE)


def delete_rule(rule: Rule) -> Request:
    """Have it no more; absent is fine."""
    return Request(_RTM_DELRULE, 0, _rule(rule), _GONE)


def our_rules(netlink: Netlink) -> Iterator[Rule]:
    """The rules that are ours."""
    header = RTMSG.pack(socket.AF_INET, 0, 0, 0, 0, 0, 0, 0, 0)
    for _, body in netlink.dump(Request(_RTM_GETRULE, 0, header)):
        data = attributes(body, RTMSG.size)
        if as_int(data.get(_FRA_PROTOCOL)) == ROUTE_PROTOCOL:
            _, to_bits, from_bits, *_ = RTMSG.unpack_from(body)
            yield Rule(
                as_int(data.get(_FRA_PRIORITY)),
                as_int(data.get(_FRA_TABLE)),
                as_int(data.get(_FRA_FWMARK)),
                as_text(data.get(_FRA_IIFNAME)),
                _cidr(data.get(_FRA_SRC), from_bits),
                _cidr(data.get(_FRA_DST), to_bits),
                _PROTOCOL_NAMES.get(as_int(data.get(_FRA_IP_PROTO)), ""),
                _range(data.get(_FRA_SPORT_RANGE)),
                _range(data.get(_FRA_DPORT_RANGE)),
            )


def hops_of(data: dict[int, bytes]) -> list[tuple[int, int, str | None]]:
    """Of each next hop of a route the interface's index, flags (RTNH_F_*), and address.

    The flags of a single one are the route's own.
    """
    several = data.get(RTA_MULTIPATH)
    if several is None:
        gateway = data.get(RTA_GATEWAY)
        return [(as_int(data.get(RTA_OIF)), 0, socket.inet_ntoa(gateway) if gateway else None)]
    found = []
    at = 0
    while at + _NEXT_HOP.size <= len(several):
        length, flags, _, index = _NEXT_HOP.unpack_from(several, at)
        gateway = attributes(several[at : at + length], _NEXT_HOP.size).get(RTA_GATEWAY)
        found.append((index, flags, socket.inet_ntoa(gateway) if gateway else None))
        at += (length + 3) & ~3
    return found


class OurRoutes:
    """The routes that are ours, of all tables, read again and again.

    One that the kernel tells of in the same bytes as before is the same object as before: of thousands few change.
    """

    def __init__(self, netlink: Netlink) -> None:
        """`netlink` is strict."""
        self._netlink = netlink
        self._known: dict[bytes, Route] = {}

    def read(self, named: Callable[[int], str]) -> Iterable[Route]:
        """All of them.  `named`: the interface of an index."""
        header = RTMSG.pack(socket.AF_INET, 0, 0, 0, _ANY_TABLE, ROUTE_PROTOCOL, 0, 0, 0)
        known, self._known = self._known, {}
        for _, body in self._netlink.dump(Request(RTM_GETROUTE, 0, header)):
            route = known.get(body)
            if route is None or route.interface is not None:
                route = _parsed(body, named)
            self._known[body] = route
        return self._known.values()


def policy_rules(netlink: Netlink) -> Iterator[KernelRule]:
    """Rules of ours that are about packets which begin something, in the kernel's order; `netlink` is strict."""
    for rule in our_rules(netlink):
        if not rule.mark:
            yield KernelRule(
                rule.priority,
                rule.table,
                rule.interface,
                rule.source,
                rule.destination,
                rule.protocol,
                rule.source_ports,
                rule.destination_ports,
            )


def own_addresses(netlink: Netlink) -> Iterator[str]:
    """The addresses that are the namespace's own; `netlink` is strict."""
    header = RTMSG.pack(socket.AF_INET, 0, 0, 0, _LOCAL_TABLE, 0, 0, 0, 0)
    for _, body in netlink.dump(Request(RTM_GETROUTE, 0, header)):
        _, bits, _, _, _, _, _, kind, _ = RTMSG.unpack_from(body)
        if kind == _LOCAL and bits == _ADDRESS_BITS:
            yield socket.inet_ntoa(attributes(body, RTMSG.size)[RTA_DST])


def kernel_routes(netlink: Netlink, table: int, named: Callable[[int], str]) -> Iterator[KernelRoute]:
    """All routes of a table, whoever made them; `netlink` is strict."""
    header = RTMSG.pack(socket.AF_INET, 0, 0, 0, table, 0, 0, 0, 0)
    for _, body in netlink.dump(Request(RTM_GETROUTE, 0, header)):
        _, bits, _, _, _, protocol, _, kind, flags = RTMSG.unpack_from(body)
        data = attributes(body, RTMSG.size)
        hops = (
            ()
            if kind != UNICAST
            else tuple(KernelHop(hop, named(index), bool((flags | own) & _DEAD)) for index, own, hop in hops_of(data))
        )
        destination = f"{socket.inet_ntoa(data.get(RTA_DST, bytes(4)))}/{bits}"
        yield KernelRoute(destination, as_int(data.get(RTA_PRIORITY)), protocol, kind != UNICAST, hops)


def _parsed(body: bytes, named: Callable[[int], str]) -> Route:
    _, bits, _, _, table, _, scope, kind, _ = RTMSG.unpack_from(body)
    data = attributes(body, RTMSG.size)
    table = as_int(data.get(RTA_TABLE)) or table
    destination = f"{socket.inet_ntoa(data.get(RTA_DST, bytes(4)))}/{bits}"
    metric = as_int(data.get(RTA_PRIORITY))
    if kind != UNICAST:
        return Route(table, destination, metric)
    if scope == _LINK:
        return Route(table, destination, metric, interface=named(as_int(data.get(RTA_OIF))))
    return Route(table, destination, metric, tuple(sorted(hop for _, _, hop in hops_of(data) if hop)))


def words(route: Route, error: NetlinkError) -> str:
    """A sentence for a route that the kernel refused."""
    if error.errno in (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EINVAL) and route.via:
        return f"route {route.destination}: next hop {', '.join(route.via)} is in no network of the vrouter"
    return f"route {route.destination}: {error.strerror}"


def _route(route: Route, scope: int, kind: int) -> bytes:
    address, _, bits = route.destination.partition("/")
    table = route.table if route.table <= _SMALL_TABLE else 0
    header = RTMSG.pack(socket.AF_INET, int(bits), 0, 0, table, ROUTE_PROTOCOL, scope, kind, 0)
    return (
        header
        + attribute(RTA_DST, socket.inet_aton(address))
        + u32(RTA_PRIORITY, route.metric)
        + u32(RTA_TABLE, route.table)
    )


def _next_hop(address: str) -> bytes:
    gateway = attribute(RTA_GATEWAY, socket.inet_aton(address))
    return _NEXT_HOP.pack(_NEXT_HOP.size + len(gateway), 0, 0, 0) + gateway


def _rule(rule: Rule) -> bytes:
    ends = {kind: IPv4Network(text) for kind, text in ((_FRA_DST, rule.destination), (_FRA_SRC, rule.source)) if text}
    to_bits, from_bits = (ends[kind].prefixlen if kind in ends else 0 for kind in (_FRA_DST, _FRA_SRC))
    header = RTMSG.pack(socket.AF_INET, to_bits, from_bits, 0, 0, 0, 0, _TO_TABLE, 0)
    parts = [u32(_FRA_PRIORITY, rule.priority), u32(_FRA_TABLE, rule.table), u8(_FRA_PROTOCOL, ROUTE_PROTOCOL)]
    parts += [attribute(kind, network.network_address.packed) for kind, network in ends.items()]
    if rule.mark:
        parts += [u32(_FRA_FWMARK, rule.mark), u32(_FRA_FWMASK, MARK_MASK)]
    if rule.interface:
        parts.append(text(_FRA_IIFNAME, rule.interface))
    if rule.protocol:
        parts.append(u8(_FRA_IP_PROTO, _PROTOCOLS[rule.protocol]))
    for kind, ports in ((_FRA_SPORT_RANGE, rule.source_ports), (_FRA_DPORT_RANGE, rule.destination_ports)):
        if ports:
            parts.append(attribute(kind, _PORTS.pack(*ports)))
    return header + b"".join(parts)


def _cidr(address: bytes | None, bits: int) -> str:
    return f"{socket.inet_ntoa(address)}/{bits}" if address is not None else ""


def _range(ports: bytes | None) -> tuple[int, int] | None:
    if ports is None:
        return None
    first, last = _PORTS.unpack(ports)
    return first, last
