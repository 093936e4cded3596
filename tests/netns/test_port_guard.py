"""Anti-spoofing and guards at the ports, with real packets made by scapy."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from scapy.layers.dhcp6 import DHCP6_Advertise
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPOption_NOP
from scapy.layers.inet6 import (
    ICMPv6EchoRequest,
    ICMPv6MLReport2,
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6ND_Redirect,
    ICMPv6ND_RS,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
)
from scapy.layers.l2 import ARP, LLC, STP, Dot1AD, Dot1Q, Ether
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet, Raw

from landbridge.model.drops import DropReason
from landbridge.model.node import AddressPair
from landbridge.render.guard import link_local
from tests.netns import agent_hosts as lab
from tests.netns import ports
from tests.netns.agent_hosts import Host, sh

pytestmark = pytest.mark.netns

ONE, TWO = lab.mac(1), lab.mac(2)
IP_ONE, IP_TWO = "10.9.0.1", "10.9.0.2"
LL_ONE, LL_TWO = link_local(ONE), link_local(TWO)
OTHER = "fa:99:99:99:99:99"
EVERYBODY = "ff:ff:ff:ff:ff:ff"
ALL_NODES, SOLICITED = "ff02::1", "33:33:00:00:00:01"


def ether(destination: str = TWO, source: str = ONE, **more: Any) -> Packet:
    """The Ethernet header of a frame that VM 1 sends."""
    return Ether(src=source, dst=destination, **more)


def udp(source: int = 1000, destination: int = 2000) -> Packet:
    """A datagram."""
    return UDP(sport=source, dport=destination) / Raw(b"payload!")


def ip(**fields: Any) -> Packet:
    """IPv4 from VM 1 to VM 2."""
    return IP(**{"src": IP_ONE, "dst": IP_TWO, **fields})


def ip6(**fields: Any) -> Packet:
    """IPv6 from VM 1 to VM 2, link-local."""
    return IPv6(**{"src": LL_ONE, "dst": LL_TWO, **fields})


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """A host with VMs 1 and 2 in one network; VM 3 may send what it likes."""
    with lab.hosts(tmp_path_factory.mktemp("guard"), 1) as [made]:
        vms = [entry for number in (1, 2, 3) for entry in lab.machine(number)]
        assert made.give(lab.network(made), *vms, ports.change(3, guarded=False)).failed == {}
        lab.hush(made, 1, 2, 3)
        yield made


MANY_HEADERS = ip6()
for _ in range(7):
    MANY_HEADERS = MANY_HEADERS / IPv6ExtHdrDestOpt()

R = DropReason
DROPPED: dict[str, tuple[DropReason, Packet | bytes]] = {
    # guards that nobody can switch off
    "a DHCP request": (R.DHCP_REQUEST, ether(EVERYBODY) / IP(src="0.0.0.0", dst="255.255.255.255") / udp(68, 67)),
    "a DHCP request behind IP options": (R.DHCP_REQUEST, ether() / ip(options=[IPOption_NOP()] * 8) / udp(68, 67)),
    "a DHCP reply": (R.DHCP_REPLY, ether() / ip() / udp(67, 68)),
    "a DHCPv6 reply": (R.DHCP_REPLY, ether() / ip6() / UDP(sport=547, dport=546) / DHCP6_Advertise()),
    "signalling": (R.SIGNALLING, ether() / ip(proto=253) / Raw(b"anything")),
    "a later fragment of signalling": (R.SIGNALLING, ether() / ip(proto=253, frag=5) / Raw(b"anything")),
    "signalling over IPv6": (R.SIGNALLING, ether() / ip6(nh=253) / Raw(b"anything")),
    "signalling behind extension headers": (
        R.SIGNALLING,
        ether() / ip6() / IPv6ExtHdrHopByHop() / IPv6ExtHdrRouting() / IPv6ExtHdrDestOpt(nh=253) / Raw(b"anything"),
    ),
    "a later fragment of signalling over IPv6": (
        R.SIGNALLING,
        ether() / ip6() / IPv6ExtHdrFragment(nh=253, offset=8, id=7) / Raw(b"anything"),
    ),
    "more extension headers than anybody needs": (R.EXTENSION_HEADERS, ether() / MANY_HEADERS / udp()),
    "a tagged frame": (R.TAGGED, ether() / Dot1Q(vlan=5) / ip() / udp()),
    "a frame tagged twice": (R.TAGGED, Ether(src=ONE, dst=TWO) / Dot1AD(vlan=5) / Dot1Q(vlan=6) / ip() / udp()),
    "a header that is cut off": (R.MALFORMED, bytes(ether() / ip(proto=17))[:26]),
    "an impossible header length": (
        R.MALFORMED,
        ether(type=0x0800) / Raw(b"\x41" + bytes(ip() / udp())[1:]) / Raw(b""),
    ),
    "TCP flags in a second fragment": (R.MALFORMED, ether() / ip(frag=1, proto=6) / Raw(bytes(40))),
    "a first fragment without the TCP flags": (R.MALFORMED, ether() / ip(flags="MF", proto=6) / Raw(bytes(8))),
    # its own identity only
    "another's MAC": (R.SOURCE_MAC, ether(source=OTHER) / ip() / udp()),
    "another's address": (R.SOURCE_ADDRESS, ether() / ip(src=IP_TWO) / udp()),
    "no address": (R.SOURCE_ADDRESS, ether() / ip(src="0.0.0.0") / udp()),
    "another's address in a fragment": (R.SOURCE_ADDRESS, ether() / ip(src=IP_TWO, frag=5) / Raw(b"payload!")),
    "another's IPv6 address": (R.SOURCE_ADDRESS, ether() / ip6(src=LL_TWO) / udp()),
    "ARP for another's address": (R.ARP_IDENTITY, ether(EVERYBODY) / ARP(op=2, hwsrc=ONE, psrc=IP_TWO, pdst=IP_TWO)),
    "ARP for the gateway": (R.ARP_IDENTITY, ether(EVERYBODY) / ARP(op=2, hwsrc=ONE, psrc="10.9.0.254")),
    "ARP with another's MAC": (R.ARP_IDENTITY, ether(EVERYBODY) / ARP(hwsrc=OTHER, psrc=IP_ONE, pdst=IP_TWO)),
    "ARP in a frame with another's MAC": (
        R.ARP_IDENTITY,
        ether(EVERYBODY, OTHER) / ARP(hwsrc=OTHER, psrc=IP_ONE, pdst=IP_TWO),
    ),
    "ARP that is none": (R.MALFORMED, ether(EVERYBODY) / ARP(hwtype=6, hwsrc=ONE, psrc=IP_ONE)),
    "an advertisement of another's address": (
        R.ND_IDENTITY,
        ether(SOLICITED) / ip6(dst=ALL_NODES) / ICMPv6ND_NA(tgt=LL_TWO) / ICMPv6NDOptDstLLAddr(lladdr=ONE),
    ),
    "an advertisement with another's MAC": (
        R.ND_IDENTITY,
        ether(SOLICITED) / ip6(dst=ALL_NODES) / ICMPv6ND_NA(tgt=LL_ONE) / ICMPv6NDOptDstLLAddr(lladdr=OTHER),
    ),
    "a solicitation that claims another's address": (
        R.ND_IDENTITY,
        ether(SOLICITED) / ip6(src="::", dst="ff02::1:ff00:2") / ICMPv6ND_NS(tgt=LL_TWO),
    ),
    "a solicitation from another's address": (
        R.SOURCE_ADDRESS,
        ether(SOLICITED) / ip6(src=LL_TWO) / ICMPv6ND_NS(tgt=LL_ONE) / ICMPv6NDOptSrcLLAddr(lladdr=ONE),
    ),
    "neighbour discovery in a fragment": (
        R.MALFORMED,
        ether(SOLICITED) / ip6(dst=ALL_NODES) / IPv6ExtHdrFragment(offset=0, m=0) / ICMPv6ND_NA(tgt=LL_ONE),
    ),
    "a router advertisement": (R.ROUTER_ADVERTISEMENT, ether(SOLICITED) / ip6(dst=ALL_NODES) / ICMPv6ND_RA()),
    "a router advertisement behind headers": (
        R.ROUTER_ADVERTISEMENT,
        ether(SOLICITED) / ip6(dst=ALL_NODES) / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / ICMPv6ND_RA(),
    ),
    "a redirect": (R.ROUTER_ADVERTISEMENT, ether() / ip6() / ICMPv6ND_Redirect(tgt=LL_ONE, dst=LL_TWO)),
    "spanning tree": (R.OTHER_PROTOCOL, Ether(src=ONE, dst="01:80:c2:00:00:00", type=38) / LLC() / STP()),
    "an unknown protocol": (R.OTHER_PROTOCOL, ether(type=0x88B5) / Raw(bytes(46))),
}

PASSED: dict[str, Packet] = {
    "UDP": ether() / ip() / udp(),
    "TCP": ether() / ip() / TCP(dport=80),
    "ICMP": ether() / ip() / ICMP(),
    "IP options": ether() / ip(options=[IPOption_NOP()] * 8) / udp(),
    "ARP": ether(EVERYBODY) / ARP(hwsrc=ONE, psrc=IP_ONE, pdst=IP_TWO),
    "an ARP probe": ether(EVERYBODY) / ARP(hwsrc=ONE, psrc="0.0.0.0", pdst=IP_ONE),
    "a gratuitous ARP": ether(EVERYBODY) / ARP(hwsrc=ONE, psrc=IP_ONE, pdst=IP_ONE),
    "RARP": ether(EVERYBODY, type=0x8035) / ARP(op=3, hwsrc=ONE, hwdst=ONE),
    "a later fragment that looks like DHCP": ether() / ip(frag=9, proto=17) / Raw(bytes(udp(68, 67))),
    "IPv6": ether() / ip6() / udp(),
    "IPv6 with extension headers": ether() / ip6() / IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / udp(),
    "an echo over IPv6": ether() / ip6() / ICMPv6EchoRequest(),
    "its own advertisement": ether(SOLICITED)
    / ip6(dst=ALL_NODES)
    / ICMPv6ND_NA(tgt=LL_ONE)
    / ICMPv6NDOptDstLLAddr(lladdr=ONE),
    "a solicitation for a neighbour": ether(SOLICITED)
    / ip6(dst="ff02::1:ff00:2")
    / ICMPv6ND_NS(tgt=LL_TWO)
    / ICMPv6NDOptSrcLLAddr(lladdr=ONE),
    "a solicitation for its own address": ether(SOLICITED) / ip6(src="::", dst=ALL_NODES) / ICMPv6ND_NS(tgt=LL_ONE),
    "a router solicitation": ether(SOLICITED) / ip6(dst=ALL_NODES) / ICMPv6ND_RS(),
    "a listener report": ether(SOLICITED) / ip6(src="::", dst="ff02::16") / ICMPv6MLReport2(),
    "an overlay of its own": ether() / ip() / UDP(dport=8472) / VXLAN(vni=lab.VNI) / ether() / ip() / udp(),
}


@pytest.mark.parametrize("what", DROPPED)
def test_what_a_vm_must_not_send(host: Host, what: str) -> None:
    reason, frame = DROPPED[what]
    sent, received = ports.counters(host, 1).sent_packets, ports.counters(host, 2).received_packets
    total = host.hooks.drops()[reason]
    assert ports.dropped_by(host, 1, lambda: ports.send(host, 1, frame)) == {(reason, 0): 1}
    assert host.hooks.drops()[reason] == total + 1
    assert ports.counters(host, 1).sent_packets == sent
    assert ports.counters(host, 2).received_packets == received


@pytest.mark.parametrize("what", PASSED)
def test_what_passes_is_counted_on_both_sides(host: Host, what: str) -> None:
    one, two = ports.counters(host, 1), ports.counters(host, 2)
    frame = bytes(PASSED[what])
    ports.send(host, 1, frame)
    after_one, after_two = ports.counters(host, 1), ports.counters(host, 2)
    assert after_one.sent_packets == one.sent_packets + 1
    assert after_one.sent_bytes == one.sent_bytes + len(frame)
    assert after_two.received_packets == two.received_packets + 1
    assert after_two.received_bytes == two.received_bytes + len(frame)


UNGUARDED: dict[str, Packet] = {
    "another's address": Ether(src=lab.mac(3), dst=TWO) / IP(src="192.0.2.7", dst=IP_TWO) / udp(),
    "another's MAC": Ether(src=OTHER, dst=TWO) / IP(src=IP_ONE, dst=IP_TWO) / udp(),
    "ARP for another": Ether(src=OTHER, dst=EVERYBODY) / ARP(op=2, hwsrc=OTHER, psrc=IP_ONE, pdst=IP_TWO),
    "an unknown protocol": Ether(src=lab.mac(3), dst=TWO, type=0x88B5) / Raw(bytes(46)),
}


@pytest.mark.parametrize("what", UNGUARDED)
def test_a_port_without_guard_may_send_as_somebody_else(host: Host, what: str) -> None:
    assert ports.passes(host, 3, UNGUARDED[what], egress=True)


@pytest.mark.parametrize("reserved", ["0e:5c:00:00:00:01", "0e:dc:00:00:00:01", "0e:52:00:00:00:01"])
def test_nobody_sends_as_the_cloud_itself(host: Host, reserved: str) -> None:
    frame = Ether(src=reserved, dst=TWO) / IP(src=IP_ONE, dst=IP_TWO) / udp()
    assert ports.dropped_by(host, 3, lambda: ports.send(host, 3, frame)) == {(R.RESERVED_MAC, 0): 1}


@pytest.mark.parametrize("what", ["a DHCP reply", "signalling", "signalling over IPv6", "a tagged frame"])
def test_some_guards_stay_without_guard(host: Host, what: str) -> None:
    reason, frame = DROPPED[what]
    assert ports.dropped_by(host, 3, lambda: ports.send(host, 3, frame)) == {(reason, 0): 1}


def test_the_guard_is_switched_while_the_vm_runs(host: Host) -> None:
    frame = UNGUARDED["another's MAC"]
    assert host.give(ports.change(3)).failed == {}
    assert not ports.passes(host, 3, frame, egress=True)
    assert host.give(ports.change(3, guarded=False)).failed == {}
    assert ports.passes(host, 3, frame, egress=True)


VRRP_MAC, VRRP_IP = "00:00:5e:00:01:0a", "10.9.0.100"


def test_allowed_pairs(host: Host) -> None:
    """A virtual address with its virtual MAC, as keepalived has it; a whole network with its own MAC."""
    virtual = Ether(src=VRRP_MAC, dst=TWO) / IP(src=VRRP_IP, dst=IP_TWO) / udp()
    virtual_arp = Ether(src=VRRP_MAC, dst=EVERYBODY) / ARP(op=2, hwsrc=VRRP_MAC, psrc=VRRP_IP, pdst=VRRP_IP)
    mixed = ether() / IP(src=VRRP_IP, dst=IP_TWO) / udp()
    behind = ether() / IP(src="172.31.5.5", dst=IP_TWO) / udp()
    to_it = Ether(src=TWO, dst=VRRP_MAC) / IP(src=IP_TWO, dst=VRRP_IP) / udp()
    for frame in (virtual, virtual_arp, mixed, behind):
        assert not ports.passes(host, 1, frame, egress=True)
    assert not ports.passes(host, 1, to_it, egress=False)
    pairs = (AddressPair(ip=VRRP_IP, mac=VRRP_MAC), AddressPair(ip="172.31.0.0/16"), AddressPair(ip="fe80::/64"))
    assert host.give(ports.change(1, pairs=pairs)).failed == {}
    for frame in (virtual, virtual_arp, behind, ether() / ip6(src="fe80::1234") / udp()):
        assert ports.passes(host, 1, frame, egress=True)
    assert ports.passes(host, 1, to_it, egress=False)
    # Its own MAC may not have the virtual address: the pair names another.
    assert not ports.passes(host, 1, mixed, egress=True)
    assert host.give(ports.change(1)).failed == {}
    for frame in (virtual, virtual_arp, behind):
        assert not ports.passes(host, 1, frame, egress=True)


def test_a_frame_for_somebody_else_does_not_reach_the_vm(host: Host) -> None:
    """Even if the bridge floods it."""
    sh(f"bridge -n {host.netns} link set dev vnic2.0 flood on")
    received = ports.counters(host, 2).received_packets
    frame = ether(OTHER) / ip() / udp()
    assert ports.dropped_by(host, 2, lambda: ports.send(host, 1, frame)) == {(R.OTHER_MAC, 0): 1}
    assert ports.counters(host, 2).received_packets == received
    host.settle()
    assert "flood off" in sh(f"bridge -n {host.netns} -d link show dev vnic2.0")


def test_a_port_without_an_entry_passes_nothing(host: Host) -> None:
    received = ports.counters(host, 2).received_packets
    host.hooks._maps["ports"].delete(ports.index(host, 1).to_bytes(4, "little"))

    def both_ways() -> None:
        ports.send(host, 1, PASSED["UDP"])
        ports.send(host, 2, Ether(src=TWO, dst=ONE) / IP(src=IP_TWO, dst=IP_ONE) / udp())

    assert ports.dropped_by(host, 1, both_ways) == {(R.UNKNOWN_PORT, 0): 2}
    assert ports.counters(host, 2).received_packets == received
    host.step(reread=True)
    host.settle()
    lab.hush(host, 1)
    received = ports.counters(host, 2).received_packets
    ports.send(host, 1, PASSED["UDP"])
    assert ports.counters(host, 2).received_packets == received + 1


def test_programs_of_another_version_are_replaced_without_a_gap(
    host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new agent brings another object file: the filter is replaced, nothing is lost."""
    from landbridge.drivers import bpf_object

    held = sh(f"tc -n {host.netns} filter show dev vnic1.0 ingress")
    found: Callable[[Path], Path] = bpf_object.find_object

    def other(state_dir: Path) -> Path:
        path = tmp_path / "other.o"
        path.write_bytes(found(state_dir).read_bytes() + b"\0")
        return path

    monkeypatch.setattr(bpf_object, "find_object", other)
    host.stop()
    host.start()
    host.step()
    now = sh(f"tc -n {host.netns} filter show dev vnic1.0 ingress")
    assert now != held
    assert now.count("direct-action") == 1
    hook = host.agent.reconciler.actual["hook", "vnic1.0"]
    assert hook == host.agent._view.desired["hook", "vnic1.0"]
    sh(f"ip -n {lab.vm(host, 1)} addr replace 10.9.0.1/16 dev eth0")
    sh(f"ip -n {lab.vm(host, 2)} addr replace 10.9.0.2/16 dev eth0")
    assert lab.ping(lab.vm(host, 1), "10.9.0.2")
