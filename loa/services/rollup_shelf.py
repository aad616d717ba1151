"""The reports that are here, looked at anew each time: which are believed, which count, what a person must
decide. Nothing of it is stored: whoever writes to the database changes no figure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select

from content.rollup import reading
from content.rollup import report as files
from content.rollup.report import ReportError, SignedReport
from content.rollup.standing import Choice, Version, heads, put_aside
from content.rollup.summing import Source
from content.units.unit import Key, Register, Unit
from loa.services.report_periods import Period
from loa.services.trusting import fingerprint
from loa.services.workspace import Workspace
from scheduler.childtrust import ChildKey, ChildTrust
from scheduler.store.tables import audit_event, child_report, report_choice
from scheduler.trust import signed_by

RECEIVED = "report_received"
"""The audit's word for a report that was taken."""
DECIDED = "report_decided"
"""The audit's word for a decision between reports."""
Days = tuple[date, date]


@dataclass(frozen=True)
class Held:
    """A report that is here, with where it is from. `unit` as it was in the report's period."""

    digest: str
    unit: Unit
    signed: SignedReport
    received_at: datetime
    received_by: str
    file_name: str

    @property
    def days(self) -> Days:
        return self.signed.report.first, self.signed.report.last

    @property
    def signer(self) -> str:
        """The key's fingerprint."""
        return fingerprint(self.signed.key)

    @property
    def source(self) -> Source:
        return Source(self.unit, self.digest, self.signed.report)


@dataclass(frozen=True)
class Doubtful:
    """A row that counts for nothing: `changed` (not what was signed), `key` (nobody's, or withdrawn),
    `unit` (not listed any more), `gone` (in the audit, and not in the table), `decision` (a person's word
    that is in the audit, and is not believed in the table)."""

    digest: str
    unit: str
    why: str


@dataclass(frozen=True)
class Shelf:
    """All believed reports with days within a period, and the signed choices."""

    held: Mapping[str, Held]
    aside: frozenset[str]
    doubtful: tuple[Doubtful, ...]

    def versions(self, unit: Unit, days: Days) -> list[Held]:
        """All versions of one unit's report."""
        return [one for one in self.held.values() if one.unit == unit and one.days == days]

    def heads(self, unit: Unit, days: Days) -> list[Held]:
        """What counts of them: one, or several to be decided between."""
        there = (Version(one.digest, one.signed.report.supersedes) for one in self.versions(unit, days))
        return [self.held[digest] for digest in heads(there, self.aside)]

    def fitting(self, period: Period) -> tuple[list[Held], list[list[Held]]]:
        """For a sum over a period: each unit's one report, and those that need a decision.

        A report fits that is of exactly these days; of a unit that began or ended within them also one of
        the days on which it existed (a district's first half of 2025 is all there is of its 2025).
        """
        there: dict[Unit, set[Days]] = defaultdict(set)
        for one in self.held.values():
            there[one.unit].add(one.days)
        counting: list[Held] = []
        undecided: list[list[Held]] = []
        for unit, days in there.items():
            for wanted in _fitting(unit, period):
                found = self.heads(unit, wanted) if wanted in days else []
                if len(found) == 1:
                    counting += found
                elif found:
                    undecided.append(found)
                if found:
                    break
        return counting, undecided


def _fitting(unit: Unit, period: Period) -> list[Days]:
    firsts = dict.fromkeys([period.first, max(period.first, unit.since)])
    lasts = dict.fromkeys([period.last, min(period.last, unit.until)])
    return [(first, last) for first in firsts for last in lasts]


def shelf(
    workspace: Workspace,
    connection: Connection,
    known: Register,
    period: Period | None = None,
    unit: Key | None = None,
) -> Shelf:
    """What is here of a period (and of shorter ones within it), of one unit, or all there is; every signature
    is checked. Of one unit it is not asked whether rows or decisions are gone: that goes through the whole
    audit."""
    query = select(child_report)
    if unit is not None:
        query = query.where(child_report.c.level == unit[0], child_report.c.code == unit[1])
    if period is not None:
        # ISO days compare as text
        query = query.where(
            child_report.c.first >= period.first.isoformat(), child_report.c.last <= period.last.isoformat()
        )
    keys = _by_key(ChildTrust(workspace.folder).pinned())
    arrived = _arrived(connection) if any(one.until for one in keys.values()) else {}
    held: dict[str, Held] = {}
    doubtful: list[Doubtful] = []
    rows = connection.execute(query.order_by(child_report.c.received_at, child_report.c.digest)).all()
    for row in rows:
        found = _held(row, known, keys, arrived)
        if isinstance(found, Held):
            held[row.digest] = found
        else:
            doubtful.append(Doubtful(str(row.digest), f"{row.level}:{row.code}", found))
    decided = choices(workspace, connection)
    if unit is None:
        doubtful += _gone(connection, {row.digest for row in rows}, period)
        doubtful += _unsaid(connection, decided, period)
    return Shelf(held, frozenset(put_aside(decided)), tuple(doubtful))


