"""What the programs know of each port: its entry, what it may send from, its table of connections."""

import contextlib
import errno
import itertools
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import IntFlag
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from landbridge.drivers import carried, records
from landbridge.drivers.bpf_map import LRU_HASH, Map, create_map
from landbridge.drivers.rtnl import mac_bytes, mac_text
from landbridge.render.guard import Sources
from landbridge.render.kernel import Filtering, Hook

MAPPED_BITS = 96
"""How many bits of `address_bytes` are in front of an IPv4 address."""
_KEY = records.KEY
_SLOT_BITS = 32
_MAC_BYTES = 6
_THERE = b"\1\0\0\0"
_NO_ADDRESS = bytes(4)


class PortFlag(IntFlag):
    """`enum port_flags` in bpf/lib/maps.h."""

    ROUTER = 1
    GUARDED = 2
    FILTERED = 4
    INGRESS_ACCEPT = 8
    EGRESS_ACCEPT = 16
    STANDBY = 32
    LIMITED = 64


def address_bytes(address: str) -> bytes:
    """16 bytes; IPv4 as ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2)."""
    parsed = ip_address(address)
    return parsed.packed if parsed.version == 6 else b"\0" * 10 + b"\xff\xff" + parsed.packed


def address_text(data: bytes) -> str:
    """Inverse of `address_bytes`."""
    parsed = IPv6Address(data)
    return str(parsed.ipv4_mapped or parsed)


@dataclass(frozen=True, slots=True)
class _Entry:
    """`sources` and `macs` are the entries of the maps of these names."""

    slot: int
    hook: Hook
    sources: Mapping[bytes, bytes]
    macs: Mapping[bytes, bytes]


class PortTable:
    """The maps about ports, by interface index."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        self._ports, self._stats = maps["ports"], maps["port_stats"]
        self._sources, self._macs = maps["sources"], maps["macs"]
        self._connections, self._limits = maps["connections"], maps["limits"]
        self._entries: dict[int, _Entry] = {}

    def read(self) -> None:
        """Read the maps afresh."""
        sources: dict[int, dict[bytes, bytes]] = {}
        for key, [value] in self._sources.items():
            sources.setdefault(records.SOURCE_KEY.unpack(key).slot, {})[key] = value
        macs: dict[int, dict[bytes, bytes]] = {}
        for key, [value] in self._macs.items():
            macs.setdefault(records.MAC_KEY.unpack(key).slot, {})[key] = value
        self._entries = {}
        for key, [value] in self._ports.items():
            port = records.PORT.unpack(value)
            own, extra = sources.pop(port.slot, {}), macs.pop(port.slot, {})
            hook = self._hook(port, own, extra)
            self._entries[_KEY.unpack(key)[0]] = _Entry(port.slot, hook, own, extra)
        # What belongs to no port is of a change that was interrupted.
        self._sources.delete(*(key for each in sources.values() for key in each))
        self._macs.delete(*(key for each in macs.values() for key in each))

    def hook(self, index: int) -> Hook | None:
        """What the programs know of a port (without its name)."""
        entry = self._entries.get(index)
        return None if entry is None else entry.hook

    def indexes(self) -> Iterable[int]:
        """Ports that have an entry."""
        return self._entries.keys()

    def admit(self, index: int, hook: Hook, connections: int) -> None:
        """Enter a port, or change what is known of it: what it may do first, the port itself last.

        connections: how many its table holds, if it needs one.

        Raises:
            BpfError: a map is full.
        """
        known = self._entries.get(index)
        slot = known.slot if known is not None else self._free_slot()
        if known is None:
            self._stats.update({_KEY.pack(slot): bytes(records.PORT_STATS.size)})
        entry = _Entry(slot, hook, _sources(slot, hook.sources), _macs(slot, hook.extra_macs))
        if _rates(hook) != (_rates(known.hook) if known is not None else (0, 0)):
            self._limits.update({_KEY.pack(slot): _limits(hook)})
        self._sources.update({k: v for k, v in entry.sources.items() if known is None or known.sources.get(k) != v})
        self._macs.update(entry.macs)
        if hook.filtering is not None and not self._has_table(slot):
            with _new_table(connections) as table:
                self._connections.put_map(_KEY.pack(slot), table)
        self._ports.update({_KEY.pack(index): _port(slot, hook)})
        if known is not None:
            self._sources.delete(*(key for key in known.sources if key not in entry.sources))
            self._macs.delete(*(key for key in known.macs if key not in entry.macs))
        if hook.filtering is None and known is not None:
            self._connections.delete(_KEY.pack(slot))
        if not any(_rates(hook)):
            self._limits.delete(_KEY.pack(slot))
        self._entries[index] = entry

    def close(self, index: int) -> None:
        """Take a port's entry away first: nothing passes it any more.  Absent is fine."""
        self._ports.delete(_KEY.pack(index))
        entry = self._entries.pop(index, None)
        if entry is not None:
            self._sources.delete(*entry.sources)
            self._macs.delete(*entry.macs)
            self._connections.delete(_KEY.pack(entry.slot))
            self._limits.delete(_KEY.pack(entry.slot))

    def resize(self, connections: int) -> None:
        """Tables that hold another number are made anew, with what they hold.

        Raises:
            BpfError: no memory for one.
        """
        for entry in self._entries.values():
            table = self._connections.inner(_KEY.pack(entry.slot))
            if table is None:
                continue
            with contextlib.closing(table):
                if table.max_entries != connections:
                    with _new_table(connections) as larger:
                        larger.update_each(dict(itertools.islice(table.items(), connections)))
                        self._connections.put_map(_KEY.pack(entry.slot), larger)

    def carry(self, index: int, now: int) -> bytes:
        """See `Hooks.carry`; `now`: monotonic clock, ns."""
        with self._table(index) as table:
            return b"" if table is None else carried.pack(((key, value) for key, [value] in table.items()), now)

    def carry_in(self, index: int, data: bytes, now: int, epoch: int) -> None:
        """See `Hooks.carry_in`; `epoch`: in which they count as judged."""
        with self._table(index) as table:
            if table is None:
                raise OSError(errno.ENOENT, "the port has no table of connections")
            present = {key for key, _ in table.items()}
            found = {key: value for key, value in carried.unpack(data, now, epoch).items() if key not in present}
            table.update_each({key: [value] for key, value in found.items()})

    @contextlib.contextmanager
    def _table(self, index: int) -> Iterator[Map | None]:
        entry = self._entries.get(index)
        table = None if entry is None else self._connections.inner(_KEY.pack(entry.slot))
        try:
            yield table
        finally:
            if table is not None:
                table.close()

    def _has_table(self, slot: int) -> bool:
        table = self._connections.inner(_KEY.pack(slot))
        if table is None:
            return False
        table.close()
        return True

    def _free_slot(self) -> int:
        used = {entry.slot for entry in self._entries.values()}
        return next(slot for slot in range(len(used) + 1) if slot not in used)

    def _hook(self, port: Any, sources: Mapping[bytes, bytes], macs: Mapping[bytes, bytes]) -> Hook:
        flags = PortFlag(port.flags)
        filtering = None
        if PortFlag.FILTERED in flags and self._has_table(port.slot):
            filtering = Filtering(
                f"{port.policy:016x}",
                "ACCEPT" if PortFlag.INGRESS_ACCEPT in flags else "DROP",
                "ACCEPT" if PortFlag.EGRESS_ACCEPT in flags else "DROP",
            )
        found = self._limits.get(_KEY.pack(port.slot)) if PortFlag.LIMITED in flags else None
        limits = records.LIMITS.unpack(found[0]) if found else None
        return Hook(
            ifname="",
            net_id=port.net_id,
            mac=mac_text(port.mac),
            domain=port.domain,
            router=PortFlag.ROUTER in flags,
            guarded=PortFlag.GUARDED in flags,
            address=str(IPv4Address(port.address)) if port.address != _NO_ADDRESS else None,
            sources=_sources_text(sources),
            extra_macs=tuple(sorted(mac_text(records.MAC_KEY.unpack(key).mac) for key in macs)),
            filtering=filtering,
            sent_rate=limits.sent_rate if limits else 0,
            received_rate=limits.received_rate if limits else 0,
            standby=PortFlag.STANDBY in flags,
        )


