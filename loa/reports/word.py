"""A report as a Word file (.docx) in the layout of an administrative document.

Whatever is measured stands in a `Layout`; here is only where each element goes. The number is left for the
clerk and the seal for the stamp.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from content.text import fold
from content.wording import say
from loa.reports import tables
from loa.reports.layout import Layout, Style
from loa.reports.tables import Table
from loa.reports.texts import Block, Words, written_month
from loa.services.report_facts import Facts
from loa.settings import ReportConfig

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section
    from docx.text.paragraph import Paragraph

MOST_ROWS = 1_000
"""Of one table: Word takes minutes for longer ones; the spreadsheet holds them all."""
_POINT_MM = 25.4 / 72
_CELL_MARGINS_MM = 5.0


class Page:
    """Puts one report on paper."""

    def __init__(
        self, facts: Facts, words: Words, layout: Layout, about: ReportConfig, zone: ZoneInfo
    ) -> None:
        import docx

        self._facts, self._words, self._layout, self._about, self._zone = facts, words, layout, about, zone
        self._document: Document = docx.Document()
        self._set_up()

    def made(self, day: date) -> bytes:
        """The finished file, dated `day`."""
        main, after = _parted(self._words.blocks)
        self._head(day)
        self._title()
        for line in _addressed(self._layout.body["to"], self._about.to):
            self._line(line, "to", before=6)
        for block in _ended(_cited(main), self._layout.body["end"]):
            self._block(block)
        self._signature()
        for place, part in enumerate(after, start=1):
            self._appendix(part, place if len(after) > 1 else 0)
        held = BytesIO()
        self._document.save(held)
        return held.getvalue()

    # ---- the page

    def _set_up(self) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt

        normal: Any = self._document.styles["Normal"]
        normal.font.name, normal.font.size = self._layout.font, Pt(self._layout.styles["body"].size)
        fonts = normal.element.rPr.rFonts  # Word keeps the font of four scripts apart
        for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
            fonts.set(qn(script), self._layout.font)
        about = self._document.core_properties
        about.title, about.author = self._words.first("subject")[:250], self._facts.unit[:250]
        about.comments, about.language = "", "vi-VN"
        self._section(self._document.sections[0])

    def _section(self, section: Section) -> None:
        from docx.shared import Mm

        page = self._layout.page
        section.page_width, section.page_height = Mm(page["width"]), Mm(page["height"])
        section.top_margin, section.bottom_margin = Mm(page["top"]), Mm(page["bottom"])
        section.left_margin, section.right_margin = Mm(page["left"]), Mm(page["right"])
        section.header_distance = Mm(page["header"])
        section.different_first_page_header_footer = True  # no number on the first page
        section.header.is_linked_to_previous = False
        paragraph = section.header.paragraphs[0]
        self._shape(paragraph, self._layout.styles["page_number"])
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            run = paragraph.add_run()
            self._letters(run, self._layout.styles["page_number"])
            _field(run, kind, text)

    # ---- its parts

    def _head(self, day: date) -> None:
        head, about = self._layout.head, self._about
        table = self._frame((head["left"], head["right"]))
        left, right = table.rows[0].cells
        lines = [(about.parent.upper(), "parent"), (self._facts.unit.upper(), "agency")]
        for text, style in [one for one in lines if one[0]]:
            self._put(left, text, style)
        if head["under_agency"] == "rule":
            self._rule(
                left, head["left"], self._wide(self._facts.unit.upper(), "agency"), head["agency_rule"]
            )
        else:
            self._put(left, "*", "agency")
        self._put(right, head["state"], "state")
        if head["motto"]:
            self._put(right, head["motto"], "motto")
        under = "motto" if head["motto"] else "state"
        self._rule(right, head["right"], self._wide(head[under], under), head["motto_rule"])
        left, right = table.add_row().cells
        self._put(left, head["number"].replace("{code}", about.code), "number", before=6)
        place = head["place_and_date"].replace("{place}", about.place.strip() or head["blank"])
        dated = place.replace("{day}", f"{day.day:02d}").replace("{month}", written_month(day))
        self._put(right, dated.replace("{year}", str(day.year)), "date", before=6)
        for row in table.rows:
            row.cells[0].width, row.cells[1].width = _mm(head["left"]), _mm(head["right"])

    def _title(self) -> None:
        self._line(self._words.first("type").upper(), "type", before=18)
        subject = self._words.first("subject")
        self._line(subject, "subject")
        text = self._layout.page["width"] - self._layout.page["left"] - self._layout.page["right"]
        wide = min(self._wide(subject, "subject"), text)
        self._rule(self._document, text, wide, self._layout.head["type_rule"])
        self._line("", "body", after=2)

    def _block(self, block: Block) -> None:
        if block.sort in ("type", "subject"):
            return
        if block.sort == "table":
            self._table(tables.names()[block.text](self._facts, self._zone))
            return
        style = {"basis": "basis", "heading": "heading", "subheading": "heading"}.get(block.sort, "body")
        text = {"item": f"- {block.text}", "blank": f"({block.text})"}.get(block.sort, block.text)
        paragraph = self._line(text, style, after=self._layout.body["after"], indented=True)
        if block.sort in ("heading", "subheading"):
            paragraph.paragraph_format.keep_with_next = True

    def _table(self, table: Table) -> None:
        caption = self._line(table.title, "caption", before=6)
        caption.paragraph_format.keep_with_next = True
        shown = table.rows if len(table.rows) <= MOST_ROWS else table.rows[:MOST_ROWS]
        made = self._document.add_table(rows=1, cols=len(table.headings))
        made.style, made.alignment, made.autofit = "Table Grid", 1, False
        small = self._layout.styles["table"]
        widths = self._widths(table)
        for column, width in zip(made.columns, widths, strict=True):
            column.width = _mm(width)
        _repeat(made.rows[0])
        for cell, text, width in zip(made.rows[0].cells, table.headings, widths, strict=True):
            cell.width = _mm(width)
            self._cell(cell, text, Style(small.size, bold=True, align="center"))
        for place, row in enumerate(shown):
            last = table.total and place == len(table.rows) - 1
            drawn = made.add_row()
            _whole(drawn)
            for cell, value, width in zip(drawn.cells, row, widths, strict=True):
                cell.width = _mm(width)
                align = "right" if isinstance(value, int | float) else "left"
                self._cell(
                    cell, tables.in_words(value, self._zone), Style(small.size, bold=last, align=align)
                )
        if not table.rows:
            cells = made.add_row().cells
            self._cell(cells[0].merge(cells[-1]), say("report.empty_table"), small)
        if len(table.rows) > len(shown):
            self._line(say("report.cut_table", shown=len(shown), all=len(table.rows)), "caption")
        self._line("", "body", after=4)

    def _widths(self, table: Table) -> list[float]:
        """The line's millimetres: to every column its longest word, what is left to those with long texts."""
        room = self._layout.page["width"] - self._layout.page["left"] - self._layout.page["right"]
        letter = self._layout.styles["table"].size * 0.52 * _POINT_MM
        least, wanted = [], []
        for place, heading in enumerate(table.headings):
            texts = [heading, *(tables.in_words(row[place], self._zone) for row in table.rows[:200])]
            word = max(len(word) for text in texts for word in text.split(" "))
            least.append(min(max(word + 1, 5), 18) * letter + _CELL_MARGINS_MM)
            wanted.append(max(least[-1], min(max(map(len, texts)), 40) * letter + _CELL_MARGINS_MM))
        spare, asked = room - sum(least), sum(wanted) - sum(least)
        if spare <= 0 or asked <= 0:
            return [room * one / sum(least) for one in least]
        return [low + spare * (high - low) / asked for low, high in zip(least, wanted, strict=True)]

    def _signature(self) -> None:
        head, body = self._layout.head, self._layout.body
        table = self._frame((80, head["left"] + head["right"] - 80))
        _whole(table.rows[0])
        left, right = table.rows[0].cells
        self._put(left, body["notice"], "notice")
        for line in _listed(_recipients(self._about)):
            self._put(left, line, "recipient")
        for line in self._about.authority:
            self._put(right, line.upper(), "authority")
        self._put(right, "", "authority", after=body["seal_room"])
        self._put(right, self._about.signer or head["blank"], "signer")

    def _appendix(self, blocks: Sequence[Block], place: int) -> None:
        from docx.enum.section import WD_SECTION

        section = self._document.add_section(WD_SECTION.NEW_PAGE)
        self._section(section)
        _count_anew(section)
        self._line(f"Phụ lục {_roman(place)}".strip(), "appendix")
        self._line(blocks[0].text, "appendix", after=6)
        for block in blocks[1:]:
            self._block(block)

    # ---- letters

    def _frame(self, widths: tuple[float, float]) -> Any:
        table = self._document.add_table(rows=1, cols=2)
        table.autofit = False
        _no_inner_margins(table)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = _mm(width)
            for cell in column.cells:
                cell.width = _mm(width)
        return table

    def _put(self, cell: Any, text: str, style: str, *, before: float = 0, after: float = 0) -> None:
        first = cell.paragraphs[0]  # a cell is never without a paragraph
        empty = len(cell.paragraphs) == 1 and not first.runs
        paragraph = first if empty else cell.add_paragraph()
        self._shape(paragraph, self._layout.styles[style], before=before, after=after)
        self._letters(paragraph.add_run(text), self._layout.styles[style])

    def _cell(self, cell: Any, text: str, style: Style) -> None:
        paragraph = cell.paragraphs[0]
        self._shape(paragraph, style)
        self._letters(paragraph.add_run(text), style)

    def _line(
        self, text: str, style: str, *, before: float = 0, after: float = 0, indented: bool = False
    ) -> Paragraph:
        paragraph = self._document.add_paragraph()
        self._shape(paragraph, self._layout.styles[style], before=before, after=after)
        if indented:
            paragraph.paragraph_format.first_line_indent = _mm(self._layout.body["first_line"])
            paragraph.paragraph_format.line_spacing = self._layout.body["line"]
        self._letters(paragraph.add_run(text), self._layout.styles[style])
        return paragraph

    def _shape(self, paragraph: Paragraph, style: Style, *, before: float = 0, after: float = 0) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
        from docx.shared import Pt

        form = paragraph.paragraph_format
        form.alignment = getattr(ALIGN, style.align.upper())
        form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), 1.0

    def _letters(self, run: Any, style: Style) -> None:
        from docx.shared import Pt

        run.font.size, run.font.bold, run.font.italic = Pt(style.size), style.bold, style.italic

    def _wide(self, text: str, style: str) -> float:
        """Width of a line in millimetres; marks take no room."""
        from reportlab.pdfbase.pdfmetrics import stringWidth

        letters = self._layout.styles[style]
        bare = (
            fold(text).upper()
            if text.isupper()
            else "".join(
                plain.upper() if letter.isupper() else plain
                for letter, plain in zip(text, fold(text), strict=False)
            )
        )
        return (
            float(stringWidth(bare, "Times-Bold" if letters.bold else "Times-Roman", letters.size))
            * _POINT_MM
        )

    def _rule(self, room: Any, room_mm: float, text_mm: float, share: float) -> None:
        """A solid line in the middle: the upper border of a very low paragraph between two indents."""
        from docx.enum.text import WD_LINE_SPACING
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Pt

        paragraph = room.add_paragraph()
        side = max(0.0, (room_mm - min(text_mm, room_mm) * share) / 2)
        form = paragraph.paragraph_format
        form.left_indent = form.right_indent = _mm(side)
        form.space_before, form.space_after = Pt(1), Pt(0)
        form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(4)
        borders, top = OxmlElement("w:pBdr"), OxmlElement("w:top")
        for name, value in (("w:val", "single"), ("w:sz", "6"), ("w:space", "0"), ("w:color", "000000")):
            top.set(qn(name), value)
        borders.append(top)
        properties = paragraph._p.get_or_add_pPr()
        properties.insert_element_before(
            borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
        )


