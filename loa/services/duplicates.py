"""Posts that say what another one says: looked for among those whose time is some months around it.

Of every post a few numbers are kept (`content.likeness.prints`), written with the post itself. Those that
share some are compared word by word; what is told is exact, the numbers only find it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select

from content.finding import Finding
from content.frontsplit import split
from content.likeness import COPY, LEAST_TITLE, likeness, prints, same_title, words
from content.moment import show
from content.post import Post
from content.severities import severity_of
from loa.services import repeat_records
from loa.services.workspace import Workspace
from scheduler.status import Status
from scheduler.store import search
from scheduler.store.tables import correction, delivery, post, post_print

AnyRow = Row[Any]

MOST_TOLD = 3
_MOST_COMPARED = 40
"""Those that share the most numbers, and as many of the very title."""
_ONE_IN = 8
"""So many of the numbers must be shared to look closer. Of a copy's it is more than half; one of 32 is what a
closing line brings that all posts have."""
_MOST_PER_PRINT = 300
"""Posts, the newest, that are looked up by one number: a closing line that every post has says nothing."""
_HOLDERS = (
    select(post_print.c.post_id)
    .where(post_print.c.print == bindparam("some"))
    .order_by(post_print.c.id.desc())
    .limit(_MOST_PER_PRINT)
)
_MONTH = timedelta(days=30.44)
_GONE = (Status.CANCELLED, Status.REMOVED)
_TIME = re.compile(
    r"-(?:(?:thang|tuan|quy|ky|so)-\d{1,2}(?:-20\d\d)?|20\d{6}|20\d\d(?:-\d{1,2}){0,2}|(?:\d{1,2}-){1,2}20\d\d)(?![0-9])"
)


@dataclass(frozen=True)
class Twin:
    """Another post that says the same. `share` is 0 to 1; `when` its time, None for one that has none yet."""

    post: str
    title: str
    when: datetime | None
    channels: tuple[str, ...]
    share: float
    series: bool
    """The other is the same item of another time: a monthly post, a campaign's of last year."""


def keep(connection: Connection, key: str, body: str) -> None:
    """Note what a post says now, in the transaction that writes it."""
    connection.execute(delete(post_print).where(post_print.c.post_id == key))
    if rows := [{"post_id": key, "print": one} for one in prints(body)]:
        connection.execute(insert(post_print), rows)


def findings(workspace: Workspace, read: Post, moments: Collection[datetime]) -> list[Finding]:
    """A remark for each of the posts that are most like this one; none where the unit wants none."""
    chosen, zone = workspace.config.checks, workspace.config.zone
    told: list[Finding] = []
    for twin in twins(workspace, read, moments):
        rule = "same_title" if twin.share < COPY else "duplicate_series" if twin.series else "duplicate"
        if (severity := severity_of(f"content.{rule}", chosen)) is None:
            continue
        values: dict[str, object] = {
            "post": twin.post,
            "title": twin.title,
            "when": show(twin.when.replace(microsecond=0), zone) if twin.when else "–",
            "channels": ", ".join(twin.channels) or "–",
            "percent": int(100 * twin.share),
        }
        place = "title" if rule == "same_title" else "body"
        if place == "title" and any(one.place == place for one in told):
            continue  # a column that always bears one name: once is enough
        told.append(Finding(f"content.{rule}", severity, place, values))
    return told[:MOST_TOLD]


def twins(workspace: Workspace, read: Post, moments: Collection[datetime]) -> list[Twin]:
    """The posts that say the same or bear the same title, the most alike first.

    `moments`: when `read` is to go out; now where that is not decided. Left out are posts of which nothing
    goes out any more, and those that set this one right or are set right by it.
    """
    months = workspace.config.duplicate_months
    if not months:
        return []
    now = workspace.now()
    first, last = min(moments, default=now) - months * _MONTH, max(moments, default=now) + months * _MONTH
    with workspace.database.read() as connection:
        left_out = {read.key, *_corrected(connection, read.key)}
        rows = [row for row in _candidates(connection, read) if row.id not in left_out]
        sent = _deliveries(connection, [row.id for row in rows])
    found = [
        twin
        for row in rows
        if (twin := _twin(read, row, sent.get(row.id, []))) and _within(twin.when, first, last)
    ]
    if any(not twin.series for twin in found):
        copies = _repeated(workspace, read.key)
        found = [replace(twin, series=twin.series or twin.post in copies) for twin in found]
    return sorted(found, key=lambda twin: (-twin.share, twin.post))


def same_series(one: str, other: str) -> bool:
    """Whether two ids differ in nothing but a date, a month or a number of an issue."""
    return one != other and _TIME.sub("", f"-{one}") == _TIME.sub("", f"-{other}")


def _repeated(workspace: Workspace, key: str) -> set[str]:
    """The posts of the repeated series that a post belongs to, the one they are copies of included.

    Told by the series' records, not by ids: those of copies are cut where the original's is long.
    """
    families = [{one.post, *(made.post for made in one.made)} for one in repeat_records.every(workspace)]
    return {post for family in families if key in family for post in family} - {key}


def _candidates(connection: Connection, read: Post) -> Sequence[Any]:
    """Posts that share numbers with this one, and those of its very title."""
    shared: Counter[str] = Counter()
    mine = prints(read.body)
    for some in mine:
        shared.update(connection.execute(_HOLDERS, {"some": some}).scalars())
    enough = max(1, len(mine) // _ONE_IN)
    likely = {key for key, number in shared.most_common(_MOST_COMPARED) if number >= enough}
    if len(words(read.title)) >= LEAST_TITLE:
        titled = select(delivery.c.post_id, post.c.title).join(post, post.c.id == delivery.c.post_id)
        titled = search.newest(titled, " ".join(words(read.title)), whole=True).limit(_MOST_COMPARED)
        found = connection.execute(titled)
        likely |= {row.post_id for row in found if same_title(read.title, row.title)}
    columns = select(post.c.id, post.c.title, post.c.source)
    return connection.execute(columns.where(post.c.id.in_(likely))).all()


def _deliveries(connection: Connection, keys: Sequence[str]) -> Mapping[str, list[AnyRow]]:
    by_post: dict[str, list[AnyRow]] = {}
    query = select(delivery).where(delivery.c.post_id.in_(keys)).order_by(delivery.c.seq)
    for row in connection.execute(query):
        by_post.setdefault(row.post_id, []).append(row)
    return by_post


def _corrected(connection: Connection, key: str) -> Iterator[str]:
    about = or_(correction.c.original == key, correction.c.correcting == key)
    for row in connection.execute(select(correction).where(about)):
        yield from (row.original, row.correcting)


def _twin(read: Post, row: AnyRow, sent: Sequence[AnyRow]) -> Twin | None:
    going = [one for one in sent if one.status not in _GONE]
    if not going:
        return None
    parts = split(row.source)
    share = likeness(read.body, parts.body if parts else "")
    if share < COPY and not same_title(read.title, row.title):
        return None
    times = [when for one in going if (when := one.published_at or one.due_at)]
    channels = tuple(one.channel_id for one in going)
    return Twin(row.id, row.title, max(times, default=None), channels, share, same_series(read.key, row.id))


def _within(when: datetime | None, first: datetime, last: datetime) -> bool:
    return when is None or first <= when <= last
