"""The packet socket of the DHCP responder: one for all ports of a host.

It is a tap (ETH_P_ALL), because it must see a VM's request before the port's eBPF drops it
and before the bridge takes it.  Replies bypass the queueing discipline of the port, and with
it the egress hook, which drops DHCP that did not come from us.
"""

import socket
from collections.abc import Iterator, Sequence

from landbridge.drivers.socket_filter import ETH_P_ALL, Instruction, attach_filter

_SOL_PACKET = 263
_PACKET_QDISC_BYPASS = 20
_PACKET_IGNORE_OUTGOING = 23
_FRAME_SIZE = 4096
_RECEIVE_BUFFER = 4 << 20
"""Requests of some thousand VMs that boot at the same moment."""


class DhcpSocket:
    """Receive what the filter lets in on any interface; send on a named one."""

    def __init__(self, instructions: Sequence[Instruction]) -> None:
        """Open in the thread's network namespace with a classic BPF filter."""
        # What comes in before the filter is attached is read like the rest, and means nothing.
        kind = socket.SOCK_RAW | socket.SOCK_CLOEXEC
        self._socket = socket.socket(socket.AF_PACKET, kind, socket.htons(ETH_P_ALL))
        self._socket.setblocking(False)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        self._socket.setsockopt(_SOL_PACKET, _PACKET_QDISC_BYPASS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        self.filter(instructions)

    def fileno(self) -> int:
        """For selectors."""
        return self._socket.fileno()

    def filter(self, instructions: Sequence[Instruction]) -> None:
        """Replace the filter; no frame is lost by it."""
        attach_filter(self._socket, instructions)

    def receive(self, limit: int = 64) -> Iterator[tuple[str, bytes]]:
        """What is waiting: interface name and frame, at most `limit` of them."""
        for _ in range(limit):
            try:
                frame, address = self._socket.recvfrom(_FRAME_SIZE)
            except BlockingIOError:
                return
            except OSError:
                # The interface went away between the frame's arrival and our look at it.
                continue
            yield address[0], frame

    def send(self, interface: str, frame: bytes) -> bool:
        """Send a frame; False if the interface is gone, down or full."""
        try:
            self._socket.sendto(frame, (interface, 0))
        except OSError:
            return False
        return True

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()
