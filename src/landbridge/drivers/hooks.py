"""The eBPF programs at each port: attached with tc, told about the port by map entries.

A port without an entry passes nothing, so taking the entry away closes it at once.
"""

import errno
import hashlib
import shutil
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from landbridge.drivers import bpf, rtnl
from landbridge.drivers.bpf import BpfError
from landbridge.drivers.link import Link
from landbridge.drivers.netlink import Request
from landbridge.render.kernel import Hook

_LAYOUT = "v1"
"""Goes up when a map's layout changes; maps of another layout are not shared."""

_KEY = struct.Struct("=I")
_PORT = struct.Struct("=I6sH")


class DropReason(IntEnum):
    """`enum drop_reason` in bpf/lib/drops.h."""

    UNKNOWN_PORT = 0
    MALFORMED = 1
    TAGGED = 2
    SIGNALLING = 3
    DHCP_REQUEST = 4
    DHCP_REPLY = 5
    OTHER_MAC = 6


_STATS = struct.Struct(f"=4Q{len(DropReason)}Q")
_COUNTER = struct.Struct("=Q")


@dataclass(frozen=True, slots=True)
class PortCounters:
    """What passed a port, seen from the machine, and what was dropped there."""

    sent_packets: int
    sent_bytes: int
    received_packets: int
    received_bytes: int
    drops: Mapping[DropReason, int]


class NoHooks:
    """Stands in where eBPF does not work: no port is ever opened, and everybody is told why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def read(self) -> None:
        """There is nothing to read."""

    def of(self, _link: Link, _attached: Mapping[int, int]) -> Hook | None:
        """Nothing is in force."""
        return None

    def attach(self, _index: int) -> list[Request]:
        """Refuse.

        Raises:
            BpfError: with the reason.
        """
        raise BpfError(errno.ENOTSUP, self.reason)

    def admit(self, hooks: Mapping[int, Hook]) -> None:
        """No port gets here."""
        assert not hooks

    def close(self, _index: int) -> None:
        """Nothing is open."""

    def forget_all_but(self, _living: Iterable[int]) -> None:
        """Nothing is known."""

    def drops(self) -> dict[DropReason, int]:
        """Nothing is counted."""
        return {}


class Hooks:
    """The programs and maps of one host, pinned in `pins`."""

    def __init__(self, pins: Path, object_file: Path) -> None:
        """Open what is pinned; load what is not.

        Raises:
            BpfError: the kernel does not take the programs, or the maps have another layout.
        """
        version = hashlib.sha256(object_file.read_bytes()).hexdigest()[:12]
        maps, programs = pins / _LAYOUT, pins / "programs" / version
        maps.mkdir(parents=True, exist_ok=True)
        if not all((programs / name).exists() for name in ("from_vm", "to_vm")):
            bpf.load(object_file, maps, programs)
        self._ports, self._stats, self._drops = (bpf.open_map(maps / m) for m in ("ports", "port_stats", "drops"))
        for map_, value in ((self._ports, _PORT), (self._stats, _STATS), (self._drops, _COUNTER)):
            if (map_.key_size, map_.value_size) != (_KEY.size, value.size):
                raise BpfError(errno.EINVAL, f"the eBPF maps in {maps} have another layout than this agent")
        self._programs = {
            rtnl.TC_INGRESS: ("from_vm", bpf.open_program(programs / "from_vm")),
            rtnl.TC_EGRESS: ("to_vm", bpf.open_program(programs / "to_vm")),
        }
        self._entries: dict[int, tuple[int, str]] = {}
        for other in (pins / "programs").iterdir():
            if other != programs:
                # Attached programs live on without their pin, until `attach` replaces them.
                shutil.rmtree(other)

    def read(self) -> None:
        """Read the port entries afresh."""
        self._entries = {}
        for key, [value] in self._ports.items():
            net_id, mac, _ = _PORT.unpack(value)
            self._entries[_KEY.unpack(key)[0]] = (net_id, rtnl.mac_text(mac))

    def of(self, link: Link, attached: Mapping[int, int]) -> Hook | None:
        """What is in force at a link; None unless both programs and the entry are there."""
        entry = self._entries.get(link.index)
        if entry is None or attached.keys() != self._programs.keys():
            return None
        current = all(attached[place] == program.id for place, (_, program) in self._programs.items())
        return Hook(link.name, *entry, current)

    def attach(self, index: int) -> list[Request]:
        """Requests that put both programs in force at a link, without a gap if older ones are there."""
        return [
            rtnl.add_clsact(index),
            *(
                rtnl.replace_filter(index, place, program.fd, name)
                for place, (name, program) in self._programs.items()
            ),
        ]

    def admit(self, hooks: Mapping[int, Hook]) -> None:
        """Enter ports, by interface index: from now on they pass packets.

        Raises:
            BpfError: the maps are full.
        """
        fresh = [index for index in hooks if index not in self._entries]
        self._stats.update({_KEY.pack(index): bytes(_STATS.size) for index in fresh})
        self._ports.update(
            {_KEY.pack(index): _PORT.pack(hook.net_id, rtnl.mac_bytes(hook.mac), 0) for index, hook in hooks.items()}
        )
        self._entries.update({index: (hook.net_id, hook.mac) for index, hook in hooks.items()})

    def close(self, index: int) -> None:
        """Take a port's entries away; nothing passes it any more.  Absent is fine."""
        self._ports.delete(_KEY.pack(index))
        self._stats.delete(_KEY.pack(index))
        self._entries.pop(index, None)

    def forget_all_but(self, living: Iterable[int]) -> None:
        """Remove the entries of links that are gone: their indexes will be used again."""
        for index in self._entries.keys() - set(living):
            self.close(index)

    def counters(self, index: int) -> PortCounters | None:
        """A port's counters, summed over the CPUs; None for an unknown port."""
        values = self._stats.get(_KEY.pack(index))
        if values is None:
            return None
        sums = [sum(column) for column in zip(*(_STATS.unpack(value) for value in values), strict=True)]
        sent, sent_bytes, received, received_bytes, *drops = sums
        return PortCounters(sent, sent_bytes, received, received_bytes, dict(zip(DropReason, drops, strict=True)))

    def drops(self) -> dict[DropReason, int]:
        """Drops of the whole host since its maps were made."""
        return {
            reason: sum(_COUNTER.unpack(value)[0] for value in self._drops.get(_KEY.pack(reason)) or ())
            for reason in DropReason
        }
