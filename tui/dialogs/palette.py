"""Ctrl+P: commands, rooms, posts and channels by a few letters, tone marks or not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from content.text import fold
from content.wording import say
from loa.services import channels
from loa.services.listing import Listing, Wanted
from loa.settings import THEMES
from loa.speech import one_line
from tui import keymap, rooms
from tui.dialogs.dialog import Dialog
from tui.dialogs.told import in_words
from tui.frame.reading import Reader
from tui.widgets.vinput import VInput

if TYPE_CHECKING:
    from loa.services.workspace import Workspace
    from tui.app import Window
    from tui.frame.room import Room

MOST = 50
"""Posts and channels that are read for what is typed."""
_NOT_HERE = {"palette", "jump", "focus", "focus_back", "back"}


@dataclass(frozen=True)
class Entry:
    """Something that can be found, and what Enter does with it."""

    kind: str
    name: str
    about: str
    run: Callable[[Window], Awaitable[None]]

    def matches(self, words: Sequence[str]) -> bool:
        text = fold(f"{say(f'tui.palette.{self.kind}')} {self.name} {self.about}")
        return all(word in text for word in words)


class Palette(Dialog[Entry]):
    """Answers what was chosen; None when it was closed."""

    BINDINGS = keymap.bindings("palette")
    CONFIRM = ""
    DEFAULT_CSS = "Palette OptionList { margin-top: 1; max-height: 15; }"

    def __init__(self, room: Room) -> None:
        super().__init__(say("tui.palette.title"))
        self._workspace = room.workspace
        self._known = [*_rooms(), *_commands(room), *_themes()]
        self._sought = ""
        self._looking = False
        self._found: list[Entry] = []
        self._shown: list[Entry] = []
        self._reader: Reader[list[Entry]] = Reader(self, self._read, self._take, self._failed)

    def compose_fields(self) -> Iterator[Widget]:
        box = VInput(placeholder=say("tui.palette.hint"), id="sought", compact=True, max_length=100)
        box.cursor_blink = False
        yield box
        choices = OptionList(compact=True)
        choices.can_focus = False  # arrows work from where one types
        yield choices

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#sought"))
        self._list()

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        self._sought = message.value
        self._found = []
        self._looking = bool(fold(self._sought).split())
        self._list()
        if self._looking:
            self._reader.want()

    def _read(self) -> list[Entry]:
        return found(self._workspace, self._sought)

    def _take(self, entries: list[Entry]) -> None:
        self._found = entries
        self._looking = False
        self._list()

    def _failed(self, error: Exception | None) -> None:
        self.say_wrong("\n".join(in_words(error)) if error else "")

    def _list(self) -> None:
        words = fold(self._sought).split()
        self._shown = [entry for entry in self._known if entry.matches(words)] + self._found
        choices = self.query_one(OptionList)
        choices.clear_options()
        choices.add_options(Option(_line(entry)) for entry in self._shown)
        choices.highlighted = 0 if self._shown else None
        if not self._shown and not self._looking:
            choices.add_option(Option(say("tui.palette.nothing"), disabled=True))

    def action_choose(self, by: int) -> None:
        choices = self.query_one(OptionList)
        if self._shown and choices.highlighted is not None:
            choices.highlighted = max(0, min(len(self._shown) - 1, choices.highlighted + by))

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        self.dismiss(self._shown[message.option_index])

    def confirm(self) -> None:
        place = self.query_one(OptionList).highlighted
        if place is not None and place < len(self._shown):
            self.dismiss(self._shown[place])


def found(workspace: Workspace, sought: str) -> list[Entry]:
    """Posts and channels, tone marks and đ aside; in a thread."""
    words = fold(sought).split()
    entries = []
    for view in channels.listing(workspace):
        text = fold(f"{say('tui.palette.channel')} {view.id} {view.name} {view.platform}")
        if all(word in text for word in words):
            where = "accounts" if "accounts" in rooms.listed() else "queue"
            run = partial(_go, room=where, channel=view.id)
            entries.append(Entry("channel", view.id, one_line(view.name), run))
    listing = Listing(workspace, Wanted(search=sought))
    titles = {view.post: view.title for view in listing.fetch(0, MOST)} if listing.count() else {}
    entries += [
        Entry("post", one_line(title), post, partial(_go, room="queue", post=post))
        for post, title in titles.items()
    ]
    return entries[:MOST]


def _rooms() -> list[Entry]:
    return [
        Entry("room", say(f"tui.room.{name}"), say(f"tui.room_is.{name}"), partial(_go, room=name))
        for name in rooms.listed()
    ]


def _commands(room: Room) -> list[Entry]:
    entries = [
        Entry("command", name, "", partial(_press, action=action, node=room)) for name, action in room.deeds()
    ]
    for key in keymap.of(*room.places):
        is_the_rooms = key.place in (room.PLACE, *keymap.SHARED) or key.action.startswith("screen.")
        if is_the_rooms and key.name not in _NOT_HERE:
            node = room.window if key.place == "app" else room
            run = partial(_press, action=key.action, node=node)
            entries.append(Entry("command", key.long, key.written, run))
    return entries


def _themes() -> list[Entry]:
    return [Entry("theme", say(f"tui.theme.{name}"), "", partial(_theme, name=name)) for name in THEMES]


async def _go(window: Window, room: str, **what: str) -> None:
    await window.go(room, **what)


async def _press(window: Window, action: str, node: Room | Window) -> None:
    window.call_later(window.run_action, action, node)


async def _theme(window: Window, name: str) -> None:
    window.use_theme(name)


def _line(entry: Entry) -> Content:
    kind = Content.styled(f" {say(f'tui.palette.{entry.kind}')}: ", "dim")
    about = Content.styled(f"  {entry.about}", "dim") if entry.about else Content("")
    return Content.assemble(kind, (entry.name, "bold"), about)
