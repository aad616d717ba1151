"""Whose signature the publisher believes: pinning keys, taking them back, and what that voids."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select, update

from content.approval import Role
from content.errors import NotFound, RefusedByRule
from content.text import nearest
from loa.keys import Signer
from loa.services import relooking
from loa.services.workspace import Workspace
from scheduler import audit, seals, unpinned, waivers
from scheduler.reasons import Reason
from scheduler.status import AT_PLATFORM, SENDABLE, Status
from scheduler.store.tables import approval, delivery, officer, waiver
from scheduler.trust import Trusted

if TYPE_CHECKING:
    from loa.services.people import Person

WAITING = SENDABLE | AT_PLATFORM | {Status.HELD, Status.MISSED, Status.FAILED, Status.IN_REVIEW}
"""Not public, and resting on approvals: what a withdrawn key sends back to review, or has called back."""


@dataclass(frozen=True)
class TrustView:
    """One pinned key as lists show it. `sound` is False when the database names another key or officer."""

    name: str
    fingerprint: str
    roles: tuple[Role, ...]
    added_at: datetime
    added_by: str
    until: datetime | None
    sound: bool
    unit: str = ""
    """For whose channels their word counts; of several units, their codes with commas between."""


def listing(workspace: Workspace) -> list[TrustView]:
    """Everybody pinned, by name."""
    with workspace.database.read() as connection:
        rows = connection.execute(select(officer.c.name, officer.c.public_key, officer.c.active)).all()
        keys = {row.name: row.public_key for row in rows if row.active}
    return [
        TrustView(
            one.name,
            fingerprint(one.key),
            one.roles,
            one.added_at,
            one.added_by,
            one.until,
            keys.get(one.name) == one.key,
            ",".join(one.units),
        )
        for _, one in sorted(workspace.trust.people().items())
    ]


def fingerprint(key: str) -> str:
    """Short enough to be compared over the telephone: 16 hex digits of SHA-256, in fours."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:16]
    return " ".join(digest[i : i + 4] for i in range(0, 16, 4))


def signer_of(workspace: Workspace, actor: Person) -> Signer:
    """The actor's opened key, if the publisher will believe it; raises RefusedByRule with the remedy."""
    must_be_pinned(workspace, actor)
    assert actor.signer is not None
    return actor.signer


def must_be_pinned(workspace: Workspace, actor: Person) -> None:
    """Raises RefusedByRule unless the key at the keyboard is the one pinned for that name.

    So an officer row that was written straight into the database can neither approve nor pin anybody.
    """
    known = workspace.trust.people().get(actor.name)
    if known is None:
        raise RefusedByRule("trust.not_pinned", name=actor.name)
    if actor.signer is None or actor.signer.public != known.key:
        raise RefusedByRule("trust.other_key", name=actor.name)


def pin(
    workspace: Workspace, person: Person, key: str, *, by: str, until: datetime | None = None, unit: str = ""
) -> None:
    """Write a key to the trust file, for a unit's channels ('': the installation's own); no questions
    asked."""
    one = Trusted(person.name, key, person.roles, workspace.now(), by, until, (unit,) if unit else ())
    workspace.trust.write({**workspace.trust.people(), person.name: one})


def add(
    workspace: Workspace, actor: Person, person: Person, *, until: datetime | None = None, unit: str = ""
) -> str:
    """Pin the key that the database names for an officer; returns its fingerprint.

    `unit`: for whose channels it counts, as the person who pins it says. It is not taken from the database,
    but has to be what stands there. At a unit's own PC it is that unit's, unsaid.
    The very first pin of a workspace (restored, or older than signatures) needs an operator only.
    """
    actor.must_be(Role.OPERATOR)
    if workspace.trust.people():
        must_be_pinned(workspace, actor)
    with workspace.database.read() as connection:
        mine = select(officer.c.public_key, officer.c.unit).where(officer.c.name == person.name)
        key, theirs = connection.execute(mine).first() or ("", "")
    unit = unit or workspace.unit
    if theirs and not unit:
        raise RefusedByRule("unit.no_unit_typed", name=person.name)
    if unit != theirs:
        raise RefusedByRule("unit.other_officer", name=person.name, unit=unit or "–")
    if not key:
        raise RefusedByRule("trust.no_key_yet", name=person.name)
    _audited(workspace, actor, "trust_added", person.name, key=fingerprint(key), **_of(unit))
    pin(workspace, person, key, by=actor.name, until=until, unit=unit)
    relooking.audit_is_due(workspace)
    return fingerprint(key)


