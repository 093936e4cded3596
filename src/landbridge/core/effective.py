"""Which routes of a vrouter are in force, which are not and why; and which one carries an address.

From what its kernel has at this moment and what has been configured.  Of the routes to one destination that lead
somewhere the kernel takes those with the smallest distance, of destinations the longest that contains the address.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from landbridge.model.documents.route_table import BLACK_HOLE, STATIC, VRouterRouteEntry
from landbridge.model.questions.router import KernelHop, KernelRoute, KernelRoutes

CONNECTED, SERVICE, POLICY, OWN, UNKNOWN = "DirectConnect", "ZStack", "PolicyRoute", "Own", "Unknown"
"""Types of what is no entry of a route table; `OWN`: the vrouter itself."""

_BY_KERNEL, _OURS, _TUNNELS = 2, 76, 77
"""Protocol numbers: RTPROT_KERNEL, those of `drivers.router_routes` and of `drivers.tunnel_device`."""
_ORIGINS: Mapping[str, str] = {
    CONNECTED: "connected",
    SERVICE: "service",
    STATIC: "static",
    BLACK_HOLE: "black hole",
    POLICY: "policy",
    OWN: "own",
    UNKNOWN: "unknown",
}

Status = Literal["InForce", "Shadowed", "InterfaceDown", "NextHopUnreachable", "RouterAbsent", "Pending"]


@dataclass(frozen=True, slots=True)
class Row:
    """A route: `status`, and `reason` unless it is in force.

    entry   what it was configured by, if that is an entry of a route table
    table   the number of the table of policy routes that it is in, if it is in one
    """

    destination: str
    distance: int
    type: str
    status: Status
    target: str | None = None
    interface: str | None = None
    reason: str | None = None
    entry: VRouterRouteEntry | None = None
    table: int | None = None

    @property
    def origin(self) -> str:
        """Where it came from, in a word."""
        return _ORIGINS[self.type]

    @property
    def usable(self) -> bool:
        """Whether packets would take it if nothing else were there."""
        return self.status in ("InForce", "Shadowed")


@dataclass(frozen=True, slots=True)
class Connected:
    """A network that the vrouter is in, and its interface there."""

    network: IPv4Network
    interface: str


def rows(kernel: KernelRoutes, entries: Sequence[VRouterRouteEntry], connected: Sequence[Connected]) -> list[Row]:
    """Every next hop that the kernel has, then every entry that it has not."""
    configured = {(entry.destination, entry.target, entry.distance): entry for entry in entries}
    best = _best(kernel.routes)
    found: list[Row] = []
    for route in kernel.routes:
        for hop in route.hops or (None,):
            entry = None
            if route.protocol == _OURS:
                entry = configured.pop((route.destination, hop.via if hop else None, route.metric), None)
            found.append(_row(route, hop, entry, best.get(route.destination)))
    found += [_missing(entry, connected, kernel.down) for entry in configured.values()]
    return found


def policy_rows(kernel: KernelRoutes) -> dict[int, list[Row]]:
    """The same of the tables that policy rules lead to, by number."""
    found = {}
    for number, routes in kernel.tables.items():
        best = _best(routes)
        made = [
            _row(route, hop, None, best.get(route.destination)) for route in routes for hop in route.hops or (None,)
        ]
        found[number] = [replace(row, type=POLICY, table=number) for row in made]
    return found


def absent(entries: Iterable[VRouterRouteEntry], why: str) -> list[Row]:
    """Of a vrouter that is nowhere: no entry is in force."""
    return [_of_entry(entry, "RouterAbsent", why) for entry in entries]


def carriers(found: Iterable[Row], address: str) -> list[Row]:
    """The routes that carry an address: next hops that share it; none: it is dropped with an error."""
    number = IPv4Address(address)
    fitting = [row for row in found if row.usable and number in IPv4Network(row.destination)]
    if not fitting:
        return []
    longest = max(_bits(row) for row in fitting)
    same = [row for row in fitting if _bits(row) == longest]
    nearest = min(row.distance for row in same)
    return [row for row in same if row.distance == nearest]


def otherwise(found: Sequence[Row], address: str) -> list[Row]:
    """What would carry an address if the routes that do were gone."""
    now = carriers(found, address)
    return carriers([row for row in found if row not in now], address)


def _best(routes: Iterable[KernelRoute]) -> dict[str, tuple[int, str]]:
    """Of each destination the smallest distance among the routes that lead somewhere, and to where."""
    best: dict[str, tuple[int, str]] = {}
    for route in routes:
        alive = route.drops or any(not hop.dead for hop in route.hops)
        if alive and (route.destination not in best or route.metric < best[route.destination][0]):
            best[route.destination] = route.metric, _where(route)
    return best


def _row(
    route: KernelRoute, hop: KernelHop | None, entry: VRouterRouteEntry | None, best: tuple[int, str] | None
) -> Row:
    status: Status = "InForce"
    reason = None
    if hop is not None and hop.dead:
        status, reason = "InterfaceDown", f"its interface {hop.interface} is down or has no carrier"
    elif best is not None and best[0] < route.metric:
        status, reason = "Shadowed", f"shadowed by distance {best[0]}: {best[1]}"
    kind = entry.type if entry is not None else _kind(route.protocol)
    target, interface = (hop.via, hop.interface) if hop is not None else (None, None)
    return Row(route.destination, route.metric, kind, status, target, interface, reason, entry)


def _missing(entry: VRouterRouteEntry, connected: Sequence[Connected], down: Sequence[str]) -> Row:
    where = None
    if entry.target is not None:
        hop = IPv4Address(entry.target)
        where = next((one for one in connected if hop in one.network), None)
        if where is None:
            return _of_entry(entry, "NextHopUnreachable", f"next hop {entry.target} is in no network of the vrouter")
        if where.interface in down:
            return _of_entry(entry, "InterfaceDown", f"its interface {where.interface} is down")
    return _of_entry(entry, "Pending", "the vrouter does not have it yet")


def _of_entry(entry: VRouterRouteEntry, status: Status, reason: str) -> Row:
    return Row(entry.destination, entry.distance, entry.type, status, target=entry.target, reason=reason, entry=entry)


def _kind(protocol: int) -> str:
    return {_BY_KERNEL: CONNECTED, _OURS: SERVICE, _TUNNELS: SERVICE}.get(protocol, UNKNOWN)


def _where(route: KernelRoute) -> str:
    if route.drops:
        return "a black hole"
    return ", ".join(f"via {hop.via}" if hop.via else f"connected by {hop.interface}" for hop in route.hops)


def _bits(row: Row) -> int:
    return int(row.destination.rpartition("/")[2])
