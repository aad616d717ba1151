"""Hộp câu hỏi: what readers ask under the unit's posts, who has answered, what is overdue.

Loa publishes no answers: what is public was approved. Whoever answers does so on the platform, and Loa
notices it there or is told. Nothing here says who asked, and the audit never holds a comment's words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, select, update

from connectors import registry
from content.approval import Role
from content.calendar import Calendar, CalendarError
from content.comments import LONGEST_LINK, kept, web_link
from content.errors import NotFound, RefusedByRule, UsageError
from content.wording import say
from loa.services import byhand, calendar, deliveries, report_periods
from loa.services.connecting import Connectors
from loa.services.people import Person
from loa.services.workspace import Workspace
from loa.speech import one_line, reason
from scheduler import audit, comments
from scheduler.audit import MACHINE
from scheduler.comment_round import Came, CommentRounds, public
from scheduler.comments import WAITS, Due, State
from scheduler.status import DONE
from scheduler.store.database import Transactions
from scheduler.store.tables import channel, comment, comment_look, delivery, post
from scheduler.zones import Serves

LONGEST_NOTE = 1_000
END_OF_DAY = time(17)
"""When a working day ends, in the unit's zone: our own choice."""
MOST = 1_000
"""Comments of one list; whoever has more of them narrows it to a channel."""
_MAY = (Role.DRAFTER, Role.REVIEWER, Role.APPROVER, Role.OPERATOR)


@dataclass(frozen=True)
class CommentView:
    """One comment as people see it. `post` and `delivery` are empty where it came without one.

    `guessed`: only the words say that it is a question, or is none. `text` is empty once it was erased.
    """

    number: int
    channel: str
    delivery: str
    post: str
    text: str
    url: str
    state: str
    overdue: bool
    guessed: bool
    hidden: bool
    gone: bool
    erased: bool
    written_at: datetime
    first_seen_at: datetime
    due_at: datetime | None
    answered_at: datetime | None
    answered_by: str
    answer_url: str
    note: str
    typed_by: str
    replies: int
    """Comments right under it, the unit's own among them."""


@dataclass(frozen=True)
class Waiting:
    """Questions without an answer, and how many of them are overdue."""

    open: int
    overdue: int


@dataclass(frozen=True)
class Unreadable:
    """A channel whose comments are not to be had, and why in words."""

    channel: str
    why: str


def answer_by(workspace: Workspace) -> Due:
    """Until when a question is to be answered: the end of the unit's last working day for it."""
    zone, days = workspace.config.zone, workspace.config.inbox.answer_days
    known = _known_days(workspace)

    def due(seen_at: datetime) -> datetime:
        day = seen_at.astimezone(zone).date()
        for _ in range(days):
            day = known.next_working_day(day + timedelta(days=1))
        return datetime.combine(day, END_OF_DAY, zone)

    return due


def _known_days(workspace: Workspace) -> Calendar:
    try:
        return calendar.days_off(workspace)
    except CalendarError:  # said where the calendar is looked at; here the shipped days will do
        return Calendar("")


# ---- reading and erasing


def rounds(
    workspace: Workspace, transactions: Transactions, connectors: Connectors, serves: Serves | None = None
) -> CommentRounds:
    """What the publisher runs; the days off are those of its start."""
    every = workspace.config.inbox.every or timedelta(hours=1)
    due = answer_by(workspace)
    connect, clock = connectors.connect, workspace.clock
    return CommentRounds(workspace.database, transactions, connect, clock, due, every, serves=serves)


def pull(workspace: Workspace, channel_id: str = "") -> Came:
    """Read the comments of everything public (of one channel) now, each page committed by itself.

    As much as a platform is given in an hour, the most overdue first: publishing needs the same allowance.

    What was kept for long enough is erased first: the publisher, which does it else, may not run here.
    """
    erase_old(workspace, workspace.database)
    with workspace.database.read() as connection:
        deliveries.must_be_known(connection, channel_id=channel_id)
        rows = [row for row in public(connection, workspace.now()) if channel_id in ("", row.channel_id)]
    connectors = Connectors(workspace)
    try:
        return rounds(workspace, workspace.database, connectors).look_at(rows)
    finally:
        connectors.close()


def erase_old(workspace: Workspace, transactions: Transactions) -> int:
    """Drop the words of what is over for as long as the unit keeps them. The counts stay."""
    now, keep = workspace.now(), workspace.config.inbox.keep
    return transactions.run(lambda c: comments.erase(c, now, keep))


