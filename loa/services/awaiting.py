"""Who waits for whom where units share a server: officers to be pinned, channels to be confirmed.

Both are done by a technician at the machine that publishes, who has to be told of them, with the command. A
unit's own PC can tell of its channels alone, and only where what it sees leaves no doubt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, or_, select

from content.approval import Role
from content.typed import typed
from loa.sealing import is_sealed
from loa.services.trusting import fingerprint
from loa.services.workspace import Workspace
from scheduler import unpinned
from scheduler.store import units
from scheduler.store.tables import audit_event, channel, officer, secret, unit
from scheduler.witness import digest_of_channel

CONFIRMED = "channel_confirmed"
_SET = ("channel_added", "channel_changed", "channel_signed_in")
_ENDED = select(unit.c.code).where(unit.c.ended_at.is_not(None))


@dataclass(frozen=True)
class Unpinned:
    """An officer whose signature this machine does not know yet."""

    name: str
    unit: str
    roles: tuple[Role, ...]
    fingerprint: str
    command: str
    """What pins them, once the fingerprint has been compared over the telephone."""


@dataclass(frozen=True)
class Unconfirmed:
    """A channel to which nothing is sent until the machine that publishes has taken it over."""

    id: str
    unit: str
    command: str


@dataclass(frozen=True)
class Waits:
    """All that waits."""

    people: list[Unpinned] = field(default_factory=list)
    channels: list[Unconfirmed] = field(default_factory=list)


def look(workspace: Workspace) -> Waits:
    return Waits(people(workspace), channels(workspace))


def _can_tell(workspace: Workspace) -> bool:
    """Not of a file, which is one unit's and published by whoever set it up; nor at a machine of the house
    that has not joined those that publish, and knows none of their notes."""
    if workspace.database.is_sqlite:
        return False
    return workspace.is_kept_apart or bool(workspace.trust.witness.key)


def people(workspace: Workspace) -> list[Unpinned]:
    """Active officers of units that have not ended, by unit and name; none at a unit's own PC, whose list
    is for itself alone. Raises UsageError like `Trust.people`."""
    if not _can_tell(workspace) or workspace.is_kept_apart:
        return []
    query = select(officer).where(officer.c.active, officer.c.public_key != "", officer.c.unit.not_in(_ENDED))
    with workspace.database.read() as connection:
        rows = connection.execute(query.order_by(officer.c.unit, officer.c.name)).all()
    return [
        Unpinned(
            row.name,
            row.unit,
            tuple(Role(role) for role in row.roles.split(",") if role in set(Role)),
            fingerprint(row.public_key),
            unpinned.command(row.name, row.unit),
        )
        for row in rows
        if unpinned.waits(workspace.trust, row.name)
    ]


def channels(workspace: Workspace, only: str = "") -> list[Unconfirmed]:
    """By id. `only`: nothing but this one is looked at."""
    if not _can_tell(workspace):
        return []
    query = select(channel).where(channel.c.unit.not_in(_ENDED)).order_by(channel.c.id)
    apart, own = workspace.is_kept_apart, workspace.unit
    if apart:  # others' may be seen by delegation
        query = query.where(channel.c.unit == own)
    with workspace.database.read() as connection:
        rows = connection.execute(query.where(channel.c.id == only) if only else query).all()
        closed = _closed(connection)
        if apart:  # in the own unit's record stands also what needs nobody's word: set at the house itself
            waiting = closed | (_set_since(connection, rows) if own else set())
        else:
            waiting = closed | {row.id for row in rows if not _is_known(workspace, row)}
    return [Unconfirmed(row.id, row.unit, _command(row.id, row.unit)) for row in rows if row.id in waiting]


def _command(name: str, code: str) -> str:
    return typed("loa", "channel", "confirm", name, *(["--unit", code] if code else []))


def _closed(connection: Connection) -> set[str]:
    """Those with a secret that is still closed for the machine that publishes: confirming opens it."""
    hidden = connection.execute(select(secret.c.channel_id, secret.c.ciphertext))
    return {row.channel_id for row in hidden if is_sealed(row.ciphertext)}


def _is_known(workspace: Workspace, row: Any) -> bool:
    """Whether this machine noted the channel as it stands, and another unit's with its name. One of the own
    unit that was changed since is another matter: `loa.services.connecting` takes it for another hand's."""
    noted = workspace.trust.witness.channel(row.id)
    if row.unit == units.OWN:
        return bool(noted)
    try:
        as_it_is = digest_of_channel(row.platform, row.account, row.settings, row.unit)
        return noted == as_it_is and bool(workspace.trust.witness.called(row.id))
    except ValueError:
        return False


def _set_since(connection: Connection, rows: Iterable[Any]) -> set[str]:
    """Those that were set, by the unit's own record, and not confirmed since."""
    asked = select(audit_event.c.subject, audit_event.c.action, audit_event.c.detail).where(
        audit_event.c.subject.in_([row.id for row in rows]),
        or_(audit_event.c.action == CONFIRMED, audit_event.c.action.in_(_SET)),
    )
    waiting: set[str] = set()
    for row in connection.execute(asked.order_by(audit_event.c.id)):
        if row.action == CONFIRMED:
            waiting.discard(row.subject)
        elif row.action != "channel_changed" or _is_more_than_a_name(row.detail):
            waiting.add(row.subject)
    return waiting


def _is_more_than_a_name(detail: str) -> bool:
    try:
        told = json.loads(detail)
        return bool(told.get("settings") or told.get("secrets"))
    except (ValueError, AttributeError):
        return False
