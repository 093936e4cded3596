"""A steady stream of numbered UDP packets that are sent back: how many of them were lost, and when.

The sockets may live in any network namespace; one thread serves all streams.
"""

import contextlib
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

PERIOD = 0.001
"""Seconds between two packets of a stream."""

_LINGER_SECONDS = 1.0
"""How long the last packets may still be on their way."""
_BUFFER_BYTES = 8 << 20
_SO_RCVBUFFORCE = 33
"""As in asm-generic/socket.h; Python does not name it."""
_NUMBER = struct.Struct("!Q")


@dataclass(frozen=True, slots=True)
class Result:
    """`lost`: numbers of the packets that did not come back; times `PERIOD` is when, in seconds.

    `silence`: the longest time, in seconds, between two packets that came back.
    """

    name: str
    sent: int
    lost: list[int]
    repeated: int
    silence: float
    seconds: float

    def __str__(self) -> str:
        rate = self.sent / self.seconds
        when = f" (at {self.lost[0] * PERIOD:.3f} to {self.lost[-1] * PERIOD:.3f} s)" if self.lost else ""
        gap = f"longest gap {self.silence * 1000:.0f} ms"
        return f"{self.sent} sent at {rate:.0f}/s, {len(self.lost)} lost{when}, {gap}"


class Stream:
    """Packets from `source` to `echo`'s `target` address and back.  Both sockets become the stream's."""

    def __init__(self, name: str, source: socket.socket, echo: socket.socket, target: tuple[str, int]) -> None:
        self.name = name
        self.source, self.echo, self._target = source, echo, target
        self._sent = 0
        self._repeated = 0
        self._seen: set[int] = set()
        self._last = 0.0
        self._silence = 0.0
        for side in (source, echo):
            side.setblocking(False)
            side.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)

    def send(self) -> None:
        """The next packet.  One that the machine itself refuses (no route …) is lost."""
        self._sent += 1
        try:
            self.source.sendto(_NUMBER.pack(self._sent), self._target)
        except OSError:
            return

    def receive(self) -> None:
        """Packets that came back."""
        now = time.monotonic()
        for data, _ in _waiting(self.source):
            (number,) = _NUMBER.unpack(data)
            self._repeated += number in self._seen
            self._seen.add(number)
            if self._last:
                self._silence = max(self._silence, now - self._last)
            self._last = now

    def answer(self) -> None:
        """Send back what arrived at the other end."""
        for data, sender in _waiting(self.echo):
            with contextlib.suppress(OSError):  # no way back: lost
                self.echo.sendto(data, sender)

    def result(self, seconds: float) -> Result:
        """Of a stream that has ended."""
        lost = [number for number in range(1, self._sent + 1) if number not in self._seen]
        return Result(self.name, self._sent, lost, self._repeated, self._silence, seconds)

    def close(self) -> None:
        """Close both sockets."""
        self.source.close()
        self.echo.close()


class Probe:
    """Runs streams until it is stopped."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self._streams = streams
        self._ended = threading.Event()
        self._seconds = 0.0
        self._thread = threading.Thread(target=self._run, name="probe", daemon=True)
        self._thread.start()

    def stop(self) -> list[Result]:
        """End sending, wait for what is on its way, and say what was lost."""
        self._ended.set()
        self._thread.join()
        for stream in self._streams:
            stream.close()
        return [stream.result(self._seconds) for stream in self._streams]

    def _run(self) -> None:
        poll = select.poll()
        handlers: dict[int, Callable[[], None]] = {}
        for stream in self._streams:
            handlers[stream.source.fileno()] = stream.receive
            handlers[stream.echo.fileno()] = stream.answer
        for descriptor in handlers:
            poll.register(descriptor, select.POLLIN)
        began = due = time.monotonic()
        until = float("inf")
        while (now := time.monotonic()) < until:
            # The schedule is absolute: a turn that came late, the last one too, is made up for, so the rate holds.
            while until == float("inf") and due <= now:
                for stream in self._streams:
                    stream.send()
                due += PERIOD
            if until == float("inf") and self._ended.is_set():
                self._seconds, until = now - began, now + _LINGER_SECONDS
            for descriptor, _ in poll.poll(max(0.0, due - now) * 1000 if until == float("inf") else 10):
                handlers[descriptor]()


def _waiting(side: socket.socket) -> list[tuple[bytes, tuple[str, int]]]:
    """Everything that has arrived.  ICMP errors for earlier packets are not packets."""
    found = []
    while True:
        try:
            found.append(side.recvfrom(64))
        except BlockingIOError:
            return found
        except OSError:
            continue
