"""A sheet of paper as PDF: Markdown laid out with reportlab, letters embedded, the same bytes every time."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

from markdown_it.tree import SyntaxTreeNode

from connectors.outlets.letters import FAMILY, IN_PLACE, has, register, shown
from content.markdown import Markdown
from content.text import normalise
from content.variant import MediaRef

MM = 72 / 25.4
"""Points of a millimetre."""
SIZES = {"A4": (210 * MM, 297 * MM), "A5": (148 * MM, 210 * MM)}
QR_SIDE = 26 * MM
"""At least; any telephone reads it from half a metre."""
COLUMNS_MOST = 8
_CELLS = (("VALIGN", (0, 0), (-1, -1), "TOP"), ("FONTNAME", (0, 0), (-1, -1), FAMILY))
_DRAWING = threading.Lock()
"""reportlab keeps fonts for the whole process; one sheet at a time is fast enough."""


class Unprintable(ValueError):
    """A text that cannot be laid out (a table cell taller than a page)."""


@dataclass(frozen=True)
class Sheet:
    """What stands on the paper. `lead` is set bold, `small` small behind the text, `foot` on every page.

    `pictures` gives the file of a picture of the text; None draws an empty frame of its size (checks).
    """

    title: str
    text: str
    unit: str
    lead: str = ""
    small: Sequence[str] = ()
    foot: str = ""
    link: str = ""
    link_words: str = ""
    media: Sequence[MediaRef] = ()
    pictures: Callable[[MediaRef], Path] | None = None
    made_at: datetime | None = None


@dataclass(frozen=True)
class Paper:
    """A finished sheet. `over`: the first words beyond the pages allowed."""

    data: bytes
    pages: int
    size: float
    fits: bool = True
    over: str = ""


@dataclass(frozen=True)
class Format:
    """A size of paper, its letters in points from large to small, its margin, its pages at most (0: any)."""

    paper: str
    letters: tuple[float, ...]
    margin: float = 15 * MM
    pages: int = 0
    leading: float = 1.35


def draw(sheet: Sheet, form: Format) -> Paper:
    """The sheet in the largest letters with which it fits; in the smallest when it does not fit at all.

    One page is preferred where it takes no more than the next smaller letters.
    """
    drawn: list[Paper] = []
    for size in form.letters:
        with _DRAWING:
            drawn.append(_drawn(sheet, form, size))
        if drawn[-1].pages == 1 or (drawn[0].pages <= form.pages and len(drawn) == 2) or not form.pages:
            break
    if drawn[-1].pages == 1:
        return drawn[-1]
    return next((paper for paper in drawn if paper.fits), drawn[-1])


def _drawn(sheet: Sheet, form: Format, size: float) -> Paper:
    from reportlab.platypus import SimpleDocTemplate
    from reportlab.platypus.doctemplate import LayoutError

    register()
    width, height = SIZES[form.paper]
    over: list[str] = []

    class Document(SimpleDocTemplate):  # type: ignore[misc]
        def afterFlowable(self, flowable: Any) -> None:  # noqa: N802 reportlab's name
            if form.pages and self.page > form.pages and not over and (words := _words(flowable)):
                over.append(words)

    out = io.BytesIO()
    document = Document(
        out,
        pagesize=(width, height),
        leftMargin=form.margin,
        rightMargin=form.margin,
        topMargin=form.margin,
        bottomMargin=form.margin + (5 * MM if sheet.foot else 0),
        title=sheet.title,
        author=sheet.unit,
        lang="vi-VN",
        invariant=1,
        initialFontName=FAMILY,
    )

    def foot(canvas: Any, made: Any) -> None:
        _date(canvas, sheet.made_at)
        canvas.setFont(FAMILY, 7.5)
        canvas.drawString(form.margin + 6, form.margin * 0.7, shown(sheet.foot))
        canvas.drawRightString(width - form.margin - 6, form.margin * 0.7, str(made.page))

    story = _Story(sheet, size, form.leading, width - 2 * form.margin - 12, height).made()
    try:
        document.build(story, onFirstPage=foot, onLaterPages=foot)
    except (LayoutError, ValueError) as error:
        raise Unprintable(str(error)[:200]) from None
    fits = not form.pages or document.page <= form.pages
    return Paper(out.getvalue(), document.page, size, fits, over[0] if over else "")


def _words(flowable: Any) -> str:
    """The first line of a paragraph, or of the rest of one that a page's end has torn."""
    lines = getattr(getattr(flowable, "blPara", None), "lines", None)
    if not lines:
        return ""
    first = lines[0]  # (room left, words), or where letters change within it an object with runs of them
    words = first[1] if isinstance(first, tuple) else [run.text for run in first.words]
    return " ".join(" ".join(words).split())[:60]


