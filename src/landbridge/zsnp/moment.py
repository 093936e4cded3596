"""Two clocks at one moment, and how old a message is by them."""

from typing import NamedTuple

from landbridge.zsnp.wire import Envelope


class Moment(NamedTuple):
    """Milliseconds.  `mono` only goes on: timers and leases; `wall` is the time of day: messages."""

    mono: int
    wall: int

    def age(self, envelope: Envelope) -> int:
        """How long ago it was said, by its sender's time of day and ours."""
        return max(0, self.wall - envelope.time)
