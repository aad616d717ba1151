"""The embedded engine: woken at the next due instant, it lets a pool of threads run the lanes.

The rows are the queue, the timetable is only its clock. Trouble of the machine that passes makes it wait.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from content.errors import LoaError
from content.events import about
from content.wording import say
from scheduler import news, presence
from scheduler.claim import Claim
from scheduler.clock import Clock
from scheduler.lane import Lanes
from scheduler.news import News
from scheduler.policy import Step
from scheduler.presence import BEAT_EVERY, PublisherLock
from scheduler.queue import Queue
from scheduler.store.database import BUSY_TIMEOUT_MS, HURRIED_TIMEOUT_MS, Database, Transactions
from scheduler.timetable import Periodic, Timetable
from scheduler.trouble import Kind, MachineTrouble, trouble

log = logging.getLogger("loa.publisher")

CLAIM_TOGETHER = 8
"""In a herd, claim when an eighth of the threads is free: one look at the lanes serves many of them."""
KEPT_FREE = 4
"""A fourth of the threads is kept free of uploads, for posts that are ready at their minute."""
NEWS_EVERY_S = 0.25
"""How often another process's commit is looked for: a change is seen within a second."""
DATABASE_PAUSE_S = 1.0
BEAT_OVERDUE_S = 3 * BEAT_EVERY.total_seconds()
"""So long without a beat (a pause, a clock set back): our own turns' leases are renewed before a claim."""
LOOK_AT_HELD_EVERY = timedelta(minutes=1)
"""How often is asked whether what platforms hold may still come out there."""
SOON = timedelta(seconds=5)
"""`run --once` stays for what comes due within this time: read-backs of what it has just published."""


