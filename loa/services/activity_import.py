"""A table of activities taken into the ledger: every mistake told by its cell, all of it or nothing.

The same file again changes nothing. A row that says something else of an activity that is there is told,
and becomes a correction only where the officer asks for that.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from content.activity.entry import TEXTS, Activity
from content.activity.kinds import Catalogue
from content.finding import Finding, blocking
from content.incoming import activitysheet
from content.incoming.activityfile import read_file
from content.incoming.activityrow import RowReader
from content.incoming.sheetfile import Sheet, SheetRow
from content.wording import say
from loa.services import activities
from loa.services.activities import Entry
from loa.services.excel_plan import write_new
from loa.services.people import Person
from loa.services.workspace import Workspace

_KEY = ("title", "place")
NEW, SAME, OTHER, GONE = "new", "same", "other", "gone"
"""Not there yet; there, word for word; there, with other words or figures; there, but taken out."""


@dataclass(frozen=True)
class Row:
    """One row and what stands in the ledger for it; `number` as Excel counts."""

    number: int
    activity: Activity
    outcome: str
    entry: Entry | None


@dataclass(frozen=True)
class Read:
    """A table that was read and compared; `findings` are placed at its cells, those that forbid it first."""

    path: Path
    rows: list[Row]
    findings: list[Finding]

    @property
    def refused(self) -> list[Finding]:
        return blocking(self.findings)

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.rows)


def read(workspace: Workspace, path: Path) -> Read:
    """What taking the table in would do; nothing is written. Raises IncomingError for a file that is none."""
    kinds = activities.catalogue(workspace)
    sheet = read_file(path, kinds)
    reader = RowReader(sheet, kinds, activities.today(workspace))
    told = [(row, reader.activity(row)) for row in sheet.rows]
    with workspace.database.read() as connection:
        rows = _compared(connection, told)
    known = {row.number for row in rows if row.outcome == SAME}
    of_rows = [f for f in reader.findings if f.severity == "block" or _row(f) not in known]
    findings = [*sheet.findings, *of_rows, *_twice(sheet, told)]
    findings += _of_the_ledger(workspace, sheet, kinds, rows)
    order = ("block", "warn", "hint")
    return Read(path, rows, sorted(findings, key=lambda one: (order.index(one.severity), _row(one))))


def make(workspace: Workspace, actor: Person, found: Read, *, update: bool = False) -> dict[str, int]:
    """Write it, all or nothing: how many were `added` and `changed`. With `update` rows that say something
    else become corrections. Raises Refused while a cell is wrong, RefusedByRule where somebody wrote
    meanwhile."""
    if found.refused:
        raise activities.Refused(found.findings)
    new = [one.activity for one in found.rows if one.outcome == NEW]
    other = [one for one in found.rows if one.outcome == OTHER and one.entry] if update else []
    reason, source = say("activity.from_file", file=found.path.name), found.path.name[:200]

    def work(connection: Connection) -> None:
        activities.write_new(workspace, connection, actor, new, source)
        for row in other:
            assert row.entry is not None
            number, revision = row.entry.number, row.entry.revision
            activities.write_change(
                workspace, connection, actor, number, row.activity, reason, expected=revision, source=source
            )

    activities.must_keep(actor)
    workspace.database.run(work)
    return {"added": len(new), "changed": len(other)}


def template(workspace: Workspace, path: Path) -> None:
    """An empty table to fill in; raises UsageError for a name or folder that will not do, RefusedByRule over
    an older file."""
    write_new(path, activitysheet.workbook(activities.catalogue(workspace)))


def _compared(connection: Connection, told: Sequence[tuple[SheetRow, Activity]]) -> list[Row]:
    there = activities.by_key(connection, [one for _, one in told])
    rows = []
    for row, one in told:
        entry = there.get(one.key)
        if entry is None:
            outcome = NEW
        elif not entry.removed:
            one = _completed(one, entry.activity, row.cells)
            outcome = SAME if entry.activity == one else OTHER
        else:
            outcome = GONE
        rows.append(Row(row.number, one, outcome, entry))
    return rows


def _completed(one: Activity, there: Activity, said: Container[str]) -> Activity:
    """A blank cell (not among `said`) says nothing: what the ledger has of it stays."""
    texts = {name: getattr(one, name) or getattr(there, name) for name in TEXTS if name not in _KEY}
    last = one.last if "last" in said else there.last
    done = one.done if "done" in said or one.counts else there.done
    counts = {**there.counts, **one.counts} if done else one.counts
    return replace(
        one, **texts, title=there.title, place=there.place, last=last, done=done, counts=counts
    ).tidy


def _of_the_ledger(
    workspace: Workspace, sheet: Sheet, kinds: Catalogue, rows: Sequence[Row]
) -> list[Finding]:
    found = []
    unknown = {
        one.about: one for one in activities.campaign_unknown(workspace, [r.activity.campaign for r in rows])
    }
    new = {row.activity.key: row.number for row in rows if row.outcome == NEW}
    for one, remark in activities.alike(workspace, [row.activity for row in rows if row.outcome == NEW]):
        found.append(replace(remark, place=sheet.cell("place", new[one.key])))
    for row in rows:
        if row.activity.campaign in unknown:
            place = sheet.cell("campaign", row.number)
            found.append(replace(unknown[row.activity.campaign], place=place))
        if row.outcome == NEW:
            place = sheet.cell("kind", row.number)
            found += [replace(one, place=place) for one in activities.via_loa(workspace, row.activity, kinds)]
        if row.outcome in (OTHER, GONE) and row.entry is not None:
            rule = "row_other" if row.outcome == OTHER else "row_gone"
            values: dict[str, object] = {"number": row.entry.number}
            found.append(Finding(f"activity.{rule}", "warn", sheet.cell("title", row.number), values))
    return found


def _row(finding: Finding) -> int:
    """The row that a finding is about; 0 for the whole table."""
    found = re.fullmatch(r"[A-Z]{1,2}(\d+)|\D+ (\d+)", finding.place)
    return int(found[1] or found[2]) if found else 0


def _twice(sheet: Sheet, told: Sequence[tuple[SheetRow, Activity]]) -> list[Finding]:
    """Two rows that are one activity: which of their figures is meant, only the officer knows."""
    seen: dict[tuple[str, str, str, str], int] = {}
    found = []
    for row, one in told:
        if "title" not in row.cells:
            continue  # told already
        first = seen.setdefault(one.key, row.number)
        if first != row.number:
            place = sheet.cell("title", row.number)
            found.append(Finding("activity.row_twice", "block", place, {"row": first}))
    return found
