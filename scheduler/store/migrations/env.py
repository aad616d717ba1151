"""Alembic's entry point; Loa hands the connection over (see scheduler.store.database)."""

from alembic import context
from sqlmodel import SQLModel

from scheduler.store import tables  # noqa: F401  (fills the metadata)

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