def unreadable(workspace: Workspace) -> list[Unreadable]:
    """Channels with something public whose comments nobody can read, or nobody has, and why."""
    with workspace.database.read() as connection:
        rows = connection.execute(
            select(
                channel.c.id,
                channel.c.platform,
                func.max(comment_look.c.read_at).label("read_at"),
                func.max(comment_look.c.trouble).label("trouble"),
            )
            .join(delivery, delivery.c.channel_id == channel.c.id)
            .outerjoin(comment_look, comment_look.c.delivery_seq == delivery.c.seq)
            .where(delivery.c.status.in_(DONE))
            .group_by(channel.c.id, channel.c.platform)
            .order_by(channel.c.id)
        ).all()
    return [
        Unreadable(row.id, why)
        for row in rows
        if row.read_at is None and (why := why_not(row.id, row.platform, row.trouble or ""))
    ]


def why_not(channel_id: str, platform: str, trouble: str) -> str:
    """Why a channel's comments were never read, in words."""
    if not registry.tells_comments(platform):
        return say("inbox.no_api", channel=channel_id)
    return reason(trouble, channel_id) if trouble else say("inbox.not_asked")


# ---- looking


def waiting(workspace: Workspace) -> Waiting:
    with workspace.database.read() as connection:
        return Waiting(*comments.waiting(connection, workspace.now()))


def listing(
    workspace: Workspace, *, everything: bool = False, overdue: bool = False, channel_id: str = ""
) -> list[CommentView]:
    """Questions that wait, the nearest due first; `everything`: all comments, the newest first."""
    now = workspace.now()
    conditions: list[ColumnElement[bool]] = [comment.c.by_us.is_(False)]
    if not everything:
        conditions.append(WAITS)
    if overdue:
        conditions += [WAITS, comment.c.due_at <= now]
    if channel_id:
        conditions.append(comment.c.channel_id == channel_id)
    newest = comment.c.written_at.desc() if everything else comment.c.due_at
    with workspace.database.read() as connection:
        deliveries.must_be_known(connection, channel_id=channel_id)
        rows = connection.execute(_views().where(*conditions).order_by(newest, comment.c.id).limit(MOST))
        return [_view(row, now) for row in rows]


def one(workspace: Workspace, number: int) -> CommentView:
    """The comment of that number; raises NotFound."""
    with workspace.database.read() as connection:
        return _one(connection, number, workspace.now())


def _one(connection: Connection, number: int, now: datetime) -> CommentView:
    row = connection.execute(_views().where(comment.c.id == number)).first()
    if row is None:
        raise NotFound("inbox.unknown", number=number)
    return _view(row, now)


def _views() -> Select[Any]:
    reply = comment.alias("reply")
    replies = (
        select(func.count())
        .where(
            reply.c.delivery_seq == comment.c.delivery_seq,  # by which there is an index
            reply.c.reply_to == comment.c.remote_id,
            reply.c.gone_at.is_(None),
        )
        .scalar_subquery()
    )
    return (
        select(
            comment,
            delivery.c.id.label("delivery_id"),
            post.c.title.label("post_title"),
            replies.label("replies"),
        )
        .outerjoin(delivery, delivery.c.seq == comment.c.delivery_seq)
        .outerjoin(post, post.c.id == delivery.c.post_id)
    )


def _view(row: Row[Any], now: datetime) -> CommentView:
    gone = row.gone_at is not None
    waits = row.state == State.OPEN and not (gone or row.hidden or row.by_us)
    return CommentView(
        number=row.id,
        channel=row.channel_id,
        delivery=row.delivery_id or "",
        post=one_line(row.post_title or ""),
        text=row.text,
        url=row.url,
        state=row.state,
        overdue=bool(waits and row.due_at and row.due_at <= now),
        guessed=not row.decided_by,
        hidden=bool(row.hidden),
        gone=gone,
        erased=row.erased_at is not None,
        written_at=row.written_at,
        first_seen_at=row.first_seen_at,
        due_at=row.due_at,
        answered_at=row.answered_at,
        answered_by=row.decided_by if row.state == State.ANSWERED else "",
        answer_url=row.answer_url,
        note=row.note,
        typed_by=row.typed_by,
        replies=row.replies,
    )


def who_answered(view: CommentView) -> str:
    """In words: an officer's name, or that it was seen on the platform."""
    return say("inbox.by_platform") if view.answered_by == MACHINE else view.answered_by


# ---- deciding


def answered(
    workspace: Workspace, actor: Person, number: int, *, link: str = "", note: str = ""
) -> CommentView:
    """Somebody has answered it: where (`link`), or how (`note`)."""
    link, note = _link(link), _note(note)
    now = workspace.now()
    values = {"state": State.ANSWERED, "answered_at": now, "answer_url": link, "note": note}
    return _decide(workspace, actor, number, "comment_answered", values, link=link)


