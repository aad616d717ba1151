"""What every dialog has: a box with a title, a line for what is wrong, two buttons."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from content.wording import say
from tui import keymap

T = TypeVar("T")


class Dialog(ModalScreen[T]):
    """Esc closes with None, Enter in a field or on a button confirms. Subclasses say what is in it."""

    BINDINGS = keymap.bindings("dialog")
    CONFIRM: ClassVar[str] = "tui.button.confirm"
    """What stands on the confirming button; empty: there is none."""
    CLOSE: ClassVar[str] = "tui.button.close"
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall"), (38, "-high")]  # noqa: RUF012 Textual's form
    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > #box { width: 72; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
                    border: round $primary; background: $surface; scrollbar-size-vertical: 1; }
    Dialog #said { height: auto; margin-bottom: 1; }
    Dialog #wrong { height: auto; color: $text-error; text-style: bold; display: none; margin-top: 1; }
    Dialog .label { height: auto; }
    Dialog Input { width: 1fr; background: $boost; }
    Dialog Input:focus { text-style: underline; }
    Dialog #buttons { height: 1; margin-top: 1; align-horizontal: right; }
    Dialog Button { margin-left: 1; min-width: 0; width: auto; padding: 0; background: $surface; }
    Dialog Button:focus { text-style: bold reverse; }
    Dialog OptionList { height: auto; max-height: 14; border: none; padding: 0; background: $surface; }
    Dialog.-tall OptionList { max-height: 20; }
    Dialog.-high OptionList { max-height: 30; }
    Dialog OptionList > .option-list--option-highlighted { text-style: reverse; }
    """

    def __init__(self, title: str, body: str = "") -> None:
        super().__init__()
        self._title, self._body = title, body

    def compose_fields(self) -> Iterator[Widget]:
        """What stands between the text and the buttons."""
        return iter(())

    def confirm(self) -> None:
        """Enter: `dismiss` with an answer, or say what is wrong."""
        self.dismiss(None)

    def say_wrong(self, sentence: str) -> None:
        place = self.query_one("#wrong", Static)
        place.display = bool(sentence)
        place.update(sentence)
        place.scroll_visible(animate=False)

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="box", can_focus=False) as box:
            box.border_title = Content(self._title)
            if self._body:
                yield Static(self._body, id="said", markup=False)
            yield from self.compose_fields()
            yield Static(id="wrong", markup=False)
            with Horizontal(id="buttons"):
                if self.CONFIRM:
                    yield Button(Content(f"[ {say(self.CONFIRM)} ]"), id="confirm", compact=True)
                yield Button(Content(f"[ {say(self.CLOSE)} ]"), id="close", compact=True)

    @on(Button.Pressed, "#confirm")
    @on(Input.Submitted)
    def _confirmed(self, message: Any) -> None:
        message.stop()
        self.confirm()

    @on(Button.Pressed, "#close")
    def _close_pressed(self, message: Button.Pressed) -> None:
        message.stop()
        self.action_close()

    def action_close(self) -> None:
        self.dismiss(None)
