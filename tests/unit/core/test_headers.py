"""What people are told about a frame, for frames made by scapy and for any bytes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import (
    ICMPv6ND_NA,
    ICMPv6ND_NS,
    ICMPv6ND_RA,
    ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptSrcLLAddr,
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
)
from scapy.layers.ipsec import AH
from scapy.layers.l2 import ARP, LLC, STP, Dot1AD, Dot1Q, Ether
from scapy.packet import Packet, Raw

from landbridge.core.headers import Headers, headers

ONE, TWO, OTHER = "fa:00:00:00:00:01", "fa:00:00:00:00:02", "fa:99:99:99:99:99"
HEAD = 96
"""What hosts capture."""


def ether(**more: Any) -> Packet:
    return Ether(src=ONE, dst=TWO, **more)


def ip(**more: Any) -> Packet:
    return IP(**{"src": "10.0.0.1", "dst": "10.0.0.2", **more})


def ip6(**more: Any) -> Packet:
    return IPv6(**{"src": "fe80::1", "dst": "fe80::2", **more})


TEXTS: dict[str, Packet] = {
    "TCP 10.0.0.1:4000 > 10.0.0.2:80 [S]": ether() / ip() / TCP(sport=4000, dport=80, flags="S"),
    "TCP [fe80::1]:4000 > [fe80::2]:80 [FA]": ether() / ip6() / TCP(sport=4000, dport=80, flags="FA"),
    "TCP 10.0.0.1:4 > 10.0.0.2:5 []": ether() / ip(options=[("NOP")] * 4) / TCP(sport=4, dport=5, flags=0),
    "UDP 10.0.0.1:9 > 10.0.0.2:53 DNS": ether() / ip() / UDP(sport=9, dport=53),
    "UDP 10.0.0.1:67 > 10.0.0.2:68 DHCP": ether() / ip() / UDP(sport=67, dport=68),
    "UDP 10.0.0.1:9 > 10.0.0.2:99": ether() / ip() / UDP(sport=9, dport=99),
    "VLAN 5 VLAN 6 UDP 10.0.0.1:9 > 10.0.0.2:99": ether()
    / Dot1AD(vlan=5)
    / Dot1Q(vlan=6, prio=3)
    / ip()
    / UDP(sport=9, dport=99),
    "ICMP 10.0.0.1 > 10.0.0.2 echo request": ether() / ip() / ICMP(),
    "ICMP 10.0.0.1 > 10.0.0.2 type 13": ether() / ip() / ICMP(type=13),
    "IP protocol 253 10.0.0.1 > 10.0.0.2": ether() / ip(proto=253) / Raw(b"x"),
    "UDP 10.0.0.1 > 10.0.0.2 fragment at 40": ether() / ip(frag=5, proto=17) / Raw(bytes(20)),
    "UDP fe80::1 > fe80::2 fragment at 16": ether() / ip6() / IPv6ExtHdrFragment(nh=17, offset=2) / Raw(bytes(20)),
    "UDP [fe80::1]:9 > [fe80::2]:99": ether()
    / ip6()
    / IPv6ExtHdrHopByHop()
    / IPv6ExtHdrDestOpt()
    / UDP(sport=9, dport=99),
    "GRE fe80::1 > fe80::2": ether() / ip6() / AH(nh=47, payloadlen=1) / Raw(bytes(8)),
    f"ARP 10.0.0.1 > 10.0.0.2 {ONE} claims 10.0.0.1, asks for 10.0.0.2": ether()
    / ARP(hwsrc=ONE, psrc="10.0.0.1", pdst="10.0.0.2"),
    f"ARP 10.0.0.9 > 10.0.0.2 {OTHER} claims 10.0.0.9": ether()
    / ARP(op=2, hwsrc=OTHER, psrc="10.0.0.9", pdst="10.0.0.2"),
    f"ARP 10.0.0.9 > 10.0.0.9 {ONE} claims 10.0.0.9": ether() / ARP(hwsrc=ONE, psrc="10.0.0.9", pdst="10.0.0.9"),
    "ARP of another kind than Ethernet and IPv4": ether() / ARP(hwtype=6),
    f"ICMPv6 fe80::1 > ff02::1 {OTHER} claims fe80::9": ether()
    / ip6(dst="ff02::1")
    / ICMPv6ND_NA(tgt="fe80::9")
    / ICMPv6NDOptDstLLAddr(lladdr=OTHER),
    f"ICMPv6 :: > ff02::1 {ONE} claims fe80::9": ether() / ip6(src="::", dst="ff02::1") / ICMPv6ND_NS(tgt="fe80::9"),
    f"ICMPv6 fe80::1 > ff02::1 {ONE} claims fe80::1, asks for fe80::9": ether()
    / ip6(dst="ff02::1")
    / ICMPv6ND_NS(tgt="fe80::9")
    / ICMPv6NDOptSrcLLAddr(lladdr=ONE),
    "ICMPv6 fe80::1 > fe80::2 router advertisement": ether() / ip6() / ICMPv6ND_RA(),
    "802.3": Ether(src=ONE, dst="01:80:c2:00:00:00", type=38) / LLC() / STP(),
    "ethertype 0x88b5": ether(type=0x88B5) / Raw(bytes(46)),
    "LLDP": ether(type=0x88CC) / Raw(bytes(46)),
}


@pytest.mark.parametrize("text", TEXTS)
def test_a_line(text: str) -> None:
    assert headers(bytes(TEXTS[text])[:HEAD]).text() == text
    assert headers(bytes(TEXTS[text])[:HEAD]).text(macs=True).startswith(f"{ONE} > ")


def test_fields() -> None:
    frame = ether() / Dot1Q(vlan=7) / ip() / TCP(sport=4000, dport=80, flags="S")
    assert headers(bytes(frame)) == Headers(
        source_mac=ONE,
        destination_mac=TWO,
        vlans=(7,),
        protocol="TCP",
        source="10.0.0.1",
        destination="10.0.0.2",
        source_port=4000,
        destination_port=80,
        detail="[S]",
    )


@given(st.sampled_from(sorted(TEXTS)), st.integers(0, HEAD))
def test_a_frame_that_is_cut_off_says_what_it_still_can(text: str, length: int) -> None:
    """Nothing is said that the whole frame does not say."""
    whole, cut = headers(bytes(TEXTS[text])), headers(bytes(TEXTS[text])[:length])
    for field in ("source_mac", "destination_mac", "source", "destination", "source_port", "destination_port"):
        assert getattr(cut, field) in (None, getattr(whole, field))
    assert cut.vlans == whole.vlans[: len(cut.vlans)]
    cut.text(macs=True)


types = st.sampled_from(
    [b"\x08\x00\x45", b"\x86\xdd\x60", b"\x08\x06", b"\x81\x00\x00\x05\x08\x00", b"\x80\x35", b""]
)


@given(st.binary(min_size=12, max_size=12), types, st.binary(max_size=100))
def test_any_bytes_are_one_line(macs: bytes, kind: bytes, rest: bytes) -> None:
    for frame in (macs + kind + rest, rest):
        found = headers(frame)
        for text in (found.text(), found.text(macs=True)):
            assert text
            assert text.isprintable()
