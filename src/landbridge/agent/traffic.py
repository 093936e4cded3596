"""What the ports of this host count, by NIC and rule: for questions and for Prometheus."""

import contextlib
import socket
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

from landbridge.drivers.counters import Accepted, Counters, Drops, PortCounters
from landbridge.drivers.hooks import Hooks, NoHooks
from landbridge.model.node import Port
from landbridge.model.questions.ports import (
    AcceptCount,
    AskPortCounts,
    AskRuleCounts,
    DropCount,
    PortCounts,
    PortCountsList,
    RuleCounts,
    RuleCountsList,
)
from landbridge.render.known import Known


class Traffic:
    """Asks the maps of the programs.  Any thread may call it that is in the host's network namespace."""

    def __init__(self, hooks: Hooks | NoHooks, known: Callable[[], Known]) -> None:
        self._hooks = hooks
        self.known = known

    def ports(self, nics: Collection[str] | None = None) -> Mapping[int, Port]:
        """Ports that are there, by interface index: those of some NICs, or all."""
        ports = self.known().ports
        wanted = ports.values() if nics is None else [ports[nic] for nic in nics if nic in ports]
        found = {}
        for port in wanted:
            with contextlib.suppress(OSError):  # not made yet, or just gone
                found[socket.if_nametoindex(port.ifname)] = port
        return found

    def passed(self, index: int) -> PortCounters | None:
        """What passed a port; None for one that is not in force."""
        return self._counters().port(index)

    def drops(self, ports: Collection[int]) -> Mapping[int, list[Drops]]:
        """What was dropped at ports."""
        found: defaultdict[int, list[Drops]] = defaultdict(list)
        for drops in self._counters().drops():
            if drops.port in ports:
                found[drops.port].append(drops)
        return found

    def port_counts(self, question: AskPortCounts) -> PortCountsList:
        """The answer.

        Raises:
            OSError: eBPF does not work on this host, with the reason.
        """
        ports, rules = self.ports(question.nic_uuids), self.known().rules
        drops = self.drops(ports)
        accepted: defaultdict[int, list[Accepted]] = defaultdict(list)
        for one in self._counters().accepted():
            if one.port in ports:
                accepted[one.port].append(one)
        found = []
        for index, port in ports.items():
            passed = self.passed(index)
            if passed is None:
                continue
            found.append(
                PortCounts(
                    nic_uuid=port.nic_uuid,
                    sent_packets=passed.sent_packets,
                    sent_bytes=passed.sent_bytes,
                    received_packets=passed.received_packets,
                    received_bytes=passed.received_bytes,
                    drops=tuple(_drop_count(one, rules) for one in drops.get(index, ())),
                    accepted=tuple(_accept_count(one, rules) for one in accepted.get(index, ())),
                )
            )
        return PortCountsList(ports=tuple(found))

    def rule_counts(self, question: AskRuleCounts) -> RuleCountsList:
        """The answer; raises as `port_counts`."""
        wanted = set(question.rules)
        sums: defaultdict[int, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for place, each in ((0, self._counters().accepted()), (2, self._counters().drops())):
            for one in each:
                if one.rule in wanted:
                    sums[one.rule][place] += one.count.packets
                    sums[one.rule][place + 1] += one.count.bytes
        return RuleCountsList(
            rules=tuple(
                RuleCounts(
                    rule=rule,
                    accepted_packets=accepted_packets,
                    accepted_bytes=accepted_bytes,
                    dropped_packets=dropped_packets,
                    dropped_bytes=dropped_bytes,
                )
                for rule, (accepted_packets, accepted_bytes, dropped_packets, dropped_bytes) in sums.items()
            )
        )

    def _counters(self) -> Counters:
        if isinstance(self._hooks, NoHooks):
            raise OSError(self._hooks.reason)
        return self._hooks.counters


def _drop_count(drops: Drops, rules: Mapping[int, str]) -> DropCount:
    return DropCount(
        reason=drops.reason,
        rule=drops.rule,
        rule_uuid=rules.get(drops.rule),
        packets=drops.count.packets,
        bytes=drops.count.bytes,
    )


def _accept_count(accepted: Accepted, rules: Mapping[int, str]) -> AcceptCount:
    return AcceptCount(
        rule=accepted.rule,
        rule_uuid=rules.get(accepted.rule),
        packets=accepted.count.packets,
        bytes=accepted.count.bytes,
    )
