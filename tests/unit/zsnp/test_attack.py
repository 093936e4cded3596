"""Messages of who has no key, or a key that says something else: nothing changes, and each is counted."""

from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given

from landbridge.testing.zsnp_world import KEY, POOL, PORT, ROUTER, Host, World
from landbridge.zsnp.entry import Entry, State
from landbridge.zsnp.facts import Key
from landbridge.zsnp.frames import BURST, Frame
from landbridge.zsnp.gate import WINDOW, Gate, Writer
from landbridge.zsnp.host import HostPeer
from landbridge.zsnp.messages import (
    Answer,
    Hint,
    Ingress,
    Message,
    Moved,
    ProbeAck,
    Query,
    Refusal,
    Refused,
    RenewAck,
    Revoke,
    Target,
)
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.outputs import Tell
from landbridge.zsnp.wire import unpack

OTHER, OTHER_KEY = ROUTER + 1, Key(9, b"another VPC's   ")
OTHER_NET = 40
LEASE = 6_000


class Attack:
    """A pair of one VPC on two hosts, which both have a network of another VPC, too: the attacker has its key."""

    def __init__(self) -> None:
        self.world = World(hosts=3, subnets=2, seed=1, lease=LEASE)
        self.a, self.b = self.world.add_vm(0, 0), self.world.add_vm(1, 1)
        for host in self.world.hosts[:2]:
            facts = self.world._facts(host)
            network = next(iter(facts.networks.values()))
            networks = {
                **facts.networks,
                OTHER_NET: replace(network, net_id=OTHER_NET, vni=140, vtep_cidrs=(POOL,)),
            }
            routers = {**facts.routers, (OTHER, OTHER_NET): (OTHER_KEY,)}
            self.peer(host).update(replace(facts, networks=networks, routers=routers))
        self._writer = Writer(1)

    def peer(self, host: Host | None = None) -> HostPeer:
        peer = (host or self.world.hosts[0]).peer
        assert peer is not None
        return peer

    def entry(self) -> Entry:
        [entry] = self.peer().entries()
        return entry

    def ask(self) -> Entry:
        """The pair's first host has asked, and nobody hears it."""
        self.world.traffic(self.a, self.b)
        self.world.lose = set(range(1, 1000))
        self.world.run(5)
        assert self.entry().state is State.QUERYING
        return self.entry()

    def shorten(self) -> Entry:
        self.world.traffic(self.a, self.b)
        self.world.run(50)
        assert self.entry().state is State.ACTIVE
        return self.entry()

    def written(self, message: Message, nonce: int, between: tuple[str, str], *, own: bool = False) -> bytes:
        signing = (ROUTER, KEY) if own else (OTHER, OTHER_KEY)
        return self._writer.write(self.world.at, message, signing, nonce, between)

    def tell(self, message: Message, nonce: int = 1, host: int = 1, *, own: bool = False) -> None:
        """From a host's VTEP to the first host's."""
        between = self.world.hosts[host].vtep, self.world.hosts[0].vtep
        self.peer().told(self.world.at, *between, self.written(message, nonce, between, own=own))

    def signal(self, message: Message, net_id: int, nonce: int = 1, *, own: bool = False) -> None:
        """To the first VM, in a network of its host."""
        between = self.world.gateway(0), self.a.ip
        frame = Frame(self.world.router_mac(0), self.a.mac, *between, self.written(message, nonce, between, own=own))
        self.peer().taken_off(self.world.at, net_id, frame, 20 + len(frame.payload))

    def answer(self, vtep: int) -> Answer:
        """What the true host would say, but for the VTEP."""
        return Answer(self.b.ip, self.b.mac, self.world.hosts[vtep].vtep, 1, 101, 1450, 0)


@pytest.fixture
def attack() -> Attack:
    return Attack()


def test_who_has_another_vpcs_key_answers_no_question(attack: Attack) -> None:
    """Though it has seen the nonce."""
    nonce = attack.ask().nonce
    attack.tell(attack.answer(1), nonce)
    attack.tell(Refused(attack.b.ip, Refusal.ABSENT), nonce)
    attack.tell(ProbeAck(attack.b.ip, 1450), nonce)
    assert attack.entry().state is State.QUERYING
    assert attack.peer().refused == {"another router": 2, "not asked": 1}
    attack.tell(attack.answer(1), nonce, own=True)
    assert attack.entry().state is State.PROBING


def test_a_host_answers_only_as_itself(attack: Attack) -> None:
    nonce = attack.ask().nonce
    attack.tell(attack.answer(1), nonce, host=2, own=True)
    assert attack.entry().state is State.QUERYING
    assert attack.peer().refused == {"another VTEP": 1}


