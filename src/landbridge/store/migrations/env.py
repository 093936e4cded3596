"""Alembic's entry: it runs on the connection that the store hands over, nowhere else."""

from alembic import context

from landbridge.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
