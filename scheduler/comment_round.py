"""The publisher's look at comments: often while a post is young, a page at a time, within a budget.

Every page is committed together with where to go on: a kill costs one page at most and doubles nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, and_, exists, or_, select

from connectors.contract import Published
from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from connectors.extras import CommentPage, ReadsComments
from content.events import about
from scheduler import comments
from scheduler.clock import Clock
from scheduler.comments import Due, Taken
from scheduler.lane import Connect
from scheduler.status import Status
from scheduler.store.database import Database, Transactions
from scheduler.store.tables import channel, comment, comment_look, delivery
from scheduler.zones import Serves, chosen

log = logging.getLogger("loa.comments")
T = TypeVar("T")

GAPS = (
    (timedelta(hours=6), timedelta(minutes=30)),
    (timedelta(days=2), timedelta(hours=2)),
    (timedelta(days=14), timedelta(hours=12)),
    (timedelta(days=90), timedelta(days=3)),
    (timedelta(days=365), timedelta(days=15)),
)
"""Up to which age of a post its comments are looked at how often: our own choice. After the last, by hand."""
WHILE_OPEN = timedelta(days=1)
"""While a question waits there, its post is looked at at least so often: it may be answered there."""
AN_HOUR: Mapping[str, int] = {"facebook": 120, "youtube": 60}
"""Calls that reading comments makes to a platform in an hour: our own choice, beside what reach takes
(scheduler.reach_round). 60 units an hour are 1,440 of a YouTube project's 10,000 a day."""
AN_HOUR_ELSEWHERE = 240
PAGES_MOST = 40
"""Of one post in one walk, the newest comments first; with more, nothing is held to be gone."""
STALE = timedelta(hours=6)
"""A walk that was broken off longer ago begins anew: cursors of platforms do not last."""
ENOUGH_FAILED = 3
"""So many calls of one channel in a row that came to nothing: it is left alone until the next round."""
LONGEST_TROUBLE = 500


@dataclass(frozen=True)
class Came:
    """One round: deliveries `read` to the end, comments that are `new`, questions found to be `answered`, and
    how many deliveries are put off."""

    read: int = 0
    new: int = 0
    answered: int = 0
    put_off: int = 0


def gap(age: timedelta, *, waits: bool) -> timedelta | None:
    """How long after a look the next one is due at that age of a post; None for never again."""
    usual = next((wait for until, wait in GAPS if age < until), None)
    return min(usual or WHILE_OPEN, WHILE_OPEN) if waits else usual


def due(connection: Connection, now: datetime) -> list[Any]:
    """Public deliveries whose comments are to be looked at now, the most overdue first."""
    young = delivery.c.published_at > now - GAPS[-1][0]
    found = _by_need(connection.execute(_public().where(or_(young, _WAITS_THERE))), now)
    return [row for late, row in found if late >= 1 or row.begun_at is not None]


def public(connection: Connection, now: datetime) -> list[Any]:
    """All whose comments could be asked for, the most overdue first."""
    return [row for _, row in _by_need(connection.execute(_public()), now)]


def _by_need(rows: Iterable[Any], now: datetime) -> list[tuple[float, Any]]:
    """Each with how overdue it is, measured by how often it is looked at; 1 and more is due."""
    found = []
    for row in rows:
        wait = gap(now - row.published_at, waits=bool(row.waits)) or timedelta.max
        found.append(((now - (row.looked_at or row.published_at)) / wait, row))
    return sorted(found, key=lambda one: (-one[0], one[1].seq))


_WAITS_THERE = exists().where(comment.c.delivery_seq == delivery.c.seq, comments.WAITS)


def _public() -> Any:
    return (
        select(
            delivery.c.seq,
            delivery.c.id,
            delivery.c.channel_id,
            delivery.c.remote_id,
            delivery.c.url,
            delivery.c.published_at,
            channel.c.platform,
            comment_look.c.looked_at,
            comment_look.c.begun_at,
            _WAITS_THERE.label("waits"),
        )
        .join(channel, channel.c.id == delivery.c.channel_id)
        .outerjoin(comment_look, comment_look.c.delivery_seq == delivery.c.seq)
        .where(
            and_(
                delivery.c.status == Status.PUBLISHED,
                delivery.c.published_at.is_not(None),
                delivery.c.remote_id != "",
            )
        )
    )


