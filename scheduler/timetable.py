"""The publisher's clock: wakes it at the next due instant and runs its small jobs; holds no delivery, ever.

APScheduler with its memory store, as a clock only (docs/adr/0003): what is due stands in the rows, and is
read anew at every start.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.background import BackgroundScheduler

from content.events import about
from content.wording import say
from scheduler.clock import SystemClock
from scheduler.trouble import trouble

log = logging.getLogger("loa.publisher")

CLOCK_JUMP_S = 30.0
"""A clock that is put right little by little (NTP) never moves so far at once."""
_NEXT_DUE = "next_due"


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


class Timetable:
    """One publisher's appointments; `wake` is called at the instant that was planned last."""

    def __init__(self, wake: Callable[[], None], jobs: Sequence[Periodic]) -> None:
        self._wake = wake
        self._jobs = jobs
        self._planned: datetime | None = None
        self._gap = clock_gap()
        # Every job runs, however late: APScheduler's own defaults silently drop what they find too late.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._clock = BackgroundScheduler(timezone=UTC, job_defaults=defaults)

    def start(self) -> None:
        """The jobs run from now on."""
        started_at = SystemClock().now()  # APScheduler runs by the machine's clock
        for job in self._jobs:
            self._clock.add_job(
                partial(_do, job),
                "interval",
                seconds=job.every.total_seconds(),
                id=job.name,
                next_run_time=job.first_at(started_at),
            )
        self._clock.start()

    def stop(self) -> None:
        """No more appointments; a job that is under way is not waited for."""
        # Its thread may be striking this one off, which fails in a clock that is told to stop meanwhile.
        with suppress(JobLookupError):
            self._clock.remove_job(_NEXT_DUE)
        self._clock.shutdown(wait=False)

    def plan(self, instant: datetime | None) -> None:
        """The next due instant, None where nothing is; the same one again costs nothing."""
        if instant != self._planned:
            self._planned = instant
            if instant is not None:
                self._clock.add_job(self._wake, "date", run_date=instant, id=_NEXT_DUE, replace_existing=True)

    def has_jumped(self) -> bool:
        """Whether the clock was set, or the machine slept, since `follow` looked."""
        return abs(clock_gap() - self._gap) >= CLOCK_JUMP_S

    def follow(self) -> float:
        """Seconds by which the clock has jumped, 0 for none: then every job runs at once.

        APScheduler would keep to its old appointments.
        """
        gap = clock_gap()
        moved_s, self._gap = gap - self._gap, gap
        if abs(moved_s) < CLOCK_JUMP_S:
            return 0.0
        self._planned = None  # to be planned anew
        for job in self._clock.get_jobs():
            if job.id != _NEXT_DUE:
                self._clock.modify_job(job.id, next_run_time=SystemClock().now())
        return moved_s


def _do(job: Periodic) -> None:
    """What goes wrong is said here, in words; what passes with the machine's trouble the main loop says."""
    try:
        job.call()
    except Exception as error:
        met = trouble(error, Path())
        level = logging.DEBUG if met is not None and met.passes else logging.ERROR
        said = say("logs.job_failed", job=job.name, trouble=met or f"{type(error).__name__}: {error}")
        log.log(level, said, extra=about("publisher.job_failed", error=type(error).__name__))
        log.debug("%s broke off", job.name, exc_info=error, extra=about("publisher.job_failed"))


def clock_gap() -> float:
    """Seconds between the wall clock and one that nobody can set: it changes when the clock is moved."""
    return time.time() - time.monotonic()
