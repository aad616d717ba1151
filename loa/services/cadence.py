"""How long a channel has been without a post, in days and in working days: people forget a still page.

A channel that is stopped or frozen rests on purpose, and the days of a freeze are not held against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, select

from content.calendar import Calendar, CalendarError
from loa.services import calendar
from loa.services.stopping import FreezeView
from loa.services.workspace import Workspace
from loa.settings import CadenceRules
from scheduler.status import SENDABLE, Status
from scheduler.store.tables import channel, delivery

LONGEST_DAYS = 366
"""What has been still for longer is told as this long."""
_EARLY = timedelta(days=2)
"""What a person posted by hand may be public so long before its time."""
_PLANNED = (*SENDABLE, Status.HANDED_OVER, Status.IN_REVIEW)


@dataclass(frozen=True)
class Silence:
    """A channel without a post for `days`; of them `working` days that are over and were under no freeze.

    `last_at`: when its last post that still stands went out, None for none yet. `next_at`: when the next one
    is planned, None for none; it may still need its approval.
    """

    channel: str
    last_at: datetime | None
    days: int
    working: int
    next_at: datetime | None


def silent(
    workspace: Workspace, connection: Connection, freezes: Iterable[FreezeView], rules: CadenceRules
) -> list[Silence]:
    """The channels that have been still for longer than the unit wants; `freezes` with the lifted ones."""
    if not rules.is_on:
        return []
    now, zone = workspace.now(), workspace.config.zone
    orders = list(freezes)
    days = _Days(_known_days(workspace))
    found = []
    for row in connection.execute(_last_and_next(now)):
        limit, still = rules.limit(row.id), row.last_at or row.created_at
        free = _rested_until(row.id, orders, still)
        if not limit or row.state != "ok" or free is None:
            continue
        today = now.astimezone(zone).date()
        passed, counted = (
            min((today - since.astimezone(zone).date()).days, LONGEST_DAYS) for since in (still, free)
        )
        if counted <= limit:  # never more working days than days
            continue
        working = days.working_between(today - timedelta(days=counted), today)
        if working >= limit:
            found.append(Silence(row.id, row.last_at, passed, working, row.next_at))
    return found


class _Days:
    """Working days, each looked up once for all channels."""

    def __init__(self, known: Calendar) -> None:
        self._known = known
        self._off: dict[date, bool] = {}

    def working_between(self, first: date, last: date) -> int:
        """Working days after the first day and before the last one, which is not over."""
        between = (first + timedelta(days=n) for n in range(1, (last - first).days))
        return sum(not self._is_off(day) for day in between)

    def _is_off(self, day: date) -> bool:
        if day not in self._off:
            self._off[day] = self._known.is_off(day)
        return self._off[day]


def _known_days(workspace: Workspace) -> Calendar:
    try:
        return calendar.days_off(workspace)
    except CalendarError:  # said where the calendar is looked at; here the shipped days will do
        return Calendar("")


def _rested_until(channel_id: str, freezes: Sequence[FreezeView], since: datetime) -> datetime | None:
    """From when on the channel could have spoken; None while it may not."""
    for one in freezes:
        if one.scope == "all" or (one.scope == "channel" and one.target == channel_id):
            if one.lifted_at is None:
                return None
            since = max(since, one.lifted_at)
    return since


def _last_and_next(now: datetime) -> Select[Any]:
    """One look over a covering index for each channel, however many deliveries wait or went out."""
    here = delivery.c.channel_id == channel.c.id
    newest = (
        select(delivery.c.seq)
        .where(here, delivery.c.status == Status.PUBLISHED, delivery.c.due_at <= now + _EARLY)
        .order_by(delivery.c.due_at.desc(), delivery.c.seq.desc())
        .limit(1)
        .scalar_subquery()
    )
    last = delivery.alias("last")
    coming = (
        select(delivery.c.due_at)
        .where(here, delivery.c.due_at > now, delivery.c.status.in_(_PLANNED))
        .order_by(delivery.c.due_at)
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            channel.c.id,
            channel.c.state,
            channel.c.created_at,
            last.c.published_at.label("last_at"),
            coming.label("next_at"),
        )
        .select_from(channel.outerjoin(last, last.c.seq == newest))
        .order_by(channel.c.id)
    )
