"""The sum over an area: every number with the files it comes from, on the screen or as a workbook."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from content.errors import NotFound
from content.rollup.report import Figure
from content.rollup.summing import OWN, Sum, Total, add_up
from content.units.unit import Key, Unit
from content.whole import whole
from content.wording import say
from loa.reports import due, plainfiles
from loa.reports.tables import Cell, Table
from loa.services import report_periods, rollup_units
from loa.services.report_periods import Period
from loa.services.rollup_shelf import Doubtful, Held, shelf
from loa.services.workspace import Workspace
from loa.speech import number

ENDINGS = (".xlsx", ".csv", ".json")
MOST_SHEETS = 120
"""Of single reports; beyond that the sheet of all parts has them."""
MOST_NAMED = 20
"""Units in one sentence; the lists have all of them."""
SHORT = 16
"""Digits of a digest that lists show."""


@dataclass(frozen=True)
class Summed:
    """`undecided`: versions of one unit's report that contradict each other; none of them is counted.

    `unfinished`: counted, and made before their days were over, so that they may tell too little.
    """

    period: Period
    area: Unit
    sum: Sum
    held: tuple[Held, ...]
    undecided: tuple[tuple[Held, ...], ...]
    unfinished: tuple[Held, ...]
    doubtful: tuple[Doubtful, ...]
    at: datetime

    @property
    def open_still(self) -> set[str]:
        """Digests that wait for a person's decision."""
        groups = {one.digest for group in self.undecided for one in group}
        return groups | {one.digest for pair in self.sum.overlapping for one in pair}

    @property
    def missing(self) -> list[Unit]:
        """Who has sent nothing; what is sent and undecided is not counted, and is not missing either."""
        there = {group[0].unit for group in self.undecided}
        there |= {one.unit for pair in self.sum.overlapping for one in pair}
        return [one for one in self.sum.missing if one not in there]

    @property
    def by_digest(self) -> dict[str, Held]:
        return {one.digest: one for one in self.held}


def summed(workspace: Workspace, period: Period, own: Sequence[Figure]) -> Summed:
    """Add up what is here of a period; raises NotFound without a list of units."""
    known = rollup_units.register(workspace)
    area = rollup_units.own_unit(workspace, known, period.first, period.last)
    with workspace.database.read() as connection:
        here = shelf(workspace, connection, known, period)
    counting, undecided = here.fitting(period)
    total = add_up(known, area, own, (one.source for one in counting), period.first, period.last)
    groups = tuple(tuple(one) for one in undecided)
    counted, zone = {one.digest for one in total.counted}, workspace.config.zone
    early = tuple(o for o in counting if o.digest in counted and o.signed.report.unfinished(zone))
    return Summed(period, area, total, tuple(counting), groups, early, here.doubtful, workspace.now())


@dataclass(frozen=True)
class Owing:
    """One unit that owes a report, or has sent one: `counted`, `unfinished` (counted, and made before the
    period was over), `inside` another's, `undecided`, `missing`."""

    unit: str
    name: str
    state: str
    number: int = 0
    digest: str = ""
    received_at: datetime | None = None
    signer: str = ""


def owing(found: Summed) -> list[Owing]:
    """Who has sent and who has not, those that are missing first."""
    total = found.sum
    inside = {one.source.digest for one in total.inside}
    undecided = found.open_still
    early = {one.digest for one in found.unfinished}
    there = []
    for one in (*found.held, *(one for group in found.undecided for one in group)):
        state = "inside" if one.digest in inside else "undecided" if one.digest in undecided else "counted"
        state = "unfinished" if one.digest in early else state
        about = (one.signed.report.number, one.digest, one.received_at, one.signer)
        there.append(Owing(one.unit.id, one.unit.name, state, *about))
    missing = [Owing(one.id, one.name, "missing") for one in found.missing]
    return missing + sorted(there, key=lambda one: (one.state != "undecided", one.unit))


@dataclass(frozen=True)
class VersionView:
    """One report of a unit: it `counts`, was `superseded` or put `aside`, or is `undecided`."""

    held: Held
    state: str

    @property
    def fields(self) -> dict[str, Any]:
        report = self.held.signed.report
        days = {"first": report.first.isoformat(), "last": report.last.isoformat()}
        return {**_source(self.held), **days, "state": self.state, "area": [vars(one) for one in report.area]}


def versions(workspace: Workspace, key: Key, period: Period | None) -> list[VersionView]:
    """All believed reports of a unit, the newest period first; raises NotFound where there are none."""
    known = rollup_units.register(workspace)
    with workspace.database.read() as connection:
        here = shelf(workspace, connection, known, period, key)
    found = []
    for one in here.held.values():
        standing = here.heads(one.unit, one.days)
        state = "aside" if one.digest in here.aside else "superseded"
        if one in standing:
            state = "counts" if len(standing) == 1 else "undecided"
        found.append(VersionView(one, state))
    if not found:
        raise NotFound("rollup.nothing_of", unit=":".join(key))
    return sorted(found, key=lambda one: (one.held.days, one.held.signed.report.number), reverse=True)


