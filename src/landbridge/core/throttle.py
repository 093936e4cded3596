"""How often somebody may fail: within a time, no more than so many times."""

from collections import OrderedDict, deque

MOST_KEYS = 10_000
"""Remembered at once; beyond that the one that failed longest ago is forgotten."""


class Throttle:
    """Counts failures by key.  Times in seconds, of any clock that only goes up."""

    def __init__(self, most_keys: int = MOST_KEYS) -> None:
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._most_keys = most_keys

    def wait(self, key: str, now: float, most: int, seconds: float) -> float:
        """How long until the key may try again; 0: now.  `most` failures in `seconds` are one too many; 0: never."""
        failures = self._failures.get(key)
        if not most or failures is None:
            return 0.0
        while failures and failures[0] <= now - seconds:
            failures.popleft()
        return 0.0 if len(failures) < most else failures[-most] + seconds - now

    def failed(self, key: str, now: float) -> None:
        """It has failed once more."""
        self._failures.setdefault(key, deque(maxlen=1000)).append(now)
        self._failures.move_to_end(key)
        while len(self._failures) > self._most_keys:
            self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        """It has succeeded."""
        self._failures.pop(key, None)
