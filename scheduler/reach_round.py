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
from scheduler.reading_plan import due_reading
from scheduler.status import Status
from scheduler.store.database import Database, Transactions
from scheduler.store.tables import channel, delivery, reading

log = logging.getLogger("loa.reach")

AN_HOUR: Mapping[str, int] = {"facebook": 240, "youtube": 120, "zalo": 160}
"""Deliveries of a platform that are read in an hour: our own choice. A YouTube project has 10,000 units a day
for all but uploads and searches (facts, youtube, 2): 120 an hour is 2,880 a day at one unit each,
which leaves most of them to publishing."""
AN_HOUR_ELSEWHERE = 400
ENOUGH_FAILED = 3
"""So many calls of one channel in a row that came to nothing: it is left alone until the next round."""


@dataclass(frozen=True)
class Planned:
    """A published delivery with the point that is due."""

    row: Any
    due_at: datetime

    def urgency(self, now: datetime) -> float:
        """How overdue, measured by the age it is planned for: a monthly figure can wait, but not for ever."""
        age: timedelta = self.due_at - self.row.published_at
        return (now - self.due_at) / age


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
        every: timedelta,
        an_hour: Mapping[str, int] = AN_HOUR,
    ) -> None:
        """`every`: from one round to the next; its budget is as large as that is long."""
        self._database = database
        self._transactions = transactions
        self._connect = connect
        self._clock = clock
        self._zone = zone
        self._every = every
        self._an_hour = an_hour
        self._failed: Counter[int] = Counter()
        self._told_nothing: dict[int, datetime] = {}
        """By delivery: the point at which there was nothing to be had (as of outlets: typed in)."""

    def round(self) -> Came:
        """Read what is due. Each delivery is committed by itself; a kill leaves the others due."""
        with self._database.read() as connection:
            planned = [
                one
                for one in due(connection, self._clock.now())
                if self._told_nothing.get(one.row.seq) != one.due_at
            ]
        spent: Counter[str] = Counter()
        counted = reach.Counted()
        in_a_row: Counter[str] = Counter()
        read = stored = 0
        for one in sorted(planned, key=lambda one: self._failed[one.row.seq]):
            name, platform = one.row.channel_id, one.row.platform
            if in_a_row[name] >= ENOUGH_FAILED or spent[platform] >= self._budget(platform):
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
            now = self._clock.now()
            stored += reach.keep(self._transactions, one.row, figures, now, self._zone, counted, one.due_at)
            if not figures:
                self._told_nothing[one.row.seq] = one.due_at
            read += 1
        return Came(read, stored, len(planned) - read)

    def _budget(self, platform: str) -> int:
        an_hour = self._an_hour.get(platform, AN_HOUR_ELSEWHERE)
        return max(1, round(an_hour * (self._every / timedelta(hours=1))))

    def _put_off(self, one: Planned, error: ConnectorError) -> None:
        self._failed[one.row.seq] += 1
        log.warning("%s: reach was not read, it is tried again: %s", one.row.id, error)