def due_on(workspace: Workspace, period: Period) -> date | None:
    """When this unit's own report of the period is due: those below owe theirs earlier."""
    today = workspace.now().astimezone(workspace.config.zone).date()
    for one in due.upcoming(workspace.folder, today):
        if one.on is not None and report_periods.named(one.period) == period:
            return one.on
    return None


def remarks(found: Summed) -> list[str]:
    """What its reader has to be told, the completeness first."""
    total = found.sum
    said = [say("rollup.complete", sent=number(total.sent), expected=number(total.expected))]
    if found.unfinished:
        units = ", ".join(f"{one.unit.id} {one.unit.name}" for one in found.unfinished[:MOST_NAMED])
        more = ", …" if len(found.unfinished) > MOST_NAMED else ""
        said.append(say("rollup.early", count=number(len(found.unfinished)), units=units + more))
    for group in found.undecided:
        digests = ", ".join(one.digest[:SHORT] for one in group)
        said.append(say("rollup.undecided", unit=group[0].unit.id, name=group[0].unit.name, digests=digests))
    for one, other in total.overlapping:
        words = {"one": one.unit.id, "other": other.unit.id}
        digests = f"{one.digest[:SHORT]}, {other.digest[:SHORT]}"
        said.append(say("rollup.overlapping", **words, digests=digests))
    for inside in total.inside:
        words = {"unit": inside.source.unit.id, "holder": inside.holder.unit.id}
        said.append(say("rollup.inside" if inside.same else "rollup.inside_older", **words))
    said += [say("rollup.historical", unit=r.unit.id, name=r.unit.name) for r in total.rows if r.historical]
    if total.ended:
        said.append(say("rollup.ended", count=number(len(total.ended))))
    said += [say(f"rollup.doubtful.{one.why}", unit=one.unit, digest=_short(one)) for one in found.doubtful]
    return said


def tables(found: Summed) -> list[Table]:
    """Totals, units, parts, sources, missing, and what platforms say."""
    return [
        totals(found),
        _units(found),
        _parts(found),
        _sources(found),
        _missing(found),
        _platforms(found),
    ]


def totals(found: Summed, *, zeros: bool = True) -> Table:
    """Every counter; without `zeros` none that is 0 wherever it is known."""
    rows = [
        (one.label, one.unit or "–", one.value, f"{number(one.known)}/{number(one.of)}", len(one.parts))
        for one in found.sum.totals
        if zeros or one.value != 0
    ]
    return _table("totals", ("counter", "measure", "value", "known", "parts"), rows)


def _units(found: Summed) -> Table:
    """A column for each counter of which there is any: with all of them nobody could print it."""
    there = [one for one in found.sum.totals if one.value]
    keys = [(one.name, one.unit) for one in there]
    headings = [say(f"rollup.column.{name}") for name in ("unit", "name", "kind")]
    headings += [one.label for one in there]
    rows = []
    for row in found.sum.rows:
        kind = "own" if row.unit == found.area else "historical" if row.historical else "below"
        cells: list[Cell] = [row.unit.id, row.unit.name, say(f"rollup.row.{kind}")]
        rows.append((*cells, *(row.values[key] for key in keys)))
    return Table("units", say("rollup.sheet.units"), tuple(headings), tuple(rows))


def _parts(found: Summed) -> Table:
    rows = [
        (one.label, one.unit or "–", part.unit.id, part.unit.name, part.value, *_from(found, part.digest))
        for one in found.sum.totals
        for part in one.parts
    ]
    columns = ("counter", "measure", "unit", "name", "value", "digest", "signer", "received")
    return _table("parts", columns, rows)


def _sources(found: Summed) -> Table:
    inside = {one.source.digest: one.holder.unit.id for one in found.sum.inside}
    undecided = found.open_still
    rows: list[tuple[Cell, ...]] = []
    for one in (*found.held, *(one for group in found.undecided for one in group)):
        report = one.signed.report
        state = say("rollup.state.counted")
        if one.digest in inside:
            state = say("rollup.state.inside", holder=inside[one.digest])
        elif one.digest in undecided:
            state = say("rollup.state.undecided")
        about = (one.unit.id, one.unit.name, report.number, state, one.digest, one.signer, report.signer)
        times = (report.counted_until, report.created_at, one.received_at)
        rows.append((*about, *times, one.received_by, one.file_name))
    columns = ("unit", "name", "number", "state", "digest", "signer", "officer", "until_when", "created")
    return _table("sources", (*columns, "received", "received_by", "file"), rows)


def _missing(found: Summed) -> Table:
    rows = [(one.id, one.name, say("rollup.state.missing")) for one in found.missing]
    rows += [(one.id, one.name, say("rollup.state.ended")) for one in found.sum.ended]
    return _table("missing", ("unit", "name", "state"), rows)


