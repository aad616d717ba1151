"""Writes lines, cells and rules in a layout's letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loa.reports.layout import Layout, Style
from loa.reports.word.measure import wide
from loa.reports.word.ooxml import line_above, mm, no_inner_margins

if TYPE_CHECKING:
    from docx.document import Document
    from docx.text.paragraph import Paragraph


class Pen:
    """Over one document."""

    def __init__(self, document: Document, layout: Layout) -> None:
        self._document, self._layout = document, layout

    def frame(self, widths: tuple[float, float]) -> Any:
        table = self._document.add_table(rows=1, cols=2)
        table.autofit = False
        no_inner_margins(table)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = mm(width)
            for cell in column.cells:
                cell.width = mm(width)
        return table

    def put(self, cell: Any, text: str, style: str, *, before: float = 0, after: float = 0) -> None:
        first = cell.paragraphs[0]  # a cell is never without a paragraph
        empty = len(cell.paragraphs) == 1 and not first.runs
        paragraph = first if empty else cell.add_paragraph()
        self.shape(paragraph, self._layout.styles[style], before=before, after=after)
        self.letters(paragraph.add_run(text), self._layout.styles[style])

    def cell(self, cell: Any, text: str, style: Style) -> Paragraph:
        paragraph: Paragraph = cell.paragraphs[0]
        self.shape(paragraph, style)
        self.letters(paragraph.add_run(text), style)
        return paragraph

    def line(
        self, text: str, style: str, *, before: float = 0, after: float = 0, indented: bool = False
    ) -> Paragraph:
        paragraph = self._document.add_paragraph()
        self.shape(paragraph, self._layout.styles[style], before=before, after=after)
        if indented:
            paragraph.paragraph_format.first_line_indent = mm(self._layout.body["first_line"])
            paragraph.paragraph_format.line_spacing = self._layout.body["line"]
        self.letters(paragraph.add_run(text), self._layout.styles[style])
        return paragraph

    def shape(self, paragraph: Paragraph, style: Style, *, before: float = 0, after: float = 0) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
        from docx.shared import Pt

        form = paragraph.paragraph_format
        form.alignment = getattr(ALIGN, style.align.upper())
        form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), 1.0

    def letters(self, run: Any, style: Style) -> None:
        from docx.shared import Pt

        run.font.size, run.font.bold, run.font.italic = Pt(style.size), style.bold, style.italic

    def wide(self, text: str, style: str) -> float:
        """Width of a line in millimetres."""
        letters = self._layout.styles[style]
        return wide(text, letters.size, bold=letters.bold)

    def rule(self, room: Any, room_mm: float, text_mm: float, share: float) -> None:
        """A solid line in the middle: the upper border of a very low paragraph between two indents."""
        from docx.enum.text import WD_LINE_SPACING
        from docx.shared import Pt

        paragraph = room.add_paragraph()
        side = max(0.0, (room_mm - min(text_mm, room_mm) * share) / 2)
        form = paragraph.paragraph_format
        form.left_indent = form.right_indent = mm(side)
        form.space_before, form.space_after = Pt(1), Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(4)
        line_above(paragraph)
