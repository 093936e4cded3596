"""Shortcuts past a router with real traffic: what arrives is what the router would have sent, and nothing is lost."""

import select
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from landbridge.core.shortcut import ETHERNET_BYTES
from landbridge.drivers import enter
from landbridge.drivers.clocks import boot_clock
from landbridge.lab.probe import Probe, Stream
from landbridge.model.drops import DropReason
from landbridge.model.node import Filter, SecurityGroup
from landbridge.render import net
from tests.netns import agent_hosts as lab
from tests.netns import ports, routed
from tests.netns.agent_hosts import Host
from tests.netns.routed import HOST_MAC, ROUTER, A, B, World
from tests.support.sockets import connect, connects, echo, refused, talks, udp_socket
from tests.unit.render.objects import rule

pytestmark = pytest.mark.netns

GROUP = "a" * 32
NOBODY = 77
"""No VM has this number."""
SIGNALLING = 253
SHARE = 2000
"""SIGNAL_MOST in bpf/lib/shortcut_maps.h."""
UDP_SEGMENT = 103
"""linux/udp.h; Python does not name it."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Both hosts know the router's MAC in B.  VM 3 lets in TCP to port 80, ping and UDP."""
    rules = (rule(1, ports=((80, 80),)), rule(2, protocol="ICMP"), rule(3, protocol="UDP"))
    six = tuple(rule(3 + number, protocol=protocol, family=6) for number, protocol in enumerate(("ICMP", "UDP"), 1))
    with routed.world(
        tmp_path_factory.mktemp("shortcuts"),
        (f"group/{GROUP}", SecurityGroup(uuid=GROUP, number=1, rules=rules + six)),
        filter=Filter(groups=(GROUP,), ingress="DROP", egress="ACCEPT"),
    ) as made:
        yield made


@pytest.fixture(autouse=True)
def central(world: World) -> None:
    """Each test begins without shortcuts, and with nothing to read."""
    shortcuts = world.one.hooks.shortcuts
    shortcuts.delete(shortcuts.read())
    for host in (world.one, world.two):
        host.hooks.shortcuts.put_routers({B.net_id: B.router_mac})
        host.hooks.signals.listen({A.net_id, B.net_id})
        host.hooks.signals.read()


def frame(target: int, transport: Packet, family: int = 4, **ip: Any) -> Packet:
    """What VM 1 sends to its router for another VM."""
    ether = Ether(src=lab.mac(1), dst=A.router_mac)
    fields: dict[str, Any] = {"src": routed.ip(1, family), "dst": routed.ip(target, family), **ip}
    return ether / (IP(**fields) if family == 4 else IPv6(**fields)) / transport


TRANSPORTS = {
    "UDP": (4, UDP(sport=7, dport=9) / Raw(b"payload")),
    "an empty datagram": (4, UDP(sport=7, dport=9)),
    "TCP": (4, TCP(sport=7, dport=80, flags="S")),
    "ICMP": (4, ICMP() / Raw(b"ping")),
    "UDP over IPv6": (6, UDP(sport=7, dport=9) / Raw(b"payload")),
    "ICMP over IPv6": (6, ICMPv6EchoRequest(data=b"ping")),
}


@pytest.mark.parametrize("target", [2, 3], ids=["another host", "the same host"])
@pytest.mark.parametrize("what", TRANSPORTS)
def test_the_receiver_sees_what_the_router_would_have_sent(world: World, what: str, target: int) -> None:
    """The same frame, byte for byte: MACs, hop limit, checksums."""
    family, transport = TRANSPORTS[what]
    hops = {"ttl": 33, "id": 4711, "flags": "DF", "tos": 0x2B} if family == 4 else {"hlim": 33, "fl": 0x12345}
    sent = frame(target, transport, family, **hops)
    protocol = bytes(sent)[23] if family == 4 else bytes(sent)[20]

    def send() -> None:
        ports.send(world.one, 1, sent)

    [routed_frame] = world.arriving(target, protocol, send)
    world.put(target, family)
    short: list[bytes] = []
    assert world.shortened(lambda: short.extend(world.arriving(target, protocol, send))).packets == 1
    assert short == [routed_frame]
    assert Ether(short[0]).src == B.router_mac
    assert Ether(short[0])[IP if family == 4 else IPv6].getfieldval("ttl" if family == 4 else "hlim") == 32


@pytest.mark.parametrize("target", [2, 3], ids=["another host", "the same host"])
def test_the_router_sees_nothing_of_a_shortcut(world: World, target: int) -> None:
    """Only what has no shortcut comes by it."""

    def send() -> None:
        for destination in (target, target, NOBODY):
            ports.send(world.one, 1, frame(destination, UDP(sport=7, dport=9)))

    def seen(expected: int) -> list[str]:
        return [Ether(got)[IP].dst for got in world.arriving(ROUTER, socket.IPPROTO_UDP, send, expected)]

    assert seen(3) == [routed.ip(target), routed.ip(target), routed.ip(NOBODY)]
    world.put(target)
    assert seen(1) == [routed.ip(NOBODY)]


