"""The publisher's presence: one per SQLite file, with a heartbeat that every screen can show."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import Connection, delete, insert, select, update

from content.errors import RefusedByRule
from scheduler.store.database import Database
from scheduler.store.tables import heartbeat

BEAT_EVERY = timedelta(seconds=5)
LOCK_WAIT_S = 0.5
"""Whoever only looks whether the lock is held (`is_held`) holds it for an instant."""
SILENT_AFTER = timedelta(seconds=20)
FORGOTTEN_AFTER = timedelta(days=30)


@dataclass(frozen=True)
class Presence:
    """What is known of the newest publisher. `alive` means that it beat lately and has not said goodbye.

    `stuck`: it is there, for it holds its lock, but has not been able to write for a while.
    """

    worker: str
    host: str
    pid: int
    started_at: datetime
    beat_at: datetime
    alive: bool
    stuck: bool = False
    stopped: bool = False


class PublisherLock:
    """Held for a publisher's whole life; the operating system frees it even after kill -9."""

    def __init__(self, database: Database) -> None:
        self._database = database
        file = database.file
        self._lock = FileLock(f"{file}.publisher.lock") if file else None

    def take(self, now: datetime) -> None:
        """Raises RefusedByRule, naming the other publisher, when there is one on this file."""
        if self._lock is None:
            return
        try:
            self._lock.acquire(timeout=LOCK_WAIT_S)
        except Timeout:
            with self._database.read() as connection:
                other = newest(connection, now)
            raise RefusedByRule(
                "scheduler.second_publisher",
                pid=other.pid if other else "?",
                host=other.host if other else "?",
                file=self._database.file,
            ) from None

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()


def is_held(database: Database) -> bool:
    """Whether a publisher's process is there, whatever it last wrote. False where nobody can tell."""
    file = database.file
    lock = Path(f"{file}.publisher.lock")
    if file is None or not lock.is_file():
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


def announce(connection: Connection, worker: str, version: str, now: datetime) -> None:
    """Write the first beat; publishers not heard from for a month are forgotten."""
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
        )
    )


def beat(connection: Connection, worker: str, now: datetime, *, stopped: bool = False) -> None:
    """Renew the sign of life, or say goodbye."""
    mine = heartbeat.c.worker == worker
    connection.execute(update(heartbeat).where(mine).values(beat_at=now, stopped=stopped))


def newest(connection: Connection, now: datetime) -> Presence | None:
    """The publisher heard from last; None when none ever ran here."""
    row = connection.execute(select(heartbeat).order_by(heartbeat.c.beat_at.desc()).limit(1)).first()
    if row is None:
        return None
    alive = not row.stopped and now - row.beat_at < SILENT_AFTER
    return Presence(row.worker, row.host, row.pid, row.started_at, row.beat_at, alive, stopped=row.stopped)


def looked_at(database: Database, connection: Connection, now: datetime) -> Presence | None:
    """The newest publisher; a silent one that has not said goodbye is looked for by its lock as well."""
    seen = newest(connection, now)
    silent = seen is not None and not seen.alive and not seen.stopped
    return replace(seen, stuck=True) if seen and silent and is_held(database) else seen
