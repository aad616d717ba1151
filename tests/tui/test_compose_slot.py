"""In the window a post is put into a slot by one word in the field for its time."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from loa import config
from tests.support.office import Office
from tests.tui.test_compose import at, fill, room_of, write
from tests.tui.window import press, settled
from tui.rooms import compose_desk


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEEP_AFTER_S", "PREVIEW_AFTER_S"):
        monkeypatch.setattr(compose_desk, name, 0.001)


def with_slots(desk: Office, written: str) -> None:
    desk.workspace.config = config.parse(f'[slots]\nwebsite = "{written}"')


def due(pilot: Pilot[None]) -> str:
    return room_of(pilot).query_one("#at-due", Input).value


def beside(pilot: Pilot[None]) -> str:
    """What is said of the time that stands in the field."""
    return str(room_of(pilot).query_one("#due-is", Static).content)


async def choose_the_website(pilot: Pilot[None]) -> None:
    at(pilot, "channels")
    await press(pilot, "down", "space")


def test_the_word_becomes_the_time_of_the_next_free_slot(office: Office) -> None:
    with_slots(office, "T2-T6 07:30, 11:30")
    office.import_post("truoc.md", due="2026-11-09T07:30+07:00", channels="[website]")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await choose_the_website(pilot)
        await fill(pilot, due="khe trống")
        assert "khe trống đầu tiên" in beside(pilot)
        at(pilot, "title")
        await settled(pilot)
        assert due(pilot) == "09/11/2026 11:30"

    write(office, story, 100, 30)


def test_without_a_slot_the_word_stays_and_the_remedy_is_told(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await choose_the_website(pilot)
        await fill(pilot, due="slot")
        at(pilot, "title")
        await settled(pilot)
        assert due(pilot) == "slot"
        assert "[slots]" in beside(pilot)

    write(office, story, 100, 30)