class Pause(NamedTuple):
    """Trouble that passes, told once. `of_machine`: the database may not even take a goodbye."""

    key: str
    since: float
    of_machine: bool


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
        clock_moved: Callable[[float], None] = lambda _: None,
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
        self._clock_moved = clock_moved
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._busy = 0
        self._at_work: dict[str, Step] = {}
        self._busy_lock = threading.Lock()
        self._steps = 0
        self._next: datetime | None = None
        self._look_at: datetime | None = None
        self._beat_at = time.monotonic()
        self._paused: Pause | None = None
        self._identity = _identity(database)
        self._once = False
        beat = Periodic("beat", BEAT_EVERY, self._beat_in_the_background)
        self._timetable = Timetable(self._wake.set, [beat, *self._periodic])

    @property
    def worker(self) -> str:
        """Its name in heartbeats, leases and attempts."""
        return self._worker

    def stop(self) -> None:
        """Claim nothing more, let running steps finish. From any thread, never in a signal's handler."""
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
        self._once = once
        while not self._stopping.is_set():
            try:
                self._begin()
                break
            except Exception as error:
                self._pause(error, once)
        self._timetable.start()
        told = news.of(self._database)
        try:
            with ThreadPoolExecutor(self._workers, thread_name_prefix="loa-lane") as pool:
                while not self._stopping.is_set():
                    self._wake.clear()
                    try:
                        self._must_be_in_place()
                        if moved_s := self._timetable.follow():
                            self._clock_moved(moved_s)
                        if self._paused or time.monotonic() - self._beat_at > BEAT_OVERDUE_S:
                            self._beat()  # before any claim: our own turns may have outlived their leases
                        self._queue.must_be_able()
                        self._look_at_held()
                        looked_at, at_work = self._clock.now(), self._busy
                        claimed = self._pump(pool)
                        self._plan(looked_at)
                        self._go_on()  # not before all of it went well: else it is told again each second
                        if once and not at_work and not claimed and self._idle():
                            break  # a lane that ended since may have left more to do
                        self._wait(told)
                    except Exception as error:  # nothing was claimed
                        self._pause(error, once)
                self._leave()
                if self._stopping.is_set():  # lanes that wait for a lock hold up whoever ends us
                    self._database.patience_ms = HURRIED_TIMEOUT_MS
        finally:
            self._database.patience_ms = BUSY_TIMEOUT_MS
            self._timetable.stop()
            told.close()
            if self._paused is None or not self._paused.of_machine:
                self._say_goodbye()
        return self._steps

    def _begin(self) -> None:
        now = self._clock.now()
        if self._database.is_sqlite:  # the lock says that every other lease is a dead process's
            found = self._queue.recover(now)
            if found:
                log.warning(
                    say("logs.recovered", count=found), extra=about("publisher.recovered", count=found)
                )
        self._announce(now)

    def _announce(self, now: datetime) -> None:
        told = (self._worker, self._version, now, presence.ONCE if self._once else "")
        self._transactions.run(lambda c: presence.announce(c, *told))

    def _leave(self) -> None:
        """Nothing more is claimed; the turns that run are waited for next."""

    def _pause(self, error: Exception, once: bool) -> None:
        """Wait a moment after trouble that passes, having said so once; raises what does not pass.

        `once` is for scripts and by hand: whoever waits for the end is told at once.
        """
        met = trouble(error, self._database.file or Path())
        passes = met.passes if met else isinstance(error, LoaError | SQLAlchemyError)
        if once or not passes:
            self._stopping.set()  # turns that wait to write what came of them give up
            raise met or error
        # A LoaError is a damaged trust file, or notes of other machines: nobody's yes can be believed.
        said = str(met or getattr(error, "orig", None) or error).partition("\n")[0]
        key = met.key if met else said
        if self._paused is None or self._paused.key != key:
            since = self._paused.since if self._paused else time.monotonic()
            self._paused = Pause(key, since, of_machine=met is not None)
            log.error(
                say("machine.publisher.paused", trouble=said), extra=about("publisher.paused", error=key)
            )
            log.debug("paused", exc_info=error, extra=about("publisher.paused", error=key))
        self._stopping.wait(DATABASE_PAUSE_S)

    def _go_on(self) -> None:
        if self._paused is not None:
            seconds, self._paused = round(time.monotonic() - self._paused.since), None
            log.warning(
                say("machine.publisher.resumed", seconds=seconds),
                extra=about("publisher.resumed", seconds=seconds),
            )

    def _must_be_in_place(self) -> None:
        """A file that was moved away or replaced is written to in vain: nobody else sees it any more."""
        if self._identity is not None and _identity(self._database) != self._identity:
            raise MachineTrouble(Kind.GONE, self._database.file or Path())

    def _say_goodbye(self) -> None:
        try:
            end = self._clock.now()
            self._transactions.run(lambda c: presence.beat(c, self._worker, end, stopped=True))
        except Exception as error:  # the heartbeat grows old instead
            log.debug("no goodbye: %s", error, extra=about("publisher.no_goodbye"))

    def _look_at_held(self) -> None:
        now = self._clock.now()
        if self._look_at is None or not now < self._look_at <= now + LOOK_AT_HELD_EVERY:
            self._queue.look_at_held(now)
            self._look_at = now + LOOK_AT_HELD_EVERY

    def _pump(self, pool: ThreadPoolExecutor) -> int:
        """Claim no more than there are free threads: what is in doubt after a crash is what was in flight.

        Returns how many lanes were claimed.
        """
        claimed = 0
        while (free := self._workers - self._busy) > 0:
            if not self._worth_a_claim():
                break  # nearly all are at work: whoever ends then wakes us, and one look serves several
            claims = self._queue.claim(self._clock.now(), free, unready=self._free_for_uploads())
            for claim in claims:
                with self._busy_lock:
                    self._busy += 1
                    self._at_work[claim.channel] = claim.state.step
                pool.submit(self._turn, claim)
            claimed += len(claims)
            if len(claims) < free:
                break
        return claimed

    def _free_for_uploads(self) -> int:
        with self._busy_lock:
            uploads = sum(step is Step.PREPARE for step in self._at_work.values())
        return max(0, self._workers - self._workers // KEPT_FREE - uploads)

    def _worth_a_claim(self) -> bool:
        return self._workers - self._busy >= self._workers // CLAIM_TOGETHER

    def _turn(self, claim: Claim) -> None:
        try:
            steps = self._lanes.run(claim, self._stopping.is_set)
            with self._busy_lock:
                self._steps += steps
        except Exception as error:
            # Not written: the lease runs out, and the row is found in flight and read back.
            met = trouble(error, self._database.file or Path())
            told = about(
                "lane.broke_off", delivery=claim.delivery, channel=claim.channel, attempt=claim.attempt
            )
            log.error("%s: %s", claim.delivery, met or f"{type(error).__name__}: {error}", extra=told)
            log.debug("the turn of a lane broke off", exc_info=error, extra=told)
        finally:
            with self._busy_lock:
                self._busy -= 1
                self._at_work.pop(claim.channel, None)
                wake = self._worth_a_claim()
            if wake:  # else the main loop would look and plan for nothing, with the herd waiting for it
                self._wake.set()

    def _plan(self, looked_at: datetime) -> None:
        """What comes due after the look for work began: that look may have been too early to see it."""
        with self._database.read() as connection:
            self._next = self._queue.next_wake(connection, looked_at)
            if self._next and self._look_at and self._queue.any_held(connection):
                self._next = min(self._next, self._look_at)
        self._timetable.plan(self._next)

    def _idle(self) -> bool:
        return self._busy == 0 and (self._next is None or self._next > self._clock.now() + SOON)

    def _wait(self, told: News) -> None:
        """Until woken (due instant, a lane that ended, stop) or another process has committed something.

        The due instant is compared too, so that a machine that slept or a clock that was set is noticed.
        """
        while not self._wake.wait(NEWS_EVERY_S):
            due = self._next is not None and self._clock.now() >= self._next
            overdue = time.monotonic() - self._beat_at > BEAT_OVERDUE_S
            if due or overdue or self._timetable.has_jumped() or told.came():
                return

    def _beat_in_the_background(self) -> None:
        try:
            self._beat()
        except Exception as error:  # the main loop meets the same, and says so
            log.debug("no beat: %s", error, extra=about("publisher.no_beat"))

    def _beat(self) -> None:
        now = self._clock.now()
        self._transactions.run(lambda c: self._live(c, now))
        with self._busy_lock:
            at_work = list(self._at_work)
        if at_work:
            self._queue.still_at_work(at_work, now)
        self._beat_at = time.monotonic()

    def _live(self, connection: Connection, now: datetime) -> None:
        """In a transaction, which has heard the other machines: who pauses or may publish nothing serves
        nobody, and falls silent, so that the others say what nobody takes."""
        if self._paused is not None:
            return
        with suppress(LoaError):
            self._queue.must_be_able()
            presence.beat(connection, self._worker, now)


def _identity(database: Database) -> tuple[int, int] | None:
    """Which file it is, whatever its name; None for a server, or where nothing bears the name any more."""
    try:
        found = database.file.stat() if database.file else None
    except FileNotFoundError:
        return None
    return (found.st_dev, found.st_ino) if found else None
