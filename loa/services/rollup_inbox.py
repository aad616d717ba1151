"""Taking in reports of units below, one transaction a file, and deciding between two that contradict."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, delete, insert, select

from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.rollup import reading
from content.rollup import report as files
from content.rollup.report import ReportError, SignedReport
from content.rollup.standing import Choice, Version, heads
from content.rollup.summing import add_up
from content.text import normalise
from content.units.unit import Register, Unit
from loa.services import acting, rollup_units, trusting
from loa.services.people import Person
from loa.services.report_periods import Period
from loa.services.rollup_shelf import DECIDED, RECEIVED, Held, Shelf, overlapping, shelf
from loa.services.workspace import Workspace
from loa.speech import one_line
from scheduler import audit
from scheduler.childtrust import ChildTrust
from scheduler.store.tables import child_report, report_choice
from scheduler.trust import signed_by

MOST_FILES = 5_000
SHORTEST_DIGEST = 8
REFUSED = "refused"
_MAY = (Role.OPERATOR, Role.APPROVER)


@dataclass(frozen=True)
class Taken:
    """What became of one file: `accepted`, `same`, `correction`, `older` (its correction is here already),
    `conflict` (held for a person), or `refused` with `why` in words."""

    file: str
    outcome: str
    unit: str = ""
    name: str = ""
    period: str = ""
    digest: str = ""
    number: int = 0
    reason: str = ""
    why: str = ""


def take(workspace: Workspace, actor: Person, paths: Sequence[Path], *, check: bool = False) -> list[Taken]:
    """Take in files, and all `.json` files of folders. `check`: only say what would become of each.

    A refused file stops no other. Killed in between, what was taken is taken; again is the same.
    """
    actor.must_be(*_MAY)
    trusting.must_be_pinned(workspace, actor)
    known = rollup_units.register(workspace)
    rollup_units.own_key(workspace)
    found = list(_files(paths))
    if len(found) > MOST_FILES:
        raise UsageError("rollup.many_files", count=len(found), most=MOST_FILES)
    waiting: list[Held] = []
    """Of a check: what earlier files of this run would have left."""
    return [_take(workspace, actor, known, path, waiting if check else None) for path in found]


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            try:
                yield from sorted(one for one in path.iterdir() if one.suffix.lower() == files.ENDING)
            except OSError as error:
                raise UsageError("rollup.unread", file=path, why=error.strerror or error) from None
        else:
            yield path


def _take(
    workspace: Workspace, actor: Person, known: Register, path: Path, waiting: list[Held] | None
) -> Taken:
    name = one_line(path.name.encode("utf-8", "replace").decode())  # a name may be no text: none is stored
    signed: SignedReport | None = None
    try:
        signed = reading.read(bytes_of(path))
        unit = _must_count(workspace, known, signed)
        report = signed.report
        held = Held(report.digest, unit, signed, workspace.now(), actor.name, name)
        outcome = _stored(workspace, actor, known, held, waiting)
        return _told(name, outcome, signed)
    except ReportError as error:
        if waiting is None:
            _note_refusal(workspace, actor, name, signed, error.reason)
        return _told(name, REFUSED, signed, error)


def _told(name: str, outcome: str, signed: SignedReport | None, error: ReportError | None = None) -> Taken:
    reason, why = (error.reason, str(error)) if error else ("", "")
    if signed is None:
        return Taken(name, outcome, reason=reason, why=why)
    one = signed.report
    days = f"{one.first:%d/%m/%Y}–{one.last:%d/%m/%Y}"
    unit = ":".join(one.key)
    return Taken(name, outcome, unit, one.name, days, one.digest, one.number, reason, why)


def bytes_of(path: Path) -> bytes:
    """A report file's bytes within the limit; raises ReportError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise ReportError("unread", why=path)
        with path.open("rb") as file:
            return file.read(files.LARGEST_BYTES + 1)
    except (OSError, ValueError) as error:  # a name that no file can have is a ValueError
        raise ReportError("unread", why=getattr(error, "strerror", None) or error) from None


def _must_count(workspace: Workspace, known: Register, signed: SignedReport) -> Unit:
    """The unit whose report it is; raises ReportError with why it is not to be taken."""
    report, now = signed.report, workspace.now()
    if not signed_by(signed.key, signed.signature, report.statement()):
        raise ReportError("tampered")
    pinned = ChildTrust(workspace.folder).of(signed.key)
    if not pinned:
        raise ReportError("unknown_key")  # its fingerprint is heard, never copied from here
    theirs = next((one for one in pinned if one.unit == report.key), None)
    if theirs is None:
        raise ReportError("wrong_unit", units=", ".join(":".join(one.unit) for one in pinned[:5]))
    if not theirs.holds(now):
        raise ReportError("revoked_key", fingerprint=trusting.fingerprint(signed.key))
    if report.first > now.astimezone(workspace.config.zone).date():
        raise ReportError("future")
    unit = known.at(report.key, report.first, report.last)
    if unit is None:
        raise ReportError("unknown_unit", unit=":".join(report.key))
    own = rollup_units.own_unit(workspace, known, report.first, report.last)
    if unit == own or not known.within(unit, own):
        raise ReportError("not_ours_to_sum", unit=":".join(report.key), own=":".join(own.key))
    for one in report.included:
        below = known.at(one.key, one.first, one.last)
        if below is None or below == unit or not known.within(below, unit):
            raise ReportError("included_outside", unit=":".join(one.key))
    return unit


