"""What else a channel says around a time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from content.finding import Finding
from content.post import Post
from content.severities import severity_of
from loa.services.workspace import Workspace
from scheduler.status import Status
from scheduler.store.tables import channel, delivery

APART = timedelta(hours=1)
"""Two posts of one channel closer than this take each other's readers."""
GONE = (Status.CANCELLED, Status.REMOVED)
MOST = 100_000


def busy(
    connection: Connection,
    channels: Collection[str],
    since: datetime,
    until: datetime,
    *,
    without_post: str = "",
) -> list[tuple[datetime, str, str]]:
    """When something is due, the delivery and its channel: from APART before `since` to APART after `until`.

    In due order; what was cancelled or taken down, and what is of post `without_post`, is left out.
    """
    column = delivery.c
    query = select(column.due_at, column.id, column.channel_id).where(
        column.due_at > since - APART,
        column.due_at < until + APART,
        column.channel_id.in_(channels),
        column.post_id != without_post,
        column.status.not_in(GONE),
    )
    rows = connection.execute(query.order_by(column.due_at, column.seq).limit(MOST))
    return [(row.due_at, row.id, row.channel_id) for row in rows]


def crowded(workspace: Workspace, read: Post, together: Iterable[Post] = ()) -> list[Finding]:
    """A remark when a channel of the post says something else within APART of its time.

    `together`: posts that come in with it and are not stored yet.
    """
    severity = severity_of("time.crowded", workspace.config.checks)
    if severity is None or read.due is None:
        return []
    others = [
        f"{one.key}@{name}"
        for one in together
        if one.key != read.key and one.due and abs(one.due - read.due) < APART
        for name in one.channels
        if name in read.channels
    ]
    with workspace.database.read() as connection:
        stored = busy(connection, read.channels, read.due, read.due, without_post=read.key)
    others += [name for _, name, _ in stored if name not in others]
    told: dict[str, object] = {"others": ", ".join(others[:3])}
    return [Finding("time.crowded", severity, "due", told)] if others else []


def platforms(connection: Connection) -> dict[str, str]:
    """Every channel's platform."""
    return {row.id: row.platform for row in connection.execute(select(channel.c.id, channel.c.platform))}
