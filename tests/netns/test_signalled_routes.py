"""Distributed routing while routes change: no packet takes a short path that the vrouter's routes forbid."""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from landbridge.drivers import enter
from landbridge.model.node import AnyObject
from landbridge.model.router_node import PolicyRoutes, PolicyRule, PolicyTable, StaticRoute, StaticRoutes
from tests.netns import routed, signalled
from tests.netns.routed import ROUTER, A
from tests.netns.signalled import Signalled
from tests.support.lab import eventually
from tests.support.sockets import udp_socket

pytestmark = pytest.mark.netns

HINTED_ANEW_SECONDS = 1.3
"""A pair that is worth it has been hinted again by then, if it may be (`zsnp.router.REST`)."""
BURST = 40
QUIET_SECONDS = 0.5
"""Until what has not come by the vrouter has gone another way."""
MARKED, UNMARKED = 7777, 9
"""Ports: of what is counted, and of what flows all the time."""
TARGET, BESIDE, SECOND_ROUTER = f"{routed.ip(2)}/32", "10.10.0.200/32", routed.ip(3)


@dataclass(frozen=True)
class Change:
    """What a vrouter may have besides its legs; `forbids` that packets from VM 1 to VM 2 are shortened."""

    name: str
    value: AnyObject
    forbids: bool

    @property
    def key(self) -> str:
        """There is one of its policies, and any number of routes."""
        return "policies/r" if isinstance(self.value, PolicyRoutes) else f"routes/{self.name}"


def route(destination: str, via: str | None) -> StaticRoutes:
    return StaticRoutes(routes=(StaticRoute(destination, via, 9),))


def policy(nic: str, destination: str, to: str, **more: str) -> PolicyRoutes:
    rule = PolicyRule(1001, nic, 10, destination=destination, **more)  # type: ignore[arg-type]  # texts only
    return PolicyRoutes(rules=(rule,), tables=(PolicyTable(10, (StaticRoute(to, SECOND_ROUTER, 1),)),))


CHANGES = (
    Change("black hole", route(TARGET, None), True),
    Change("black hole of half the subnet", route("10.10.0.0/25", None), True),
    Change("over a second router", route(TARGET, SECOND_ROUTER), True),
    Change("a policy for some packets", policy("nic0", TARGET, "0.0.0.0/0", protocol="tcp"), True),
    Change("a policy for some machines", policy("nic0", "", TARGET, source="10.9.0.128/25"), True),
    Change("black hole beside", route(BESIDE, None), False),
    Change("over a second router, beside", route(BESIDE, SECOND_ROUTER), False),
    Change("a policy of another leg", policy("nic1", TARGET, "0.0.0.0/0"), False),
    Change("a policy without a way", policy("nic0", "", BESIDE), False),
    Change("a policy for others", policy("nic0", BESIDE, "0.0.0.0/0"), False),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signalled]:
    with signalled.signalled(tmp_path_factory.mktemp("routes") / "world") as made:
        made.become_short(1, 2, timeout=60)
        yield made


@contextlib.contextmanager
def traffic(world: Signalled) -> Iterator[None]:
    """Packets from VM 1 to VM 2 all the time, some hundred a second: worth a shortcut, and those to be caught."""
    ended = threading.Event()

    def send() -> None:
        with udp_socket(world.world.namespace(1), 0) as sender:
            while not ended.wait(0.003):
                sender.sendto(b"on", (routed.ip(2), UNMARKED))

    thread = threading.Thread(target=send)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def by_router(world: Signalled) -> int:
    """How many of `BURST` packets from VM 1 to VM 2 come by the vrouter, from this moment on."""

    def listen() -> socket.socket:
        made = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
        made.bind((A.leg, 0x0800))
        made.settimeout(0.1)
        return made

    seen: set[bytes] = set()
    with (
        enter.in_namespace(world.world.namespace(ROUTER), listen) as sniffer,
        udp_socket(world.world.namespace(1), 0) as sender,
    ):
        for number in range(BURST):
            sender.sendto(number.to_bytes(2, "big"), (routed.ip(2), MARKED))
        patience = time.monotonic() + QUIET_SECONDS
        while len(seen) < BURST and time.monotonic() < patience:
            with contextlib.suppress(TimeoutError):
                packet = sniffer.recv(64)
                if packet[9] == socket.IPPROTO_UDP and packet[22:24] == MARKED.to_bytes(2, "big"):
                    seen.add(packet[28:30])
    return len(seen)


def test_from_the_end_of_a_change_nothing_takes_a_way_that_it_forbids(world: Signalled) -> None:
    """Every change once, in random order and with random others, compared with what it says of the pair."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    forbidding = chance.sample([change for change in CHANGES if change.forbids], 5)
    harmless = chance.sample([change for change in CHANGES if not change.forbids], 5)
    try:
        with traffic(world):
            for one in (one for pair in zip(harmless, forbidding, strict=True) for one in pair):
                drawn = (*chance.sample(CHANGES, chance.randint(0, 1)), one)
                chosen = {change.key: change for change in drawn}
                world.start_router(more={key: change.value for key, change in chosen.items()})
                names = [change.name for change in chosen.values()]
                if any(change.forbids for change in chosen.values()):
                    assert by_router(world) == BURST, f"at once: {names}"
                    time.sleep(HINTED_ANEW_SECONDS)
                    assert by_router(world) == BURST, f"hinted anew: {names}"
                else:
                    eventually(f"short again with {names}", lambda: "" if by_router(world) < BURST else "not yet", 30)
    finally:
        world.start_router()
