"""Messages that somebody has tampered with, against real peers in the middle of a conversation.

Bounded in time: LANDBRIDGE_FUZZ_SECONDS for each test, 20 unless set.  The seed is printed; LANDBRIDGE_SEED repeats
a run as far as it gets in its time.
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from landbridge.testing.zsnp_world import KEY, ROUTER, Host, World
from landbridge.zsnp import frames, gate, lease, table, wire, words
from landbridge.zsnp.frames import Frame
from landbridge.zsnp.host import HostPeer
from landbridge.zsnp.outputs import Install
from landbridge.zsnp.router import Flow, RouterPeer, Verdict
from landbridge.zsnp.wire import Envelope, Garbled

SECONDS = float(os.environ.get("LANDBRIDGE_FUZZ_SECONDS", "20"))
SEED = int(os.environ.get("LANDBRIDGE_SEED", random.SystemRandom().randrange(1 << 32)))
INPUTS = 200
"""For each conversation."""
REASONS = 30
"""There are fewer by which a peer turns away: it must not count by what a stranger says."""


@dataclass(frozen=True)
class Delivery:
    """A message as it came to a peer: which one, in which packet."""

    kind: str
    host: int
    net_id: int
    frame: Frame
    size: int


class Recorded(World):
    """A world that remembers what was delivered."""

    def __init__(self, chance: random.Random) -> None:
        self.delivered: list[Delivery] = []
        super().__init__(hosts=3, subnets=2, seed=chance.randrange(1 << 32), lease=chance.choice((5_000, 60_000)))

    def _at_router(self, net_id: int, frame: Frame) -> None:
        if frame.destination == self.gateway(net_id):
            self.delivered.append(Delivery("router", 0, net_id, frame, 0))
        super()._at_router(net_id, frame)

    def _take_off(self, host: Host, net_id: int, frame: Frame, size: int) -> None:
        self.delivered.append(Delivery("machine", host.number, net_id, frame, size))
        super()._take_off(host, net_id, frame, size)

    def _at_vtep(self, source: str, destination: str, payload: bytes) -> None:
        host = next(host for host in self.hosts if host.vtep == destination)
        frame = Frame("00:00:00:00:00:00", "00:00:00:00:00:00", source, destination, payload)
        self.delivered.append(Delivery("vtep", host.number, 0, frame, 0))
        super()._at_vtep(source, destination, payload)

    def give(self, delivery: Delivery) -> list[Any]:
        """Deliver; what the peer wants to be done."""
        peer: HostPeer | RouterPeer | None
        frame = delivery.frame
        if delivery.kind == "router":
            peer = self.router
            assert peer is not None
            peer.told(self.at, (frame.source, frame.destination), frame.payload, self.judge_anything)
        else:
            peer = self.hosts[delivery.host].peer
            assert peer is not None
            if delivery.kind == "machine":
                peer.taken_off(self.at, delivery.net_id, frame, delivery.size)
            else:
                peer.told(self.at, frame.source, frame.destination, frame.payload)
        return peer.take()

    def judge_anything(self, flow: Flow) -> Verdict:
        """Addresses that a stranger has made up are nowhere."""
        try:
            return self.judge(flow)
        except (ValueError, IndexError):
            return self.judge(Flow("10.0.255.255", "10.0.255.255"))


def conversation(chance: random.Random) -> Recorded:
    """Peers that have spoken of everything and stop in the middle of something."""
    world = Recorded(chance)
    vms = [world.add_vm(number % 3, number % 2) for number in range(6)]
    for _ in range(chance.randrange(1, 6)):
        a, b = chance.choice(vms[::2]), chance.choice(vms[1::2])
        world.traffic(*chance.choice(((a, b), (b, a))))
        world.run(chance.choice((1, 3, 20, 1_000, world.policy.lease // 2 if world.policy else 0)))
        if chance.random() < 0.3:
            world.forbid(chance.choice(vms).ip, chance.random() < 0.5)
    while not world.delivered:
        world.run(1)
    return world


def mutated(payload: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """Changed in one or a few ways."""
    data = bytearray(payload)
    ways: tuple[Callable[[], None], ...] = (
        lambda: _flip(data, chance),
        lambda: _put(data, chance, bytes((chance.choice((0, 1, 2, 16, 127, 128, 254, 255)),))),
        lambda: _put(data, chance, chance.randbytes(chance.choice((2, 4, 8, 16)))),
        lambda: _cut(data, chance),
        lambda: data.extend(chance.randbytes(chance.randrange(64))),
        lambda: _splice(data, chance.choice(others), chance),
        lambda: _insert(data, chance),
    )
    for _ in range(chance.choice((1, 1, 2, 4))):
        chance.choice(ways)()
    return bytes(data)


def _flip(data: bytearray, chance: random.Random) -> None:
    if data:
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _put(data: bytearray, chance: random.Random, value: bytes) -> None:
    at = chance.randrange(len(data) + 1)
    data[at : at + len(value)] = value


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data) + 1) :]


def _splice(data: bytearray, other: bytes, chance: random.Random) -> None:
    at = chance.randrange(len(other) + 1)
    data[at:] = other[at:]


def _insert(data: bytearray, chance: random.Random) -> None:
    """A field more, of any kind and length."""
    length = chance.randrange(40)
    data[40:40] = bytes((chance.randrange(16), length)) + chance.randbytes(length)


def state(world: World) -> str:
    """All that peers know, but counters of what they have turned away."""
    peers: list[Any] = [host.peer for host in world.hosts]
    known = [[repr(entry) for entry in peer.entries()] for peer in peers]
    known += [[repr(peer._gate._seen), str(peer.next_timer()), repr(peer._asking._floor)] for peer in peers]
    router = world.router
    assert router is not None
    return repr((known, router.pairs, router._holders, router._granted, router._revocations, router._gate._seen))


def rounds(what: str) -> Iterator[tuple[Recorded, list[Delivery], random.Random]]:
    """Conversations until the time is over."""
    print(f"LANDBRIDGE_SEED={SEED}")
    ends, number = time.monotonic() + SECONDS, 0
    while time.monotonic() < ends:
        chance = random.Random(f"{SEED} {what} {number}")
        world = conversation(chance)
        yield world, world.delivered[:], chance
        number += 1
    assert number > 0


def is_authentic(delivery: Delivery) -> bool:
    """Whether nothing was changed that counts."""
    frame = delivery.frame
    try:
        envelope = wire.unpack(frame.payload)
    except Garbled:
        return False
    own = envelope.key_id == KEY.id and envelope.router == ROUTER
    return own and wire.authentic(frame.payload, KEY.secret, frame.source, frame.destination)


def elsewhere(delivery: Delivery, all_: list[Delivery], chance: random.Random) -> Delivery:
    """In another packet, perhaps to another peer."""
    other = chance.choice(all_)
    frame = replace(other.frame, payload=delivery.frame.payload)
    return replace(other, frame=frame) if chance.random() < 0.3 else delivery


def test_without_the_key_nothing_happens() -> None:
    """No answer, no shortcut, nothing remembered, whatever is changed, and nothing is raised."""
    tried = 0
    for world, delivered, chance in rounds("stranger"):
        payloads = [one.frame.payload for one in delivered]
        before = state(world)
        for _ in range(INPUTS):
            one = elsewhere(chance.choice(delivered), delivered, chance)
            one = replace(one, frame=replace(one.frame, payload=mutated(one.frame.payload, payloads, chance)))
            if is_authentic(one):
                continue  # only padding, or a replay
            tried += 1
            assert world.give(one) == [], one
            words.line(frames.build(one.frame))
        assert state(world) == before
        for peer in (world.router, *(host.peer for host in world.hosts)):
            assert peer is not None
            assert len(peer.refused) < REASONS
    print(f"{tried} inputs")
    assert tried > 0


def test_replays_install_nothing() -> None:
    """Of messages that were answered, each as it was, at any later moment."""
    for world, delivered, chance in rounds("replay"):
        world.run(chance.choice((0, 50, 2_000)))
        for host in world.hosts:
            assert host.peer is not None
            host.peer.take()
        for _ in range(INPUTS):
            outputs = world.give(elsewhere(chance.choice(delivered), delivered, chance))
            assert not [one for one in outputs if isinstance(one, Install)], outputs


def test_with_the_key_peers_stay_whole() -> None:
    """An insider may lie; peers read or refuse it, go on, and do not grow without bound."""
    tried = admitted = 0
    for world, delivered, chance in rounds("insider"):
        payloads = [one.frame.payload for one in delivered]
        for _ in range(INPUTS):
            one = elsewhere(chance.choice(delivered), delivered, chance)
            signed = sign(mutated(one.frame.payload, payloads, chance), one.frame, world, chance)
            if signed is None:
                continue
            tried += 1
            outputs = world.give(replace(one, frame=replace(one.frame, payload=signed)))
            admitted += bool(outputs)
            check_outputs(world, outputs)
            if chance.random() < 0.05:
                world.run(chance.choice((1, 100, 3_000)))
                world.count()
        check_sizes(world)
    print(f"{tried} inputs, {admitted} with an effect")
    assert admitted > 0


def sign(payload: bytes, frame: Frame, world: World, chance: random.Random) -> bytes | None:
    """The same fields in an authentic message, made now; None if it cannot be read at all."""
    try:
        read = wire.unpack(payload)
        clock = world.at.wall + chance.choice((0, 0, 0, -20_000, 20_000))
        fresh = Envelope(read.type, KEY.id, ROUTER, read.nonce, chance.getrandbits(64), clock, read.fields)
        return wire.pack(fresh, KEY.secret, frame.source, frame.destination)
    except ValueError:
        return None


def check_outputs(world: World, outputs: list[Any]) -> None:
    """What a driver has to carry out it can."""
    for one in outputs:
        if hasattr(one, "frame"):
            frames.build(one.frame, getattr(one, "size", 0))
        if isinstance(one, Install):
            assert lease.in_pool(world._facts(world.hosts[0]), one.shortcut.path.port, one.shortcut.path.vtep)


def check_sizes(world: World) -> None:
    for host in world.hosts:
        peer = host.peer
        assert peer is not None
        assert len(list(peer.entries())) <= table.MAX_ENTRIES
        assert len(peer._asking._renewals) <= table.MAX_ENTRIES
        assert len(peer._gate._seen) <= gate.REMEMBERED
        assert len(peer._asking.table._questions) <= len(list(peer.entries()))
        assert len(peer.refused) < REASONS
        assert len(peer.ended) < REASONS
