"""Relays: what still comes over shortcuts for machines that have moved away (bpf/lib/relay.h)."""

import errno
from collections.abc import Collection, Iterator, Mapping

from landbridge.drivers import records, rtnl
from landbridge.drivers.bpf import BpfError, Program
from landbridge.drivers.bpf_map import Map
from landbridge.drivers.link import Link
from landbridge.drivers.netlink import Request
from landbridge.drivers.rtnl import mac_bytes, mac_text
from landbridge.render.kernel import Relay


class NoRelays:
    """Stands in where eBPF does not work: nothing comes over shortcuts."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def of(self, _link: Link, _attached: Mapping[int, int]) -> Iterator[Relay]:
        """There are none."""
        return iter(())

    def put(self, _device: int, _relay: Relay) -> list[Request]:
        """Refuse.

        Raises:
            BpfError: with the reason.
        """
        raise BpfError(errno.ENOTSUP, self._reason)

    def delete(self, _device: int, _mac: str) -> list[Request]:
        """There are none."""
        return []


class Relays:
    """Of one host."""

    def __init__(self, maps: Mapping[str, Map], program: Program) -> None:
        self._map = maps["relays"]
        self._program = program
        self._entries: dict[bytes, bytes] = {}

    def read(self) -> None:
        """Read the map afresh."""
        self._entries = {key: value for key, [value] in self._map.items()}

    def of(self, link: Link, attached: Mapping[int, int]) -> Iterator[Relay]:
        """What is relayed at a VXLAN device; nothing unless the program is there."""
        if attached.get(rtnl.TC_INGRESS) != self._program.id:
            return
        for packed, value in self._entries.items():
            key = records.RELAY_KEY.unpack(packed)
            if key.device == link.index:
                yield Relay(link.name, mac_text(key.mac), mac_text(records.RELAY.unpack(value).source_mac))

    def put(self, device: int, relay: Relay) -> list[Request]:
        """Enter it; the requests that put the program in force.

        Raises:
            BpfError: there are too many.
        """
        key, value = _key(device, relay.mac), records.RELAY.pack(mac_bytes(relay.source_mac), 0)
        self._map.update({key: value})
        self._entries[key] = value
        return [
            rtnl.add_clsact(device),
            rtnl.replace_filter(device, rtnl.TC_INGRESS, self._program.fd, "from_overlay"),
        ]

    def delete(self, device: int, mac: str) -> list[Request]:
        """Take it away; without another one the program goes, too.  Absent is fine."""
        key = _key(device, mac)
        self._map.delete(key)
        self._entries.pop(key, None)
        if any(records.RELAY_KEY.unpack(other).device == device for other in self._entries):
            return []
        return [rtnl.delete_filter(device, rtnl.TC_INGRESS)]

    def forget_all_but(self, living: Collection[int]) -> None:
        """Only these devices are left."""
        gone = [key for key in self._entries if records.RELAY_KEY.unpack(key).device not in living]
        self._map.delete(*gone)
        for key in gone:
            del self._entries[key]


def _key(device: int, mac: str) -> bytes:
    return records.RELAY_KEY.pack(device, mac_bytes(mac), 0)
