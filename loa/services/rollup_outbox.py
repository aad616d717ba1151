"""The reports this unit made: signed once, kept as sent, so that a correction knows what it is of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, insert, select

from content.approval import Role
from content.errors import RefusedByRule, UsageError
from content.rollup import reading
from content.rollup import report as files
from content.rollup.report import Report, ReportError, SignedReport
from loa.keys import Signer
from loa.services import trusting
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store.tables import own_report
from scheduler.trust import signed_by


@dataclass(frozen=True)
class Kept:
    """`again`: it had been made before; `changed`: what would be told now is something else."""

    signed: SignedReport
    again: bool
    changed: bool


def must_sign(workspace: Workspace, actor: Person) -> Signer:
    """The actor's key; raises RefusedByRule for who may not speak for the unit."""
    actor.must_be(Role.APPROVER, Role.OPERATOR)
    return trusting.signer_of(workspace, actor)


def keep(workspace: Workspace, actor: Person, fresh: Report, *, correct: bool) -> Kept:
    """Sign and keep a report; the one of these days that was kept before, unless it is to be corrected.

    Raises RefusedByRule for a correction of nothing or with nothing to correct.
    """
    signer = must_sign(workspace, actor)
    now = workspace.now()
    if len(fresh.notes) > files.LONGEST_NOTE:
        raise UsageError("rollup.long_note", most=files.LONGEST_NOTE)
    days = {"first": fresh.first.isoformat(), "last": fresh.last.isoformat()}

    def work(connection: Connection) -> Kept:
        before = _before(connection, fresh)
        if correct and not before:
            raise RefusedByRule("rollup.nothing_to_correct")
        if not before:
            told = fresh
        else:
            newest = before[0].report
            told = replace(
                fresh,
                supersedes=tuple(one.report.digest for one in before),
                notes=fresh.notes or newest.notes,
            )
            zone = workspace.config.zone
            same = told.tells_as(newest) and told.unfinished(zone) == newest.unfinished(zone)
            if not correct:
                return Kept(before[0], True, not same)
            if same:
                raise RefusedByRule("rollup.correction_changes_nothing")
        signed = SignedReport(told, signer.public, signer.sign(told.statement()))
        _must_be_readable(signed)
        connection.execute(
            insert(own_report).values(
                digest=told.digest, made_at=now, officer=actor.name, file=signed.file().decode(), **days
            )
        )
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="report_made",
            subject=":".join(told.key),
            digest=told.digest,
            number=told.number,
            **days,
        )
        return Kept(signed, False, False)

    return workspace.database.run(work)


def _must_be_readable(signed: SignedReport) -> None:
    """What no unit above could read is not sent: a report below with numbers beyond all limits does that."""
    try:
        reading.read(signed.file())
    except ReportError as error:
        where = error.values.get("where", error.reason)
        raise RefusedByRule("rollup.own_beyond_limits", where=where) from None


def _before(connection: Connection, fresh: Report) -> list[SignedReport]:
    """Earlier versions, the newest first. Under another code, mended since, there is nothing to correct."""
    days = own_report.c.first == fresh.first.isoformat(), own_report.c.last == fresh.last.isoformat()
    there = [_as_signed(row) for row in connection.execute(select(own_report).where(*days))]
    mine = [one for one in there if one.report.key == fresh.key]
    return sorted(mine, key=lambda one: one.report.number, reverse=True)


def _as_signed(row: Any) -> SignedReport:
    """Raises RefusedByRule for a row that somebody changed: it would be sent in the officer's name."""
    try:
        found = reading.read(str(row.file).encode("utf-8", "replace"))
    except ReportError:
        found = None
    if found is None or found.report.digest != row.digest:
        raise RefusedByRule("rollup.own_changed", digest=str(row.digest)[:16])
    if not signed_by(found.key, found.signature, found.report.statement()):
        raise RefusedByRule("rollup.own_changed", digest=str(row.digest)[:16])
    return found
