"""The audit as people see it: what was done, and whether the record is whole."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from loa.services import contradictions
from loa.services.contradictions import Contradiction
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store.tables import audit_event


@dataclass(frozen=True)
class EventView:
    """One event; `detail` as it was written with it."""

    id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str


@dataclass(frozen=True)
class ChainView:
    """Whether the record is whole. `broken_at`: first event that does not follow from the one before;
    `cut_at`: first event that was noted outside the database and is not there (any more)."""

    events: int
    head: str
    broken_at: int | None
    cut_at: int | None
    contradictions: tuple[Contradiction, ...] = ()
    """Where other tables say something else than the record and the notes outside the database."""

    @property
    def whole(self) -> bool:
        return self.broken_at is None and self.cut_at is None


def verify(workspace: Workspace) -> ChainView:
    """Walk the whole chain, and compare it with what was noted outside the database."""
    with workspace.database.read() as connection:
        count = connection.execute(select(func.count()).select_from(audit_event)).scalar() or 0
        newest = select(audit_event.c.hash).order_by(audit_event.c.id.desc()).limit(1)
        head = connection.execute(newest).scalar() or audit.GENESIS
        broken = audit.broken_link(connection)
        missing = workspace.anchors.missing(connection)
    found = tuple(contradictions.find(workspace))
    return ChainView(count, head, broken, missing.event if missing else None, found)


def listing(workspace: Workspace, *, subject: str = "", actor: str = "", limit: int = 200) -> list[EventView]:
    """The newest events, oldest of them first."""
    query = select(audit_event).order_by(audit_event.c.id.desc()).limit(limit)
    if subject:
        query = query.where(audit_event.c.subject == subject)
    if actor:
        query = query.where(audit_event.c.actor == actor)
    with workspace.database.read() as connection:
        return [event_view(row) for row in connection.execute(query)][::-1]


def event_view(row: Any) -> EventView:
    """A row; a detail that was damaged is shown as it stands, the chain tells of it."""
    try:
        detail = json.loads(row.detail)
    except ValueError:
        detail = None
    kept = detail if isinstance(detail, dict) else {"damaged": row.detail}
    return EventView(row.id, row.at, row.actor, row.action, row.subject, kept, row.hash)
