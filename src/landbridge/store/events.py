"""The log of who did what: rows that are old enough go."""

from landbridge.core.view import Tx
from landbridge.model.documents.event import EventLog
from landbridge.model.resource import document_name
from landbridge.store.schema import json_field
from landbridge.store.tx import SqlTx


def prune(tx: Tx, before: int) -> None:
    """Forget what ended before a time (milliseconds since the epoch)."""
    assert isinstance(tx, SqlTx)
    ended = f"CAST({json_field(tx.dialect, 'createDate')} AS BIGINT)"
    tx.run(f"DELETE FROM resource WHERE type = '{document_name(EventLog)}' AND {ended} < :b", b=before)
