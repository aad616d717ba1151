"""What a report tells of readers' questions: counts by channel, and where nobody could read any.

A comment counts for the period in which it was written, as answered when that was before the period ended.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import Connection, select

from connectors import registry
from content.wording import say
from loa.services.report_facts import CommentCount
from loa.services.report_ledger import Conditions, went_out
from loa.speech import one_line
from scheduler.comments import State
from scheduler.store.tables import channel, comment, comment_look, delivery

_ASKED = (State.OPEN, State.ANSWERED)


def counted(
    connection: Connection, since: datetime, until: datetime, as_of: datetime, narrow: Conditions
) -> tuple[CommentCount, ...]:
    """Every channel with something public in the period or with comments of it, by its id.

    `narrow`: conditions on the deliveries; with any, what came without a delivery is left out.
    """
    wrote = (
        select(comment)
        .outerjoin(delivery, delivery.c.seq == comment.c.delivery_seq)
        .where(comment.c.by_us.is_(False), comment.c.written_at >= since, comment.c.written_at < until)
        .where(*narrow)
    )
    of_channel: defaultdict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(wrote):
        of_channel[row.channel_id].append(row)
    looks = (
        select(delivery.c.channel_id, comment_look.c.read_at, comment_look.c.trouble)
        .outerjoin(comment_look, comment_look.c.delivery_seq == delivery.c.seq)
        .where(*went_out(since, until, narrow))
    )
    posts, read, refused = Counter[str](), Counter[str](), Counter[str]()
    for row in connection.execute(looks):
        posts[row.channel_id] += 1
        read[row.channel_id] += row.read_at is not None
        refused[row.channel_id] += bool(row.trouble) and row.read_at is None
    found = []
    for row in connection.execute(select(channel).order_by(channel.c.id)):
        if not posts[row.id] and row.id not in of_channel:
            continue
        name = one_line(row.name) or row.id
        there = of_channel.get(row.id, [])
        coverage = (read[row.id], posts[row.id])
        if there or read[row.id]:
            found.append(_known(row.id, name, there, as_of, coverage))
        else:
            why = _why(row.platform, refused=bool(refused[row.id]))
            nothing = (None, None, None, None, None, None, None)
            found.append(CommentCount(row.id, name, *nothing, *coverage, why))
    return tuple(found)


def _known(
    channel_id: str, name: str, rows: Sequence[Any], as_of: datetime, coverage: tuple[int, int]
) -> CommentCount:
    asked = [row for row in rows if row.state in _ASKED]
    answered = [
        row
        for row in asked
        if row.state == State.ANSWERED and row.answered_at is not None and row.answered_at < as_of
    ]
    done = {row.id for row in answered}
    waiting = [row for row in asked if row.id not in done and row.gone_at is None and not row.hidden]
    hours = [max((row.answered_at - row.written_at) / timedelta(hours=1), 0.0) for row in answered]
    return CommentCount(
        channel=channel_id,
        name=name,
        received=len(rows),
        questions=len(asked),
        answered=len(answered),
        in_time=sum(row.due_at is None or row.answered_at <= row.due_at for row in answered),
        open=len(waiting),
        overdue=sum(row.due_at is not None and row.due_at <= as_of for row in waiting),
        median_hours=round(median(hours), 1) if hours else None,
        read=coverage[0],
        posts=coverage[1],
    )


def _why(platform: str, *, refused: bool) -> str:
    if not registry.tells_comments(platform):
        return say("inbox.report.no_api")
    return say("inbox.report.refused" if refused else "inbox.report.not_asked")
