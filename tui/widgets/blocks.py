"""A pane of text blocks that is read with the arrow keys: knows whether it was read to its end."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from tui import keymap


class Blocks(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Blocks one below the other; showing other words keeps the place, `begin` goes to the top."""

    BINDINGS = keymap.bindings("details")
    DEFAULT_CSS = """
    Blocks { scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    Blocks > Static { height: auto; margin-bottom: 1; }
    """

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 Textual's name
        super().__init__(id=id)
        self._blocks: list[Static] = []
        self._told: list[Text] = []
        self._furthest = 0.0

    @property
    def told(self) -> str:
        """Everything that can be read here, also what is scrolled away."""
        return "\n".join(block.plain for block in self._told)

    @property
    def read_to_end(self) -> bool:
        """Whether the last line has been on the screen since `begin`."""
        return self.size.height > 0 and max(self._furthest, self.scroll_y) >= self.max_scroll_y

    def show(self, blocks: Sequence[Text]) -> None:
        more = [Static(markup=False) for _ in blocks[len(self._blocks) :]]
        if more:
            self._blocks += more
            self.mount_all(more)
        for place, block in enumerate(self._blocks):
            block.display = place < len(blocks)
            if place < len(blocks) and (place >= len(self._told) or self._told[place] != blocks[place]):
                block.update(blocks[place])
        self._told = list(blocks)

    def begin(self) -> None:
        """Something else is read from now on."""
        self._furthest = 0.0
        self.scroll_home(animate=False, force=True, immediate=True)

    def next_block(self) -> None:
        """To the first block that begins below the top of the view; from the last one to the first."""
        shown = self._blocks[: len(self._told)]
        below = [block for block in shown if block.virtual_region.y > self.scroll_y]
        if below and self.scroll_y < self.max_scroll_y:
            self.scroll_to(y=below[0].virtual_region.y, animate=False, force=True, immediate=True)
        else:
            self.scroll_home(animate=False, force=True, immediate=True)

    def action_scroll_home(self) -> None:
        self.scroll_home(animate=False, force=True, immediate=True)

    def action_scroll_end(self) -> None:
        """At once: whoever signs right after it has seen the end."""
        self.scroll_end(animate=False, force=True, immediate=True)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        self._furthest = max(self._furthest, new_value)
