"""Which packets take a shortcut, and what becomes of them: the program at a port, and the model."""

import os
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Packet as Frame
from scapy.packet import Raw

from landbridge.core.shortcut import ETHERNET_BYTES, SIGNALLING, Packet, Shortcut, ShortcutKey, shortcut_applies
from landbridge.drivers.clocks import boot_clock
from landbridge.model.drops import DropReason
from landbridge.model.node import VxlanNetwork
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host
from tests.unit.core.shortcuts import MTU, ROUTER_MAC, mostly, packets, some_shortcut

pytestmark = pytest.mark.netns

DESTINATION_OPTIONS = 60
EXAMPLES = int(os.environ.get("LANDBRIDGE_TEST_EXAMPLES", "300"))
A_DAY = 24 * 3600 * 10**9
OTHER_NET = 2
"""The number of a VM in another network."""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """VM 1 may send from any address; its network's signalling is listened to."""
    with lab.hosts(tmp_path_factory.mktemp("rule"), 1) as [made]:
        _, network = lab.network(made)
        assert isinstance(network, VxlanNetwork)
        second = replace(network, l2_uuid="2" * 32, net_id=lab.NET_ID + 1, vni=lab.VNI + 1)
        networks = (lab.network(made), (f"l2/{second.l2_uuid}", second))
        other = ports.change(OTHER_NET, guarded=False, l2_uuid=second.l2_uuid, net_id=second.net_id)
        vms = [*lab.machine(1), ports.change(1, guarded=False), *lab.machine(OTHER_NET), other]
        assert made.give(*networks, *vms).failed == {}
        made.hooks.signals.listen([lab.NET_ID])
        yield made


@pytest.fixture(autouse=True)
def empty(host: Host) -> None:
    """Each test begins without shortcuts."""
    host.hooks.shortcuts.delete(host.hooks.shortcuts.read())


def put(host: Host, family: int = 4, **values: Any) -> tuple[ShortcutKey, Shortcut]:
    """Put the shortcut of the tests in force."""
    usual = {"ifindex": ports.index(host, OTHER_NET), "expires": boot_clock() + A_DAY}
    key, shortcut = some_shortcut(family, **(usual | values))
    host.hooks.shortcuts.put({key: shortcut})
    return key, shortcut


def shortened(frame: Frame, shortcut: Shortcut) -> bytes:
    """The frame as a router would send it to the shortcut's end."""
    made = Ether(bytes(frame))
    made.src, made.dst = shortcut.source_mac, shortcut.destination_mac
    if IP in made:
        made[IP].ttl -= 1
        del made[IP].chksum
    else:
        made[IPv6].hlim -= 1
    return bytes(made)


def takes(host: Host, frame: Frame, *, segment: int = 0) -> bool:
    """Whether VM 1's frame takes the shortcut; one that does not is not changed."""
    result = ports.run(host, 1, frame, egress=True, segment=segment)
    assert result.verdict in (ports.OK, ports.REDIRECT)
    if result.verdict == ports.OK:
        assert result.frame == bytes(frame)
    return result.verdict == ports.REDIRECT


# ---- one condition after the other ---------------------------------------------------------


def ether(**more: Any) -> Frame:
    return Ether(**{"src": lab.mac(1), "dst": ROUTER_MAC, **more})


def ip(**more: Any) -> Frame:
    return IP(**{"src": "10.9.0.1", "dst": "10.77.0.1", **more})


def ip6(**more: Any) -> Frame:
    return IPv6(**{"src": "fd00:9::1", "dst": "fd00:77::1", **more})


UDP_PACKET = UDP(sport=1, dport=2) / Raw(b"payload")
TO_SIZE = MTU - 28

