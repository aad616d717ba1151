"""Published deliveries with all their readings, by the period in which they went public."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, select

from loa.services.reach.readings import ReachView, readings, view
from loa.services.workspace import Workspace
from scheduler.reach import TYPED
from scheduler.status import DONE
from scheduler.store.tables import delivery, post

LONGEST_DAYS = 366
MOST_POSTS = 2_000
"""Deliveries of one period that are read, the newest first."""


@dataclass(frozen=True)
class Break:
    """From `at` on a delivery's metric was counted by another definition: the numbers do not go on."""

    delivery: str
    metric: str
    at: datetime
    before: str
    after: str


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

    def newest(self, metric: str, until: datetime | None = None) -> ReachView | None:
        """The reading that counts now (or did then), as `readings.newest` chooses it; None: nobody looked."""
        told = [one for one in self.readings.get(metric, ()) if until is None or one.taken_at <= until]
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


def series(
    workspace: Workspace, first: datetime, last: datetime, narrow: Sequence[ColumnElement[bool]] = ()
) -> Period:
    """All readings of what went public from `first` on and before `last`; `narrow`: of which deliveries."""
    shown = (
        select(delivery.c.seq)
        .where(
            delivery.c.status.in_(DONE),
            delivery.c.published_at >= first,
            delivery.c.published_at < last,
            *narrow,
        )
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
        for row in connection.execute(readings(wanted)):
            told[row.delivery_id][row.metric].append(view(row))
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
