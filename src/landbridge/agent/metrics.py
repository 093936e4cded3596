"""What the agent counts, for Prometheus."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from landbridge.agent.host import HostAgent
from landbridge.drivers.hooks import Hooks, NoHooks


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

    def __init__(self, hooks: Hooks | NoHooks) -> None:
        self.figures = Figures()
        self._hooks = hooks

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