def made(facts: Facts, words: Words, layout: Layout, about: ReportConfig, zone: ZoneInfo, day: date) -> bytes:
    """The Word file of a report."""
    return Page(facts, words, layout, about, zone).made(day)


def _parted(blocks: Sequence[Block]) -> tuple[list[Block], list[list[Block]]]:
    """What comes before the signature, and the appendices after it, each begun by its heading."""
    main: list[Block] = []
    after: list[list[Block]] = []
    for block in blocks:
        if block.sort == "appendix":
            after.append([block])
        else:
            (after[-1] if after else main).append(block)
    return main, after


def _addressed(lead: str, to: Sequence[str]) -> list[str]:
    """`Kính gửi: A`, or each of several on a line of its own under it."""
    return [f"{lead} {to[0]}"] if len(to) == 1 else [lead, *_listed(to)] if to else []


def _recipients(about: ReportConfig) -> list[str]:
    """Without addressees there is no “above” for the recipients to name."""
    return [one for one in about.recipients if about.to or fold(one).strip(" .;") != "nhu tren"]


def _listed(lines: Sequence[str]) -> list[str]:
    return [f"- {line}" for line in _closed(lines)]


def _closed(lines: Sequence[str]) -> list[str]:
    """Each ends with a semicolon, the last with a full stop."""
    last = len(lines) - 1
    return [f"{line.rstrip(' .;')}{'.' if at == last else ';'}" for at, line in enumerate(lines)]


