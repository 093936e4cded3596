"""Whatever happens in whatever order: a packet ends where it would end without shortcuts."""

from typing import Literal

import hypothesis.strategies as st
from hypothesis import event, given, settings

from landbridge.testing.zsnp_world import Vm, World

Kind = Literal[
    "traffic",
    "wait",
    "forbid",
    "allow",
    "kill router agent",
    "start router agent",
    "kill agent",
    "start agent",
    "network",
    "move",
]
LEASE = 6_000
HOSTS, SUBNETS, VMS = 3, 2, 5

steps = st.lists(
    st.one_of(
        st.tuples(st.just("traffic"), st.integers(0, VMS - 1), st.integers(0, VMS - 1)),
        st.tuples(st.just("wait"), st.sampled_from((5, 50, 500, 3_000, 7_000)), st.just(0)),
        st.tuples(st.sampled_from(("forbid", "allow")), st.integers(0, VMS - 1), st.just(0)),
        st.tuples(st.sampled_from(("kill router agent", "start router agent")), st.just(0), st.just(0)),
        st.tuples(st.sampled_from(("kill agent", "start agent")), st.integers(0, HOSTS - 1), st.just(0)),
        st.tuples(st.just("move"), st.integers(0, VMS - 1), st.integers(0, HOSTS - 1)),
        st.tuples(st.just("network"), st.sampled_from((0, 10, 50, 100)), st.sampled_from((2, 40, 400))),
    ),
    max_size=40,
)


@settings(max_examples=400)
@given(steps, st.integers(0, 2**32))
def test_the_outcome_is_that_of_the_router(happenings: list[tuple[Kind, int, int]], seed: int) -> None:
    world = World(hosts=HOSTS, subnets=SUBNETS, seed=seed, lease=LEASE)
    vms = [world.add_vm(number % HOSTS, number % SUBNETS) for number in range(VMS)]
    for kind, first, second in happenings:
        match kind:
            case "traffic" if vms[first].subnet != vms[second].subnet:
                event(world.traffic(vms[first], vms[second]))
            case "wait":
                world.run(first)
                world.count()
            case "forbid" | "allow" if world.router is not None:
                world.forbid(vms[first].ip, kind == "forbid")
            case "kill router agent":
                world.router = None
            case "start router agent" if world.router is None:
                world.start_router_agent()
            case "kill agent":
                world.hosts[first].peer = None
            case "start agent" if world.hosts[first].peer is None:
                world.start_agent(world.hosts[first])
            case "move" if all(world.hosts[host].peer for host in (vms[first].host, second) if host is not None):
                world.move(vms[first], second, relay=True)
            case "network":
                world.link.loss = first / 100
                world.link.delay = (1, second)
            case _:
                pass
        check(world, vms)


def check(world: World, vms: list[Vm]) -> None:
    settled = world.router is not None and not world.router.outstanding(world.at)
    for a in vms:
        for b in vms:
            if a.subnet == b.subnet:
                continue
            path = world.path(a, b)
            assert path in ("short", "router", "relayed", "black hole"), path
            if b.ip in world.forbidden and settled:
                assert path == "black hole"
