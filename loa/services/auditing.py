"""The audit as people see it: what was done, and whether the record is whole."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, or_, select

from content.text import fold
from loa.services import contradictions
from loa.services.contradictions import Contradiction
from loa.services.workspace import Workspace
from loa.speech import worded
from scheduler import audit
from scheduler.store.tables import audit_event

MOST_SOUGHT = 20_000
"""Of a search the newest events, so many: who seeks something older narrows the choice first."""


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


def verify(workspace: Workspace, rest: Callable[[], None] = lambda: None) -> ChainView:
    """Walk the whole chain, and compare it with what was noted outside the database.

    `rest` is called after each page of it.
    """
    with workspace.database.read() as connection:
        count = connection.execute(select(func.count()).select_from(audit_event)).scalar() or 0
        newest = select(audit_event.c.hash).order_by(audit_event.c.id.desc()).limit(1)
        head = connection.execute(newest).scalar() or audit.GENESIS
        broken = audit.broken_link(connection, rest)
        missing = workspace.anchors.missing(connection)
    found = tuple(contradictions.find(workspace, rest))
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


@dataclass(frozen=True)
class Asked:
    """Which events: what is empty narrows nothing. A post's id in `subject` means its deliveries as well."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    search: str = ""
    """Words that all occur, tone marks and đ aside, in who, what, about what, or the details."""

    def conditions(self) -> list[ColumnElement[bool]]:
        """All but the search."""
        column = audit_event.c
        asked: list[ColumnElement[bool]] = []
        if self.actor:
            asked.append(column.actor == self.actor)
        if self.action:
            asked.append(column.action == self.action)
        if self.subject:
            its = column.subject.startswith(f"{self.subject}@", autoescape=True)
            asked.append(or_(column.subject == self.subject, its))
        return asked


class Events:
    """The events of one choice, newest first, a page at a time; called in threads.

    A search looks through the newest MOST_SOUGHT events of the choice, when they are counted.
    """

    def __init__(self, workspace: Workspace, asked: Asked) -> None:
        self._workspace, self.asked = workspace, asked
        self._words = fold(asked.search).split()
        self._found: list[int] | None = None
        self.is_cut = False
        """Whether the last count may have left out what is older than it looked."""

    def count(self) -> int:
        with self._workspace.database.read() as connection:
            if self._words:
                self._found = self._seek(connection)
                return len(self._found)
            query = select(func.count()).select_from(audit_event).where(*self.asked.conditions())
            return connection.execute(query).scalar() or 0

    def fetch(self, offset: int, limit: int) -> list[EventView]:
        query = select(audit_event).order_by(audit_event.c.id.desc())
        with self._workspace.database.read() as connection:
            if self._words:
                if self._found is None:
                    self._found = self._seek(connection)
                query = query.where(audit_event.c.id.in_(self._found[offset : offset + limit]))
            else:
                query = query.where(*self.asked.conditions()).offset(offset).limit(limit)
            return [event_view(row) for row in connection.execute(query)]

    def identity(self, row: EventView) -> int:
        return row.id

    def place_of(self, identity: Hashable) -> int | None:
        if self._words:
            found = self._found or []
            return found.index(identity) if identity in found else None
        column = audit_event.c.id
        newer = select(func.count()).select_from(audit_event).where(*self.asked.conditions())
        with self._workspace.database.read() as connection:
            here = select(column).where(column == identity, *self.asked.conditions())
            if connection.execute(here).first() is None:
                return None
            return connection.execute(newer.where(column > identity)).scalar() or 0

    def _seek(self, connection: Connection) -> list[int]:
        query = (
            select(audit_event)
            .where(*self.asked.conditions())
            .order_by(audit_event.c.id.desc())
            .limit(MOST_SOUGHT + 1)
        )
        rows = connection.execute(query).all()
        self.is_cut = len(rows) > MOST_SOUGHT
        return [row.id for row in rows[:MOST_SOUGHT] if self._matches(row)]

    def _matches(self, row: Any) -> bool:
        text = fold(f"{row.actor} {worded('audit.actions', row.action)} {row.subject} {row.detail}")
        return all(word in text for word in self._words)


def known(workspace: Workspace) -> tuple[list[str], list[str]]:
    """Everybody who has done something, and everything that has been done: what a filter can name."""
    with workspace.database.read() as connection:
        actors = connection.execute(select(audit_event.c.actor).distinct()).scalars().all()
        actions = connection.execute(select(audit_event.c.action).distinct()).scalars().all()
    return sorted(actors), sorted(actions)


def event_view(row: Any) -> EventView:
    """A row; a detail that was damaged is shown as it stands, the chain tells of it."""
    try:
        detail = json.loads(row.detail)
    except ValueError:
        detail = None
    kept = detail if isinstance(detail, dict) else {"damaged": row.detail}
    return EventView(row.id, row.at, row.actor, row.action, row.subject, kept, row.hash)
