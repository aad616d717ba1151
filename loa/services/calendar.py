"""The plan by day: what goes out when, beside lunar dates, days off and freezes; what a move would mean."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from content.calendar import Calendar, CalendarError, Holiday, lunar
from content.calendar.days import LARGEST_BYTES
from content.finding import Finding
from loa.services import blackouts, deciding, deliveries, stopping
from loa.services.blackouts import BlackoutView
from loa.services.deliveries import DeliveryView
from loa.services.stopping import FreezeView
from loa.services.workspace import Workspace
from scheduler.status import EDITABLE, Status
from scheduler.store.tables import delivery

OWN = "ngay-nghi.toml"
"""The unit's own days, beside config.toml; a missing file is an empty one."""
LONGEST_DAYS = 62
MOST = 5_000
"""Deliveries of one span that are read; a calendar with more is a list, and the queue is better at that."""
TOO_NEAR = timedelta(hours=1)
"""Two posts of one channel closer than this take each other's readers."""
NEAR_SHOWN = 5
MOVABLE = EDITABLE - {Status.CANCELLED}


@dataclass(frozen=True)
class Day:
    """One day in the unit's zone. `lunar` is `1/10`, or empty where it is not known."""

    date: date
    lunar: str
    holidays: list[Holiday]
    off: bool
    deliveries: list[DeliveryView]
    freezes: list[FreezeView] = field(default_factory=list)
    """In force at any time of this day; one that nobody has lifted covers every day from its own on."""
    blackouts: list[BlackoutView] = field(default_factory=list)
    """Entries for this day that nobody removed."""


def days_off(workspace: Workspace) -> Calendar:
    """The calendar with the unit's own days; raises CalendarError for a file that cannot be taken."""
    try:
        with (workspace.folder / OWN).open("rb") as file:
            own = file.read(LARGEST_BYTES + 1).decode("utf-8-sig", "replace")
    except FileNotFoundError:
        own = ""
    return Calendar(own)


def span(workspace: Workspace, first: date, days: int, known: Calendar | None = None) -> list[Day]:
    """So many days from `first` on, at most `LONGEST_DAYS`, each with its deliveries in due order.

    `known`: the days off, where the unit's own file was read already (or cannot be).
    """
    zone = workspace.config.zone
    days = min(days, LONGEST_DAYS)
    begin = datetime.combine(first, time(), zone)
    end = datetime.combine(first + timedelta(days=days), time(), zone)
    with workspace.database.read() as connection:
        due = delivery.c.due_at
        views = deliveries.select_views(connection, due >= begin, due < end, limit=MOST)
    by_day: defaultdict[date, list[DeliveryView]] = defaultdict(list)
    for view in views:
        assert view.due_at is not None
        by_day[view.due_at.astimezone(zone).date()].append(view)
    known = days_off(workspace) if known is None else known
    freezes = stopping.listing(workspace, lifted=True)
    entered = blackouts.listing(workspace)
    dates = [first + timedelta(days=n) for n in range(days)]
    return [
        _day(known, one, by_day[one], [f for f in freezes if _covers(f, one, zone)], entered) for one in dates
    ]


def month(workspace: Workspace, day: date, known: Calendar | None = None) -> list[Day]:
    """The whole weeks, Monday first, that show the month of `day`."""
    weeks = weeks_of(day)
    return span(workspace, weeks[0], 7 * len(weeks), known)


def weeks_of(day: date) -> list[date]:
    """The Mondays of the weeks that show the month of `day`."""
    first = day.replace(day=1)
    monday = first - timedelta(days=first.weekday())
    after = (first + timedelta(days=31)).replace(day=1)
    return [monday + timedelta(weeks=n) for n in range(-(-(after - monday).days // 7))]


@dataclass(frozen=True)
class Prospect:
    """What it would mean to move a delivery to another time; nothing has been changed.

    `approval`: it is `kept`, is `lost` (outside the approved window: a draft again), the post goes back
    from `review` to the drafter, or there is `none` yet.
    """

    delivery: DeliveryView
    moment: datetime
    movable: bool
    past: bool
    approval: Literal["kept", "lost", "review", "none"]
    day: Day
    """The new day; its `deliveries` are left out."""
    near: list[DeliveryView]
    """Others on the same channel within TOO_NEAR, the first NEAR_SHOWN."""
    quiet: Finding | None = None
    """Where the new time is in quiet hours."""


def prospect(workspace: Workspace, delivery_id: str, moment: datetime) -> Prospect:
    """Look ahead of `deciding.move`; raises NotFound. A broken file of days off counts as an empty one."""
    zone = workspace.config.zone
    column = delivery.c
    with workspace.database.read() as connection:
        row = deliveries.row_of(connection, delivery_id)
        [view] = deliveries.select_views(connection, column.seq == row.seq)
        keeps = row.due_at is not None and deciding.covered(workspace, connection, row, moment)
        near = deliveries.select_views(
            connection,
            column.channel_id == row.channel_id,
            column.seq != row.seq,
            column.due_at > moment - TOO_NEAR,
            column.due_at < moment + TOO_NEAR,
            column.status.not_in([Status.CANCELLED, Status.REMOVED]),
            limit=NEAR_SHOWN,
        )
    approval: Literal["kept", "lost", "review", "none"]
    match row.status:
        case Status.DRAFT:
            approval = "none"
        case Status.IN_REVIEW:
            approval = "review"
        case _:
            approval = "kept" if keeps else "lost"
    date_ = moment.astimezone(zone).date()
    freezes = [one for one in stopping.listing(workspace) if _covers(one, date_, zone)]
    day = _day(_whatever_is_off(workspace), date_, [], freezes, blackouts.listing(workspace))
    movable, past = row.status in MOVABLE, moment <= workspace.now()
    config = workspace.config
    quiet = config.quiet_hours.remark(moment, view.channel, view.platform, zone, config.checks)
    return Prospect(view, moment, movable, past, approval, day, near, quiet)


def _whatever_is_off(workspace: Workspace) -> Calendar:
    try:
        return days_off(workspace)
    except CalendarError:
        return Calendar("")


def _covers(freeze: FreezeView, day: date, zone: ZoneInfo) -> bool:
    if day < freeze.at.astimezone(zone).date():
        return False
    return freeze.lifted_at is None or day <= freeze.lifted_at.astimezone(zone).date()


def _day(
    known: Calendar,
    day: date,
    views: list[DeliveryView],
    freezes: list[FreezeView],
    entered: list[BlackoutView],
) -> Day:
    moon = lunar(day)
    return Day(
        date=day,
        lunar=moon.short() if moon else "",
        holidays=list(known.holidays(day)),
        off=known.is_off(day),
        deliveries=views,
        freezes=freezes,
        blackouts=[one for one in entered if one.first <= day <= one.last],
    )
