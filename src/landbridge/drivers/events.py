"""Drops told live: whose drops are told, what is told, and how many could not be.

The programs tell of a port's drops only while it is watched, and a watch ends by itself: a dead agent
leaves nothing on.  One port's flood is told in part, so that it does not fill the buffer for all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from landbridge.drivers import records
from landbridge.drivers.bpf_map import Map
from landbridge.drivers.ring import Ring
from landbridge.model.drops import DropReason


@dataclass(frozen=True, slots=True)
class Drop:
    """A packet that was dropped.

    time    boot clock, ns
    port    interface index
    rule    number of the rule; 0: none
    egress  sent by the machine behind the port
    length  of the frame; `head` is its beginning
    """

    time: int
    port: int
    reason: DropReason
    rule: int
    egress: bool
    length: int
    head: bytes


class Events:
    """The drops of one host.  Not thread-safe, and a host has one reader: what is read is gone."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        """Open the buffer.

        Raises:
            BpfError: for example ENOMEM.
        """
        self._watches, self._lost = maps["watches"], maps["untold"]
        self._ring = Ring(maps["events"])
        self._counted = self._totals()

    def fileno(self) -> int:
        """Readable while there is something to read."""
        return self._ring.fileno()

    def watch(self, ports: Iterable[int], until: int) -> None:
        """Have drops at these ports (interface indexes) told until a time (boot clock, ns).

        Raises:
            BpfError: too many ports are watched.
        """
        value = records.WATCH.pack(until, 0, 0)
        self._watches.update({records.KEY.pack(port): value for port in ports})

    def unwatch(self, ports: Iterable[int]) -> None:
        """Nobody watches them any more.  Absent ones are fine."""
        self._watches.delete(*map(records.KEY.pack, ports))

    def read(self) -> list[Drop]:
        """What has been told since the last call, or the first thousands of it."""
        return [_drop(sample) for sample in self._ring.read()]

    def untold(self) -> dict[int, int]:
        """How many drops at each watched port were too many to be told, since the last call."""
        before, self._counted = self._counted, self._totals()
        # A port that was forgotten meanwhile begins anew.
        more = {port: total - _base(before.get(port, 0), total) for port, total in self._counted.items()}
        return {port: count for port, count in more.items() if count}

    def close(self) -> None:
        """Let go."""
        self._ring.close()

    def _totals(self) -> dict[int, int]:
        return {
            records.KEY.unpack(key)[0]: sum(records.COUNTER.unpack(value).packets for value in values)
            for key, values in self._lost.items()
        }


def _base(before: int, total: int) -> int:
    return before if before <= total else 0


def _drop(sample: bytes) -> Drop:
    event = records.EVENT.unpack(sample)
    return Drop(
        time=event.time,
        port=event.port,
        reason=DropReason(event.reason),
        rule=event.rule,
        egress=bool(event.egress),
        length=event.length,
        head=event.head[: event.captured],
    )
