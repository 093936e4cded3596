"""PostgreSQL: documents in a partition for each type."""

import sqlalchemy as sa
from alembic import op

from landbridge.store.partitions import TABLE, partition

revision = "0006"
down_revision = "0005"

_COLUMNS = "seq, uuid, type, owner, family, doc"
_KIND = "SELECT relkind = 'p' FROM pg_class WHERE oid = 'resource'::regclass"


def upgrade() -> None:
    """The documents move; their indexes, and partitions of types that have none, are made with the server's start."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite" or connection.execute(sa.text(_KIND)).scalar():
        return
    op.execute("ALTER TABLE resource RENAME TO undivided")
    op.execute("ALTER SEQUENCE resource_seq_seq RENAME TO undivided_seq")
    op.execute("DROP INDEX resource_owner, resource_family")
    for statement in TABLE:
        op.execute(statement)
    for row in connection.execute(sa.text("SELECT DISTINCT type FROM undivided")):
        op.execute(partition(row.type))
    op.execute(f"INSERT INTO resource ({_COLUMNS}) SELECT {_COLUMNS} FROM undivided")
    op.execute("SELECT setval('resource_seq_seq', max(seq)) FROM undivided HAVING max(seq) > 0")
    op.execute("DROP TABLE undivided")
