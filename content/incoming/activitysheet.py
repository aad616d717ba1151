"""The empty table for activities as `.xlsx`, with lists to choose from, hints and a filled-in example."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

from content.activity.entry import Activity
from content.activity.kinds import Catalogue
from content.incoming.activityfile import AFTER, BEFORE, MOST_ACTIVITIES, NEEDED, form
from content.incoming.activityrow import done_word
from content.text import normalise
from content.wording import say

_WIDTHS = {
    "kind": 30,
    "title": 46,
    "first": 13,
    "last": 13,
    "place": 26,
    "subject": 24,
    "note": 40,
    "done": 12,
}
_USUAL_WIDTH = 18
_FORMATTED = 200
"""Blank rows that are formatted, so that what is typed is read as it was meant."""
_TEXT, _DAY, _COUNT = "@", "dd/mm/yyyy", "#,##0"


def workbook(kinds: Catalogue, activities: Sequence[Activity] = ()) -> bytes:
    """The table (with these activities in it), a sheet of hints and lists, and a sheet with an example."""
    from openpyxl import Workbook

    book = Workbook()
    columns = [*BEFORE, *kinds.measures, *AFTER]
    table: Any = book.active
    table.title = say("activity.sheet.table")
    _fill(table, kinds, columns, activities, max(_FORMATTED, len(activities)))
    _hints(book.create_sheet(say("activity.sheet.hints")), kinds, columns)
    _choices(table, book.worksheets[1].title, kinds, columns)
    _fill(book.create_sheet(say("activity.sheet.example")), kinds, columns, _example(kinds), 3)
    whole = io.BytesIO()
    book.save(whole)
    return whole.getvalue()


def _fill(
    sheet: Any, kinds: Catalogue, columns: Sequence[str], activities: Sequence[Activity], rows: int
) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill

    wanted = form(kinds)
    for index, name in enumerate(columns, 1):
        cell = sheet.cell(1, index, wanted.heading(name) + (" *" if name in NEEDED else ""))
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color="1F5C99")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[cell.column_letter].width = _WIDTHS.get(name, _USUAL_WIDTH)
    sheet.freeze_panes = "C2"
    top = Alignment(vertical="top", wrap_text=True)
    for number in range(2, rows + 2):
        values = _values(kinds, activities[number - 2]) if number - 2 < len(activities) else {}
        for index, name in enumerate(columns, 1):
            cell = sheet.cell(number, index)
            cell.alignment = top
            cell.number_format = _format(kinds, name)
            _put(cell, values.get(name))


def _format(kinds: Catalogue, column: str) -> str:
    if column in kinds.measures:
        return _COUNT
    return _DAY if column in ("first", "last") else _TEXT


def _values(kinds: Catalogue, one: Activity) -> dict[str, Any]:
    texts = {name: getattr(one, name) for name in (*BEFORE, *AFTER) if name not in ("kind", "done")}
    return {**texts, **one.counts, "kind": kinds.label(one.kind), "done": done_word(one.done)}


def _put(cell: Any, value: str | int | date | None) -> None:
    """A text stays a text: with `=`, `+`, `-` or `@` in front it would else be run by whoever opens it."""
    if value is None or value == "":
        return
    cell.value = normalise(value) if isinstance(value, str) else value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value[0] in "=+-@\t\r"


def _hints(sheet: Any, kinds: Catalogue, columns: Sequence[str]) -> None:
    """What goes where; in E and F kinds and what is counted of them, H fields of law, J whether done."""
    from openpyxl.styles import Alignment, Font

    wanted = form(kinds)
    titles = {
        1: say("activity.hints.column"),
        2: say("activity.hints.needed"),
        3: say("activity.hints.what"),
        5: wanted.heading("kind"),
        6: say("activity.hints.counted"),
        8: wanted.heading("subject"),
        10: wanted.heading("done"),
    }
    for index, title in titles.items():
        sheet.cell(1, index, title).font = Font(bold=True)
    for number, name in enumerate(columns, 2):
        needed = say("activity.hints.yes") if name in NEEDED else ""
        for index, text in enumerate((wanted.heading(name), needed, _what(kinds, name)), 1):
            _put(sheet.cell(number, index), text)
            sheet.cell(number, index).alignment = Alignment(vertical="top", wrap_text=True)
    rules = ("rows", "counts", "not_here", "check")
    for number, name in enumerate(rules, len(columns) + 3):
        sheet.cell(number, 1, say(f"activity.hints.{name}", most=MOST_ACTIVITIES))
    for number, kind in enumerate(kinds.kinds.values(), 2):
        _put(sheet.cell(number, 5), kind.label)
        _put(sheet.cell(number, 6), "; ".join(kinds.measure(one).label for one in kind.measures))
    for number, one in enumerate(kinds.fields, 2):
        _put(sheet.cell(number, 8), one)
    for number, done in enumerate((True, False), 2):
        _put(sheet.cell(number, 10), done_word(done))
    for letter, width in zip("ABCDEFGHIJ", (24, 10, 70, 3, 40, 34, 3, 28, 3, 14), strict=True):
        sheet.column_dimensions[letter].width = width


def _what(kinds: Catalogue, column: str) -> str:
    if column in kinds.measures:
        of = [one.label for one in kinds.kinds.values() if column in one.measures]
        unit = kinds.measures[column].unit
        return say("activity.what.count", unit=unit, kinds="; ".join(of) or "–")
    return say(f"activity.what.{column}")


def _choices(table: Any, hints: str, kinds: Catalogue, columns: Sequence[str]) -> None:
    """Lists to choose from, and cells that take only whole numbers, only days."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    def over(column: str, rule: Any) -> None:
        letter = get_column_letter(columns.index(column) + 1)
        rule.add(f"{letter}2:{letter}{MOST_ACTIVITIES + 1}")
        table.add_data_validation(rule)

    for name, letter, length, strict in (
        ("kind", "E", len(kinds.kinds), True),
        ("subject", "H", len(kinds.fields), False),
        ("done", "J", 2, True),
    ):
        if length:
            source = f"'{hints}'!${letter}$2:${letter}${length + 1}"
            rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=strict)
            rule.error = say("activity.prompt.choose")
            over(name, rule)
    for code, measure in kinds.measures.items():
        rule = DataValidation(type="whole", operator="between", formula1="0", formula2=str(measure.most))
        rule.allow_blank, rule.showErrorMessage, rule.errorStyle = True, True, "stop"
        rule.error = say("activity.prompt.count")
        over(code, rule)


def _example(kinds: Catalogue) -> list[Activity]:
    """Two that a commune might have held; figures that nobody counted are left blank."""
    found = []
    for number, kind in enumerate(list(kinds.kinds.values())[:2], 1):
        told: dict[str, Any] = {
            name: say(f"activity.example.{name}_{number}") for name in ("title", "place", "note")
        }
        day = date(2026, 11, 4 + number)
        counts = dict.fromkeys(kind.measures[:1], 120)
        subject = kinds.fields[0] if kinds.fields else ""
        found.append(Activity(kind.code, first=day, last=day, subject=subject, counts=counts, **told))
    return found
