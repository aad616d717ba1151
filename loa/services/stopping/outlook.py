"""Outlook: how many of all that a lifted freeze covered go out now, and how many stay back beside it.

The database counts them, by its indexes. A text is read only where an order is about texts (a tag, a kind),
and never so many that it takes long.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, true

from scheduler.freezing import about_text, covered, covers
from scheduler.orders import Orders
from scheduler.reasons import Reason
from scheduler.status import SENDABLE, Status
from scheduler.store.tables import delivery
from scheduler.trust import Trust

MOST_TEXTS = 10_000
"""Read in about a second; beyond that nobody is kept waiting for a figure."""
_LOOKED_AT = [
    delivery.c[name] for name in ("id", "post_id", "channel_id", "unit", "status", "due_at", "payload")
]


class Outlook(NamedTuple):
    """Deliveries of a lifted freeze beside those that wait for a decision because of it."""

    going_on: int
    """Go out at their minute."""
    late: int
    """Past their minute already: they go out as soon as a publisher looks at them, within their deadline."""
    still: int
    """Stay back for another reason: another order, or called back by a person."""


def outlook(connection: Connection, trust: Trust, order: Any, now: datetime) -> Outlook | None:
    """`order`: the row of the freeze, lifted by now. None where too many texts would have to be read."""
    others = Orders(connection, trust)
    due, status = delivery.c.due_at, delivery.c.status
    # Let go a moment ago, a platform may hold it again already.
    waiting = status.in_(SENDABLE) | ((status == Status.HANDED_OVER) & (due > now))
    back = status == Status.RECALLING, (status == Status.HELD) & (delivery.c.last_error != Reason.FROZEN)
    mine = covered(order.scope, order.target, order.unit)
    kept, unclear = others.in_sql(now)
    by_text = about_text(order.scope)
    to_read = [(mine, waiting, true() if by_text else unclear), *((mine, one) for one in back if by_text)]
    if any(_are_many(connection, *conditions) for conditions in to_read):
        return None
    still = past = ahead = 0
    for one in (row for conditions in to_read for row in _read(connection, *conditions)):
        if not covers(order.scope, order.target, one):
            continue
        if one.status in (Status.HELD, Status.RECALLING) or others.keeps_back(one, now):
            still += 1
        elif one.due_at <= now:
            past += 1
        else:
            ahead += 1
    if not by_text:
        still += sum(sum(_count(connection, now, mine, one)) for one in back)
        all_past, all_ahead = _count(connection, now, mine, waiting, ~unclear)
        # By itself, so that the index of a channel or post answers: together, every row would be looked up.
        kept_past, kept_ahead = _count(connection, now, mine, waiting, ~unclear, kept)
        still += kept_past + kept_ahead
        past, ahead = past + all_past - kept_past, ahead + all_ahead - kept_ahead
    return Outlook(going_on=ahead, late=past, still=still)


def _count(connection: Connection, now: datetime, *conditions: ColumnElement[bool]) -> tuple[int, int]:
    """How many were due by now, and how many are not yet."""
    number = func.count()
    late = delivery.c.due_at <= now
    found = connection.execute(select(number.filter(late), number.filter(~late)).where(*conditions)).one()
    return found[0], found[1]


def _are_many(connection: Connection, *conditions: ColumnElement[bool]) -> bool:
    beyond = select(delivery.c.seq).where(*conditions).offset(MOST_TEXTS).limit(1)
    return connection.execute(beyond).first() is not None


def _read(connection: Connection, *conditions: ColumnElement[bool]) -> list[Any]:
    return list(connection.execute(select(*_LOOKED_AT).where(*conditions)))
