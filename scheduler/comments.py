"""Comments in the store: what a platform tells is taken over, and what the unit answered there is noticed.

Taking the same page over again changes nothing, and the order of pages does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, and_, func, insert, or_, select, update

from connectors.extras import Comment
from content.comments import kept, seems_a_question, web_link
from scheduler import audit
from scheduler.audit import MACHINE
from scheduler.store.tables import comment, comment_look

LONGEST_ID = 200
GONE_KEEPS = timedelta(days=30)
"""Our own choice: so long after its writer took it back the text is still there for whoever was answering."""
_MANY = 400
"""Names in one question to the database."""

Due = Callable[[datetime], datetime]
"""Until when a question that was first seen at that instant is to be answered."""


class State(StrEnum):
    """What became of a comment; every question is `open` first."""

    OPEN = "open"
    ANSWERED = "answered"
    NONE = "none"


WAITS = and_(
    comment.c.state == State.OPEN,
    comment.c.by_us.is_(False),
    comment.c.hidden.is_(False),
    comment.c.gone_at.is_(None),
)
"""A question that can still be answered where it was asked."""


class Taken(NamedTuple):
    """How many comments of readers are `new`, and how many open questions turned out to be `answered`."""

    new: int = 0
    answered: int = 0


def subject(number: int) -> str:
    """What the audit calls a comment."""
    return f"comment:{number}"


def take(
    connection: Connection, row: Any, told: Iterable[Comment], begun_at: datetime, now: datetime, due: Due
) -> Taken:
    """Store one page of what was written under a delivery (`row`: seq, channel_id).

    `begun_at` is when the walk began that brought it.
    """
    found = {one.remote_id: one for one in told if 0 < len(one.remote_id) <= LONGEST_ID}
    known = _known(connection, row.channel_id, list(found))
    new = [_first(row, one, begun_at, now, due) for name, one in found.items() if name not in known]
    if new:
        new.reverse()  # platforms tell the newest first; they are numbered as they were written
        new.sort(key=lambda one: one["written_at"])
        connection.execute(insert(comment), new)
    for name, there in known.items():
        one = found[name]
        changes: dict[str, Any] = {
            "hidden": one.hidden,
            "gone_at": None,
            "seen_at": max(there.seen_at, begun_at),
        }
        if there.erased_at is None:
            changes |= {"text": kept(one.text), "url": web_link(one.url)}
            if changes["text"] != there.text and _asks_now(there, changes["text"]):
                changes |= {"state": State.OPEN, "due_at": due(now)}
        if any(getattr(there, key) != value for key, value in changes.items()):
            connection.execute(update(comment).where(comment.c.id == there.id).values(**changes))
    return Taken(sum(not one["by_us"] for one in new), _notice_answers(connection, row.seq, now))


def _known(connection: Connection, channel_id: str, names: Sequence[str]) -> dict[str, Row[Any]]:
    found: dict[str, Row[Any]] = {}
    for begin in range(0, len(names), _MANY):
        mine = comment.c.remote_id.in_(names[begin : begin + _MANY])
        rows = connection.execute(select(comment).where(comment.c.channel_id == channel_id, mine))
        found |= {one.remote_id: one for one in rows}
    return found


def _asks_now(there: Row[Any], text: str) -> bool:
    """Whether its writer has made a question of what was none; what a person decided stands."""
    return there.state == State.NONE and not (there.by_us or there.decided_by) and seems_a_question(text)


def _first(row: Any, one: Comment, begun_at: datetime, now: datetime, due: Due) -> dict[str, Any]:
    text = kept(one.text)
    asks = not one.by_us and seems_a_question(text)
    return {
        "channel_id": row.channel_id,
        "delivery_seq": row.seq,
        "remote_id": one.remote_id,
        "reply_to": one.reply_to[:LONGEST_ID],
        "text": text,
        "url": web_link(one.url),
        "by_us": one.by_us,
        "hidden": one.hidden,
        "written_at": one.written_at or now,
        "first_seen_at": now,
        "seen_at": begun_at,
        "state": State.OPEN if asks else State.NONE,
        "due_at": due(now) if asks else None,
    }


def _notice_answers(connection: Connection, delivery_seq: int, now: datetime) -> int:
    """What the channel itself wrote right under an open question for all to see answers it, with the link.

    A question that a person has opened again is answered only by what was seen after that. An answer deeper
    in a thread may be meant for somebody else there: a person decides.
    """
    reply = comment.alias("reply")
    pairs = connection.execute(
        select(comment.c.id, reply.c.url, reply.c.written_at)
        .join(
            reply,
            and_(reply.c.channel_id == comment.c.channel_id, reply.c.reply_to == comment.c.remote_id),
        )
        .where(
            comment.c.delivery_seq == delivery_seq,
            comment.c.state == State.OPEN,
            comment.c.by_us.is_(False),
            reply.c.delivery_seq == delivery_seq,
            reply.c.by_us.is_(True),
            reply.c.hidden.is_(False),
            reply.c.gone_at.is_(None),
            or_(comment.c.decided_at.is_(None), reply.c.first_seen_at > comment.c.decided_at),
        )
        .order_by(reply.c.written_at, reply.c.remote_id)
    ).all()
    first: dict[int, Any] = {}
    for pair in pairs:
        first.setdefault(pair.id, pair)
    for number, answer in first.items():
        values = {
            "state": State.ANSWERED,
            "answered_at": answer.written_at,
            "answer_url": answer.url,
            "decided_by": MACHINE,
            "decided_at": now,
        }
        connection.execute(update(comment).where(comment.c.id == number).values(**values))
        audit.record(
            connection,
            at=now,
            actor=MACHINE,
            action="comment_answered",
            subject=subject(number),
            link=answer.url,
        )
    return len(first)


def mark_gone(connection: Connection, delivery_seq: int, begun_at: datetime, now: datetime) -> int:
    """After a whole walk: what it did not meet is no more at the platform. How many that are."""
    lost = and_(
        comment.c.delivery_seq == delivery_seq,
        comment.c.remote_id.is_not(None),
        comment.c.gone_at.is_(None),
        comment.c.seen_at < begun_at,
    )
    return connection.execute(update(comment).where(lost).values(gone_at=now)).rowcount


def erase(connection: Connection, now: datetime, keep: timedelta) -> int:
    """Drop the words of what is over for long enough; the counts stay. How many that were.

    A question that still waits keeps its words however old it is.
    """
    old = or_(
        comment.c.gone_at <= now - GONE_KEEPS,
        and_(comment.c.first_seen_at <= now - keep, ~WAITS),
    )
    empty = {"text": "", "url": "", "note": "", "erased_at": now}
    ripe = and_(comment.c.erased_at.is_(None), old)
    count = connection.execute(update(comment).where(ripe).values(**empty)).rowcount
    if count:
        audit.record(
            connection, at=now, actor=MACHINE, action="comments_erased", subject="inbox", count=count
        )
    return count


def waiting(connection: Connection, now: datetime) -> tuple[int, int]:
    """How many questions wait for an answer, and how many of them are overdue."""
    told = select(func.count(), func.count().filter(comment.c.due_at <= now)).where(WAITS)
    row = connection.execute(told).one()
    return int(row[0]), int(row[1])


def look_of(connection: Connection, delivery_seq: int) -> Row[Any] | None:
    return connection.execute(select(comment_look).where(comment_look.c.delivery_seq == delivery_seq)).first()


def note_look(connection: Connection, delivery_seq: int, **values: Any) -> None:
    """Keep how far the reading is; what is not named stays."""
    mine = comment_look.c.delivery_seq == delivery_seq
    if not connection.execute(update(comment_look).where(mine).values(**values)).rowcount:
        fresh = {"pages": 0, "whole": True} | values
        connection.execute(insert(comment_look).values(delivery_seq=delivery_seq, **fresh))