def _cited(blocks: Sequence[Block]) -> list[Block]:
    """The legal bases, closed as a list is."""
    closed = iter(_closed([one.text for one in blocks if one.sort == "basis"]))
    return [Block("basis", next(closed)) if one.sort == "basis" else one for one in blocks]


def _ended(blocks: Sequence[Block], end: str) -> list[Block]:
    """The last words of the body end with `./.`; after a table, or a place that is still to be filled in, a
    line of its own does."""
    found = list(blocks)
    if found and found[-1].sort in ("paragraph", "item"):
        last = found[-1]
        found[-1] = Block(last.sort, last.text if last.text.endswith(end) else last.text.rstrip(". ") + end)
    else:
        found.append(Block("paragraph", f"{say('report.so_much')}{end}"))
    return found


def _mm(value: float) -> Any:
    from docx.shared import Mm

    return Mm(value)


def _roman(number: int) -> str:
    marks = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    told = ""
    for value, mark in marks:
        while number >= value:
            told, number = told + mark, number - value
    return told


def _field(run: Any, kind: str, text: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    if kind:
        mark = OxmlElement("w:fldChar")
        mark.set(qn("w:fldCharType"), kind)
    else:
        mark = OxmlElement("w:instrText")
        mark.set(qn("xml:space"), "preserve")
        mark.text = text
    run._r.append(mark)


def _row_property(row: Any, name: str) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _repeat(row: Any) -> None:
    """This row heads every page of its table."""
    _whole(row)
    _row_property(row, "w:tblHeader")


def _whole(row: Any) -> None:
    """A row is not torn by the end of a page."""
    _row_property(row, "w:cantSplit")


def _no_inner_margins(table: Any) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for name in ("w:left", "w:right"):
        side = OxmlElement(name)
        side.set(qn("w:w"), "0")
        side.set(qn("w:type"), "dxa")
        margins.append(side)
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    properties.insert(list(properties).index(look), margins) if look is not None else properties.append(
        margins
    )


def _count_anew(section: Any) -> None:
    """An appendix has page numbers of its own."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    begin = OxmlElement("w:pgNumType")
    begin.set(qn("w:start"), "1")
    properties = section._sectPr
    for old in properties.findall(qn("w:pgNumType")):
        properties.remove(old)
    margins = properties.find(qn("w:pgMar"))
    properties.insert(list(properties).index(margins) + 1, begin)
