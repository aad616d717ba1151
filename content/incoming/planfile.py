"""The officer's Excel plan as rows of cells: its columns, and where their mistakes are told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from content.finding import Finding
from content.incoming.sheetfile import Sheet as PlanSheet
from content.incoming.sheetfile import SheetForm, read_sheet
from content.incoming.sheetfile import SheetRow as PlanRow
from content.incoming.sheetfile import Value as Value
from content.wording import LANGUAGES, catalogue, say

COLUMNS = (
    "day", "time", "title", "kind", "channels", "summary", "body", "media", "alt", "rights", "people",
    "link", "citations", "tags", "audience", "deadline", "id", "revision",
)  # fmt: skip
NEEDED = ("title", "kind", "channels", "body")
ABOUT_MEDIA = ("alt", "rights", "people")
"""Columns with a line for each file of `media`, in the same order."""
MOST_POSTS = 500

__all__ = [
    "ABOUT_MEDIA",
    "COLUMNS",
    "MOST_POSTS",
    "NEEDED",
    "PlanRow",
    "PlanSheet",
    "Value",
    "heading",
    "read_plan",
]


def read_plan(path: Path) -> PlanSheet:
    """The plan in an `.xlsx` (see `read_sheet`); raises IncomingError for a file that is no plan at all."""
    spellings = {name: (heading(name), *(heading(name, one) for one in LANGUAGES)) for name in COLUMNS}
    found = read_sheet(path, SheetForm("plan", spellings, NEEDED, MOST_POSTS))
    pasted = [Finding("plan.pictures_pasted", "warn", path.name)] if found.pictures else []
    return replace(found, findings=[*pasted, *found.findings])


def heading(column: str, language: str = "") -> str:
    """A column's heading in the interface language, or in the given one."""
    return catalogue(language)[f"plan.heading.{column}"] if language else say(f"plan.heading.{column}")
