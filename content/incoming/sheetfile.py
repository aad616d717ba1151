"""A table that people filled in, in Excel: which sheet, which column is which, what no row may hide."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from content.finding import Finding
from content.incoming.package import EXCEL, IncomingError, Package, open_package
from content.text import fold, normalise
from content.wording import say

MOST_COLUMNS = 60
HEADER_WITHIN = 30
"""Rows above the header: the unit's name, the table's title."""
_MOST_FINDINGS = 200
_LAST_ROW = 1_048_576  # of Excel; a reader that believes in more counts for hours
_STRICT = b"purl.oclc.org/ooxml"
_RANGE = re.compile(r"([A-Z]{1,3})(\d{1,7})(?::([A-Z]{1,3})(\d{1,7}))?")

Value = str | int | float | bool | date | datetime | time | timedelta | None


@dataclass(frozen=True)
class SheetForm:
    """What a table is to look like. `spellings` are the headings of each column, the shown one first.

    The rules of its findings are of the wording's `room`.
    """

    room: str
    spellings: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]
    most: int

    def heading(self, column: str) -> str:
        return self.spellings[column][0]


@dataclass(frozen=True)
class SheetRow:
    """One row's cells by column, blank ones left out. `number` as Excel counts, from 1."""

    number: int
    cells: dict[str, Value]


@dataclass(frozen=True)
class Sheet:
    """`letters` are the columns that are there, by name. `findings` are of the sheet, errors and remarks."""

    letters: dict[str, str]
    rows: list[SheetRow]
    findings: list[Finding]
    pictures: bool = False
    """Whether pictures were pasted into the file; none is taken."""

    def cell(self, column: str, number: int) -> str:
        """Where a person looks: `C7`, or the row when the column is not there."""
        letter = self.letters.get(column)
        return f"{letter}{number}" if letter else say("plan.row", number=number)


