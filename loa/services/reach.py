"""Reach: asking the platforms now, and the newest figures per delivery."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, not_, select

from loa.services.connecting import Connectors
from loa.services.deliveries import must_be_known
from loa.services.workspace import Workspace
from scheduler import reach
from scheduler.store.tables import delivery, reading

TYPED = "typed:"
"""Begins the `source` of a figure that a person typed in; the officer's name follows."""


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
    """The latest reading of each metric, by post and channel.

    A platform's "not available" does not hide what a person has typed in.
    """
    typed = reading.alias("typed")
    typed_too = exists().where(
        typed.c.delivery_seq == reading.c.delivery_seq,
        typed.c.metric == reading.c.metric,
        typed.c.source.startswith(TYPED),
    )
    place = func.row_number().over(
        partition_by=(reading.c.delivery_seq, reading.c.metric),
        order_by=(reading.c.taken_at.desc(), reading.c.id.desc()),
    )
    placed = (
        select(reading.c.id, place.label("place"))
        .where(not_(and_(reading.c.value.is_(None), typed_too)))
        .subquery()
    )
    conditions: list[ColumnElement[bool]] = [reading.c.id.in_(select(placed.c.id).where(placed.c.place == 1))]
    if post_id:
        conditions.append(delivery.c.post_id == post_id)
    with workspace.database.read() as connection:
        must_be_known(connection, post_id=post_id)
        return [_view(row) for row in connection.execute(_readings(*conditions))]


def one(workspace: Workspace, number: int) -> ReachView:
    """The reading with that number."""
    with workspace.database.read() as connection:
        return _view(connection.execute(_readings(reading.c.id == number)).one())


def _readings(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(reading, delivery.c.id.label("delivery_id"), delivery.c.post_id, delivery.c.channel_id)
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .where(*conditions)
        .order_by(delivery.c.post_id, delivery.c.seq, reading.c.id)
    )


def _view(row: Row[tuple[Any, ...]]) -> ReachView:
    return ReachView(
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
