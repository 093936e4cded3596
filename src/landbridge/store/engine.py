"""What the two engines share: the interface, migration, one transaction's end."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from landbridge.core.catalog import Catalog
from landbridge.store.database import Database
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
        tx.state.flush()
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
    config = Config()
    config.set_main_option("script_location", "landbridge.store:migrations")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    dialect = connection.dialect.name
    for sql in (
        *adoption_statements(dialect, catalog),
        *index_statements(dialect, catalog),
        *planner_statements(dialect),
    ):
        connection.execute(sa.text(sql))
