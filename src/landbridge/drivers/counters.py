"""What the programs count and tell: packets of ports, of rules, and drops with their reasons."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from landbridge.drivers import records
from landbridge.drivers.bpf_map import Map
from landbridge.model.drops import DropReason


@dataclass(frozen=True, slots=True)
class Count:
    """Packets and bytes."""

    packets: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class PortCounters:
    """What passed a port, seen from the machine."""

    sent_packets: int
    sent_bytes: int
    received_packets: int
    received_bytes: int


@dataclass(frozen=True, slots=True)
class Drops:
    """What was dropped at a port (interface index) for one reason, by one rule (its number; 0: none)."""

    port: int
    rule: int
    reason: DropReason
    count: Count


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a rule (0: the port's own policy) let in at a port: first packets of connections, mostly."""

    port: int
    rule: int
    count: Count


class Counters:
    """Reads the maps that count; sums over CPUs."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        self._stats, self._drops, self._accepted = maps["port_stats"], maps["drops"], maps["accepted"]

    def port(self, slot: int) -> PortCounters:
        """A port's traffic."""
        values = self._stats.get(records.KEY.pack(slot)) or []
        columns = zip(*(records.PORT_STATS.unpack(value) for value in values), strict=True)
        return PortCounters(*(sum(column) for column in columns))

    def drops(self) -> Iterator[Drops]:
        """All drops of the host."""
        for key, values in self._drops.items():
            found = records.DROP_KEY.unpack(key)
            yield Drops(found.port, found.rule, DropReason(found.reason), _sum(values))

    def by_reason(self) -> dict[DropReason, int]:
        """Packets dropped on the whole host."""
        sums: defaultdict[DropReason, int] = defaultdict(int)
        for drops in self.drops():
            sums[drops.reason] += drops.count.packets
        return {reason: sums[reason] for reason in DropReason}

    def accepted(self) -> Iterator[Accepted]:
        """What rules let in."""
        for key, values in self._accepted.items():
            found = records.RULE_KEY.unpack(key)
            yield Accepted(found.port, found.rule, _sum(values))

    def forget_rules(self, rules: Collection[int]) -> None:
        """Rules are gone; their numbers may be used again."""
        if rules:
            self._forget(lambda key: key.rule in rules)

    def forget_all_but(self, ports: Collection[int]) -> None:
        """Ports are gone."""
        self._forget(lambda key: key.port not in ports)

    def _forget(self, gone: Callable[[Any], bool]) -> None:
        for map_, record in ((self._drops, records.DROP_KEY), (self._accepted, records.RULE_KEY)):
            map_.delete(*[key for key, _ in map_.items() if gone(record.unpack(key))])


def _sum(values: Sequence[bytes]) -> Count:
    packets, octets = zip(*(records.COUNTER.unpack(value) for value in values), strict=True)
    return Count(sum(packets), sum(octets))
