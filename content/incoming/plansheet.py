"""Writing the plan as `.xlsx`: the empty template, or posts, one a row; both are read back by `planfile`."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from content.incoming.planfile import ABOUT_MEDIA, COLUMNS, MOST_POSTS, NEEDED, heading
from content.kinds import KINDS
from content.post import Post
from content.text import count
from content.wording import say

LONGEST_CELL = 32_767
"""UTF-16 units that a cell of Excel holds; openpyxl would cut the rest off without a word."""
_WIDTHS = {
    "day": 13, "time": 9, "title": 44, "kind": 18, "channels": 22, "summary": 40, "body": 70, "media": 22,
    "alt": 36, "rights": 26, "people": 30, "link": 28, "citations": 36, "tags": 20, "audience": 18,
    "deadline": 18, "id": 26, "revision": 7,
}  # fmt: skip
_FORMATS = {"day": "dd/mm/yyyy", "time": "hh:mm", "deadline": "dd/mm/yyyy hh:mm", "revision": "0"}
_TEXT = "@"  # as typed: Excel makes no date of 09/11 and no formula of =


@dataclass(frozen=True)
class Row:
    """A post and the revision that it is."""

    post: Post
    revision: int


def fits(post: Post) -> bool:
    """Whether every text of the post goes into one cell."""
    return all(not isinstance(v, str) or count(v, "utf16") <= LONGEST_CELL for v in _values(post).values())


def workbook(rows: Sequence[Row], channels: Sequence[tuple[str, str]], zone: ZoneInfo) -> bytes:
    """The plan's sheet and the sheet of hints, with lists to choose from. `channels` are ids and names."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font, PatternFill

    book = Workbook()
    plan = book.active
    plan.title = say("plan.sheet")
    for index, name in enumerate(COLUMNS, 1):
        cell = plan.cell(1, index, heading(name) + (" *" if name in NEEDED else ""))
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", start_color="1F5C99")
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        plan.column_dimensions[cell.column_letter].width = _WIDTHS[name]
    plan.freeze_panes = "A2"
    top = Alignment(vertical="top", wrap_text=True)
    # Blank rows are formatted too: what is typed there is to be read as it was meant.
    for number in range(2, max(len(rows), 100) + 2):
        values = _values(rows[number - 2].post, zone) if number - 2 < len(rows) else {}
        if values:
            values["revision"] = rows[number - 2].revision
        for index, name in enumerate(COLUMNS, 1):
            cell = plan.cell(number, index)
            _put(cell, values.get(name))
            cell.number_format = _FORMATS.get(name, _TEXT)
            cell.alignment = top
    _hints(book, channels, zone)
    _lists(book, plan, len(channels))
    whole = io.BytesIO()
    book.save(whole)
    return whole.getvalue()


def _values(post: Post, zone: ZoneInfo | None = None) -> dict[str, Any]:
    due = post.due.astimezone(zone).replace(tzinfo=None) if post.due else None
    deadline = post.deadline.astimezone(zone).replace(tzinfo=None) if post.deadline else None
    return {
        "day": due.date() if due else None,
        "time": due.time() if due else None,
        "title": post.title,
        "kind": KINDS[post.kind].label if post.kind in KINDS else post.kind,
        "channels": ", ".join(post.channels),
        "summary": post.summary,
        "body": post.body,
        "media": "\n".join(item.file for item in post.media),
        **{name: "\n".join(getattr(item, name) for item in post.media) for name in ABOUT_MEDIA},
        "link": post.link,
        "citations": "\n".join(post.citations),
        "tags": ", ".join(post.tags),
        "audience": post.audience,
        "deadline": deadline,
        "id": post.key,
    }


def _put(cell: Any, value: str | int | date | datetime | time | None) -> None:
    """A text stays a text: with `=`, `+`, `-` or `@` in front it would else be run by whoever opens it."""
    if value is None or value == "":
        return
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value[0] in "=+-@\t\r"


def _hints(book: Any, channels: Sequence[tuple[str, str]], zone: ZoneInfo) -> None:
    """What goes where, and the allowed values: kinds in column F, channels in H and their names in I."""
    from openpyxl.styles import Alignment, Font

    sheet = book.create_sheet(say("plan.sheet_hints"))
    titles = (*(say(f"plan.hints.{name}") for name in ("column", "needed", "what", "example")), None)
    titles = (*titles, heading("kind"), None, heading("channels"), say("plan.hints.channel_name"))
    for index, title in enumerate(titles, 1):
        if title:
            sheet.cell(1, index, title).font = Font(bold=True)
    for number, name in enumerate(COLUMNS, 2):
        told = (
            heading(name),
            say("plan.hints.yes") if name in NEEDED else "",
            say(f"plan.what.{name}", zone=zone.key),
            say(f"plan.example.{name}"),
        )
        for index, text in enumerate(told, 1):
            _put(sheet.cell(number, index), text)
            sheet.cell(number, index).alignment = Alignment(vertical="top", wrap_text=True)
    for number, line in enumerate(("rules", "dry_run"), len(COLUMNS) + 3):
        sheet.cell(number, 1, say(f"plan.hints.{line}", most=MOST_POSTS))
    for number, kind in enumerate(_kinds(), 2):
        sheet.cell(number, 6, kind)
    for number, (channel, name) in enumerate(channels, 2):
        _put(sheet.cell(number, 8), channel)
        _put(sheet.cell(number, 9), name)
    for letter, width in zip("ABCDEFGHI", (18, 10, 70, 34, 3, 24, 3, 20, 34), strict=True):
        sheet.column_dimensions[letter].width = width


def _kinds() -> list[str]:
    return [kind.label for kind in KINDS.values() if kind.publishable]


def _lists(book: Any, plan: Any, channels: int) -> None:
    """Lists to choose from. Several channels in one cell are allowed, so that list only proposes."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    hints = book.worksheets[1].title
    for name, letter, length, strictness in (
        ("kind", "F", len(_kinds()), "stop"),
        ("channels", "H", channels, None),
    ):
        if not length:
            continue
        choice = DataValidation(
            type="list",
            formula1=f"'{hints}'!${letter}$2:${letter}${length + 1}",
            allow_blank=True,
            showErrorMessage=strictness is not None,
            errorStyle=strictness,
            showInputMessage=True,
            promptTitle=heading(name),
            prompt=say(f"plan.prompt.{name}"),
            error=say("plan.prompt.kind"),
        )
        column = get_column_letter(COLUMNS.index(name) + 1)
        choice.add(f"{column}2:{column}{MOST_POSTS + 1}")
        plan.add_data_validation(choice)
