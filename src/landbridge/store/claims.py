"""Unique keys taken by inserting them: the index decides, nobody locks."""

from collections.abc import Callable
from typing import Any, Protocol


class Run(Protocol):
    """Executes one statement of the current transaction."""

    def __call__(self, sql: str, **values: Any) -> Any:
        """Run it."""
        ...


MISSES = 8
"""Candidates tried in a row before the database is asked where the next gap is."""


class Claims:
    """Claims of one transaction.  `hints` (per process) only say where to try first."""

    def __init__(self, run: Run | Callable[..., Any], hints: dict[str, int]) -> None:
        self._run = run
        self._hints = hints

    def owner(self, scope: str, key: str | int) -> str | None:
        """Who holds a key."""
        found: str | None = self._run(
            "SELECT owner FROM claim WHERE scope = :scope AND key = :key", scope=scope, key=str(key)
        ).scalar()
        return found

    def between(self, scope: str, low: int, high: int) -> list[int]:
        """Integer keys taken, ascending."""
        sql = "SELECT number FROM claim WHERE scope = :scope AND number BETWEEN :low AND :high ORDER BY number"
        return [int(row.number) for row in self._run(sql, scope=scope, low=low, high=high)]

    def count_between(self, scope: str, low: int, high: int) -> int:
        """How many integer keys are taken."""
        sql = "SELECT count(*) FROM claim WHERE scope = :scope AND number BETWEEN :low AND :high"
        return int(self._run(sql, scope=scope, low=low, high=high).scalar_one())

    def take(self, scope: str, key: str | int, owner: str) -> bool:
        """Whether the owner has the key now."""
        return self._insert(scope, key, owner) or self.owner(scope, key) == owner

    def take_free(self, scope: str, low: int, high: int, owner: str) -> int | None:
        """Some free integer of [low, high], next-fit from the hint; None when all are taken."""
        candidate = low
        for _ in range(MISSES):
            candidate = self._hints.get(scope, low)
            if not low <= candidate <= high:
                candidate = low
            # Before the database is asked: whoever comes meanwhile tries the next one, not the same.
            self._hints[scope] = candidate + 1
            if self._insert(scope, candidate, owner):
                return candidate
        while (gap := self._gap(scope, candidate, high) or self._gap(scope, low, high)) is not None:
            self._hints[scope] = gap + 1
            if self._insert(scope, gap, owner):
                return gap
        return None

    def take_turn(self, scope: str, key: str, owner: str) -> None:
        """Write to a key that others may have at the same time: transactions that do go one after another."""
        self._run(
            "INSERT INTO claim (scope, key, number, owner) VALUES (:scope, :key, 1, :owner) "
            "ON CONFLICT (scope, key) DO UPDATE SET number = claim.number + 1",
            scope=scope,
            key=key,
            owner=owner,
        )

    def release(self, scope: str, key: str | int) -> None:
        """Give one back."""
        self._run("DELETE FROM claim WHERE scope = :scope AND key = :key", scope=scope, key=str(key))

    def release_all(self, owner: str) -> None:
        """Give back all that an owner holds."""
        self._run("DELETE FROM claim WHERE owner = :owner", owner=owner)

    def _insert(self, scope: str, key: str | int, owner: str) -> bool:
        number = key if isinstance(key, int) else None
        done = self._run(
            "INSERT INTO claim (scope, key, number, owner) VALUES (:scope, :key, :number, :owner) "
            "ON CONFLICT (scope, key) DO NOTHING",
            scope=scope,
            key=str(key),
            number=number,
            owner=owner,
        )
        return bool(done.rowcount)

    def _gap(self, scope: str, low: int, high: int) -> int | None:
        """The first free integer of [low, high]: `low` itself, or the successor of a taken one."""
        if low > high:
            return None
        if (
            self._run("SELECT 1 FROM claim WHERE scope = :scope AND number = :low", scope=scope, low=low).scalar()
            is None
        ):
            return low
        found: int | None = self._run(
            "SELECT a.number + 1 FROM claim a WHERE a.scope = :scope AND a.number >= :low AND a.number < :high "
            "AND NOT EXISTS (SELECT 1 FROM claim b WHERE b.scope = a.scope AND b.number = a.number + 1) "
            "ORDER BY a.number LIMIT 1",
            scope=scope,
            low=low,
            high=high,
        ).scalar()
        return found
