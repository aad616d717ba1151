"""The publisher's look at the plan: what is due is read, within a budget, and what cannot be stays due."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, not_, or_, select

from connectors.contract import Figure
from connectors.errors import AuthLost, ConnectorError, Throttled
from scheduler import asking, reach
from scheduler.clock import Clock
from scheduler.counting import SOURCES
from scheduler.lane import Connect
from scheduler.reading_plan import due_reading
from scheduler.status import Status
from scheduler.store.database import Database, Transactions
from scheduler.store.tables import channel, delivery, reading
from scheduler.suspects import Suspects
from scheduler.zones import Serves, chosen

AN_HOUR: Mapping[str, int] = {"facebook": 240, "youtube": 120, "zalo": 160}
"""Calls that measuring makes to a platform in an hour: our own choice. YouTube's figures come out of buckets
that publishing does not use (facts, youtube, 2): 120 an hour are 2,880 of 10,000 a day. Facebook counts every
part of a batch as a call."""
AN_HOUR_ELSEWHERE = 400
NEVER = datetime.min.replace(tzinfo=UTC)
ENOUGH_FAILED = 3
"""So many answers of one channel in a row that came to nothing: it is left alone until the next round."""
Told = tuple[Any, list[Figure], datetime]
"""A delivery's row, its figures, the point of the plan."""


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
    """Rounds of one publisher. What failed lately comes last, in smaller batches, and holds up nothing."""

    def __init__(
        self,
        database: Database,
        transactions: Transactions,
        connect: Connect,
        clock: Clock,
        zone: ZoneInfo,
        every: timedelta,
        an_hour: Mapping[str, int] = AN_HOUR,
        serves: Serves | None = None,
    ) -> None:
        """`every`: from one round to the next; its budget is as large as that is long.

        `serves`: whose channels are asked about, of one worker among several; None: all.
        """
        self._database = database
        self._transactions = transactions
        self._connect = connect
        self._clock = clock
        self._zone = zone
        self._every = every
        self._an_hour = an_hour
        self._serves = serves
        self._failed: Counter[int] = Counter()
        self._suspects = Suspects()
        self._told_nothing: dict[int, datetime] = {}
        """By delivery: the point at which there was nothing to be had (as of outlets: typed in)."""
        self._rests: dict[str, datetime] = {}
        """Until when a channel's platform asked not to be asked. A new publisher learns it by one call."""

    def round(self) -> Came:
        """Read what is due. Each batch is committed by itself; a kill leaves the others due."""
        with self._database.read() as connection:
            mine = chosen(connection, self._serves)
            planned = [
                one
                for one in due(connection, self._clock.now())
                if self._told_nothing.get(one.row.seq) != one.due_at and mine(one.row.channel_id)
            ]
        by_platform: defaultdict[str, list[Planned]] = defaultdict(list)
        for one in sorted(planned, key=self._failures_of):
            by_platform[one.row.platform].append(one)
        counted, read, stored = reach.Counted(), 0, 0
        for platform, waiting in by_platform.items():
            for told in self._platform(waiting, self._budget(platform)):
                read += len(told)
                stored += reach.keep(self._transactions, told, self._clock.now(), self._zone, counted)
        return Came(read, stored, len(planned) - read)

    def _platform(self, waiting: list[Planned], left: int) -> Iterator[list[Told]]:
        """Batch after batch of one platform, the most urgent first, until `left` calls are spent."""
        failures: Counter[str] = Counter()
        alone = set[int]()
        while left > 0 and (waiting := [one for one in waiting if self._may_ask(one, failures)]):
            batch = self._batch(waiting, left, alone)
            told = asking.ask(self._connect, [one.row for one in batch])
            left -= told.calls
            if told.alone:
                alone.update(one.row.seq for one in batch)
                continue
            taken, name = {one.row.seq for one in batch}, batch[0].row.channel_id
            if told.lost:
                self._suspects.failed(name, taken)
            elif told.calls and not told.stops_channel():
                self._suspects.answered(name, taken)
            waiting = [one for one in waiting if one.row.seq not in taken]
            yield [kept for one in batch if (kept := self._kept(one, told.answers[one.row.seq], failures))]

    def _batch(self, waiting: Sequence[Planned], left: int, alone: Set[int]) -> list[Planned]:
        """The most urgent one and what may be asked with it, without passing over anything more urgent that
        the budget would still reach."""
        first = waiting[0]
        how = asking.manner(self._connect, first.row.channel_id)
        if how.at_once <= 1 or first.row.seq in alone:
            return [first]
        most = self._suspects.size(first.row.channel_id, first.row.seq, how.at_once)
        reached = waiting[: max(1, left // how.calls_each)] if how.calls_each else waiting
        with_it = (one for one in reached if one.row.channel_id == first.row.channel_id)
        return list(islice((one for one in with_it if one.row.seq not in alone), most))

    def _failures_of(self, one: Planned) -> int:
        return self._failed[one.row.seq] + self._suspects.times(one.row.channel_id, one.row.seq)

    def _may_ask(self, one: Planned, failures: Counter[str]) -> bool:
        name = one.row.channel_id
        return failures[name] < ENOUGH_FAILED and self._rests.get(name, NEVER) <= self._clock.now()

    def _kept(self, one: Planned, answer: asking.Answer, failures: Counter[str]) -> Told | None:
        """What is to be stored of one delivery; None when it stays due."""
        seq, name = one.row.seq, one.row.channel_id
        if isinstance(answer, ConnectorError):
            whole_channel = isinstance(answer, AuthLost | Throttled)
            failures[name] += ENOUGH_FAILED if whole_channel else 1
            if isinstance(answer, Throttled) and answer.retry_at:
                self._rests[name] = answer.retry_at
            if not whole_channel:
                self._failed[seq] += 1
            return None
        failures[name] = 0 if failures[name] < ENOUGH_FAILED else failures[name]
        self._failed.pop(seq, None)
        if not answer:
            self._told_nothing[seq] = one.due_at
        return one.row, answer, one.due_at

    def _budget(self, platform: str) -> int:
        an_hour = self._an_hour.get(platform, AN_HOUR_ELSEWHERE)
        return max(1, round(an_hour * (self._every / timedelta(hours=1))))
