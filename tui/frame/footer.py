"""The bottom line: the keys of where one stands, made from the keymap; a click presses one."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.widgets import Static

from tui import keymap
from tui.keymap import Key


class Footer(Static):
    """As many keys as fit, or what is being done at the moment."""

    DEFAULT_CSS = "Footer { height: 1; padding: 0 1; color: $text-muted; }"

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__(id="footer", markup=False)
        self._places = places
        self._told: list[Key] = []
        self._busy = ""

    def tell(self, places: Sequence[str]) -> None:
        """The keys of other places from now on: a room may have more than one side."""
        self._places = places
        self.on_resize()

    def say_busy(self, sentence: str) -> None:
        """In place of the keys; empty: the keys again."""
        self._busy = sentence
        self.on_resize()

    def on_resize(self) -> None:
        self._told = keymap.footer(self._places, self.size.width or self.app.size.width - 2)
        self.update(self._busy or keymap.line(self._told))

    def on_click(self, event: events.Click) -> None:
        column = event.get_content_offset_capture(self).x
        for key in self._told:
            column -= cell_len(keymap.in_footer(key))
            if column < 0:
                self.app.simulate_key(key.keys[0])
                return
            column -= 2
