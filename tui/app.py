"""The application: opens the workspace behind its first frame, then shows the queue."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.app import App, ComposeResult
from textual.widgets import Static
from textual.worker import WorkerFailed

from content.wording import say
from tui import keymap

if TYPE_CHECKING:
    from loa.services.workspace import Workspace
    from tui.queue import QueueScreen


class Window(App[None]):
    """Cửa sổ. `opening` is called in a thread; what it raises ends the window and stands in `trouble`."""

    TITLE = "Loa"
    CSS_PATH = "window.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS = keymap.bindings("app")

    def __init__(self, opening: Callable[[], Workspace]) -> None:
        # With NO_COLOR the terminal's own two colours are used, else Textual would send shades of grey.
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self._opening = opening
        self.trouble: BaseException | None = None

    def compose(self) -> ComposeResult:
        yield Static(say("tui.opening"), markup=False)

    def on_mount(self) -> None:
        self.call_after_refresh(lambda: self.run_worker(self._open(), group="open"))

    async def _open(self) -> None:
        try:
            screen = await asyncio.to_thread(self._first_screen)
        except Exception as error:
            self.trouble = error
            self.exit()
        else:
            await self.push_screen(screen)

    def _first_screen(self) -> QueueScreen:
        """The services are imported here, behind the first frame: they take most of the start."""
        workspace = self._opening()
        from scheduler.news import News
        from tui.queue import QueueScreen
        from tui.snapshot import PAGE, read

        news = News(workspace.database.file)
        return QueueScreen(workspace, news, read(workspace, None, PAGE))

    def action_help_quit(self) -> None:
        """Ctrl+C copies; it does not end the window, and says what does."""
        self.notify(say("tui.how_to_quit", key=keymap.shown(keymap.named("quit").keys[0])))

    def _fatal_error(self) -> None:
        """A fault ends the window without Textual's traceback, which would print local variables.

        The command raises it again, and the door tells it in one redacted sentence.
        """
        fault = self._exception
        self.trouble = fault.error if isinstance(fault, WorkerFailed) else fault
        self._close_messages_no_wait()


def run(opening: Callable[[], Workspace]) -> None:
    """Show the window until it is closed; raises what ended it."""
    window = Window(opening)
    window.run()
    if window.trouble is not None:
        raise window.trouble