class CommentRounds:
    """Rounds of one publisher. What failed lately comes last, so that it holds up nothing else."""

    def __init__(
        self,
        database: Database,
        transactions: Transactions,
        connect: Connect,
        clock: Clock,
        due_at: Due,
        every: timedelta,
        an_hour: Mapping[str, int] = AN_HOUR,
        serves: Serves | None = None,
    ) -> None:
        """`every`: from one round to the next; its budget is as large as that is long.

        `serves`: whose channels are looked at, of one worker among several; None: all.
        """
        self._database = database
        self._transactions = transactions
        self._connect = connect
        self._clock = clock
        self._due_at = due_at
        self._every = every
        self._an_hour = an_hour
        self._serves = serves
        self._failed: Counter[int] = Counter()

    def round(self) -> Came:
        """Look at what is due, within the budget."""
        with self._database.read() as connection:
            mine = chosen(connection, self._serves)
            rows = [row for row in due(connection, self._clock.now()) if mine(row.channel_id)]
        return self.look_at(rows, self._every)

    def look_at(self, rows: Sequence[Any], worth: timedelta = timedelta(hours=1)) -> Came:
        """Read these deliveries' comments, by as many calls as a platform is given in so long a time. One
        that fails leaves the others theirs."""
        spent: Counter[str] = Counter()
        in_a_row: Counter[str] = Counter()
        silent = set[str]()
        read = new = answered = put_off = 0
        for row in sorted(rows, key=lambda one: self._failed[one.seq]):
            name, platform = row.channel_id, row.platform
            if name in silent:
                continue
            left = self._budget(platform, worth) - spent[platform]
            if in_a_row[name] >= ENOUGH_FAILED or left <= 0:
                put_off += 1
                continue
            walk = _Walk(self._database, self._transactions, self._clock, self._due_at, row)
            try:
                connector = _guarded(partial(self._connect, name))
                if not isinstance(connector, ReadsComments):
                    silent.add(name)
                    continue
                done = walk.go(connector, left)
            except (AuthLost, Throttled) as error:
                in_a_row[name] = ENOUGH_FAILED
                done = self._put_off(row, error)
            except (NotSent, Unknown) as error:
                in_a_row[name] += 1
                done = self._put_off(row, error)
            except Refused as error:  # that is the answer: they are not to be had
                in_a_row[name] += 1
                walk.refused(error)
                done = True
            else:
                in_a_row[name] = 0
                self._failed.pop(row.seq, None)
                read += done
            spent[platform] += walk.calls
            new, answered = new + walk.taken.new, answered + walk.taken.answered
            put_off += not done
        return Came(read, new, answered, put_off)

    def _budget(self, platform: str, worth: timedelta) -> int:
        an_hour = self._an_hour.get(platform, AN_HOUR_ELSEWHERE)
        return max(1, round(an_hour * (worth / timedelta(hours=1))))

    def _put_off(self, row: Any, error: ConnectorError) -> bool:
        """The code alone goes to the log: an answer's excerpt may hold what people wrote, and who."""
        self._failed[row.seq] += 1
        log.warning(
            "%s: comments were not read, it is tried again: %s",
            row.id,
            error.code,
            extra=about("comments.unread", delivery=row.id, error=error.code),
        )
        return False


def _guarded(call: Callable[[], T]) -> T:
    """A fault of a connector is put off like a platform's, and leaves the others theirs."""
    try:
        return call()
    except ConnectorError:
        raise
    except Exception as error:
        told = about("comments.unread", error=type(error).__name__)
        log.error("comments were not read: %s", type(error).__name__, extra=told)
        log.debug("a connector's fault", exc_info=error, extra=told)
        raise NotSent("loa:fault", type(error).__name__) from None


class _Walk:
    """Over the pages of one delivery's comments, from where an earlier walk was broken off."""

    def __init__(
        self, database: Database, transactions: Transactions, clock: Clock, due_at: Due, row: Any
    ) -> None:
        self._transactions, self._clock, self._due_at, self._row = transactions, clock, due_at, row
        self.calls = 0
        self.taken = Taken()
        now = clock.now()
        with database.read() as connection:
            look = comments.look_of(connection, row.seq)
        begun = look.begun_at if look and look.cursor else None
        if look is None or begun is None or not timedelta(0) <= now - begun < STALE:
            self._begin(now)
        else:
            self._begun, self._cursor, self._number, self._whole = begun, look.cursor, look.pages, look.whole

    def _begin(self, now: datetime) -> None:
        self._begun, self._cursor, self._number, self._whole = now, "", 0, True

    def go(self, connector: ReadsComments, most: int) -> bool:
        """About `most` calls, the last page may take some more; whether the end was reached."""
        row = self._row
        published = Published(row.remote_id, row.url, row.published_at)
        while self.calls < most:
            self.calls += 1
            try:
                page = _guarded(lambda: connector.comments(published, self._cursor))
            except Refused:
                if not self._cursor:
                    raise
                self._begin(self._clock.now())  # the platform has forgotten the cursor
                continue
            self.calls += page.calls - 1
            if self._keep(page):
                return True
        return False

    def _keep(self, page: CommentPage) -> bool:
        number, now = self._number + 1, self._clock.now()
        endless = bool(page.after) and (number >= PAGES_MOST or page.after == self._cursor)
        done, whole = not page.after or endless, self._whole and page.whole and not endless
        begun, seq = self._begun, self._row.seq

        def work(connection: Connection) -> Taken:
            taken = comments.take(connection, self._row, page.comments, begun, now, self._due_at)
            if done:
                if whole:
                    comments.mark_gone(connection, seq, begun, now)
                over = {"begun_at": None, "cursor": "", "pages": 0, "whole": True}
                comments.note_look(connection, seq, **over, looked_at=now, read_at=now, trouble="")
            else:
                at = {"begun_at": begun, "cursor": page.after, "pages": number, "whole": whole}
                comments.note_look(connection, seq, **at)
            return taken

        taken = self._transactions.run(work)
        self.taken = Taken(self.taken.new + taken.new, self.taken.answered + taken.answered)
        self._number, self._cursor, self._whole = number, page.after, whole
        return done

    def refused(self, error: Refused) -> None:
        """Note why they are not to be had; what was read before stands."""
        told = about("comments.none", delivery=self._row.id, error=error.code)
        log.info("%s: comments are not to be had: %s", self._row.id, error.code, extra=told)
        over = {"begun_at": None, "cursor": "", "pages": 0, "whole": True}
        values = {**over, "looked_at": self._clock.now(), "trouble": str(error)[:LONGEST_TROUBLE]}
        self._transactions.run(lambda c: comments.note_look(c, self._row.seq, **values))
