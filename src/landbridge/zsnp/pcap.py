"""Ethernet frames as a capture file: pcap with nanoseconds, draft-ietf-opsawg-pcap."""

import struct
from typing import Final

MAGIC: Final = 0xA1B23C4D
ETHERNET: Final = 1
SNAPLEN: Final = 1 << 16
_NS_PER_SECOND = 1_000_000_000
_FILE = struct.Struct("<IHHIIII")
_PACKET = struct.Struct("<IIII")


def head() -> bytes:
    """What the file begins with."""
    return _FILE.pack(MAGIC, 2, 4, 0, 0, SNAPLEN, ETHERNET)


def packet(time: int, frame: bytes) -> bytes:
    """A frame as it follows; `time` in nanoseconds since the epoch."""
    seconds, rest = divmod(time, _NS_PER_SECOND)
    kept = frame[:SNAPLEN]
    return _PACKET.pack(seconds, rest, len(kept), len(frame)) + kept
