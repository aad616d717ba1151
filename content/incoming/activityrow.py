"""One row of the table → an activity; every mistake is placed at its cell."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime

from content.activity.entry import Activity, check
from content.activity.kinds import Catalogue
from content.activity.numbers import parse_count, parse_day
from content.finding import Finding
from content.incoming.sheetfile import Sheet, SheetRow, Value
from content.text import fold
from content.wording import LANGUAGES, catalogue, say

_NO_DAY = date(2000, 1, 1)
"""Stands for a day that cannot be read; its cell is told, and such a row is never kept."""


@dataclass
class RowReader:
    """Reads the rows of one table; `findings` grow. `today` is a day in the unit's zone."""

    sheet: Sheet
    kinds: Catalogue
    today: date
    findings: list[Finding] = field(default_factory=list)

    def activity(self, row: SheetRow) -> Activity:
        """What the row says, complete or not: what is wrong with it is among the findings."""
        before = len(self.findings)
        first = self._day(row, "first")
        if first is None and "first" not in row.cells:
            self._refuse("first_missing", row, "first")
        last = self._day(row, "last")
        read = Activity(
            kind=self.kinds.code(self._line(row, "kind")),
            title=self._line(row, "title"),
            first=first or last or _NO_DAY,
            last=last or first or _NO_DAY,
            counts=self._counts(row),
            note=self._text(row, "note"),
            done=self._done(row),
            **{name: self._line(row, name) for name in ("place", "subject", "lead", "partners", "campaign")},
        ).tidy
        told = {one.place for one in self.findings[before:]}
        for finding in check(read, self.kinds, self.today):
            place = self.sheet.cell(finding.place, row.number)
            if place not in told and not (first is None and finding.place in ("first", "last")):
                self.findings.append(replace(finding, place=place))
        return read

    def refuse(self, rule: str, row: SheetRow, column: str, **values: object) -> None:
        """A finding about the row that only somebody who knows the ledger can make."""
        self._refuse(rule, row, column, **values)

    def _counts(self, row: SheetRow) -> dict[str, int]:
        found = {}
        for code in self.kinds.measures:
            if (value := self._count(row, code)) is not None:
                found[code] = value
        return found

    def _count(self, row: SheetRow, code: str) -> int | None:
        value = row.cells.get(code)
        try:
            if value is None:
                return None
            if isinstance(value, str):
                return parse_count(value)
            if isinstance(value, float) and not value.is_integer():
                # 1.234 typed into an English Excel is a little more than one: asked back, never rounded
                self._refuse("count_fraction", row, code, written=_shown(value))
                return None
            if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
                raise ValueError(value)
            return int(value)
        except (ValueError, OverflowError):
            self._refuse("count_form", row, code, written=_shown(value))
            return None

    def _day(self, row: SheetRow, column: str) -> date | None:
        value = row.cells.get(column)
        if value is None:
            return None
        if isinstance(value, datetime):
            value = value.date()
        try:
            if isinstance(value, date):
                return parse_day(value.isoformat())
            if isinstance(value, str):
                return parse_day(value)
        except ValueError:
            pass
        self._refuse("day_form", row, column, written=_shown(value))
        return None

    def _done(self, row: SheetRow) -> bool:
        """Whether it was held; nothing said means that it was."""
        said = fold(self._line(row, "done"))
        if said and said not in _words("done") | _words("planned"):
            self._refuse("done_form", row, "done", written=said[:40])
        return said not in _words("planned")

    def _line(self, row: SheetRow, column: str) -> str:
        return " ".join(self._text(row, column).split())

    def _text(self, row: SheetRow, column: str) -> str:
        value = row.cells.get(column)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse("not_text", row, column)
            return ""
        return str(int(value)) if float(value).is_integer() else str(value)

    def _refuse(self, rule: str, row: SheetRow, column: str, **values: object) -> None:
        self.findings.append(
            Finding(f"activity.{rule}", "block", self.sheet.cell(column, row.number), values)
        )


def done_word(done: bool) -> str:
    """As it is chosen from the list."""
    return say(f"activity.{'done' if done else 'planned'}")


def _words(name: str) -> set[str]:
    return {fold(catalogue(language)[f"activity.{name}"]) for language in LANGUAGES}


def _shown(value: Value) -> str:
    return str(value)[:40]
