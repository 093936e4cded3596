"""What size of packets is known to reach a host: one probe of full size proves it for all tunnels to its VTEP.

Where many pairs begin at once, the first one's probe has full size; the others' are small, and they wait until the
size is proved.
"""

KNOWN = 60_000
"""Milliseconds that a proof is believed, if shortcuts lead there all the time."""
PATIENCE = 100
"""Milliseconds that a probe of full size is waited for by others: the first of `asking.RETRIES`."""


class Proven:
    """By VTEP.  Sizes are of IP packets in the tunnel, in bytes."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int]] = {}
        """The largest that has arrived, and until when (monotonic, ms) that is believed."""
        self._trying: dict[str, tuple[int, int]] = {}
        """What is being proved, and until when its answer is waited for."""

    def covers(self, now: int, vtep: str, size: int) -> bool:
        """Whether packets of this size are known to arrive."""
        return _is_in_time(self._known, now, vtep, size)

    def to_send(self, now: int, vtep: str, size: int, *, again: bool) -> int:
        """How large a probe has to be; 0: as small as it is, for the size is proved or another one just proves it.

        again: one was sent and did not do; what others do is not waited for any more.
        """
        if self.covers(now, vtep, size) or (not again and _is_in_time(self._trying, now, vtep, size)):
            return 0
        self._trying[vtep] = size, now + PATIENCE
        return size

    def heard(self, now: int, vtep: str, size: int) -> None:
        """A probe of this size has arrived."""
        if not self.covers(now, vtep, size + 1):
            self._known[vtep] = size, now + KNOWN

    def forget(self, vtep: str) -> None:
        """Nobody sends there any more."""
        self._known.pop(vtep, None)
        self._trying.pop(vtep, None)


def _is_in_time(sizes: dict[str, tuple[int, int]], now: int, vtep: str, size: int) -> bool:
    most, until = sizes.get(vtep, (0, 0))
    return size <= most and now < until