def choices(workspace: Workspace, connection: Connection) -> list[Choice]:
    """Decisions that bear the signature of an officer who is trusted here; others are none."""
    found = []
    for row in connection.execute(select(report_choice)):
        try:
            instead = tuple(str(one) for one in json.loads(row.instead_of))
        except (ValueError, TypeError, RecursionError):
            continue
        about = (row.officer, row.role, row.reason, row.at, row.signature)
        found.append(Choice(row.counts, instead, *about))
    return [one for one in found if workspace.trust.believes(one)]


def overlapping(versions: Iterable[Held], one: files.Report) -> Held | None:
    """Another report of the unit whose days are partly the same: of two such, neither can be summed.

    Only of the same kind: a quarter lies within a year, and a sum takes one kind.
    """
    for other in versions:
        theirs = other.signed.report
        same_days = other.days == (one.first, one.last)
        meet = theirs.first <= one.last and theirs.last >= one.first
        if theirs.period_kind == one.period_kind and meet and not same_days:
            return other
    return None


def _by_key(keys: Sequence[ChildKey]) -> Mapping[tuple[Key, str], ChildKey]:
    return {(one.unit, one.key): one for one in keys}


def _held(
    row: Any, known: Register, keys: Mapping[tuple[Key, str], ChildKey], arrived: Mapping[str, datetime]
) -> Held | str:
    try:
        signed = reading.read(str(row.file).encode("utf-8", "replace"))
    except ReportError:
        return "changed"
    report = signed.report
    statement = report.statement()
    told = (report.digest, report.level, report.code, report.first.isoformat(), report.last.isoformat())
    if told != (row.digest, row.level, row.code, row.first, row.last):
        return "changed"
    if not signed_by(signed.key, signed.signature, statement):
        return "changed"
    pinned = keys.get((report.key, signed.key))
    # Of a key that was withdrawn the audit says what came before: a row could be dated back.
    came = arrived.get(row.digest) if pinned is not None and pinned.until else row.received_at
    if pinned is None or came is None or not pinned.holds(came):
        return "key"
    unit = known.at(report.key, report.first, report.last)
    if unit is None:
        return "unit"
    return Held(row.digest, unit, signed, row.received_at, row.received_by, row.file_name)


def _arrived(connection: Connection) -> Mapping[str, datetime]:
    """When each report was first taken, as the audit has it."""
    found: dict[str, datetime] = {}
    events = select(audit_event.c.at, audit_event.c.detail).where(audit_event.c.action == RECEIVED)
    for at, detail in connection.execute(events.order_by(audit_event.c.id)):
        try:
            found.setdefault(str(json.loads(detail)["digest"]), at)
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # a damaged record is what `loa audit verify` tells of
    return found


def _unsaid(connection: Connection, decided: Sequence[Choice], period: Period | None) -> list[Doubtful]:
    """Decisions that the audit has and nobody believes any more: without its rejection, what was rejected
    would count again. A later word on the same reports takes the place of one that is lost."""
    found = []
    events = select(audit_event).where(audit_event.c.action == DECIDED)
    for event in connection.execute(events):
        try:
            told = json.loads(event.detail)
            about = {str(one) for one in (told["counts"], *told["instead_of"]) if one}
            first, last = str(told["first"]), str(told["last"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        stands = any(one.at >= event.at and about <= {one.counts, *one.instead_of} for one in decided)
        within = period is None or (period.first.isoformat() <= first and last <= period.last.isoformat())
        if within and not stands:
            digests = ", ".join(sorted(one[:16] for one in about))
            found.append(Doubtful(digests, event.subject, "decision"))
    return found


def _gone(connection: Connection, there: set[str], period: Period | None) -> list[Doubtful]:
    """What the audit says was taken and the table does not have: deleting a correction would let the
    older version count again."""
    found = []
    events = select(audit_event.c.subject, audit_event.c.detail).where(audit_event.c.action == RECEIVED)
    for subject, detail in connection.execute(events):
        try:
            told = json.loads(detail)
            digest, first, last = (str(told[name]) for name in ("digest", "first", "last"))
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # a damaged record is what `loa audit verify` tells of
        within = period is None or (period.first.isoformat() <= first and last <= period.last.isoformat())
        if within and digest not in there:
            found.append(Doubtful(digest, subject, "gone"))
    return found
