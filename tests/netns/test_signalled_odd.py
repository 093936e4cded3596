"""What shortcuts are not for, with routers and peers at work: it goes as it would without them."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from scapy.layers.inet import ICMP, IP, UDP, IPOption_NOP, fragment
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from landbridge.drivers.counters import Count
from landbridge.lab.probe import Probe, Stream
from landbridge.zsnp.entry import State
from tests.netns import agent_hosts as lab
from tests.netns import ports, routed, signalled
from tests.netns.agent_hosts import Host
from tests.netns.routed import A, B
from tests.netns.signalled import LEASE, TWINS, Signalled
from tests.support.lab import eventually, in_namespace
from tests.support.sockets import udp_socket

pytestmark = pytest.mark.netns

NARROW, WIDE = 1300, 1600
"""MTU of an underlay that is too small for the machines' largest packets; of the tests' usual one."""
JUMBO, JUMBO_UNDERLAY = 8000, 8100
REFUSED_FOR = 10
"""Seconds."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Signalled]:
    with signalled.signalled(tmp_path_factory.mktemp("odd") / "world") as made:
        yield made


@pytest.fixture(autouse=True)
def short(world: Signalled) -> None:
    """VMs 1 and 2 do without the router."""
    world.become_short(1, 2, timeout=60)


def packet(transport: Packet, **ip: Any) -> Packet:
    """What VM 1 sends to VM 2."""
    ether = Ether(src=lab.mac(1), dst=A.router_mac)
    return ether / IP(**{"src": routed.ip(1), "dst": routed.ip(2), "ttl": 33, **ip}) / transport


def datagram(size: int = 8) -> Packet:
    return UDP(sport=7, dport=9) / Raw(bytes(size))


def arrives(world: Signalled, *sent: Packet) -> list[Packet]:
    """What VM 2 gets of VM 1's frames, by the router."""
    got: list[bytes] = []

    def send() -> None:
        ports.send_all(world.world.one, 1, sent)

    count = world.world.shortened(lambda: got.extend(world.world.arriving(2, socket.IPPROTO_UDP, send, len(sent))))
    assert count == Count(0, 0)
    return [Ether(frame) for frame in got]


def test_what_takes_the_short_path(world: Signalled) -> None:
    """So the others are looked for where they would be seen."""
    sent = packet(datagram())
    count = world.world.shortened(
        lambda: world.world.arriving(2, socket.IPPROTO_UDP, lambda: ports.send(world.world.one, 1, sent))
    )
    assert count.packets == 1


def test_the_last_hop_is_the_routers_to_answer(world: Signalled) -> None:
    sent = packet(datagram(), ttl=1)
    [answer] = world.world.arriving(1, socket.IPPROTO_ICMP, lambda: ports.send(world.world.one, 1, sent))
    told = Ether(answer)
    assert (told[IP].src, told[ICMP].type, told.src) == (A.router_ip, 11, A.router_mac)


def test_options_are_the_routers_to_read(world: Signalled) -> None:
    [got] = arrives(world, packet(datagram(), options=[IPOption_NOP()] * 4))
    assert (got.src, got[IP].ttl, got[IP].ihl) == (B.router_mac, 32, 6)


def test_fragments_stay_together(world: Signalled) -> None:
    whole = packet(datagram(3000), id=4711)
    cut = fragment(whole, 1000)  # type: ignore[no-untyped-call]  # scapy
    got = arrives(world, *cut)
    assert sum(len(one[IP].payload) for one in got) == 3008
    assert {(one.src, one[IP].ttl) for one in got} == {(B.router_mac, 32)}


def test_multicast_stays_in_its_subnet(world: Signalled) -> None:
    sent = Ether(src=lab.mac(1), dst="01:00:5e:01:01:01") / IP(src=routed.ip(1), dst="239.1.1.1", ttl=9) / datagram()
    after = packet(datagram())

    def send() -> None:
        ports.send_all(world.world.one, 1, [sent, after])

    [got] = world.world.arriving(2, socket.IPPROTO_UDP, send, 1)
    assert Ether(got)[IP].dst == routed.ip(2)


