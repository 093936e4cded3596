"""Tells a network where a machine is: a reverse ARP of its MAC (RFC 903) to everybody, as QEMU does after a move.

Bridges and VXLAN devices learn from it.  It is said several times, as a frame of the machine that was still on
its way from its former place may have taught them that again.
"""

import heapq
import threading
import time

from landbridge.drivers.frame_socket import FrameSocket
from landbridge.drivers.rtnl import mac_bytes

OFFSETS = (0.0, 0.15, 0.5, 1.2, 3.0)
"""Seconds: five times, soon at first."""
_EVERYBODY = b"\xff" * 6
_ETHERTYPE_RARP = b"\x80\x35"
_ETHERNET_IPV4 = b"\x00\x01\x08\x00\x06\x04"
_REQUEST = b"\x00\x03"
_LEAST = 60
"""Bytes of an Ethernet frame."""


class Announcer:
    """Announces in a thread of its own, in the network namespace of the thread that makes it."""

    def __init__(self) -> None:
        self._socket = FrameSocket()
        self._due: list[tuple[float, str, str]] = []
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
        self._thread.start()

    def announce(self, bridge: str, mac: str) -> None:
        """A machine is behind this bridge from now on.  The first time is before this returns."""
        self._socket.send(bridge, announcement(mac))
        now = time.monotonic()
        with self._changed:
            for offset in OFFSETS[1:]:
                heapq.heappush(self._due, (now + offset, bridge, mac))
            self._changed.notify()

    def withdraw(self, mac: str) -> None:
        """It is there no more."""
        with self._changed:
            self._due = [due for due in self._due if due[2] != mac]
            heapq.heapify(self._due)

    def close(self) -> None:
        """Say nothing more."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        with self._changed:
            while not self._ended:
                left = self._due[0][0] - time.monotonic() if self._due else None
                if left is None or left > 0:
                    self._changed.wait(left)
                    continue
                _, bridge, mac = heapq.heappop(self._due)
                self._socket.send(bridge, announcement(mac))


def announcement(mac: str) -> bytes:
    """The frame."""
    own = mac_bytes(mac)
    body = _ETHERNET_IPV4 + _REQUEST + own + bytes(4) + own + bytes(4)
    return (_EVERYBODY + own + _ETHERTYPE_RARP + body).ljust(_LEAST, b"\0")