TAKEN: dict[str, Frame] = {
    "UDP": ether() / ip() / UDP_PACKET,
    "TCP": ether() / ip() / TCP(flags="S"),
    "ICMP": ether() / ip() / ICMP(),
    "a protocol without ports": ether() / ip(proto=47) / Raw(bytes(8)),
    "nothing behind the header": ether() / ip(proto=47),
    "may not be cut": ether() / ip(flags="DF") / UDP_PACKET,
    "the last hop but one": ether() / ip(ttl=2) / UDP_PACKET,
    "the largest": ether() / ip() / UDP() / Raw(bytes(TO_SIZE)),
    "a checksum of zero, as it was": ether() / ip(chksum=0) / UDP_PACKET,
    "IPv6": ether() / ip6() / UDP_PACKET,
    "IPv6, the last hop but one": ether() / ip6(hlim=2) / UDP_PACKET,
    "the largest over IPv6": ether() / ip6() / UDP() / Raw(bytes(TO_SIZE - 20)),
}
MISSED: dict[str, Frame] = {
    "the last hop": ether() / ip(ttl=1) / UDP_PACKET,
    "no hop": ether() / ip(ttl=0) / UDP_PACKET,
    "options": ether() / ip(options=[IPOption_NOP()] * 4) / UDP_PACKET,
    "a first fragment": ether() / ip(flags="MF") / UDP_PACKET,
    "too large": ether() / ip() / UDP() / Raw(bytes(TO_SIZE + 1)),
    "another source": ether() / ip(src="10.9.16.0") / UDP_PACKET,
    "no source": ether() / ip(src="0.0.0.0") / UDP_PACKET,
    "another destination": ether() / ip(dst="10.77.0.2") / UDP_PACKET,
    "another router": ether(dst="0e:52:00:00:00:0b") / ip() / UDP_PACKET,
    "no vrouter": ether(dst=lab.mac(2)) / ip() / UDP_PACKET,
    "everybody's MAC": ether(dst="ff:ff:ff:ff:ff:ff") / ip() / UDP_PACKET,
    "the last hop of IPv6": ether() / ip6(hlim=1) / UDP_PACKET,
    "an extension header": ether() / ip6() / IPv6ExtHdrDestOpt() / UDP_PACKET,
    "a header for every hop": ether() / ip6() / IPv6ExtHdrHopByHop() / UDP_PACKET,
    "a fragment header": ether() / ip6() / IPv6ExtHdrFragment(m=0, offset=0) / UDP_PACKET,
    "a first fragment over IPv6": ether() / ip6() / IPv6ExtHdrFragment(m=1, offset=0) / UDP_PACKET,
    "a later fragment over IPv6": ether() / ip6() / IPv6ExtHdrFragment(m=0, offset=9) / UDP_PACKET,
    "too large over IPv6": ether() / ip6() / UDP() / Raw(bytes(TO_SIZE - 19)),
    "another source of IPv6": ether() / ip6(src="fd00:9:0:1000::") / UDP_PACKET,
    "ARP": ether() / ARP(hwsrc=lab.mac(1), psrc="10.9.0.1", pdst="10.77.0.1"),
}


@pytest.mark.parametrize("what", TAKEN)
def test_taken(host: Host, what: str) -> None:
    """With the MACs and the hop limit of a router, right checksums, and counted once."""
    shortcuts = {family: put(host, family) for family in (4, 6)}
    frame = TAKEN[what]
    key, shortcut = shortcuts[4 if IP in frame else 6]
    result = ports.run(host, 1, frame, egress=True)
    assert result.verdict == ports.REDIRECT
    assert result.frame[:14] == shortened(frame, shortcut)[:14]
    counts = host.hooks.shortcuts.traffic()
    assert [(count.packets, count.bytes) for k, count in counts.items() if k == key] == [(1, len(bytes(frame)))]
    assert sum(count.packets for count in counts.values()) == 1
    if what != "a checksum of zero, as it was":
        assert result.frame == shortened(frame, shortcut)


@pytest.mark.parametrize("what", MISSED)
def test_missed(host: Host, what: str) -> None:
    for family in (4, 6):
        # As if it were meant for such frames, too.
        key, shortcut = put(host, family)
        mac, destination = bytes(MISSED[what])[:6].hex(":"), key.destination
        if what in ("everybody's MAC", "no vrouter"):
            host.hooks.shortcuts.put({ShortcutKey(key.net_id, mac, destination): shortcut})
    assert not takes(host, MISSED[what])
    assert {count.packets for count in host.hooks.shortcuts.traffic().values()} == {0}


