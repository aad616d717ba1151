"""The publisher's presence, or that of several workers: a heartbeat each, which every screen can show."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Row, and_, case, delete, exists, func, insert, or_, select, text, update
from sqlalchemy.exc import DBAPIError, OperationalError

from content.errors import RefusedByRule
from scheduler.store import evicting
from scheduler.store.database import Database
from scheduler.store.tables import heartbeat, machine
from scheduler.zones import Serves

BEAT_EVERY = timedelta(seconds=5)
LOCK_WAIT_S = 0.5
"""Whoever only looks whether the lock is held (`is_held`) holds it for an instant."""
SILENT_AFTER = timedelta(seconds=20)
FORGOTTEN_AFTER = timedelta(days=30)
MISSED_FOR = timedelta(days=1)
"""So long a worker that fell silent without a goodbye is named beside the others."""
ONCE = '{"once": true}'
"""In the place of what it serves: a publisher that ends when nothing is due, and comes again by a timer."""
_NO_WORKER = ("", ONCE)
SEEN_FOR = timedelta(days=30)
"""So long after it was last heard of a machine counts as one that works."""
PUBLISHER = 0x10A1
"""The advisory lock of a PostgreSQL database's publisher."""
_TAKE = select(func.pg_advisory_lock(PUBLISHER))
_LOOK = text(
    "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    " AND classid = 0 AND objid = :publisher AND objsubid = 1)"
).bindparams(publisher=PUBLISHER)


@dataclass(frozen=True)
class Presence:
    """What is known of the newest publisher. `alive` means that it beat lately and has not said goodbye.

    `stuck`: it is there, for it holds its lock, but has not been able to write for a while. `serves`: what a
    worker takes, None of a publisher that is no worker; `once`: that ends by itself, and comes again.
    """

    worker: str
    host: str
    pid: int
    started_at: datetime
    beat_at: datetime
    alive: bool
    stuck: bool = False
    stopped: bool = False
    serves: Serves | None = None
    once: bool = False

    @property
    def has_left(self) -> bool:
        """It was stopped, and will not come again by itself."""
        return self.stopped and not self.once


class PublisherLock:
    """Held for a publisher's whole life; kill -9 frees it: the system does, or the server.

    A server that is started anew has forgotten it: until the publisher's next start a second one is let in,
    and then claims alone keep the two apart.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        file = database.file
        self._lock = FileLock(f"{file}.publisher.lock") if file else None
        self._session = ExitStack()

    def take(self, now: datetime) -> None:
        """Raises RefusedByRule, naming the other publisher, when there is one on this database."""
        if self._taken():
            return
        server = not self._database.is_sqlite
        # a unit's login runs no publisher: what holds the place for it is put out
        if server and evicting.end_holders(self._database.engine, PUBLISHER) and self._taken():
            return
        with self._database.read() as connection:
            other = newest(connection, now)
        raise RefusedByRule(
            "scheduler.second_publisher",
            pid=other.pid if other else "?",
            host=other.host if other else "?",
            file=self._database.place,
        )

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()
        self._session.close()

    def _taken(self) -> bool:
        if self._lock is not None:
            try:
                self._lock.acquire(timeout=LOCK_WAIT_S)
            except Timeout:
                return False
            return True
        with ExitStack() as session:
            connection = session.enter_context(self._database.read())
            session.callback(_free, connection)
            # The wait is the server's own: it needs an instant to see that somebody was killed.
            connection.execute(select(func.set_config("lock_timeout", f"{int(LOCK_WAIT_S * 1000)}ms", False)))
            try:
                connection.execute(_TAKE)
            except OperationalError as error:
                if getattr(error.orig, "sqlstate", "") != "55P03":  # lock_not_available
                    raise
                return False
            self._session = session.pop_all()
            return True


def _free(connection: Connection) -> None:
    """The pool would hand the connection out again with the lock. A lost one has lost the lock too."""
    with suppress(DBAPIError):
        connection.execute(select(func.pg_advisory_unlock(PUBLISHER)))
    connection.invalidate()


def is_held(database: Database) -> bool:
    """Whether a publisher's process is there, whatever it last wrote. False where nobody can tell."""
    file = database.file
    if file is None:
        with database.read() as connection:
            return bool(connection.execute(_LOOK).scalar())
    lock = Path(f"{file}.publisher.lock")
    if not lock.is_file():
        return False
    probe = FileLock(lock)
    try:
        probe.acquire(timeout=0)
    except Timeout:
        return True
    except OSError:  # not ours to open
        return False
    probe.release()
    return False


