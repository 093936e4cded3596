"""Ethernet frames of DHCP and ARP, and the socket filter that lets only those in.

Layouts: IPv4 RFC 791, UDP RFC 768, ARP RFC 826.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

from landbridge.services.dhcp.message import CLIENT_PORT, SERVER_PORT

_ETHERNET = struct.Struct("!6s6sH")
_IPV4 = struct.Struct("!BBHHHBBH4s4s")
_UDP = struct.Struct("!HHHH")
_ARP = struct.Struct("!HHBBH6s4s6s4s")
_ETH_IP, _ETH_ARP = 0x0800, 0x0806
_PROTO_UDP = 17
_ARP_REQUEST, _ARP_REPLY = 1, 2


@dataclass(frozen=True, slots=True)
class DhcpFrame:
    """A UDP datagram to the DHCP server port."""

    src_mac: bytes
    dst_ip: bytes
    payload: bytes


@dataclass(frozen=True, slots=True)
class ArpRequest:
    """Someone asks who has `target_ip`."""

    sender_mac: bytes
    sender_ip: bytes
    target_ip: bytes


def parse(frame: bytes) -> DhcpFrame | ArpRequest | None:
    """What the frame is; None for anything else, also for fragments and cut-off frames."""
    if len(frame) < _ETHERNET.size:
        return None
    _dst, src, ether_type = _ETHERNET.unpack_from(frame)
    body = frame[_ETHERNET.size :]
    if ether_type == _ETH_ARP:
        return _parse_arp(body)
    if ether_type == _ETH_IP:
        return _parse_udp(src, body)
    return None


def _parse_arp(body: bytes) -> ArpRequest | None:
    if len(body) < _ARP.size:
        return None
    hardware, protocol, hlen, plen, operation, sender_mac, sender_ip, _, target_ip = _ARP.unpack_from(body)
    if (hardware, protocol, hlen, plen, operation) != (1, _ETH_IP, 6, 4, _ARP_REQUEST):
        return None
    return ArpRequest(sender_mac, sender_ip, target_ip)


def _parse_udp(src_mac: bytes, body: bytes) -> DhcpFrame | None:
    if len(body) < _IPV4.size:
        return None
    version, _tos, total, _id, fragment, _ttl, protocol, _sum, _src, dst = _IPV4.unpack_from(body)
    head = (version & 0x0F) * 4
    if version >> 4 != 4 or head < _IPV4.size or protocol != _PROTO_UDP or fragment & 0x3FFF:
        return None
    if total > len(body) or total < head + _UDP.size:
        return None
    _sport, dport, length, _check = _UDP.unpack_from(body, head)
    if dport != SERVER_PORT or length < _UDP.size or head + length > total:
        return None
    return DhcpFrame(src_mac, dst, body[head + _UDP.size : head + length])


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def dhcp_frame(src_mac: bytes, src_ip: bytes, dst_mac: bytes, dst_ip: bytes, payload: bytes) -> bytes:
    """A reply from the server port to the client port."""
    length = _UDP.size + len(payload)
    pseudo = src_ip + dst_ip + struct.pack("!BBH", 0, _PROTO_UDP, length)
    udp = _UDP.pack(SERVER_PORT, CLIENT_PORT, length, 0) + payload
    udp_sum = checksum(pseudo + udp) or 0xFFFF
    udp = _UDP.pack(SERVER_PORT, CLIENT_PORT, length, udp_sum) + payload
    head = _IPV4.pack(0x45, 0x10, _IPV4.size + length, 0, 0, 64, _PROTO_UDP, 0, src_ip, dst_ip)
    head = _IPV4.pack(0x45, 0x10, _IPV4.size + length, 0, 0, 64, _PROTO_UDP, checksum(head), src_ip, dst_ip)
    return _ETHERNET.pack(dst_mac, src_mac, _ETH_IP) + head + udp


def arp_reply(request: ArpRequest, mac: bytes) -> bytes:
    """`mac` has the address that was asked for."""
    return _ETHERNET.pack(request.sender_mac, mac, _ETH_ARP) + _ARP.pack(
        1, _ETH_IP, 6, 4, _ARP_REPLY, mac, request.target_ip, request.sender_mac, request.sender_ip
    )


# ---- classic BPF --------------------------------------------------------------------------

_LDH, _LDW, _LDB, _LDXMSH, _LDHX = 0x28, 0x20, 0x30, 0xB1, 0x48
_JEQ, _JSET, _RET = 0x15, 0x45, 0x06
_MAX_ADDRESSES = 1000
"""A classic filter has at most 4096 instructions; two for each address."""

Instruction = tuple[int, int, int, int]
"""code, jump if true, jump if false, constant: `struct sock_filter`."""


def socket_filter(server_ips: Sequence[bytes]) -> list[Instruction]:
    """Accept UDP to port 67, and ARP requests for one of the addresses; nothing else.

    The process is not even woken by other traffic.  With very many addresses the ARP part
    accepts every request, and the process looks itself.
    """
    whole = (_RET, 0, 0, 0x40000)
    nothing = (_RET, 0, 0, 0)
    udp: list[Instruction] = [
        (_LDB, 0, 0, 23),
        (_JEQ, 1, 0, _PROTO_UDP),
        nothing,
        (_LDH, 0, 0, 20),
        (_JSET, 0, 1, 0x3FFF),
        nothing,
        (_LDXMSH, 0, 0, 14),
        (_LDHX, 0, 0, 16),
        (_JEQ, 1, 0, SERVER_PORT),
        nothing,
        whole,
    ]
    arp: list[Instruction] = [
        (_LDH, 0, 0, 20),
        (_JEQ, 1, 0, _ARP_REQUEST),
        nothing,
    ]
    if len(server_ips) > _MAX_ADDRESSES:
        arp.append(whole)
    else:
        arp.append((_LDW, 0, 0, 38))
        for ip in server_ips:
            arp += [(_JEQ, 0, 1, int.from_bytes(ip)), whole]
        arp.append(nothing)
    return [
        (_LDH, 0, 0, 12),
        (_JEQ, 0, len(udp), _ETH_IP),
        *udp,
        (_JEQ, 1, 0, _ETH_ARP),
        nothing,
        *arp,
    ]
