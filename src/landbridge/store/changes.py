"""The log of changes: which document was made, changed or deleted, when, in the order of commits."""

from landbridge.core.view import Tx
from landbridge.store.tx import SqlTx


def prune(tx: Tx, before: int) -> None:
    """Forget changes older than a time (milliseconds since the epoch)."""
    assert isinstance(tx, SqlTx)
    tx.run("DELETE FROM change WHERE at < :b", b=before)
