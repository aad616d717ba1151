"""Several units on one server: adding them, letting them sign in, limits, ending them, figures of those
below.

A unit's login is a role of the database server, so what it sees is the server's decision and no statement's
(`scheduler.store.row_security`). Done by whoever keeps the house: an operator at the owner's connection.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, text, update

from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.text import nearest, normalise
from content.units.unit import KINDS
from loa import sealing
from loa.services import trusting
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.status import SENDABLE, Status
from scheduler.store import postgres, row_security
from scheduler.store.tables import LARGEST, channel, delivery, officer, unit, unit_login
from scheduler.store.units import OWN, below, is_kept_apart, session_unit

LIMITS = ("posts_per_day", "media_mb", "channels")
LONGEST_NAME = 200
MOST_SESSIONS = 60
"""Of one unit at the same time, of all its PCs: the publisher needs some of a server's 100 too."""
_CODE = re.compile(r"[0-9A-Z][0-9A-Z.-]{0,19}", re.ASCII)
_WAITING = [*SENDABLE, Status.HANDED_OVER, Status.REVEALING, Status.UNKNOWN, Status.HELD, Status.IN_REVIEW]


@dataclass(frozen=True)
class UnitView:
    """One unit. `logins`, `officers` and `channels` are None where this session may not see them; a limit of
    0 is none."""

    code: str
    name: str
    kind: str
    parent: str
    posts_per_day: int
    media_mb: int
    channels_most: int
    added_at: datetime
    ended_at: datetime | None
    logins: list[str] | None
    officers: int | None = None
    channels: int | None = None


@dataclass(frozen=True)
class Login:
    """What a unit's PC needs. The password is told once and kept nowhere in clear."""

    unit: str
    login: str
    address: str
    password: str = field(repr=False)
    again: bool
    """Whether the role was there: its former password is good no more."""
    publisher_key: str
    """What the unit's PC closes its channels' tokens for."""

    @property
    def pgpass(self) -> str:
        """The line for `~/.pgpass`; any host and port, since the PC may know the server by another name."""
        return f"*:*:*:{self.login}:{self.password}"


@dataclass(frozen=True)
class Figures:
    """Deliveries of one unit that were due on the days asked for."""

    unit: str
    name: str
    published: int
    waiting: int
    troubled: int
    """Missed, failed, held or in doubt."""
    first: date
    last: date


def add(
    workspace: Workspace, actor: Person, code: str, *, name: str, kind: str, parent: str = ""
) -> UnitView:
    """A new unit, without any login yet. Raises RefusedByRule on a file, and at a unit's own connection."""
    actor.must_be(Role.OPERATOR)
    trusting.must_be_pinned(workspace, actor)
    code, parent, name = _code(code), parent.strip().upper(), " ".join(normalise(name).split())
    if not name or len(name) > LONGEST_NAME:
        raise UsageError("unit.bad_name", most=LONGEST_NAME)
    if kind not in KINDS:
        raise UsageError("unit.bad_kind", kind=kind, kinds=", ".join(KINDS))
    now = workspace.now()

    def work(connection: Connection) -> None:
        _must_keep_the_house(connection)
        if connection.execute(select(unit.c.code).where(unit.c.code == code)).first():
            raise RefusedByRule("unit.exists", code=code)
        if parent != OWN:
            _row(connection, parent)
        values = {"code": code, "name": name, "kind": kind, "parent": parent}
        no_limit = dict.fromkeys(LIMITS, 0)
        connection.execute(insert(unit).values(**values, **no_limit, added_by=actor.name, added_at=now))
        audit.record(
            connection, at=now, actor=actor.name, action="unit_added", subject=f"unit-{code}", **values
        )

    workspace.database.run(work)
    return get(workspace, code)


def listing(workspace: Workspace) -> list[UnitView]:
    """Every unit beside the installation's own, those that have ended too, by code."""
    with workspace.database.read() as connection:
        own = session_unit(connection)
        apart = is_kept_apart(connection)
        rows = connection.execute(select(unit).order_by(unit.c.code)).all()
        logins = [] if apart else connection.execute(select(unit_login.c.unit, unit_login.c.login)).all()
        counts: dict[str, dict[str, int]] = {}
        for table in (officer, channel):
            counted = select(table.c.unit, func.count()).group_by(table.c.unit)
            counts[table.name] = {str(code): int(count) for code, count in connection.execute(counted)}
    views = []
    for row in rows:
        seen = not apart or row.code == own
        views.append(
            UnitView(
                *(row.code, row.name, row.kind, row.parent, row.posts_per_day, row.media_mb, row.channels),
                row.added_at,
                row.ended_at,
                None if apart else sorted(one.login for one in logins if one.unit == row.code),
                counts["officer"].get(row.code, 0) if seen else None,
                counts["channel"].get(row.code, 0) if seen else None,
            )
        )
    return views


