"""Whether the hosts at the other end still hear: a small probe per host and interval, through its entries in turn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from landbridge.core.shortcut import ShortcutKey

INTERVAL = 700
"""Milliseconds.  Three missing answers, and the host is left: 2.1 to 2.8 s after it has died."""
MISSES = 3


@dataclass(slots=True)
class _Host:
    """`keys`: entries to it, the next one to probe first.

    One that was not answered for is probed again, not the next one: it may be that alone which leads nowhere, and
    then all of the host's are asked for anew.
    """

    due: int
    keys: dict[ShortcutKey, None] = field(default_factory=dict)
    nonce: int = 0
    misses: int = 0


class Liveness:
    """By VTEP."""

    def __init__(self) -> None:
        self._hosts: dict[str, _Host] = {}
        self._nonces: dict[int, tuple[str, ShortcutKey]] = {}

    def __contains__(self, vtep: str) -> bool:
        """Whether an entry to it is in force."""
        return vtep in self._hosts

    def use(self, now: int, vtep: str, key: ShortcutKey) -> None:
        """An entry to it is in force."""
        self._hosts.setdefault(vtep, _Host(now + INTERVAL)).keys[key] = None

    def leave(self, vtep: str, key: ShortcutKey) -> None:
        """No more."""
        host = self._hosts.get(vtep)
        if host is None:
            return
        host.keys.pop(key, None)
        if not host.keys:
            self._nonces.pop(host.nonce, None)
            del self._hosts[vtep]

    def asked(self, nonce: int) -> tuple[str, ShortcutKey] | None:
        """The VTEP that was probed with it, and through which entry; None if it is none of ours."""
        return self._nonces.get(nonce)

    def heard(self, nonce: int) -> None:
        """It has answered."""
        vtep, key = self._nonces.pop(nonce)
        host = self._hosts[vtep]
        host.nonce = host.misses = 0
        if key in host.keys:
            host.keys[key] = host.keys.pop(key)

    def next_timer(self) -> int | None:
        """When the next probe is due."""
        return min((host.due for host in self._hosts.values()), default=None)

    def silent(self, now: int) -> list[str]:
        """Hosts of which one more probe is due, though the last ones were not answered."""
        return [
            vtep for vtep, host in self._hosts.items() if host.due <= now and host.nonce and host.misses + 1 >= MISSES
        ]

    def due(self, now: int, nonce: Callable[[], int]) -> Iterator[tuple[ShortcutKey, int]]:
        """Through which entry to probe next, with which nonce."""
        for vtep, host in list(self._hosts.items()):
            if host.due > now:
                continue
            if host.nonce:
                host.misses += 1
                self._nonces.pop(host.nonce, None)
            key = next(iter(host.keys))
            host.nonce, host.due = nonce(), now + INTERVAL
            self._nonces[host.nonce] = vtep, key
            yield key, host.nonce
