"""Which deliveries may have left something hidden at a platform, and which objects there are needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, func, literal, or_, select

from scheduler.policy import Step
from scheduler.status import Status
from scheduler.store.tables import attempt, channel, delivery

GRACE = timedelta(hours=24)
"""Nothing younger is touched, and no delivery that was tried or decided about since."""
WINDOW = timedelta(days=30)
"""Deliveries whose minute is longer ago are not asked about any more."""
CLEAN = "clean"
"""The step's name in the ledger of attempts."""
GIVEN_UP = frozenset({Status.DRAFT, Status.CANCELLED, Status.FAILED, Status.MISSED})
"""Nothing of these is public or will be as they stand; what their own handle names is a leftover too."""
_PUBLIC_ONCE = frozenset({Status.PUBLISHED, Status.REMOVED})

AnyRow = Row[tuple[Any, ...]]


def candidates(connection: Connection, now: datetime, *, everything: bool = False) -> list[AnyRow]:
    """Deliveries that nobody has touched for the time of grace and that were not looked at since, by channel.

    Each row is the delivery with `first_at` and `last_at`, the times of its attempts. `everything`: without
    regard to what the ledger says, as after a restore from a backup.
    """
    mine = attempt.c.delivery_seq == delivery.c.seq
    tried = and_(mine, attempt.c.step != CLEAN)
    looked = and_(mine, attempt.c.step == CLEAN, attempt.c.outcome == "done")
    making = and_(mine, attempt.c.step.in_([Step.PREPARE, Step.HAND_OVER]))

    def one(what: ColumnElement[Any], where: ColumnElement[bool]) -> ColumnElement[Any]:
        return select(what).where(where).scalar_subquery()

    prepared_twice = one(func.count(), and_(mine, attempt.c.step == Step.PREPARE)) > 1
    broke_off = exists().where(making, attempt.c.outcome.not_in(["prepared", "handed_over"]))
    over = and_(
        delivery.c.status.in_(_PUBLIC_ONCE),
        delivery.c.due_at <= now,
        delivery.c.wake_at.is_(None),  # read back
        or_(prepared_twice, broke_off, literal(everything)),
    )
    given_up = and_(delivery.c.status.in_(GIVEN_UP), exists().where(making))
    rows = connection.execute(
        select(
            delivery,
            one(func.min(attempt.c.started_at), tried).label("first_at"),
            one(func.max(attempt.c.started_at), tried).label("last_at"),
            one(func.max(attempt.c.started_at), looked).label("looked_at"),
        )
        .join(channel, channel.c.id == delivery.c.channel_id)
        .where(
            channel.c.state == "ok",
            delivery.c.due_at >= now - WINDOW,
            delivery.c.updated_at <= now - GRACE,
            or_(over, given_up),
        )
        .order_by(delivery.c.channel_id, delivery.c.seq)
    )
    return [
        row
        for row in rows
        if row.last_at is not None
        and row.last_at <= now - GRACE
        and (everything or row.looked_at is None or row.looked_at < row.last_at)
    ]


def is_needed(connection: Connection, seq: int, remote_id: str) -> bool:
    """Whether a delivery's public object is this one, or the handle of another one than `seq` names it."""
    written = json.dumps(remote_id, ensure_ascii=False)[1:-1]
    rows = connection.execute(
        select(delivery.c.seq, delivery.c.remote_id, delivery.c.handle).where(
            or_(delivery.c.remote_id == remote_id, delivery.c.handle.contains(written, autoescape=True))
        )
    )
    return any(
        row.remote_id == remote_id or (row.seq != seq and remote_id in named_by(row.handle)) for row in rows
    )


def named_by(handle: str) -> set[str]:
    """Every id that a stored handle holds, at whatever depth; numbers as they are written."""
    try:
        return set(_leaves(json.loads(handle)))
    except (ValueError, RecursionError):
        return set()


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _leaves(part)
    elif isinstance(value, str | int):
        yield str(value)
