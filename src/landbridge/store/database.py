"""How a transaction reaches its database: a statement in, rows out.

The drivers are spoken to directly: a statement takes them microseconds and SQLAlchemy several times as long, twenty
times per VIP and a hundred times per VM.
"""

import re
import sqlite3
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol

import asyncpg
from sqlalchemy.util import await_only


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


class FetchedRows:
    """All rows at once: nothing is left open that would keep a transaction from ending."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Any]], rowcount: int) -> None:
        self._columns = columns
        self._rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return map(self._type(), self._rows) if self._rows else iter(())

    def all(self) -> Sequence[Any]:
        """Every row."""
        return list(self)

    def first(self) -> Any:
        """The first row, or None."""
        return self._type()(self._rows[0]) if self._rows else None

    def one(self) -> Any:
        """The one row that there is."""
        (row,) = self._rows
        return self._type()(row)

    def scalar(self) -> Any:
        """The first column of the first row, or None."""
        return self._rows[0][0] if self._rows else None

    def scalar_one(self) -> Any:
        """The first column of the one row."""
        ((value,),) = self._rows
        return value

    def _type(self) -> Callable[[Sequence[Any]], Any]:
        return _row_type(tuple(self._columns))


@lru_cache(maxsize=1024)
def _row_type(names: tuple[str, ...]) -> Callable[[Sequence[Any]], Any]:
    """A maker of rows with these columns; one without a name (`count(*)`) gets none."""
    make: Any = namedtuple
    row: Callable[[Sequence[Any]], Any] = make("Row", names, rename=True)._make
    return row


class SqliteDatabase:
    """SQLite, through its driver."""

    dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, values: Mapping[str, Any]) -> Rows:
        """Execute one statement."""
        cursor = self._connection.execute(sql, values)
        columns = [column[0] for column in cursor.description or ()]
        return FetchedRows(columns, cursor.fetchall(), cursor.rowcount)


class PostgresDatabase:
    """PostgreSQL, through its driver: inside `greenlet_spawn`, where a statement may be waited for."""

    dialect = "postgresql"

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    def run(self, sql: str, values: Mapping[str, Any]) -> Rows:
        """Execute one statement."""
        text, names = _numbered(sql, tuple((name, type(value)) for name, value in values.items()))
        arguments = [values[name] for name in names]
        if not _ANSWERS.search(sql):
            return FetchedRows((), (), _touched(await_only(self._connection.execute(text, *arguments))))
        rows = await_only(self._connection.fetch(text, *arguments))
        return FetchedRows(list(rows[0].keys()) if rows else (), rows, len(rows))


_ANSWERS = re.compile(r"^(SELECT|WITH)\b|\bRETURNING\b")
_MARK = re.compile(r"(?<![:\w]):(\w+)")
_SQL_TYPES = {str: "::text", int: "::bigint", bool: "::boolean", float: "::double precision", type(None): ""}


@lru_cache(maxsize=4096)
def _numbered(sql: str, types: tuple[tuple[str, type], ...]) -> tuple[str, tuple[str, ...]]:
    """A statement with `$1::text` for `:name`, as PostgreSQL has it, and the names in that order.

    The types of the values stand in the text: where PostgreSQL would have to guess, it takes a text for granted.
    """
    places: dict[str, str] = {}
    casts = {name: _SQL_TYPES[type_] for name, type_ in types}

    def place(mark: re.Match[str]) -> str:
        return places.setdefault(mark[1], f"${len(places) + 1}{casts[mark[1]]}")

    return _MARK.sub(place, sql), tuple(places)


def _touched(status: str) -> int:
    """The rows that a write has touched, from a command tag like `INSERT 0 1` or `UPDATE 3`."""
    number = status.rpartition(" ")[2]
    return int(number) if number.isdigit() else 0
