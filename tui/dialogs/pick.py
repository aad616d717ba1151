"""One of a few things."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui.dialogs.dialog import Dialog

_ABOUT_COLUMNS = 63
"""What fits behind its indent in a dialog of full width: further lines stand below the first."""


class Pick(Dialog[str]):
    """Options as (value, name, a sentence on it or nothing); answers the value, None when it was closed."""

    CONFIRM = "tui.button.choose"

    def __init__(
        self, title: str, options: Sequence[tuple[str, str, str]], body: str = "", *, at: str = ""
    ) -> None:
        super().__init__(title, body)
        self._options = options
        self._at = next((place for place, option in enumerate(options) if option[0] == at), 0)

    def compose_fields(self) -> Iterator[Widget]:
        yield OptionList(*(Option(_prompt(name, about)) for _, name, about in self._options), compact=True)

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        options.highlighted = self._at if self._options else None
        self.set_focus(options)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        self.dismiss(self._options[message.option_index][0])

    def confirm(self) -> None:
        place = self.query_one(OptionList).highlighted
        self.dismiss(None if place is None else self._options[place][0])


def _prompt(name: str, about: str) -> Content:
    if not about:
        return Content(f" {name}")
    lines = (part for line in about.splitlines() for part in wrap(line, _ABOUT_COLUMNS) or [""])
    return Content.assemble((f" {name}", "bold"), *(f"\n   {line}" for line in lines))
