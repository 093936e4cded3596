"""Peers together: shortcuts come, stay and go as they must, whatever is lost or dies."""

from dataclasses import replace

import pytest

from landbridge.testing.zsnp_world import KEY, ROUTER, WALL, Vm, World
from landbridge.zsnp.asking import IN_FLIGHT, RETRIES
from landbridge.zsnp.entry import State
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.gate import Writer
from landbridge.zsnp.messages import Answer, Hint
from landbridge.zsnp.router import Allowed, Flow


def pair(world: World, hosts: tuple[int, int] = (0, 1)) -> tuple[Vm, Vm]:
    return world.add_vm(hosts[0], 0), world.add_vm(hosts[1], 1)


def states(world: World, host: int = 0) -> list[State]:
    peer = world.hosts[host].peer
    assert peer is not None
    return [entry.state for entry in peer.entries()]


def keep_talking(world: World, a: Vm, b: Vm, seconds: float, step: int = 500) -> set[str]:
    """Traffic for a while; the paths that it took."""
    paths = set()
    for _ in range(int(seconds * 1000 / step)):
        paths.add(world.traffic(a, b))
        world.run(step)
        world.count()
    return paths


@pytest.mark.parametrize("hosts", [(0, 1), (0, 0)], ids=["two hosts", "one host"])
def test_a_pair_is_shortened_and_stays_so(hosts: tuple[int, int]) -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world, hosts)
    assert world.traffic(a, b) == "router"
    world.run(50)
    assert world.path(a, b) == "short"
    assert world.path(b, a) == "router"
    assert keep_talking(world, a, b, 30) == {"short"}


@pytest.mark.parametrize("victim", range(6))
def test_a_single_lost_message_costs_time_only(victim: int) -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.lose = {victim}
    assert keep_talking(world, a, b, 10) <= {"short", "router"}
    assert world.path(a, b) == "short"


def test_idle_pairs_are_forgotten() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    for _ in range(40):
        world.run(1_000)
        world.count()
    assert world.path(a, b) == "router"
    assert not world.hosts[0].kernel


def test_a_dead_router_agent_lets_leases_run_out_and_comes_back() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    world.router = None
    assert keep_talking(world, a, b, 20) == {"short", "router"}
    assert world.path(a, b) == "router"
    world.start_router_agent()
    keep_talking(world, a, b, 2)
    assert world.path(a, b) == "short"


def test_a_router_agent_that_is_restarted_at_once_is_not_noticed() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(2_000)
    world.router = None
    keep_talking(world, a, b, 1)
    world.start_router_agent()
    assert keep_talking(world, a, b, 20) == {"short"}


def test_a_dead_router_is_held_against_and_let_go_when_it_is_back() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    world.router, world.router_alive = None, False
    assert keep_talking(world, a, b, 60) == {"short"}
    assert states(world) == [State.HELD]
    world.router_alive = True
    world.start_router_agent()
    keep_talking(world, a, b, 10)
    assert states(world) == [State.ACTIVE]


def test_a_router_that_is_back_without_its_agent() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    world.router, world.router_alive = None, False
    keep_talking(world, a, b, 20)
    world.router_alive = True
    assert keep_talking(world, a, b, 20) == {"short", "router"}
    assert world.path(a, b) == "router"


def test_a_host_agent_that_is_restarted_goes_on() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(2_000)
    world.hosts[0].peer = None
    keep_talking(world, a, b, 1)
    before = {key: replace(one, expires=0) for key, one in world.hosts[0].kernel.items()}
    world.start_agent(world.hosts[0])
    assert keep_talking(world, a, b, 20) == {"short"}
    assert {key: replace(one, expires=0) for key, one in world.hosts[0].kernel.items()} == before


def test_a_host_agent_that_stays_dead_leaves_nothing_behind() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    world.hosts[0].peer = None
    keep_talking(world, a, b, 7)
    assert world.path(a, b) == "router"


