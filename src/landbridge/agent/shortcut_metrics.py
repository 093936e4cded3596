"""What distributed routing does on this host, for Prometheus."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client import Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from landbridge.agent.shortcuts import HostShortcuts
from landbridge.zsnp.entry import State

_BUCKETS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0)


class ShortcutMetrics(Collector):
    """The shortcuts of one host.  Labels are bounded: by its vrouters, and by words of ours."""

    def __init__(self, shortcuts: HostShortcuts) -> None:
        self._shortcuts = shortcuts
        self._set_up = Histogram(
            "landbridge_shortcut_setup_seconds", "From hint to shortcut.", buckets=_BUCKETS, registry=None
        )

    def collect(self) -> Iterator[Metric]:
        """What a scrape gets."""
        for seconds in self._shortcuts.take_set_up_times():
            self._set_up.observe(seconds)
        yield from self._set_up.collect()
        packets = CounterMetricFamily(
            "landbridge_shortcut_packets", "Packets taken off a vrouter.", labels=["router"]
        )
        octets = CounterMetricFamily("landbridge_shortcut_bytes", "Bytes taken off a vrouter.", labels=["router"])
        for router, (count, size) in self._shortcuts.totals().items():
            packets.add_metric([router], count)
            octets.add_metric([router], size)
        look = self._shortcuts.look()
        present = Counter(entry.state for entry in look.entries)
        states = GaugeMetricFamily("landbridge_shortcuts", "Shortcuts by state.", labels=["state"])
        for state in State:
            states.add_metric([state.lower()], present[state])
        ended = CounterMetricFamily("landbridge_shortcuts_ended", "Shortcuts that ended, by cause.", labels=["cause"])
        for cause, count in look.ended.items():
            ended.add_metric([cause], count)
        refused = CounterMetricFamily(
            "landbridge_zsnp_refused", "Messages turned away, by reason.", labels=["reason"]
        )
        for reason, count in look.refused.items():
            refused.add_metric([reason], count)
        yield from (packets, octets, states, ended, refused)
