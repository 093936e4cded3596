"""SQLite: one writer thread with group commit, readers beside it.

Units that arrive while a commit is under way share the next one, each in a savepoint of its
own, so that one that fails harms no other.  WAL and synchronous=FULL: what was answered as
committed survives a power cut, and readers never wait.
"""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from landbridge.core.catalog import Catalog
from landbridge.store.database import SqliteDatabase
from landbridge.store.engine import Engine, migrate
from landbridge.store.tx import SqlTx

T = TypeVar("T")

GROUP = 64
READERS = 2
STATEMENTS = 2048
"""Prepared statements kept per connection: more than there are."""
CACHE_KIB = 65_536
"""KiB of pages kept in memory per connection; SQLite's own 2 MiB hold a few hundred VMs."""
CHECKPOINT_PAGES = 4_000
"""Pages (of 4 KiB) in the log before they go to the file: one that many commits change goes once.

One block of the log's index holds as many (https://www.sqlite.org/walformat.html, section 2.3)."""


@dataclass(slots=True)
class _Work:
    unit: Callable[[SqlTx], Any]
    account: str | None
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]
    value: Any = None
    error: BaseException | None = None


class _Reading:
    """A unit on a reader's connection, which can be stopped while it waits for rows."""

    def __init__(self, unit: Callable[[SqlTx], Any]) -> None:
        self.unit = unit
        self._lock = threading.Lock()
        self._driver: sqlite3.Connection | None = None

    @contextlib.contextmanager
    def on(self, driver: sqlite3.Connection) -> Iterator[None]:
        """From here to the end of the block it is this connection's."""
        self._driver = driver
        try:
            yield
        finally:
            with self._lock:  # whoever stops it must not hit the connection's next unit
                self._driver = None

    def stop(self) -> None:
        """Nobody waits for it any more."""
        with self._lock:
            if self._driver is not None:
                self._driver.interrupt()


class SqliteEngine(Engine):
    """One file, or memory (then readers use the writer's connection)."""

    def __init__(self, url: str, catalog: Catalog) -> None:
        super().__init__(catalog)
        self._memory = url == "sqlite://"
        pool: type[sa.Pool] = sa.StaticPool if self._memory else sa.QueuePool
        self._sql = sa.create_engine(
            url,
            poolclass=pool,
            connect_args={
                "check_same_thread": False,
                "isolation_level": None,
                "timeout": 30,
                "cached_statements": STATEMENTS,
            },
        )
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._local = threading.local()
        self._writer = threading.Thread(target=self._write_loop, name="store-write", daemon=True)

    @classmethod
    async def open(cls, url: str, catalog: Catalog) -> "SqliteEngine":
        """Open and migrate."""
        engine = cls(url, catalog)
        await asyncio.to_thread(engine._migrate)
        engine._writer.start()
        return engine

    async def write(self, unit: Callable[[Any], T], account: str | None) -> T:
        """Hand the unit to the writer; returns after the commit."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._queue.put(_Work(unit, account, loop, future))
        return await future

    async def read(self, unit: Callable[[Any], T]) -> T:
        """Run the unit on a reader's connection."""
        if self._memory:
            return await self.write(unit, None)
        reading = _Reading(unit)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, reading)
        except asyncio.CancelledError:
            reading.stop()
            raise

    async def close(self) -> None:
        """Finish the queue, then close."""
        self._queue.put(None)
        await asyncio.to_thread(self._writer.join)
        self._readers.shutdown()
        self._sql.dispose()

    # ---- threads --------------------------------------------------------------------------

    def _connect(self) -> Connection:
        connection = self._sql.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        connection.exec_driver_sql("PRAGMA synchronous = FULL")
        connection.exec_driver_sql("PRAGMA case_sensitive_like = ON")
        connection.exec_driver_sql(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        return connection

    def _migrate(self) -> None:
        with self._connect() as connection:
            migrate(connection, self.catalog)

    def _read(self, reading: _Reading) -> Any:
        driver: sqlite3.Connection | None = getattr(self._local, "driver", None)
        if driver is None:
            self._local.connection = connection = self._connect()
            driver = self._local.driver = _driver(connection)
        with reading.on(driver):
            driver.execute("BEGIN")
            try:
                return reading.unit(self.begin(SqliteDatabase(driver)))
            finally:
                driver.execute("ROLLBACK")

    def _write_loop(self) -> None:
        with self._connect() as connection:
            driver = _driver(connection)
            while (first := self._queue.get()) is not None:
                group = [first]
                while len(group) < GROUP and not self._queue.empty():
                    following = self._queue.get()
                    if following is None:
                        self._queue.put(None)
                        break
                    group.append(following)
                self._commit(driver, group)

    def _commit(self, driver: sqlite3.Connection, group: list[_Work]) -> None:
        wake_ups: set[str] = set()
        try:
            driver.execute("BEGIN IMMEDIATE")
            for work in group:
                if not work.future.cancelled():
                    wake_ups |= self._one(driver, work)
            driver.execute("COMMIT")
        except Exception as error:
            if driver.in_transaction:  # not if another process has kept us from beginning
                driver.execute("ROLLBACK")
            for work in group:
                work.error = work.error or error
        # Wake-ups first: a loop may end as soon as its unit is resolved, or have ended with its caller.
        if wake_ups:
            with contextlib.suppress(RuntimeError):
                group[0].loop.call_soon_threadsafe(self.notify, wake_ups)
        for work in group:
            with contextlib.suppress(RuntimeError):
                work.loop.call_soon_threadsafe(_resolve, work)

    def _one(self, driver: sqlite3.Connection, work: _Work) -> set[str]:
        driver.execute("SAVEPOINT unit")
        try:
            work.value, wake_ups = self.perform(SqliteDatabase(driver), work.unit, work.account)
        except Exception as error:
            driver.execute("ROLLBACK TO unit")
            work.error, wake_ups = error, set()
        driver.execute("RELEASE unit")
        return wake_ups


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


def _resolve(work: _Work) -> None:
    if work.future.cancelled():
        return
    if work.error is not None:
        work.future.set_exception(work.error)
    else:
        work.future.set_result(work.value)
