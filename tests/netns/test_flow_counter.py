"""The counter of flows in a router's namespace, with real packets between two machines."""

import contextlib
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from landbridge.drivers import bpf_object, records
from landbridge.drivers.bpf import BpfError
from landbridge.drivers.enter import in_namespace
from landbridge.drivers.flow_counter import FlowCounter, Threshold, Wanted
from tests.netns.guest_fixtures import Machines, machines, sh

pytestmark = pytest.mark.netns

ONE, TWO, ROUTER_MAC = "fa:00:00:00:00:01", "fa:00:00:00:00:02", "0e:52:00:00:00:0a"
A_DAY = 24 * 3600 * 10**9
FIVE = Threshold(packets=5, bytes=1 << 40, window=A_DAY)
TICK = 0.02
"""Seconds, longer than the kernel's coarse clock stands still."""


class Router:
    """A router between machines `one` (10.1.0.1) and `two` (10.2.0.1)."""

    def __init__(self, made: Machines) -> None:
        self.namespace = made.add("router")
        self.machines = {name: made.add(name) for name in ("one", "two")}
        for number, (name, mac) in enumerate((("one", ONE), ("two", TWO)), 1):
            there = self.machines[name]
            made.link(self.namespace, f"leg{number}", there, "eth0", mac)
            sh(f"ip -n {self.namespace} link set leg{number} address {ROUTER_MAC[:-1]}{number}")
            for where, link, host in ((self.namespace, f"leg{number}", 254), (there, "eth0", 1)):
                sh(f"nsenter --net=/run/netns/{where} sysctl -qw net.ipv6.conf.{link}.disable_ipv6=0")
                sh(f"ip -n {where} addr add 10.{number}.0.{host}/24 dev {link}")
                sh(f"ip -n {where} addr add fd00:{number}::{host}/64 dev {link} nodad")
                sh(f"ip -n {where} link set {link} up")
            sh(f"ip -n {there} route add default via 10.{number}.0.254")
        forwarding = "net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1"
        sh(f"nsenter --net=/run/netns/{self.namespace} sysctl -qw {forwarding}")

    def index(self, leg: str) -> int:
        return in_namespace(self.namespace, lambda: socket.if_nametoindex(leg))

    def send(self, frame: Packet, number: int = 1) -> None:
        """From machine one; as often as that."""

        def do() -> None:
            with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
                raw.bind(("eth0", 0))
                for _ in range(number):
                    raw.send(bytes(frame))

        in_namespace(self.machines["one"], do)

    def wanted(self, source: str, destination: str) -> Wanted:
        """What is told of a pair whose packets come from machine one."""
        mac = f"{ROUTER_MAC[:-1]}1"
        return Wanted(self.index("leg1"), self.index("leg2"), source, destination, ONE, mac)


@pytest.fixture(scope="module")
def router() -> Iterator[Router]:
    with machines() as made:
        yield Router(made)


@pytest.fixture(scope="module")
def object_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bpf_object.find_object(tmp_path_factory.mktemp("object"), "router")


@pytest.fixture
def counter(router: Router, object_file: Path) -> Iterator[FlowCounter]:
    """Begins from zero, at the first leg."""
    with contextlib.closing(start(router, object_file)) as made:
        yield made


def start(router: Router, object_file: Path) -> FlowCounter:
    """What a process does that starts."""

    def do() -> FlowCounter:
        made = FlowCounter(object_file, FIVE)
        made.attach("leg1")
        return made

    return in_namespace(router.namespace, do)


def ether(destination: str = f"{ROUTER_MAC[:-1]}1") -> Packet:
    return Ether(src=ONE, dst=destination)


def ip(**more: str | int) -> Packet:
    fields: dict[str, str | int] = {"src": "10.1.0.1", "dst": "10.2.0.1", **more}
    return IP(**fields)  # type: ignore[arg-type]  # fields of IPv4


def ip6(**more: str | int) -> Packet:
    fields: dict[str, str | int] = {"src": "fd00:1::1", "dst": "fd00:2::1", **more}
    return IPv6(**fields)  # type: ignore[arg-type]  # fields of IPv6


