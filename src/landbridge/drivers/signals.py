"""Signalling packets to machines of a host, which the programs at the ports hand to its agent."""

import errno
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from landbridge.drivers import records
from landbridge.drivers.bpf import BpfError
from landbridge.drivers.bpf_map import Map
from landbridge.drivers.ring import Ring

_THERE = b"\1\0\0\0"


@dataclass(frozen=True, slots=True)
class Signal:
    """A packet that was on its way to a machine.

    port    interface index of the machine's port
    length  of the frame, in bytes; `frame` is its beginning, at most 576 of them
    """

    port: int
    length: int
    frame: bytes


class NoSignals:
    """Stands in where eBPF does not work: there are no ports, so nothing comes to any."""

    def __init__(self, reason: str) -> None:
        self._reason = reason

    def fileno(self) -> int:
        """Refuse.

        Raises:
            BpfError: with the reason.
        """
        raise BpfError(errno.ENOTSUP, self._reason)

    def read(self) -> list[Signal]:
        """Nothing comes."""
        return []

    def listen(self, _net_ids: Collection[int]) -> None:
        """Nothing comes of any network."""

    def close(self) -> None:
        """Nothing is held."""


class Signals:
    """The signalling packets of one host.  Not thread-safe, and a host has one reader: what is read is gone."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        """Open the buffer.

        Raises:
            BpfError: for example ENOMEM.
        """
        self._ring = Ring(maps["signals"])
        self._networks = maps["signalled"]

    def fileno(self) -> int:
        """Readable while there is something to read."""
        return self._ring.fileno()

    def read(self) -> list[Signal]:
        """What has come since the last call."""
        return [_signal(sample) for sample in self._ring.read()]

    def listen(self, net_ids: Collection[int]) -> None:
        """Take packets to machines of these networks (`net_id`), and of no others: those are dropped.

        Raises:
            BpfError: there are too many.
        """
        wanted = {records.KEY.pack(net_id) for net_id in net_ids}
        known = {key for key, _ in self._networks.items()}
        self._networks.delete(*(known - wanted))
        self._networks.update(dict.fromkeys(wanted - known, _THERE))

    def close(self) -> None:
        """Let go."""
        self._ring.close()


def _signal(sample: bytes) -> Signal:
    signal = records.SIGNAL.unpack(sample)
    return Signal(signal.port, signal.length, signal.frame[: signal.captured])
