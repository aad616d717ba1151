"""Single readings: the newest of each delivery, and since when it is counted in this way."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, not_, select

from loa.services.deliveries import must_be_known
from loa.services.workspace import Workspace
from scheduler.reach import TYPED
from scheduler.reading_plan import is_late
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
    late: bool = False
    """Taken for a point of the plan that was long over (`scheduler.reading_plan`)."""
    defined_since: datetime | None = None
    """Since when it is counted in this way, where it was counted in another way before; else None."""


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
        since = _defined_since(connection, post_id)
        return [
            replace(seen, defined_since=since.get((seen.delivery, seen.metric, seen.definition)))
            for seen in (view(row) for row in connection.execute(readings(*conditions)))
        ]


def _defined_since(connection: Connection, post_id: str) -> dict[tuple[str, str, str], datetime]:
    """By delivery, metric and definition: when a definition that was not the first came up."""
    first = func.min(reading.c.taken_at)
    told = (
        select(delivery.c.id, reading.c.metric, reading.c.definition, first.label("since"))
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .where(reading.c.value.is_not(None), not_(reading.c.source.startswith(TYPED)))
        .group_by(delivery.c.id, reading.c.metric, reading.c.definition)
        .order_by(first)
    )
    if post_id:
        told = told.where(delivery.c.post_id == post_id)
    known, found = set[tuple[str, str]](), dict[tuple[str, str, str], datetime]()
    for row in connection.execute(told):
        if (row.id, row.metric) in known:
            found[row.id, row.metric, row.definition] = row.since
        known.add((row.id, row.metric))
    return found


def one(workspace: Workspace, reading_id: int) -> ReachView:
    """The reading with that number."""
    with workspace.database.read() as connection:
        return view(connection.execute(readings(reading.c.id == reading_id)).one())


def readings(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            reading,
            delivery.c.id.label("delivery_id"),
            delivery.c.post_id,
            delivery.c.channel_id,
            delivery.c.published_at,
        )
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .where(*conditions)
        .order_by(delivery.c.post_id, delivery.c.seq, reading.c.id)
    )


def view(row: Row[tuple[Any, ...]]) -> ReachView:
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
        bool(row.planned_at and row.published_at and is_late(row.published_at, row.planned_at, row.taken_at)),
    )