def _date(canvas: Any, moment: datetime | None) -> None:
    """The file's own date is the delivery's, not that of the machine."""
    if moment is not None:
        stamp = canvas._doc._timeStamp
        stamp.t, stamp.lt = moment.timestamp(), time.gmtime(moment.timestamp())
        stamp.YMDhms = tuple(stamp.lt)[:6]


@dataclass
class _Story:
    """One sheet as reportlab's flowables."""

    sheet: Sheet
    size: float
    leading: float
    width: float
    height: float
    placed: set[str] = field(default_factory=set)

    def made(self) -> list[Any]:
        from reportlab.platypus import HRFlowable, Spacer

        sheet, gap = self.sheet, self.size * 0.6
        story = [
            self._paragraph(
                escape(shown(sheet.unit.upper())), self._style("unit", 0.78, bold=True, colour="#7a1f1f")
            ),
            HRFlowable(width="100%", thickness=0.8, color="#7a1f1f", spaceBefore=2, spaceAfter=gap),
            self._paragraph(escape(shown(sheet.title)), self._style("title", 1.7, bold=True, after=gap)),
        ]
        if sheet.lead:
            story.append(
                self._paragraph(escape(shown(sheet.lead)), self._style("lead", 1.05, bold=True, after=gap))
            )
        tree = SyntaxTreeNode(Markdown(breaks=True, maxNesting=100).parse(normalise(sheet.text)))
        for node in tree.children:
            story += self._block(node)
        for ref in sheet.media:
            if ref.mime.startswith("image/") and ref.name not in self.placed:
                story += self._figure(ref, ref.alt)
        story.append(Spacer(1, gap))
        story += self._end()
        return story

    def _end(self) -> list[Any]:
        from reportlab.platypus import HRFlowable, KeepTogether, Table

        sheet = self.sheet
        style = self._style("small", 0.78, after=1.5)
        lines = [self._paragraph(escape(shown(line)), style) for line in sheet.small if line]
        if not sheet.link:
            return [
                KeepTogether([HRFlowable(width="100%", thickness=0.5, color="#888888", spaceAfter=4), *lines])
            ]
        address = self._paragraph(f"{escape(shown(sheet.link_words))}<br/>{escape(shown(sheet.link))}", style)
        side = max(QR_SIDE, self.size * 2.2 * MM)
        table = Table(
            [[_qr(sheet.link, side), [*lines, address]]],
            colWidths=[side + 8, self.width - side - 8],
            style=[*_CELLS, ("LEFTPADDING", (0, 0), (-1, -1), 0)],
        )
        return [KeepTogether([HRFlowable(width="100%", thickness=0.5, color="#888888", spaceAfter=4), table])]

    def _style(
        self,
        name: str,
        times: float,
        *,
        bold: bool = False,
        after: float = 0,
        left: float = 0,
        colour: str = "#000000",
    ) -> Any:
        from reportlab.lib.styles import ParagraphStyle

        size = self.size * times
        return ParagraphStyle(
            name,
            fontName=f"{FAMILY}-Bold" if bold else FAMILY,
            fontSize=size,
            leading=size * self.leading,
            spaceAfter=after,
            leftIndent=left,
            textColor=colour,
            keepWithNext=int(name == "heading"),
            splitLongWords=1,
            allowWidows=0,
            allowOrphans=0,
        )

    def _paragraph(self, markup: str, style: Any, bullet: str | None = None) -> Any:
        from reportlab.platypus import Paragraph

        return Paragraph(markup, style, bulletText=bullet)

    def _block(self, node: SyntaxTreeNode, depth: int = 0) -> list[Any]:
        gap = self.size * 0.5
        match node.type:
            case "heading":
                times = 1.25 if node.tag in ("h1", "h2") else 1.08
                return [
                    self._paragraph(
                        self._inline(node), self._style("heading", times, bold=True, after=gap * 0.6)
                    )
                ]
            case "paragraph":
                alone = [
                    one for one in node.children[0].children if one.type not in ("softbreak", "hardbreak")
                ]
                if len(alone) == 1 and alone[0].type == "image" and (ref := self._named(alone[0])):
                    return self._figure(ref, str(alone[0].attrs.get("title") or "") or ref.alt)
                words = self._inline(node)
                left = depth * self.size * 1.4
                return [self._paragraph(words, self._style("body", 1, after=gap, left=left))] if words else []
            case "bullet_list" | "ordered_list":
                return self._list(node, depth)
            case "table":
                return self._table(node)
            case "fence" | "code_block":
                return [self._paragraph(escape(shown(node.content)), self._style("body", 1, after=gap))]
            case "hr":
                return []
        return [made for child in node.children for made in self._block(child, depth + 1)]

    def _list(self, node: SyntaxTreeNode, depth: int) -> list[Any]:
        gap, indent = self.size * 0.35, self.size * 1.5
        made: list[Any] = []
        for number, item in enumerate(node.children, int(node.attrs.get("start", 1))):
            mark: str | None = f"{number}." if node.type == "ordered_list" else "•"
            for child in item.children:
                if child.type == "paragraph" and (words := self._inline(child)):
                    style = self._style("item", 1, after=gap, left=indent * (depth + 1))
                    style.bulletIndent, style.bulletFontName, style.bulletFontSize = (
                        indent * depth,
                        FAMILY,
                        self.size,
                    )
                    made.append(self._paragraph(words, style, mark))
                    mark = None
                else:
                    made += self._block(child, depth + 1)
        return made

    def _table(self, node: SyntaxTreeNode) -> list[Any]:
        from reportlab.platypus import Spacer, Table

        rows = [
            [
                self._paragraph(self._inline(cell), self._style("cell", 0.9, bold=cell.tag == "th"))
                for cell in row.children
            ]
            for part in node.children
            for row in part.children
        ]
        columns = max(map(len, rows))
        if columns > COLUMNS_MOST:  # too narrow for any word
            return [cell for row in rows for cell in row]
        lines = [*_CELLS, ("GRID", (0, 0), (-1, -1), 0.4, "#888888")]
        return [
            Table(rows, colWidths=[self.width / columns] * columns, style=lines, repeatRows=1, splitInRow=1),
            Spacer(1, self.size),
        ]

    def _figure(self, ref: MediaRef, caption: str) -> list[Any]:
        from reportlab.platypus import Image, KeepTogether, Spacer

        self.placed.add(ref.name)
        wide, high = ref.width or 1600, ref.height or 900
        scale = min(self.width / wide, self.height * 0.26 / high, 1)
        size = (wide * scale, high * scale)
        picture = (
            Spacer(*size)
            if self.sheet.pictures is None
            else Image(str(self.sheet.pictures(ref)), width=size[0], height=size[1], hAlign="CENTER")
        )
        style = self._style("caption", 0.8, after=self.size * 0.6, colour="#444444")
        style.alignment = 1
        return [
            KeepTogether(
                [Spacer(1, self.size * 0.4), picture, self._paragraph(escape(shown(caption)), style)]
            )
        ]

    def _named(self, node: SyntaxTreeNode) -> MediaRef | None:
        source = PurePosixPath(unquote(str(node.attrs.get("src", "")))).name
        return next((ref for ref in self.sheet.media if PurePosixPath(ref.name).name == source), None)

    def _inline(self, node: SyntaxTreeNode) -> str:
        return "".join(map(self._span, node.children)).strip()

    def _span(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "text" | "code_inline":
                return escape(
                    "".join(IN_PLACE.get(one, one) for one in node.content if one.isspace() or has(one))
                )
            case "softbreak" | "hardbreak":
                return "<br/>"
            case "image":
                return ""
            case "strong":
                return f"<b>{self._inline(node)}</b>"
            case "s":
                return f"<strike>{self._inline(node)}</strike>"
            case "link":
                words, address = self._inline(node), str(node.attrs.get("href", ""))
                target = escape(shown(unquote(address).removeprefix("mailto:").removeprefix("tel:")))
                return words if not address or target in words else f"{words} ({target})"
        return self._inline(node)


def _qr(address: str, size: float) -> Any:
    """The address as squares, drawn and not a picture, with its quiet zone."""
    import segno
    from reportlab.platypus import Flowable

    code = segno.make(address, error="m", micro=False, boost_error=False)
    rows = [list(row) for row in code.matrix_iter(border=4)]
    side = size / len(rows)

    class Code(Flowable):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.width = self.height = size

        def draw(self) -> None:
            self.canv.setFillColorRGB(0, 0, 0)
            for y, row in enumerate(rows, 1):
                start = None
                for x, dark in enumerate([*row, 0]):  # neighbours in one stroke: no hair line between them
                    if dark and start is None:
                        start = x
                    elif not dark and start is not None:
                        wide = (x - start) * side
                        self.canv.rect(start * side, size - y * side, wide, side, stroke=0, fill=1)
                        start = None

    return Code()
