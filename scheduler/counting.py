"""Views that the unit counts on its own pages: daily totals in the store (figures: `scheduler.coverage`).

A stretch of an access log is replaced by a fuller one of the same hours, never added to: the same log again,
or a rotated one that overlaps, changes nothing. Numbers of two sources (log, beacon) are never added up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, insert, select

from scheduler.store.tables import view_count, view_day

LOG, BEACON = "log", "beacon"
SOURCES = {LOG: "access log", BEACON: "page beacon"}
"""How a figure's `source` begins; the days it is of follow."""
Came = Literal["new", "added", "fuller", "same", "kept"]
"""What became of a stretch: `added` to other hours of its day; `kept` is what was stored, being fuller."""


class Taken(NamedTuple):
    """`lacks_hours`: of what was told and what was stored only one is in place, and the other knows more."""

    came: Came
    lacks_hours: bool = False


@dataclass(frozen=True)
class PageCount:
    """One delivery's page on one day; `origins`: how many of the views came from where."""

    views: int
    visitors: int
    origins: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DayCount:
    """One day of one channel, or the hours of it from `first_at` to `last_at`, by delivery.

    `lines` tells which of two counts of the same hours is the fuller.
    """

    day: date
    lines: int
    first_at: datetime
    last_at: datetime
    pages: Mapping[int, PageCount]


def store_log(connection: Connection, channel_id: str, days: Sequence[DayCount], at: datetime) -> list[Taken]:
    """Take each day in beside other hours of it, or keep the fuller count of the same hours."""
    return [_store_stretch(connection, channel_id, day, at) for day in days]


def _store_stretch(connection: Connection, channel_id: str, day: DayCount, at: datetime) -> Taken:
    whole_day = {"channel_id": channel_id, "day": day.day.isoformat(), "source": LOG}
    stored = connection.execute(select(view_day).where(_same(view_day, whole_day))).all()
    there = [row for row in stored if not _apart(day, row)]
    if not there:
        _put(connection, {**whole_day, "run": day.first_at.isoformat()}, day, at)
        return Taken("added" if stored else "new")
    first, last = min(row.first_at for row in there), max(row.last_at for row in there)
    inside = day.first_at >= first and day.last_at <= last
    lacks = not inside and not (day.first_at <= first and day.last_at >= last)
    lines = sum(row.lines for row in there)
    if lines > day.lines:
        return Taken("kept", lacks)
    for row in there:
        _drop(connection, {**whole_day, "run": row.run})
    if inside:  # what was known to be covered stays so: the same log, imported without its neighbours
        day = replace(day, first_at=first, last_at=last)
    _put(connection, {**whole_day, "run": day.first_at.isoformat()}, day, at)
    return Taken("same" if lines == day.lines else "fuller", lacks)


def _apart(day: DayCount, row: Row[Any]) -> bool:
    """Whether they share no hours. Two that touch in one second do not, unless one is that second alone."""
    if day.first_at > row.last_at or day.last_at < row.first_at:
        return True
    touching = day.first_at == row.last_at or day.last_at == row.first_at
    return touching and day.first_at < day.last_at and row.first_at < row.last_at


def store_run(connection: Connection, channel_id: str, run: str, day: DayCount, at: datetime) -> None:
    """What one run of the beacon has counted of a day so far: whole numbers, so that twice is once."""
    mine = {"channel_id": channel_id, "day": day.day.isoformat(), "source": BEACON, "run": run}
    there = connection.execute(select(view_day.c.lines).where(_same(view_day, mine))).scalar()
    if there is None or there <= day.lines:
        _drop(connection, mine)
        _put(connection, mine, day, at)


def forget(connection: Connection, channel_id: str, since: date, until: date) -> int:
    """Drop what logs told of these days, both included; how many days that were."""
    days = set[str]()
    for table in (view_count, view_day):
        mine = and_(
            table.c.channel_id == channel_id,
            table.c.source == LOG,
            table.c.day.between(since.isoformat(), until.isoformat()),
        )
        days.update(connection.execute(select(table.c.day).where(mine).distinct()).scalars())
        connection.execute(delete(table).where(mine))
    return len(days)


def _put(connection: Connection, mine: Mapping[str, str], day: DayCount, at: datetime) -> None:
    times = {"first_at": day.first_at, "last_at": day.last_at, "counted_at": at}
    connection.execute(insert(view_day).values(**mine, lines=day.lines, **times))
    rows: list[dict[str, Any]] = []
    for seq, page in day.pages.items():
        about = {**mine, "delivery_seq": seq}
        rows.append({**about, "origin": "", "views": page.views, "visitors": page.visitors})
        rows += [
            {**about, "origin": origin, "views": views, "visitors": None}
            for origin, views in page.origins.items()
        ]
    if rows:
        connection.execute(insert(view_count), rows)


def _drop(connection: Connection, mine: Mapping[str, str]) -> None:
    for table in (view_count, view_day):
        connection.execute(delete(table).where(_same(table, mine)))


def _same(table: Any, mine: Mapping[str, str]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in mine.items()))


def begin_of(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def end_of(day: date, zone: ZoneInfo) -> datetime:
    return begin_of(day + timedelta(days=1), zone)


def whole(day: DayCount, begins: bool, ends: bool, zone: ZoneInfo) -> DayCount:
    """The day from its first moment on (`begins`) or to its last, where the log goes on beyond it."""
    first_at = min(day.first_at, begin_of(day.day, zone)) if begins else day.first_at
    last_at = max(day.last_at, end_of(day.day, zone) - timedelta(seconds=1)) if ends else day.last_at
    return replace(day, first_at=first_at, last_at=last_at)
