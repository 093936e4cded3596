"""Attacks on signalling with real packets: nothing is accepted, all is counted, and others are not harmed."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.inet import IP, UDP, IPOption_NOP
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.ipsec import AH
from scapy.layers.l2 import GRE, Dot1AD, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

from landbridge.core.shortcut import SIGNALLING
from landbridge.lab.probe import Probe, Stream
from landbridge.model.drops import DropReason
from tests.netns import agent_hosts as lab
from tests.netns import forgery, ports, routed, signalled
from tests.netns.forgery import FORGERS, MESSAGES, TRUE_KEY, WAYS, Forger, Way
from tests.netns.routed import HOST_MAC, ROUTER, A, B
from tests.netns.signalled import LEASE, OURS, OUTSIDE, Signalled
from tests.support.flood import flood
from tests.support.lab import eventually
from tests.support.sockets import udp_socket

pytestmark = pytest.mark.netns

ROUNDS = 30
"""Of all messages, by each forger, on each way: together more than 10,000."""
SAID = set(range(1, 8))
"""Types of messages from HINT to RENEW_ACK."""
ENOUGH = 20_000
"""Many times what the shares of a host's VTEP, a port and a vrouter let through in a second."""
INSIDER = Forger(OURS.number, TRUE_KEY, frozenset())
"""Has the key, and is in the wrong place."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signalled]:
    """VMs 1 and 2, on two hosts, do without the router; of a thousand packets a second none is lost."""
    with signalled.signalled(tmp_path_factory.mktemp("attack") / "world") as made:
        made.become_short(1, 2)
        back = udp_socket(made.world.namespace(2), 7)
        probe = Probe([Stream("1 to 2", udp_socket(made.world.namespace(1), 0), back, (routed.ip(2), 7))])
        try:
            yield made
        finally:
            [result] = probe.stop()
        assert result.lost == [], str(result)


@pytest.fixture
def unchanged(world: Signalled) -> Iterator[None]:
    """Nothing of theirs is another afterwards."""
    before = world.state()
    yield
    assert world.state() == before
    assert world.is_short(1, 2)


def all_counted(what: str, number: int, act: Callable[[], object], count: Callable[[], int]) -> None:
    """Whatever is sent is turned away and counted, in the end."""
    before = count()
    act()

    def complaint() -> str:
        done = count() - before
        return "" if done == number else f"{done} of {number} are counted"

    eventually(what, complaint)


# ---- from a machine ------------------------------------------------------------------------

ME, MY_IP, MY_IP6 = lab.mac(1), routed.ip(1), routed.ip(1, 6)


def ether(destination: str = A.router_mac, source: str = ME) -> Packet:
    return Ether(src=source, dst=destination)


def ip(**more: Any) -> Packet:
    return IP(**{"src": MY_IP, "dst": routed.ip(2), "proto": SIGNALLING, **more})


def ip6(**more: Any) -> Packet:
    return IPv6(**{"src": MY_IP6, "dst": routed.ip(2, 6), **more})


FORMS: dict[str, Packet] = {
    "to another machine": ether() / ip(),
    "to the vrouter": ether() / ip(dst=A.router_ip),
    "to a neighbour": ether(lab.mac(7)) / ip(dst="10.9.0.7"),
    "to everybody": ether("ff:ff:ff:ff:ff:ff") / ip(dst="10.9.0.255"),
    "multicast": ether("01:00:5e:00:00:01") / ip(dst="224.0.0.1"),
    "to the host": ether() / ip(dst=f"{lab.UNDERLAY}.1"),
    "the last hop": ether() / ip(ttl=1),
    "options": ether() / ip(options=[IPOption_NOP()] * 4),
    "a first fragment": ether() / ip(flags="MF"),
    "a later fragment": ether() / ip(frag=3),
    "the last fragment": ether() / ip(frag=3, flags="DF"),
    "as the vrouter": ether() / ip(src=A.router_ip),
    "with the vrouter's MAC": ether(source=A.router_mac) / ip(),
    "with the host's MAC": ether(source=HOST_MAC) / ip(),
    "a header that is too short": ether() / ip(ihl=4),
    "a length that is wrong": ether() / ip(len=20),
    "IPv6": ether() / ip6(nh=SIGNALLING),
    "IPv6 to everybody": ether("33:33:00:00:00:01") / ip6(dst="ff02::1", nh=SIGNALLING),
    "hop by hop": ether() / ip6() / IPv6ExtHdrHopByHop(nh=SIGNALLING),
    "destination options": ether() / ip6() / IPv6ExtHdrDestOpt(nh=SIGNALLING),
    "routing": ether() / ip6() / IPv6ExtHdrRouting(nh=SIGNALLING),
    "authentication": ether() / ip6() / AH(nh=SIGNALLING, icv=bytes(12)),
    "all of them": ether()
    / ip6()
    / IPv6ExtHdrHopByHop()
    / IPv6ExtHdrDestOpt()
    / IPv6ExtHdrRouting()
    / IPv6ExtHdrDestOpt(nh=SIGNALLING),
    "more than are looked through": ether() / ip6() / IPv6ExtHdrHopByHop(nh=60) / Raw(bytes([60, 0, *bytes(6)] * 6)),
    "a first fragment of IPv6": ether() / ip6() / IPv6ExtHdrFragment(nh=SIGNALLING, m=1, id=7),
    "a later fragment of IPv6": ether() / ip6() / IPv6ExtHdrFragment(nh=SIGNALLING, offset=9, id=7),
    "a fragment that is whole": ether() / ip6() / IPv6ExtHdrFragment(nh=SIGNALLING, id=7),
    "a fragment in a fragment": ether()
    / ip6()
    / IPv6ExtHdrFragment(id=7)
    / IPv6ExtHdrFragment(nh=SIGNALLING, offset=9),
    "a VLAN tag": ether() / Dot1Q(vlan=7) / ip(),
    "a priority tag": ether() / Dot1Q(vlan=0) / ip(),
    "two tags": ether() / Dot1AD(vlan=7) / Dot1Q(vlan=8) / ip6(nh=SIGNALLING),
}
INNER = ether() / ip()
HIDDEN: dict[str, Packet] = {
    "VXLAN to its host": ether("ff:ff:ff:ff:ff:ff")
    / IP(src=MY_IP, dst=f"{lab.UNDERLAY}.1")
    / UDP(dport=signalled.TUNNEL_PORT)
    / VXLAN(vni=B.vni, flags=8)
    / INNER,
    "VXLAN through the vrouter": ether()
    / IP(src=MY_IP, dst=f"{lab.UNDERLAY}.2")
    / UDP(dport=signalled.TUNNEL_PORT)
    / VXLAN(vni=B.vni, flags=8)
    / INNER,
    "IP in IP": ether() / IP(src=MY_IP, dst=routed.ip(2), proto=4) / ip(),
    "GRE": ether() / IP(src=MY_IP, dst=routed.ip(2), proto=47) / GRE() / ip(),
}
"""Packets of a machine like any other: whom they reach is a machine, or nobody."""


def from_machine(world: Signalled, form: Packet, rounds: int) -> int:
    """VM 1 sends all messages in a form, with the true key; how many."""
    head = bytes(form)
    sent = [head + payload for payload in forgery.payloads(INSIDER, (MY_IP, routed.ip(2)), rounds)]
    ports.send_all(world.world.one, 1, sent)
    return len(sent)


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("form", FORMS)
def test_a_machine_signals_nothing(world: Signalled, form: str) -> None:
    """Whatever it sends ends at its port."""
    rounds = 3
    turned_away = [world.refused(host) for host in world.hosts]
    sent = len(MESSAGES) * rounds
    dropped = lambda: sum(ports.drops(world.world.one, 1).values())  # noqa: E731  # of any reason
    all_counted(form, sent, lambda: from_machine(world, FORMS[form], rounds), dropped)
    assert [world.refused(host) for host in world.hosts] == turned_away


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("form", HIDDEN)
def test_what_a_machine_wraps_up_nobody_unwraps(world: Signalled, form: str) -> None:
    before = [world.counted(host) for host in world.hosts]
    from_machine(world, HIDDEN[form], 3)
    world.talk(1, 2)  # what was sent before has arrived
    assert [world.counted(host) for host in world.hosts] == before


# ---- from the underlay ---------------------------------------------------------------------


@pytest.mark.usefixtures("unchanged")
def test_a_stranger_is_not_heard_though_it_has_the_key(world: Signalled) -> None:
    """Its address is none that VTEPs have: nothing gets as far as a peer."""
    one = world.world.one
    turned_away = [world.refused(host) for host in world.hosts]
    plain = [
        signalled.ip_packet(OUTSIDE, one.vtep, payload)
        for payload in forgery.payloads(INSIDER, (OUTSIDE, one.vtep), 10)
    ]
    all_counted("messages", len(plain), lambda: world.send(plain), lambda: world.at_stack(one)["no VTEP"])
    for way in WAYS.values():
        if way.vni:
            disguised = Way(way.between, (OUTSIDE, way.outer[1]), way.vni, way.macs)
            world.send(map(disguised.packet, forgery.payloads(INSIDER, way.between, 10)))
    world.talk(1, 2)
    assert [world.refused(host) for host in world.hosts] == turned_away
    assert world.of_router()["refused"] == {}


@pytest.mark.usefixtures("unchanged")
@pytest.mark.parametrize("forger", FORGERS)
@pytest.mark.parametrize("way", WAYS)
def test_forgeries(world: Signalled, way: str, forger: str) -> None:
    """From where VTEPs are, as another: nobody believes a word."""
    who, made = FORGERS[forger], WAYS[way]
    packets = [made.packet(payload) for payload in forgery.payloads(who, made.between, ROUNDS)]
    before = reasons(world)
    all_counted(f"{forger}, {way}", len(packets), lambda: world.send(packets), lambda: everything(world))
    new = reasons(world) - before
    assert new
    assert new.keys() <= who.reasons


def everything(world: Signalled) -> int:
    """Messages turned away, by whomever."""
    return sum(world.counted(host) for host in world.hosts) + world.counted_by_router()


def reasons(world: Signalled) -> Counter[str]:
    """Why peers have turned messages away."""
    found = Counter(world.of_router()["refused"])
    for host in world.hosts:
        found.update(world.refused(host))
    return found


@pytest.mark.usefixtures("unchanged")
def test_what_is_no_message_at_all(world: Signalled) -> None:
    """Garbage of all lengths, to a VTEP, a machine and the vrouter."""
    garbage = [bytes(length) for length in range(0, 600, 7)] + [
        b"ZSNP" + bytes(length) for length in range(0, 600, 7)
    ]
    for way in (WAYS["to the VTEP, as another host"], WAYS["to a machine, as another"], WAYS["to the vrouter"]):
        before = reasons(world)
        packets = list(map(way.packet, garbage))
        all_counted("garbage", len(packets), lambda packets=packets: world.send(packets), lambda: everything(world))  # type: ignore[misc]  # a default binds it now
        assert (reasons(world) - before).keys() == {"garbled"}


def test_what_was_said_once_is_not_believed_again(world: Signalled) -> None:
    """Everything that hosts and vrouter say while shortcuts are made and kept, said again by the stranger."""
    with world.recording(world.world.one) as to_one, world.recording(world.world.two) as to_two:
        withdraw(world)
        world.become_short(1, 2)
        eventually("all is said", lambda: SAID - set(map(signalled.type_of, to_one + to_two)), timeout=2 * LEASE)
    recorded = to_one + to_two
    before, state = reasons(world), world.state()
    again = recorded * 20
    all_counted("replays", len(again), lambda: world.send(again), lambda: everything(world))
    assert (reasons(world) - before).keys() <= {"replayed", "not asked"}
    assert world.state() == state


def withdraw(world: Signalled) -> None:
    """Switched off and on again at the hosts: all begins anew."""
    for host in world.hosts:
        given = {key: value for (_, key), value in host.agent.state.objects().items() if key.startswith("shortcuts/")}
        world.give(host, gone=tuple(given))
        assert host.hooks.shortcuts.read() == {}
        world.give(host, *given.items())


def test_others_are_heard_through_a_flood(world: Signalled, tmp_path: Path) -> None:
    """To one host's VTEP, to a machine there, to the vrouter, as fast as it goes: a pair is shortened meanwhile."""
    before = everything(world)
    with flood(world.stranger, forgery.flood_packets(2), tmp_path / "flood"):
        eventually("the flood is there", lambda: "" if everything(world) - before > ENOUGH else "not yet")
        withdraw(world)
        world.become_short(1, 2)
        counted = everything(world)
        eventually("it goes on", lambda: "" if everything(world) - counted > ENOUGH else "no more")
    stack = world.at_stack(world.world.one)["too many from one VTEP, or IPv6"]
    port = ports.drops(world.world.one, 3)[DropReason.SIGNALLING, 0]
    assert min(stack, port, signalled.counted_by_nft(world.world.namespace(ROUTER))) > 0
