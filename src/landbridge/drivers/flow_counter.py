"""Which pairs of machines talk through a vrouter enough to be worth a shortcut (bpf/router.c).

The program is at the legs, and goes on when this process ends, told to nobody; a new process loads it anew
and puts it in the old one's place.
"""

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from landbridge.drivers import bpf, records, rtnl
from landbridge.drivers.bpf import Program
from landbridge.drivers.bpf_map import Map
from landbridge.drivers.btf import types_of
from landbridge.drivers.netlink import Netlink
from landbridge.drivers.port_table import address_text
from landbridge.drivers.ring import Ring
from landbridge.drivers.rtnl import mac_text

_PROGRAM = "from_leg"
_ZERO = records.KEY.pack(0)


@dataclass(frozen=True, slots=True)
class Threshold:
    """A pair is told of after as many packets or as many bytes (of frames) within a window (ns)."""

    packets: int
    bytes: int
    window: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pair that has reached the threshold, by the packet with which it did.

    ifindex          the leg by which it came
    egress           the interface by which the router forwards it
    source_mac       of the sender; `destination_mac`: of the router
    """

    ifindex: int
    egress: int
    source: str
    destination: str
    source_mac: str
    destination_mac: str


class FlowCounter:
    """The counter of one vrouter, in the network namespace of the thread that makes it.  Not thread-safe."""

    def __init__(self, object_file: Path, threshold: Threshold) -> None:
        """Load the program.

        Raises:
            BpfError: the kernel does not take it, or the object is of another version.
        """
        maps, programs = bpf.load_private(object_file)
        self._maps = {name: Map(fd) for name, fd in maps.items()}
        self._program: Program = programs[_PROGRAM]
        records.check(records.OF_ROUTER, types_of(self._maps["flows"].btf_id).structs())
        self._ring = Ring(self._maps["wanted"])
        self._netlink = Netlink()
        self.set(threshold)

    def set(self, threshold: Threshold) -> None:
        """Another threshold, from the next packet on."""
        packed = records.FLOW_SETTINGS.pack(threshold.packets, threshold.bytes, threshold.window)
        self._maps["flow_settings"].update({_ZERO: packed})

    def attach(self, leg: str) -> None:
        """Count what comes by a leg; another version's program there is replaced.

        Raises:
            OSError: there is no such interface, or it refuses.
        """
        index = socket.if_nametoindex(leg)
        attach = rtnl.replace_filter(index, rtnl.TC_INGRESS, self._program.fd, _PROGRAM)
        self._netlink.one(rtnl.add_clsact(index), attach)

    def detach(self, leg: str) -> None:
        """Count there no more.  A leg that is gone, or that has no program, is fine.

        Raises:
            OSError: it refuses.
        """
        try:
            index = socket.if_nametoindex(leg)
        except OSError:
            return
        self._netlink.one(rtnl.delete_filter(index, rtnl.TC_INGRESS))

    def fileno(self) -> int:
        """Readable while there is something to read."""
        return self._ring.fileno()

    def read(self) -> list[Wanted]:
        """Pairs that were told since the last call."""
        return [_wanted(sample) for sample in self._ring.read()]

    def close(self) -> None:
        """Let go; what is attached stays."""
        self._netlink.close()
        self._ring.close()
        for map_ in self._maps.values():
            map_.close()
        os.close(self._program.fd)


def _wanted(sample: bytes) -> Wanted:
    found = records.WANTED.unpack(sample)
    return Wanted(
        ifindex=found.ifindex,
        egress=found.egress,
        source=address_text(found.source),
        destination=address_text(found.destination),
        source_mac=mac_text(found.source_mac),
        destination_mac=mac_text(found.destination_mac),
    )