def test_who_has_another_vpcs_key_renews_and_ends_nothing(attack: Attack) -> None:
    entry = attack.shorten()
    before = entry.shortcut()
    attack.world.run(LEASE // 2 - 300)
    attack.world.lose = set(range(1000))
    attack.world.run(310)
    [nonce] = attack.peer()._asking._renewals
    assert entry.state is State.RENEWING
    for ips in ((), (attack.b.ip,)):
        attack.signal(RenewAck(1 << 62, 10 * LEASE, OTHER_NET, ips), OTHER_NET, nonce)
    attack.signal(Revoke(1 << 62, ()), OTHER_NET)
    attack.tell(Moved(attack.b.ip, 1))
    assert (entry.state, entry.shortcut()) == (State.RENEWING, before)
    assert attack.peer().refused == {"another router": 2, "not in use": 1}


def test_a_dead_host_is_not_kept_alive_by_another(attack: Attack) -> None:
    """It has the VPC's key, and sees the probes."""
    attack.shorten()
    attack.world.hosts[1].up = False
    liveness = attack.peer()._asking.table.liveness
    for _ in range(60):
        for nonce in liveness._nonces:
            attack.tell(ProbeAck(attack.b.ip, 20), nonce, host=2, own=True)
        attack.world.run(60)
    assert attack.entry().state is State.REFUSED
    assert attack.peer().refused["another VTEP"] > 0


def test_nobody_is_led_into_another_vpcs_network(attack: Attack) -> None:
    """A hint of whoever has one VPC's key, for a machine of another VPC."""
    ingress = Ingress(OTHER_NET, "10.0.0.0/16", "0e:52:00:00:00:40")
    for net_id, vni in ((0, 100), (77, 100), (OTHER_NET + 1, 140)):
        target = Target("10.0.0.9", "fa:00:00:00:00:09", net_id, vni, PORT, "0e:52:00:00:00:00")
        attack.signal(Hint(1, LEASE, ingress, (target,)), OTHER_NET)
    assert list(attack.peer().entries()) == []
    assert attack.peer().refused == {"another network": 3}


def test_a_revocation_ends_only_what_is_older(attack: Attack) -> None:
    """So an old one that comes late, or again, does no harm."""
    epoch = attack.shorten().epoch
    attack.signal(Revoke(epoch, ()), 0, own=True)
    assert attack.entry().state is State.ACTIVE
    attack.signal(Revoke(epoch + 1, ()), 0, own=True)
    assert list(attack.peer().entries()) == []


def test_a_hint_that_comes_after_its_revocation_is_not_heeded(attack: Attack) -> None:
    """It was sent before, and overtaken."""
    entry = attack.shorten()
    attack.signal(Revoke(entry.epoch + 1, ()), 0, own=True)
    attack.signal(Hint(entry.epoch, LEASE, entry.ingress, (entry.target,)), 0, own=True)
    assert list(attack.peer().entries()) == []
    assert attack.peer().refused == {"an older epoch": 1}


def test_nobody_is_led_out_of_the_pool(attack: Attack) -> None:
    """Though it is the VTEP that it names, and has the VPC's key."""
    nonce, own, outside = attack.ask().nonce, attack.world.hosts[0].vtep, "192.0.2.1"
    answer = attack.written(replace(attack.answer(1), vtep=outside), nonce, (outside, own), own=True)
    attack.peer().told(attack.world.at, outside, own, answer)
    assert attack.entry().state is State.QUERYING
    attack.peer().take()
    attack.signal(Query(1, 0, outside), 0, own=True)
    assert attack.peer().take() == []
    assert attack.peer().refused == {"not in the pool": 2}


def test_one_vpcs_questions_use_up_no_others_answers(attack: Attack) -> None:
    world = attack.world
    peer, at = attack.peer(world.hosts[1]), world.at
    peer.take()

    def ask(own: bool) -> int:
        between = (attack.a.ip, attack.b.ip) if own else ("10.40.0.2", "10.40.0.3")
        net_id = 1 if own else OTHER_NET
        query = attack.written(Query(1, net_id, world.hosts[0].vtep), 5, between, own=own)
        peer.taken_off(at, net_id, Frame(world.router_mac(1), attack.b.mac, *between, query), 100)
        return sum(isinstance(output, Tell) for output in peer.take())

    assert sum(ask(own=False) for _ in range(BURST + 100)) == BURST
    assert peer.refused == {"too many": 100}
    assert ask(own=True) == 1


def test_a_question_is_answered_once(attack: Attack) -> None:
    world = attack.world
    peer = attack.peer(world.hosts[1])
    between = attack.a.ip, attack.b.ip
    query = attack.written(Query(1, 1, world.hosts[0].vtep), 5, between, own=True)
    for _ in range(3):
        peer.taken_off(world.at, 1, Frame(world.router_mac(1), attack.b.mac, *between, query), 100)
    assert sum(isinstance(output, Tell) for output in peer.take()) == 1
    assert peer.refused == {"replayed": 2}


messages = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 3 * WINDOW), st.integers(-WINDOW, WINDOW)), max_size=60
)


@given(messages, st.integers(1, 8))
def test_no_message_is_fresh_twice(happenings: list[tuple[int, int, int]], remembered: int) -> None:
    """However few are remembered, whatever the clocks: (message, the time since the last, its clock's error)."""
    gate, writer, now = Gate(remembered), Writer(1), 10 * WINDOW
    written: list[bytes] = []
    taken: set[int] = set()
    for which, pause, error in happenings:
        now += pause // 10
        written.append(writer.write(Moment(0, now + error), Moved("10.0.0.1", 1), (7, KEY), 1, ("10.0.0.1",) * 2))
        for number in {len(written) - 1, max(0, len(written) - 1 - which)}:
            if gate.fresh(unpack(written[number]), Moment(0, now)):
                assert number not in taken
                taken.add(number)
    assert len(gate._seen) <= remembered
