"""A letter on everything that can be worked in; pressing it goes there."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.keymap import LETTERS

MOST = len(LETTERS)


class Jump(ModalScreen[int]):
    """Answers which of the places was chosen; anything else closes it."""

    DEFAULT_CSS = """
    Jump { background: $background 0%; }
    Jump > Static { position: absolute; width: 3; height: 1; text-style: bold reverse; color: $accent; }
    """

    def __init__(self, places: Sequence[Region]) -> None:
        super().__init__()
        self._places = places[:MOST]
        self._letters = sorted(LETTERS)[: len(self._places)]

    def compose(self) -> ComposeResult:
        for letter, place in zip(self._letters, self._places, strict=True):
            label = Static(f" {letter} ", markup=False)
            label.styles.offset = (place.x, place.y)
            yield label

    def on_key(self, event: events.Key) -> None:
        event.stop()
        letter = (event.character or "").lower()
        self.dismiss(self._letters.index(letter) if letter in self._letters else None)

    def on_click(self, event: events.Click) -> None:
        hit = next((n for n, place in enumerate(self._places) if place.contains(event.x, event.y)), None)
        self.dismiss(hit)