def test_an_expired_one_leaves_the_packets_to_the_router(world: World) -> None:
    """A dead agent leaves nothing behind."""
    world.put(2, expires=boot_clock())
    assert world.shortened(lambda: lab.ping(world.namespace(1), routed.ip(2))).packets == 0
    assert lab.ping(world.namespace(1), routed.ip(2))


def test_where_the_router_is_not_known_frames_pass_and_are_counted(world: World) -> None:
    world.two.hooks.shortcuts.delete_routers([B.net_id])
    world.put(2)
    sent = frame(2, UDP(sport=7, dport=9))
    [got] = world.arriving(2, socket.IPPROTO_UDP, lambda: ports.send(world.one, 1, sent))
    assert Ether(got).src == HOST_MAC
    assert world.two.hooks.shortcuts.unrestored() == {B.net_id: 1}
    world.two.hooks.shortcuts.put_routers({B.net_id: "0e:52:00:00:00:ff"})
    [got] = world.arriving(2, socket.IPPROTO_UDP, lambda: ports.send(world.one, 1, sent))
    assert Ether(got).src == "0e:52:00:00:00:ff"
    assert world.two.hooks.shortcuts.routers() == {B.net_id: "0e:52:00:00:00:ff"}
    assert world.two.hooks.shortcuts.unrestored() == {B.net_id: 1}


def test_nothing_is_lost_while_shortcuts_come_and_go(world: World) -> None:
    """Put, replaced and deleted under a probe of 1,000 packets per second each way, and a connection."""
    one = world.namespace(1)
    streams = [
        Stream(str(target), udp_socket(one, 0), udp_socket(world.namespace(target), 7), (routed.ip(target), 7))
        for target in (2, 3)
    ]
    with echo(world.namespace(2), 80), echo(world.namespace(3), 80):
        connections = [connect(one, routed.ip(target), 80) for target in (2, 3)]
        probe = Probe(streams)
        short, toggles, until = 0, 0, time.monotonic() + 2
        while time.monotonic() < until or toggles < 50:
            keys = [world.put(target) for target in (2, 3)]
            assert all(map(talks, connections))
            for target in (2, 3):
                world.put(target)
            assert all(map(talks, connections))
            short += sum(count.packets for count in world.one.hooks.shortcuts.traffic().values())
            world.one.hooks.shortcuts.delete(keys)
            assert all(map(talks, connections))
            toggles += 1
        for made in connections:
            made.close()
    for result in probe.stop():
        assert result.lost == []
        assert result.repeated == 0
        assert 0 < short < sum(stream._sent for stream in streams) + 100 * toggles


def test_a_bulk_transfer_in_segments_yet_to_be_cut(world: World) -> None:
    """TCP hands frames of up to 64 KiB to the port."""
    world.put(2)
    count = world.shortened(lambda: _bulk(world))
    assert count.bytes > _BULK
    assert count.bytes / count.packets > 2 * lab.MTU


def test_segments_that_would_be_too_long_go_to_the_router(world: World) -> None:
    """The path is narrower than the machine's network.  The stream's odd ends are small enough."""
    mtu = lab.MTU - 1
    world.put(2, mtu=mtu)
    count = world.shortened(lambda: _bulk(world))
    assert count.bytes <= count.packets * (mtu + ETHERNET_BYTES)
    assert count.bytes < _BULK / 2


@pytest.mark.parametrize(("room", "short"), [(0, True), (-1, False)])
def test_datagrams_yet_to_be_cut(world: World, room: int, short: bool) -> None:
    """QUIC sends so: ten datagrams of one size in one frame."""
    size, number = 1200, 10
    world.put(2, mtu=size + 28 + room)
    with (
        enter.in_namespace(world.namespace(1), lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender,
        udp_socket(world.namespace(2), 4433) as receiver,
    ):
        sender.setsockopt(socket.SOL_UDP, UDP_SEGMENT, size)
        receiver.settimeout(routed.PATIENCE)
        count = world.shortened(lambda: sender.sendto(bytes(size * number), (routed.ip(2), 4433)))
        # The end of a connection of another test is no such frame.
        assert (count.bytes > size) is short
        assert [len(receiver.recv(4096)) for _ in range(number)] == [size] * number


def test_security_groups_of_the_receiver_act_on_the_same_host(world: World) -> None:
    world.put(3)
    one, three = world.namespace(1), world.namespace(3)
    with echo(three, 80, 81):
        assert world.shortened(lambda: connects(one, routed.ip(3), 80)).packets > 3
        assert connects(one, routed.ip(3), 80)
        blocked = ports.dropped_by(world.one, 3, lambda: refused(one, routed.ip(3), 81))
    assert set(blocked) == {(DropReason.INGRESS, 0)}


# ---- signalling ----------------------------------------------------------------------------


def test_the_agent_gets_what_the_router_signals_to_a_machine(world: World) -> None:
    """The machine gets nothing, and it is no drop."""
    signals = world.one.hooks.signals
    assert not _readable(world.one)
    payload = b"ZSNP" + bytes(range(200))

    def send() -> None:
        with enter.in_namespace(
            world.namespace(ROUTER), lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, SIGNALLING)
        ) as raw:
            raw.sendto(payload, (routed.ip(1), 0))

    seen: list[bytes] = []
    assert ports.dropped_by(world.one, 1, lambda: seen.extend(world.arriving(1, SIGNALLING, send, 1))) == {}
    assert seen == []
    assert _readable(world.one)
    [signal] = signals.read()
    assert not _readable(world.one)
    got = Ether(signal.frame)
    assert (signal.port, signal.length) == (ports.index(world.one, 1), len(signal.frame))
    assert (got.src, got.dst, got[IP].src, got[IP].proto) == (A.router_mac, lab.mac(1), A.router_ip, SIGNALLING)
    assert bytes(got[IP].payload) == payload


