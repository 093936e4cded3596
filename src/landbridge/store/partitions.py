"""PostgreSQL: the table of documents has a partition for each type, with the indexes of that type.

In one table an insert would have to look at the condition of every index of every type: 1.3 ms for 250 of them.  And
indexes without a condition are measured by ANALYZE, so the planner knows how different the values of a field are.
"""

from collections.abc import Collection, Iterator

from landbridge.core.catalog import Catalog
from landbridge.store.schema import json_columns, json_field

BY_BEGINNING = frozenset({"name", "tag", "ip"})
"""Indexed fields that people ask for by the beginning of a value.  The order of texts is the database's locale's,
which says nothing of beginnings: they have a second index, bytewise."""
TABLE = (
    "CREATE TABLE resource (seq BIGSERIAL, uuid TEXT NOT NULL, type TEXT NOT NULL, owner TEXT, family TEXT, "
    "doc JSONB NOT NULL, PRIMARY KEY (seq, type), UNIQUE (uuid, type)) PARTITION BY LIST (type)",
    "CREATE INDEX resource_owner ON resource (owner, seq)",
    "CREATE INDEX resource_family ON resource (family)",
)
EXISTING = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
_LONGEST_NAME = 63


def partition(type_: str) -> str:
    """What makes the partition of a type."""
    return f"CREATE TABLE \"doc_{type_}\" PARTITION OF resource FOR VALUES IN ('{type_}')"


def missing_statements(catalog: Catalog, existing: Collection[str]) -> list[str]:
    """What is to be made beside the tables and indexes that are there, by name."""
    return [sql for name, sql in _wanted(catalog) if name[:_LONGEST_NAME] not in existing]


def _wanted(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for type_, doc in catalog.docs.items():
        table = f"doc_{type_}"
        yield table, partition(type_)
        for fields in sorted(catalog.indexes(doc) - {"uuid"}):
            name = f"{table}_{fields}"
            yield name, f'CREATE INDEX "{name}" ON "{table}" ({json_columns("postgresql", fields)})'
        for field in sorted(catalog.indexes(doc) & BY_BEGINNING):
            name = f"{table}_{field}_begins"
            yield name, f'CREATE INDEX "{name}" ON "{table}" ({json_field("postgresql", field)} text_pattern_ops)'
