"""The engine of several machines: one worker among many on a PostgreSQL database.

It goes the way of the embedded publisher (`scheduler.publisher`): the same rows, claims, lanes and small
jobs, the same patience with the machine's trouble. What differs is where a lane is worked: whoever finds free
lanes with due work offers each as a job (`scheduler.jobs`), and the worker that gets a job claims its lane.
Every worker plans; an offer that is there already is left out. A job may be lost, late or double: the lane's
lease and fence decide, and what is still due is offered again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, InvalidStateError, ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Select, case, column, exists, func, literal, select, table

from content.errors import LoaError
from scheduler import presence
from scheduler import statements as sql
from scheduler.claim import Claim
from scheduler.clock import Clock, SystemClock
from scheduler.duties import Duties
from scheduler.lane import Lanes
from scheduler.news import News
from scheduler.publisher import LOOK_AT_HELD_EVERY, NEWS_EVERY_S, Publisher
from scheduler.queue import Queue
from scheduler.store import postgres
from scheduler.store.database import Database, Transactions
from scheduler.store.tables import channel_zone, lane
from scheduler.timetable import Periodic
from scheduler.trouble import Kind, MachineTrouble, trouble
from scheduler.zones import EVERYTHING, Serves

if TYPE_CHECKING:
    from scheduler.jobs import Jobs

log = logging.getLogger("loa.worker")

OFFERED_AT_ONCE = 500
PLAN_APART_S = 0.05
"""While jobs come and go, lanes are looked for no more often than this."""
BUSY_FOR_S = 0.5
"""So long after a turn its lane is looked at closely: its job is struck off a little later than it ends."""
TOGETHER_S = 0.005
"""In a herd turns end, and jobs come, one upon the other: one look serves several."""
PLAN_AT_LEAST_S = 1.0
"""And no more seldom, whatever woke nobody."""
TELL_APART_S = 0.2
"""How often windows are told of what this worker has done."""
MAX_SKEW = timedelta(seconds=5)
"""A lease of 50 s is no protection between machines whose clocks disagree much more than this."""


class ClockApart(LoaError):
    """This machine's clock and the database server's disagree: leases would end too early or too late."""


class Worker(Publisher):
    """Runs until `stop` is called. `periodic`: those that each worker does; `shared`: once among all."""

    def __init__(
        self,
        database: Database,
        transactions: Transactions,
        queue: Queue,
        lanes: Lanes,
        clock: Clock,
        *,
        worker: str,
        version: str,
        workers: int = 64,
        serves: Serves = EVERYTHING,
        periodic: Sequence[Periodic] = (),
        shared: Sequence[Periodic] = (),
        clock_moved: Callable[[float], None] = lambda _: None,
    ) -> None:
        """`transactions`: those of the hot path (`scheduler.side_by_side`); `database` does all others."""
        self._serves = serves
        self._duties = Duties(database, clock, worker)
        held = Periodic("held", LOOK_AT_HELD_EVERY, self._look_at_what_stands, first_after=timedelta())
        tidy = Periodic("jobs", timedelta(hours=1), self._tidy)
        super().__init__(
            database,
            transactions,
            queue,
            lanes,
            clock,
            worker=worker,
            version=version,
            workers=workers,
            periodic=[*periodic, *map(self._duties.shared, (held, tidy, *shared))],
            clock_moved=clock_moved,
        )
        self._jobs: Jobs | None = None
        self._asked: SimpleQueue[tuple[str, Future[None]]] = SimpleQueue()
        self._turns: dict[str, Future[None]] = {}
        self._free = _free_lanes(serves)
        self._planned_at = 0.0
        self._busy_until = 0.0
        self._told_at = 0.0
        self._untold = False

    def run(self, *, once: bool = False) -> int:
        """Work until stopped, beside any number of others. Returns how many steps were done here."""
        del once  # what is due now may be another worker's
        try:
            return self._run(False)
        finally:
            self._stopping.set()
            self._leave()
            if self._jobs is not None:
                self._jobs.join()

    def _announce(self, now: datetime) -> None:
        self._must_agree()
        serves = self._serves.told
        self._transactions.run(
            lambda c: presence.announce(c, self._worker, self._version, now, serves=serves)
        )

    def _leave(self) -> None:
        if self._jobs is not None:
            self._jobs.drain()
        self._dismiss()

    def _dismiss(self) -> None:
        """Jobs that wait for a thread: their lanes are still free, and are offered anew."""
        with suppress(Empty):
            while True:
                _over(self._asked.get_nowait()[1])

    # -- jobs ------------------------------------------------------------------------------------

    def _take(self, channel: str) -> Future[None]:
        """A job has come (in the jobs' thread): its lane is worked when a thread is free."""
        done: Future[None] = Future()
        self._asked.put((channel, done))
        if self._stopping.is_set():
            self._dismiss()
        self._wake.set()
        return done

    def _pump(self, pool: ThreadPoolExecutor) -> int:
        self._must_have_jobs()
        claimed = self._work_on(pool)
        now = time.monotonic()
        if now - self._planned_at >= PLAN_APART_S:
            looked_at = self._clock.now()
            self._offer(looked_at)
            super()._plan(looked_at)
            self._planned_at = now  # not before: a pass that plans nothing would be taken for a good one
        if self._untold and now - self._told_at >= TELL_APART_S:
            self._told_at, self._untold = now, False
            with self._database.read() as connection:
                connection.exec_driver_sql(postgres.TELL)
        return claimed

    def _must_have_jobs(self) -> None:
        if self._jobs is not None:
            ended = self._jobs.ended
            if ended is None:
                return
            self._jobs = None
            raise _as_trouble(ended)
        from scheduler import jobs

        made = jobs.Jobs(self._database, _entrypoints(self._serves), self._take, self._workers)
        try:
            made.start()
        except Exception as error:
            raise _as_trouble(error) from error
        self._jobs = made

    def _work_on(self, pool: ThreadPoolExecutor) -> int:
        """Claim the lanes of jobs that have come, no more than there are free threads, all in one go."""
        asked: dict[str, Future[None]] = {}
        while len(asked) < self._workers - self._busy:
            try:
                channel, done = self._asked.get_nowait()
            except Empty:
                break
            if channel in asked or channel in self._turns:
                _over(done)
            else:
                asked[channel] = done
        if not asked:
            return 0
        try:
            claims = self._queue.claim(self._clock.now(), len(asked), channels=list(asked))
        except BaseException:
            for done in asked.values():
                _over(done)
            raise
        for claim in claims:
            with self._busy_lock:
                self._busy += 1
                self._at_work[claim.channel] = claim.state.step
            self._turns[claim.channel] = asked.pop(claim.channel)
            pool.submit(self._turn, claim)
        for done in asked.values():  # another worker's by now, or nothing is due any more
            _over(done)
        self._mark_busy()
        return len(claims)

    def _turn(self, claim: Claim) -> None:
        try:
            super()._turn(claim)
        finally:
            self._mark_busy()
            _over(self._turns.pop(claim.channel))

    def _mark_busy(self) -> None:
        self._untold, self._busy_until = True, time.monotonic() + BUSY_FOR_S

    def _offer(self, now: datetime) -> None:
        """A job for each free lane with due work that has none."""
        assert self._jobs is not None
        with self._database.read() as connection:
            rows = connection.execute(self._free, {"b_now": now, "b_limit": OFFERED_AT_ONCE})
            lanes = [(row.entrypoint, row.channel_id) for row in rows]
        try:
            self._jobs.offer(lanes)
        except Exception as error:
            raise _as_trouble(error) from error

    # -- the loop's other parts ------------------------------------------------------------------

    def _wait(self, told: News) -> None:
        """Until woken, or somebody commits; soon again while lanes may still have their old jobs."""
        busy = time.monotonic() < self._busy_until
        until = time.monotonic() + (PLAN_APART_S if busy else PLAN_AT_LEAST_S)
        while not self._wake.wait(min(NEWS_EVERY_S, max(0.0, until - time.monotonic()))):
            due = self._next is not None and self._clock.now() >= self._next
            if due or time.monotonic() >= until or told.came():
                return
        self._stopping.wait(TOGETHER_S)

    def _look_at_held(self) -> None:
        """A shared duty here."""

    def _plan(self, looked_at: datetime) -> None:
        """With each look at the free lanes, not after each turn."""

    def _look_at_what_stands(self) -> None:
        now = self._clock.now()
        self._queue.look_at_held(now)
        self._queue.hold_stopped(now)

    def _tidy(self) -> None:
        if self._jobs is not None:
            self._jobs.clear_log()

    def _beat(self) -> None:
        self._must_agree()
        super()._beat()
        self._duties.renew(self._clock.now())

    def _must_agree(self) -> None:
        """Raises ClockApart. By the machine's own clock, whichever the queue is told."""
        before = SystemClock().now()
        with self._database.read() as connection:
            there: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
        after = SystemClock().now()
        apart = max(before - there, there - after)
        if apart > MAX_SKEW:
            raise ClockApart("worker.clock_apart", seconds=round(apart.total_seconds()))


def _as_trouble(error: BaseException) -> MachineTrouble:
    """Whatever ends the jobs' thread passes: it is started anew. The server's own words are kept."""
    return trouble(error, Path()) or MachineTrouble(Kind.AWAY, Path(), f"{type(error).__name__}: {error}")


def _over(done: Future[None]) -> None:
    with suppress(InvalidStateError):  # given up meanwhile
        done.set_result(None)


LANE = "lane"
_job = table("job", column("dedupe_key"), column("entrypoint"), schema="loa_jobs")


def _entrypoints(serves: Serves) -> list[str]:
    """Of jobs that this worker may get: each says to which zone its channel belongs, or that it was named."""
    if not (serves.zones or serves.channels):
        return [LANE]
    return [*(f"{LANE}:{zone}" for zone in serves.zones), *(f"{LANE}@{one}" for one in serves.channels)]


def _free_lanes(serves: Serves) -> Select[tuple[str, str]]:
    """Free lanes with due work that this worker serves and that have no job; with the job's entrypoint."""
    mine = select(channel_zone.c.zone).where(channel_zone.c.channel_id == lane.c.channel_id)
    zone = mine.correlate(lane).scalar_subquery()  # within `exists` too: of this lane, not of any
    entrypoint: ColumnElement[str] = func.coalesce(literal(f"{LANE}:") + zone, LANE)
    if serves.channels:
        entrypoint = case(
            (lane.c.channel_id.in_(serves.channels), literal(f"{LANE}@") + lane.c.channel_id),
            else_=entrypoint,
        )
    has_one = exists().where(_job.c.dedupe_key == entrypoint + literal(" ") + lane.c.channel_id)
    # Not locked: an offer is no claim.
    return sql.FREE_NOW.where(serves.has(lane.c.channel_id), ~has_one).with_only_columns(
        lane.c.channel_id, entrypoint.label("entrypoint")
    )