def held_for(workspace: Workspace, name: str, unit: str) -> list[str]:
    """Deliveries that were held because nobody had pinned an officer: a person lets them go on."""
    told = unpinned.command(name, unit)
    held = (delivery.c.status == Status.HELD) & delivery.c.last_error.startswith(Reason.UNPINNED)
    query = select(delivery.c.id, delivery.c.last_error).where(held).order_by(delivery.c.id)
    with workspace.database.read() as connection:
        rows = connection.execute(query).all()
    return [row.id for row in rows if told in row.last_error.partition(": ")[2].split("; ")]


def remove(workspace: Workspace, actor: Person, name: str) -> list[str]:
    """Believe an officer no more; returns the deliveries that go back to review, their approvals void."""
    actor.must_be(Role.OPERATOR)
    must_be_pinned(workspace, actor)
    if actor.name == name:
        raise RefusedByRule("cli.people.not_oneself", name=name)
    people = dict(workspace.trust.people())
    if name not in people:
        raise NotFound("trust.unknown", name=name, nearest=nearest(name, people) or "–")
    del people[name]
    workspace.trust.write(people)  # first: killed right here, the approvals are forged ones to the publisher
    back = _take_back(workspace, actor, name, "trust_removed")
    relooking.audit_is_due(workspace)
    return back


def until_now(workspace: Workspace, actor: Person, name: str) -> None:
    """Nothing they sign from now on counts; what they signed before stands."""
    must_be_pinned(workspace, actor)
    people = workspace.trust.people()
    if name in people:
        workspace.trust.write({**people, name: replace(people[name], until=workspace.now())})


def resting_on(workspace: Workspace, name: str) -> list[str]:
    """Deliveries that are not public yet and that an officer's standing approval supports."""
    with workspace.database.read() as connection:
        return [row.id for row in _resting(connection, name)]


def replace_key(workspace: Workspace, actor: Person, person: Person, key: str, locked: str) -> list[str]:
    """Another key for an officer who forgot the passphrase; returns the deliveries that go back to review."""
    must_be_pinned(workspace, actor)
    known = workspace.trust.people().get(person.name)
    values = {"public_key": key, "locked_key": locked, "passphrase_hash": ""}
    back = _take_back(workspace, actor, person.name, "key_replaced", values)
    if known is not None:  # killed right here: the old pin stands, the new key is not believed yet
        one = replace(known, key=key, added_at=workspace.now(), added_by=actor.name)
        workspace.trust.write({**workspace.trust.people(), person.name: one})
    return back


def _take_back(
    workspace: Workspace, actor: Person, name: str, action: str, officer_values: dict[str, str] | None = None
) -> list[str]:
    """Void an officer's standing approvals, send what rests on them back to review, in one transaction."""
    now = workspace.now()

    def work(connection: Connection) -> list[str]:
        if officer_values:
            connection.execute(update(officer).where(officer.c.name == name).values(**officer_values))
        rows = _resting(connection, name)
        theirs = (approval.c.officer == name) & approval.c.delivery_seq.in_([row.seq for row in rows])
        seals.void(connection, workspace.trust, theirs, action, now)
        let_pass = waivers.rows(connection, waiver.c.officer == name, waiver.c.voided_at.is_(None))
        waivers.void(connection, workspace.trust, let_pass, actor.name, action, now)
        for row in rows:
            values: dict[str, Any] = {"status": Status.IN_REVIEW, "wake_at": None, "last_error": action}
            if row.status in AT_PLATFORM:  # the publisher does it, within a second
                values = {"status": Status.RECALLING, "wake_at": now, "last_error": "", "tries": 0}
            connection.execute(
                update(delivery)
                .where(delivery.c.seq == row.seq)
                # fence -1 matches no claim: a worker that is preparing it can write nothing more
                .values(**values, fence=-1, updated_at=now)
            )
            audit.record(
                connection,
                at=now,
                actor=actor.name,
                action="approval_voided",
                subject=row.id,
                officer=name,
                reason=action,
                before=row.status,
            )
        audit.record(
            connection, at=now, actor=actor.name, action=action, subject=name, deliveries=[r.id for r in rows]
        )
        return [row.id for row in rows]

    return workspace.database.run(work)


def _of(unit: str) -> dict[str, str]:
    return {"unit": unit} if unit else {}


def _resting(connection: Connection, name: str) -> Sequence[Any]:
    theirs = (approval.c.officer == name) & approval.c.voided_at.is_(None)
    return connection.execute(
        select(delivery.c.seq, delivery.c.id, delivery.c.status)
        .join(approval, approval.c.delivery_seq == delivery.c.seq)
        .where(theirs, delivery.c.status.in_(WAITING))
        .distinct()
    ).all()


def _audited(workspace: Workspace, actor: Person, action: str, subject: str, **detail: object) -> None:
    now = workspace.now()
    workspace.database.run(
        lambda c: audit.record(c, at=now, actor=actor.name, action=action, subject=subject, **detail)
    )
