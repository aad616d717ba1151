"""Which days the unit has counted on its own pages, by source, and the figures that are made of them."""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, func, select

from connectors.contract import Figure
from content.counting import BEACON_SECONDS
from content.wording import say
from scheduler.counting import BEACON, LOG, SOURCES, begin_of, end_of
from scheduler.store.tables import channel, view_count, view_day

METRICS = ("views", "visitors")
QUIET = timedelta(hours=1)
"""So long nothing need be heard for the hours to count as covered: a small site has silent hours."""


def with_beacon(connection: Connection) -> frozenset[str]:
    """The channels whose pages carry a beacon: websites whose setting `counter` is filled in."""
    told = connection.execute(select(channel.c.id, channel.c.settings).where(channel.c.platform == "website"))
    return frozenset(row.id for row in told if _counter(row.settings))


def _counter(settings: str) -> str:
    try:
        return str(json.loads(settings).get("counter", "")).strip()
    except (ValueError, AttributeError):  # damaged: the connector says so, and this counts nothing
        return ""


@dataclass(frozen=True)
class Coverage:
    """The days of a channel that one source has counted, sorted. `partly` are those with hours missing."""

    source: str
    days: Sequence[date]
    partly: Sequence[date]
    spans: Mapping[date, Sequence[tuple[datetime, datetime]]]
    """What is covered of each day of `partly`."""
    last_at: datetime
    zone: ZoneInfo

    def since(self, published_at: datetime) -> int:
        """How many days it has counted from the day of publication on."""
        return len(self.days) - bisect_left(self.days, published_at.astimezone(self.zone).date())

    def note(self, published_at: datetime) -> str:
        """Which of the days from publication on nobody counted, or only some hours of; empty: none."""
        first = published_at.astimezone(self.zone).date()
        days = (self.days[-1] - first).days + 1
        partly = len(self.partly) - bisect_right(self.partly, first)
        if first in self.spans and not _covers(self.spans[first], published_at, end_of(first, self.zone)):
            partly += 1
        # `partly` is told without the days in all: today is one of them, and each day would be news otherwise
        told = {"missing": days - self.since(published_at), "partly": partly}
        return "; ".join(
            say(f"counter.note.{name}", count=count, days=days) for name, count in told.items() if count > 0
        )


def coverage(connection: Connection, channel_id: str, zone: ZoneInfo) -> list[Coverage]:
    """What each source has counted of a channel's days, a log first; empty where nothing ever was.

    A beacon counts where the pages carry one, or where one was once heard from.
    """
    told = connection.execute(select(view_day).where(view_day.c.channel_id == channel_id))
    by_source: dict[str, list[Row[Any]]] = {}
    for row in told:
        if _is_day(row.day):  # a damaged row must not take the others along
            by_source.setdefault(row.source, []).append(row)
    beacon = by_source.get(BEACON, [])
    if not any(row.lines for row in beacon) and channel_id not in with_beacon(connection):
        by_source.pop(BEACON, None)
    return [_coverage(source, by_source[source], zone) for source in SOURCES if source in by_source]


def _coverage(source: str, rows: Sequence[Row[Any]], zone: ZoneInfo) -> Coverage:
    spans: dict[date, list[tuple[datetime, datetime]]] = {}
    for row in rows:
        spans.setdefault(date.fromisoformat(row.day), []).append((row.first_at, row.last_at))
    partly = {
        day: sorted(told)
        for day, told in spans.items()
        if not _covers(sorted(told), begin_of(day, zone), end_of(day, zone))
    }
    last_at = max(row.last_at for row in rows)
    return Coverage(source, sorted(spans), sorted(partly), partly, last_at, zone)


def _covers(spans: Sequence[tuple[datetime, datetime]], begin: datetime, end: datetime) -> bool:
    heard = begin
    for first, last in spans:
        if first - heard > QUIET:
            return False
        heard = max(heard, last)
    return end - heard <= QUIET


Sums = Mapping[tuple[int, str], tuple[int, int]]
"""Views and visitors by delivery and source."""


def sums(connection: Connection, *wanted: ColumnElement[bool]) -> Sums:
    """All that was counted of the deliveries that meet `wanted` (conditions on `view_count`)."""
    found = connection.execute(
        select(
            view_count.c.delivery_seq,
            view_count.c.source,
            func.sum(view_count.c.views),
            func.sum(view_count.c.visitors),
        )
        .where(view_count.c.origin == "", *wanted)
        .group_by(view_count.c.delivery_seq, view_count.c.source)
    )
    return {(row[0], row[1]): (int(row[2] or 0), int(row[3] or 0)) for row in found}


def figures(row: Row[Any], counted: Sequence[Coverage], told: Sums) -> list[Figure]:
    """`views` and `visitors` of one published delivery up to the last day that was counted; none without any.

    They are of the source that knows most days since publication, a log before a beacon: what a year of logs
    told does not go because a beacon was begun. No view on days that were counted is 0; days that nobody
    counted, or only in part, are told in the note.
    """
    if not counted:
        return []
    public = row.published_at
    known = max(counted, key=lambda one: (one.since(public), one.source == LOG)) if public else counted[0]
    definitions = {
        metric: say(f"counter.definition.{known.source}_{metric}", seconds=BEACON_SECONDS)
        for metric in METRICS
    }
    source = f"{SOURCES[known.source]} {known.days[0]}/{known.days[-1]}"
    if public is None or public > known.last_at:
        note = say("counter.note.not_yet", last=f"{known.days[-1]:%d/%m/%Y}")
        return [Figure(metric, None, meaning, source, note) for metric, meaning in definitions.items()]
    values = told.get((row.seq, known.source), (0, 0))
    note = known.note(public)
    return [
        Figure(metric, value, meaning, source, note)
        for (metric, meaning), value in zip(definitions.items(), values, strict=True)
    ]


def _is_day(name: str) -> bool:
    try:
        return bool(date.fromisoformat(name))
    except (ValueError, TypeError):
        return False
