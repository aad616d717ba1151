"""The window over a practice office, without a terminal: driven by bytes, read as plain text."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.pilot import Pilot
from textual.screen import ModalScreen

from tests.support.office import Office
from tui.app import Window
from tui.frame.room import Room
from tui.widgets.table import VirtualTable

GOLDEN = Path(__file__).parent / "golden"
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")


@asynccontextmanager
async def opened(
    office: Office, columns: int = 80, lines: int = 24, *, room: str = "queue"
) -> AsyncIterator[Pilot[None]]:
    """The window with the data of a room on the screen, whichever room it opens with."""
    app = Window(lambda: office.workspace)
    async with app.run_test(size=(columns, lines), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Room) and app.screen.head is not None)
        await settled(pilot)
        await enter(pilot, room)
        yield pilot


async def enter(pilot: Pilot[None], room: str) -> None:
    """Go to a room, unless one stands there."""
    assert isinstance(pilot.app, Window)
    shown = pilot.app.room
    if shown is None or room != shown.PLACE:
        await pilot.app.go(room)
        await settled(pilot)


async def settled(pilot: Pilot[None]) -> None:
    """Every key is acted upon, every read and every deed has come back, every line is drawn.

    What waits for an answer to the dialog on the screen does not count.
    """
    calm = 0
    for _ in range(4000):
        await pilot.pause()
        calm = 0 if _busy(pilot.app) else calm + 1
        if calm == 3:  # one thing leads to another: a message to a worker, a worker to a message
            return
    raise AssertionError(f"never came to rest; the screen is\n{text(pilot.app)}")


def _busy(app: App[None]) -> bool:
    if not app.screen.is_mounted:
        return True
    asking = isinstance(app.screen, ModalScreen)
    running = [worker for worker in app.workers if not worker.is_finished]
    return any(worker.group != "dialog" or not asking for worker in running)


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the application go on until something holds; pytest's own patience is the limit."""
    for _ in range(2000):
        if holds():
            return
        await pilot.pause()
    raise AssertionError(f"never happened; the screen is\n{text(pilot.app)}")


async def typed(pilot: Pilot[None], words: str, *keys: str) -> None:
    """Words into whatever has the focus, then keys."""
    burst(pilot.app, words)
    await press(pilot, *keys)


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await settled(pilot)


def burst(app: App[None], stream: str) -> None:
    """Bytes of a terminal, all there at once, as the driver would hand them over."""
    for message in XTermParser().feed(stream):
        app.post_message(message)


def text(app: App[None]) -> str:
    """The screen as it would be copied from the terminal."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips).rstrip("\n")


def table(pilot: Pilot[None]) -> VirtualTable[Any]:
    return pilot.app.screen.query_one(VirtualTable)


def ids(pilot: Pilot[None]) -> list[str]:
    """The rows of a table that is short enough to be read whole."""
    shown = table(pilot)
    return [shown.row(place).id for place in range(shown.count)]


def same_as_golden(app: App[None], name: str) -> None:
    """Hold the screen against `golden/<name>.txt`; LOA_WRITE_GOLDEN=1 accepts what is there now."""
    shown = _PORT.sub(lambda port: "0" * len(port.group()), text(app)) + "\n"
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("LOA_WRITE_GOLDEN"):
        file.write_text(shown, "utf-8")
    assert shown == file.read_text("utf-8")
