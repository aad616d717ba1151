"""The deliveries of a period, each with one figure at one age: what groups and hours are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, select

from content.errors import UsageError
from loa.services.deliveries import must_be_known
from loa.services.reach.ages import at_age, window
from loa.services.workspace import Workspace
from loa.speech import one_line
from scheduler.status import DONE
from scheduler.store.tables import delivery, post, reading

MOST = 20_000
"""Deliveries of one period that are looked at, the newest ones; more is said to be cut."""
MOST_TELLING = ("views", "reach", "reactions", "comments", "shares", "clicks")
"""Of metrics, the most telling first."""
OF_CHANNEL = ("followers",)
"""Read with a post, but no figure of it."""


@dataclass(frozen=True)
class Sample:
    """One delivery. `value` is its figure at the age asked for, None where it has none.

    `young`: it was too young for that when it was looked at, so nobody has missed anything.
    """

    delivery: str
    post: str
    kind: str
    channel: str
    published_at: datetime
    value: int | None
    definition: str
    taken_at: datetime | None
    young: bool


@dataclass(frozen=True)
class Samples:
    """Newest first. `cut`: there is more than MOST."""

    posts: Sequence[Sample]
    cut: bool = False


class _Read(NamedTuple):
    taken_at: datetime
    value: int | None
    definition: str
    source: str


def metrics(workspace: Workspace, first: datetime, last: datetime, channel: str = "") -> list[str]:
    """Those of which there is a figure of what went public then, the most telling first.

    Raises NotFound for a channel that is none.
    """
    told = (
        select(reading.c.metric)
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .where(*_public(first, last, channel), reading.c.value.is_not(None))
        .distinct()
    )
    with workspace.database.read() as connection:
        must_be_known(connection, channel_id=channel)
        there = set(connection.execute(told).scalars()).difference(OF_CHANNEL)
    return [one for one in MOST_TELLING if one in there] + sorted(there.difference(MOST_TELLING))


def chosen(metric: str, known: Sequence[str]) -> str:
    """That metric, without one the most telling; raises UsageError where no post has such a figure.

    A table of nothing but gaps would look like an answer; it is a slip of the hand.
    """
    if metric and known and metric not in known:
        raise UsageError("reach.bad_metric", written=metric, names=", ".join(known))
    return metric or next(iter(known), MOST_TELLING[0])


def samples(
    workspace: Workspace, first: datetime, last: datetime, metric: str, age: timedelta, channel: str = ""
) -> Samples:
    """What went public from `first` on and before `last`, of all channels or one."""
    conditions = _public(first, last, channel)
    columns = [delivery.c[name] for name in ("seq", "id", "post_id", "channel_id", "published_at")]
    out = (
        select(*columns, post.c.kind)
        .join(post, post.c.id == delivery.c.post_id)
        .where(*conditions)
        .order_by(delivery.c.published_at.desc(), delivery.c.seq.desc())
        .limit(MOST + 1)
    )
    told = (
        select(*(reading.c[name] for name in ("delivery_seq", *_Read._fields)))
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .where(*conditions, reading.c.metric == metric, reading.c.value.is_not(None))
    )
    taken: defaultdict[int, list[_Read]] = defaultdict(list)
    with workspace.database.read() as connection:
        rows = connection.execute(out).all()
        for seq, *known in connection.execute(told):
            taken[seq].append(_Read(*known))
    now, (_, oldest) = workspace.now(), window(age)
    found = []
    for row in rows[:MOST]:
        one = at_age(taken.get(row.seq, ()), row.published_at, age)
        found.append(
            Sample(
                row.id,
                row.post_id,
                row.kind,
                row.channel_id,
                row.published_at,
                one.value if one else None,
                one_line(one.definition) if one else "",
                one.taken_at if one else None,
                young=one is None and now - row.published_at < oldest,
            )
        )
    return Samples(found, len(rows) > MOST)


def sources(workspace: Workspace, posts: Iterable[str], first: datetime, last: datetime) -> dict[str, str]:
    """The texts of these posts, which went public then."""
    wanted = set(posts)
    told = select(post.c.id, post.c.source).where(
        post.c.id.in_(select(delivery.c.post_id).where(*_public(first, last)))
    )
    with workspace.database.read() as connection:
        return {row.id: row.source for row in connection.execute(told) if row.id in wanted}


def _public(first: datetime, last: datetime, channel: str = "") -> list[ColumnElement[bool]]:
    return [
        *([delivery.c.channel_id == channel] if channel else []),
        delivery.c.status.in_(DONE),
        delivery.c.published_at >= first,
        delivery.c.published_at < last,
    ]
