"""Reach: asking the platforms now, and the newest figures per delivery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from loa.services.connecting import Connectors
from loa.services.deliveries import must_be_known
from loa.services.workspace import Workspace
from scheduler import reach
from scheduler.store.tables import delivery, reading


@dataclass(frozen=True)
class ReachView:
    """The newest reading of one metric of one delivery. `value` None is "not available", never 0."""

    delivery: str
    post: str
    channel: str
    metric: str
    value: int | None
    definition: str
    source: str
    note: str
    taken_at: datetime


def pull(workspace: Workspace, progress: Callable[[str, int, int], None], delivery_id: str = "") -> int:
    """Read every published delivery (or one) now; returns how many figures with a value came in."""
    with workspace.database.read() as connection:
        must_be_known(connection, delivery_id=delivery_id)
        rows = [row for row in reach.published(connection) if not delivery_id or row.id == delivery_id]
    connectors = Connectors(workspace)
    try:
        return reach.pull(rows, workspace.database, connectors.connect, workspace.clock, progress)
    finally:
        connectors.close()


def newest(workspace: Workspace, post_id: str = "") -> list[ReachView]:
    """The latest reading of each metric, by post and channel."""
    latest = (
        select(func.max(reading.c.id)).group_by(reading.c.delivery_seq, reading.c.metric).scalar_subquery()
    )
    query = (
        select(reading, delivery.c.id.label("delivery_id"), delivery.c.post_id, delivery.c.channel_id)
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .where(reading.c.id.in_(latest))
        .order_by(delivery.c.post_id, delivery.c.seq, reading.c.id)
    )
    if post_id:
        query = query.where(delivery.c.post_id == post_id)
    with workspace.database.read() as connection:
        must_be_known(connection, post_id=post_id)
        rows = connection.execute(query).all()
    return [
        ReachView(
            row.delivery_id,
            row.post_id,
            row.channel_id,
            row.metric,
            row.value,
            row.definition,
            row.source,
            row.note,
            row.taken_at,
        )
        for row in rows
    ]