def announce(connection: Connection, worker: str, version: str, now: datetime, serves: str = "") -> None:
    """Write the first beat; publishers not heard from for a month are forgotten.

    `serves`: which channels a worker takes, of several (`scheduler.zones`).
    """
    connection.execute(delete(heartbeat).where(heartbeat.c.beat_at < now - FORGOTTEN_AFTER))
    connection.execute(
        insert(heartbeat).values(
            worker=worker,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=version,
            started_at=now,
            beat_at=now,
            stopped=False,
            serves=serves,
        )
    )


def beat(connection: Connection, worker: str, now: datetime, *, stopped: bool = False) -> None:
    """Renew the sign of life, or say goodbye."""
    mine = heartbeat.c.worker == worker
    connection.execute(update(heartbeat).where(mine).values(beat_at=now, stopped=stopped))


def newest(connection: Connection, now: datetime) -> Presence | None:
    """The publisher heard from last; None when none ever ran here.

    Of several workers one that lives, where there is one: that another has just said goodbye is no silence.
    """
    lives = (heartbeat.c.stopped.is_(False)) & (heartbeat.c.beat_at > now - SILENT_AFTER)
    first = select(heartbeat).order_by(case((lives, 0), else_=1), heartbeat.c.beat_at.desc()).limit(1)
    row = connection.execute(first).first()
    return _of(row, now) if row else None


def workers(connection: Connection, now: datetime) -> list[Presence]:
    """All that have not said goodbye, those that fell silent within a day too; who started first, first.

    A silent one is missed until another one of the same kind has started on its machine: then it is back. Of
    publishers that are no workers there may be only one, which is back wherever it runs.
    """
    other = heartbeat.alias()
    same = and_(other.c.host == heartbeat.c.host, other.c.serves == heartbeat.c.serves)
    alone = and_(other.c.serves.in_(_NO_WORKER), heartbeat.c.serves.in_(_NO_WORKER))
    is_back = exists().where(other.c.started_at > heartbeat.c.beat_at, or_(same, alone))
    missed = and_(heartbeat.c.beat_at > now - MISSED_FOR, ~is_back)
    rows = connection.execute(
        select(heartbeat)
        .where(heartbeat.c.stopped.is_(False), or_(heartbeat.c.beat_at > now - SILENT_AFTER, missed))
        .order_by(heartbeat.c.started_at, heartbeat.c.worker)
    )
    return [_of(row, now) for row in rows]


def are_several(connection: Connection, now: datetime) -> bool:
    """Whether more than one machine may publish: they wrote themselves down, or their workers live."""
    if connection.dialect.name == "sqlite":
        return False
    lately = select(func.count()).select_from(machine).where(machine.c.seen_at > now - SEEN_FOR)
    living = heartbeat.c.stopped.is_(False) & (heartbeat.c.beat_at > now - SILENT_AFTER)
    hosts = select(func.count(heartbeat.c.host.distinct())).where(living)
    machines, alive = connection.execute(select(lately.scalar_subquery(), hosts.scalar_subquery())).one()
    return bool(machines > 1 or alive > 1)


def _of(row: Row[Any], now: datetime) -> Presence:
    alive = not row.stopped and now - row.beat_at < SILENT_AFTER
    once = row.serves == ONCE
    serves = Serves.read(row.serves) if row.serves and not once else None
    known = (row.worker, row.host, row.pid, row.started_at, row.beat_at)
    return Presence(*known, alive, stopped=row.stopped, serves=serves, once=once)


def looked_at(database: Database, connection: Connection, now: datetime) -> Presence | None:
    """The newest publisher; a silent one that has not said goodbye is looked for by its lock as well."""
    seen = newest(connection, now)
    silent = seen is not None and not seen.alive and not seen.stopped
    return replace(seen, stuck=True) if seen and silent and is_held(database) else seen
