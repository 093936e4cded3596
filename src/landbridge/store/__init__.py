"""All state, in SQL: one interface, two engines (SQLite, PostgreSQL).

Names to know: `Store` (open, write, read, query, node_delta, record_report), `SqlTx` (tx.py),
`jobs` (job rows).  Imports core and model only.
"""

from landbridge.store.store import Store

__all__ = ["Store"]
