"""What the agent counts, for Prometheus.

Labels are bounded by what runs on the host: each port has one `nic` (its uuid), four series of traffic and one for
each reason for which it has dropped something (at most as many as `DropReason` has).  Names are on
`landbridge_port_info` alone, to be joined by `nic`, so that a VM's new name does not begin new counters.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from landbridge.agent.host import HostAgent
from landbridge.agent.router_metrics import RouterMetrics
from landbridge.agent.routers import RouterSupervisor
from landbridge.agent.shortcut_metrics import ShortcutMetrics
from landbridge.agent.shortcuts import HostShortcuts
from landbridge.agent.traffic import Traffic
from landbridge.drivers.hooks import Hooks, NoHooks
from landbridge.model.drops import DropReason


@dataclass(frozen=True, slots=True)
class Figures:
    """One consistent look; replaced as a whole, for another thread reads it."""

    passes: int = 0
    crashed_passes: int = 0
    pass_seconds: float = 0.0
    operations: int = 0
    drift: int = 0
    objects: int = 0
    failed: int = 0
    connected: bool = False


class AgentMetrics(Collector):
    """The agent's metrics."""

    def __init__(
        self,
        hooks: Hooks | NoHooks,
        traffic: Traffic,
        shortcuts: HostShortcuts | None,
        routers: RouterSupervisor,
    ) -> None:
        self.figures = Figures()
        self._shortcuts = None if shortcuts is None else ShortcutMetrics(shortcuts)
        self._routers = RouterMetrics(routers)
        self._hooks = hooks
        self._traffic = traffic

    def passed(self, agent: HostAgent, seconds: float) -> None:
        """A pass ended."""
        reconciler = agent.reconciler
        self.figures = replace(
            self.figures,
            passes=self.figures.passes + 1,
            pass_seconds=self.figures.pass_seconds + seconds,
            operations=reconciler.operations,
            drift=reconciler.drifted,
            objects=len(reconciler.actual),
            failed=len(reconciler.failed()),
        )

    def crashed(self) -> None:
        """A pass ended in an error that nothing handles."""
        self.figures = replace(self.figures, crashed_passes=self.figures.crashed_passes + 1)

    def connected(self, yes: bool) -> None:
        """Nodelink came or went."""
        self.figures = replace(self.figures, connected=yes)

    def collect(self) -> Iterator[Metric]:
        """What a scrape gets."""
        now = self.figures
        counters = {
            "passes": ("Reconcile passes.", now.passes),
            "crashed_passes": ("Reconcile passes that ended in an unexpected error.", now.crashed_passes),
            "pass_seconds": ("Time spent in reconcile passes.", now.pass_seconds),
            "operations": ("Operations carried out on the host.", now.operations),
            "drift": ("Kernel objects found changed by somebody else.", now.drift),
        }
        gauges = {
            "objects": ("Objects of ours on the host.", now.objects),
            "failed_objects": ("Node objects that are not in force.", now.failed),
            "connected": ("Whether nodelink is up.", now.connected),
        }
        for name, (text, value) in counters.items():
            yield CounterMetricFamily(f"landbridge_agent_{name}", text, value=value)
        for name, (text, value) in gauges.items():
            yield GaugeMetricFamily(f"landbridge_agent_{name}", text, value=value)
        drops = CounterMetricFamily("landbridge_dropped_packets", "Packets dropped at ports.", labels=["reason"])
        for reason, count in self._hooks.drops().items():
            drops.add_metric([reason.name.lower()], count)
        yield drops
        if isinstance(self._hooks, Hooks):
            yield from self._ports()
        if self._shortcuts is not None:
            yield from self._shortcuts.collect()
        yield from self._routers.collect()

    def _ports(self) -> Iterator[Metric]:
        """Each port's name, traffic and drops."""
        info = InfoMetricFamily("landbridge_port", "Whose port it is.", labels=["nic"])
        packets = CounterMetricFamily(
            "landbridge_port_packets", "Packets that passed, seen from the machine.", labels=["nic", "direction"]
        )
        octets = CounterMetricFamily(
            "landbridge_port_bytes", "Bytes that passed, seen from the machine.", labels=["nic", "direction"]
        )
        dropped = CounterMetricFamily(
            "landbridge_port_dropped_packets", "Packets dropped at the port.", labels=["nic", "reason"]
        )
        ports = self._traffic.ports()
        names = self._traffic.known().names
        for index, port in ports.items():
            if (passed := self._traffic.passed(index)) is None:
                continue
            nic = port.nic_uuid
            vm = {"vm": port.vm_uuid, "vm_name": names.get(port.vm_uuid, ""), "interface": port.ifname}
            info.add_metric([nic], vm)
            packets.add_metric([nic, "sent"], passed.sent_packets)
            packets.add_metric([nic, "received"], passed.received_packets)
            octets.add_metric([nic, "sent"], passed.sent_bytes)
            octets.add_metric([nic, "received"], passed.received_bytes)
        for index, each in self._traffic.drops(ports).items():
            sums: Counter[DropReason] = Counter()
            for drops in each:
                sums[drops.reason] += drops.count.packets
            for reason, count in sums.items():
                dropped.add_metric([ports[index].nic_uuid, reason.name.lower()], count)
        yield from (info, packets, octets, dropped)
