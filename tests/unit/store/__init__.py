"""The store, on both engines: what holds on SQLite holds on PostgreSQL."""
