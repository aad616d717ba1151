"""What a report tells of the readers that the unit has counted itself: whole days up to the period's end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from content.wording import say
from loa.services.report_facts import Newest
from loa.services.report_ledger import Conditions
from loa.services.report_periods import Period
from scheduler.counting import SOURCES
from scheduler.store.tables import delivery, view_count, view_day

Key = tuple[int, str]
"""Of a figure: `delivery.seq` and the metric."""


def up_to_last_day(
    connection: Connection,
    told: Mapping[Key, Newest],
    went: Conditions,
    period: Period,
    zone: ZoneInfo,
) -> dict[Key, Newest]:
    """What the unit has counted on its own pages up to the period's last day, by delivery and metric.

    `told` are the newest readings of it: they say from which source and by which definition. Days that
    nobody counted leave a figure smaller, not unknown; with none counted at all it is not available.
    """
    if not told:
        return {}
    sums = {
        (row.delivery_seq, row.source): {"views": row.views, "visitors": row.visitors}
        for row in connection.execute(
            select(
                view_count.c.delivery_seq,
                view_count.c.source,
                func.sum(view_count.c.views).label("views"),
                func.sum(view_count.c.visitors).label("visitors"),
            )
            .join(delivery, delivery.c.seq == view_count.c.delivery_seq)
            .where(*went, view_count.c.origin == "", view_count.c.day <= period.last.isoformat())
            .group_by(view_count.c.delivery_seq, view_count.c.source)
        )
    }
    days: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
    every = select(view_day.c.channel_id, view_day.c.source, view_day.c.day)
    for row in connection.execute(every.distinct()):
        try:
            days[row.channel_id, row.source].add(date.fromisoformat(row.day))
        except ValueError:  # a damaged row must not take the others along
            continue
    public = select(delivery.c.seq, delivery.c.published_at).where(*went)
    begun = {row.seq: row.published_at.astimezone(zone).date() for row in connection.execute(public)}
    return {
        (seq, metric): _reckoned(
            period.last,
            one,
            begun[seq],
            days[one.channel, _source(one)],
            sums.get((seq, _source(one)), {}).get(metric),
        )
        for (seq, metric), one in told.items()
    }


def _source(one: Newest) -> str:
    return next(name for name, begin in SOURCES.items() if one.source.startswith(begin))


def _reckoned(last: date, one: Newest, begun: date, days: set[date], value: int | None) -> Newest:
    known = [day for day in days if day <= last]
    mine = [day for day in known if day >= begun]
    if one.value is None or not mine:
        note = one.note if one.value is None else say("report.not_counted")
        return replace(one, value=None, note=note)
    source = f"{SOURCES[_source(one)]} {min(known)}/{max(known)}"
    wanted = (max(mine) - begun).days + 1
    if len(known) == len(days):
        note = one.note  # it was told of just these days
    elif len(mine) < wanted:
        note = say("report.days_missing", missing=wanted - len(mine), days=wanted)
    else:
        note = ""
    return replace(one, value=int(value or 0), source=source, note=note)
