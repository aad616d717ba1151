"""The figures of a report: which reading of each delivery counts."""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, and_, func, not_, or_, select

from content.wording import say
from loa.services.report_counted import Key, up_to_last_day
from loa.services.report_facts import Newest
from loa.services.report_ledger import Conditions
from loa.services.report_periods import Period
from loa.speech import one_line
from scheduler.counting import SOURCES
from scheduler.store.tables import delivery, follower_day, post, reading


class Told(NamedTuple):
    """`late`: the deliveries of which a figure was read only after the period's end."""

    readings: tuple[Newest, ...]
    late: frozenset[str]


def newest(connection: Connection, went: Conditions, period: Period, as_of: datetime, zone: ZoneInfo) -> Told:
    """The figure that counts of each delivery and metric, and which of them are of after the period.

    That is the newest read before its end, or read later of days before it. A "not available" hides no figure
    that was read before it: a metric that a platform gives up, or a bad day, makes nothing unread. Where none
    was read by then it is the first read afterwards. What the unit counts itself is reckoned again up to the
    period's last day, whenever its logs came in.
    """
    last = period.last.isoformat()
    of_period = or_(
        and_(reading.c.counted_to.is_(None), reading.c.taken_at < as_of), reading.c.counted_to <= last
    )
    beyond = or_(reading.c.counted_to.is_(None), reading.c.counted_to > last)
    before = _placed(connection, [*went, of_period, not_(_own())], known=True)
    own = up_to_last_day(connection, _placed(connection, [*went, _own()]), went, period, zone)
    after = {}
    if as_of >= period.until(zone):
        later = [
            *went,
            reading.c.taken_at >= as_of,
            beyond,
            not_(_own()),
            reading.c.value.is_not(None),
        ]
        after = _placed(connection, later, first=True)
    found, late = [], set[str]()
    for key in sorted({*before, *own, *after}):
        known = [one for one in (before.get(key), own.get(key)) if one and one.value is not None]
        one = max(known, key=lambda one: one.taken_at, default=None)
        if one is None and key in after:
            late.add(after[key].delivery)
        found.append(one or after.get(key) or own.get(key) or before[key])
    return Told(tuple(found), frozenset(late))


def _own() -> ColumnElement[bool]:
    return or_(*(reading.c.source.startswith(begin) for begin in SOURCES.values()))


def _placed(
    connection: Connection, conditions: Conditions, *, first: bool = False, known: bool = False
) -> dict[Key, Newest]:
    """The last (or first) of these readings, by delivery and metric; with `known` the last one with a value,
    where there is any."""
    order = (*([reading.c.value.is_not(None)] if known else []), reading.c.taken_at, reading.c.id)
    place = func.row_number().over(
        partition_by=(reading.c.delivery_seq, reading.c.metric),
        order_by=order if first else [one.desc() for one in order],
    )
    placed = (
        select(reading, delivery.c.id.label("of"), delivery.c.channel_id, post.c.title, place.label("place"))
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .join(post, post.c.id == delivery.c.post_id)
        .where(*conditions)
        .subquery()
    )
    return {
        (row.delivery_seq, row.metric): Newest(
            row.of,
            one_line(row.title),
            row.channel_id,
            row.metric,
            row.value,
            one_line(row.definition),
            row.source,
            one_line(row.note),
            row.taken_at,
            _day(row.counted_to),
        )
        for row in connection.execute(select(placed).where(placed.c.place == 1))
    }


def _day(written: str | None) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:  # a damaged row must not take the others along
        return None


def followers(connection: Connection, as_of: datetime) -> dict[str, Newest]:
    """The last count of each channel before the report's end; where it never told one, that it did not."""
    counts = (
        select(follower_day)
        .where(follower_day.c.taken_at < as_of)
        .order_by(follower_day.c.followers.is_not(None), follower_day.c.taken_at)
    )
    return {
        row.channel_id: Newest(
            "",
            "",
            row.channel_id,
            "followers",
            row.followers,
            one_line(row.definition) or say("report.followers_definition"),
            row.source or "loa",
            one_line(row.note),
            row.taken_at,
        )
        for row in connection.execute(counts)
    }
