"""PostgreSQL: any number of server copies on one database.

Repeatable read; whoever loses a conflict starts again.  Nothing is locked but the rows that
are written.  NOTIFY wakes the other copies after a commit.
"""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from landbridge.core.catalog import Catalog
from landbridge.store.database import SqlAlchemyDatabase, clause
from landbridge.store.engine import Engine, migrate

T = TypeVar("T")

CHANNEL = "landbridge_wake_ups"
MAX_PAYLOAD = 7999
RETRIES = 30
_RETRYABLE = frozenset({"40001", "40P01", "23505"})
"""Serialization failure, deadlock, and a unique key that a concurrent transaction took first."""

_MIGRATION_LOCK = 0x6C62
"""Advisory key held while the schema is migrated, so that copies that start together take turns."""


class PostgresEngine(Engine):
    """A pool of connections."""

    def __init__(self, sql: AsyncEngine, catalog: Catalog) -> None:
        super().__init__(catalog)
        self._sql = sql
        self._listening: AsyncConnection | None = None

    @classmethod
    async def open(cls, url: str, catalog: Catalog) -> "PostgresEngine":
        """Connect, migrate, listen."""
        target = url.replace("postgresql://", "postgresql+asyncpg://", 1)
        sql = create_async_engine(
            target,
            pool_size=8,
            isolation_level="REPEATABLE READ",
            json_serializer=str,
            json_deserializer=str,
        )
        engine = cls(sql, catalog)
        async with sql.begin() as connection:
            await connection.execute(clause(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
            await connection.run_sync(migrate, catalog)
        await engine._listen()
        return engine

    async def write(self, unit: Callable[[Any], T], account: str | None) -> T:
        """One transaction, begun again when it lost a conflict."""
        for attempt in range(RETRIES):
            try:
                async with self._sql.begin() as connection:
                    value, wake_ups = await connection.run_sync(self._perform, unit, account)
                break
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RETRYABLE or attempt == RETRIES - 1:
                    raise
                await asyncio.sleep(random.random() * 0.002 * 2 ** min(attempt, 6))
        if wake_ups:
            self.notify(wake_ups)
        return value

    async def read(self, unit: Callable[[Any], T]) -> T:
        """One snapshot."""
        async with self._sql.connect() as connection:
            return await connection.run_sync(lambda sync: unit(self.begin(SqlAlchemyDatabase(sync))))

    async def close(self) -> None:
        """Close every connection."""
        if self._listening is not None:
            await self._listening.close()
        await self._sql.dispose()

    def _perform(self, connection: Connection, unit: Callable[[Any], T], account: str | None) -> tuple[T, set[str]]:
        value, wake_ups = self.perform(SqlAlchemyDatabase(connection), unit, account)
        for payload in _payloads(wake_ups):
            connection.execute(clause("SELECT pg_notify(:c, :p)"), {"c": CHANNEL, "p": payload})
        return value, wake_ups

    async def _listen(self) -> None:
        """Hear the other copies.  A lost wake-up costs time only: streams look again by themselves."""
        self._listening = await self._sql.connect()
        raw = await self._listening.get_raw_connection()
        driver: Any = raw.driver_connection

        def heard(_connection: object, _pid: int, _channel: str, payload: str) -> None:
            self.notify(set(payload.split(",")))

        await driver.add_listener(CHANNEL, heard)


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
