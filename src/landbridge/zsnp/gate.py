"""Who may speak: keys, freshness, and counters of what was turned away.  Both kinds of peers have one."""

from collections import Counter, OrderedDict
from collections.abc import Sequence

from landbridge.zsnp import messages, wire
from landbridge.zsnp.facts import Key
from landbridge.zsnp.messages import Message
from landbridge.zsnp.moment import Moment
from landbridge.zsnp.wire import Envelope, Garbled

WINDOW = 30_000
"""Milliseconds that a message's clock may differ from ours, for what nobody asked for."""
_REMEMBERED = 4096
"""Sequences seen within the window; a sender is held far below that many."""


class Gate:
    """Counts by reason what it turns away: garbled, unknown key, forged, stale, replayed, and what peers add."""

    def __init__(self) -> None:
        self.refused: Counter[str] = Counter()
        self._seen: OrderedDict[tuple[int, int], int] = OrderedDict()

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
        if abs(envelope.time - at.wall) > WINDOW:
            self.turn_away("stale")
            return False
        name = (envelope.router, envelope.sequence)
        if name in self._seen:
            self.turn_away("replayed")
            return False
        self._seen[name] = at.wall
        while len(self._seen) > _REMEMBERED or next(iter(self._seen.values())) < at.wall - 2 * WINDOW:
            self._seen.popitem(last=False)
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
