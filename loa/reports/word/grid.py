"""A report's tables on paper: headings on every page, whole rows, columns as wide as they need."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from content.wording import say
from loa.reports import tables
from loa.reports.layout import Style
from loa.reports.tables import Table
from loa.reports.word import measure
from loa.reports.word.ooxml import mm, repeat, whole
from loa.reports.word.pen import Pen

if TYPE_CHECKING:
    from docx.document import Document

MOST_ROWS = 1_000
"""Of one table: Word takes minutes for longer ones; the spreadsheet holds them all."""
SMALL = 14
"""Rows of a table that stays on one page."""
_MEASURED = 200
"""Rows whose texts say how wide the columns are."""


def asked(table: Table, size: float, zone: ZoneInfo) -> list[tuple[float, float]]:
    """What its columns ask for, in millimetres (`measure.asked`)."""
    rows = [[tables.in_words(cell, zone) for cell in row] for row in table.rows[:_MEASURED]]
    return measure.asked(table.headings, rows, size)


def draw(document: Document, pen: Pen, table: Table, size: float, room: float, zone: ZoneInfo) -> None:
    """The table under its caption, as wide as the line (`room`, in millimetres)."""
    caption = pen.line(table.title, "caption", before=6)
    caption.paragraph_format.keep_with_next = True
    shown = table.rows[:MOST_ROWS]
    together = len(shown) <= SMALL
    made = document.add_table(rows=1, cols=len(table.headings))
    made.style, made.alignment, made.autofit = "Table Grid", 1, False
    widths = [mm(one) for one in measure.shared(asked(table, size, zone), room)]
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    repeat(made.rows[0])
    for cell, text, width in zip(made.rows[0].cells, table.headings, widths, strict=True):
        cell.width = width
        paragraph = pen.cell(cell, text, Style(size, bold=True, align="center"))
        paragraph.paragraph_format.keep_with_next = True
    for place, row in enumerate(shown):
        last = place == len(shown) - 1
        drawn = made.add_row()
        whole(drawn)
        for cell, value, width in zip(drawn.cells, row, widths, strict=True):
            cell.width = width
            style = Style(
                size,
                bold=table.total and place == len(table.rows) - 1,
                align="right" if isinstance(value, int | float) else "left",
            )
            paragraph = pen.cell(cell, tables.in_words(value, zone), style)
            if together and not last:
                paragraph.paragraph_format.keep_with_next = True
    if not table.rows:
        cells = made.add_row().cells
        pen.cell(cells[0].merge(cells[-1]), say("report.empty_table"), Style(size))
    if len(table.rows) > len(shown):
        pen.line(say("report.cut_table", shown=len(shown), all=len(table.rows)), "caption")
    pen.line("", "body", after=4)
