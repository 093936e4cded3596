"""Rows know the whole that they are part of: what is handed over and shared together."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """The column and the indexes; `store.schema.adoption_statements` fills it (it needs the kinds)."""
    columns = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("resource")}
    if "family" not in columns:
        op.add_column("resource", sa.Column("family", sa.Text))
    op.create_index("resource_family", "resource", ["family"], if_not_exists=True)
    op.create_index("resource_owner", "resource", ["owner", "type", "seq"], if_not_exists=True)