def no_answer(workspace: Workspace, actor: Person, number: int) -> CommentView:
    """Không cần trả lời: thanks, spam, or no question after all."""
    values = {"state": State.NONE, "due_at": None, "answered_at": None, "answer_url": "", "note": ""}
    return _decide(workspace, actor, number, "comment_set_aside", values)


def reopen(workspace: Workspace, actor: Person, number: int) -> CommentView:
    """It needs an answer (still, or after all); its due day stands, where it has none it counts from now."""
    values = {"state": State.OPEN, "answered_at": None, "answer_url": "", "note": ""}
    return _decide(workspace, actor, number, "comment_reopened", values)


def set_due(workspace: Workspace, actor: Person, number: int, written: str) -> CommentView:
    """Another day by which to answer. Raises UsageError for one that is over."""
    day = report_periods.day(written)
    due = _end_of(workspace, day)
    if due <= workspace.now():
        raise UsageError("inbox.past_date", written=written)
    return _decide(workspace, actor, number, "comment_due", {"state": State.OPEN, "due_at": due}, day=day)


def add(
    workspace: Workspace,
    actor: Person,
    channel_id: str,
    text: str,
    *,
    delivery_id: str = "",
    at: str = "",
    url: str = "",
) -> CommentView:
    """A question that came where Loa cannot read. Whoever types it in says that it is one: it waits."""
    actor.must_be(*_MAY)
    words, link, now = kept(text), _link(url), workspace.now()
    if not words:
        raise UsageError("inbox.empty")
    written_at = byhand.past(workspace, at, now) if at else now
    due = answer_by(workspace)(now)

    def work(connection: Connection) -> int:
        deliveries.must_be_known(connection, channel_id=channel_id)
        seq = _under(connection, channel_id, delivery_id) if delivery_id else None
        values = {
            "channel_id": channel_id,
            "delivery_seq": seq,
            "reply_to": "",
            "text": words,
            "url": link,
            "by_us": False,
            "hidden": False,
            "written_at": written_at,
            "first_seen_at": now,
            "seen_at": now,
            "state": State.OPEN,
            "due_at": due,
            "decided_by": actor.name,
            "decided_at": now,
            "typed_by": actor.name,
        }
        number = int(
            connection.execute(insert(comment).values(**values).returning(comment.c.id)).scalar_one()
        )
        _record(connection, now, actor, "comment_added", number, channel=channel_id, delivery=delivery_id)
        return number

    return one(workspace, workspace.database.run(work))


def _under(connection: Connection, channel_id: str, delivery_id: str) -> int:
    row = deliveries.row_of(connection, delivery_id)
    if row.channel_id != channel_id:
        raise UsageError("inbox.other_channel", delivery=delivery_id, channel=channel_id)
    if row.status not in DONE:
        raise RefusedByRule("inbox.not_public", delivery=delivery_id)
    return int(row.seq)


def _decide(
    workspace: Workspace, actor: Person, number: int, action: str, values: dict[str, Any], **detail: object
) -> CommentView:
    actor.must_be(*_MAY)
    now = workspace.now()
    fresh = answer_by(workspace)(now)

    def work(connection: Connection) -> CommentView:
        before = connection.execute(select(comment).where(comment.c.id == number)).first()
        if before is None:
            raise NotFound("inbox.unknown", number=number)
        if before.by_us:
            raise RefusedByRule("inbox.own", number=number)
        changes = {**values, "decided_by": actor.name, "decided_at": now}
        if changes["state"] == State.OPEN and "due_at" not in changes and before.due_at is None:
            changes["due_at"] = fresh
        connection.execute(update(comment).where(comment.c.id == number).values(**changes))
        _record(connection, now, actor, action, number, was=before.state, **detail)
        return _one(connection, number, now)

    return workspace.database.run(work)


def _record(
    connection: Connection, now: datetime, actor: Person, action: str, number: int, **detail: object
) -> None:
    subject = comments.subject(number)
    audit.record(connection, at=now, actor=actor.name, action=action, subject=subject, **detail)


def _end_of(workspace: Workspace, day: date) -> datetime:
    return datetime.combine(day, END_OF_DAY, workspace.config.zone)


def _link(written: str) -> str:
    if written.strip() and not web_link(written):
        raise UsageError("inbox.bad_link", link=one_line(written[:200]), most=LONGEST_LINK)
    return web_link(written)


def _note(written: str) -> str:
    note = kept(written)
    if len(note) > LONGEST_NOTE:
        raise UsageError("inbox.long_note", length=len(note), most=LONGEST_NOTE)
    return note
