"""Tells a network where a machine and its addresses are.

Each frame is sent several times: one may be lost, and one of the machine's own that was still on its way from its
former place may have taught bridges that place again.
"""

import heapq
import threading
import time
from collections.abc import Sequence

from landbridge.drivers.frame_socket import FrameSocket

OFFSETS = (0.0, 0.15, 0.5, 1.2, 3.0)
"""Seconds: five times, soon at first."""


class Announcer:
    """Announces in a thread of its own, in the network namespace of the thread that makes it."""

    def __init__(self) -> None:
        self._socket = FrameSocket()
        self._due: list[tuple[float, str, str, Sequence[bytes]]] = []
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="announcer", daemon=True)
        self._thread.start()

    def announce(self, bridge: str, port: str, frames: Sequence[bytes]) -> None:
        """A machine's port is in this bridge from now on.  The first time is before this returns."""
        self._send(bridge, frames)
        now = time.monotonic()
        with self._changed:
            for offset in OFFSETS[1:]:
                heapq.heappush(self._due, (now + offset, port, bridge, frames))
            self._changed.notify()

    def withdraw(self, port: str) -> None:
        """It is there no more."""
        with self._changed:
            self._due = [due for due in self._due if due[1] != port]
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
                _, _, bridge, frames = heapq.heappop(self._due)
                self._send(bridge, frames)

    def _send(self, bridge: str, frames: Sequence[bytes]) -> None:
        for frame in frames:
            self._socket.send(bridge, frame)
