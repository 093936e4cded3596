"""The generic schema as it first stood."""

from alembic import op

from landbridge.store.schema import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table and its indexes."""
    metadata.create_all(op.get_bind(), checkfirst=True)
