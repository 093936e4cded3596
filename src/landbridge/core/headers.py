"""What the beginning of a frame says, for people: who to whom, which protocol, who claims which address.

Frames come from VMs that may send anything, and only their first bytes are here: whatever is cut off or makes no
sense is left out, never an error.  Ethernet (IEEE 802.3, 802.1Q), ARP (RFC 826), IPv4 (RFC 791), IPv6 (RFC 8200),
TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792, 4443), neighbour discovery (RFC 4861).
"""

import contextlib
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Any

_VLAN_TYPES = (0x8100, 0x88A8)
_LEAST_TYPE = 0x0600
"""Smaller ones are the length of an 802.3 frame."""
_ETHERTYPES = {0x88CC: "LLDP", 0x8847: "MPLS", 0x8863: "PPPoE", 0x8864: "PPPoE"}
_ARP, _ARP_REQUEST = 0x0806, 1
_UDP, _FRAGMENT, _AH = 17, 44, 51
_EXTENSIONS = (0, 43, _FRAGMENT, _AH, 60, 135, 139, 140)
"""IPv6 extension headers (RFC 7045 has the registry)."""
_PROTOCOLS = {1: "ICMP", 2: "IGMP", 4: "IPIP", 6: "TCP", 17: "UDP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6"}
_PROTOCOLS |= {89: "OSPF", 112: "VRRP", 132: "SCTP"}
_FLAGS = "FSRPAUEC"
_SERVICES = {53: "DNS", 67: "DHCP", 546: "DHCPv6", 547: "DHCPv6", 4789: "VXLAN", 8472: "VXLAN"}
_ICMP_TYPES = {0: "echo reply", 3: "unreachable", 5: "redirect", 8: "echo request", 11: "time exceeded"}
_ICMP6_TYPES = {1: "unreachable", 2: "packet too big", 3: "time exceeded", 128: "echo request", 129: "echo reply"}
_ICMP6_TYPES |= {133: "router solicitation", 134: "router advertisement", 135: "neighbour solicitation"}
_ICMP6_TYPES |= {136: "neighbour advertisement", 137: "redirect", 143: "listener report"}
_SOLICITATION, _ADVERTISEMENT = 135, 136
_LINK_LAYER_OPTIONS = (1, 2)


@dataclass(frozen=True, slots=True)
class Headers:
    """What could be read.

    protocol  the innermost one that was recognised: TCP, UDP, ICMP, ARP, or a number
    detail    what else matters: TCP flags, the ICMP message, who claims an address
    """

    source_mac: str | None = None
    destination_mac: str | None = None
    vlans: tuple[int, ...] = ()
    protocol: str | None = None
    source: str | None = None
    destination: str | None = None
    source_port: int | None = None
    destination_port: int | None = None
    detail: str = ""

    def text(self, *, macs: bool = False) -> str:
        """One line; `macs`: with the Ethernet addresses."""
        parts = [f"{self.source_mac} > {self.destination_mac}"] if macs and self.source_mac else []
        parts += [f"VLAN {number}" for number in self.vlans]
        parts.append(self.protocol or "cut off")
        if self.source is not None and self.destination is not None:
            source, destination = _end(self.source, self.source_port), _end(self.destination, self.destination_port)
            parts.append(f"{source} > {destination}")
        return " ".join([*parts, self.detail]).rstrip()


class _CutError(Exception):
    """The frame ends before what is looked for."""


_Said = dict[str, Any]
"""Fields of `Headers` that have been read so far."""


def headers(frame: bytes) -> Headers:
    """Read the beginning of an Ethernet frame."""
    said: _Said = {}
    with contextlib.suppress(_CutError):
        _ethernet(frame, said)
    return Headers(**said)


def _ethernet(frame: bytes, said: _Said) -> None:
    said["destination_mac"] = _mac(frame, 0)
    said["source_mac"] = _mac(frame, 6)
    at = 12
    while (kind := _number(frame, at, 2)) in _VLAN_TYPES:
        said["vlans"] = (*said.get("vlans", ()), _number(frame, at + 2, 2) & 0xFFF)
        at += 4
    at += 2
    match kind:
        case 0x0806 | 0x8035:
            said["protocol"] = "ARP" if kind == _ARP else "RARP"
            _arp(frame, at, said)
        case 0x0800:
            said["protocol"] = "IPv4"
            _ip4(frame, at, said)
        case 0x86DD:
            said["protocol"] = "IPv6"
            _ip6(frame, at, said)
        case _ if kind < _LEAST_TYPE:
            said["protocol"] = "802.3"
        case _:
            said["protocol"] = _ETHERTYPES.get(kind, f"ethertype 0x{kind:04x}")


