"""Distributed routing over an underlay that is bad to signalling: slower, and right."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from landbridge.lab.probe import Probe, Stream
from tests.netns import routed, signalled
from tests.netns.lossy import Fate, lossy
from tests.netns.signalled import LEASE, Signalled
from tests.support.lab import eventually
from tests.support.sockets import udp_socket

pytestmark = pytest.mark.netns


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Signalled]:
    with signalled.signalled(tmp_path / "world") as made:
        yield made


def test_loss_doubling_and_reordering_lose_no_packets(world: Signalled, tmp_path: Path) -> None:
    """Shortened, renewed several times over; what the machines say to each other all arrives."""
    there = [udp_socket(world.world.namespace(number), 7) for number in (1, 2)]
    back = [udp_socket(world.world.namespace(number), 0) for number in (2, 1)]
    streams = [
        Stream(str(number), source, echo, (routed.ip(number), 7))
        for number, source, echo in zip((1, 2), back, there, strict=True)
    ]
    with lossy(world, Fate(loss=0.1, doubled=0.1, delay=(0.0, 0.08)), tmp_path) as fate:
        probe = Probe(streams)
        world.become_short(1, 2, timeout=60)
        carried = fate.carried

        def renewed() -> str:
            ages = [world.age(host) for host in world.hosts]
            return "" if min(ages) > 3 * LEASE * 1000 else f"{ages} ms"

        eventually("shortcuts outlive their leases", renewed, timeout=12 * LEASE, pause=0.5)
        assert fate.carried > carried
        results = probe.stop()
    assert [result.lost for result in results] == [[], []], [str(result) for result in results]
    assert min(fate.lost, fate.repeated, fate.overtaken) > 0
