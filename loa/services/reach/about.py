"""One delivery, one post, or one channel: what its figures are shown of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from sqlalchemy import select

from content.errors import NotFound
from content.text import nearest
from loa.services import followers, report_ledger, reporting
from loa.services.deliveries import NEAREST_AMONG
from loa.services.followers import Followers
from loa.services.reach.posts import Period, Reach, series
from loa.services.report_facts import Plan
from loa.services.workspace import Workspace
from scheduler.store.tables import channel, delivery, post

USUAL_DAYS = 90
LONGEST_DAYS = 3660
Sort = Literal["delivery", "post", "channel"]


@dataclass(frozen=True)
class ChannelAbout:
    """A channel in the last so many days: who follows it, what was planned and done, what went public."""

    channel: str
    days: int
    followers: Followers | None
    plan: Plan
    period: Period


def sort_of(workspace: Workspace, written: str) -> Sort:
    """What bears that name, a post before a channel; raises NotFound naming the nearest of all."""
    columns = {"delivery": delivery.c.id, "post": post.c.id, "channel": channel.c.id}
    with workspace.database.read() as connection:
        for sort, column in columns.items():
            if connection.execute(select(column).where(column == written)).first():
                return sort  # type: ignore[return-value]  # the keys are the words of Sort
        known = [
            one
            for column in columns.values()
            for one in connection.execute(select(column).limit(NEAREST_AMONG)).scalars()
        ]
    raise NotFound("reach.unknown", written=written, nearest=nearest(written, known) or "–")


def posts_of(workspace: Workspace, sort: Sort, written: str, days: int = LONGEST_DAYS) -> Sequence[Reach]:
    """What went public of a delivery or a post in the last so many days, with all readings, newest first."""
    column = delivery.c.id if sort == "delivery" else delivery.c.post_id
    until = workspace.now()
    return series(workspace, until - timedelta(days=days), until, [column == written]).posts


def channel_about(workspace: Workspace, name: str, days: int = USUAL_DAYS) -> ChannelAbout:
    until = workspace.now()
    since = until - timedelta(days=days)
    mine = delivery.c.channel_id == name
    with workspace.database.read() as connection:
        due = report_ledger.rows(connection, [delivery.c.due_at >= since, delivery.c.due_at < until, mine])
    told = {one.channel: one for one in followers.series(workspace, days)}
    period = series(workspace, since, until, [mine])
    return ChannelAbout(name, days, told.get(name), reporting.plan_of(due), period)
