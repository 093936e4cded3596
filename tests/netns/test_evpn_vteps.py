"""Two VTEPs of FRR beside ours: they tell each other of stations by EVPN, ours are entries of their flood lists."""

from collections.abc import Iterator

import pytest

from tests.netns import agent_hosts as lab
from tests.netns.agent_hosts import ping, sh
from tests.netns.evpn_peer import Peer, eventually, learned
from tests.netns.remote_vteps import GUESTS, World, address, build, floods

pytestmark = pytest.mark.netns


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with build(tmp_path_factory.mktemp("evpn"), learning=False) as made:
        one, two = made.remotes
        peers = [Peer(remote.netns) for remote in (one, two)]
        with peers[0].running(one.vtep, two.vtep), peers[1].running(two.vtep, one.vtep):
            yield made


def test_evpn_beside_ours(world: World) -> None:
    """Routes of type 3 and 2 between the two, flooding and learning with ours; all stations reach all."""
    one, two = world.remotes
    for here, there in ((one, two), (two, one)):
        eventually(lambda n=here.netns, v=there.vtep: v in floods(n, "vx0"), "no route of type 3")  # type: ignore[misc]  # called at once
    assert ping(one.station, address(GUESTS + 2))
    eventually(lambda: learned(one.netns, "vx0").get(lab.mac(GUESTS + 2)) == two.vtep, "no route of type 2")
    for vm in world.vms():
        for number in (GUESTS + 1, GUESTS + 2):
            assert ping(vm, address(number))
    for remote in world.remotes:
        for number in (1, 2):
            assert ping(remote.station, address(number))
    assert not set(learned(one.netns, "vx0").values()) & {host.vtep for host in world.hosts}


def test_a_station_moves_between_the_two(world: World) -> None:
    """They agree by EVPN (RFC 7432 section 15); our hosts learn it from its frames."""
    one, two = world.remotes
    sh(f"ip -n {one.station} link set eth0 down")
    two.be(GUESTS + 1)
    for vm in world.vms():
        assert ping(vm, address(GUESTS + 1))
    eventually(lambda: learned(one.netns, "vx0").get(lab.mac(GUESTS + 1)) == two.vtep, "the move is not known")
