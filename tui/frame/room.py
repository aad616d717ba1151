"""A room of the window: header, tabs, what is the room's own, the bottom line; reading and acting."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast
from zoneinfo import ZoneInfo

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from content.wording import say
from loa.speech import one_line
from tui import keymap, rooms
from tui.frame.footer import Footer
from tui.frame.header import Header
from tui.frame.reading import Head, Reader, read_head
from tui.frame.tabs import Tabs

if TYPE_CHECKING:
    from loa.services.people import Person
    from loa.services.workspace import Workspace
    from tui.app import Window

T = TypeVar("T")

TICK_S = 1.0
LOOK_EVERY_S = 0.4
"""How often another process's commit is looked for: a change is on the screen within a second."""


class Room(Screen[None]):
    """Base of every room. A subclass names its PLACE, composes its body, reads in a thread, and shows.

    It is made once and kept: who comes back finds the cursor, the scroll and what was typed as they were.
    """

    PLACE: ClassVar[str] = ""
    """Its id in keys.toml, in the tabs, in `tui.room.<id>`."""
    PLACES: ClassVar[tuple[str, ...]] = ()
    """Places of its widgets, told in help and bottom line after the room's own."""
    BESIDE: ClassVar[int] = 0
    """From so many columns on it is `-wide`: a list and what it is about side by side. 0: as below."""
    BINDINGS = keymap.bindings("room")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (140, "-broad")]  # noqa: RUF012 Textual's form
    VERTICAL_BREAKPOINTS = [(0, "-short"), (28, "-tall")]  # noqa: RUF012
    DEFAULT_CSS = """
    Room { layout: vertical; overflow: hidden; }
    Room #header { height: auto; padding: 0 1; }
    Room #trouble { height: auto; padding: 0 1; display: none; color: $text-error; text-style: bold; }
    Room #body { height: 1fr; }
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        if cls.PLACE and "BINDINGS" not in cls.__dict__:
            cls.BINDINGS = keymap.bindings(cls.PLACE)
        if cls.BESIDE:  # Textual sets one class at a time: at 140 columns it would no longer be `-wide`
            cls.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (cls.BESIDE, "-wide")]
        super().__init_subclass__(**kwargs)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__()
        self._workspace = workspace
        self.head: Head | None = None
        """As of the newest reading; `read` finds the one of its own reading here."""
        self._reader: Reader[object] = Reader(self, self._read, self._show, self._say_trouble)

    # What a room is made of: subclasses say it.

    def compose_body(self) -> ComposeResult:
        """What stands between tabs and bottom line."""
        return iter(())

    def read(self) -> object:
        """In a thread: all that the room shows, from services. No widget is touched here."""
        return None

    def show(self, data: Any) -> None:
        """In the event loop: put what was read on the screen; cursor, scroll and typing stay."""

    def tick(self, now: datetime) -> None:
        """A second has passed."""

    def arrive(self, **what: str) -> None:
        """Somebody came for something: `post`, `channel` or `delivery` by its id."""

    def at_hand(self) -> dict[str, str]:
        """What the cursor stands on, by kind (`post`, `channel`): what dialogs propose."""
        return {}

    def deeds(self) -> Sequence[tuple[str, str]]:
        """What can be done here without a key of its own: its name and the action, for the palette."""
        return ()

    def action_back(self) -> None:
        """Esc: undo the nearest narrowing."""

    # What a room has

    @property
    def window(self) -> Window:
        return cast("Window", self.app)

    @property
    def workspace(self) -> Workspace:
        """Only to be passed to services, in threads."""
        return self._workspace

    @property
    def zone(self) -> ZoneInfo:
        return self._workspace.config.zone

    def now(self) -> datetime:
        return self._workspace.now()

    def want(self) -> None:
        """Read again soon."""
        self._reader.want()

    async def ask(self, dialog: ModalScreen[T]) -> T | None:
        """What a dialog answers, None when it was closed. Only in a worker (`@work`)."""
        return await self.app.push_screen_wait(dialog)

    async def act(
        self, work: Callable[[Person], T], *, done: str | Callable[[T], str] = "", sign: bool = False
    ) -> T | None:
        """Do something as the officer who is signed in, asking who it is first. Only in a worker (`@work`).

        `work` runs in a thread; `done` is told when it came off. With `sign` the passphrase is asked for
        again, always. What goes wrong is told in the command line's words, and None is returned: a `work`
        that has nothing to return returns True.
        """
        from tui.dialogs.told import Trouble

        person = await self.window.sign_in(again=sign)
        if person is None:
            return None
        self._tell_head()
        footer = self.query_one(Footer)
        footer.say_busy(say("tui.busy"))
        try:
            result = await asyncio.to_thread(work, person)
        except Exception as error:
            await self.ask(Trouble(error))
            return None
        finally:
            footer.say_busy("")
            self.want()
        sentence = done(result) if callable(done) else done
        if sentence:
            self.notify(sentence, markup=False)
        return result

    # What all rooms do

    def compose(self) -> ComposeResult:
        yield Header(id="header", markup=False)
        yield Static(id="trouble", markup=False)
        yield Tabs(self.PLACE)
        with Container(id="body"):
            yield from self.compose_body()
        yield Footer(self.places)

    @property
    def places(self) -> tuple[str, ...]:
        """Where keys work in this room, the room's own first."""
        return (self.PLACE, *self.PLACES, *keymap.SHARED)

    def on_mount(self) -> None:
        self.set_interval(TICK_S, self._tick)
        self.set_interval(LOOK_EVERY_S, self._look)

    def on_screen_resume(self) -> None:
        if self.head is not None:  # who is signed in may be another one than when it was left
            self._tell_head()
        self.want()

    def _read(self) -> tuple[Head, object]:
        self.head = read_head(self._workspace)
        return self.head, self.read()

    def _show(self, told: Any) -> None:
        _, data = told
        self._tell_head()
        self.show(data)

    def _tell_head(self) -> None:
        person = self.window.session.person
        self.query_one(Header).show(self.head, person, self.now(), self.zone)

    def _tick(self) -> None:
        if self.window.room is self:
            self._tell_head()
            self.tick(self.now())

    def _look(self) -> None:
        if self.window.room is not self or self._reader.rests:
            return
        try:
            came = self.window.news.came()
        except sqlite3.Error as error:
            self._say_trouble(error)
            return
        if came or self._in_trouble:
            self.want()

    @property
    def _in_trouble(self) -> bool:
        return self.query_one("#trouble", Static).display

    def _say_trouble(self, error: Exception | None) -> None:
        place = self.query_one("#trouble", Static)
        place.display = error is not None
        if error is not None:
            place.update(say("tui.trouble", detail=one_line(str(error))[:200]))

    def on_resize(self) -> None:
        self.call_after_refresh(self._tell_head)

    @on(Tabs.Chosen)
    def _tab_chosen(self, message: Tabs.Chosen) -> None:
        self._enter(message.room)

    @on(Header.Clicked)
    def _header_clicked(self) -> None:
        self.action_sign_in()

    # What keys do in every room

    def action_refresh(self) -> None:
        self.want()

    def action_help(self) -> None:
        from tui.dialogs.help import HelpScreen

        self.app.push_screen(HelpScreen(self.PLACE, self.places))

    def action_neighbour(self, by: int) -> None:
        listed = rooms.listed()
        self._enter(listed[(listed.index(self.PLACE) + by) % len(listed)])

    @work(exclusive=True, group="dialog")
    async def action_go(self) -> None:
        from tui.dialogs.pick import Pick

        options = [(name, say(f"tui.room.{name}"), say(f"tui.room_is.{name}")) for name in rooms.listed()]
        chosen = await self.ask(Pick(say("tui.go.title"), options, at=self.PLACE))
        if chosen:
            await self.window.go(chosen)

    @work(exclusive=True, group="dialog")
    async def action_palette(self) -> None:
        from tui.dialogs.palette import Palette

        chosen = await self.ask(Palette(self))
        if chosen is not None:
            await chosen.run(self.window)

    @work(exclusive=True, group="dialog")
    async def action_sign_in(self) -> None:
        """Sign in; or out, when somebody is."""
        if self.window.session.person is None:
            await self.window.sign_in()
        else:
            self.window.session.leave()
            key = keymap.shown(keymap.named("room.sign_in").keys[0])
            self.notify(say("tui.signed_out", key=key))
        self._tell_head()

    @work(exclusive=True, group="dialog")
    async def action_freeze(self) -> None:
        from tui.dialogs.freeze import freeze

        await freeze(self)

    @work(exclusive=True, group="dialog")
    async def action_jump(self) -> None:
        from tui.dialogs.jump import Jump

        targets = [widget for widget in self.focus_chain if widget.region]
        chosen = await self.ask(Jump([widget.region for widget in targets]))
        if chosen is not None:
            self.set_focus(targets[chosen])

    @work(exclusive=True, group="enter")
    async def _enter(self, room: str) -> None:
        await self.window.go(room)