@dataclass
class _Facts:
    """What openpyxl does not tell when it reads row by row."""

    merged: list[str] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    formulas: set[str] = field(default_factory=set)
    row: int = 0
    cell: str = ""
    last: int = 1
    """The last row that holds anything; a hundred thousand formatted empty ones may follow."""

    def told(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "row":
            self.row = int(attributes.get("r") or self.row + 1)
            if not 1 <= self.row <= _LAST_ROW:
                raise ValueError(self.row)
            if attributes.get("hidden") in ("1", "true"):
                self.hidden.add(self.row)
        elif tag == "c":
            self.cell = attributes.get("r", "")
        elif tag in ("v", "is"):
            self.last = max(self.last, self.row)
        elif tag == "f":
            self.formulas.add(self.cell)
            self.last = max(self.last, self.row)
        elif tag == "mergeCell":
            self.merged.append(attributes.get("ref", ""))


def read_sheet(path: Path, form: SheetForm) -> Sheet:
    """The table in an `.xlsx`: the first visible sheet with its headings, whatever stands above them.

    Formulas count as the value that Excel stored. Mistakes in single cells are findings placed at the cell;
    raises IncomingError for a file that has no such table at all.
    """
    facts: dict[str, _Facts] = {}

    def watch(name: str) -> Callable[[str, dict[str, str]], None] | None:
        return facts.setdefault(name, _Facts()).told  # which part is a sheet is known only later

    package = open_package(path, EXCEL, watch)
    if _STRICT in package.parts[package.main][:4096]:
        raise refusal(path, form, "strict")
    try:
        found = _sheet(package, facts, form)
    except IncomingError:
        raise
    except Exception:  # what a reader of foreign XML may raise is not enumerable
        damaged = Finding("incoming.damaged", "block", path.name, {"app": "Excel", "ending": ".xlsx"})
        raise IncomingError(path.name, [damaged]) from None
    return _there(path, form, found)


def read_rows(path: Path, form: SheetForm, lines: Iterator[list[str]]) -> Sheet | None:
    """The same of a table that is bare text (CSV); None where its headings are not found."""
    cells = (tuple(_Text(text) for text in line[:MOST_COLUMNS]) for line in lines)
    found = _Reader(path.name, _Facts(), form).read(cells)
    return found and _there(path, form, found)


def refusal(path: Path, form: SheetForm, rule: str, **values: object) -> IncomingError:
    """For a file of which nothing can be taken."""
    return IncomingError(path.name, [Finding(f"{form.room}.{rule}", "block", path.name, values)])


def _there(path: Path, form: SheetForm, found: Sheet | None) -> Sheet:
    if found is None:
        raise refusal(path, form, "no_header", names=", ".join(form.heading(name) for name in form.needed))
    if not found.rows and not found.findings:
        raise refusal(path, form, "no_rows")
    return found


@dataclass(frozen=True)
class _Text:
    """A cell of a CSV file."""

    value: str
    data_type: str = "s"


def _sheet(package: Package, facts: dict[str, _Facts], form: SheetForm) -> Sheet | None:
    from openpyxl import load_workbook  # slow to import, and most commands read no plan

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of openpyxl, on what it leaves out: nothing that a plan needs
        with redirect_stdout(io.StringIO()):  # it prints there what it thinks of odd styles; ours is data
            book = load_workbook(
                package.repacked(), read_only=True, data_only=True, keep_links=False, keep_vba=False
            )
        try:
            for sheet in book.worksheets:
                if sheet.sheet_state != "visible":
                    continue
                sheet.reset_dimensions()  # some programs write a wrong size
                known = facts[sheet._worksheet_path.lstrip("/")]
                rows = sheet.iter_rows(max_row=known.last, max_col=MOST_COLUMNS)
                if found := _Reader(package.name, known, form).read(rows):
                    pasted = any(name.startswith("xl/media/") for name in package.parts)
                    return Sheet(found.letters, found.rows, [*package.remarks, *found.findings], pasted)
        finally:
            book.close()
    return None


class _Reader:
    def __init__(self, file_name: str, facts: _Facts, form: SheetForm) -> None:
        self._file, self._facts, self._form = file_name, facts, form
        self._findings: list[Finding] = []
        self._at: dict[int, str] = {}

    def read(self, rows: Iterator[tuple[Any, ...]]) -> Sheet | None:
        read: list[SheetRow] = []
        header = 0
        for number, cells in enumerate(rows, 1):
            if not header:
                if number > HEADER_WITHIN:
                    return None
                header = number if self._is_header(number, cells) else 0
            elif (row := self._row(number, cells)) is not None:
                read.append(row)
                if len(read) > self._form.most:
                    self._finding("too_many", say("plan.row", number=number), most=self._form.most)
                    break
            if len(self._findings) > _MOST_FINDINGS:
                break
        if not header:
            return None
        self._merged(header)
        letters = {name: _letter(index) for index, name in self._at.items()}
        return Sheet(letters, read, self._findings)

    def _is_header(self, number: int, cells: tuple[Any, ...]) -> bool:
        names = {_words(one): name for name, told in self._form.spellings.items() for one in told}
        told = {index: _words(cell.value) for index, cell in enumerate(cells) if isinstance(cell.value, str)}
        known = {index: names[words] for index, words in told.items() if words in names}
        if len(set(known.values()) & set(self._form.needed)) < 2:
            return False
        for index, name in known.items():
            if name in self._at.values():
                self._finding("column_twice", f"{_letter(index)}{number}", name=self._form.heading(name))
            else:
                self._at[index] = name
        for name in self._form.needed:
            if name not in known.values():
                self._finding("column_missing", say("plan.row", number=number), name=self._form.heading(name))
        others = [
            str(cells[index].value).strip() for index, words in told.items() if index not in known and words
        ]
        if others:
            place = say("plan.row", number=number)
            values: dict[str, object] = {"names": "; ".join(name[:40] for name in others[:8])}
            self._findings.append(Finding(f"{self._form.room}.column_ignored", "hint", place, values))
        return True

    def _row(self, number: int, cells: tuple[Any, ...]) -> SheetRow | None:
        values: dict[str, Value] = {}
        for index, name in self._at.items():
            if index >= len(cells):
                continue
            place = f"{_letter(index)}{number}"
            value, kind = cells[index].value, getattr(cells[index], "data_type", "n")
            if value is None and place in self._facts.formulas:
                self._finding("formula_empty", place)
                values[name] = ""
            elif kind == "e":
                self._finding("cell_error", place, value=str(value)[:20])
                values[name] = ""
            elif value is not None and (not isinstance(value, str) or value.strip()):
                values[name] = normalise(value) if isinstance(value, str) else value
        if not values:
            return None
        if number in self._facts.hidden:
            self._finding("row_hidden", say("plan.row", number=number))
        return SheetRow(number, values)

    def _merged(self, header: int) -> None:
        """Merged cells keep only the first value, so that the rows below would be half empty."""
        for ref in self._facts.merged:
            part = _RANGE.fullmatch(ref)
            if part is None or int(part[4] or part[2]) <= header:
                continue
            columns = range(_index(part[1]), _index(part[3] or part[1]) + 1)
            if any(index in columns for index in self._at):
                self._finding("merged", ref)

    def _finding(self, rule: str, place: str, **values: object) -> None:
        self._findings.append(Finding(f"{self._form.room}.{rule}", "block", place, values))


def _words(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", " ", fold(normalise(text))).split())


def _letter(index: int) -> str:
    return (chr(64 + index // 26) if index >= 26 else "") + chr(65 + index % 26)


def _index(letters: str) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1
