"""Whole screens as plain text. `LOA_WRITE_GOLDEN=1 pytest tests/tui/test_goldens.py` accepts a change."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from content.wording import use_language
from scheduler.store.tables import delivery
from tests.support.office import Office
from tests.tui.window import goldens, ids, opened, press, same_as_golden, same_at_every_size, table, typed
from tui import rooms

STATES = {
    "queue_list": ("", []),
    "queue_details": ("", ["down", "enter"]),
    "queue_help": ("", ["f1"]),
    "queue_menu": ("tro-giup-phap-ly@website", ["f4"]),
    "queue_sign_in": ("", ["ctrl+l"]),
    "queue_palette": ("", ["ctrl+p"]),
    "queue_freeze": ("", ["f7"]),
    "queue_go": ("", ["f9"]),
    "queue_settle": ("tro-giup-phap-ly@fanpage", ["f4", "down", "enter"]),
}


@pytest.fixture(autouse=True)
def _every_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of tabs as it is with every room, whichever are in this build."""
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))


@pytest.fixture
def unclear(busy: Office) -> Office:
    """The same, with one delivery of which nobody knows whether it is public; Loa still looks."""
    when = busy.clock.now()
    unknown = update(delivery).where(delivery.c.id == "tro-giup-phap-ly@fanpage")
    busy.workspace.database.run(lambda c: c.execute(unknown.values(status="unknown", wake_at=when)))
    return busy


@pytest.mark.parametrize("name", STATES)
def test_the_screen_reads_well(unclear: Office, name: str) -> None:
    on, keys = STATES[name]

    async def look() -> None:
        async with opened(unclear) as pilot:
            if on:
                table(pilot).move_to(ids(pilot).index(on))
            for key in keys:
                await press(pilot, key)
            if name == "queue_palette":
                await typed(pilot, "dat")
            await same_at_every_size(pilot, name)

    asyncio.run(look())


def test_the_screen_speaks_english(unclear: Office) -> None:
    async def look() -> None:
        use_language("en")
        async with opened(unclear) as pilot:
            await same_at_every_size(pilot, "queue_en")

    asyncio.run(look())


def test_an_empty_queue_reads_well(office: Office) -> None:
    async def look() -> None:
        async with opened(office) as pilot:
            await same_at_every_size(pilot, "queue_empty")

    asyncio.run(look())


def test_without_colour_nothing_is_lost(unclear: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words, and not one colour: the cursor has its mark and is drawn in reverse."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def look() -> None:
        async with opened(unclear) as pilot:
            same_as_golden(pilot.app, "queue_list_80x24")
            filters = pilot.app.get_line_filters()
            for strip in pilot.app.screen._compositor.render_strips():
                for segment in strip.apply_filter(filters[-1], pilot.app.screen.background_colors[1]):
                    if segment.text.startswith("›"):
                        assert segment.style is not None
                        assert segment.style.reverse
                    colours = [segment.style and segment.style.color, segment.style and segment.style.bgcolor]
                    assert all(colour is None or colour.is_default for colour in colours)

    asyncio.run(look())


def test_no_golden_of_the_queue_is_left_over() -> None:
    assert goldens("queue") == {*STATES, "queue_en", "queue_empty"}
