"""The store: units of work are plain functions of a transaction, run where the engine wants them.

`write` commits before it returns; `read` sees the last commit; wake-ups follow a commit.
"""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from landbridge.core.catalog import Catalog
from landbridge.core.query import QueryResult, QuerySpec
from landbridge.core.service import Caller
from landbridge.core.view import Tx, View
from landbridge.model.nodelink import Report, StateMessage
from landbridge.model.resource import Kind, Resource, to_json
from landbridge.store import nodes
from landbridge.store.engine import Engine, WakeUp
from landbridge.store.query import Queries
from landbridge.store.tx import SqlTx

T = TypeVar("T")

Listener = Callable[[set[str]], None]


class Store:
    """Everything that is stored.  Any number of processes may open the same PostgreSQL."""

    def __init__(self, engine: Engine, catalog: Catalog) -> None:
        self._engine = engine
        self.catalog = catalog

    @classmethod
    async def open(cls, url: str, catalog: Catalog) -> "Store":
        """Open `sqlite://` (memory), `sqlite:///path` or `postgresql://…`; migrate; run the seeds."""
        engine = await _engine(url, catalog)
        store = cls(engine, catalog)

        def seed(tx: Tx) -> None:
            for plant in catalog.seeds:
                plant(tx)

        await store.write(seed)
        return store

    async def close(self) -> None:
        """Finish what is under way and close every connection."""
        await self._engine.close()

    async def write(self, unit: Callable[[Tx], T], *, account: str | None = None) -> T:
        """One transaction.  New documents belong to `account`.  Conflicts are retried."""
        return await self._engine.write(unit, account)

    async def read(self, unit: Callable[[View], T]) -> T:
        """A consistent view."""
        return await self._engine.read(unit)

    def sync_write(self, unit: Callable[[Tx], T], *, account: str | None = None) -> T:
        """`write` for code without an event loop."""
        return asyncio.run(self.write(unit, account=account))

    def sync_read(self, unit: Callable[[View], T]) -> T:
        """`read` for code without an event loop."""
        return asyncio.run(self.read(unit))

    async def query(self, kind: Kind, spec: QuerySpec, caller: Caller) -> QueryResult:
        """Rows of a kind that the caller may see."""
        return await self._engine.read(lambda tx: Queries(tx, caller).run(kind, spec))

    async def node_delta(self, node: str, have: dict[str, int]) -> StateMessage:
        """What a node must hear, given the revisions it has."""
        return await self._engine.read(lambda tx: nodes.delta(tx, node, have))

    async def record_report(self, node: str, report: Report) -> list[str]:
        """Store a node's report; returns the jobs that it decides."""
        return await self._engine.write(lambda tx: nodes.record(tx, node, report), None)

    def on_commit(self, wake_up: WakeUp, listener: Listener) -> None:
        """Call `listener(uuids)` on the event loop after commits, here or in another server copy, that wake some."""
        self._engine.listeners.setdefault(wake_up, []).append(listener)


def inventories(
    view: View, kind: Kind, uuids: tuple[str, ...], caller: Caller
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Inventories inside a transaction, in the order asked for; nested ones as far as the caller sees them."""
    assert isinstance(view, SqlTx)
    found: list[Resource | None] = [view.get(kind.doc, uuid) for uuid in uuids]
    return Queries(view, caller).inventories(kind, [to_json(document) for document in found if document is not None])


def select(view: View, kind: Kind, spec: QuerySpec, caller: Caller) -> QueryResult:
    """A query inside a transaction."""
    assert isinstance(view, SqlTx)
    return Queries(view, caller).run(kind, spec)


async def _engine(url: str, catalog: Catalog) -> Engine:
    if url.startswith("sqlite:"):
        from landbridge.store.sqlite import SqliteEngine  # noqa: PLC0415  only the engine in use is loaded

        return await SqliteEngine.open(url, catalog)
    from landbridge.store.postgres import PostgresEngine  # noqa: PLC0415  only the engine in use is loaded

    return await PostgresEngine.open(url, catalog)
