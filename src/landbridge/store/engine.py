"""What the two engines share: the interface, migration, one transaction's end."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pkgutil import iter_modules
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from landbridge.core.catalog import Catalog
from landbridge.store.database import Database
from landbridge.store.migrations import versions
from landbridge.store.partitions import EXISTING, missing_statements
from landbridge.store.schema import adoption_statements, index_statements, planner_statements
from landbridge.store.tx import SqlTx

T = TypeVar("T")

WakeUp = Literal["node", "ask", "answer"]
"""A node has news; a host is asked; somebody who asked (by the call's uuid) is answered."""


class Engine(ABC):
    """Runs units of work."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.listeners: dict[WakeUp, list[Callable[[set[str]], None]]] = {}
        self._hints: dict[str, int] = {}

    @abstractmethod
    async def write(self, unit: Callable[[Any], T], account: str | None) -> T:
        """One transaction, committed."""

    @abstractmethod
    async def read(self, unit: Callable[[Any], T]) -> T:
        """One consistent view."""

    @abstractmethod
    async def close(self) -> None:
        """Close every connection."""

    def begin(self, database: Database, account: str | None = None) -> SqlTx:
        """A transaction's view on its database."""
        return SqlTx(database, self.catalog, time.time_ns() // 1_000_000, account, self._hints)

    def perform(self, database: Database, unit: Callable[[Any], T], account: str | None) -> tuple[T, set[str]]:
        """Run a unit and compile what it changed; returns its value and whom to wake after the commit."""
        tx = self.begin(database, account)
        value = unit(tx)
        tx.finish()
        return value, tx.wake_ups | {f"node:{node}" for node in tx.state.nodes}

    def notify(self, wake_ups: set[str]) -> None:
        """Tell the listeners.  A wake-up is `kind:uuid`."""
        by_kind: dict[str, set[str]] = {}
        for wake_up in wake_ups:
            kind, _, uuid = wake_up.partition(":")
            by_kind.setdefault(kind, set()).add(uuid)
        for known, listeners in self.listeners.items():
            if uuids := by_kind.get(known):
                for listener in listeners:
                    listener(uuids)


def migrate(connection: Connection, catalog: Catalog) -> None:
    """Bring the schema up to date, and the expression indexes with it."""
    if _version(connection) != newest_version():
        _upgrade(connection)
    dialect = connection.dialect.name
    if dialect == "sqlite":
        missing = [*index_statements(catalog), *planner_statements()]
    else:
        existing = {row.relname for row in connection.execute(sa.text(EXISTING))}
        missing = missing_statements(catalog, existing)
    for sql in (*missing, *adoption_statements(dialect, catalog)):
        connection.execute(sa.text(sql))


def newest_version() -> str:
    """The revision that the newest migration leads to: its file is called `v<revision>_<what>`."""
    return max(found.name[1:].partition("_")[0] for found in iter_modules(versions.__path__))


def _version(connection: Connection) -> str | None:
    """The revision that the schema is at; None of a new database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _upgrade(connection: Connection) -> None:
    # A server that has nothing to migrate starts a sixth sooner without importing this.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "landbridge.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
