"""The window over a practice office, without a terminal: driven by bytes, read as plain text."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from difflib import unified_diff
from pathlib import Path
from typing import Any, Protocol

import pytest
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.pilot import Pilot

from tests.support.office import Office
from tests.tui.rest import comes, glance, rests
from tui import rooms
from tui.app import Window
from tui.frame.room import Room
from tui.widgets.table import VirtualTable

GOLDEN = Path(__file__).parent / "golden"
SIZES = [(80, 24), (100, 30), (140, 40)]
Story = Callable[[Pilot[None]], Awaitable[None]]
"""What somebody does at the window, and sees."""
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")


@asynccontextmanager
async def opened(
    office: Office, columns: int = 80, lines: int = 24, *, room: str = "queue", who: str = ""
) -> AsyncIterator[Pilot[None]]:
    """The window with the data of a room on the screen, whichever room it opens with; `who` is signed in."""
    app = Window(lambda: office.workspace)
    if who:
        app.session.enter(office.people[who])
    with pytest.MonkeyPatch.context() as patch:
        for first in ("FIRST", "AFTER_TROUBLE"):  # no other room is drawn on the way
            patch.setattr(rooms, first, room)
        patch.setattr(Window, "NOTIFICATION_TIMEOUT", 3600)  # on a busy machine five seconds are nothing
        async with app.run_test(size=(columns, lines), notifications=True) as pilot:
            await until(pilot, lambda: isinstance(app.screen, Room) and app.screen.head is not None)
            await settled(pilot)
            yield pilot


class Watch(Protocol):
    """Plays a story in a room."""

    def __call__(
        self, office: Office, story: Story, columns: int = ..., lines: int = ..., *, who: str = ...
    ) -> None: ...


def watching(room: str, columns: int, lines: int, *, who: str = "") -> Watch:
    """For the tests of one room: its usual size, and who is signed in unless they say otherwise."""
    size, officer = (columns, lines), who

    def watch(
        office: Office, story: Story, columns: int = size[0], lines: int = size[1], *, who: str = officer
    ) -> None:
        async def go() -> None:
            async with opened(office, columns, lines, room=room, who=who) as pilot:
                await story(pilot)

        asyncio.run(go())

    return watch


async def sized(pilot: Pilot[None], columns: int, lines: int) -> None:
    """The terminal gets another size."""
    if pilot.app.size != (columns, lines):
        await pilot.resize_terminal(columns, lines)
        await settled(pilot)


async def enter(pilot: Pilot[None], room: str) -> None:
    """Go to a room, unless one stands there."""
    assert isinstance(pilot.app, Window)
    shown = pilot.app.room
    if shown is None or room != shown.PLACE:
        await pilot.app.go(room)
        await settled(pilot)


async def settled(pilot: Pilot[None]) -> None:
    """Every key is acted upon, every read and every deed has come back, every line is drawn."""
    assert await rests(pilot.app), f"never came to rest; the screen is\n{text(pilot.app)}"


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the application go on until something holds, and is drawn."""
    assert await comes(holds), f"never happened; the screen is\n{text(pilot.app)}"
    await glance()


async def typed(pilot: Pilot[None], words: str, *keys: str) -> None:
    """Words into whatever has the focus, then keys."""
    burst(pilot.app, words)
    await press(pilot, *keys)


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Keys of somebody who waits until each of them has done what it does."""
    await settled(pilot)
    for key in keys:
        await pilot.app._press_keys([key])
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
    kept = file.read_text("utf-8") if file.exists() else ""
    changed = "".join(unified_diff(kept.splitlines(True), shown.splitlines(True), file.name, "the screen"))
    assert shown == kept, f"\n{changed}"


async def same_at_every_size(pilot: Pilot[None], name: str) -> None:
    """The screen against `golden/<name>_<columns>x<lines>.txt`: one start, three sizes."""
    for columns, lines in SIZES:
        await sized(pilot, columns, lines)
        same_as_golden(pilot.app, f"{name}_{columns}x{lines}")


def goldens(room: str) -> set[str]:
    """The states of a room that there are goldens of, each at every size; fails where a size is missing."""
    files = {file.name for file in GOLDEN.glob(f"{room}_*.txt")}
    states = {name.rpartition("_")[0] for name in files}
    assert files == {f"{state}_{columns}x{lines}.txt" for state in states for columns, lines in SIZES}
    return states
