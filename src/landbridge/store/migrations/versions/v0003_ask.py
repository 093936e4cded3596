"""Questions to hosts."""

from alembic import op

from landbridge.store.schema import ask

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """A database that 0001 makes today has the table already."""
    ask.create(op.get_bind(), checkfirst=True)
