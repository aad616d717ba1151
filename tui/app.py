"""The application: opens the workspace behind its first frame, holds session, theme and rooms."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from textual import events
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Static
from textual.worker import WorkerFailed

from content.wording import say
from tui import keymap, rooms, themes
from tui.frame.session import Session

if TYPE_CHECKING:
    from loa.services.people import Person
    from loa.services.workspace import Workspace
    from scheduler.news import News
    from tui.frame.room import Room

LOCK_LOOK_S = 5.0


class Window(App[None]):
    """Cửa sổ. `opening` is called in a thread; what it raises ends the window and stands in `trouble`."""

    TITLE = "Loa"
    CSS_PATH = "window.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = keymap.bindings("app")

    workspace: Workspace
    news: News

    def __init__(self, opening: Callable[[], Workspace], *, officer: str = "") -> None:
        # With NO_COLOR the terminal's own two colours are used, else Textual would send shades of grey.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self._opening = opening
        self._rooms: dict[str, Room] = {}
        self.room: Room | None = None
        """The room that is shown, under a dialog perhaps."""
        self.session = Session(officer)
        self.trouble: BaseException | None = None
        keymap.use({})
        themes.register(self)

    def compose(self) -> ComposeResult:
        yield Static(say("tui.opening"), markup=False)

    def on_mount(self) -> None:
        with suppress(NotImplementedError, RuntimeError, ValueError):  # Windows; a thread
            # Else the terminal would be left in raw mode, full of the window, with the mouse on.
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        self.call_after_refresh(lambda: self.run_worker(self._open(), group="open"))

    async def _open(self) -> None:
        try:
            first = await asyncio.to_thread(self._begin)
        except Exception as error:
            self.trouble = error
            self.exit()
            return
        window = self.workspace.config.window
        self.set_keymap(keymap.use(self.workspace.config.keys))
        self.session.locked_after = window.lock_minutes
        self.theme = themes.chosen(self.workspace.folder, window.theme)
        self.set_interval(LOCK_LOOK_S, self.lock_when_idle)
        await self.go(first)

    def _begin(self) -> str:
        """The services are imported here, behind the first frame: they take most of the start."""
        self.workspace = self._opening()
        from loa.services import deliveries
        from scheduler import news

        keymap.use(self.workspace.config.keys)  # a slip in it is told now
        waits = rooms.AFTER_TROUBLE in rooms.listed() and deliveries.undecided(self.workspace, limit=1)
        first = rooms.AFTER_TROUBLE if waits else rooms.FIRST
        rooms.load(first)
        self.news = news.of(self.workspace.database)
        return first

    def on_unmount(self) -> None:
        if hasattr(self, "news"):
            self.news.close()

    # Rooms

    async def go(self, name: str, **what: str) -> None:
        """Show a room; `what` it is entered for (`post`, `channel`, `delivery`) is handed to it."""
        if isinstance(self.screen, ModalScreen):
            return
        if name not in self._rooms:
            made = await asyncio.to_thread(rooms.load, name)
            self._rooms[name] = made(self.workspace)
            self.install_screen(self._rooms[name], name)
        before, self.room = self.room, self._rooms[name]
        if before is None:
            await self.push_screen(self.room)
        elif before is not self.room:
            self.clear_notifications()  # else they would lie over what is to be read next
            await self.switch_screen(self.room)
        if what:
            self.room.arrive(**what)

    # Who is there

    async def sign_in(self, *, again: bool = False) -> Person | None:
        """Whoever is signed in, else who signs in now; None when nobody wants to. Only in a worker.

        With `again` the passphrase of the same officer is asked for in any case.
        """
        from tui.dialogs.sign_in import SignIn

        known = self.session.person
        if known is not None and not again:
            return known
        person = await self.push_screen_wait(SignIn(self.workspace, self.session.hint, fixed=known))
        if person is not None:
            self.session.enter(person)
        return person

    def lock_when_idle(self) -> None:
        if self.session.lock_when_idle():
            self.notify(say("tui.locked", minutes=self.session.locked_after))

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste | events.MouseDown | events.MouseScrollUp):
            self.session.touch()
        await super().on_event(event)

    # Themes

    def use_theme(self, name: str) -> None:
        """`light`, `dark` or `contrast`, from now on in this workspace."""
        self.theme = themes.remember(self.workspace.folder, name)

    def action_help_quit(self) -> None:
        """Ctrl+C copies; it does not end the window, and says what does."""
        self.notify(say("tui.how_to_quit", key=keymap.shown(keymap.named("app.quit").keys[0])))

    def _fatal_error(self) -> None:
        """A fault ends the window without Textual's traceback, which would print local variables.

        The command raises it again, and the door tells it in one redacted sentence.
        """
        fault = self._exception
        self.trouble = fault.error if isinstance(fault, WorkerFailed) else fault
        self._close_messages_no_wait()


def run(opening: Callable[[], Workspace], *, officer: str = "") -> None:
    """Show the window until it is closed; raises what ended it."""
    window = Window(opening, officer=officer)
    window.run()
    if window.trouble is not None:
        raise window.trouble