def test_a_later_fragment_is_missed(host: Host) -> None:
    """One in the middle: nobody knows its ports, and the router is to see all of a packet or nothing."""
    put(host)
    assert not takes(host, ether() / ip(flags="MF", frag=9) / Raw(bytes(64)))
    assert not takes(host, ether() / ip(frag=9) / Raw(bytes(64)))


def test_an_expired_one_is_missed(host: Host) -> None:
    put(host, expires=boot_clock())
    assert not takes(host, TAKEN["UDP"])


def test_one_of_another_network_is_missed(host: Host) -> None:
    put(host)
    assert ports.run(host, OTHER_NET, TAKEN["UDP"], egress=True).verdict == ports.OK


def test_a_router_takes_none(host: Host) -> None:
    """Its port may stand in the network, and send to another router there."""
    put(host)
    assert host.give(ports.change(1, guarded=False, role="router")).failed == {}
    try:
        assert not takes(host, TAKEN["UDP"])
    finally:
        assert host.give(ports.change(1, guarded=False)).failed == {}


@pytest.mark.parametrize("options", [0, 12])
def test_tcp_that_the_kernel_is_yet_to_cut(host: Host, options: int) -> None:
    """A frame of many segments: each of them must be small enough."""
    put(host)
    segment = MTU - 40 - options
    frame = ether() / ip() / TCP(options=[("NOP", None)] * options) / Raw(bytes(2 * segment))
    assert not takes(host, frame)
    assert takes(host, frame, segment=segment)
    assert not takes(host, frame, segment=segment + 1)


@settings(max_examples=EXAMPLES)
@given(st.integers(2, 255), st.integers(0, 0xFFFF), st.integers(0, 0xFF))
def test_the_checksum_is_right_whatever_it_was(host: Host, ttl: int, identity: int, tos: int) -> None:
    _, shortcut = put(host)
    frame = ether() / ip(ttl=ttl, id=identity, tos=tos) / UDP_PACKET
    assert ports.run(host, 1, frame, egress=True).frame == shortened(frame, shortcut)


@pytest.mark.parametrize(
    ("before", "after"), [(0xFDFF, 0xFEFF), (0xFEFE, 0xFFFE), (0xFEFF, 0), (0xFF00, 1), (0, 0x100)]
)
def test_the_checksum_carries_over(host: Host, before: int, after: int) -> None:
    """Ones' complement sums at the edge of 16 bits (RFC 1624); the identification makes the sum what it has to be."""
    _, shortcut = put(host)
    others = int.from_bytes(bytes(ip(id=0) / UDP_PACKET)[10:12], "big")
    frame = ether() / ip(id=(others - before) % 0xFFFF) / UDP_PACKET
    assert bytes(frame)[24:26] == before.to_bytes(2, "big")
    result = ports.run(host, 1, frame, egress=True).frame
    assert result[24:26] == after.to_bytes(2, "big")
    assert result == shortened(frame, shortcut)


# ---- all of them, against the model --------------------------------------------------------


def frame_of(packet: Packet) -> Frame:
    """A frame of such a packet that VM 1 sends; not plain: with options, or a fragment."""
    if ":" in packet.source:
        base = ip6(
            src=packet.source,
            dst=packet.destination,
            hlim=packet.hop_limit,
            nh=packet.protocol if packet.plain else DESTINATION_OPTIONS,
        )
        if not packet.plain:
            base /= IPv6ExtHdrDestOpt(nh=packet.protocol)
    else:
        base = ip(src=packet.source, dst=packet.destination, ttl=packet.hop_limit, proto=packet.protocol)
        if not packet.plain:
            base.options = [IPOption_NOP()] * 4
    header = Ether(src=lab.mac(1), dst=packet.destination_mac) / base
    # A TCP header of 20 bytes, for whoever reads on.
    body = bytes(12) + b"\x50" + bytes(packet.length)
    return header / Raw(body[: packet.length + ETHERNET_BYTES - len(header)])