def _stored(
    workspace: Workspace, actor: Person, known: Register, held: Held, waiting: list[Held] | None
) -> str:
    """Its outcome; without `waiting` also the row, in one transaction with the audit's word."""
    report = held.signed.report
    values = {
        "level": report.level,
        "code": report.code,
        "first": report.first.isoformat(),
        "last": report.last.isoformat(),
        "file": held.signed.file().decode(),
    }
    mine = child_report.c.digest == held.digest

    def is_whole(connection: Connection) -> bool:
        """Whether it is here as it came. A row that somebody changed is put right by the file itself."""
        row = connection.execute(select(child_report).where(mine)).first()
        return row is not None and all(getattr(row, name) == value for name, value in values.items())

    def judged(connection: Connection) -> str:
        if is_whole(connection) or any(one.digest == held.digest for one in waiting or ()):
            return "same"
        here = shelf(workspace, connection, known, unit=held.unit.key)
        there = [one for one in (*here.held.values(), *(waiting or ())) if one.unit == held.unit]
        others = [one for one in there if one.digest not in here.aside | {held.digest}]
        if (other := overlapping(others, report)) is not None:
            theirs = {"first": f"{other.days[0]:%d/%m/%Y}", "last": f"{other.days[1]:%d/%m/%Y}"}
            raise ReportError("overlap", **theirs)
        versions = [one for one in [*others, held] if one.days == held.days]
        standing = heads((Version(o.digest, o.signed.report.supersedes) for o in versions), here.aside)
        if held.digest not in standing:
            return "older"
        return "conflict" if len(standing) > 1 else "correction" if report.supersedes else "accepted"

    if waiting is not None:
        with workspace.database.read() as connection:
            outcome = judged(connection)
        waiting.append(held)
        return outcome

    def work(connection: Connection) -> str:
        outcome = judged(connection)
        if outcome != "same":
            connection.execute(delete(child_report).where(mine))
            about = {"received_at": held.received_at, "received_by": actor.name, "file_name": held.file_name}
            connection.execute(insert(child_report).values(digest=held.digest, **about, **values))
            audit.record(
                connection,
                at=held.received_at,
                actor=actor.name,
                action=RECEIVED,
                subject=":".join(report.key),
                digest=held.digest,
                number=report.number,
                first=values["first"],
                last=values["last"],
                key=held.signer,
                file=held.file_name,
                outcome=outcome,
            )
        return outcome

    return workspace.database.run(work)


def _note_refusal(
    workspace: Workspace, actor: Person, name: str, signed: SignedReport | None, reason: str
) -> None:
    now = workspace.now()
    subject = ":".join(signed.report.key) if signed else name
    workspace.database.run(
        lambda c: audit.record(
            c, at=now, actor=actor.name, action="report_refused", subject=subject, file=name, reason=reason
        )
    )


def decide(workspace: Workspace, actor: Person, digest: str, reason: str, *, reject: bool = False) -> Choice:
    """A person's signed word: this report counts instead of what it contradicts, or with `reject` not at all.

    Raises NotFound for a digest, RefusedByRule where there is nothing to decide.
    """
    actor.must_be(*_MAY)
    signer = trusting.signer_of(workspace, actor)
    acting.need(reason)
    known = rollup_units.register(workspace)
    role = next(role for role in _MAY[::-1] if role in actor.roles)
    why = " ".join(normalise(reason).split())

    def work(connection: Connection) -> Choice:
        here = shelf(workspace, connection, known)
        one = find(here, digest)
        rivals = (one.digest,) if reject else _rivals(workspace, known, here, one)
        if not rivals and one.digest not in here.aside:
            raise RefusedByRule("rollup.nothing_to_decide", digest=one.digest[:16])
        bare = Choice("" if reject else one.digest, rivals, actor.name, role, why, workspace.now())
        choice = Choice(**{**vars(bare), "signature": signer.sign(bare.statement())})
        if not workspace.trust.believes(choice):
            raise RefusedByRule("trust.not_believed", name=actor.name, role=role)
        connection.execute(
            insert(report_choice).values({**vars(choice), "instead_of": json.dumps(choice.instead_of)})
        )
        audit.record(
            connection,
            at=choice.at,
            actor=actor.name,
            action=DECIDED,
            subject=":".join(one.unit.key),
            counts=choice.counts,
            instead_of=list(rivals),
            reason=why,
            first=one.days[0].isoformat(),
            last=one.days[1].isoformat(),
        )
        return choice

    return workspace.database.run(work)


def find(here: Shelf, digest: str) -> Held:
    """The report whose digest begins so; raises NotFound where none or several do."""
    begins = digest.strip().lower()
    found = [one for name, one in here.held.items() if name.startswith(begins)]
    if len(begins) < SHORTEST_DIGEST or len(found) != 1:
        raise NotFound("rollup.no_report", digest=digest, least=SHORTEST_DIGEST)
    return found[0]


def _rivals(workspace: Workspace, known: Register, here: Shelf, one: Held) -> tuple[str, ...]:
    """Those that cannot count beside it: other versions that no correction mark orders, the version that a
    person preferred before, and reports that include the same unit."""
    versions = {other.digest: other for other in here.versions(one.unit, one.days)}
    earlier = set(one.signed.report.supersedes)
    later = {d for d, other in versions.items() if one.digest in other.signed.report.supersedes}
    rivals = set(versions) - earlier - later - {one.digest}
    period = Period(*one.days)
    counting, _ = replace(here, aside=here.aside - {one.digest}).fitting(period)
    own = rollup_units.own_unit(workspace, known, *one.days)
    pairs = add_up(known, own, (), (other.source for other in counting), *one.days).overlapping
    rivals |= {s.digest for pair in pairs for s in pair if one.digest in (pair[0].digest, pair[1].digest)}
    still = rivals - here.aside if one.digest not in here.aside else rivals
    return tuple(sorted(still - {one.digest}))
