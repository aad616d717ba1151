"""A report as a workbook (.xlsx): a sheet for every table, native charts, and where each figure comes from.

Numbers are numbers and times are times, so that a spreadsheet goes on reckoning with them and shows them in
its own language's way. Texts are texts whatever letter they begin with.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from content.text import normalise
from content.wording import say
from loa.reports import tables
from loa.reports.tables import Cell, Table
from loa.services.report_facts import Facts

COUNT, TENTHS, WHEN = "[$-42A]#,##0", "[$-42A]#,##0.0", "dd/mm/yyyy hh:mm"
"""`42A` is Vietnamese: 12.345 also where the computer speaks another language, if the program heeds it."""
FONT = "Times New Roman"
WIDEST = 60
MOST_ON_A_PAGE = 40
"""Rows of a table that is printed on one page with its chart."""
LONGEST_CELL = 32_000
"""Excel refuses a file with a cell of more than 32,767 characters."""
_CHARTS = {"ke-hoach": (2, 3), "kenh": (2, 4), "thang": (3, 3), "loai": (3, 3)}
"""First and last column of a table's chart; each row is a category."""


def made(facts: Facts, zone: ZoneInfo) -> bytes:
    """The workbook's bytes."""
    from openpyxl import Workbook

    book = Workbook()
    first: Any = book.active
    _about(first, facts, zone)
    for table in tables.every(facts, zone):
        sheet = book.create_sheet(say(f"report.sheet.{table.key}"))
        _fill(sheet, table, zone)
        if table.key in _CHARTS and table.rows:
            _chart(sheet, table, *_CHARTS[table.key])
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def of_table(table: Table, zone: ZoneInfo, notes: Sequence[str]) -> bytes:
    """A workbook of one table, with what has to be said of it below."""
    from openpyxl import Workbook
    from openpyxl.styles import Border

    book = Workbook()
    sheet: Any = book.active
    _fill(sheet, table, zone)
    for place, note in enumerate(notes, start=len(table.rows) + 3):
        cell = sheet.cell(place, 2)
        _set(cell, note, zone)
        cell.border = Border()
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def of_tables(found: Sequence[Table], zone: ZoneInfo, about: Sequence[str]) -> bytes:
    """A workbook with a sheet for each table, and first what has to be said of them."""
    from openpyxl import Workbook

    book = Workbook()
    first: Any = book.active
    first.title = say("report.sheet.about")
    for place, line in enumerate(about, start=1):
        _set(first.cell(place, 1), line, zone)
    first.column_dimensions["A"].width = 2 * WIDEST
    for table in found:
        sheet = book.create_sheet(re.sub(r"[\\/*?:\[\]]", " ", table.title)[:31] or table.key)
        _fill(sheet, table, zone)
    held = BytesIO()
    book.save(held)
    return held.getvalue()


def _about(sheet: Any, facts: Facts, zone: ZoneInfo) -> None:
    sheet.title = say("report.sheet.about")
    rows: list[tuple[str, Cell]] = [
        (say("report.about.unit"), facts.unit),
        (say("report.about.period"), facts.label),
        (say("report.about.first"), f"{facts.first:%d/%m/%Y}"),
        (say("report.about.last"), f"{facts.last:%d/%m/%Y}"),
        (say("report.about.as_of"), facts.as_of),
        *([(say("report.column.campaign"), facts.campaign_name)] if facts.campaign else []),
        (say("report.column.posts"), facts.posts),
        (say("report.column.deliveries"), facts.deliveries),
        (say("report.column.planned"), facts.plan.planned),
        (say("report.about.unread"), facts.unread),
        (say("report.about.read_late"), facts.read_late),
        (say("report.about.unavailable"), facts.unavailable),
        (say("report.about.missing"), say("report.about.missing_words")),
        (say("report.about.people"), say("report.about.people_words")),
    ]
    _headings(sheet, [say("report.column.key"), say("report.column.said")])
    for place, row in enumerate(rows, start=2):
        for column, value in enumerate(row, start=1):
            _set(sheet.cell(place, column), value, zone)
    _widths(sheet, [list(row) for row in rows], zone)