def test_the_router_forwards_what_a_host_signals_in_a_machines_name(world: World) -> None:
    """What the host puts into the bridge goes through both legs; of a long frame the agent gets the beginning."""
    sent = frame(2, Raw(bytes(1400)), proto=SIGNALLING)

    def inject() -> None:
        with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as raw:
            raw.bind((net.bridge_name(A.net_id), 0))
            raw.send(bytes(sent))

    enter.in_namespace(world.one.netns, inject)
    assert select.select([world.two.hooks.signals.fileno()], [], [], routed.PATIENCE)[0]
    [signal] = world.two.hooks.signals.read()
    got = Ether(signal.frame)
    assert (signal.port, signal.length, len(signal.frame)) == (ports.index(world.two, 2), 1434, 576)
    assert (got.src, got[IP].src, got[IP].ttl) == (B.router_mac, routed.ip(1), 63)


def test_a_shortcut_does_not_carry_signalling(world: World) -> None:
    """A machine sends none, whatever shortcuts there are."""
    world.put(2)
    sent = frame(2, Raw(b"ZSNP"), proto=SIGNALLING)
    assert ports.dropped_by(world.one, 1, lambda: ports.send(world.one, 1, sent)) == {(DropReason.SIGNALLING, 0): 1}
    assert not _readable(world.one)


def to_vm(number: int, **ip: Any) -> Packet:
    """Signalling of the router."""
    here = A if number == 1 else B
    fields: dict[str, Any] = {"src": here.router_ip, "dst": routed.ip(number), "proto": SIGNALLING, **ip}
    return Ether(src=here.router_mac, dst=lab.mac(number)) / IP(**fields) / Raw(b"ZSNP")


def handed_over(world: World, number: int, *frames: Packet) -> int:
    """How many of the frames the agent gets; the others are drops, and no machine gets any."""
    verdicts: set[int] = set()
    drops = ports.dropped_by(
        world.one,
        number,
        lambda: verdicts.update(ports.run(world.one, number, f, egress=False).verdict for f in frames),
    )
    assert verdicts == {ports.SHOT}
    told = [signal for signal in world.one.hooks.signals.read() if signal.port == ports.index(world.one, number)]
    assert drops == ({(DropReason.SIGNALLING, 0): len(frames) - len(told)} if len(told) < len(frames) else {})
    return len(told)


def test_a_port_that_is_flooded_takes_no_others_room(world: World) -> None:
    """Each has its share of a second."""
    began = time.monotonic()
    assert SHARE <= handed_over(world, 1, *[to_vm(1)] * (SHARE + 500)) <= SHARE * (1 + int(time.monotonic() - began))
    assert handed_over(world, 3, *[to_vm(3)] * 500) == 500


@pytest.mark.parametrize(
    "frame",
    [to_vm(1, flags="MF"), to_vm(1, frag=5), Ether(dst="ff:ff:ff:ff:ff:ff", src=A.router_mac) / to_vm(1)[IP]],
    ids=["a first fragment", "a later fragment", "for everybody"],
)
def test_what_is_no_message_is_a_drop(world: World, frame: Packet) -> None:
    assert handed_over(world, 1, frame) == 0


def test_where_no_router_shortens_signalling_is_a_drop(world: World) -> None:
    """Machines of a physical network get packets from anywhere."""
    world.one.hooks.signals.listen({B.net_id})
    assert handed_over(world, 1, to_vm(1)) == 0
    assert handed_over(world, 3, to_vm(3)) == 1


_BULK = 20 << 20


def _bulk(world: World) -> None:
    """VM 1 sends to VM 2 over one connection."""
    listener = enter.in_namespace(world.namespace(2), lambda: socket.create_server((routed.ip(2), 5001)))
    with listener, connect(world.namespace(1), routed.ip(2), 5001) as sender:
        receiver, _ = listener.accept()
        sender.setblocking(False)
        sent = got = 0
        block = bytes(1 << 16)
        with receiver:
            while got < _BULK:
                readable, writable, _ = select.select(
                    [receiver], [sender] if sent < _BULK else [], [], routed.PATIENCE
                )
                assert readable or writable
                if writable:
                    sent += sender.send(block[: _BULK - sent])
                if readable:
                    got += len(receiver.recv(1 << 20))


def _readable(host: Host) -> bool:
    return bool(select.select([host.hooks.signals.fileno()], [], [], 0)[0])
