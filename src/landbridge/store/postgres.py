"""PostgreSQL: any number of server copies on one database.

Repeatable read; whoever loses a conflict starts again.  Nothing is locked but the rows that
are written.  NOTIFY wakes the other copies after a commit.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import greenlet_spawn

from landbridge.core.catalog import Catalog
from landbridge.store.database import PostgresDatabase
from landbridge.store.engine import Engine, migrate

T = TypeVar("T")

CHANNEL = "landbridge_wake_ups"
MAX_PAYLOAD = 7999
RETRIES = 30
CONNECTIONS = 8
STATEMENTS = 1024
"""Prepared and kept by each connection: of the same ones transactions consist."""
_RETRYABLE = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError)
"""The last: a unique key that a concurrent transaction took first."""

_MIGRATION_LOCK = 0x6C62
"""Advisory key held while the schema is migrated, so that copies that start together take turns."""


class PostgresEngine(Engine):
    """A pool of connections."""

    def __init__(self, pool: asyncpg.Pool, catalog: Catalog) -> None:
        super().__init__(catalog)
        self._pool = pool
        self._listening: asyncpg.Connection | None = None

    @classmethod
    async def open(cls, url: str, catalog: Catalog) -> "PostgresEngine":
        """Connect, migrate, listen."""
        await _migrate(url, catalog)
        pool = await asyncpg.create_pool(
            url,
            min_size=1,
            max_size=CONNECTIONS,
            reset=_leave_as_it_is,
            statement_cache_size=STATEMENTS,
            max_cached_statement_lifetime=0,
        )
        engine = cls(pool, catalog)
        await engine._listen(url)
        return engine

    async def write(self, unit: Callable[[Any], T], account: str | None) -> T:
        """One transaction, begun again when it lost a conflict."""
        for attempt in range(RETRIES):
            try:
                value, wake_ups = await self._try(unit, account)
                break
            except _RETRYABLE:
                if attempt == RETRIES - 1:
                    raise
                await asyncio.sleep(random.random() * 0.002 * 2 ** min(attempt, 6))
        if wake_ups:
            self.notify(wake_ups)
        return value

    async def _try(self, unit: Callable[[Any], T], account: str | None) -> tuple[T, set[str]]:
        async with self._transaction() as database:
            done: tuple[T, set[str]] = await greenlet_spawn(self._perform, database, unit, account)
            return done

    async def read(self, unit: Callable[[Any], T]) -> T:
        """One snapshot."""
        async with self._transaction() as database:
            value: T = await greenlet_spawn(lambda: unit(self.begin(database)))
            return value

    async def close(self) -> None:
        """Close every connection."""
        if self._listening is not None:
            await self._listening.close()
        await self._pool.close()

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[PostgresDatabase]:
        async with self._pool.acquire() as connection, connection.transaction(isolation="repeatable_read"):
            yield PostgresDatabase(connection)

    def _perform(
        self, database: PostgresDatabase, unit: Callable[[Any], T], account: str | None
    ) -> tuple[T, set[str]]:
        value, wake_ups = self.perform(database, unit, account)
        for payload in _payloads(wake_ups):
            database.run("SELECT pg_notify(:channel, :payload)", {"channel": CHANNEL, "payload": payload})
        return value, wake_ups

    async def _listen(self, url: str) -> None:
        """Hear the other copies.  A lost wake-up costs time only: streams look again by themselves."""
        self._listening = await asyncpg.connect(url)

        def heard(_connection: object, _pid: int, _channel: str, payload: object) -> None:
            self.notify(set(str(payload).split(",")))

        await self._listening.add_listener(CHANNEL, heard)


async def _migrate(url: str, catalog: Catalog) -> None:
    target = url.replace("postgresql://", "postgresql+asyncpg://", 1)
    sql = create_async_engine(target, poolclass=NullPool)
    try:
        async with sql.begin() as connection:
            await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            await connection.run_sync(migrate, catalog)
    finally:
        await sql.dispose()


async def _leave_as_it_is(_connection: object) -> None:
    """Nothing of a session is changed by transactions: there is nothing to reset when one has ended."""


def _payloads(wake_ups: set[str]) -> Iterator[str]:
    """Wake-ups in as few notifications as PostgreSQL's limit allows."""
    payload = ""
    for wake_up in sorted(wake_ups):
        if payload and len(payload) + 1 + len(wake_up) > MAX_PAYLOAD:
            yield payload
            payload = ""
        payload = f"{payload},{wake_up}" if payload else wake_up
    if payload:
        yield payload
