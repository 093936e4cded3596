"""Shortcuts at the ports: their entries, what went over them, and the routers' MACs that machines are shown."""

import errno
import heapq
import itertools
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from ipaddress import ip_network
from typing import Any

from landbridge.core.shortcut import Shortcut, ShortcutKey
from landbridge.drivers import records
from landbridge.drivers.bpf import BpfError
from landbridge.drivers.bpf_map import Map
from landbridge.drivers.counters import Count, sum_up
from landbridge.drivers.gateways import Gateways
from landbridge.drivers.port_table import MAPPED_BITS, address_bytes, address_text
from landbridge.drivers.rtnl import mac_bytes, mac_text

_LOCAL = 1
"""`SHORTCUT_LOCAL` in bpf/lib/shortcut_maps.h."""


class NoShortcuts:
    """Stands in where eBPF does not work: there are none, and there will be none."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def read(self) -> dict[ShortcutKey, Shortcut]:
        """There are none."""
        return {}

    def put(self, entries: Mapping[ShortcutKey, Shortcut]) -> None:
        """Refuse.

        Raises:
            BpfError: with the reason.
        """
        if entries:
            raise BpfError(errno.ENOTSUP, self._reason)

    def delete(self, _keys: Iterable[ShortcutKey]) -> None:
        """There are none."""

    def traffic(self) -> dict[ShortcutKey, Count]:
        """Nothing went over them."""
        return {}

    def forget_interface(self, _ifindex: int) -> None:
        """Nothing leads there."""

    def forget_all_but(self, _living: Collection[int]) -> None:
        """Nothing leads anywhere."""

    def routers(self) -> dict[int, str]:
        """No router is known."""
        return {}

    def put_routers(self, macs: Mapping[int, str]) -> None:
        """Refuse, as `put`."""
        if macs:
            raise BpfError(errno.ENOTSUP, self._reason)

    def delete_routers(self, _net_ids: Iterable[int]) -> None:
        """No router is known."""

    def unrestored(self) -> dict[int, int]:
        """Nothing came over shortcuts."""
        return {}


class Shortcuts:
    """The shortcuts of one host.  Any thread may call."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        """Find what is there."""
        self._shortcuts, self._stats = maps["shortcuts"], maps["shortcut_stats"]
        self._routers, self._unrestored = maps["router_macs"], maps["unrestored"]
        self._gateways = Gateways(maps["gateways"])
        self._lock = threading.Lock()
        self._slots: dict[bytes, int] = {}
        self._leads_to: dict[bytes, int] = {}
        self._free: list[int] = []
        """Slots below `_next` that nobody has, as a heap: low ones first, so that few are read."""
        self._next = 0
        self.read()

    def read(self) -> dict[ShortcutKey, Shortcut]:
        """All entries, from the map itself."""
        with self._lock:
            found = {key: records.SHORTCUT.unpack(value) for key, [value] in self._shortcuts.items()}
            self._slots = {key: entry.slot for key, entry in found.items()}
            self._leads_to = {key: entry.ifindex for key, entry in found.items()}
            self._gateways.read(found)
            used = set(self._slots.values())
            self._next = max(used, default=-1) + 1
            self._free = [slot for slot in range(self._next) if slot not in used]
        return {_key(key): _shortcut(entry) for key, entry in found.items()}

    def put(self, entries: Mapping[ShortcutKey, Shortcut]) -> None:
        """Enter shortcuts, or change them: then their counters go on.

        Raises:
            BpfError: there are too many; none of them may be counted on.
        """
        with self._lock:
            packed = {_key_bytes(key): entry for key, entry in entries.items()}
            fresh = {key: self._take_slot() for key in packed if key not in self._slots}
            slots = self._slots | fresh
            try:
                self._stats.update({records.KEY.pack(slot): bytes(records.COUNTER.size) for slot in fresh.values()})
                self._shortcuts.update({key: _bytes(entry, slots[key]) for key, entry in packed.items()})
                self._gateways.put(packed)
            except BpfError:
                self._shortcuts.delete(*packed)
                for key, slot in fresh.items():
                    heapq.heappush(self._free, slot)
                    slots.pop(key)
                    self._gateways.drop(key)
                for key in packed.keys() - fresh.keys():
                    self._drop(key)
                raise
            self._slots = slots
            self._leads_to.update({key: entry.ifindex for key, entry in packed.items()})

    def delete(self, keys: Iterable[ShortcutKey]) -> None:
        """Their packets go to the router again, from the next one on.  Absent ones are fine."""
        with self._lock:
            self._delete([_key_bytes(key) for key in keys])

    def traffic(self) -> dict[ShortcutKey, Count]:
        """What went over each shortcut since it was entered."""
        with self._lock:
            slots, size = dict(self._slots), self._next
        # An array gives its entries in order, and read in batches: no more of them than is used.
        counted = [sum_up(values) for _, values in itertools.islice(self._stats.items(), size)]
        return {_key(key): counted[slot] for key, slot in slots.items()}

    def forget_interface(self, ifindex: int) -> None:
        """An interface is gone, and another may get its number: nothing leads there any more."""
        self._forget(lambda target: target == ifindex)

    def forget_all_but(self, living: Collection[int]) -> None:
        """Only these interfaces are left."""
        self._forget(lambda target: target not in living)

    def routers(self) -> dict[int, str]:
        """The router's MAC in each network (`net_id`)."""
        return {
            records.KEY.unpack(key)[0]: mac_text(records.ROUTER_MAC.unpack(value).mac)
            for key, [value] in self._routers.items()
        }

    def put_routers(self, macs: Mapping[int, str]) -> None:
        """Show machines in these networks (`net_id`) this MAC, whichever host sent them a packet over a shortcut.

        Raises:
            BpfError: there are too many.
        """
        entries = {records.KEY.pack(net): records.ROUTER_MAC.pack(mac_bytes(mac), 0) for net, mac in macs.items()}
        self._routers.update(entries)

    def delete_routers(self, net_ids: Iterable[int]) -> None:
        """These networks have no router any more.  Absent ones are fine."""
        keys = [records.KEY.pack(net_id) for net_id in net_ids]
        self._routers.delete(*keys)
        self._unrestored.delete(*keys)

    def unrestored(self) -> dict[int, int]:
        """Packets that machines of each network got with a host's shortcut MAC, as its router's is not known."""
        return {records.KEY.unpack(key)[0]: sum_up(values).packets for key, values in self._unrestored.items()}

    def _forget(self, gone: Callable[[int], bool]) -> None:
        with self._lock:
            self._delete([key for key, target in self._leads_to.items() if gone(target)])

    def _delete(self, keys: Collection[bytes]) -> None:
        self._shortcuts.delete(*keys)
        for key in keys:
            self._drop(key)

    def _drop(self, key: bytes) -> None:
        slot = self._slots.pop(key, None)
        if slot is not None:
            heapq.heappush(self._free, slot)
            del self._leads_to[key]
            self._gateways.drop(key)

    def _take_slot(self) -> int:
        if self._free:
            return heapq.heappop(self._free)
        self._next += 1
        return self._next - 1


