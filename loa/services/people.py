"""Officers: who they are, that they are who they say, and what their roles allow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import Connection, Row, func, insert, select, update

from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.text import nearest, normalise
from content.wording import say
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store.tables import officer

SHORTEST_PASSPHRASE = 8
_NAME = re.compile(r"[a-z][a-z0-9._-]{1,31}")


@dataclass(frozen=True)
class Person:
    """An officer who has proved to be one (see `authenticate`)."""

    name: str
    full_name: str
    title: str
    roles: tuple[Role, ...]

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
    hashed = PasswordHasher().hash(normalise(passphrase))
    person = Person(name, normalise(full_name), normalise(title), chosen)
    now = workspace.now()

    def work(connection: Connection) -> None:
        first = not connection.execute(select(func.count()).select_from(officer)).scalar()
        if first and Role.OPERATOR not in chosen:
            raise RefusedByRule("cli.people.first_is_operator")
        if not first:
            if actor is None:
                raise UsageError("cli.people.who_are_you")
            actor.must_be(Role.OPERATOR)
        if connection.execute(select(officer.c.name).where(officer.c.name == name)).first():
            raise RefusedByRule("cli.people.exists", name=name)
        connection.execute(
            insert(officer).values(
                name=name,
                full_name=person.full_name,
                title=person.title,
                roles=",".join(chosen),
                passphrase_hash=hashed,
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
    return person


def change_passphrase(workspace: Workspace, actor: Person, name: str, passphrase: str) -> None:
    """Give an officer a new passphrase: one's own, or anybody's for an operator."""
    if actor.name != name:
        actor.must_be(Role.OPERATOR)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UsageError("cli.people.short_passphrase", least=SHORTEST_PASSPHRASE)
    hashed = PasswordHasher().hash(normalise(passphrase))
    _change(workspace, actor, name, "passphrase_changed", passphrase_hash=hashed)


def retire(workspace: Workspace, actor: Person, name: str) -> None:
    """An officer who left can do nothing more; what they approved before stands until it expires."""
    actor.must_be(Role.OPERATOR)
    if actor.name == name:
        raise RefusedByRule("cli.people.not_oneself", name=name)
    _change(workspace, actor, name, "officer_retired", active=False)


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


def authenticate(workspace: Workspace, name: str, passphrase: str) -> Person:
    """The officer of that name; raises RefusedByRule when the passphrase is not theirs."""
    with workspace.database.read() as connection:
        row = connection.execute(select(officer).where(officer.c.name == name)).first()
        if row is None:
            known = connection.execute(select(officer.c.name)).scalars().all()
            raise NotFound("cli.people.unknown", name=name, nearest=nearest(name, known) or "–")
    if not row.active:
        raise RefusedByRule("cli.people.inactive", name=name)
    try:
        PasswordHasher().verify(row.passphrase_hash, normalise(passphrase))
    except VerificationError:
        raise RefusedByRule("cli.people.wrong_passphrase", name=name) from None
    return _person(row)


def _person(row: Row[tuple[object, ...]]) -> Person:
    roles = tuple(Role(role) for role in str(row.roles).split(",") if role)
    return Person(row.name, row.full_name, row.title, roles)


def _role(written: str) -> Role:
    try:
        return Role(written.strip().lower())
    except ValueError:
        best = nearest(written, list(Role)) or ", ".join(Role)
        raise UsageError("cli.people.unknown_role", role=written, nearest=best) from None
