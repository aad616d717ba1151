"""Reach: asking the platforms now, the newest figures per delivery, and how one period compares with another.

Figures of different posts are never added up: people who saw two posts would be counted twice, and what
one platform calls “reach” is not what another does. What is told of several posts is the mean per post, with
how many posts it is of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, not_, select

from content.wording import say
from loa.services.connecting import Connectors
from loa.services.deliveries import must_be_known
from loa.services.workspace import Workspace
from loa.speech import number, one_line
from scheduler import reach
from scheduler.reach import TYPED
from scheduler.reach import Pulled as Pulled
from scheduler.reading_plan import is_late
from scheduler.status import DONE
from scheduler.store.tables import delivery, post, reading

LONGEST_DAYS = 366
MOST_POSTS = 2_000
"""Deliveries of one period that are read, the newest first."""
FEW = 3
"""Below so many posts a mean says little, and whoever tells it says so."""


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


@dataclass(frozen=True)
class Break:
    """From `at` on a delivery's metric was counted by another definition: the numbers do not go on."""

    delivery: str
    metric: str
    at: datetime
    before: str
    after: str


def pull(
    workspace: Workspace,
    progress: Callable[[str, int, int], None],
    delivery_id: str = "",
    *,
    since: datetime | None = None,
) -> Pulled:
    """Read every published delivery (or one, or those published from `since` on) now.

    Each delivery is committed by itself: what `progress` raises ends the reading and loses nothing.
    """
    with workspace.database.read() as connection:
        must_be_known(connection, delivery_id=delivery_id)
        rows = [
            row
            for row in reach.published(connection)
            if (not delivery_id or row.id == delivery_id) and (since is None or row.published_at >= since)
        ]
    connectors = Connectors(workspace)
    try:
        return reach.pull(
            rows, workspace.database, connectors.connect, workspace.clock, workspace.config.zone, progress
        )
    finally:
        connectors.close()


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
            replace(view, defined_since=since.get((view.delivery, view.metric, view.definition)))
            for view in (_view(row) for row in connection.execute(_readings(*conditions)))
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
        return _view(connection.execute(_readings(reading.c.id == reading_id)).one())


@dataclass(frozen=True)
class Reach:
    """One published delivery with all its readings, oldest first, by metric."""

    delivery: str
    post: str
    title: str
    channel: str
    url: str
    published_at: datetime
    readings: Mapping[str, Sequence[ReachView]]

    def newest(self, metric: str) -> ReachView | None:
        """The reading that counts now, as `newest` of this module chooses it; None when nobody has looked."""
        told = self.readings.get(metric, ())
        if any(one.source.startswith(TYPED) for one in told):
            told = [one for one in told if one.value is not None]
        return told[-1] if told else None

    def value(self, metric: str) -> int | None:
        found = self.newest(metric)
        return found.value if found else None

    def trail(self, metric: str) -> list[int]:
        """How the figure grew: every value there is, oldest first, of the definition that holds now."""
        since = max((one.at for one in self.breaks(metric)), default=None)
        return [
            one.value
            for one in self.readings.get(metric, ())
            if one.value is not None and (since is None or one.taken_at >= since)
        ]

    def breaks(self, metric: str) -> list[Break]:
        """Where its definition changed, oldest first. What a person typed in besides is no change."""
        told = [
            one
            for one in self.readings.get(metric, ())
            if one.value is not None and not one.source.startswith(TYPED)
        ]
        return [
            Break(self.delivery, metric, after.taken_at, before.definition, after.definition)
            for before, after in pairwise(told)
            if before.definition != after.definition
        ]


@dataclass(frozen=True)
class Period:
    """What went public from `since` on and before `until`, newest first. `cut`: there is more."""

    since: datetime
    until: datetime
    posts: Sequence[Reach]
    cut: bool = False

    def metrics(self) -> list[str]:
        """What has been asked for, by name."""
        return sorted({metric for one in self.posts for metric in one.readings})


def periods(workspace: Workspace, days: int) -> tuple[Period, Period]:
    """The last so many days (1 to LONGEST_DAYS) up to now, and as many before them."""
    until = workspace.now()
    length = timedelta(days=max(1, min(days, LONGEST_DAYS)))
    return series(workspace, until - length, until), series(workspace, until - 2 * length, until - length)


