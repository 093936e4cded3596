"""Distributed routing in Prometheus: what real packets and real agents have done is what a scrape says."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import CollectorRegistry

from landbridge.agent.router_metrics import RouterMetrics
from landbridge.agent.routers import RouterSupervisor
from landbridge.agent.shortcut_metrics import ShortcutMetrics
from landbridge.drivers import children
from tests.netns import agent_hosts as lab
from tests.netns import forgery, routed, signalled
from tests.netns.agent_hosts import Host, sh
from tests.netns.forgery import FORGERS, WAYS
from tests.netns.routed import ROUTER
from tests.netns.signalled import OURS, Signalled
from tests.support.lab import eventually

pytestmark = pytest.mark.netns

PING_BYTES = 14 + 20 + 8 + 56
NEXT_HOP = "the route to the destination has a next hop"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signalled]:
    with signalled.signalled(tmp_path_factory.mktemp("metrics") / "world") as made:
        yield made


class Scraped:
    """A registry, as the agent's."""

    def __init__(self, world: Signalled) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(ShortcutMetrics(world.shortcuts[world.world.one.tag]))
        self._registry.register(RouterMetrics(RouterSupervisor(world.directory, world.supervisor)))

    def value(self, name: str, **labels: str) -> float | None:
        """Of a series, now; None: there is none."""
        return self._registry.get_sample_value(f"landbridge_{name}", labels)

    def taken_off(self) -> tuple[float, float]:
        """Packets and bytes that this host has sent past the vrouter."""
        packets, octets = (self.value(f"shortcut_{what}_total", router=OURS.uuid) for what in ("packets", "bytes"))
        return packets or 0, octets or 0


def withdraw(world: Signalled, host: Host) -> None:
    """Its keys go and come back."""
    given = {key: value for (_, key), value in host.agent.state.objects().items() if key.startswith("shortcuts/")}
    world.give(host, gone=tuple(given))
    world.give(host, *given.items())


def test_what_was_taken_off_the_router_is_counted_once(world: Signalled) -> None:
    """Also of shortcuts that have ended; and a new agent does not count again what the one before has counted."""
    scraped = Scraped(world)
    world.become_short(1, 2)
    packets, octets = scraped.taken_off()
    world.talk(1, 2, 20)
    assert scraped.taken_off() == (packets + 20, octets + 20 * PING_BYTES)
    withdraw(world, world.world.one)
    assert scraped.taken_off() == (packets + 20, octets + 20 * PING_BYTES)
    world.become_short(1, 2)
    again, _ = scraped.taken_off()
    assert again > packets + 20
    world.stop(world.world.one)
    world.start(world.world.one)
    scraped = Scraped(world)
    assert scraped.taken_off() == (0, 0)
    world.talk(1, 2, 5)
    assert scraped.taken_off() == (5, 5 * PING_BYTES)


def test_shortcuts_by_state_and_how_they_ended(world: Signalled) -> None:
    scraped = Scraped(world)
    world.become_short(1, 2)
    ended = scraped.value("shortcuts_ended_total", cause="withdrawn") or 0
    set_up = scraped.value("shortcut_setup_seconds_count") or 0
    withdraw(world, world.world.one)
    assert scraped.value("shortcuts", state="active") == 0
    assert scraped.value("shortcuts_ended_total", cause="withdrawn") == ended + 1
    world.become_short(1, 2)
    assert (scraped.value("shortcuts", state="active") or 0) + (
        scraped.value("shortcuts", state="renewing") or 0
    ) == 1
    assert scraped.value("shortcut_setup_seconds_count") == set_up + 1


@pytest.mark.parametrize("way", ["to the VTEP, as another host", "to the vrouter"])
def test_messages_turned_away_have_a_reason(world: Signalled, way: str) -> None:
    scraped, forger = Scraped(world), FORGERS["a wrong key"]

    def counted() -> float:
        if way == "to the vrouter":
            return scraped.value("vrouter_zsnp_refused_total", router=OURS.uuid, reason="forged") or 0
        return scraped.value("zsnp_refused_total", reason="forged") or 0

    packets = [WAYS[way].packet(payload) for payload in forgery.payloads(forger, WAYS[way].between, 2)]
    before = counted()
    world.send(packets)
    eventually("all are counted", lambda: "" if counted() - before == len(packets) else f"{counted() - before}")


@contextmanager
def detour(world: Signalled) -> Iterator[None]:
    """The router sends what is for VM 2 to VM 3, which does not hand it on."""
    where, route = world.world.namespace(ROUTER), f"{routed.ip(2)}/32 via {routed.ip(3)}"
    sh(f"ip -n {where} route add {route}")
    try:
        yield
    finally:
        sh(f"ip -n {where} route del {route}")


def test_pairs_by_verdict(world: Signalled) -> None:
    scraped = Scraped(world)
    world.become_short(1, 2)
    assert scraped.value("vrouter_pairs", router=OURS.uuid, verdict="hinted") == 2
    assert scraped.value("vrouter_pairs", router=OURS.uuid, verdict=NEXT_HOP) is None

    def refused() -> str:
        lab.ping(world.world.namespace(1), routed.ip(2), 10)
        return "" if scraped.value("vrouter_pairs", router=OURS.uuid, verdict=NEXT_HOP) == 1 else "not yet"

    with detour(world):
        eventually("the pair is refused", refused)
        assert scraped.value("vrouter_pairs", router=OURS.uuid, verdict="hinted") == 1


def test_an_agent_that_hangs_is_not_up_and_ends_no_scrape(world: Signalled) -> None:
    scraped, agent = Scraped(world), children.running_pid(world.directory / "routers" / OURS.uuid)
    assert agent is not None
    world.become_short(1, 2)
    assert scraped.value("vrouter_agent_up", router=OURS.uuid) == 1
    os.kill(agent, signal.SIGSTOP)
    try:
        assert scraped.value("vrouter_agent_up", router=OURS.uuid) == 0
        assert scraped.value("vrouter_pairs", router=OURS.uuid, verdict="hinted") is None
    finally:
        os.kill(agent, signal.SIGCONT)
    assert scraped.value("vrouter_agent_up", router=OURS.uuid) == 1
