"""The window over a practice office, without a terminal: driven by bytes, read as plain text."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual._xterm_parser import XTermParser
from textual.app import App
from textual.pilot import Pilot

from tests.support.office import Office
from tui.app import Window
from tui.queue import QueueScreen
from tui.table import DeliveryTable

GOLDEN = Path(__file__).parent / "golden"
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d+")


@asynccontextmanager
async def opened(office: Office, columns: int = 80, lines: int = 24) -> AsyncIterator[Pilot[None]]:
    """The window with its first data on the screen."""
    app = Window(lambda: office.workspace)
    async with app.run_test(size=(columns, lines), notifications=True) as pilot:
        await until(pilot, lambda: isinstance(app.screen, QueueScreen))
        await settled(pilot)
        yield pilot


async def settled(pilot: Pilot[None]) -> None:
    """Every key is acted upon, every read has come back, every line is drawn."""
    for _ in range(2):
        await pilot.pause()
        await pilot.app.workers.wait_for_complete()
    await pilot.pause()


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    """Let the application go on until something holds; pytest's own patience is the limit."""
    for _ in range(2000):
        if holds():
            return
        await pilot.pause()
    raise AssertionError(f"never happened; the screen is\n{text(pilot.app)}")


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


def table(pilot: Pilot[None]) -> DeliveryTable:
    return pilot.app.screen.query_one(DeliveryTable)


def ids(pilot: Pilot[None]) -> list[str]:
    return [line.view.id for line in table(pilot).lines]


def same_as_golden(app: App[None], name: str) -> None:
    """Hold the screen against `golden/<name>.txt`; LOA_WRITE_GOLDEN=1 accepts what is there now."""
    shown = _PORT.sub(lambda port: "0" * len(port.group()), text(app)) + "\n"
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("LOA_WRITE_GOLDEN"):
        file.write_text(shown, "utf-8")
    assert shown == file.read_text("utf-8")
