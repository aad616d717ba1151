"""The help page: the keymap, read out."""

from __future__ import annotations

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from content.wording import say
from tui import keymap
from tui.words import fit

_KEY_COLUMNS = 14


class HelpScreen(ModalScreen[None]):
    """Every key that does something, by place."""

    BINDINGS = keymap.bindings("help")

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Static(text(), markup=False)

    def action_scroll_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)

    def action_scroll_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)


def text() -> Text:
    whole = Text(say("tui.help.title"), style="bold")
    for place in keymap.PLACES:
        whole.append(f"\n\n{say(f'tui.help.{place}')}", style="bold")
        for key in keymap.of(place):
            keys = " ".join(keymap.shown(written) for written in key.keys)
            whole.append(f"\n  {fit(keys, _KEY_COLUMNS)}{say(f'tui.key.{key.name}.long')}", style="not bold")
    return whole
