"""Distributed routing over an underlay that is bad to signalling: slower, and right."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.netns import signalled
from tests.netns.lossy import Fate, lossy, outlive_leases, unharmed
from tests.netns.signalled import Signalled

pytestmark = pytest.mark.netns


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Signalled]:
    with signalled.signalled(tmp_path / "world") as made:
        yield made


def test_loss_doubling_and_reordering_lose_no_packets(world: Signalled, tmp_path: Path) -> None:
    """Shortened, renewed several times over; what the machines say to each other all arrives."""
    with lossy(world, Fate(loss=0.1, doubled=0.1, delay=(0.0, 0.08)), tmp_path) as fate, unharmed(world):
        world.become_short(1, 2, timeout=60)
        carried = fate.carried
        outlive_leases(world)
        assert fate.carried > carried
    assert min(fate.lost, fate.repeated, fate.overtaken) > 0
