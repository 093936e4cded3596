"""A thousand pings a second from a namespace: the other end is a kernel, so it answers wherever its machine is."""

import select
import socket
import struct
import threading
import time
from itertools import count

from landbridge.drivers import enter

PERIOD = 0.001
_LINGER_SECONDS = 1.0
_HEADER = struct.Struct("!BBHHHI")
"""Type, code, checksum, identifier, sequence (RFC 792), and our own number."""
_ids = count(0x4D00)


class Pings:
    """Runs from its making until `stop`."""

    def __init__(self, namespace: str, address: str) -> None:
        self._socket = enter.in_namespace(
            namespace, lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        )
        self._socket.setblocking(False)
        self._address, self._id = address, next(_ids)
        self.sent = 0
        self._seen: set[int] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> list[range]:
        """End; runs of pings that were lost, by number (milliseconds, about)."""
        self._ended.set()
        self._thread.join()
        self._socket.close()
        runs: list[range] = []
        for number in (number for number in range(self.sent) if number not in self._seen):
            if runs and runs[-1].stop == number:
                runs[-1] = range(runs[-1].start, number + 1)
            else:
                runs.append(range(number, number + 1))
        return runs

    def _run(self) -> None:
        due, until = time.monotonic(), float("inf")
        while (now := time.monotonic()) < until:
            if until == float("inf") and self._ended.is_set():
                until = now + _LINGER_SECONDS
            # The schedule is absolute: a turn that came late is made up for, so the rate holds.
            while until == float("inf") and due <= now:
                self._send()
                due += PERIOD
            select.select([self._socket], [], [], max(0.0, min(due, until) - now) if until == float("inf") else 0.01)
            self._receive()

    def _send(self) -> None:
        number, self.sent = self.sent, self.sent + 1
        blank = _HEADER.pack(8, 0, 0, self._id, number & 0xFFFF, number)
        try:
            self._socket.sendto(
                _HEADER.pack(8, 0, _checksum(blank), self._id, number & 0xFFFF, number), (self._address, 0)
            )
        except OSError:
            return

    def _receive(self) -> None:
        while True:
            try:
                packet = self._socket.recv(256)
            except OSError:
                return
            kind, _, _, name, _, number = _HEADER.unpack_from(packet, (packet[0] & 0xF) * 4)
            if (kind, name) == (0, self._id):
                self._seen.add(number)


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF
