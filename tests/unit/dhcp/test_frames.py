"""Frames and the socket filter; the filter is run by the kernel itself, on a Unix socket."""

import ctypes
import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from landbridge.services.dhcp import frames
from landbridge.services.dhcp.frames import ArpRequest, DhcpFrame, parse, socket_filter

MAC, OTHER_MAC = bytes.fromhex("fa0000000001"), bytes.fromhex("0edc00000001")
CLIENT_IP, SERVER_IP = bytes((10, 1, 0, 10)), bytes((10, 1, 0, 2))
SO_ATTACH_FILTER = 26


def to_server(payload: bytes = b"x" * 300, *, dport: int = 67, fragment: int = 0, protocol: int = 17) -> bytes:
    """A frame as a client sends it."""
    udp = struct.pack("!HHHH", 68, dport, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, fragment, 64, protocol, 0, bytes(4), b"\xff" * 4)
    return b"\xff" * 6 + MAC + b"\x08\x00" + head + udp


def arp(target: bytes, operation: int = 1) -> bytes:
    body = struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, operation, MAC, CLIENT_IP, bytes(6), target)
    return b"\xff" * 6 + MAC + b"\x08\x06" + body


def test_parse() -> None:
    assert parse(to_server(b"hello" * 60)) == DhcpFrame(MAC, b"\xff" * 4, b"hello" * 60)
    assert parse(to_server() + b"\0" * 9) == DhcpFrame(MAC, b"\xff" * 4, b"x" * 300)
    assert parse(arp(SERVER_IP)) == ArpRequest(MAC, CLIENT_IP, SERVER_IP)
    assert parse(to_server(fragment=0x4000)) is not None
    for other in (to_server(dport=53), to_server(fragment=1), to_server(protocol=6), arp(SERVER_IP, 2), b""):
        assert parse(other) is None
    assert parse(to_server()[:100]) is None


@given(st.binary(max_size=100), st.sampled_from((b"\x08\x00", b"\x08\x06", b"\x86\xdd")))
def test_any_frame_is_survived(body: bytes, ether_type: bytes) -> None:
    parse(bytes(12) + ether_type + body)
    parse(body)


@given(st.binary(min_size=1, max_size=600))
def test_reply_checksums(payload: bytes) -> None:
    frame = frames.dhcp_frame(OTHER_MAC, SERVER_IP, MAC, CLIENT_IP, payload)
    head, udp = frame[14:34], frame[34:]
    assert frames.checksum(head) == 0
    assert frames.checksum(SERVER_IP + CLIENT_IP + struct.pack("!BBH", 0, 17, len(udp)) + udp) == 0
    assert struct.unpack("!HH", udp[:4]) == (67, 68)
    assert udp[8:] == payload


def test_arp_reply() -> None:
    reply = frames.arp_reply(ArpRequest(MAC, CLIENT_IP, SERVER_IP), OTHER_MAC)
    assert reply[:14] == MAC + OTHER_MAC + b"\x08\x06"
    assert reply[20:] == b"\x00\x02" + OTHER_MAC + SERVER_IP + MAC + CLIENT_IP


def passes(instructions: list[tuple[int, int, int, int]], frame: bytes) -> bool:
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in instructions)
    code = ctypes.create_string_buffer(program, len(program))
    out, into = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with out, into:
        head = struct.pack("HL", len(instructions), ctypes.addressof(code))
        into.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, head)
        into.setblocking(False)
        try:
            out.send(frame)
            return into.recv(4096) == frame
        except (BlockingIOError, PermissionError):
            return False


@pytest.mark.parametrize(
    ("frame", "wanted"),
    [
        (to_server(), True),
        (to_server(fragment=0x4000), True),
        (to_server(dport=68), False),
        (to_server(fragment=0x2000), False),
        (to_server(protocol=6), False),
        (arp(SERVER_IP), True),
        (arp(CLIENT_IP), False),
        (arp(SERVER_IP, 2), False),
        (bytes(12) + b"\x86\xdd" + bytes(60), False),
    ],
)
def test_filter(frame: bytes, wanted: bool) -> None:
    assert passes(socket_filter([bytes((10, 9, 9, 9)), SERVER_IP]), frame) is wanted


def test_filter_without_and_with_too_many_addresses() -> None:
    assert not passes(socket_filter([]), arp(SERVER_IP))
    many = socket_filter([number.to_bytes(4) for number in range(1001)])
    assert passes(many, arp(SERVER_IP))
    assert passes(socket_filter([number.to_bytes(4) for number in range(999)] + [SERVER_IP]), arp(SERVER_IP))
