"""What the programs count and tell: packets of ports, of rules, and drops with their reasons."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

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
    """Reads the maps that count; sums over CPUs.  Knows nothing but the maps: any thread may ask."""

    def __init__(self, maps: Mapping[str, Map]) -> None:
        self._ports, self._stats = maps["ports"], maps["port_stats"]
        self._drops, self._accepted = maps["drops"], maps["accepted"]
        self._of_ports = tuple(maps[name] for name in ("drops", "accepted", "watches", "untold"))

    def port(self, index: int) -> PortCounters | None:
        """A port's traffic; None for an unknown port."""
        found = self._ports.get(records.KEY.pack(index))
        if found is None:
            return None
        values = self._stats.get(records.KEY.pack(records.PORT.unpack(found[0]).slot)) or []
        columns = zip(*(records.PORT_STATS.unpack(value) for value in values), strict=True)
        return PortCounters(*(sum(column) for column in columns))

    def drops(self) -> Iterator[Drops]:
        """All drops of the host."""
        for key, values in self._drops.items():
            found = records.DROP_KEY.unpack(key)
            yield Drops(found.port, found.rule, DropReason(found.reason), sum_up(values))

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
            yield Accepted(found.port, found.rule, sum_up(values))

    def forget_rules(self, rules: Collection[int]) -> None:
        """Rules are gone; their numbers may be used again."""
        if rules:
            _delete(self._drops, lambda key: records.DROP_KEY.unpack(key).rule in rules)
            _delete(self._accepted, lambda key: records.RULE_KEY.unpack(key).rule in rules)

    def forget_all_but(self, ports: Collection[int]) -> None:
        """Ports are gone."""
        for map_ in self._of_ports:  # their keys begin with the port
            _delete(map_, lambda key: records.KEY.unpack_from(key)[0] not in ports)


def _delete(map_: Map, gone: Callable[[bytes], bool]) -> None:
    map_.delete(*[key for key, _ in map_.items() if gone(key)])


def sum_up(values: Sequence[bytes]) -> Count:
    """Of a counter with a value for each processor."""
    packets, octets = zip(*(records.COUNTER.unpack(value) for value in values), strict=True)
    return Count(sum(packets), sum(octets))
