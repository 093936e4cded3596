"""How a transaction reaches its database: a statement in, rows out.

SQLAlchemy where there is a network between (PostgreSQL).  On SQLite a statement takes microseconds
and SQLAlchemy several times as long, a hundred times per VM: there the driver is spoken to directly.
"""

import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection


class Rows(Protocol):
    """What a statement has answered; columns are attributes of a row."""

    @property
    def rowcount(self) -> int:
        """How many rows a write has touched."""

    def __iter__(self) -> Iterator[Any]:
        """Every row."""

    def all(self) -> Sequence[Any]:
        """Every row."""

    def first(self) -> Any:
        """The first row, or None."""

    def one(self) -> Any:
        """The one row that there is."""

    def scalar(self) -> Any:
        """The first column of the first row, or None."""

    def scalar_one(self) -> Any:
        """The first column of the one row."""


class Database(Protocol):
    """One connection, inside a transaction."""

    dialect: str

    def run(self, sql: str, values: Mapping[str, Any]) -> Rows:
        """Execute one statement; `:name` marks a value."""


_clauses: dict[str, sa.TextClause] = {}


def clause(sql: str) -> sa.TextClause:
    """A text clause; the same text is parsed once per process."""
    found = _clauses.get(sql)
    if found is None:
        found = _clauses[sql] = sa.text(sql)
    return found


class SqlAlchemyDatabase:
    """Any database, through SQLAlchemy."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.dialect = connection.dialect.name

    def run(self, sql: str, values: Mapping[str, Any]) -> Rows:
        """Execute one statement."""
        return self._connection.execute(clause(sql), values)


class SqliteDatabase:
    """SQLite, through its driver."""

    dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, values: Mapping[str, Any]) -> Rows:
        """Execute one statement."""
        return _SqliteRows(self._connection.execute(sql, values), sql)


_row_types: dict[str, Callable[[Sequence[Any]], Any]] = {}
"""By statement: a statement's columns are always the same."""


class _SqliteRows:
    """All rows are fetched at once: a cursor left open would keep the transaction from ending."""

    def __init__(self, cursor: sqlite3.Cursor, sql: str) -> None:
        self._rows = cursor.fetchall()
        self._columns = cursor.description
        self._sql = sql
        self.rowcount: int = cursor.rowcount

    def __iter__(self) -> Iterator[Any]:
        return map(self._type(), self._rows)

    def all(self) -> Sequence[Any]:
        return list(self)

    def first(self) -> Any:
        return self._type()(self._rows[0]) if self._rows else None

    def one(self) -> Any:
        (row,) = self._rows
        return self._type()(row)

    def scalar(self) -> Any:
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        ((value,),) = self._rows
        return value

    def _type(self) -> Callable[[Sequence[Any]], Any]:
        found = _row_types.get(self._sql)
        if found is None:
            found = _row_types[self._sql] = _row_type([column[0] for column in self._columns])
        return found


def _row_type(names: Sequence[str]) -> Callable[[Sequence[Any]], Any]:
    """A maker of rows with these columns; one without a name (`count(*)`) gets none."""
    make: Any = namedtuple
    row: Callable[[Sequence[Any]], Any] = make("Row", names, rename=True)._make
    return row
