"""Whole screens as plain text. Accept a wanted change with `LOA_WRITE_GOLDEN=1 pytest tests/tui`."""

from __future__ import annotations

import asyncio

import pytest

from content.wording import use_language
from tests.support.office import Office
from tests.tui.window import GOLDEN, opened, press, same_as_golden

SIZES = [(80, 24), (120, 40)]


@pytest.mark.parametrize(("columns", "lines"), SIZES)
@pytest.mark.parametrize(("name", "keys"), [("queue", []), ("details", ["down", "enter"]), ("help", ["f1"])])
def test_the_screen_reads_well(busy: Office, name: str, keys: list[str], columns: int, lines: int) -> None:
    async def look() -> None:
        async with opened(busy, columns, lines) as pilot:
            await press(pilot, *keys)
            same_as_golden(pilot.app, f"{name}_{columns}x{lines}")

    asyncio.run(look())


def test_the_screen_speaks_english(busy: Office) -> None:
    async def look() -> None:
        use_language("en")
        async with opened(busy) as pilot:
            same_as_golden(pilot.app, "queue_en_80x24")

    asyncio.run(look())


def test_without_colour_nothing_is_lost(busy: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words, and not one colour: the cursor has its mark and is drawn in reverse."""
    monkeypatch.setenv("NO_COLOR", "1")

    async def look() -> None:
        async with opened(busy) as pilot:
            same_as_golden(pilot.app, "queue_80x24")
            filters = pilot.app.get_line_filters()
            for strip in pilot.app.screen._compositor.render_strips():
                for segment in strip.apply_filter(filters[-1], pilot.app.screen.background_colors[1]):
                    if segment.text.startswith("›"):
                        assert segment.style is not None
                        assert segment.style.reverse
                    colours = [segment.style and segment.style.color, segment.style and segment.style.bgcolor]
                    assert all(colour is None or colour.is_default for colour in colours)

    asyncio.run(look())


def test_no_golden_is_left_over() -> None:
    wanted = {f"{name}_{c}x{r}.txt" for name in ("queue", "details", "help") for c, r in SIZES}
    assert {file.name for file in GOLDEN.iterdir()} == wanted | {"queue_en_80x24.txt"}
