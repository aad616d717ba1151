"""Officers: who they are, that they are who they say, and what their roles allow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Row, func, insert, select, update

from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.text import nearest, normalise
from content.wording import say
from loa import keys
from loa.keys import Signer
from loa.services import trusting
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store import units
from scheduler.store.tables import officer

SHORTEST_PASSPHRASE = 8
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")


@dataclass(frozen=True)
class Person:
    """An officer; `signer` is there once they have proved to be one (see `authenticate`)."""

    name: str
    full_name: str
    title: str
    roles: tuple[Role, ...]
    signer: Signer | None = field(default=None, repr=False, compare=False)
    unit: str = field(default="", compare=False)
    """Code of the unit that has them; empty: the installation's own."""

    def must_be(self, *roles: Role) -> None:
        """Raises RefusedByRule unless the officer has one of the roles."""
        if not set(roles) & set(self.roles):
            words = ", ".join(say(f"cli.role.{role}") for role in roles)
            raise RefusedByRule("cli.people.role_missing", name=self.name, roles=words)


def add(
    workspace: Workspace,
    actor: Person | None,
    name: str,
    *,
    full_name: str,
    roles: Sequence[str],
    passphrase: str,
    title: str = "",
) -> Person:
    """Register an officer. The first one of a workspace needs no actor and must be an operator."""
    if not _NAME.fullmatch(name):
        raise UsageError("cli.people.bad_name", name=name)
    chosen = tuple(_role(role) for role in roles)
    if not chosen:
        raise UsageError("cli.people.no_role", known=", ".join(Role))
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UsageError("cli.people.short_passphrase", least=SHORTEST_PASSPHRASE)
    signer = keys.new_signer()
    locked = keys.lock(signer, passphrase)
    person = Person(name, normalise(full_name), normalise(title), chosen, signer, workspace.unit)
    now = workspace.now()

    def work(connection: Connection) -> None:
        first = not connection.execute(select(func.count()).select_from(officer)).scalar()
        if first and Role.OPERATOR not in chosen:
            raise RefusedByRule("cli.people.first_is_operator")
        if not first:
            if actor is None:
                raise UsageError("cli.people.who_are_you")
            actor.must_be(Role.OPERATOR)
            trusting.must_be_pinned(workspace, actor)
        if connection.execute(select(officer.c.name).where(officer.c.name == name)).first():
            raise RefusedByRule("cli.people.exists", name=name)
        if (free := units.free_name(connection, officer.c.name, name)) != name:
            raise RefusedByRule("unit.name_taken", name=name, free=free)
        connection.execute(
            insert(officer).values(
                name=name,
                full_name=person.full_name,
                title=person.title,
                roles=",".join(chosen),
                passphrase_hash="",
                public_key=signer.public,
                locked_key=locked,
                active=True,
                created_at=now,
            )
        )
        audit.record(
            connection,
            at=now,
            actor=actor.name if actor else name,
            action="officer_added",
            subject=name,
            roles=list(chosen),
        )

    workspace.database.run(work)
    # Killed right here, the officer is known and not yet believed: `loa trust add` makes up for it.
    trusting.pin(workspace, person, signer.public, by=actor.name if actor else name, unit=workspace.unit)
    return person


def change_passphrase(workspace: Workspace, actor: Person, name: str, passphrase: str) -> list[str]:
    """Give an officer a new passphrase: one's own, or anybody's for an operator.

    One's own key is locked anew and stays the same. A forgotten passphrase takes its key along: there is a
    new one, and what the officer approved and is not public yet goes back to review: those are returned.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UsageError("cli.people.short_passphrase", least=SHORTEST_PASSPHRASE)
    if actor.name == name and actor.signer is not None:
        locked = keys.lock(actor.signer, passphrase)
        _change(workspace, actor, name, "passphrase_changed", locked_key=locked, passphrase_hash="")
        return []
    actor.must_be(Role.OPERATOR)
    person = find(workspace, name)
    signer = keys.new_signer()
    return trusting.replace_key(workspace, actor, person, signer.public, keys.lock(signer, passphrase))


def retire(workspace: Workspace, actor: Person, name: str, *, void: bool = False) -> list[str]:
    """An officer who left can do nothing more.

    What they approved before stands until it expires, or with `void` goes back to review at once; the
    deliveries that rest on it are returned either way.
    """
    actor.must_be(Role.OPERATOR)
    if actor.name == name:
        raise RefusedByRule("cli.people.not_oneself", name=name)
    find(workspace, name)
    resting = trusting.resting_on(workspace, name)
    if void:
        trusting.remove(workspace, actor, name)
    else:
        trusting.until_now(workspace, actor, name)
    _change(workspace, actor, name, "officer_retired", active=False)
    return resting


def _change(workspace: Workspace, actor: Person, name: str, action: str, **values: object) -> None:
    now = workspace.now()

    def work(connection: Connection) -> None:
        changed = connection.execute(update(officer).where(officer.c.name == name).values(**values))
        if not changed.rowcount:
            known = connection.execute(select(officer.c.name)).scalars().all()
            raise NotFound("cli.people.unknown", name=name, nearest=nearest(name, known) or "–")
        audit.record(connection, at=now, actor=actor.name, action=action, subject=name)

    workspace.database.run(work)


def listing(workspace: Workspace) -> list[Person]:
    """Every active officer, by name."""
    with workspace.database.read() as connection:
        rows = connection.execute(select(officer).where(officer.c.active).order_by(officer.c.name)).all()
    return [_person(row) for row in rows]


def find(workspace: Workspace, name: str) -> Person:
    """An active officer; raises NotFound naming the nearest."""
    return _person(_row(workspace, name))


def authenticate(workspace: Workspace, name: str, passphrase: str) -> Person:
    """The officer of that name with the key opened; raises RefusedByRule for a wrong passphrase."""
    row = _row(workspace, name)
    try:
        signer = (
            keys.unlock(row.locked_key, passphrase)
            if row.locked_key
            else _first_key(workspace, row, passphrase)
        )
    except (keys.WrongPassphrase, VerificationError):
        raise RefusedByRule("cli.people.wrong_passphrase", name=name) from None
    return replace(_person(row), signer=signer)


def _first_key(workspace: Workspace, row: Row[tuple[object, ...]], passphrase: str) -> Signer:
    """An officer of before 0003 gets a key at the first sign-in; it counts once an operator pinned it."""
    PasswordHasher().verify(row.passphrase_hash, normalise(passphrase))
    signer = keys.new_signer()
    person = _person(row)
    locked = keys.lock(signer, passphrase)
    given = {"public_key": signer.public, "locked_key": locked, "passphrase_hash": ""}
    _change(workspace, person, person.name, "key_made", **given)
    return signer


def _row(workspace: Workspace, name: str) -> Row[tuple[object, ...]]:
    with workspace.database.read() as connection:
        row = connection.execute(select(officer).where(officer.c.name == name)).first()
        if row is None:
            known = connection.execute(select(officer.c.name)).scalars().all()
            raise NotFound("cli.people.unknown", name=name, nearest=nearest(name, known) or "–")
    if not row.active:
        raise RefusedByRule("cli.people.inactive", name=name)
    return row


def _person(row: Row[tuple[object, ...]]) -> Person:
    roles = tuple(Role(role) for role in str(row.roles).split(",") if role)
    return Person(row.name, row.full_name, row.title, roles, unit=row.unit)


def _role(written: str) -> Role:
    try:
        return Role(written.strip().lower())
    except ValueError:
        best = nearest(written, list(Role)) or ", ".join(Role)
        raise UsageError("cli.people.unknown_role", role=written, nearest=best) from None
