"""The line of rooms, and the key that goes from one to another; a click goes there."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text
from textual import events
from textual.message import Message
from textual.widgets import Static

from content.wording import say
from tui import keymap, rooms


class Tabs(Static):
    """Every room's name, the one that is shown in brackets; shorter names where the line is short."""

    DEFAULT_CSS = "Tabs { height: 1; padding: 0 1; background: $panel; }"

    class Chosen(Message):
        """A room was clicked."""

        def __init__(self, room: str) -> None:
            super().__init__()
            self.room = room

    def __init__(self, place: str) -> None:
        super().__init__(id="tabs", markup=False)
        self._place = place
        self._ends: list[tuple[int, str]] = []
        self._key_ends = 0

    def on_resize(self) -> None:
        self.update(self._line(self.size.width))

    def on_click(self, event: events.Click) -> None:
        column = event.get_content_offset_capture(self).x
        if room := next((name for end, name in self._ends if column < end), ""):
            self.post_message(self.Chosen(room))
        elif column < self._key_ends:
            self.app.simulate_key(keymap.named("room.go").keys[0])

    def _line(self, room: int) -> Text:
        for names, gap in (("room", " │ "), ("room", "│"), ("room_short", "│")):
            parts = [self._named(names, name) for name in rooms.listed()]
            if cell_len(gap.join(parts)) <= room:
                break
        line, column = Text(no_wrap=True, end=""), 0
        self._ends = []
        for name, part in zip(rooms.listed(), parts, strict=True):
            if column:
                line.append(gap, style="dim")
                column += len(gap)
            line.append(part, style="bold reverse" if name == self._place else "")
            column += cell_len(part)
            self._ends.append((column, name))
        key = say("tui.tabs_key", key=keymap.shown(keymap.named("room.go").keys[0]))
        self._key_ends = column + cell_len(key)
        if self._key_ends <= room:
            line.append(key, style="dim")
        return line

    def _named(self, names: str, room: str) -> str:
        word = say(f"tui.{names}.{room}")
        return f"[{word}]" if room == self._place else word
