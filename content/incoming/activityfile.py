"""A table of activities that somebody filled in, `.xlsx` or `.csv`, as rows of cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from content.activity.kinds import Catalogue
from content.incoming.package import IncomingError
from content.incoming.sheetfile import Sheet, SheetForm, read_rows, read_sheet, refusal
from content.text import normalise
from content.wording import LANGUAGES, catalogue, say

BEFORE = ("kind", "title", "first", "last", "place", "subject")
AFTER = ("lead", "partners", "campaign", "done", "note")
"""The columns to the left and to the right of those for what was counted."""
NEEDED = ("kind", "title", "first")
MOST_ACTIVITIES = 1_000
LARGEST_CSV_BYTES = 4 * 1024 * 1024
ENDINGS = (".xlsx", ".csv")
_DELIMITERS = (";", ",", "\t")


def form(kinds: Catalogue) -> SheetForm:
    """What the table looks like: a column for every measure, which is called by its label or its code."""
    spellings = {name: _headings(name) for name in BEFORE}
    spellings |= {one.code: (one.label, one.code) for one in kinds.measures.values()}
    spellings |= {name: _headings(name) for name in AFTER}
    return SheetForm("activity", spellings, NEEDED, MOST_ACTIVITIES)


def read_file(path: Path, kinds: Catalogue) -> Sheet:
    """The table; raises IncomingError for a file that holds none, however it is wrong."""
    wanted = form(kinds)
    if path.suffix.lower() != ".csv":
        return read_sheet(path, wanted)
    text = _text(path, wanted)
    for delimiter in _DELIMITERS:  # a Vietnamese Excel parts columns by the semicolon, others by the comma
        if (found := read_rows(path, wanted, _lines(path, wanted, text, delimiter))) is not None:
            return found
    raise refusal(path, wanted, "no_header", names=", ".join(wanted.heading(name) for name in NEEDED))


def _lines(path: Path, wanted: SheetForm, text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:  # an endless cell
        raise refusal(path, wanted, "csv_damaged") from None


def _text(path: Path, wanted: SheetForm) -> str:
    try:
        if not path.is_file():  # a pipe would be waited for
            raise refusal(path, wanted, "csv_missing")
        with path.open("rb") as file:
            data = file.read(LARGEST_CSV_BYTES + 1)
    except ValueError:  # no path at all
        raise refusal(path, wanted, "csv_missing") from None
    except OSError as error:
        raise refusal(path, wanted, "csv_unread", reason=error.strerror or "") from None
    if len(data) > LARGEST_CSV_BYTES:
        raise refusal(path, wanted, "csv_large", mib=LARGEST_CSV_BYTES // 1024**2)
    try:
        # Excel's "Unicode text" begins with the mark of UTF-16.
        return normalise(data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"))
    except UnicodeDecodeError:
        raise refusal(path, wanted, "csv_encoding") from None


def _headings(column: str) -> tuple[str, ...]:
    key = f"activity.heading.{column}"
    return say(key), *(catalogue(language)[key] for language in LANGUAGES)


__all__ = ["AFTER", "BEFORE", "ENDINGS", "MOST_ACTIVITIES", "NEEDED", "IncomingError", "form", "read_file"]
