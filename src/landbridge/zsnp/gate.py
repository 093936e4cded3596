"""Who may speak: keys, freshness, and counters of what was turned away.  Both kinds of peers have one."""

import heapq
from collections import Counter
from collections.abc import Sequence

from landbridge.zsnp import messages, wire
from landbridge.zsnp.facts import Key
from landbridge.zsnp.messages import Message
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.wire import Envelope, Garbled

WINDOW = 30_000
"""Milliseconds that a message's clock may differ from ours, for what nobody asked for."""
REMEMBERED = 16_384
"""Messages within the window.  Where more are said, the window gets shorter: none is taken twice."""

_Name = tuple[int, int, int, int]
"""Of a message: time, vrouter, sequence, nonce.  Senders that began in the same millisecond count alike."""


class Gate:
    """Counts by reason what it turns away: garbled, unknown key, forged, stale, replayed, and what peers add."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self.refused: Counter[str] = Counter()
        self._remembered = remembered
        self._seen: set[_Name] = set()
        self._oldest: list[_Name] = []
        """The same, as a heap."""
        self._forgotten = 0
        """What was said by then may have been heard already."""

    def envelope(self, payload: bytes) -> Envelope | None:
        """The message, unauthenticated; None, counted, when it is none."""
        try:
            return wire.unpack(payload)
        except Garbled:
            self.turn_away("garbled")
            return None

    def admit(
        self, envelope: Envelope, payload: bytes, keys: Sequence[Key], between: tuple[str, str]
    ) -> Message | None:
        """What it says, if it was made with one of the keys for these addresses; else None, counted."""
        key = next((key for key in keys if key.id == envelope.key_id), None)
        if key is None:
            self.turn_away("unknown key")
            return None
        if not wire.authentic(payload, key.secret, *between):
            self.turn_away("forged")
            return None
        try:
            return messages.read(envelope)
        except Garbled:
            self.turn_away("garbled")
            return None

    def fresh(self, envelope: Envelope, at: Moment) -> bool:
        """Whether it was said just now, and for the first time.  For messages that answer no question of ours."""
        if abs(envelope.time - at.wall) > WINDOW or envelope.time <= self._forgotten:
            self.turn_away("stale")
            return False
        name = (envelope.time, envelope.router, envelope.sequence, envelope.nonce)
        if name in self._seen:
            self.turn_away("replayed")
            return False
        self._seen.add(name)
        heapq.heappush(self._oldest, name)
        while len(self._seen) > self._remembered or self._oldest[0][0] < at.wall - WINDOW:
            forgotten = heapq.heappop(self._oldest)
            self._seen.remove(forgotten)
            self._forgotten = max(self._forgotten, forgotten[0])
        return True

    def turn_away(self, reason: str) -> None:
        """Count it."""
        self.refused[reason] += 1


class Writer:
    """Makes messages: sequences are unique over restarts, for they begin with the time (`boot`, ms)."""

    def __init__(self, boot: int) -> None:
        self._sequence = boot << 20

    def write(
        self, at: Moment, message: Message, signing: tuple[int, Key], nonce: int, between: tuple[str, str]
    ) -> bytes:
        """The payload for a packet between these addresses; `signing`: for which vrouter, with which key."""
        router, key = signing
        kind, fields = messages.write(message)
        self._sequence = (self._sequence + 1) & 0xFFFFFFFFFFFFFFFF
        envelope = Envelope(kind, key.id, router, nonce, self._sequence, at.wall, fields)
        return wire.pack(envelope, key.secret, *between)