def test_a_host_that_crashes_is_left_within_three_seconds() -> None:
    world = World(hosts=3, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    world.hosts[1].up = False
    world.run(3_000)
    assert not world.hosts[0].kernel
    world.move(b, 2)
    assert world.path(a, b) == "router"
    keep_talking(world, a, b, 2)
    assert world.path(a, b) == "short"


@pytest.mark.parametrize(("moved", "path"), [("destination", "router"), ("own", "router"), ("other", "short")])
def test_a_vtep_that_has_moved_is_left_at_once(moved: str, path: str) -> None:
    """Which it is the flood lists say, and this host's own networks."""
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    host = world.hosts[0]
    assert host.peer is not None
    facts = replace(world._facts(host), vteps=frozenset({host.vtep, world.hosts[1].vtep, "10.0.0.99"}))
    host.peer.update(facts)
    world.traffic(a, b)
    world.run(50)
    assert world.path(a, b) == "short"
    gone = {"destination": world.hosts[1].vtep, "own": host.vtep, "other": "10.0.0.99"}[moved]
    networks = {
        number: replace(network, vtep="10.0.0.98") if moved == "own" else network
        for number, network in facts.networks.items()
    }
    host.peer.update(replace(facts, networks=networks, vteps=facts.vteps - {gone}))
    world._drain_host(host)
    assert world.path(a, b) == path


def test_off_and_on_again() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    policy = world.policy
    world.disable()
    world.run(10)
    assert world.router is not None
    assert world.router.outstanding(world.at) == 0
    assert world.path(a, b) == "router"
    assert keep_talking(world, a, b, 20) == {"router"}
    world.policy = policy
    world.router.update(world.at, policy)
    world.tell_hosts()
    keep_talking(world, a, b, 2)
    assert world.path(a, b) == "short"


def test_on_again_waits_for_no_host_that_could_not_hear_that_it_was_off() -> None:
    """Its keys were gone before the REVOKE came; now it has them again, and acknowledges."""
    world = World(hosts=2, subnets=2, seed=1, lease=60_000)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    policy, peer = world.policy, world.hosts[0].peer
    world.disable()
    world.tell_hosts()
    world.run(2_000)
    assert world.router is not None
    assert peer is not None
    assert peer.refused["unknown key"] > 0
    assert world.router.outstanding(world.at) == 1
    world.policy = policy
    world.router.update(world.at, policy)
    world.run(200)
    world.tell_hosts()
    world.run(300)
    assert world.router.outstanding(world.at) == 0


def test_withdrawn_keys_end_entries_at_once() -> None:
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    world.policy, world.router = None, None
    world.tell_hosts()
    assert world.path(a, b) == "router"


def test_nothing_reaches_a_forbidden_destination_once_the_change_has_ended() -> None:
    """Also when every REVOKE is lost: then the lease ends it."""
    for loss in (0.0, 1.0):
        world = World(hosts=2, subnets=2, seed=1)
        a, b = pair(world)
        world.traffic(a, b)
        world.run(50)
        world.link.loss = loss
        world.forbid(b.ip)
        while world.router is not None and world.router.outstanding(world.at):
            world.run(10)
        assert world.path(a, b) == "black hole"
        assert not [key for key, one in world.hosts[0].kernel.items() if one.expires >= world.now]
        world.link.loss = 0.0
        assert keep_talking(world, a, b, 10) == {"black hole"}


def test_a_moved_vm_is_found_again() -> None:
    world = World(hosts=3, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    world.move(b, 2)
    keep_talking(world, a, b, 10)
    assert world.path(a, b) == "short"


@pytest.mark.parametrize("local", [False, True], ids=["to a third host", "to the sender's host"])
def test_a_moved_vms_senders_are_corrected_within_two_round_trips(local: bool) -> None:
    world = World(hosts=3, subnets=2, seed=1)
    a, b = pair(world)
    world.add_vm(0, 1)  # so that the sender's host has the network already
    world.traffic(a, b)
    world.run(50)
    round_trip = 2 * world.link.delay[1]
    world.move(b, 0 if local else 2, relay=True)
    assert world.traffic(a, b) == "relayed"
    world.run(2 * round_trip)
    assert world.path(a, b) in ("router", "short")
    world.run(2 * round_trip)
    assert world.path(a, b) == "short"
    assert keep_talking(world, a, b, 30) == {"short"}


def test_an_idle_shortcut_to_a_moved_vm_is_corrected_by_its_probes() -> None:
    world = World(hosts=3, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    world.move(b, 2, relay=True)
    world.run(1_000)
    assert world.path(a, b) == "short"


@pytest.mark.parametrize("seed", range(20))
def test_moves_under_loss_lose_nothing(seed: int) -> None:
    world = World(hosts=3, subnets=2, seed=seed)
    a, b = pair(world)
    world.link.loss, world.link.doubled = 0.1, 0.1
    keep_talking(world, a, b, 5)
    for host in (2, 0, 1, 2):
        world.move(b, host, relay=True)
        assert keep_talking(world, a, b, 10, step=100) <= {"short", "router", "relayed"}
    world.link.loss = 0.0
    keep_talking(world, a, b, 20)
    assert world.path(a, b) == "short"


def test_a_shortcut_to_a_vm_that_is_gone_does_not_outlive_others_to_its_host() -> None:
    """Its host lives and answers for another; nobody relays, as it was destroyed and made anew elsewhere."""
    world = World(hosts=3, subnets=2, seed=1)
    (a, b), c = pair(world), world.add_vm(1, 1)
    for other in (b, c):
        world.traffic(a, other)
    world.run(50)
    world.move(b, 2)
    assert world.path(a, b) == "short, to nowhere"
    for _ in range(12):
        world.traffic(a, c)
        world.run(500)
        world.count()
    assert world.path(a, b) in ("short", "router")
    keep_talking(world, a, c, 2)
    assert world.path(a, c) == "short"


def test_overlapping_networks_of_another_vpc_are_not_mixed_up() -> None:
    """A key of one VPC says nothing in another, though addresses and networks look the same."""
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    peer = world.hosts[0].peer
    assert peer is not None
    world.policy = None
    world.tell_hosts()
    other = World(hosts=2, subnets=2, seed=1)
    pair(other)
    world.policy = other.policy
    world.start_router_agent()
    world.traffic(a, b)
    world.run(1_000)
    assert world.path(a, b) == "router"
    assert peer.refused["unknown key"] > 0


def test_a_hint_for_another_subnet_or_family_is_not_heeded() -> None:
    """Of a router whose agent is wrong: nothing is asked, and nothing is said that cannot be sent."""
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    peer, right = world.hosts[0].peer, world.judge(Flow(a.ip, b.ip))
    assert peer is not None
    assert isinstance(right, Allowed)
    for ingress, ip, reason in (
        (replace(right.ingress, prefix="10.0.9.0/24"), b.ip, "another subnet"),
        (replace(right.ingress, net_id=1), b.ip, "another subnet"),
        (replace(right.ingress, prefix="fd00::/64"), b.ip, "another subnet"),
        (right.ingress, "fd00::7", None),
    ):
        before = peer.refused.total()
        hint = Hint(1, 6_000, ingress, (replace(right.target, ip=ip),))
        between = (right.address, a.ip)
        payload = Writer(WALL + world.sent).write(world.at, hint, (ROUTER, KEY), 1, between)
        peer.taken_off(world.at, 0, Frame(world.router_mac(0), a.mac, *between, payload), 20 + len(payload))
        world.sent += 1
        assert peer.take() == []
        assert list(peer.entries()) == []
        assert peer.refused.total() - before == (reason is not None)
        assert reason is None or peer.refused[reason]


def test_a_host_that_says_to_be_this_one_is_not_believed() -> None:
    """By its own VTEP a host is only told of machines that it has."""
    world = World(hosts=2, subnets=2, seed=1)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(2)
    peer, host = world.hosts[0].peer, world.hosts[0]
    assert peer is not None
    [entry] = peer.entries()
    assert entry.state is State.QUERYING
    answer = Answer(b.ip, b.mac, host.vtep, b.subnet, 100 + b.subnet, 1450, 0)
    payload = Writer(WALL).write(world.at, answer, (ROUTER, KEY), entry.nonce, (host.vtep, host.vtep))
    peer.told(world.at, host.vtep, host.vtep, payload)
    assert peer.refused["not here"] == 1
    assert peer.take() == []


def test_loss_doubling_and_reordering_only_cost_time() -> None:
    world = World(hosts=2, subnets=2, seed=3)
    a, b = pair(world)
    world.link.loss, world.link.doubled, world.link.delay = 0.1, 0.1, (1, 80)
    paths = keep_talking(world, a, b, 120)
    assert paths == {"short", "router"}
    assert world.path(a, b) == "short"


def open_questions(world: World, host: int = 0) -> int:
    peer = world.hosts[host].peer
    assert peer is not None
    return sum(entry.nonce != 0 for entry in peer.entries())


def test_no_more_questions_are_open_than_may_be() -> None:
    """Hundreds of hints at once: the rest is asked for as answers come in."""
    world = World(hosts=2, subnets=2, seed=1)
    a = world.add_vm(0, 0)
    others = [world.add_vm(1, 1) for _ in range(4 * IN_FLIGHT)]
    for other in others:
        world.traffic(a, other)
    most = 0
    for _ in range(100):
        world.run(1)
        most = max(most, open_questions(world))
    assert most == IN_FLIGHT
    assert open_questions(world) == 0
    assert {world.path(a, other) for other in others} == {"short"}


def test_questions_that_nobody_answers_make_room() -> None:
    world = World(hosts=3, subnets=2, seed=1)
    a = world.add_vm(0, 0)
    dead, alive = [world.add_vm(1, 1) for _ in range(IN_FLIGHT)], world.add_vm(2, 1)
    world.hosts[1].peer = None
    for other in (*dead, alive):
        world.traffic(a, other)
    world.run(sum(RETRIES) - 100)
    assert open_questions(world) == IN_FLIGHT
    assert world.path(a, alive) == "router"
    world.run(200)
    assert world.path(a, alive) == "short"


def test_three_renewals_are_tried_before_the_router_is_looked_at() -> None:
    """With a lease of a minute: at its half, and after two and three seconds more."""
    world = World(hosts=2, subnets=2, seed=1, lease=60_000)
    a, b = pair(world)
    world.traffic(a, b)
    world.run(50)
    world.router = None
    for seconds, state in ((29.5, State.ACTIVE), (1.5, State.RENEWING), (1.5, State.RENEWING), (1, State.FALLBACK)):
        assert keep_talking(world, a, b, seconds) == {"short"}
        assert states(world) == [state]


def test_hundreds_of_hosts() -> None:
    world = World(hosts=200, subnets=4, seed=5)
    vms = [world.add_vm(number % 200, number % 4) for number in range(400)]
    pairs = [(vms[world.random.randrange(400)], vms[world.random.randrange(400)]) for _ in range(600)]
    pairs = [(a, b) for a, b in pairs if a.subnet != b.subnet]
    for a, b in pairs:
        world.traffic(a, b)
    world.run(200)
    assert {world.path(a, b) for a, b in pairs} == {"short"}
