"""Ethernet and IPv4 (RFC 791) around a message: how it travels inside the overlay.

IPv6 inside the overlay waits for IPv6 ranges; messages themselves carry either.
"""

import struct
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, ip_address

from landbridge.core.shortcut import SIGNALLING
from landbridge.zsnp.wire import Garbled, dotted, mac_text, packed_mac

RATE, BURST = 2_000, 4_000
"""Messages per second, and at once, that one address says at most; of more none is heard by a host or vrouter."""
ETHERNET_BYTES = 14
IPV4_BYTES = 20
_ETHERTYPE_IPV4 = 0x0800
_DESTINATIONS = {b"\x08\x00": (16, 4), b"\x86\xdd": (24, 16)}
"""By EtherType: where the destination address stands, and its size (RFC 791, RFC 8200)."""
_DO_NOT_FRAGMENT = 0x4000
_TTL = 64
_IPV4 = struct.Struct(">BBHHHBBH4s4s")


@dataclass(frozen=True, slots=True)
class Frame:
    """A message between two machines of a network."""

    source_mac: str
    destination_mac: str
    source: str
    destination: str
    payload: bytes


def build(frame: Frame, size: int = 0) -> bytes:
    """The frame's bytes; zeros are appended until the IP packet is `size` bytes long."""
    length = max(IPV4_BYTES + len(frame.payload), size)
    ethernet = packed_mac(frame.destination_mac) + packed_mac(frame.source_mac) + _ETHERTYPE_IPV4.to_bytes(2, "big")
    packet = ethernet + _ip_header(frame, length) + frame.payload
    return packet.ljust(ETHERNET_BYTES + length, b"\0")


def parse(data: bytes) -> Frame:
    """Read a frame, of which the end may be cut off.

    Raises:
        Garbled: it is not IPv4 with a message.
    """
    if len(data) < ETHERNET_BYTES + IPV4_BYTES or data[12:14] != _ETHERTYPE_IPV4.to_bytes(2, "big"):
        raise Garbled("no IPv4")
    version, _, length, _, fragment, _, protocol, _, source, destination = _IPV4.unpack_from(data, ETHERNET_BYTES)
    header = (version & 0xF) * 4
    if version >> 4 != 4 or header < IPV4_BYTES or protocol != SIGNALLING or fragment & ~_DO_NOT_FRAGMENT:
        raise Garbled("not a whole packet of protocol 253")
    payload = data[ETHERNET_BYTES + header : ETHERNET_BYTES + length]
    return Frame(mac_text(data[6:12]), mac_text(data[0:6]), dotted(source), dotted(destination), payload)


def stray(data: bytes) -> tuple[str, str]:
    """Source MAC and destination address of whatever IP packet a frame carries.

    Raises:
        Garbled: it carries none.
    """
    kind, begin, size = data[12:14], *_DESTINATIONS.get(data[12:14], (0, 0))
    address = data[ETHERNET_BYTES + begin :][:size]
    if not size or len(address) < size:
        raise Garbled(f"no IP packet, but {kind.hex()}")
    return mac_text(data[6:12]), str(ip_address(address))


def packet_bytes(frame_bytes: int) -> int:
    """Of the IP packet in a frame of this length."""
    return frame_bytes - ETHERNET_BYTES


def parse_packet(data: bytes) -> tuple[str, str, bytes]:
    """Source, destination and payload of an IPv4 packet, as a raw socket delivers it.

    Raises:
        Garbled: it is none.
    """
    frame = parse(b"\0" * 12 + _ETHERTYPE_IPV4.to_bytes(2, "big") + data)
    return frame.source, frame.destination, frame.payload


def _ip_header(frame: Frame, length: int) -> bytes:
    try:
        source, destination = IPv4Address(frame.source).packed, IPv4Address(frame.destination).packed
    except AddressValueError as error:
        raise ValueError(f"only IPv4 yet: {error}") from None
    fields = (0x45, 0, length, 0, _DO_NOT_FRAGMENT, _TTL, SIGNALLING, 0, source, destination)
    blank = _IPV4.pack(*fields)
    return blank[:10] + _checksum(blank).to_bytes(2, "big") + blank[12:]


def _checksum(header: bytes) -> int:
    """RFC 1071."""
    total: int = sum(struct.unpack(f">{len(header) // 2}H", header))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
