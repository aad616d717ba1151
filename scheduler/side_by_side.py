"""Transactions of the hot path: claims, handles and outcomes, told to the audit at their end.

On a server those of several workers run side by side. Whoever changes orders (a freeze, a withdrawal, another
text: every other transaction) has the database alone (`scheduler.store.postgres`); these share it. So a claim
is still before or after such a change, never beside it, and what keeps workers apart are the rows' own locks
(SKIP LOCKED) and the lanes' fences.

What is everybody's (the audit's chain, the machines' notes, the tally) waits for the end of a transaction,
behind a lock that lets one at a time through. Who has it waits for no row any more, so it is no part of any
deadlock, and is held for these few rows and the commit. Touched earlier, each such row would make one
worker's whole transaction wait for another's: four workers were slower than one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from scheduler import audit
from scheduler.store.database import Database, Work

T = TypeVar("T")

REST, LONGEST_REST_S = 4.0, 1.0
AGAIN = 3
OUTRUN = ("40P01", "40001")
"""Deadlock, serialization failure (PostgreSQL 18, appendix A): nothing was written, so it is done again."""


class SideBySide:
    """`Transactions` beside which others of their kind may run. Work may run more than once.

    On SQLite there is one writer anyway; what is gained there is one write to the audit for a whole group.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @property
    def file(self) -> Path | None:
        return self._database.file

    def run(self, work: Work[T]) -> T:
        """As `Database.run`; raises a deadlock only when it came `AGAIN` times in a row."""
        if self._database.is_sqlite:
            return self._once(work)
        for _ in range(AGAIN - 1):
            try:
                return self._once(work)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", "") not in OUTRUN:
                    raise
        return self._once(work)

    def _once(self, work: Work[T]) -> T:
        def then_tell(connection: Connection) -> T:
            told: list[dict[str, Any]] = []
            connection.execution_options(**{audit.LATER: told})
            done = work(connection)
            if not self._database.is_sqlite:
                audit.one_at_a_time(connection)  # also for the notes and the tally, which follow
            audit.append(connection, told)
            return done

        return self._database.run(then_tell, beside=True)


class Seldom:
    """`Transactions` of the small jobs: each has the database alone, so it makes every worker wait. Then it
    rests several times as long as it took: two hundred channels looked after must not stand in a herd's way.

    On SQLite there is one writer anyway, and this is `Database.run`.
    """

    def __init__(self, database: Database, pause: Callable[[float], None] = time.sleep) -> None:
        self._database = database
        self._pause = pause

    @property
    def file(self) -> Path | None:
        return self._database.file

    def run(self, work: Work[T]) -> T:
        began = time.monotonic()
        try:
            return self._database.run(work)
        finally:
            if not self._database.is_sqlite:
                self._pause(min(LONGEST_REST_S, REST * (time.monotonic() - began)))