def _platforms(found: Summed) -> Table:
    rows = [
        (
            *(held.unit.id, held.unit.name, one.channel, one.platform, one.metric, one.value),
            *(f"{number(one.known)}/{number(one.of)}", one.definition, held.digest[:SHORT]),
        )
        for held in found.held
        for one in held.signed.report.platform
    ]
    columns = ("unit", "name", "channel", "platform", "metric", "value", "known", "definition", "digest")
    return _table("platforms", columns, rows)


def one_source(held: Held) -> Table:
    """All that one report says of its area."""
    own = {(one.name, one.unit): one.value for one in held.signed.report.own}
    rows = [
        (
            one.label,
            one.name,
            one.unit or "–",
            one.value,
            f"{number(one.known)}/{number(one.of)}",
            own.get((one.name, one.unit), own.get((one.name, ""))),
        )
        for one in held.signed.report.area
    ]
    columns = ("counter", "key", "measure", "value", "known", "own")
    named = _table("source", columns, rows)
    return Table(
        "source", f"{held.unit.id.replace(':', ' ')} {held.unit.name}"[:27], named.headings, named.rows
    )


def write(workspace: Workspace, found: Summed, target: Path, *, unfinished: bool) -> None:
    """As a workbook, as CSV (the parts), or as JSON (everything); whole or not at all.

    `unfinished`: the period is not over, so that this unit's own figures may grow.
    """
    zone, ending = workspace.config.zone, target.suffix.lower()
    if ending == ".json":
        data = (json.dumps(as_fields(found), ensure_ascii=False, indent=1) + "\n").encode()
    elif ending == ".csv":
        data = plainfiles.table_csv(_parts(found), zone)
    else:
        from loa.reports import sheet

        every = tables(found)
        if len(found.held) <= MOST_SHEETS:
            every += [one_source(one) for one in found.held]
        about = [say("rollup.about", name=found.area.name, period=found.period.label), *remarks(found)]
        if unfinished:
            about.append(say("rollup.unfinished"))
        about.append(say("rollup.units_columns"))
        data = sheet.of_tables(every, zone, about)
    with whole(target) as file:
        file.write(data)


def as_fields(found: Summed) -> dict[str, Any]:
    """Everything, as JSON knows it: each number with its parts, each part with its file."""
    total = found.sum
    return {
        "format": 1,
        "unit": found.area.id,
        "name": found.area.name,
        "first": found.period.first.isoformat(),
        "last": found.period.last.isoformat(),
        "summed_at": _iso(found.at),
        "sent": total.sent,
        "expected": total.expected,
        "missing": [one.id for one in found.missing],
        "unfinished": [one.unit.id for one in found.unfinished],
        "ended": [one.id for one in total.ended],
        "totals": [_total(one) for one in total.totals],
        "rows": [
            {
                "unit": row.unit.id,
                "name": row.unit.name,
                "historical": row.historical,
                "digests": [digest for digest in row.digests if digest != OWN],
                "values": {
                    f"{name} ({unit})" if unit else name: value for (name, unit), value in row.values.items()
                },
            }
            for row in total.rows
        ],
        "sources": [_source(one) for one in found.held],
        "inside": [
            {"unit": one.source.unit.id, "holder": one.holder.unit.id, "same": one.same}
            for one in total.inside
        ],
        "undecided": [[one.digest for one in group] for group in found.undecided]
        + [[one.digest for one in pair] for pair in total.overlapping],
        "doubtful": [vars(one) for one in found.doubtful],
    }


def _total(one: Total) -> dict[str, Any]:
    parts = [{"unit": p.unit.id, "digest": p.digest, "value": p.value} for p in one.parts]
    told = {name: getattr(one, name) for name in ("name", "label", "unit", "value", "known", "of")}
    return {**told, "parts": parts}


def _source(one: Held) -> dict[str, Any]:
    report = one.signed.report
    return {
        "digest": one.digest,
        "unit": one.unit.id,
        "name": one.unit.name,
        "number": report.number,
        "signer": one.signer,
        "officer": report.signer,
        "counted_until": _iso(report.counted_until),
        "created_at": _iso(report.created_at),
        "received_at": _iso(one.received_at),
        "received_by": one.received_by,
        "file": one.file_name,
        "platform": [vars(figure) for figure in report.platform],
        "notes": report.notes,
    }


def _short(one: Doubtful) -> str:
    return one.digest if one.why == "decision" else one.digest[:SHORT]  # of a decision there are several


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _from(found: Summed, digest: str) -> tuple[Cell, Cell, Cell]:
    if digest == OWN:
        return say("rollup.row.own"), "–", found.at
    held = found.by_digest[digest]
    return digest, held.signer, held.received_at


def _table(key: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Table:
    headings = tuple(say(f"rollup.column.{name}") for name in columns)
    return Table(key, say(f"rollup.sheet.{key}"), headings, tuple(tuple(row) for row in rows))
