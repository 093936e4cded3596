"""All signalling (IP protocol 253) that passes this network namespace, on whatever interface: packet(7).

A tap sees frames before the programs at the ports and before the bridges: also what a VM forges and what is
dropped.  What travels inside VXLAN is seen, without the tunnel, on the VXLAN device.
"""

import socket
import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from landbridge.core.shortcut import SIGNALLING
from landbridge.drivers.socket_filter import ETH_P_ALL, Instruction, attach_filter

_ARPHRD_ETHER, _ARPHRD_LOOPBACK = 1, 772
_SO_TIMESTAMPNS = 35
_TIMESPEC = struct.Struct("@ll")
_BUFFER = 4 << 20
_FRAME_BYTES = 1 << 16
_ETHERTYPE, _IP4_PROTOCOL, _IP6_NEXT_HEADER = 12, 23, 20
"""Offsets in an Ethernet frame."""
_LOAD_HALF, _LOAD_BYTE, _EQUAL, _RETURN = 0x28, 0x30, 0x15, 0x06
_FILTER: tuple[Instruction, ...] = (
    (_LOAD_HALF, 0, 0, _ETHERTYPE),
    (_EQUAL, 0, 2, 0x0800),
    (_LOAD_BYTE, 0, 0, _IP4_PROTOCOL),
    (_EQUAL, 3, 4, SIGNALLING),
    (_EQUAL, 0, 3, 0x86DD),
    (_LOAD_BYTE, 0, 0, _IP6_NEXT_HEADER),
    (_EQUAL, 0, 1, SIGNALLING),
    (_RETURN, 0, 0, 0xFFFF),
    (_RETURN, 0, 0, 0),
)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A frame on an interface, which sends it (`sent`) or has received it.  `time`: nanoseconds since the epoch."""

    time: int
    interface: str
    sent: bool
    frame: bytes


class SignalTap:
    """Listens from now on.  In the network namespace of the thread that opens it."""

    def __init__(self) -> None:
        """Open it.

        Raises:
            OSError: only root may.
        """
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
        self._socket = socket.socket(socket.AF_PACKET, kind, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        attach_filter(self._socket, _FILTER)
        self._socket.setblocking(False)
        # What came before the filter was there is of any kind.
        deque(self.read(), maxlen=0)

    def fileno(self) -> int:
        """Readable while there is something to read."""
        return self._socket.fileno()

    def read(self) -> Iterator[Sighting]:
        """What has been seen since the last call."""
        while True:
            try:
                frame, ancillary, _, address = self._socket.recvmsg(_FRAME_BYTES, socket.CMSG_SPACE(_TIMESPEC.size))
            except BlockingIOError:
                return
            except OSError:
                continue  # an interface is gone
            name, _, direction, hardware, _ = address
            if hardware in (_ARPHRD_ETHER, _ARPHRD_LOOPBACK):
                [(_, _, stamp)] = ancillary
                seconds, rest = _TIMESPEC.unpack(stamp)
                sent = direction == socket.PACKET_OUTGOING
                yield Sighting(seconds * 1_000_000_000 + rest, name, sent, frame)

    def close(self) -> None:
        """Close it."""
        self._socket.close()