PAIR, PAIR6 = ("10.1.0.1", "10.2.0.1"), ("fd00:1::1", "fd00:2::1")
COUNTED = {
    "TCP": (ether() / ip() / TCP(dport=80, flags="S"), PAIR),
    "UDP": (ether() / ip() / UDP(dport=7) / Raw(b"x"), PAIR),
    "ICMP": (ether() / ip() / ICMP(), PAIR),
    "a fragment": (ether() / ip(frag=9, proto=17) / Raw(bytes(64)), PAIR),
    "UDP over IPv6": (ether() / ip6() / UDP(dport=7), PAIR6),
    "ICMP over IPv6": (ether() / ip6() / ICMPv6EchoRequest(), PAIR6),
    "nobody is known to be there": (ether() / ip(dst="10.2.0.77") / UDP(dport=7), ("10.1.0.1", "10.2.0.77")),
}
NOT_COUNTED = {
    "to the router itself": ether() / ip(dst="10.1.0.254") / ICMP(),
    "to its other leg": ether() / ip(dst="10.2.0.254") / ICMP(),
    "to the router itself over IPv6": ether() / ip6(dst="fd00:2::254") / ICMPv6EchoRequest(),
    "to nowhere": ether() / ip(dst="192.0.2.1") / UDP(dport=7),
    "to a group": ether("01:00:5e:00:00:05") / ip(dst="224.0.0.5") / UDP(dport=7),
    "to everybody": ether("ff:ff:ff:ff:ff:ff") / ip(dst="10.1.0.255") / UDP(dport=7),
    "to everybody's MAC": ether("ff:ff:ff:ff:ff:ff") / ip() / UDP(dport=7),
    "to another MAC": ether("fa:00:00:00:00:77") / ip() / UDP(dport=7),
    "signalling": ether() / ip(proto=253) / Raw(b"ZSNP"),
    "signalling over IPv6": ether() / ip6() / IPv6ExtHdrDestOpt(nh=253) / Raw(b"ZSNP"),
    "no IP": Ether(src=ONE, dst=f"{ROUTER_MAC[:-1]}1", type=0x88B5) / Raw(bytes(46)),
}


@pytest.mark.parametrize("what", COUNTED)
def test_a_pair_is_told_once(router: Router, counter: FlowCounter, what: str) -> None:
    frame, pair = COUNTED[what]
    router.send(frame, 4)
    assert not _readable(counter)
    router.send(frame)
    assert _readable(counter)
    assert counter.read() == [router.wanted(*pair)]
    assert not _readable(counter)
    router.send(frame, 20)
    assert counter.read() == []


@pytest.mark.parametrize("what", NOT_COUNTED)
def test_what_the_router_does_not_forward_is_not_told(router: Router, counter: FlowCounter, what: str) -> None:
    counter.set(replace(FIVE, packets=1))
    router.send(NOT_COUNTED[what], 10)
    router.send(COUNTED["UDP"][0])
    # Those with the pair's addresses have not used up its window.
    assert counter.read() == [router.wanted(*PAIR)]


def test_every_window_tells_it_anew(router: Router, counter: FlowCounter) -> None:
    counter.set(Threshold(packets=1, bytes=1 << 40, window=1))
    for _ in range(3):
        router.send(COUNTED["UDP"][0])
        assert counter.read() == [router.wanted(*PAIR)]
        time.sleep(TICK)


def test_a_window_forgets_what_came_before_it(router: Router, counter: FlowCounter) -> None:
    counter.set(replace(FIVE, window=1))
    for _ in range(8):
        router.send(COUNTED["UDP"][0])
        time.sleep(TICK)
    assert counter.read() == []


def test_many_bytes_tell_it_too(router: Router, counter: FlowCounter) -> None:
    frame = ether() / ip() / UDP(dport=7) / Raw(bytes(958))
    assert len(frame) == 1000
    counter.set(Threshold(packets=1 << 40, bytes=3000, window=A_DAY))
    router.send(frame, 2)
    assert counter.read() == []
    router.send(frame)
    assert counter.read() == [router.wanted(*PAIR)]


