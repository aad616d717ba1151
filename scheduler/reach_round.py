"""The publisher's look at the plan: what is due is read, within a budget, and what cannot be stays due."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, not_, or_, select

from connectors.errors import AuthLost, ConnectorError, NotSent, Throttled, Unknown
from scheduler import reach
from scheduler.clock import Clock
from scheduler.counting import SOURCES
from scheduler.lane import Connect
from scheduler.reading_plan import Due, due_reading
from scheduler.status import Status
from scheduler.store.database import Database, Transactions
from scheduler.store.tables import channel, delivery, reading

log = logging.getLogger("loa.reach")

BUDGET: Mapping[str, int] = {"facebook": 60, "youtube": 60, "zalo": 40}
"""Deliveries of a platform that are read in one round: our own choice, far below what the platforms allow.
With a round every quarter of an hour it is some 5,800 a day; a YouTube project has 10,000 units."""
BUDGET_ELSEWHERE = 100
ENOUGH_FAILED = 3
"""So many calls of one channel in a row that came to nothing: it is left alone until the next round."""


@dataclass(frozen=True)
class Planned:
    """A published delivery with the point that is due."""

    row: Any
    due: Due

    def urgency(self, now: datetime) -> float:
        """How overdue, measured by the age it is planned for: a monthly figure can wait, but not for ever."""
        age: timedelta = self.due.at - self.row.published_at
        return (now - self.due.at) / age


@dataclass(frozen=True)
class Came:
    """One round: deliveries `read`, figures with a value `stored`, and how many stay due."""

    read: int = 0
    stored: int = 0
    put_off: int = 0


def due(connection: Connection, now: datetime) -> list[Planned]:
    """What the plan asks for now, the most urgent first. It follows from the readings alone."""
    last_taken = (
        select(func.max(reading.c.taken_at))
        .where(
            reading.c.delivery_seq == delivery.c.seq,
            or_(
                reading.c.planned_at.is_not(None),
                not_(
                    or_(*(reading.c.source.startswith(begin) for begin in (reach.TYPED, *SOURCES.values())))
                ),
            ),
        )
        .scalar_subquery()
    )
    public = (
        select(
            delivery.c.seq,
            delivery.c.id,
            delivery.c.channel_id,
            delivery.c.remote_id,
            delivery.c.url,
            delivery.c.published_at,
            channel.c.platform,
            last_taken.label("last_taken"),
        )
        .join(channel, channel.c.id == delivery.c.channel_id)
        .where(and_(delivery.c.status == Status.PUBLISHED, delivery.c.published_at.is_not(None)))
    )
    found = [
        Planned(row, point)
        for row in connection.execute(public)
        if (point := due_reading(row.published_at, row.last_taken, now))
    ]
    return sorted(found, key=lambda one: -one.urgency(now))


class ReachRounds:
    """Rounds of one publisher. What failed lately comes last, so that it holds up nothing else."""

    def __init__(
        self,
        database: Database,
        transactions: Transactions,
        connect: Connect,
        clock: Clock,
        zone: ZoneInfo,
        budget: Mapping[str, int] = BUDGET,
    ) -> None:
        self._database = database
        self._transactions = transactions
        self._connect = connect
        self._clock = clock
        self._zone = zone
        self._budget = budget
        self._failed: Counter[int] = Counter()

    def round(self) -> Came:
        """Read what is due. Each delivery is committed by itself; a kill leaves the others due."""
        with self._database.read() as connection:
            planned = due(connection, self._clock.now())
        spent: Counter[str] = Counter()
        in_a_row: Counter[str] = Counter()
        read = stored = 0
        for one in sorted(planned, key=lambda one: self._failed[one.row.seq]):
            name, platform = one.row.channel_id, one.row.platform
            if in_a_row[name] >= ENOUGH_FAILED or spent[platform] >= self._budget.get(
                platform, BUDGET_ELSEWHERE
            ):
                continue
            spent[platform] += 1
            try:
                figures = reach.asked(self._connect, one.row)
            except (AuthLost, Throttled) as error:
                self._put_off(one, error)
                in_a_row[name] = ENOUGH_FAILED
                continue
            except (NotSent, Unknown) as error:
                self._put_off(one, error)
                in_a_row[name] += 1
                continue
            in_a_row[name] = 0
            self._failed.pop(one.row.seq, None)
            stored += reach.keep(
                self._transactions, one.row, figures, self._clock.now(), self._zone, one.due.at
            )
            read += 1
        return Came(read, stored, len(planned) - read)

    def _put_off(self, one: Planned, error: ConnectorError) -> None:
        self._failed[one.row.seq] += 1
        log.warning("%s: reach was not read, it is tried again: %s", one.row.id, error)