def get(workspace: Workspace, code: str) -> UnitView:
    """One unit; raises NotFound naming the nearest."""
    views = {one.code: one for one in listing(workspace)}
    wanted = code.strip().upper()
    if wanted not in views:
        raise NotFound("unit.unknown", code=wanted, nearest=nearest(wanted, views) or "–")
    return views[wanted]


def known(workspace: Workspace, code: str) -> str:
    """A code as it is stored, OWN for an empty one; raises NotFound naming the nearest."""
    return get(workspace, code).code if code.strip() else OWN


def login(workspace: Workspace, actor: Person, code: str = OWN) -> Login:
    """A role of the server by which a unit's PCs sign in, with a new password; OWN for the own unit's
    officers.

    Asked again it gives the same role another password, and whoever knows only the old one is out.
    """
    actor.must_be(Role.OPERATOR)
    trusting.must_be_pinned(workspace, actor)
    wanted, password, now = code.strip().upper(), secrets.token_urlsafe(24), workspace.now()
    key = publisher_key(workspace)

    def work(connection: Connection) -> tuple[str, bool]:
        _must_keep_the_house(connection)
        if wanted != OWN and _row(connection, wanted).ended_at is not None:
            raise RefusedByRule("unit.ended_already", code=wanted)
        database = str(connection.execute(text("SELECT current_database()")).scalar())
        name = f"{database}_{wanted or 'chinh'}".lower().replace(".", "_").replace("-", "_")
        whose = connection.execute(select(unit_login.c.unit).where(unit_login.c.login == name)).scalar()
        is_there = text("SELECT 1 FROM pg_roles WHERE rolname = :name")
        there = connection.execute(is_there, {"name": name}).first() is not None
        if there and whose != wanted:
            raise RefusedByRule("unit.login_taken", login=name)
        _make_role(connection, name, password, there)
        if whose is None:
            values = {"login": name, "unit": wanted, "added_by": actor.name, "added_at": now}
            connection.execute(insert(unit_login).values(values))
        row_security.grant(connection, name)
        about = {"unit": wanted, "login": name}
        subject = f"unit-{wanted}"
        audit.record(connection, at=now, actor=actor.name, action="unit_login_made", subject=subject, **about)
        return name, there

    name, again = workspace.database.run(work)
    return Login(wanted, name, postgres.address_of(workspace.database.url, name), password, again, key)


def publisher_key(workspace: Workspace) -> str:
    """For a unit's config.toml: its channels' tokens can be opened by the machines that publish alone."""
    with workspace.database.read() as connection:
        _must_keep_the_house(connection)
    if not (key := workspace.trust.witness.key):
        raise RefusedByRule("machines.not_joined")
    return sealing.public_key(key)


def limit(workspace: Workspace, actor: Person, code: str, chosen: dict[str, int]) -> UnitView:
    """Set some of LIMITS; 0 takes one away."""
    actor.must_be(Role.OPERATOR)
    trusting.must_be_pinned(workspace, actor)
    for name, most in chosen.items():
        if name not in LIMITS or not 0 <= most <= LARGEST:
            raise UsageError("unit.bad_limit", most=LARGEST)
    if not chosen:
        raise UsageError("unit.no_limit_given")
    code, now = code.strip().upper(), workspace.now()

    def work(connection: Connection) -> None:
        _must_keep_the_house(connection)
        if _row(connection, code).ended_at is not None:
            raise RefusedByRule("unit.ended_already", code=code)
        connection.execute(update(unit).where(unit.c.code == code).values(**chosen))
        subject = f"unit-{code}"
        audit.record(connection, at=now, actor=actor.name, action="unit_limited", subject=subject, **chosen)

    workspace.database.run(work)
    return get(workspace, code)


