"""When what is due, for thousands of things: a heap from which old dates are dropped when they come up."""

import heapq
from collections.abc import Iterator
from typing import Generic, TypeVar

K = TypeVar("K")


class Timers(Generic[K]):
    """One date per key, in milliseconds."""

    def __init__(self) -> None:
        self._dates: dict[K, int] = {}
        self._heap: list[tuple[int, int, K]] = []
        self._count = 0

    def set(self, key: K, date: int) -> None:
        """From now on the key is due then."""
        if self._dates.get(key) == date:
            return
        self._dates[key] = date
        self._count += 1
        heapq.heappush(self._heap, (date, self._count, key))

    def clear(self, key: K) -> None:
        """It is not due any more."""
        self._dates.pop(key, None)

    def next(self) -> int | None:
        """The earliest date."""
        while self._heap:
            date, _, key = self._heap[0]
            if self._dates.get(key) == date:
                return date
            heapq.heappop(self._heap)
        return None

    def due(self, now: int) -> Iterator[K]:
        """What is due, in order; each is cleared before it is yielded."""
        while (date := self.next()) is not None and date <= now:
            key = heapq.heappop(self._heap)[2]
            del self._dates[key]
            yield key