def _fill(sheet: Any, table: Table, zone: ZoneInfo) -> None:
    from openpyxl.utils import get_column_letter

    _headings(sheet, table.headings)
    body = table.rows[:-1] if table.total else table.rows
    for place, row in enumerate(table.rows, start=2):
        for column, value in enumerate(row, start=1):
            _set(sheet.cell(place, column), value, zone)
    if table.total:  # reckoned by the spreadsheet, so that a row that is struck out is struck from the sum
        last = len(body) + 2
        for column, value in enumerate(table.rows[-1], start=1):
            cell = sheet.cell(last, column)
            cell.font = _font(bold=True)
            if isinstance(value, int) and body:
                letter = get_column_letter(column)
                cell.value = f"=SUM({letter}2:{letter}{last - 1})"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(table.headings))}{max(2, len(body) + 1)}"
    _widths(sheet, [list(table.headings), *map(list, table.rows)], zone)


def _headings(sheet: Any, words: Sequence[str]) -> None:
    from openpyxl.styles import Alignment, PatternFill

    for column, word in enumerate(words, start=1):
        cell = sheet.cell(1, column)
        cell.value, cell.font, cell.border = word, _font(bold=True), _lines()
        cell.fill = PatternFill("solid", fgColor="E8EEF4")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _set(cell: Any, value: Cell, zone: ZoneInfo) -> None:
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Alignment

    cell.font, cell.border = _font(), _lines()
    cell.alignment = Alignment(wrap_text=isinstance(value, str), vertical="top")
    if isinstance(value, datetime):
        cell.value, cell.number_format = value.astimezone(zone).replace(tzinfo=None), WHEN
    elif isinstance(value, int | float):
        cell.value, cell.number_format = value, COUNT if isinstance(value, int) else TENTHS
    else:
        text = tables.in_words(value, zone)
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", normalise(text))[:LONGEST_CELL]
        cell.data_type, cell.quotePrefix = "s", True  # never a formula, also after it was edited


@lru_cache
def _font(*, bold: bool = False) -> Any:
    from openpyxl.styles import Font

    return Font(name=FONT, size=12, bold=bold)


@lru_cache
def _lines() -> Any:
    from openpyxl.styles import Border, Side

    side = Side("thin", color="808080")
    return Border(side, side, side, side)


def _widths(sheet: Any, rows: Sequence[Sequence[Cell]], zone: ZoneInfo) -> None:
    from openpyxl.utils import get_column_letter

    for place, column in enumerate(zip(*rows, strict=True), start=1):
        longest = max((len(tables.in_words(cell, zone)) for cell in column), default=0)
        sheet.column_dimensions[get_column_letter(place)].width = min(max(longest * 1.1 + 3, 10), WIDEST)


def _chart(sheet: Any, table: Table, first: int, last: int) -> None:
    from openpyxl.chart import BarChart, Reference

    rows = len(table.rows) - table.total
    if not rows:
        return
    chart = BarChart()
    chart.title, chart.style, chart.height, chart.width = table.title, 10, 9, 18
    chart.add_data(
        Reference(sheet, min_col=first, max_col=last, min_row=1, max_row=rows + 1), titles_from_data=True
    )
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=rows + 1))
    chart.x_axis.delete = chart.y_axis.delete = False  # openpyxl hides them since 3.1
    chart.y_axis.numFmt, chart.y_axis.scaling.min = COUNT, 0
    if first == last:
        chart.legend = None
    if rows <= MOST_ON_A_PAGE:
        sheet.page_setup.fitToHeight = 1  # no chart torn by the end of a page
    sheet.add_chart(chart, f"A{len(table.rows) + 4}")  # under it: beside it, the print would be tiny
