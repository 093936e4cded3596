"""What the vrouters of this host count, for Prometheus: their agents are asked when it is scraped."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from landbridge.agent.routers import RouterCounts, RouterSupervisor
from landbridge.transports.control import ControlError

_THREADS = 8
_PATIENCE = 1.0
"""Seconds that a scrape waits for a vrouter's agent."""


class RouterMetrics(Collector):
    """The vrouters of one host.  Labels are bounded: by the vrouters, and by words of ours.

    Of one whose agent does not answer there is `landbridge_vrouter_agent_up` alone.
    """

    def __init__(self, routers: RouterSupervisor) -> None:
        self._routers = routers

    def collect(self) -> Iterator[Metric]:
        """What a scrape gets."""
        up = GaugeMetricFamily("landbridge_vrouter_agent_up", "Whether a vrouter's agent answers.", labels=["router"])
        pairs = GaugeMetricFamily(
            "landbridge_vrouter_pairs",
            "Pairs that were worth a shortcut, by the verdict.",
            labels=["router", "verdict"],
        )
        refused = CounterMetricFamily(
            "landbridge_vrouter_zsnp_refused", "Messages turned away, by reason.", labels=["router", "reason"]
        )
        for router, counts in self._counts().items():
            up.add_metric([router], counts is not None)
            if counts is None:
                continue
            for verdict, count in counts.pairs.items():
                pairs.add_metric([router, verdict], count)
            for reason, count in counts.refused.items():
                refused.add_metric([router, reason], count)
        yield from (up, pairs, refused)

    def _counts(self) -> dict[str, RouterCounts | None]:
        """By vrouter; None: its agent does not answer.  Those that hang are waited for together."""
        uuids = sorted(self._routers.read())
        with ThreadPoolExecutor(_THREADS, "scrape") as threads:
            return dict(zip(uuids, threads.map(self._count, uuids), strict=True))

    def _count(self, router_uuid: str) -> RouterCounts | None:
        try:
            return self._routers.counts(router_uuid, _PATIENCE)
        except ControlError:
            return None
