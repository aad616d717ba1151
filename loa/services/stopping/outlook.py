"""Outlook: how many of all that a lifted freeze covered go out now, and how many stay back beside it.

The database counts them. A text is read only where an order is about texts (a tag, a kind), and in a look
for which nobody waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select, true

from scheduler.freezing import about_text, covered, covers
from scheduler.orders import Orders
from scheduler.reasons import Reason
from scheduler.status import SENDABLE, Status
from scheduler.store.tables import delivery
from scheduler.trust import Trust

_READ_AT_ONCE = 1_000
_LOOKED_AT = [delivery.c[name] for name in ("id", "post_id", "channel_id", "unit", "due_at", "payload")]


class Outlook(NamedTuple):
    """Deliveries of a lifted freeze beside those that wait for a decision because of it."""

    going_on: int
    """Go out at their minute."""
    late: int
    """Past their minute already: they go out as soon as a publisher looks at them, within their deadline."""
    still: int
    """Stay back for another reason: another order, or called back by a person."""


def outlook(connection: Connection, trust: Trust, order: Any, now: datetime) -> Outlook:
    """`order`: the row of the freeze, which is lifted by now."""
    others = Orders(connection, trust)
    due, status = delivery.c.due_at, delivery.c.status
    # Let go a moment ago, a platform may hold it again already.
    waiting = status.in_(SENDABLE) | ((status == Status.HANDED_OVER) & (due > now))
    back = status == Status.RECALLING, (status == Status.HELD) & (delivery.c.last_error != Reason.FROZEN)
    mine = covered(order.scope, order.target, order.unit)
    kept, unclear = others.in_sql(now)
    if about_text(order.scope):
        unclear = true()
        still = sum(
            covers(order.scope, order.target, one) for one in _read(connection, mine, back[0] | back[1])
        )
    else:
        still = sum(_count(connection, mine, one) for one in back)
    late, number = due <= now, func.count()
    counted = select(*(number.filter(one) for one in (kept, ~kept & late, ~kept & ~late)))
    more, past, ahead = connection.execute(counted.where(mine, waiting, ~unclear)).one()
    still += more
    for one in _read(connection, mine, waiting, unclear):
        if not covers(order.scope, order.target, one):
            continue
        if others.keeps_back(one, now):
            still += 1
        elif one.due_at <= now:
            past += 1
        else:
            ahead += 1
    return Outlook(going_on=ahead, late=past, still=still)


def _count(connection: Connection, *conditions: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(delivery).where(*conditions)).scalar_one()


def _read(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Any]:
    """Row by row: all texts of a long queue at once would not go into a small machine."""
    query = select(*_LOOKED_AT).where(*conditions)
    yield from connection.execute(query, execution_options={"yield_per": _READ_AT_ONCE})