def end(workspace: Workspace, actor: Person, code: str, reason: str) -> UnitView:
    """Nobody signs in as this unit any more; its rows stay. Raises RefusedByRule while something waits."""
    actor.must_be(Role.OPERATOR)
    trusting.must_be_pinned(workspace, actor)
    why = " ".join(normalise(reason).split())
    if not why:
        raise UsageError("unit.no_reason")
    code, now = code.strip().upper(), workspace.now()

    def work(connection: Connection) -> None:
        _must_keep_the_house(connection)
        if _row(connection, code).ended_at is not None:
            raise RefusedByRule("unit.ended_already", code=code)
        theirs = select(func.count()).where(delivery.c.unit == code, delivery.c.status.in_(_WAITING))
        if count := connection.execute(theirs).scalar():
            raise RefusedByRule("unit.has_waiting", code=code, count=count)
        connection.execute(update(unit).where(unit.c.code == code).values(ended_at=now))
        for name in connection.execute(select(unit_login.c.login).where(unit_login.c.unit == code)).scalars():
            connection.exec_driver_sql(f"ALTER ROLE {row_security.quoted(connection, name)} NOLOGIN")
        audit.record(
            connection, at=now, actor=actor.name, action="unit_ended", subject=f"unit-{code}", reason=why
        )

    workspace.database.run(work)
    return get(workspace, code)


def figures(workspace: Workspace, first: date, last: date) -> list[Figures]:
    """Of this unit and all below it, ended ones too: counts by the day they were due, and nothing of any
    post."""
    if last < first:
        raise UsageError("unit.bad_days")
    with workspace.database.read() as connection:
        if workspace.database.is_sqlite:
            raise RefusedByRule("unit.needs_server")
        own = session_unit(connection)
        names = {row.code: row.name for row in connection.execute(select(unit.c.code, unit.c.name))}
        asked = text("SELECT unit, status, number FROM loa_figures(:first, :last)")
        rows = connection.execute(asked, {"first": first.isoformat(), "last": last.isoformat()}).all()
        codes = [own, *below(connection)]
    counted: dict[str, dict[str, int]] = {code: {} for code in sorted(codes)}
    for row in rows:
        counted.setdefault(row.unit, {})[row.status] = int(row.number)
    names[OWN] = workspace.config.unit.name if own == OWN else ""
    return [
        Figures(
            code,
            names.get(code, ""),
            by.get(Status.PUBLISHED, 0),
            sum(by.get(one, 0) for one in (*SENDABLE, Status.IN_REVIEW, Status.HANDED_OVER)),
            sum(by.get(one, 0) for one in (Status.MISSED, Status.FAILED, Status.HELD, Status.UNKNOWN)),
            first,
            last,
        )
        for code, by in counted.items()
    ]


def _code(written: str) -> str:
    code = written.strip().upper()
    if not _CODE.fullmatch(code):
        raise UsageError("unit.bad_code", code=written)
    return code


def _row(connection: Connection, code: str) -> Row[Any]:
    row = connection.execute(select(unit).where(unit.c.code == code)).first()
    if row is None:
        known = connection.execute(select(unit.c.code)).scalars().all()
        raise NotFound("unit.unknown", code=code, nearest=nearest(code, known) or "–")
    return row


def _must_keep_the_house(connection: Connection) -> None:
    if connection.dialect.name != "postgresql":
        raise RefusedByRule("unit.needs_server")
    if row_security.too_old(connection):
        raise RefusedByRule("unit.server_too_old")
    if is_kept_apart(connection):
        raise RefusedByRule("unit.only_the_house")


def _make_role(connection: Connection, name: str, password: str, there: bool) -> None:
    """The server gets a SCRAM verifier, so that the password stands in none of its logs."""
    may = text("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
    if not connection.execute(may).scalar():
        owner = connection.execute(text("SELECT current_user")).scalar()
        raise RefusedByRule("unit.may_not_make_logins", owner=owner)
    role = row_security.quoted(connection, name)
    driver = connection.connection.driver_connection
    assert driver is not None
    verifier = driver.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256").decode()
    rights = "LOGIN" if there else "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOREPLICATION"
    rights += f" CONNECTION LIMIT {MOST_SESSIONS}"
    connection.exec_driver_sql(f"{'ALTER' if there else 'CREATE'} ROLE {role} {rights} PASSWORD '{verifier}'")
