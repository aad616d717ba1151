"""The editor's boxes: lines and texts that take dragged files, lists of ticks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import events
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui import keymap
from tui.rooms.compose_manuscript import dropped
from tui.widgets.vinput import VInput
from tui.widgets.vtextarea import VTextArea


class Dropped(Message):
    """Files were dragged into the terminal, which pastes their paths."""

    def __init__(self, paths: Sequence[Path]) -> None:
        super().__init__()
        self.paths = paths


class Line(VInput):
    """One line of the post."""

    def __init__(self, name: str, hint: str = "") -> None:
        super().__init__(placeholder=hint, compact=True, id=f"at-{name}", select_on_focus=False)
        self.cursor_blink = False

    def _on_paste(self, event: events.Paste) -> None:
        if paths := dropped(event.text):
            event.prevent_default().stop()
            self.post_message(Dropped(paths))


class Words(VTextArea):
    """A text of the post."""

    def __init__(self, name: str, hint: str = "") -> None:
        super().__init__(placeholder=hint, compact=True, id=f"at-{name}", highlight_cursor_line=False)
        self.cursor_blink = False

    async def _on_paste(self, event: events.Paste) -> None:
        if paths := dropped(event.text):
            event.prevent_default().stop()
            self.post_message(Dropped(paths))


class Choices(OptionList):
    """A few lines; Enter, the space bar or a click chooses one. A file may be dropped here, too."""

    BINDINGS = keymap.bindings("compose_choices")

    def __init__(self, name: str) -> None:
        super().__init__(compact=True, id=f"at-{name}")

    def put(self, lines: Sequence[str]) -> None:
        """Other words; the cursor stays where it was."""
        at = self.highlighted
        self.set_options(Option(Content(line)) for line in lines)
        if lines:
            self.highlighted = min(at or 0, len(lines) - 1)

    def on_paste(self, event: events.Paste) -> None:
        if paths := dropped(event.text):
            event.stop()
            self.post_message(Dropped(paths))
