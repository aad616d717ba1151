"""Help where one stands: what this room is for, its keys, and its command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from content.wording import say
from tui import keymap
from tui.words import fit

_KEY_COLUMNS = 16


class HelpScreen(ModalScreen[None]):
    """Every key that does something here, by place."""

    BINDINGS = keymap.bindings("help")
    DEFAULT_CSS = """
    HelpScreen { align: center middle; }
    HelpScreen > VerticalScroll { width: 78; max-width: 100%; height: auto; max-height: 100%; padding: 0 1;
                                  border: round $primary; background: $surface; scrollbar-size-vertical: 1; }
    """

    def __init__(self, room: str, places: Sequence[str]) -> None:
        super().__init__()
        self._room, self._places = room, places

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            yield Static(text(self._room, self._places), markup=False)

    def on_click(self) -> None:
        self.dismiss()

    def action_scroll_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)

    def action_scroll_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_page(self, by: int) -> None:
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_relative(y=by * scroll.size.height, animate=False)

    def action_end(self, side: int) -> None:
        scroll = self.query_one(VerticalScroll)
        scroll.scroll_to(y=0 if side < 0 else scroll.max_scroll_y, animate=False)


def text(room: str, places: Sequence[str]) -> Text:
    whole = Text(say(f"tui.room.{room}"), style="bold")
    whole.append(f"\n{say(f'tui_{room}.purpose')}\n", style="not bold")
    whole.append(say("tui.help.twin", command=say(f"tui_{room}.twin")), style="not bold")
    for place in _told(room, places):
        told = list(keymap.of(place))
        if told:
            whole.append(f"\n\n{title(place)}", style="bold")
        for key in told:
            whole.append(f"\n  {fit(key.written, _KEY_COLUMNS)}{key.long}", style="not bold")
    return whole


def _told(room: str, places: Sequence[str]) -> Iterable[str]:
    """Where one stands first, then the room's other places and the dialogs, where F1 cannot be asked for."""
    elsewhere = (key.place for key in keymap.defaults() if keymap.room_of(key.place) == room)
    return dict.fromkeys((*places, *elsewhere, "dialog", "palette", "help"))


def title(place: str) -> str:
    """What a place is called above its keys."""
    room = keymap.room_of(place)
    if room == place:
        return say("tui.help.here", room=say(f"tui.room.{room}"))
    return say(f"tui_{room}.place.{place}") if room else say(f"tui.help.{place}")
