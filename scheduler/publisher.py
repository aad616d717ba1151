"""The embedded engine: APScheduler wakes it at the next due instant, a pool of threads runs the lanes.

APScheduler holds no delivery, ever: it is the clock, and the rows are the queue (docs/adr/0003).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import OperationalError

from content.errors import LoaError
from scheduler import presence
from scheduler.clock import Clock, SystemClock
from scheduler.lane import Lanes
from scheduler.news import News
from scheduler.presence import BEAT_EVERY, PublisherLock
from scheduler.queue import Claim, Queue
from scheduler.store.database import Database, Transactions

log = logging.getLogger("loa.publisher")

CLAIM_TOGETHER = 8
"""In a herd, claim when an eighth of the threads is free: one look at the lanes serves many of them."""
NEWS_EVERY_S = 0.25
"""How often another process's commit is looked for: a change is seen within a second."""
DATABASE_PAUSE_S = 1.0
SOON = timedelta(seconds=5)
"""`run --once` stays for what comes due within this time: read-backs of what it has just published."""


@dataclass(frozen=True)
class Periodic:
    """A small job of the engine beside the lanes (reach, token care)."""

    name: str
    every: timedelta
    call: Callable[[], object]
    first_after: timedelta | None = None
    """From the publisher's start to the first run; `every` where it is not said."""

    def first_at(self, started_at: datetime) -> datetime:
        return started_at + (self.every if self.first_after is None else self.first_after)


class Publisher:
    """Runs until `stop` is called, or with `once` until nothing is due. One per SQLite file."""

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
        periodic: Sequence[Periodic] = (),
    ) -> None:
        self._database = database
        self._transactions = transactions
        self._queue = queue
        self._lanes = lanes
        self._clock = clock
        self._worker = worker
        self._version = version
        self._workers = workers
        self._periodic = periodic
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._busy = 0
        self._at_work: set[str] = set()
        self._busy_lock = threading.Lock()
        self._steps = 0
        self._next: datetime | None = None

    def stop(self) -> None:
        """Claim nothing more, let running steps finish. Safe from a signal handler or another thread."""
        self._stopping.set()
        self._wake.set()

    def run(self, *, once: bool = False) -> int:
        """Publish. Returns how many steps were done; raises RefusedByRule beside another publisher."""
        lock = PublisherLock(self._database)
        lock.take(self._clock.now())
        try:
            return self._run(once)
        finally:
            lock.release()

    def _run(self, once: bool) -> int:
        now = self._clock.now()
        if self._database.is_sqlite:  # the lock says that every other lease is a dead process's
            found = self._queue.recover(now)
            if found:
                log.warning("%d deliveries were in flight when the last publisher ended: reading back", found)
        self._transactions.run(lambda c: presence.announce(c, self._worker, self._version, now))
        clock = self._start_clock()
        news = News(self._database.file)
        try:
            with ThreadPoolExecutor(self._workers, thread_name_prefix="loa-lane") as pool:
                while not self._stopping.is_set():
                    self._wake.clear()
                    try:
                        self._pump(pool)
                        self._plan(clock)
                        if once and self._idle():
                            break
                        self._wait(news)
                    except (
                        OperationalError,
                        sqlite3.Error,
                    ):  # locked, full, unreachable: nothing was claimed
                        log.exception("the database did not answer; trying again")
                        self._stopping.wait(DATABASE_PAUSE_S)
                    except LoaError as error:  # a damaged trust file: nobody's yes can be believed
                        log.error("nothing is sent: %s", error)
                        self._stopping.wait(DATABASE_PAUSE_S)
        finally:
            clock.shutdown(wait=False)
            news.close()
            end = self._clock.now()
            self._transactions.run(lambda c: presence.beat(c, self._worker, end, stopped=True))
        return self._steps

    def _pump(self, pool: ThreadPoolExecutor) -> None:
        """Claim no more than there are free threads: what is in doubt after a crash is what was in flight."""
        while (free := self._workers - self._busy) > 0:
            if free < self._workers // CLAIM_TOGETHER:
                return  # nearly all are at work: the next that ends wakes us, and one look serves several
            claims = self._queue.claim(self._clock.now(), free)
            for claim in claims:
                with self._busy_lock:
                    self._busy += 1
                    self._at_work.add(claim.channel)
                pool.submit(self._turn, claim)
            if len(claims) < free:
                return

    def _turn(self, claim: Claim) -> None:
        try:
            steps = self._lanes.run(claim, self._stopping.is_set)
            with self._busy_lock:
                self._steps += steps
        except Exception:
            # The database failed us: the lease runs out and the row is found in flight.
            log.exception("%s: the turn of its lane broke off", claim.delivery)
        finally:
            with self._busy_lock:
                self._busy -= 1
                self._at_work.discard(claim.channel)
            self._wake.set()

    def _plan(self, clock: BackgroundScheduler) -> None:
        with self._database.read() as connection:
            upcoming = self._queue.next_wake(connection, self._clock.now())
        if upcoming != self._next:
            self._next = upcoming
            if upcoming is not None:
                clock.add_job(self._wake.set, "date", run_date=upcoming, id="next_due", replace_existing=True)

    def _idle(self) -> bool:
        soon = self._clock.now() + SOON
        return self._busy == 0 and (self._next is None or self._next > soon)

    def _wait(self, news: News) -> None:
        """Until woken (due instant, a lane that ended, stop) or another process has committed something.

        The due instant is compared too, so that a machine that slept or a clock that was set is noticed.
        """
        while not self._wake.wait(NEWS_EVERY_S):
            due = self._next is not None and self._clock.now() >= self._next
            if due or news.came():
                return

    def _start_clock(self) -> BackgroundScheduler:
        clock = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        clock.add_job(self._beat, "interval", seconds=BEAT_EVERY.total_seconds(), id="beat")
        started_at = SystemClock().now()  # APScheduler runs by the machine's clock
        for job in self._periodic:
            clock.add_job(
                job.call,
                "interval",
                seconds=job.every.total_seconds(),
                id=job.name,
                next_run_time=job.first_at(started_at),
            )
        clock.start()
        return clock

    def _beat(self) -> None:
        now = self._clock.now()
        self._transactions.run(lambda c: presence.beat(c, self._worker, now))
        with self._busy_lock:
            at_work = list(self._at_work)
        if at_work:
            self._queue.still_at_work(at_work, now)
