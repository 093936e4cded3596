"""The shortcuts of one host, with what each needs in the kernel: entry, path, and their end.

Whatever changes an entry goes through here and says in the same step what the kernel has to do, so that what
is in force there and what is believed here cannot drift apart.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from landbridge.core.shortcut import ShortcutKey
from landbridge.zsnp import lease
from landbridge.zsnp.entry import Entry, State
from landbridge.zsnp.liveness import Liveness
from landbridge.zsnp.outputs import Install, Output, Path, Reach, Remove, Unreach
from landbridge.zsnp.proven import Proven
from landbridge.zsnp.timers import Timers

PENALTY, PENALTY_MOST = 10_000, 300_000
"""Milliseconds that a refused destination is left alone; doubles."""
MAX_ENTRIES = 32_768


class Table:
    """Entries by key.  `out` takes what is to be done; `now` is the monotonic clock in milliseconds."""

    def __init__(self, out: Callable[[Output], None]) -> None:
        self.timers: Timers[ShortcutKey] = Timers()
        self.liveness = Liveness()
        self.proven = Proven()
        self.ended: Counter[str] = Counter()
        """Entries that have ended or were refused, by what did it."""
        self.set_up: list[int] = []
        """Milliseconds from HINT to being in force."""
        self._entries: dict[ShortcutKey, Entry] = {}
        self._questions: dict[int, ShortcutKey] = {}
        self._users: Counter[Path] = Counter()
        self._out = out

    def __iter__(self) -> Iterator[Entry]:
        """Every entry; the table may change meanwhile."""
        return iter(list(self._entries.values()))

    def get(self, key: ShortcutKey) -> Entry | None:
        """The entry of a key."""
        return self._entries.get(key)

    def asked(self, nonce: int) -> Entry | None:
        """The entry that a question was about."""
        key = self._questions.get(nonce)
        return None if key is None else self._entries.get(key)

    @property
    def open_questions(self) -> int:
        """Questions that are not answered yet."""
        return len(self._questions)

    @property
    def full(self) -> bool:
        """Whether no more may be added."""
        return len(self._entries) >= MAX_ENTRIES

    def add(self, entry: Entry) -> None:
        """A new entry."""
        self._entries[entry.key] = entry

    def add_in_force(self, now: int, entry: Entry) -> None:
        """One that the kernel has from before a restart: to be renewed at once."""
        self.add(entry)
        self._hold_path(entry)
        self._watch_host(now, entry)
        self.timers.set(entry.key, now)

    def open_question(self, entry: Entry, nonce: int) -> None:
        """Every question has a nonce of its own: an old answer says nothing of now."""
        self.close_question(entry)
        entry.nonce = nonce
        self._questions[nonce] = entry.key

    def close_question(self, entry: Entry) -> None:
        """It is answered, or nobody cares any more."""
        self._questions.pop(entry.nonce, None)
        entry.nonce = 0

    def found(self, now: int, entry: Entry, path: Path) -> None:
        """The destination's host has answered."""
        self.close_question(entry)
        entry.path = path
        entry.move("answered", now)
        self._hold_path(entry)

    def activate(self, now: int, entry: Entry) -> None:
        """The tunnel carries; the lease has run since the HINT."""
        self.close_question(entry)
        self.set_up.append(now - entry.hinted)
        entry.move("acknowledged", now)
        entry.used, entry.penalty, entry.reason = now, 0, ""
        self.install(entry)
        self.timers.set(entry.key, entry.expires - entry.lease + lease.renew_after(entry.lease))
        self._watch_host(now, entry)

    def renew(self, now: int, entry: Entry, epoch: int, full: int, left: int) -> None:
        """It may stay: a lease of `full` ms, of which `left` are left."""
        if entry.state is not State.ACTIVE:
            self.close_question(entry)
            entry.move("renewed", now)
        entry.epoch, entry.lease, entry.expires = epoch, full, now + left
        self.install(entry)
        self.timers.set(entry.key, entry.expires - full + lease.renew_after(full))

    def install(self, entry: Entry) -> None:
        """Put it in force as it is now."""
        self._out(Install(entry.key, entry.shortcut()))

    def restart(self, now: int, entry: Entry, reason: str) -> None:
        """It was in force and has to be asked for again."""
        self._leave(entry)
        self.ended[reason] += 1
        entry.state, entry.since, entry.hinted = State.QUERYING, now, now

    def refuse(self, now: int, entry: Entry, event: str, reason: str, penalty: int = PENALTY) -> None:
        """Not for a while."""
        self._leave(entry)
        self.ended[f"{entry.state.lower()}: {event}" if event == "silence" else event] += 1
        entry.move(event, now)
        entry.reason = reason
        entry.penalty = min(max(penalty, 2 * entry.penalty), PENALTY_MOST) if penalty else 0
        self.timers.set(entry.key, now + 2 * PENALTY_MOST)

    def end(self, entry: Entry, reason: str) -> None:
        """Nothing of it stays."""
        self._leave(entry)
        self.ended[reason] += 1
        self.forget(entry)

    def forget(self, entry: Entry) -> None:
        """It was not in force."""
        self.timers.clear(entry.key)
        self._entries.pop(entry.key, None)

    def _leave(self, entry: Entry) -> None:
        """Back to the vrouter's path."""
        self.close_question(entry)
        if entry.in_force:
            self._out(Remove(entry.key))
        path, entry.path = entry.path, None
        if path is None:
            return
        self.liveness.leave(path.vtep, entry.key)
        if path.vtep not in self.liveness:
            self.proven.forget(path.vtep)
        self._users[path] -= 1
        if not self._users[path]:
            del self._users[path]
            self._out(Unreach(path))

    def _hold_path(self, entry: Entry) -> None:
        assert entry.path is not None, "only a path that is known is held"
        self._users[entry.path] += 1
        self._out(Reach(entry.path))

    def _watch_host(self, now: int, entry: Entry) -> None:
        if entry.path is not None and not entry.path.local:
            self.liveness.use(now, entry.path.vtep, entry.key)
