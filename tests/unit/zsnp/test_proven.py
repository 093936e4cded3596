"""One probe of full size for all pairs to a host: what it proves, for how long, and what happens if it is lost."""

from collections.abc import Callable

from landbridge.testing.zsnp_world import MTU, Vm, World
from landbridge.zsnp.asking import RETRIES
from landbridge.zsnp.entry import State
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.proven import KNOWN, PATIENCE, Proven
from landbridge.zsnp.router import REST

PAIRS = 40


class Tunnels:
    """What goes through the tunnels of a world; `passes` says what arrives: by VTEP, destination, size."""

    def __init__(self, world: World) -> None:
        self.sizes: list[int] = []
        self.passes: Callable[[str, str, int], bool] = lambda *_: True
        self._deliver = world._in_tunnel
        world._in_tunnel = self._in_tunnel  # type: ignore[method-assign]  # the world has one network only

    def _in_tunnel(self, vtep: str, net_id: int, frame: Frame, size: int) -> None:
        self.sizes.append(size)
        if self.passes(vtep, frame.destination, size):
            self._deliver(vtep, net_id, frame, size)

    @property
    def full(self) -> int:
        """How many probes had full size."""
        return self.sizes.count(MTU)


def begin() -> tuple[World, Tunnels, Vm, list[Vm]]:
    """A sender that is hinted many destinations on another host at once."""
    world = World(hosts=2, subnets=2, seed=1)
    tunnels, a = Tunnels(world), world.add_vm(0, 0)
    others = [world.add_vm(1, 1) for _ in range(PAIRS)]
    for other in others:
        world.traffic(a, other)
    return world, tunnels, a, others


def test_the_first_probe_has_full_size_and_no_other() -> None:
    world, tunnels, a, others = begin()
    world.run(RETRIES[0] - 50)
    assert {world.path(a, other) for other in others} == {"short"}
    assert tunnels.full == 1
    assert len(tunnels.sizes) == PAIRS


def test_another_one_proves_it_if_the_first_is_lost() -> None:
    world, tunnels, a, others = begin()
    tunnels.passes = lambda _vtep, _ip, size: size < MTU or tunnels.full > 1
    world.run(RETRIES[0])
    assert {world.path(a, other) for other in others} == {"router"}
    world.run(RETRIES[0])
    assert {world.path(a, other) for other in others} == {"short"}


def test_small_probes_prove_nothing() -> None:
    """The tunnel is too narrow: no pair is short, and each is told why."""
    world, tunnels, a, others = begin()
    tunnels.passes = lambda _vtep, _ip, size: size < MTU
    for _ in range(30):
        world.run(100)
        assert {world.path(a, other) for other in others} == {"router"}
    peer = world.hosts[0].peer
    assert peer is not None
    assert {entry.state for entry in peer.entries()} == {State.REFUSED}
    assert {entry.reason for entry in peer.entries()} == {
        f"packets of {MTU} bytes do not reach the destination's host"
    }


def test_what_one_host_can_be_sent_says_nothing_of_another() -> None:
    world = World(hosts=3, subnets=2, seed=1)
    tunnels, a = Tunnels(world), world.add_vm(0, 0)
    near, far = ([world.add_vm(host, 1) for _ in range(PAIRS // 2)] for host in (1, 2))
    narrow = world.hosts[2].vtep
    tunnels.passes = lambda vtep, _ip, size: vtep != narrow or size < MTU
    for others in (far, near):
        for other in others:
            world.traffic(a, other)
        world.run(30)
    for _ in range(20):
        world.run(100)
        assert {world.path(a, other) for other in far} == {"router"}
    assert {world.path(a, other) for other in near} == {"short"}


def test_who_is_not_reached_itself_holds_up_nobody_and_is_not_short() -> None:
    """It has moved to where others are, too, and the first probe of full size is its own."""
    world = World(hosts=3, subnets=2, seed=1)
    tunnels, a, b, c = Tunnels(world), world.add_vm(0, 0), world.add_vm(1, 1), world.add_vm(2, 1)
    world.traffic(a, b)
    world.run(50)
    assert world.path(a, b) == "short"
    there = world.hosts[2].vtep
    tunnels.passes = lambda vtep, ip, _size: (vtep, ip) != (there, b.ip)
    world.move(b, 2, relay=True)
    world.traffic(a, b)
    world.run(20)
    world.traffic(a, c)
    for _ in range(20):
        world.run(20)
        assert world.path(a, b) == "router"
    assert world.path(a, c) == "short"


def test_it_is_proved_again_after_a_while() -> None:
    world, tunnels, a, others = begin()
    for milliseconds, full in ((KNOWN // 2, 1), (KNOWN // 2, 2)):
        for _ in range(0, milliseconds, 1_000):
            world.run(1_000)
            for other in others:
                world.traffic(a, other)
            world.count()
        another = world.add_vm(1, 1)
        world.traffic(a, another)
        world.run(50)
        assert world.path(a, another) == "short"
        assert tunnels.full == full


def test_it_is_proved_again_when_nobody_has_sent_there_for_a_while() -> None:
    world, tunnels, a, others = begin()
    world.run(50)
    world.forbid(others[0].ip)  # all are taken back
    world.run(REST)
    world.traffic(a, others[1])
    world.run(50)
    assert world.path(a, others[1]) == "short"
    assert tunnels.full == 2


def test_a_machine_that_no_probe_reaches_is_refused_for_another_reason() -> None:
    world, tunnels, a, _ = begin()
    world.run(50)
    lost = world.add_vm(1, 1)
    tunnels.passes = lambda *_: False
    world.traffic(a, lost)
    world.run(sum(RETRIES) + 50)
    peer = world.hosts[0].peer
    assert peer is not None
    [entry] = [entry for entry in peer.entries() if entry.key.destination == lost.ip]
    assert entry.reason == "packets in the tunnel do not reach the destination, though its host is reached"


def test_others_wait_as_long_as_a_question_does() -> None:
    assert RETRIES[0] == PATIENCE


def test_what_is_larger_is_not_proved_by_what_is_smaller() -> None:
    proven = Proven()
    assert proven.to_send(0, "v", 1450, again=False) == 1450
    assert proven.to_send(50, "v", 1400, again=False) == 0
    assert proven.to_send(50, "v", 1400, again=True) == 1400
    assert proven.to_send(50, "w", 1400, again=False) == 1400
    assert proven.to_send(50, "v", 8950, again=False) == 8950
    proven.heard(60, "v", 1450)
    assert [proven.covers(70, "v", size) for size in (1450, 1451)] == [True, False]
    proven.heard(70, "v", 100)
    assert proven.covers(80, "v", 1450)
    assert not proven.covers(80, "w", 1)
    assert not proven.covers(60 + KNOWN, "v", 1450)
    proven.forget("v")
    assert not proven.covers(80, "v", 1)
    assert proven.to_send(80, "v", 1400, again=False) == 1400