@settings(max_examples=2 * EXAMPLES)
@given(packets(), mostly(A_DAY, -1))
def test_the_kernel_decides_as_the_model_does(host: Host, packet: Packet, left: int) -> None:
    now = boot_clock()
    entries = [put(host, family, expires=now + left) for family in (4, 6)]
    key, shortcut = entries[":" in packet.destination]
    number = 1 if packet.net_id == key.net_id else OTHER_NET
    frame = frame_of(packet)
    result: list[Any] = []
    dropped = ports.dropped_by(host, number, lambda: result.append(ports.run(host, number, frame, egress=True)))
    [run] = result
    if packet.protocol == SIGNALLING:
        assert (run.verdict, dropped) == (ports.SHOT, {(DropReason.SIGNALLING, 0): 1})
        assert not shortcut_applies(key, shortcut, packet, now)
    elif shortcut_applies(key, shortcut, packet, now):
        assert (run.verdict, run.frame) == (ports.REDIRECT, shortened(frame, shortcut))
    else:
        assert (run.verdict, run.frame) == (ports.OK, bytes(frame))


# ---- what a machine is shown ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("0e:5c:00:00:00:01", ROUTER_MAC),
        ("0e:5c:ff:ff:ff:ff", ROUTER_MAC),
        ("0e:52:00:00:00:77", "0e:52:00:00:00:77"),
        ("0e:5d:00:00:00:01", ROUTER_MAC),
        ("0e:5e:00:00:00:01", "0e:5e:00:00:00:01"),
        ("fa:5c:00:00:00:01", "fa:5c:00:00:00:01"),
    ],
)
def test_the_mac_of_a_host_becomes_the_routers(host: Host, source: str, shown: str) -> None:
    host.hooks.shortcuts.put_routers({lab.NET_ID: ROUTER_MAC, lab.NET_ID + 1: "0e:52:00:00:00:99"})
    for inner in (ip(dst="10.9.0.1"), ip6(dst="fd00:9::1")):
        frame = Ether(src=source, dst=lab.mac(1)) / inner / UDP_PACKET
        result = ports.run(host, 1, frame, egress=False)
        assert result.verdict == ports.OK
        assert result.frame == bytes(frame)[:6] + bytes.fromhex(shown.replace(":", "")) + bytes(frame)[12:]


def test_a_router_is_shown_what_there_is(host: Host) -> None:
    host.hooks.shortcuts.put_routers({lab.NET_ID: ROUTER_MAC})
    frame = Ether(src="0e:5c:00:00:00:01", dst=lab.mac(1)) / ip() / UDP_PACKET
    assert host.give(ports.change(1, guarded=False, role="router")).failed == {}
    try:
        assert ports.run(host, 1, frame, egress=False).frame == bytes(frame)
    finally:
        assert host.give(ports.change(1, guarded=False)).failed == {}


def test_signalling_passes_a_router_both_ways(host: Host) -> None:
    sent = ether() / ip(proto=SIGNALLING) / Raw(b"ZSNP")
    received = Ether(src=ROUTER_MAC, dst=lab.mac(1)) / ip6(nh=SIGNALLING) / Raw(b"ZSNP")
    assert host.give(ports.change(1, guarded=False, role="router")).failed == {}
    try:
        assert ports.passes(host, 1, sent, egress=True)
        assert ports.passes(host, 1, received, egress=False)
        assert host.hooks.signals.read() == []
    finally:
        assert host.give(ports.change(1, guarded=False)).failed == {}
    told = {(DropReason.SIGNALLING, 0): 1}
    assert ports.dropped_by(host, 1, partial(ports.passes, host, 1, sent, egress=True)) == told
    assert ports.dropped_by(host, 1, partial(ports.passes, host, 1, received, egress=False)) == {}
    [signal] = host.hooks.signals.read()
    assert (signal.port, signal.frame) == (ports.index(host, 1), bytes(received))


def test_signalling_for_another_machine_is_not_handed_over(host: Host) -> None:
    """The port is guarded: what is flooded to it is not its own."""
    assert host.give(ports.change(1)).failed == {}
    try:
        frame = Ether(src=ROUTER_MAC, dst="fa:00:00:00:00:77") / ip(proto=SIGNALLING) / Raw(b"ZSNP")
        dropped = ports.dropped_by(host, 1, partial(ports.passes, host, 1, frame, egress=False))
        assert dropped == {(DropReason.OTHER_MAC, 0): 1}
        assert host.hooks.signals.read() == []
    finally:
        assert host.give(ports.change(1, guarded=False)).failed == {}
