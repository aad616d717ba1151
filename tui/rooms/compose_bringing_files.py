"""Asking for files and taking them in: what is wrong stands in the dialog, and nothing is half done."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from textual import work
from textual.widget import Widget

from content.wording import say
from loa.services import bringing, contributing, excel_plan
from loa.services.bringing import Brought
from loa.services.excel_plan import ExcelPlan
from loa.services.people import Person
from loa.services.workspace import Workspace
from tui.dialogs.dialog import T
from tui.dialogs.questions import Asking, Field
from tui.dialogs.told import in_words
from tui.rooms.compose_manuscript import dropped
from tui.widgets.path_suggester import PathSuggester

MOST_TOLD = 8
"""Mistakes told at once; the rest show themselves when these are mended."""


class Trying(Asking[T]):
    """Asks, then does it in a thread; an error is told below the fields, and what was typed stays."""

    def __init__(self, title: str, body: str, fields: Sequence[Field]) -> None:
        super().__init__(title, body, fields)
        self._trying = False

    def action_close(self) -> None:
        if not self._trying:  # a thread cannot be called back: nothing is to be done behind a closed dialog
            super().action_close()

    def deed(self, values: dict[str, str]) -> T:
        """In a thread; what it returns is the dialog's answer, what it raises is told."""
        raise NotImplementedError

    def filled(self, values: dict[str, str]) -> None:
        if self._trying:
            return
        self._trying = True
        self.say_wrong(say("tui_bringing.reading"))
        self._try(values)

    @work(exclusive=True, group="trying")
    async def _try(self, values: dict[str, str]) -> None:
        try:
            done = await asyncio.to_thread(self.deed, values)
        except Exception as error:
            self._trying = False
            lines = in_words(error)
            more = [say("tui_bringing.more", count=len(lines) - MOST_TOLD)] if len(lines) > MOST_TOLD else []
            self.say_wrong("\n".join([*lines[:MOST_TOLD], *more]))
            return
        self.dismiss(done)


def path_field(example: str) -> Field:
    """A path, typed, pasted or dropped: quotes and `file://` around it are no part of it."""

    def check(written: str) -> str:
        return (
            "" if dropped(written, any_file=True) else say("tui_bringing.no_file", path=written.strip()[:300])
        )

    return Field("path", say("tui_bringing.path"), hint=example, required=True, check=check)


def paths_of(values: dict[str, str]) -> list[Path]:
    return dropped(values["path"], any_file=True)


class _WithPath(Trying[T]):
    ENDINGS: tuple[str, ...] = ()

    def compose_fields(self) -> Iterator[Widget]:
        for widget in super().compose_fields():
            yield widget
            if widget.id == "field-path":
                self.field_suggests(widget)

    def field_suggests(self, widget: Widget) -> None:
        """→ at the end of what is typed takes the rest of a name; not in a browser, which is elsewhere."""
        if "WebDriver" in os.environ.get("TEXTUAL_DRIVER", ""):
            return
        widget.suggester = PathSuggester(self.ENDINGS)  # type: ignore[attr-defined]


class BringFiles(_WithPath[list[Brought]]):
    """Word and Markdown files. A Word file becomes a draft; with a guest's name everything does."""

    ENDINGS = (".docx", ".md")
    CONFIRM = "tui_bringing.button.bring"

    def __init__(self, workspace: Workspace, person: Person) -> None:
        guest = Field("guest", say("tui_bringing.guest"), hint=say("tui_bringing.guest_hint"))
        fields = [path_field(say("tui_bringing.file_hint")), guest]
        super().__init__(say("tui_bringing.way.file"), say("tui_bringing.file_body"), fields)
        self._workspace, self._person = workspace, person

    def deed(self, values: dict[str, str]) -> list[Brought]:
        paths, guest = paths_of(values), values["guest"].strip()
        if guest:
            return contributing.take_in(self._workspace, self._person, paths, guest)
        return bringing.take_in(self._workspace, self._person, paths)


class BringPlan(_WithPath[ExcelPlan]):
    """An Excel plan, read and not yet made."""

    ENDINGS = (".xlsx",)
    CONFIRM = "tui_bringing.button.read"

    def __init__(self, workspace: Workspace) -> None:
        fields = [path_field(say("tui_bringing.plan_hint"))]
        super().__init__(say("tui_bringing.way.plan"), say("tui_bringing.plan_body"), fields)
        self._workspace = workspace

    def deed(self, values: dict[str, str]) -> ExcelPlan:
        return excel_plan.read(self._workspace, paths_of(values)[0])
