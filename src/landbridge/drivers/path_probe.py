"""How large a packet reaches other hosts whole: ICMP echo requests that must not be fragmented (RFC 792, 1191)."""

import contextlib
import errno
import os
import select
import socket
import struct
import time
from collections.abc import Iterable

_ECHO_REQUEST, _ECHO_REPLY = 8, 0
_ECHO = struct.Struct("!BBHHH")
"""Type, code, checksum, identifier, sequence."""
_IP_HEADER = 20
LEAST = _IP_HEADER + _ECHO.size
"""The smallest packet of this kind."""
_IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE = 10, 3
"""ip(7): set Don't Fragment, and heed no path MTU that is already known."""
_LARGEST = 1 << 16
_SOON = 0.3


def answering(source: str, targets: Iterable[str], size: int, seconds: float = 1.0) -> set[str]:
    """Which of these addresses answer a packet of `size` bytes (with its IP header) from our address `source`.

    Raises:
        OSError: it cannot be sent at all; EMSGSIZE: our own interface is too narrow for it.
    """
    identifier, waiting = os.getpid() & 0xFFFF, set(targets)
    answered: set[str] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_PROBE)
        raw.bind((source, 0))
        for number, target in enumerate(sorted(waiting)):
            try:
                raw.sendto(_request(identifier, number & 0xFFFF, size), (target, 0))
            except OSError as error:
                if error.errno not in (errno.EHOSTUNREACH, errno.ENETUNREACH):
                    raise
        deadline = time.monotonic() + seconds
        while answered != waiting and (left := deadline - time.monotonic()) > 0:
            if not select.select([raw], [], [], left)[0]:
                break
            packet, (sender, _) = raw.recvfrom(_LARGEST)
            if len(packet) == size and sender in waiting and _is_reply(packet, identifier):
                answered.add(sender)
    return answered


def largest(source: str, target: str, below: int) -> int:
    """The largest packet that `target` answers, less than `below` bytes; 0: it does not answer at all."""

    def answers(size: int) -> bool:
        with contextlib.suppress(OSError):
            return bool(answering(source, [target], size, _SOON))
        return False

    low, high = LEAST, below
    if not answers(low):
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if answers(middle) else (low, middle)
    return low


def _request(identifier: int, number: int, size: int) -> bytes:
    body = bytes(size - LEAST)
    head = _ECHO.pack(_ECHO_REQUEST, 0, 0, identifier, number)
    return _ECHO.pack(_ECHO_REQUEST, 0, _checksum(head + body), identifier, number) + body


def _is_reply(packet: bytes, identifier: int) -> bool:
    start = (packet[0] & 0xF) * 4
    kind, _, _, found, _ = _ECHO.unpack_from(packet, start)
    return bool(kind == _ECHO_REPLY and found == identifier)


def _checksum(data: bytes) -> int:
    """RFC 1071."""
    padded = data + bytes(len(data) % 2)
    total: int = sum(word for (word,) in struct.iter_unpack("!H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