def test_each_pair_counts_for_itself(router: Router, counter: FlowCounter) -> None:
    others = [ether() / ip(src=f"10.1.0.{n}") / UDP(dport=7) for n in range(2, 50)]
    for frame in others:
        router.send(frame, 4)
    assert counter.read() == []
    for frame in others:
        router.send(frame)
    assert counter.read() == [router.wanted(f"10.1.0.{n}", "10.2.0.1") for n in range(2, 50)]


def test_both_directions_and_the_packets_pass(router: Router, counter: FlowCounter) -> None:
    in_namespace(router.namespace, lambda: counter.attach("leg2"))
    command = f"ip netns exec {router.machines['one']} ping -c 6 -i 0.02 -W 1 -q 10.2.0.1"
    assert " 0% packet loss" in sh(command)
    back = Wanted(router.index("leg2"), router.index("leg1"), "10.2.0.1", "10.1.0.1", TWO, f"{ROUTER_MAC[:-1]}2")
    assert counter.read() == [router.wanted(*PAIR), back]


def test_what_was_merged_counts_as_it_was_sent(router: Router, counter: FlowCounter) -> None:
    """TCP comes in frames of many segments."""
    counter.set(replace(FIVE, packets=1000))
    size = 2000 * 1448
    listener = in_namespace(router.machines["two"], lambda: socket.create_server(("10.2.0.1", 5001)))
    with listener, in_namespace(router.machines["one"], lambda: socket.create_connection(("10.2.0.1", 5001))) as made:
        receiver, _ = listener.accept()
        with receiver:
            receiver.setblocking(False)
            left, got = memoryview(bytes(size)), 0
            made.setblocking(False)
            while got < size:
                readable, writable, _ = select.select([receiver], [made] if left else [], [], 3)
                assert readable or writable
                if writable:
                    left = left[made.send(left) :]
                if readable:
                    got += len(receiver.recv(1 << 20))
    assert router.wanted(*PAIR) in counter.read()


def test_a_new_process_takes_the_place_of_the_old_one(router: Router, object_file: Path) -> None:
    with contextlib.closing(start(router, object_file)):
        router.send(COUNTED["UDP"][0], 4)
    router.send(COUNTED["UDP"][0], 4)  # the program goes on without it
    with contextlib.closing(start(router, object_file)) as again:
        assert sh(f"tc -n {router.namespace} filter show dev leg1 ingress").count("direct-action") == 1
        router.send(COUNTED["UDP"][0], 4)
        assert again.read() == []
        router.send(COUNTED["UDP"][0])
        assert again.read() == [router.wanted(*PAIR)]


def test_a_leg_that_is_detached_counts_no_more(router: Router, counter: FlowCounter) -> None:
    counter.set(replace(FIVE, packets=1))
    for _ in range(2):  # absent is fine
        in_namespace(router.namespace, lambda: counter.detach("leg1"))
    router.send(COUNTED["UDP"][0], 5)
    assert counter.read() == []
    in_namespace(router.namespace, lambda: counter.detach("leg7"))
    with pytest.raises(OSError, match="no interface"):
        in_namespace(router.namespace, lambda: counter.attach("leg7"))


def test_a_full_ring_waits_for_the_next_window(router: Router, counter: FlowCounter) -> None:
    counter.set(Threshold(packets=1, bytes=1 << 40, window=A_DAY))
    pairs = 1200
    for n in range(pairs):
        router.send(ether() / ip(src=f"10.1.{100 + n // 250}.{n % 250 + 1}") / UDP(dport=7))
    told = counter.read()
    assert 1000 < len(told) < pairs
    counter.set(Threshold(packets=1, bytes=1 << 40, window=1))
    router.send(ether() / ip(src="10.1.104.200") / UDP(dport=7))
    assert counter.read() == [router.wanted("10.1.104.200", "10.2.0.1")]


def test_an_object_of_another_version_is_refused(
    router: Router, object_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records.WANTED, "_formats", {"ifindex": "I"})
    with pytest.raises(BpfError, match="not of this agent's version: struct wanted is"):
        in_namespace(router.namespace, lambda: FlowCounter(object_file, FIVE))


def _readable(counter: FlowCounter) -> bool:
    return bool(select.select([counter.fileno()], [], [], 0)[0])
