"""A host's shortcuts for who looks at them on the host itself: from the live agent, or from the kernel alone.

Keys of vrouters are in neither.
"""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec

from landbridge.core import shortcut as kernel
from landbridge.core.shortcut import ShortcutKey
from landbridge.drivers.clocks import NS_PER_MS
from landbridge.drivers.counters import Count
from landbridge.render.known import Known
from landbridge.zsnp.entry import Entry, State
from landbridge.zsnp.moment import Moment

CONTROL = "zsnp.sock"
"""In the agent's run directory: the socket on which it is asked (`answer`)."""


class Row(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """One shortcut.  Times in seconds.

    net_id            of the senders' network; `source`: their CIDR; `router_mac`: the vrouter's MAC there
    state             of `zsnp.entry`; from the kernel alone: `IN FORCE` or `EXPIRED`
    router            the vrouter's number, `router_uuid`: if the agent knows it
    destination_vtep  as soon as the destination's host has answered; `local`: it is this host
    expires_in        of the lease; negative: it is over
    refused_for       until it may be hinted again
    """

    net_id: int
    source: str
    router_mac: str
    destination: str
    state: str
    router: int
    router_uuid: str | None = None
    destination_mac: str
    destination_net_id: int
    vni: int
    destination_vtep: str | None = None
    local: bool = False
    mtu: int | None = None
    epoch: int
    generation: int = 0
    packets: int = 0
    bytes: int = 0
    expires_in: float | None = None
    age: float | None = None
    round_trip_ms: int | None = None
    refused_for: float | None = None
    reason: str | None = None

    def is_for(self, source: str, destination: str) -> bool:
        """Whether packets from one address to the other are its business."""
        return self.destination == destination and ip_address(source) in ip_network(self.source)


def of_entry(entry: Entry, at: Moment, routers: Mapping[int, str]) -> Row:
    """As the agent has it.  routers: number -> uuid."""
    refused = entry.state is State.REFUSED
    return Row(
        net_id=entry.key.net_id,
        source=entry.ingress.prefix,
        router_mac=entry.key.router_mac,
        destination=entry.key.destination,
        state=entry.state,
        router=entry.router,
        router_uuid=routers.get(entry.router),
        destination_mac=entry.target.mac,
        destination_net_id=entry.target.net_id,
        vni=entry.target.vni,
        destination_vtep=entry.path.vtep if entry.path is not None else None,
        local=entry.path is not None and entry.path.local,
        mtu=entry.mtu or None,
        epoch=entry.epoch,
        generation=entry.generation,
        packets=entry.packets,
        bytes=entry.bytes,
        expires_in=(entry.expires - at.mono) / 1000 if entry.in_force else None,
        age=(at.mono - entry.since) / 1000,
        round_trip_ms=entry.round_trip,
        refused_for=max(0, entry.since + entry.penalty - at.mono) / 1000 if refused else None,
        reason=entry.reason or None,
    )


def of_kernel(key: ShortcutKey, shortcut: kernel.Shortcut, count: Count, at: Moment) -> Row:
    """As the kernel has it; all that the programs at the ports go by."""
    left = shortcut.expires / NS_PER_MS - at.mono
    return Row(
        net_id=key.net_id,
        source=str(shortcut.prefix),
        router_mac=key.router_mac,
        destination=key.destination,
        state="IN FORCE" if left > 0 else "EXPIRED",
        router=shortcut.router,
        destination_mac=shortcut.destination_mac,
        destination_net_id=shortcut.egress_net_id,
        vni=shortcut.vni,
        destination_vtep=shortcut.vtep,
        local=shortcut.local,
        mtu=shortcut.mtu,
        epoch=shortcut.epoch,
        generation=shortcut.generation,
        packets=count.packets,
        bytes=count.bytes,
        expires_in=left / 1000,
    )


class Standing(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """How a host stands with a pair of addresses.

    nets     networks in which a VM of this host has the source's address
    routers  vrouters (by uuid) whose shortcuts this host may use there
    """

    nets: tuple[int, ...]
    routers: tuple[str, ...]
    entries: tuple[Row, ...]


def standing(source: str, destination: str, known: Known, rows: Iterable[Row]) -> Standing:
    """From what the host has been given and has made of it."""
    nets = {port.net_id for port in known.ports.values() if port.role == "vm" and source in port.addresses}
    routers = {one.router_uuid for one in known.shortcut_routers.values() if one.net_id in nets}
    return Standing(
        nets=tuple(sorted(nets)),
        routers=tuple(sorted(routers)),
        entries=tuple(row for row in rows if row.is_for(source, destination)),
    )


def answer(
    request: Mapping[str, Any], known: Known, at: Moment, entries: Iterable[Entry], counted: Mapping[str, Any]
) -> Mapping[str, Any]:
    """To a request on the agent's control socket: {"op": "entries"} or {"op": "explain", "source", "destination"}.

    counted: messages turned away and entries ended, by reason.
    """
    routers = {one.router: one.router_uuid for one in known.shortcut_routers.values()}
    rows = [of_entry(entry, at, routers) for entry in entries]
    match request:
        case {"op": "entries"}:
            return {"entries": msgspec.to_builtins(rows), **counted}
        case {"op": "explain", "source": str(source), "destination": str(destination)}:
            said: dict[str, Any] = msgspec.to_builtins(standing(source, destination, known, rows))
            return said
        case _:
            return {"error": f"unknown request {dict(request)!r}: its op must be entries or explain"}