def _new_table(connections: int) -> AbstractContextManager[Map]:
    sizes = (records.CONNECTION_KEY.size, records.CONNECTION.size)
    return create_map(LRU_HASH, "connections", *sizes, connections)


def _port(slot: int, hook: Hook) -> bytes:
    flags = PortFlag(0)
    if hook.router:
        flags |= PortFlag.ROUTER
    if hook.guarded:
        flags |= PortFlag.GUARDED
    if hook.standby:
        flags |= PortFlag.STANDBY
    if any(_rates(hook)):
        flags |= PortFlag.LIMITED
    if hook.filtering is not None:
        flags |= PortFlag.FILTERED
        if hook.filtering.ingress == "ACCEPT":
            flags |= PortFlag.INGRESS_ACCEPT
        if hook.filtering.egress == "ACCEPT":
            flags |= PortFlag.EGRESS_ACCEPT
    policy = int(hook.filtering.policy, 16) if hook.filtering is not None else 0
    address = IPv4Address(hook.address).packed if hook.address else _NO_ADDRESS
    return records.PORT.pack(policy, hook.net_id, hook.domain, slot, address, mac_bytes(hook.mac), int(flags))


def _rates(hook: Hook) -> tuple[int, int]:
    return hook.sent_rate, hook.received_rate


def _limits(hook: Hook) -> bytes:
    """With full buckets."""
    return records.LIMITS.pack(hook.sent_rate, 0, hook.received_rate, 0)


def _sources(slot: int, sources: Sources) -> dict[bytes, bytes]:
    found = {}
    for prefix, macs in sources:
        network = ip_network(prefix)
        length = _SLOT_BITS + network.prefixlen + (MAPPED_BITS if network.version == 4 else 0)
        key = records.SOURCE_KEY.pack(length, slot, address_bytes(str(network.network_address)))
        found[key] = records.SOURCE.pack(len(macs), b"".join(map(mac_bytes, macs)))
    return found


def _sources_text(sources: Mapping[bytes, bytes]) -> Sources:
    found = []
    for key, value in sources.items():
        prefix, source = records.SOURCE_KEY.unpack(key), records.SOURCE.unpack(value)
        address = address_text(prefix.address)
        bits = prefix.prefix_len - _SLOT_BITS - (0 if ":" in address else MAPPED_BITS)
        macs = [source.macs[at : at + _MAC_BYTES] for at in range(0, source.count * _MAC_BYTES, _MAC_BYTES)]
        found.append((ip_network(f"{address}/{bits}"), tuple(map(mac_text, macs))))
    ordered = sorted(found, key=lambda entry: (entry[0].version, entry[0]))
    return tuple((str(network), macs) for network, macs in ordered)


def _macs(slot: int, macs: Iterable[str]) -> dict[bytes, bytes]:
    return {records.MAC_KEY.pack(slot, mac_bytes(mac), 0): _THERE for mac in macs}
