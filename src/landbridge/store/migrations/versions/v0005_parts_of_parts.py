"""Addresses of NICs are part of the VM, whichever of both was stored first."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Rows whose family is a part of something get the family and the owner of that."""
    op.execute(
        "UPDATE resource SET owner = parent.owner, family = parent.family FROM resource AS parent "
        "WHERE parent.uuid = resource.family AND parent.family <> parent.uuid"
    )
