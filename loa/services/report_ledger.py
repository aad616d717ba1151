"""The deliveries of a report, read from the ledger: what went public, what was due, what did not stay."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from content.errors import UsageError
from loa.services.report_facts import Item, Trouble
from loa.speech import one_line, reason
from scheduler.status import DONE, Status
from scheduler.store.tables import audit_event, delivery, post

MOST = 50_000
"""Deliveries of one report. More is refused: a report that is cut would be a wrong report."""
_TROUBLES = (Status.MISSED, Status.FAILED, Status.CANCELLED, Status.REMOVING, Status.REMOVED)
Conditions = Sequence[ColumnElement[bool]]


def went_out(since: datetime, until: datetime, narrow: Conditions) -> list[ColumnElement[bool]]:
    """Of a delivery: that it went public from `since` on and before `until`."""
    return [
        delivery.c.status.in_(DONE),
        delivery.c.published_at >= since,
        delivery.c.published_at < until,
        *narrow,
    ]


def rows(connection: Connection, conditions: Conditions) -> Sequence[Any]:
    """Deliveries with their post's title and kind, oldest first; raises UsageError for more than MOST."""
    wanted = ("id", "post_id", "channel_id", "status", "due_at", "published_at", "url", "last_error")
    found = connection.execute(
        select(*(delivery.c[name] for name in wanted), post.c.title, post.c.kind)
        .join(post, post.c.id == delivery.c.post_id)
        .where(*conditions)
        .order_by(delivery.c.published_at, delivery.c.due_at, delivery.c.seq)
        .limit(MOST + 1)
    ).all()
    if len(found) > MOST:
        raise UsageError("report.too_much", most=MOST)
    return found


def public(
    connection: Connection,
    since: datetime,
    until: datetime,
    narrow: Conditions,
    belongs: Mapping[str, str],
) -> list[Item]:
    """What went public from `since` on and before `until`; `belongs` is the campaign of a post."""
    return [
        Item(
            row.id,
            row.post_id,
            one_line(row.title),
            row.kind,
            row.channel_id,
            belongs.get(row.post_id, ""),
            row.due_at,
            row.published_at,
            one_line(row.url),
            row.status,
        )
        for row in rows(connection, went_out(since, until, narrow))
    ]


def troubles(connection: Connection, due: Sequence[Any], went: Conditions) -> tuple[Trouble, ...]:
    """What was due or went public, and did not stay or become public, each with the reason that was given."""
    mine = {row.id: row for row in due if row.status in _TROUBLES}
    gone = (Status.REMOVING, Status.REMOVED)
    mine |= {row.id: row for row in rows(connection, [*went, delivery.c.status.in_(gone)])}
    taken_down = [row.id for row in mine.values() if row.status in gone]
    why: dict[str, str] = {}
    for start in range(0, len(taken_down), 500):  # a list in a query has its limit
        about = audit_event.c.subject.in_(taken_down[start : start + 500])
        told = select(audit_event).where(about, audit_event.c.action.startswith("remov"))
        for event in connection.execute(told.order_by(audit_event.c.id)):
            try:
                said = json.loads(event.detail)
            except (ValueError, RecursionError):  # `loa audit verify` tells of a damaged event; figures stand
                continue
            if isinstance(said, dict) and said.get("reason"):
                why[event.subject] = one_line(str(said["reason"]))
    return tuple(
        Trouble(
            row.id,
            one_line(row.title),
            row.channel_id,
            row.status,
            row.due_at,
            why.get(row.id, "") or (reason(row.last_error, row.channel_id) if row.last_error else ""),
        )
        for row in sorted(mine.values(), key=lambda one: (str(one.due_at or ""), one.id))
    )


def undated(connection: Connection, zone: ZoneInfo, narrow: Conditions) -> int:
    """Published deliveries without a readable time."""
    published = delivery.c.published_at
    no_time = and_(
        delivery.c.status.in_(DONE),
        or_(published.is_(None), published < datetime(2000, 1, 1, tzinfo=zone)),
        *narrow,
    )
    return connection.execute(select(func.count()).select_from(delivery).where(no_time)).scalar() or 0
