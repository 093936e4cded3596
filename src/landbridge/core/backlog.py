"""What happens in several streams, kept for a while for readers that come and go.

One producer, any number of readers.  A reader has a cursor: how far it is in each stream.  What a reader
could not be given (it was lost before it got here, or has been pushed out since) is a number, never a silent gap.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

Cursor = Mapping[int, int]
"""By stream: the place of what comes next."""


@dataclass(frozen=True, slots=True)
class Taken(Generic[T]):
    """What a reader gets: items of its streams as they came, where to go on, and how many are missing."""

    items: tuple[T, ...]
    cursor: Cursor
    lost: int


@dataclass(slots=True)
class _Stream(Generic[T]):
    """`entries`: place, arrival and item; places that are missing between them were lost."""

    start: int
    end: int
    entries: deque[tuple[int, int, T]] = field(default_factory=deque)


class Backlog(Generic[T]):
    """The streams that are followed, by number."""

    def __init__(self, keep: int) -> None:
        """`keep`: at most this many items of each stream."""
        self._keep = keep
        self._streams: dict[int, _Stream[T]] = {}
        self._arrivals = itertools.count()
        self._places = 0

    def follow(self, streams: Collection[int]) -> None:
        """Keep these from now on; those that are kept already are not touched."""
        for name in streams:
            # A cursor into a stream of this number that was forgotten is before this one's start.
            self._streams.setdefault(name, _Stream(self._places, self._places))

    def forget(self, streams: Collection[int]) -> None:
        """Keep these no longer."""
        for name in streams:
            self._streams.pop(name, None)

    def add(self, stream: int, item: T) -> None:
        """Something happened; of no interest unless the stream is followed."""
        if (found := self._streams.get(stream)) is not None:
            found.entries.append((found.end, next(self._arrivals), item))
            if len(found.entries) > self._keep:
                found.entries.popleft()
            self._advance(found, 1)

    def lose(self, stream: int, count: int) -> None:
        """As many things happened, and nobody knows what."""
        if (found := self._streams.get(stream)) is not None:
            self._advance(found, count)

    def anchored(self, cursor: Cursor, streams: Collection[int]) -> Cursor:
        """The cursor with a place in each stream; one that it does not know begins with the oldest that is kept."""
        return {name: _place(found, cursor, name) for name, found in self._of(streams)}

    def has_news(self, cursor: Cursor, streams: Collection[int]) -> bool:
        """Whether `take` would return anything, or anything lost."""
        places = self.anchored(cursor, streams)
        return any(places[name] < found.end for name, found in self._of(streams))

    def take(self, cursor: Cursor, streams: Collection[int], most: int) -> Taken[T]:
        """The next items of some streams, at most `most`, from where the cursor is (see `anchored`)."""
        found = dict(self._of(streams))
        places = self.anchored(cursor, streams)
        waiting = [
            [(arrival, name, place, item) for place, arrival, item in stream.entries if place >= places[name]]
            for name, stream in found.items()
        ]
        merged = list(itertools.islice(heapq.merge(*waiting, key=lambda entry: entry[0]), most + 1))
        items, more = merged[:most], len(merged) > most
        ends = {name: places[name] if more else stream.end for name, stream in found.items()}
        if more:
            ends |= {name: place + 1 for _, name, place, _ in items}
        passed = sum(ends[name] - places[name] for name in found)
        return Taken(tuple(item for *_, item in items), ends, passed - len(items))

    def _of(self, streams: Collection[int]) -> Iterator[tuple[int, _Stream[T]]]:
        return ((name, self._streams[name]) for name in dict.fromkeys(streams) if name in self._streams)

    def _advance(self, stream: _Stream[T], count: int) -> None:
        stream.end += count
        self._places = max(self._places, stream.end)


def _place(stream: _Stream[T], cursor: Cursor, name: int) -> int:
    """Where a cursor is in a stream, brought into its bounds: cursors come from users."""
    wanted = cursor.get(name)
    if wanted is None or wanted < stream.start:
        return stream.entries[0][0] if stream.entries else stream.end
    return min(wanted, stream.end)


def cursor_text(run: str, cursor: Cursor) -> str:
    """A cursor as users hand it back: `run` tells apart the lives of a backlog."""
    return ".".join([run, *(f"{name}-{place}" for name, place in sorted(cursor.items()))])


def cursor_of(run: str, text: str) -> Cursor:
    """Inverse of `cursor_text`; of another run, or malformed: nothing, which is the beginning."""
    head, *parts = text.split(".")
    if head != run:
        return {}
    found = {}
    for part in parts:
        name, _, place = part.partition("-")
        if not (_is_number(name) and _is_number(place)):
            return {}
        found[int(name)] = int(place)
    return found


def _is_number(text: str) -> bool:
    return len(text) <= _DIGITS and text.isascii() and text.isdecimal()


_DIGITS = 19
