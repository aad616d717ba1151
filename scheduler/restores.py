"""What a store that came out of a backup does not know: what was sent elsewhere after the backup was made.

Kept in the audit, which nothing removes: every delivery that was in the backup stays in doubt, whatever way
a person lets it go again (release, retry, another time, a new approval), until the platform was asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from scheduler import audit
from scheduler.store.tables import audit_event, delivery

ACTION = "restored"
SUBJECT = "workspace"


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
