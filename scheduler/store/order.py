"""The order of the queue: by due time, what has none yet first, else as they were made.

SQLite has nulls first by itself, and its indexes too; PostgreSQL is told, and so are its indexes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, column

from scheduler.store.tables import delivery


def in_due_order(rows: FromClause | None = None) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """For ORDER BY: of deliveries, of another selection with their columns, or (None) of a union."""
    due_at, seq = (column("due_at"), column("seq")) if rows is None else (rows.c.due_at, rows.c.seq)
    return due_at.asc().nulls_first(), seq.asc()


IN_DUE_ORDER = in_due_order(delivery)
