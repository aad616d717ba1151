"""Several machines on one server: their list, and what each may do. How one joins: `loa.services.joining`."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from content.approval import Role
from content.errors import LoaError, NotFound, RefusedByRule, UsageError
from loa.services import mediashare, trusting
from loa.services.acting import need
from loa.services.people import Person
from loa.services.workspace import Workspace
from loa.vault import KEY_FILE
from scheduler import audit
from scheduler.notes import Notes, fingerprint, stranger
from scheduler.presence import SEEN_FOR
from scheduler.store.tables import machine, note

SEEN_EVERY, SEEN_FIRST_AFTER = timedelta(minutes=5), timedelta(seconds=10)
"""How often a publisher writes down that its machine works."""


@dataclass(frozen=True)
class MachineView:
    """One machine. `behind`: how many notes of others it has not heard yet; `here`: it is this one."""

    name: str
    host: str
    joined_at: datetime
    joined_by: str
    seen_at: datetime
    noted_to: int
    behind: int
    publishes: bool
    media_missing: int
    here: bool


def hear(workspace: Workspace) -> None:
    """Take in what other machines noted, and hand on what this one did."""
    workspace.database.run(lambda _: None)


def hindrance(workspace: Workspace) -> str:
    """Why this machine may draft and approve, but not publish; empty where it may, or is the only one."""
    return str(_met(workspace) or "")


def _met(workspace: Workspace) -> LoaError | None:
    if workspace.database.shared is None or workspace.is_kept_apart:
        return None  # a unit's own PC is not one of those that publish, and is never to be joined to them
    hear(workspace)
    with workspace.database.read() as connection:
        other = bool(workspace.trust.witness.key) and stranger(connection, workspace.trust.witness.key)
    return LoaError("machines.other_chain") if other else workspace.trust.witness.hindrance


def must_have_joined(workspace: Workspace) -> None:
    """Raises RefusedByRule on a machine that can never publish as it is. What a person may still put right
    while a worker runs (damaged notes, another vault's key) is for the worker to wait for."""
    met = _met(workspace)
    if met is not None and met.key in ("machines.not_joined", "machines.other_chain"):
        raise RefusedByRule(met.key)


def name_of(workspace: Workspace) -> str:
    return workspace.trust.witness.travelled().machine or socket.gethostname()


def vault_print(workspace: Workspace) -> str:
    """Of the newest key: the one that a machine must have to read every secret."""
    newest = (workspace.folder / KEY_FILE).read_bytes().split()[0]
    return fingerprint(workspace.trust.witness.key, newest)


def seen(workspace: Workspace, by: str = "", *, publishes: bool = False) -> None:
    """Write down that this machine works, for the others to see. Nothing for a workspace in a file, nor for
    a unit's own PC, which is none of them."""
    if workspace.database.shared is None or workspace.is_kept_apart:
        return
    name, now, lacking = name_of(workspace), workspace.now(), mediashare.missing(workspace)

    def work(connection: Connection) -> None:
        noted_to = workspace.trust.witness.travelled().n
        values = {
            "host": socket.gethostname(),
            "seen_at": now,
            "noted_to": noted_to,
            "media_missing": lacking,
        }
        if publishes:
            values["publishes"] = True
        mine = machine.c.name == name
        if not connection.execute(update(machine).where(mine).values(**values)).rowcount:
            first = {"name": name, "joined_at": now, "joined_by": by, "publishes": publishes}
            connection.execute(insert(machine).values(**{**values, **first}))

    workspace.database.run(work)


def listing(workspace: Workspace) -> list[MachineView]:
    """Every machine by name, this one too."""
    _must_be_on_a_server(workspace)
    here = name_of(workspace)
    with workspace.database.read() as connection:
        head = connection.execute(select(note.c.n).order_by(note.c.n.desc()).limit(1)).scalar() or 0
        rows = connection.execute(select(machine).order_by(machine.c.name)).all()
    return [
        MachineView(
            row.name,
            row.host,
            row.joined_at,
            row.joined_by,
            row.seen_at,
            row.noted_to,
            max(0, head - row.noted_to),
            row.publishes,
            row.media_missing,
            row.name == here,
        )
        for row in rows
    ]


def others(workspace: Workspace) -> list[str]:
    """Machines besides this one that were heard of lately."""
    if workspace.database.is_sqlite:
        return []
    here, since = name_of(workspace), workspace.now() - SEEN_FOR
    lately = (machine.c.name != here) & (machine.c.seen_at > since)
    with workspace.database.read() as connection:
        return list(
            connection.execute(select(machine.c.name).where(lately).order_by(machine.c.name)).scalars()
        )


def forget(workspace: Workspace, actor: Person, name: str) -> None:
    """Strike a machine that is gone off the list. It keeps its keys: if it was stolen, they must change."""
    actor.must_be(Role.OPERATOR)
    must_be_of_the_circle(workspace)
    now = workspace.now()

    def work(connection: Connection) -> None:
        if not connection.execute(delete(machine).where(machine.c.name == name)).rowcount:
            raise NotFound("machines.unknown", name=name)
        audit.record(
            connection, at=now, actor=actor.name, action="machine_forgotten", subject=name, reason=""
        )

    workspace.database.run(work)


def accept(workspace: Workspace, actor: Person, reason: str) -> int:
    """A person has looked at the damaged notes: go on from them as they stand; returns how many were new."""
    actor.must_be(Role.OPERATOR)
    must_be_of_the_circle(workspace)
    trusting.must_be_pinned(workspace, actor)
    need(reason)
    now = workspace.now()

    def work(connection: Connection) -> int:
        met = workspace.trust.witness.hindrance
        if met is None or met.key != "machines.damaged":
            raise RefusedByRule("machines.nothing_to_accept")
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="notes_accepted",
            subject=name_of(workspace),
            reason=reason,
            found=met.values.get("n"),
        )
        assert isinstance(workspace.database.shared, Notes)
        return workspace.database.shared.accept(connection)

    count = workspace.database.run(work)
    hear(workspace)
    return count


def _must_be_on_a_server(workspace: Workspace) -> None:
    if workspace.database.is_sqlite:
        raise UsageError("machines.no_server")


def must_be_of_the_circle(workspace: Workspace) -> None:
    """Raises RefusedByRule on a unit's own PC: the machines that publish know each other's keys."""
    _must_be_on_a_server(workspace)
    if workspace.is_kept_apart:
        raise RefusedByRule("unit.only_the_house")
