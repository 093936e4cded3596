"""Signalling between addresses of hosts and vrouters: IP protocol 253 (RFC 3692) by a raw socket (raw(7), ip(7))."""

import contextlib
import socket
import struct
from collections.abc import Iterator

from landbridge.core.shortcut import SIGNALLING

_SO_RCVBUFFORCE = 33
_IP_PKTINFO, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO = 8, 10, 2
_PACKET_BYTES = 2048
_BUFFER_BYTES = 1 << 23
"""Some thousands of messages wait until they are read, as many as peers may say at once (socket(7): doubled)."""


class SignalSocket:
    """In the network namespace of the thread that opens it."""

    def __init__(self) -> None:
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        self._socket = socket.socket(socket.AF_INET, kind, SIGNALLING)
        with contextlib.suppress(PermissionError):  # without CAP_NET_ADMIN it is as large as it is
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES // 2)
        self._socket.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO)

    def fileno(self) -> int:
        """Readable while there is something to read."""
        return self._socket.fileno()

    def send(self, source: str, destination: str, payload: bytes) -> bool:
        """Send from an address of this namespace; False if it cannot be (a lost message is nothing special)."""
        info = struct.pack("=I4s4s", 0, socket.inet_aton(source), bytes(4))
        with contextlib.suppress(OSError):
            self._socket.sendmsg([payload], [(socket.IPPROTO_IP, _IP_PKTINFO, info)], 0, (destination, 0))
            return True
        return False

    def receive(self, limit: int = 64) -> Iterator[bytes]:
        """Packets that have come for this namespace, with their IP headers; at most `limit`."""
        for _ in range(limit):
            try:
                yield self._socket.recv(_PACKET_BYTES)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error about something that was sent

    def close(self) -> None:
        """Close it."""
        self._socket.close()
