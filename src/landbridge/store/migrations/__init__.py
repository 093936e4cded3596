"""Alembic migrations of the generic schema."""
