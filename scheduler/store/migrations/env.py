"""Alembic's entry point; Loa hands the connection over (see scheduler.store.database)."""

from alembic import context
from sqlmodel import SQLModel

from scheduler.store import search, tables  # noqa: F401  (tables fill the metadata)

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    include_name=lambda name, kind, _: not (kind == "table" and search.is_ours(name)),
)
with context.begin_transaction():
    context.run_migrations()
