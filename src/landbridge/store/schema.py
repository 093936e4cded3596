"""The generic schema: a new service needs no migration.

resource      documents; `seq` is creation order, `owner` the account, `family` the shareable whole that a row is
              part of (itself, unless its kind is `within` another).  PostgreSQL: see store/partitions.py
claim         unique keys: how a VNI, an address, a MAC is taken without a lock
edge          which document names which, and whether the target may go
change        what changed, in order; pruned
scope, object, subscription          compiled node state (see model/node.py)
node_ack, node_failed                what nodes have reported
job, job_wait                        jobs and what they wait for (`lenient`: unless the node goes away)
ask           questions to hosts that a user waits for; gone soon after their deadline
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from landbridge.core.catalog import Catalog

metadata = sa.MetaData()
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_JSON = sa.Text().with_variant(JSONB(none_as_null=True), "postgresql")

resource = sa.Table(
    "resource",
    metadata,
    sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
    sa.Column("uuid", sa.Text, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("family", sa.Text),
    sa.Column("doc", _JSON, nullable=False),
    sa.Index("resource_type", "type", "seq"),
    sa.Index("resource_owner", "owner", "type", "seq"),
    sa.Index("resource_family", "family"),
)
claim = sa.Table(
    "claim",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("number", sa.BigInteger),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Index("claim_number", "scope", "number"),
    sa.Index("claim_owner", "owner"),
)
edge = sa.Table(
    "edge",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("on_delete", sa.Text, nullable=False),
    sa.Index("edge_target", "target", "on_delete"),
)
change = sa.Table(
    "change",
    metadata,
    sa.Column("seq", _SERIAL, primary_key=True, autoincrement=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("uuid", sa.Text, nullable=False),
    sa.Column("op", sa.Text, nullable=False),
)
scope = sa.Table(
    "scope",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("floor", sa.BigInteger, nullable=False),
)
node_object = sa.Table(
    "object",
    metadata,
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("value", sa.Text),
    sa.Index("object_source", "source"),
    sa.Index("object_revision", "scope", "revision"),
)
subscription = sa.Table(
    "subscription",
    metadata,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Index("subscription_source", "source"),
    sa.Index("subscription_scope", "scope"),
)
node_ack = sa.Table(
    "node_ack",
    metadata,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
)
node_failed = sa.Table(
    "node_failed",
    metadata,
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("error", sa.Text, nullable=False),
)
job = sa.Table(
    "job",
    metadata,
    sa.Column("uuid", sa.Text, primary_key=True),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("created", sa.BigInteger, nullable=False),
    sa.Column("deadline", sa.BigInteger, nullable=False),
    sa.Column("row", sa.Text, nullable=False),
    sa.Index("job_phase", "phase", "deadline"),
    sa.Index("job_created", "created"),
)
job_wait = sa.Table(
    "job_wait",
    metadata,
    sa.Column("job", sa.Text, primary_key=True),
    sa.Column("node", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("keys", sa.Text, nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("lenient", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index("job_wait_node", "node"),
)
ask = sa.Table(
    "ask",
    metadata,
    sa.Column("uuid", sa.Text, primary_key=True),
    sa.Column("call", sa.Text, nullable=False),
    sa.Column("node", sa.Text, nullable=False),
    sa.Column("deadline", sa.BigInteger, nullable=False),
    sa.Column("question", sa.Text, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Index("ask_call", "call"),
    sa.Index("ask_open", "node", sqlite_where=sa.text("answer IS NULL"), postgresql_where=sa.text("answer IS NULL")),
)


NESTING = 3
"""How deep parts of parts go: a NIC's connections, the NIC, the VM."""


def json_field(dialect: str, name: str, alias: str = "") -> str:
    """SQL for one field of a document, as text (SQLite: with its JSON type's own affinity)."""
    column = f"{alias}.doc" if alias else "doc"
    return f"json_extract({column}, '$.{name}')" if dialect == "sqlite" else f"({column} ->> '{name}')"


def index_statements(catalog: Catalog) -> list[str]:
    """SQLite: one expression index per declared field (or fields) and document type."""
    return [
        f'CREATE INDEX IF NOT EXISTS "doc_{type_}_{fields}" ON resource ({json_columns("sqlite", fields)}) '
        f"WHERE type = '{type_}'"
        for type_, doc in catalog.docs.items()
        for fields in sorted(catalog.indexes(doc))
        if fields != "uuid"
    ]


def adoption_statements(dialect: str, catalog: Catalog) -> list[str]:
    """Give rows of before there were families the family (and owner) of what they are part of.

    A part may be part of a part: as many rounds as kinds nest.
    """
    fields = {type_: field for type_, doc in catalog.docs.items() if (field := catalog.within(doc))}
    within = {type_: field for type_, field in fields.items() if field != "uuid"}
    own = [
        f"UPDATE resource SET owner = uuid, family = uuid WHERE family IS NULL AND type = '{type_}'"
        for type_ in fields.keys() - within.keys()
    ]
    whole = f"UPDATE resource SET family = uuid WHERE family IS NULL AND {{}} ({', '.join(map(repr, within))})"
    parts = [
        "UPDATE resource SET owner = parent.owner, family = parent.family FROM resource AS parent "
        f"WHERE resource.family IS NULL AND resource.type = '{type_}' AND parent.family IS NOT NULL "
        f"AND parent.uuid = {json_field(dialect, field, 'resource')}"
        for type_, field in within.items()
    ]
    return [*own, whole.format("type NOT IN"), *parts * NESTING, whole.format("type IN")]


def planner_statements() -> list[str]:
    """Tell SQLite's planner that a type has many rows, so that a declared index is always the better way.

    Left alone it takes ten rows per type for granted and walks all of them; measuring (`ANALYZE`) would help
    until the next thousand rows, and plans would depend on when it was done.
    """
    return [
        "ANALYZE sqlite_schema",
        "DELETE FROM sqlite_stat1",
        "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('resource', 'resource_type', '1000000 100000 1'), "
        "('resource', 'resource_owner', '1000000 100000 50000 1'), ('resource', 'resource_family', '1000000 10')",
        "ANALYZE sqlite_schema",
    ]


def json_columns(dialect: str, fields: str) -> str:
    """SQL for fields of a document, a list of which is an index's name."""
    return ", ".join(json_field(dialect, field) for field in fields.split(","))


def rows_of(dialect: str, parameter: str) -> str:
    """A table of the elements of a parameter that is a JSON array: many rows in one statement whose text is one."""
    return f"json_each(:{parameter})" if dialect == "sqlite" else f"jsonb_array_elements(CAST(:{parameter} AS JSONB))"


def row_fields(dialect: str, count: int) -> list[str]:
    """The columns of `rows_of`, where each element is an array of so many texts."""
    one = "json_extract(value, '$[{}]')" if dialect == "sqlite" else "value ->> {}"
    return [one.format(number) for number in range(count)]


def one_value(dialect: str) -> str:
    """The column of `rows_of`, where each element is a text."""
    return "value" if dialect == "sqlite" else "value #>> '{}'"
