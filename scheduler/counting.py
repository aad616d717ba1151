"""Views that the unit counts on its own pages: daily totals in the store, and figures made of them.

A day of an access log is replaced by a fuller one, never added to: the same log again, or a rotated one that
overlaps, changes nothing. Numbers of two sources (log, beacon) are never added up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, func, insert, select

from connectors.contract import Figure
from content.counting import BEACON_SECONDS
from content.wording import say
from scheduler.store.tables import view_count, view_day

LOG, BEACON = "log", "beacon"
SOURCES = {LOG: "access log", BEACON: "page beacon"}
"""How a figure's `source` begins; the days it is of follow."""
Came = Literal["new", "fuller", "same", "kept", "parts"]
"""What became of a day: `kept` is what was stored, being fuller; `parts`: the fuller one is in place, but
the other knows hours that it does not."""


@dataclass(frozen=True)
class PageCount:
    """One delivery's page on one day; `origins`: how many of the views came from where."""

    views: int
    visitors: int
    origins: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DayCount:
    """One day of one channel, by delivery. `lines` tells which of two counts of a day is the fuller."""

    day: date
    lines: int
    first_at: datetime
    last_at: datetime
    pages: Mapping[int, PageCount]


def store_log(connection: Connection, channel_id: str, days: Sequence[DayCount], at: datetime) -> list[Came]:
    """Take each day in, or keep the fuller one that is there."""
    return [_store_day(connection, channel_id, LOG, "", day, at) for day in days]


def store_run(connection: Connection, channel_id: str, run: str, day: DayCount, at: datetime) -> None:
    """What one run of the beacon has counted of a day so far: whole numbers, so that twice is once."""
    _store_day(connection, channel_id, BEACON, run, day, at)


def _store_day(
    connection: Connection, channel_id: str, source: str, run: str, day: DayCount, at: datetime
) -> Came:
    name = day.day.isoformat()
    mine = {"channel_id": channel_id, "day": name, "source": source, "run": run}
    there = connection.execute(select(view_day).where(_same(view_day, mine))).one_or_none()
    came: Came = "new"
    if there is not None:
        came = "same" if there.lines == day.lines else "fuller" if there.lines < day.lines else "kept"
        inside = day.first_at >= there.first_at and day.last_at <= there.last_at
        around = day.first_at <= there.first_at and day.last_at >= there.last_at
        if not inside and not around:
            came = "parts"
        if there.lines > day.lines:
            return came
        connection.execute(delete(view_count).where(_same(view_count, mine)))
        connection.execute(delete(view_day).where(_same(view_day, mine)))
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
    return came


def _same(table: Any, mine: Mapping[str, str]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in mine.items()))


@dataclass(frozen=True)
class Coverage:
    """The days of a channel that one source has counted."""

    source: str
    days: frozenset[str]
    first_at: datetime
    last_at: datetime


def coverage(connection: Connection, channel_id: str) -> Coverage | None:
    """Of the source that knows the latest day; a log before a beacon. None where nothing was ever counted."""
    rows = connection.execute(select(view_day).where(view_day.c.channel_id == channel_id)).all()
    if not rows:
        return None
    source = max(rows, key=lambda row: (row.day, row.source == LOG)).source
    mine = [row for row in rows if row.source == source]
    return Coverage(
        source,
        frozenset(row.day for row in mine),
        min(row.first_at for row in mine),
        max(row.last_at for row in mine),
    )


def figures(connection: Connection, row: Row[Any], zone: ZoneInfo, counted: Coverage | None) -> list[Figure]:
    """`views` and `visitors` of one published delivery up to the last day that was counted; none without any.

    No view on days that were counted is 0; days that nobody counted are told in the note.
    """
    if counted is None:
        return []
    definitions = {
        metric: say(f"counter.definition.{counted.source}_{metric}", seconds=BEACON_SECONDS)
        for metric in ("views", "visitors")
    }
    first, last = min(counted.days), max(counted.days)
    source = f"{SOURCES[counted.source]} {first}/{last}"
    if row.published_at is None or row.published_at > counted.last_at:
        note = say("counter.note.not_yet", last=_day(last))
        return [Figure(metric, None, meaning, source, note) for metric, meaning in definitions.items()]
    of_page = (
        view_count.c.delivery_seq == row.seq,
        view_count.c.source == counted.source,
        view_count.c.origin == "",
    )
    found = connection.execute(
        select(func.sum(view_count.c.views), func.sum(view_count.c.visitors)).where(*of_page)
    ).one()
    note = _gaps(row.published_at.astimezone(zone).date(), counted)
    return [
        Figure(metric, int(value or 0), meaning, source, note)
        for (metric, meaning), value in zip(definitions.items(), found, strict=True)
    ]


def _gaps(published: date, counted: Coverage) -> str:
    last = date.fromisoformat(max(counted.days))
    wanted = [published + timedelta(days=n) for n in range((last - published).days + 1)]
    missing = sum(day.isoformat() not in counted.days for day in wanted)
    return say("counter.note.missing", missing=missing, days=len(wanted)) if missing else ""


def _day(name: str) -> str:
    return f"{date.fromisoformat(name):%d/%m/%Y}"
