"""One report on paper: which element goes where. Whatever is measured stands in a `Layout`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from loa.reports import tables
from loa.reports.layout import Layout
from loa.reports.tables import Table
from loa.reports.texts import Block, Words, written_month
from loa.reports.word import grid
from loa.reports.word.lists import addressed, cited, ended, listed, parted, recipients, roman
from loa.reports.word.ooxml import count_anew, field, mm, whole
from loa.reports.word.pen import Pen
from loa.services.report_facts import Facts
from loa.settings import ReportConfig

if TYPE_CHECKING:
    from docx.document import Document
    from docx.section import Section

TOO_WIDE = 1.2
"""An appendix is laid across when a table of it asks for so many times the line of an upright page."""
NO_BREAK = "\u00a0"


class Page:
    """Puts one report on paper."""

    def __init__(
        self, facts: Facts, words: Words, layout: Layout, about: ReportConfig, zone: ZoneInfo
    ) -> None:
        import docx

        self._facts, self._words, self._layout, self._about, self._zone = facts, words, layout, about, zone
        self._document: Document = docx.Document()
        self._pen = Pen(self._document, layout)
        self._room = 0.0
        """Millimetres from margin to margin, of the section that is being written."""
        self._set_up()

    def made(self, day: date) -> bytes:
        """The finished file, dated `day`."""
        main, after = parted(self._words.blocks)
        self._head(day)
        self._title()
        for line in addressed(self._layout.body["to"], self._about.to):
            self._pen.line(line, "to", before=6)
        blocks = ended(cited(main), self._layout.body["end"])
        for before, block in zip([None, *blocks], blocks, strict=False):
            begins = block.sort == "basis" and (before is None or before.sort != "basis")
            self._block(block, before=6 if begins else 0, kept=block in blocks[-2:])
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

    def _section(self, section: Section, *, lying: bool = False) -> None:
        from docx.enum.section import WD_ORIENT

        page = self._layout.page
        width, height = page["width"], page["height"]
        section.orientation = WD_ORIENT.LANDSCAPE if lying else WD_ORIENT.PORTRAIT
        width, height = (height, width) if lying else (width, height)
        section.page_width, section.page_height = mm(width), mm(height)
        section.top_margin, section.bottom_margin = mm(page["top"]), mm(page["bottom"])
        section.left_margin, section.right_margin = mm(page["left"]), mm(page["right"])
        self._room = width - page["left"] - page["right"]
        section.header_distance = mm(page["header"])
        section.different_first_page_header_footer = True  # no number on the first page
        section.header.is_linked_to_previous = False
        paragraph = section.header.paragraphs[0]
        self._pen.shape(paragraph, self._layout.styles["page_number"])
        for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
            run = paragraph.add_run()
            self._pen.letters(run, self._layout.styles["page_number"])
            field(run, kind, text)

    # ---- its parts

    def _head(self, day: date) -> None:
        head, about = self._layout.head, self._about
        table = self._pen.frame((head["left"], head["right"]))
        left, right = table.rows[0].cells
        lines = [(about.parent.upper(), "parent"), (self._facts.unit.upper(), "agency")]
        for text, style in [one for one in lines if one[0]]:
            self._pen.put(left, text, style)
        if head["under_agency"] == "rule":
            self._pen.rule(
                left, head["left"], self._pen.wide(self._facts.unit.upper(), "agency"), head["agency_rule"]
            )
        else:
            self._pen.put(left, "*", "agency")
        self._pen.put(right, head["state"], "state")
        if head["motto"]:
            self._pen.put(right, head["motto"], "motto")
        under = "motto" if head["motto"] else "state"
        self._pen.rule(right, head["right"], self._pen.wide(head[under], under), head["motto_rule"])
        left, right = table.add_row().cells
        self._pen.put(left, head["number"].replace("{code}", about.code), "number", before=6)
        dated = self._dated(day)
        if self._pen.wide(dated, "date") > head["right"]:  # broken after the place, never within the date
            place, comma, on = dated.rpartition(", ")
            dated = f"{place}{comma}{on.replace(' ', NO_BREAK)}"
        self._pen.put(right, dated, "date", before=6)
        for row in table.rows:
            row.cells[0].width, row.cells[1].width = mm(head["left"]), mm(head["right"])

    def _dated(self, day: date) -> str:
        head = self._layout.head
        place = head["place_and_date"].replace("{place}", self._about.place.strip() or head["blank"])
        dated = place.replace("{day}", f"{day.day:02d}").replace("{month}", written_month(day))
        return str(dated.replace("{year}", str(day.year)))

    def _title(self) -> None:
        self._pen.line(self._words.first("type").upper(), "type", before=18)
        subject = self._words.first("subject")
        self._pen.line(subject, "subject")
        wide = min(self._pen.wide(subject, "subject"), self._room)
        self._pen.rule(self._document, self._room, wide, self._layout.head["type_rule"])
        self._pen.line("", "body", after=2)

    def _block(self, block: Block, *, before: float = 0, kept: bool = False) -> None:
        """`kept`: on the page of what follows, as the last words are that a signature stands under."""
        if block.sort in ("type", "subject"):
            return
        if block.sort == "table":
            size = self._layout.styles["table"].size
            table = self._tabled(block)
            grid.draw(self._document, self._pen, table, size, self._room, self._zone)
            return
        style = {"basis": "basis", "heading": "heading", "subheading": "heading"}.get(block.sort, "body")
        text = {"item": f"- {block.text}", "blank": f"({block.text})"}.get(block.sort, block.text)
        after = self._layout.body["after"]
        paragraph = self._pen.line(text, style, before=before, after=after, indented=True)
        if kept or block.sort in ("heading", "subheading"):
            paragraph.paragraph_format.keep_with_next = True

    def _tabled(self, block: Block) -> Table:
        return tables.names()[block.text](self._facts, self._zone)

    def _signature(self) -> None:
        head, body = self._layout.head, self._layout.body
        table = self._pen.frame((80, head["left"] + head["right"] - 80))
        whole(table.rows[0])
        left, right = table.rows[0].cells
        self._pen.put(left, body["notice"], "notice")
        for line in listed(recipients(self._about)):
            self._pen.put(left, line, "recipient")
        for line in self._about.authority:
            self._pen.put(right, line.upper(), "authority")
        self._pen.put(right, "", "authority", after=body["seal_room"])
        self._pen.put(right, self._about.signer or head["blank"], "signer")

    def _appendix(self, blocks: Sequence[Block], place: int) -> None:
        from docx.enum.section import WD_SECTION

        section = self._document.add_section(WD_SECTION.NEW_PAGE)
        size, page = self._layout.styles["table"].size, self._layout.page
        wanted = [
            sum(whole for _, whole in grid.asked(self._tabled(block), size, self._zone))
            for block in blocks
            if block.sort == "table"
        ]
        upright = page["width"] - page["left"] - page["right"]
        self._section(section, lying=max(wanted, default=0) > upright * TOO_WIDE)
        count_anew(section)
        self._pen.line(f"Phụ lục {roman(place)}".strip(), "appendix")
        self._pen.line(blocks[0].text, "appendix", after=6)
        for block in blocks[1:]:
            self._block(block)
