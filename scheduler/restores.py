"""What a store that came out of a backup does not know: what was sent elsewhere after the backup was made.

Kept in the audit, which nothing removes: every delivery that was in the backup stays in doubt, whatever way
a person lets it go again (release, retry, another time, a new approval), until the platform was asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from scheduler import audit
from scheduler.audit import MACHINE
from scheduler.policy import HELD_BY_PLATFORM, OUTGOING
from scheduler.reasons import Reason
from scheduler.status import IN_DOUBT, SENDABLE, Status
from scheduler.store.tables import attempt, audit_event, delivery

ACTION = str(Reason.RESTORED)
SUBJECT = "workspace"
_LET_GO = ("released", "settled")


@dataclass(frozen=True)
class Restore:
    """Deliveries up to number `through` may have been sent by another machine since `made_at`."""

    made_at: datetime
    through: int


class Restores:
    """Every restore that this store has been through."""

    def __init__(self, restores: Sequence[Restore] = ()) -> None:
        self._restores = restores

    @classmethod
    def of(cls, connection: Connection) -> Restores:
        query = select(audit_event.c.detail).where(
            audit_event.c.subject == SUBJECT, audit_event.c.action == ACTION
        )
        noted = [json.loads(detail) for detail in connection.execute(query).scalars()]
        return cls([Restore(datetime.fromisoformat(n["made_at"]), int(n["through"])) for n in noted])

    def in_doubt_since(self, seq: int) -> datetime | None:
        """From when on something of this delivery may have left another machine; None for never."""
        return min((r.made_at for r in self._restores if seq <= r.through), default=None)


def note(connection: Connection, *, at: datetime, actor: str, made_at: datetime, **detail: object) -> Restore:
    """Write down that this store is a backup's of `made_at`."""
    through = connection.execute(select(func.max(delivery.c.seq))).scalar() or 0
    audit.record(
        connection,
        at=at,
        actor=actor,
        action=ACTION,
        subject=SUBJECT,
        made_at=made_at.isoformat(),
        through=through,
        **detail,
    )
    return Restore(made_at, through)


def set_aside(connection: Connection, *, at: datetime) -> tuple[int, int]:
    """Let everything rest that could be sent, and everything in doubt: (how many held, how many in doubt).

    What a platform holds it may publish by itself, so that is looked for after its minute; it is not handed
    over again before that, and Loa reveals nothing of it without a person's word (`waits_for_a_go`).
    """
    rest = {"wake_at": None, "last_error": ACTION, "updated_at": at}
    # What waits for a person already (no wake-up) keeps its reason.
    moving = or_(delivery.c.status == Status.REVEALING, delivery.c.wake_at.is_not(None))
    doubtful = update(delivery).where(delivery.c.status.in_(IN_DOUBT), moving)
    in_doubt = connection.execute(doubtful.values(status=Status.UNKNOWN, **rest)).rowcount
    waiting = update(delivery).where(delivery.c.status.in_(SENDABLE))
    held = connection.execute(waiting.values(status=Status.HELD, **rest)).rowcount
    given = select(delivery.c.seq, delivery.c.due_at).where(delivery.c.status == Status.HANDED_OVER)
    for row in connection.execute(given).all():
        look = {"wake_at": max(row.due_at + HELD_BY_PLATFORM, at), "updated_at": at}
        connection.execute(update(delivery).where(delivery.c.seq == row.seq).values(**look))
    return held, in_doubt


def waits_for_a_go(connection: Connection, seq: int, delivery_id: str) -> bool:
    """Whether a delivery came out of a backup, and no person has let it go since.

    A word is said to what is in doubt (`released`, `settled`), or it has passed the gate since: whatever else
    lets a delivery go (retry, another time, a new approval) sends it that way.
    """
    query = select(audit_event.c.id, audit_event.c.at, audit_event.c.detail).where(
        audit_event.c.subject == SUBJECT, audit_event.c.action == ACTION
    )
    found = [row for row in connection.execute(query) if seq <= int(json.loads(row.detail)["through"])]
    if not found:
        return False
    last = max(found, key=lambda row: row.id)
    said = select(audit_event.c.id).where(
        audit_event.c.subject == delivery_id,
        audit_event.c.action.in_(_LET_GO),
        audit_event.c.id > last.id,
    )
    passed = select(attempt.c.id).where(
        attempt.c.delivery_seq == seq, attempt.c.step.in_(OUTGOING), attempt.c.started_at >= last.at
    )
    return not any(connection.execute(query.limit(1)).first() for query in (said, passed))


def hold_older_copy(connection: Connection, *, at: datetime, missing: int) -> int:
    """An older copy of the database was put in place: `missing` is an event that it lacks. All that could be
    sent rests, as after a restore; returns how many deliveries, 0 also when this was done before.
    """
    seen = select(audit_event.c.detail).where(audit_event.c.action == ACTION)
    if any(json.loads(d).get("missing") == missing for d in connection.execute(seen).scalars()):
        return 0
    made_at = connection.execute(select(func.max(audit_event.c.at))).scalar() or at
    count = sum(set_aside(connection, at=at))
    note(connection, at=at, actor=MACHINE, made_at=made_at, missing=missing, held=count)
    return count