def test_an_underlay_that_is_too_narrow_on_one_side(world: Signalled) -> None:
    """It was not when the shortcut was made; the next one's probe does not pass, and users are told why.

    Small packets go on by the router, also those of the pair's other direction.
    """
    two = world.world.two
    world.set_underlay_mtu(NARROW, two)
    try:
        forget(world)
        eventually("it is refused", lambda: talk_until(world, State.REFUSED), timeout=30)
        entry = world.entry(two, 1)
        assert entry is not None
        assert entry.reason == f"packets of {lab.MTU} bytes do not reach the destination's host"
        assert not world.is_short(2, 1)
    finally:
        world.set_underlay_mtu(WIDE, two)
    world.become_short(1, 2, timeout=3 * REFUSED_FOR)


def talk_until(world: Signalled, state: State) -> str:
    """Talk, and say what state VM 2's shortcut to VM 1 is in, if not in that."""
    world.talk(2, 1)
    entry = world.entry(world.world.two, 1)
    return "" if entry is not None and entry.state is state else str(entry)


def forget(world: Signalled) -> None:
    """The hosts lose the vrouter's keys, and with them its shortcuts, and get them back."""
    for host in world.hosts:
        given = {key: one for (_, key), one in host.agent.state.objects().items() if key.startswith("shortcuts/")}
        world.give(host, gone=tuple(given))
        world.give(host, *given.items())


def big_ping(world: Signalled, size: int, *more: str) -> str:
    """Packets of `size` bytes from VM 1 to VM 2 that must not be cut; ping's report."""
    command = ("ping", "-M", "do", "-s", str(size - 28), "-c", "3", "-i", "0.05", "-W", "1", *more, routed.ip(2))
    return in_namespace(world.world.namespace(1), *command, check=False)


def test_jumbo_frames(world: Signalled) -> None:
    """As large as both networks let them be; where only one does, the router says so."""
    try:
        world.set_mtus(JUMBO, JUMBO, JUMBO_UNDERLAY)
        forget(world)
        world.become_short(1, 2, timeout=60)
        assert world.world.shortened(lambda: big_ping(world, JUMBO)).packets == 3
        assert " 0% packet loss" in big_ping(world, JUMBO)
        world.set_mtus(JUMBO, lab.MTU, JUMBO_UNDERLAY)
        forget(world)
        world.become_short(1, 2, timeout=60)
        assert world.world.shortened(lambda: big_ping(world, lab.MTU)).packets == 3
        report = big_ping(world, lab.MTU + 1)
        assert f"From {A.router_ip}" in report
        assert f"mtu = {lab.MTU}" in report
    finally:
        world.set_mtus(lab.MTU, lab.MTU, WIDE)
        forget(world)


def test_two_vpcs_with_the_same_addresses_and_macs(world: Signalled) -> None:
    """Both have their machines 1 and 2 on the same hosts, both are shortened; none hears a packet of the other's."""
    world.add_twins()
    one, two = world.hosts
    pairs = {"ours": (lab.vm(one, 1), lab.vm(two, 2)), "theirs": (lab.vm(one, 11), lab.vm(two, 12))}
    probe = Probe(
        [
            Stream(f"{whose} {way}", udp_socket(source, 0), udp_socket(target, 7), (routed.ip(number), 7))
            for whose, (first, second) in pairs.items()
            for way, source, target, number in (("there", first, second, 2), ("back", second, first, 1))
        ]
    )
    eventually("all four are short", lambda: missing(one, two), timeout=60)
    marks = {whose: [udp_socket(second, 9), udp_socket(first, 9)] for whose, (first, second) in pairs.items()}
    for whose, (first, second) in pairs.items():
        for source, number in ((first, 2), (second, 1)):
            with udp_socket(source, 0) as sender:
                for _ in range(20):
                    sender.sendto(whose.encode(), (routed.ip(number), 9))
    results = probe.stop()
    for whose, sockets in marks.items():
        for receiver in sockets:
            receiver.settimeout(routed.PATIENCE)
            with receiver:
                assert {receiver.recv(64).decode() for _ in range(20)} == {whose}
    assert {result.name: result.lost for result in results if result.lost} == {}


def missing(one: Host, two: Host) -> str:
    """Which of the four shortcuts are not in force yet."""
    wanted = {(each.net_id, routed.ip(2)) for each in (A, TWINS[0])} | {
        (each.net_id, routed.ip(1)) for each in (B, TWINS[1])
    }
    found = {
        (key.net_id, key.destination)
        for host in (one, two)
        for key, count in host.hooks.shortcuts.traffic().items()
        if count.packets > LEASE
    }
    return str(wanted - found) if wanted - found else ""
