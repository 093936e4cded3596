"""Compiled node state of a transaction: written at its end, atomic with what it came from.

Each scope that a transaction touches gets one new revision.  Scopes are bumped in sorted
order, so that concurrent transactions on PostgreSQL cannot wait for each other in a circle.
A scope's first revision is the time of its making, so that a scope that goes and comes back
never repeats a revision that a node has acknowledged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from landbridge.core.compile import Compiled, Source, affected, compile_source
from landbridge.core.service import Wait
from landbridge.model.node import AnyObject
from landbridge.store.schema import json_field, one_value, rows_of

if TYPE_CHECKING:
    from landbridge.store.tx import SqlTx


@dataclass(frozen=True, slots=True)
class Awaited:
    """A node is to report a revision of a scope; its failure of one of `keys` is the job's.

    lenient: if the node goes away, this is not waited for any more.
    """

    node: str
    scope: str
    revision: int
    keys: tuple[str, ...]
    lenient: bool


KEEP_TOMBSTONES = 1024
"""Revisions for which deletions are remembered; a node further behind gets the whole scope."""


class CompiledState:
    """What the transaction has done to node state so far."""

    def __init__(self, tx: "SqlTx") -> None:
        self._tx = tx
        self._waits: list[tuple[str, Wait]] = []
        self.nodes: set[str] = set()
        """Nodes that this transaction concerns (to wake after the commit)."""
        self._touched: dict[str, dict[str, int]] = {}
        """Per node and scope: the revision produced."""
        self._keys: dict[str, set[str]] = {}
        """Per scope: keys that changed."""

    def flush(self) -> None:
        """Compile what has changed since the last flush."""
        changes = self._tx.take_changes()
        self._tx.check_quotas(changes)
        if not changes:
            return
        dirty: dict[str, list[tuple[str, str, bytes | None]]] = {}
        nodes: set[tuple[str, str]] = set()
        sources = affected(self._tx.catalog.projections.values(), self._tx, changes)
        placed, subscribed = self._stored(sources) if sources else ({}, {})
        for source in sources:
            compiled = compile_source(self._tx.catalog.projections[source.projection], self._tx, source.key)
            self._diff_objects(source, compiled, placed.get(str(source), {}), dirty)
            nodes |= self._diff_subscriptions(source, compiled, subscribed.get(str(source), set()))
        for node, _ in nodes:
            dirty.setdefault(f"host:{node}", [])
        for scope in sorted(dirty):
            self._write_scope(scope, dirty[scope])
        for node, scope in nodes:
            self._release_waits(node, scope)
        for scope in sorted({scope for _, scope in nodes} | set(dirty)):
            self._drop_if_dead(scope)

    def resolve(self, waits: Sequence[Wait], everywhere: bool = False) -> list[Awaited]:
        """What waits mean after a flush, once per node and scope; `everywhere`: see `core.service.Outcome`."""
        found = {(one.node, one.scope): one for wait in waits for one in self._of(wait)}
        for one in self._everywhere() if everywhere else ():
            found.setdefault((one.node, one.scope), one)
        return list(found.values())

    # ---- inside ---------------------------------------------------------------------------

    def _of(self, wait: Wait) -> Iterator[Awaited]:
        for scope, revision in self._touched.get(wait.node, {}).items():
            changed = self._keys.get(scope, set())
            keys = changed & set(wait.keys) if wait.keys else changed
            yield Awaited(wait.node, scope, revision, tuple(sorted(keys)), lenient=False)

    def _everywhere(self) -> Iterator[Awaited]:
        connected = json_field(self._tx.dialect, "status")
        rows = self._tx.run(f"SELECT uuid FROM resource WHERE type = 'Host' AND {connected} = 'Connected'")
        for node in sorted(self._touched.keys() & {row.uuid for row in rows}):
            for scope, revision in self._touched[node].items():
                keys = () if scope == f"host:{node}" else tuple(sorted(self._keys.get(scope, ())))
                yield Awaited(node, scope, revision, keys, lenient=True)

    def _stored(
        self, sources: Sequence[Source]
    ) -> tuple[dict[str, dict[tuple[str, str], str]], dict[str, set[tuple[str, str]]]]:
        """By source: objects by scope and key, and subscriptions, as they were before this transaction."""
        names = {"names": msgspec.json.encode([str(source) for source in sources]).decode()}
        listed = f"source IN (SELECT {one_value(self._tx.dialect)} FROM {rows_of(self._tx.dialect, 'names')})"
        placed: dict[str, dict[tuple[str, str], str]] = {}
        for row in self._tx.run(
            f"SELECT source, scope, key, value FROM object WHERE {listed} AND value IS NOT NULL", **names
        ):
            placed.setdefault(row.source, {})[row.scope, row.key] = row.value
        subscribed: dict[str, set[tuple[str, str]]] = {}
        for row in self._tx.run(f"SELECT source, node, scope FROM subscription WHERE {listed}", **names):
            subscribed.setdefault(row.source, set()).add((row.node, row.scope))
        return placed, subscribed

    def _diff_objects(
        self,
        source: Source,
        compiled: Compiled,
        placed: dict[tuple[str, str], str],
        dirty: dict[str, list[tuple[str, str, bytes | None]]],
    ) -> None:
        name = str(source)
        for (scope, key), value in compiled.objects.items():
            text = msgspec.json.encode(value)
            if placed.pop((scope, key), None) != text.decode():
                dirty.setdefault(scope, []).append((key, name, text))
        for scope, key in placed:
            dirty.setdefault(scope, []).append((key, name, None))

    def _diff_subscriptions(
        self, source: Source, compiled: Compiled, present: set[tuple[str, str]]
    ) -> set[tuple[str, str]]:
        name = str(source)
        for node, scope in sorted(compiled.subscriptions - present):
            self._tx.run(
                "INSERT INTO subscription (node, scope, source) VALUES (:n, :c, :s)", n=node, c=scope, s=name
            )
        for node, scope in sorted(present - compiled.subscriptions):
            self._tx.run(
                "DELETE FROM subscription WHERE node = :n AND scope = :c AND source = :s", n=node, c=scope, s=name
            )
        return present ^ compiled.subscriptions

    def _write_scope(self, scope: str, writes: Iterable[tuple[str, str, bytes | None]]) -> None:
        revision = self._bump(scope)
        keys = self._keys.setdefault(scope, set())
        for key, source, text in sorted(writes, key=lambda write: write[2] is not None):
            keys.add(key)
            self._tx.run(
                "INSERT INTO object (scope, key, source, revision, value) VALUES (:c, :k, :s, :r, :v) "
                "ON CONFLICT (scope, key) DO UPDATE SET source = excluded.source, "
                "revision = excluded.revision, value = excluded.value",
                c=scope,
                k=key,
                s=source,
                r=revision,
                v=None if text is None else text.decode(),
            )
        for row in self._tx.run("SELECT DISTINCT node FROM subscription WHERE scope = :c", c=scope):
            self.nodes.add(row.node)
            self._touched.setdefault(row.node, {})[scope] = revision
        if scope.startswith("host:"):
            # Also when the host has just lost its own scope: it must hear that.
            self.nodes.add(scope.removeprefix("host:"))

    def _bump(self, scope: str) -> int:
        row = self._tx.run(
            "INSERT INTO scope (name, revision, floor) VALUES (:c, :now, :now) ON CONFLICT (name) DO UPDATE "
            "SET revision = scope.revision + 1 RETURNING revision, floor",
            c=scope,
            now=self._tx.now,
        ).one()
        if row.revision - row.floor > 2 * KEEP_TOMBSTONES:
            floor = row.revision - KEEP_TOMBSTONES
            self._tx.run("UPDATE scope SET floor = :f WHERE name = :c", f=floor, c=scope)
            self._tx.run("DELETE FROM object WHERE scope = :c AND value IS NULL AND revision <= :f", c=scope, f=floor)
        return int(row.revision)

    def _release_waits(self, node: str, scope: str) -> None:
        """A node that has left a scope will never report it: what waited for that waits no more."""
        self._tx.run(
            "DELETE FROM job_wait WHERE node = :n AND scope = :c AND NOT EXISTS "
            "(SELECT 1 FROM subscription WHERE node = :n AND scope = :c)",
            n=node,
            c=scope,
        )

    def _drop_if_dead(self, scope: str) -> None:
        """Forget a scope that holds nothing and that nobody listens to."""
        alive = self._tx.run(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM object WHERE scope = :c AND value IS NOT NULL) "
            "OR EXISTS (SELECT 1 FROM subscription WHERE scope = :c)",
            c=scope,
        ).scalar()
        if alive is None:
            for table, column in (("object", "scope"), ("node_ack", "scope"), ("scope", "name")):
                self._tx.run(f"DELETE FROM {table} WHERE {column} = :c", c=scope)


def decode_object(text: str) -> AnyObject:
    """A stored node object."""
    decoded: AnyObject = msgspec.json.decode(text, type=AnyObject)
    return decoded