def series(workspace: Workspace, first: datetime, last: datetime) -> Period:
    """All readings of what went public from `first` on and before `last`."""
    shown = (
        select(delivery.c.seq)
        .where(delivery.c.status.in_(DONE), delivery.c.published_at >= first, delivery.c.published_at < last)
        .order_by(delivery.c.published_at.desc(), delivery.c.seq.desc())
        .limit(MOST_POSTS + 1)
        .subquery()
    )
    wanted = delivery.c.seq.in_(select(shown.c.seq))
    of_post = (
        select(delivery, post.c.title)
        .join(post, post.c.id == delivery.c.post_id)
        .where(wanted)
        .order_by(delivery.c.published_at.desc(), delivery.c.seq.desc())
    )
    told: defaultdict[str, defaultdict[str, list[ReachView]]] = defaultdict(lambda: defaultdict(list))
    with workspace.database.read() as connection:
        rows = connection.execute(of_post).all()
        for row in connection.execute(_readings(wanted)):
            told[row.delivery_id][row.metric].append(_view(row))
    posts = [
        Reach(
            row.id,
            row.post_id,
            row.title,
            row.channel_id,
            row.url,
            row.published_at,
            {metric: sorted(views, key=lambda one: one.taken_at) for metric, views in told[row.id].items()},
        )
        for row in rows[:MOST_POSTS]
    ]
    return Period(first, last, posts, len(rows) > MOST_POSTS)


@dataclass(frozen=True)
class Mean:
    """Of `posts` posts `known` have a figure; `value` is their mean, None when none has one."""

    value: float | None
    known: int
    posts: int


@dataclass(frozen=True)
class Change:
    """One channel in a period and in the one before it."""

    channel: str
    now: Mean
    before: Mean

    @property
    def difference(self) -> int | None:
        """Of the means, rounded; None when there is nothing to compare."""
        if self.now.value is None or self.before.value is None:
            return None
        return round(self.now.value) - round(self.before.value)

    @property
    def percent(self) -> int | None:
        if self.difference is None or not self.before.value:
            return None
        return round(100 * self.difference / self.before.value)

    @property
    def few(self) -> bool:
        """Whether either side is of too few posts to say much."""
        return min(self.now.known, self.before.known) < FEW


def in_words(change: Change) -> str:
    """`fanpage: 120 (5 bài), kỳ trước 80 (4 bài): tăng 40 (+50%).`"""
    words = {
        "channel": one_line(change.channel),
        "now": mean_in_words(change.now),
        "before": mean_in_words(change.before),
    }
    difference, percent = change.difference, change.percent
    if difference is None:
        return say("tui_figures.change.none", **words)
    words["by"] = number(abs(difference))
    words["percent"] = "" if percent is None else say("tui_figures.percent", percent=percent)
    name = "more" if difference > 0 else "less" if difference < 0 else "same"
    told = say(f"tui_figures.change.{name}", **words)
    return f"{told} {say('tui_figures.few')}" if change.few else told


def mean_in_words(told: Mean) -> str:
    """`120 (5 bài)`, or `120 (3 trên 5 bài)` where some have no figure."""
    if not told.posts:
        return say("tui_figures.mean_no_post")
    if told.value is None:
        return say("tui_figures.mean_none", posts=number(told.posts))
    words = {"value": number(round(told.value)), "known": number(told.known), "posts": number(told.posts)}
    return say("tui_figures.mean_all" if told.known == told.posts else "tui_figures.mean_some", **words)


def mean(posts: Iterable[Reach], metric: str) -> Mean:
    posts = list(posts)
    values = [value for one in posts if (value := one.value(metric)) is not None]
    return Mean(sum(values) / len(values) if values else None, len(values), len(posts))


def compare(now: Period, before: Period, metric: str) -> list[Change]:
    """Channel by channel, never across them."""
    channels = sorted({one.channel for one in (*now.posts, *before.posts)})
    return [Change(one, mean(_of(now, one), metric), mean(_of(before, one), metric)) for one in channels]


@dataclass(frozen=True)
class Point:
    """What went public in the days from `day` on: their mean."""

    day: date
    mean: Mean


def points(period: Period, metric: str, zone: ZoneInfo, step: int) -> dict[str, list[Point]]:
    """By channel, the means of `step` days each from the period's first day on, oldest first.

    Steps in which nothing with a figure went public are left out: that is not 0.
    """
    first = period.since.astimezone(zone).date()
    parts: defaultdict[tuple[str, int], list[Reach]] = defaultdict(list)
    for one in period.posts:
        parts[one.channel, (one.published_at.astimezone(zone).date() - first).days // step].append(one)
    found: defaultdict[str, list[Point]] = defaultdict(list)
    for (channel, place), posts in sorted(parts.items()):
        told = mean(posts, metric)
        if told.value is not None:
            found[channel].append(Point(first + timedelta(days=place * step), told))
    return dict(found)


def _of(period: Period, channel: str) -> Iterable[Reach]:
    return (one for one in period.posts if one.channel == channel)


def _readings(*conditions: ColumnElement[bool]) -> Select[Any]:
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


def _view(row: Row[tuple[Any, ...]]) -> ReachView:
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
