"""Jobs may wait for a node only as long as it is there."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The first migration makes the tables as they are now, so the column may be there."""
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("job_wait")}
    if "lenient" not in columns:
        op.add_column("job_wait", sa.Column("lenient", sa.Boolean, nullable=False, server_default=sa.false()))