def _key_bytes(key: ShortcutKey) -> bytes:
    return records.SHORTCUT_KEY.pack(key.net_id, mac_bytes(key.router_mac), 0, address_bytes(key.destination))


def _key(data: bytes) -> ShortcutKey:
    key = records.SHORTCUT_KEY.unpack(data)
    return ShortcutKey(key.net_id, mac_text(key.router_mac), address_text(key.destination))


def _bytes(entry: Shortcut, slot: int) -> bytes:
    return records.SHORTCUT.pack(
        entry.expires,
        entry.ifindex,
        slot,
        address_bytes(str(entry.prefix.network_address)),
        entry.mtu,
        entry.prefix.prefixlen + (MAPPED_BITS if entry.prefix.version == 4 else 0),
        _LOCAL if entry.local else 0,
        mac_bytes(entry.destination_mac),
        mac_bytes(entry.source_mac),
        entry.epoch,
        entry.generation,
        entry.router,
        entry.egress_net_id,
        entry.vni,
        entry.port,
        mac_bytes(entry.router_mac),
        address_bytes(entry.router_ip),
        address_bytes(entry.vtep),
        0,
    )


def _shortcut(entry: Any) -> Shortcut:
    address = address_text(entry.prefix)
    bits = entry.prefix_len - (0 if ":" in address else MAPPED_BITS)
    return Shortcut(
        expires=entry.expires,
        ifindex=entry.ifindex,
        prefix=ip_network(f"{address}/{bits}"),
        mtu=entry.mtu,
        destination_mac=mac_text(entry.destination_mac),
        source_mac=mac_text(entry.source_mac),
        local=bool(entry.flags & _LOCAL),
        router=entry.router,
        router_ip=address_text(entry.router_ip),
        epoch=entry.epoch,
        generation=entry.generation,
        egress_net_id=entry.egress_net_id,
        vni=entry.vni,
        port=entry.port,
        router_mac=mac_text(entry.router_mac),
        vtep=address_text(entry.vtep),
    )
