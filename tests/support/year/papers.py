"""What a reader finds in a finished report file: its tables and sentences, taken out without Loa."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
Rows = list[list[str]]


@dataclass
class Paper:
    """Tables by the words above them, headings first; and all other text."""

    tables: dict[str, Rows] = field(default_factory=dict)
    text: list[str] = field(default_factory=list)


def word(data: bytes) -> Paper:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        body = ElementTree.fromstring(packed.read("word/document.xml")).find(f"{W}body")
    assert body is not None
    paper = Paper()
    for part in body:
        if part.tag == f"{W}p":
            paper.text.append("".join(run.text or "" for run in part.iter(f"{W}t")))
        elif part.tag == f"{W}tbl":
            caption = next((text for text in reversed(paper.text) if text), "")
            paper.tables[caption] = [
                ["".join(run.text or "" for run in cell.iter(f"{W}t")) for cell in row.findall(f"{W}tc")]
                for row in part.findall(f"{W}tr")
            ]
    return paper


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.paper, self._heading, self._held = Paper(), "", ""
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        if tag in ("h1", "h2", "td", "th", "li", "p", "desc", "title", "a", "b", "button", "table", "tr"):
            if tag in ("h2", "td", "th", "li", "p", "desc"):
                self._held = ""
            if tag == "table":
                self.paper.tables[self._heading] = []
            if tag == "tr":
                self.paper.tables[self._heading].append([])
        del attributes

    def handle_data(self, data: str) -> None:
        self._held += data

    def handle_endtag(self, tag: str) -> None:
        said = " ".join(self._held.split())
        if tag == "h2":
            self._heading = said
        elif tag in ("td", "th"):
            self.paper.tables[self._heading][-1].append(said)
        elif tag in ("li", "p", "desc"):
            self.paper.text.append(said)


def page(data: bytes) -> Paper:
    reader = _Page()
    reader.feed(data.decode("utf-8"))
    return reader.paper


def workbook(data: bytes) -> dict[str, list[list[Any]]]:
    """By sheet: the cells as stored; a formula `=SUM(B2:B6)` is reckoned here."""
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data))
    found = {}
    for sheet in book.worksheets:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for row in rows:
            for place, value in enumerate(row):
                if isinstance(value, str) and (told := re.fullmatch(r"=SUM\(([A-Z])2:\1(\d+)\)", value)):
                    row[place] = sum(one[place] for one in rows[1 : int(told[2])])
        found[sheet.title] = rows
    return found


def lines(data: bytes) -> list[dict[str, str]]:
    """The lines of a CSV by its headings."""
    headings, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
    return [dict(zip(headings, row, strict=True)) for row in rows]


def number(cell: str) -> int | float | None:
    """`12.345`, `3,5`, “không có số liệu”; what is neither is an error."""
    if cell in ("không có số liệu", "không cộng"):
        return None
    assert re.fullmatch(r"\d{1,3}(\.\d{3})*(,\d)?", cell), f"not a Vietnamese number: {cell!r}"
    told = cell.replace(".", "")
    return float(told.replace(",", ".")) if "," in told else int(told)


def moment(cell: str) -> datetime:
    return datetime.strptime(cell, "%d/%m/%Y %H:%M")  # noqa: DTZ007 local, as it is written
