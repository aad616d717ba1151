"""One unit's signed word that another may see its posts, or approve them too, until a day; and its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, update

from content.approval import Role
from content.delegation import SEE, WHAT, Delegation
from content.errors import NotFound, RefusedByRule, UsageError
from content.text import nearest
from loa.services import trusting
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit, delegations
from scheduler.store import units
from scheduler.store.tables import LARGEST, delegation, officer, unit
from scheduler.witness import name_of

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class DelegationView:
    """One as lists show it. `believed`: this workspace takes approvals given by it; None where that is for
    the publisher to judge, since the giver is of another unit than this PC."""

    id: int
    unit: str
    to_unit: str
    to_officer: str
    what: str
    until: datetime
    officer: str
    at: datetime
    ended_at: datetime | None
    believed: bool | None


def give(
    workspace: Workspace, actor: Person, to_unit: str, what: str, until: datetime, *, to_officer: str = ""
) -> DelegationView:
    """Let another unit (or one of its officers) see this unit's posts or approve them, from now on.

    Only who may approve may give that away; signed, so that no writer to the database can.
    """
    actor.must_be(Role.APPROVER)
    signer = trusting.signer_of(workspace, actor)
    now, to_unit = workspace.now(), to_unit.strip().upper()
    if what not in WHAT:
        raise UsageError("unit.bad_what", what=what, known=", ".join(WHAT))
    if what == SEE and to_officer.strip():
        raise UsageError("unit.seen_by_all")
    if not now < until <= now + LONGEST:
        raise UsageError("unit.bad_until", most=LONGEST.days)

    def work(connection: Connection) -> int:
        if workspace.database.is_sqlite:
            raise RefusedByRule("unit.needs_server")
        own = units.session_unit(connection)
        if to_unit == own:
            raise UsageError("unit.to_itself")
        known = connection.execute(select(unit.c.code).where(unit.c.ended_at.is_(None))).scalars().all()
        if to_unit not in (*known, units.OWN):
            raise NotFound("unit.unknown", code=to_unit, nearest=nearest(to_unit, known) or "–")
        word = Delegation(own, to_unit, to_officer.strip(), what, until, actor.name, Role.APPROVER, now)
        _must_be_theirs(connection, word)
        _must_be_new(workspace, connection, word)
        word = replace(word, signature=signer.sign(word.statement()))
        if not delegations.is_believed(
            workspace.trust, word
        ):  # said here, not left for the publisher to find
            raise RefusedByRule("unit.not_covered", name=actor.name, unit=own or "–")
        made = insert(delegation).values(**vars(word), ended_by="").returning(delegation.c.id)
        number = int(connection.execute(made).scalar_one())
        about = {"delegation": number, "to_unit": to_unit, "to_officer": word.to_officer, "what": what}
        subject = f"unit-{own}"
        audit.record(
            connection, at=now, actor=actor.name, action="delegated", subject=subject, until=until, **about
        )
        return number

    number = workspace.database.run(work)
    return next(one for one in listing(workspace, ended=True) if one.id == number)


def take_back(workspace: Workspace, actor: Person, number: int) -> DelegationView:
    """End one at once. What was approved by it and is not public yet has to be approved anew."""
    actor.must_be(Role.APPROVER, Role.OPERATOR)
    trusting.must_be_pinned(workspace, actor)
    now = workspace.now()

    def work(connection: Connection) -> None:
        if not 0 < number <= LARGEST:
            raise NotFound("unit.no_delegation", id=number)
        mine = (delegation.c.id == number) & (delegation.c.unit == units.session_unit(connection))
        row = connection.execute(select(delegation).where(mine)).first()
        if row is None:
            raise NotFound("unit.no_delegation", id=number)
        name = name_of(delegations.given(row))
        if row.ended_at is not None and workspace.trust.witness.is_taken_back(name):
            raise RefusedByRule("unit.delegation_ended_already", id=number)
        workspace.trust.witness.take_back([name])  # first: it counts no more
        if row.ended_at is None:
            connection.execute(update(delegation).where(mine).values(ended_at=now, ended_by=actor.name))
        subject = f"unit-{row.unit}"
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="delegation_ended",
            subject=subject,
            delegation=number,
        )

    workspace.database.run(work)
    return next(one for one in listing(workspace, ended=True) if one.id == number)


def _must_be_theirs(connection: Connection, word: Delegation) -> None:
    """A slip in the name would let nobody approve. Of another unit's officers a unit sees none, but it learns
    (`units.is_others`) that a name is borne elsewhere."""
    name, officers = word.to_officer, officer.c
    if not name:
        return
    whose = connection.execute(select(officers.unit).where(officers.name == name)).scalar()
    if whose is None and units.is_others(connection, officers.name, name):
        return
    if whose != word.to_unit:
        raise NotFound("unit.no_officer", name=name, unit=word.to_unit or "–")


def _must_be_new(workspace: Workspace, connection: Connection, word: Delegation) -> None:
    """The same again, not for longer, would only have to be taken back twice."""
    same = [delegation.c[name] == getattr(word, name) for name in ("unit", "to_unit", "to_officer", "what")]
    mine = select(delegation).where(*same, delegation.c.ended_at.is_(None), delegation.c.until >= word.until)
    for row in connection.execute(mine.order_by(delegation.c.id)):
        if delegations.is_believed(workspace.trust, delegations.given(row)):
            last = (row.until - timedelta(seconds=1)).astimezone(workspace.config.zone)
            raise RefusedByRule("unit.delegated_already", id=row.id, until=f"{last:%d/%m/%Y}")


def listing(workspace: Workspace, *, ended: bool = False) -> list[DelegationView]:
    """Given by this unit and to it, oldest first; with `ended` also those that are over."""
    now = workspace.now()
    with workspace.database.read() as connection:
        own = units.session_unit(connection)
        mine = or_(delegation.c.unit == own, delegation.c.to_unit == own)
        query = select(delegation).order_by(delegation.c.id)
        rows = connection.execute(query.where(mine) if units.is_kept_apart(connection) else query).all()
    return [
        DelegationView(
            *(row.id, row.unit, row.to_unit, row.to_officer, row.what, row.until, row.officer, row.at),
            row.ended_at,
            None
            if workspace.trust.leaves(row.officer)
            else row.ended_at is None and delegations.is_believed(workspace.trust, delegations.given(row)),
        )
        for row in rows
        if ended or (row.ended_at is None and row.until > now)
    ]
