"""What changes from one moment to the next: who is at work, what is late, what was done last.

Read by index alone, so that looking every second costs the same with a million deliveries.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from loa.services import health
from loa.services.health import Health
from loa.services.workspace import Workspace
from scheduler import presence
from scheduler.status import IN_DOUBT, SENDABLE, Status
from scheduler.store.tables import attempt, delivery

LAST_SHOWN = 6
WORKERS_FOR = timedelta(hours=1)
"""One that fell silent earlier is no news."""


@dataclass(frozen=True)
class WorkerView:
    """A process that publishes; `alive` False: it neither beat lately nor said goodbye."""

    worker: str
    host: str
    pid: int
    beat_at: datetime
    alive: bool


@dataclass(frozen=True)
class Done:
    """A finished attempt."""

    at: datetime
    delivery: str
    step: str
    outcome: str


@dataclass(frozen=True)
class Watched:
    """One look."""

    health: Health
    workers: list[WorkerView]
    overdue: int
    late_s: float
    """How long the oldest waits of those whose minute has come; 0 when there is none."""
    doubt: int
    last: list[Done]

    def as_dict(self) -> dict[str, Any]:
        """`loa status --json` and what is new here."""
        own = {key: value for key, value in asdict(self).items() if key != "health"}
        return {**self.health.as_dict(), **own}


def look(workspace: Workspace) -> Watched:
    now = workspace.now()
    with workspace.database.read() as connection:
        due = [
            connection.execute(
                select(func.count(), func.min(delivery.c.due_at)).where(
                    delivery.c.status == status, delivery.c.due_at <= now
                )
            ).one()
            for status in sorted(SENDABLE)
        ]
        oldest = min((first for _, first in due if first is not None), default=now)
        rows = (
            select(attempt.c.ended_at, delivery.c.id, attempt.c.step, attempt.c.outcome)
            .join(delivery, delivery.c.seq == attempt.c.delivery_seq)
            .order_by(attempt.c.id.desc())
            .limit(LAST_SHOWN * 4)
        )
        there = [one for one in presence.workers(connection, now) if one.beat_at > now - WORKERS_FOR]
        workers = [
            WorkerView(one.worker, one.host, one.pid, one.beat_at, one.alive)
            for one in sorted(there, key=lambda one: one.beat_at, reverse=True)
        ]
        done = [Done(*row) for row in connection.execute(rows) if row.ended_at is not None]
    seen = health.examine(workspace)
    return Watched(
        health=seen,
        workers=workers,
        overdue=sum(number for number, _ in due),
        late_s=round((now - oldest).total_seconds(), 3),
        doubt=sum(seen.overview.counts.get(state, 0) for state in IN_DOUBT if state is not Status.REVEALING),
        last=done[:LAST_SHOWN],
    )
