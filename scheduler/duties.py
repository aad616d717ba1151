"""Duties: periodic jobs that one of all workers does each time, however many of them run.

Each has a row with the instant of its next time. Whoever finds it due takes it by a conditional update, so
only one does; it is put to its next time when it is done. Whoever dies over it lets its lease run out, and
then it is still due: another takes it.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, update

from scheduler.clock import Clock
from scheduler.store.database import Database
from scheduler.store.tables import duty
from scheduler.timetable import Periodic

LOOK_EVERY = timedelta(seconds=10)
SOON = timedelta(seconds=1)
"""After a worker's start: what is overdue waits for nobody's next look."""
LEASE = timedelta(seconds=60)
"""Renewed with every beat; who does not beat for so long is dead or asleep."""


class Duties:
    """One worker's part in them. On SQLite one publisher does everything, and this is not needed."""

    def __init__(self, database: Database, clock: Clock, worker: str) -> None:
        self._database = database
        self._clock = clock
        self._worker = worker
        self._mine: set[str] = set()
        self._door = threading.Lock()

    def shared(self, job: Periodic) -> Periodic:
        """The same job, done by one of all workers each time: looked at often, taken when it is due."""
        every = min(job.every, LOOK_EVERY)
        return replace(job, every=every, call=lambda: self.turn(job), first_after=min(every, SOON))

    def turn(self, job: Periodic) -> bool:
        """Do it, if it is due and nobody is at it. Returns whether it was done here."""
        now = self._clock.now()
        if not self._due(job, now) or not self._database.run(lambda c: self._take(c, job, now)):
            return False
        with self._door:
            self._mine.add(job.name)
        try:
            job.call()
        finally:
            with self._door:
                self._mine.discard(job.name)
            # After trouble as well: each job has its next time, and those that matter say what went wrong.
            self._database.run(lambda c: self._put_by(c, job, now + job.every))
        return True

    def renew(self, now: datetime) -> None:
        """Keep what this worker is at; with every beat."""
        with self._door:
            mine = list(self._mine)
        if mine:
            held = duty.c.name.in_(mine) & (duty.c.owner == self._worker)
            self._database.run(lambda c: c.execute(update(duty).where(held).values(lease_until=now + LEASE)))

    def _due(self, job: Periodic, now: datetime) -> bool:
        """Whether it is, and free; the first worker ever puts its first time down."""
        with self._database.read() as connection:
            row = connection.execute(select(duty).where(duty.c.name == job.name)).first()
        if row is None:
            self._database.run(lambda c: self._put_down(c, job, now))
            return job.first_at(now) <= now
        # A clock that was far ahead has put it off: no duty waits longer than its interval.
        due = row.next_at <= now or row.next_at > now + job.every + LEASE
        return due and (row.lease_until is None or row.lease_until <= now)

    def _put_down(self, connection: Connection, job: Periodic, now: datetime) -> None:
        """Whoever writes so has the database alone: of two that come together the second finds it."""
        if connection.execute(select(duty.c.name).where(duty.c.name == job.name)).first() is None:
            connection.execute(insert(duty).values(name=job.name, next_at=job.first_at(now), owner=""))

    def _take(self, connection: Connection, job: Periodic, now: datetime) -> bool:
        free = or_(duty.c.lease_until.is_(None), duty.c.lease_until <= now)
        due = or_(duty.c.next_at <= now, duty.c.next_at > now + job.every + LEASE)
        taken = update(duty).where(duty.c.name == job.name, free, due)
        values = {"owner": self._worker, "lease_until": now + LEASE}
        return connection.execute(taken.values(**values)).rowcount == 1

    def _put_by(self, connection: Connection, job: Periodic, next_at: datetime) -> None:
        """Nothing where another has taken it over meanwhile."""
        mine = (duty.c.name == job.name) & (duty.c.owner == self._worker)
        connection.execute(update(duty).where(mine).values(owner="", lease_until=None, next_at=next_at))
