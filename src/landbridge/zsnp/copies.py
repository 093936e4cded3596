"""One message is seen on several interfaces on its way through a host: which sightings are new."""

from collections import OrderedDict

_REMEMBERED = 4096
_ADDRESSES = 26
"""From there on a frame stays the same; a router changes MACs, TTL and checksum."""


class Copies:
    """Remembers the last thousands of messages."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, set[tuple[str, bool]]] = OrderedDict()

    def is_new(self, frame: bytes, interface: str, *, sent: bool) -> bool:
        """Whether it is the first sighting of a message, or one that is there again: a replay."""
        packet, place = frame[_ADDRESSES:], (interface, sent)
        places = self._seen.pop(packet, set())
        again = place in places
        self._seen[packet] = {place} if again else places | {place}
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return again or not places