def _arp(frame: bytes, at: int, said: _Said) -> None:
    """Of Ethernet and IPv4; others say nothing that people could read."""
    if _bytes(frame, at, 6) != b"\x00\x01\x08\x00\x06\x04":
        said["detail"] = "of another kind than Ethernet and IPv4"
        return
    operation, sender_mac = _number(frame, at + 6, 2), _mac(frame, at + 8)
    sender, target = (str(IPv4Address(_bytes(frame, at + place, 4))) for place in (14, 24))
    said |= {"source": sender, "destination": target}
    asks = f", asks for {target}" if operation == _ARP_REQUEST and target != sender else ""
    said["detail"] = f"{sender_mac} claims {sender}{asks}"


def _ip4(frame: bytes, at: int, said: _Said) -> None:
    length = (_number(frame, at, 1) & 0xF) * 4
    offset = (_number(frame, at + 6, 2) & 0x1FFF) * 8
    protocol = _number(frame, at + 9, 1)
    said["source"], said["destination"] = (str(IPv4Address(_bytes(frame, at + place, 4))) for place in (12, 16))
    _transport(frame, at + length, protocol, offset, said)


def _ip6(frame: bytes, at: int, said: _Said) -> None:
    following = _number(frame, at + 6, 1)
    said["source"], said["destination"] = (str(IPv6Address(_bytes(frame, at + place, 16))) for place in (8, 24))
    at, offset = at + 40, 0
    while following in _EXTENSIONS and not offset:
        kind, following = following, _number(frame, at, 1)
        if kind == _FRAGMENT:
            offset = _number(frame, at + 2, 2) & 0xFFF8
            at += 8
        else:
            count = _number(frame, at + 1, 1)
            at += (count + 2) * 4 if kind == _AH else (count + 1) * 8
    _transport(frame, at, following, offset, said)


def _transport(frame: bytes, at: int, protocol: int, offset: int, said: _Said) -> None:
    said["protocol"] = _PROTOCOLS.get(protocol, f"IP protocol {protocol}")
    if offset:
        said["detail"] = f"fragment at {offset}"
        return
    match protocol:
        case 6 | 17:
            said["source_port"], said["destination_port"] = _number(frame, at, 2), _number(frame, at + 2, 2)
            if protocol == _UDP:
                names = (_SERVICES.get(said[key]) for key in ("destination_port", "source_port"))
                said["detail"] = next((name for name in names if name), "")
            else:
                flags = _number(frame, at + 13, 1)
                said["detail"] = "[" + "".join(name for bit, name in enumerate(_FLAGS) if flags >> bit & 1) + "]"
        case 1:
            kind = _number(frame, at, 1)
            said["detail"] = _ICMP_TYPES.get(kind, f"type {kind}")
        case 58:
            kind = _number(frame, at, 1)
            said["detail"] = _ICMP6_TYPES.get(kind, f"type {kind}")
            if kind in (_SOLICITATION, _ADVERTISEMENT):
                _neighbour(frame, at, kind, said)


def _neighbour(frame: bytes, at: int, kind: int, said: _Said) -> None:
    """Who asks, or claims; the link-layer address is the option's or, without one, the frame's."""
    target = str(IPv6Address(_bytes(frame, at + 8, 16)))
    unspecified = said["source"] == "::"
    if kind == _SOLICITATION and not unspecified:
        said["detail"] = f"{said['source_mac']} claims {said['source']}, asks for {target}"
    else:
        said["detail"] = f"{said['source_mac']} claims {target}"
    if _number(frame, at + 24, 1) in _LINK_LAYER_OPTIONS and _number(frame, at + 25, 1) == 1:
        said["detail"] = said["detail"].replace(said["source_mac"], _mac(frame, at + 26), 1)


def _end(address: str, port: int | None) -> str:
    if port is None:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _bytes(frame: bytes, at: int, length: int) -> bytes:
    if at + length > len(frame):
        raise _CutError
    return frame[at : at + length]


def _number(frame: bytes, at: int, length: int) -> int:
    return int.from_bytes(_bytes(frame, at, length), "big")


def _mac(frame: bytes, at: int) -> str:
    return _bytes(frame, at, 6).hex(":")
