"""The room Số liệu: figures of posts side by side, never added up; “not available” is not 0."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import pytest
from textual.pilot import Pilot

from content.wording import use_language
from loa.services import reach
from tests.support.office import Office
from tests.support.reached import tell_of
from tests.tui.window import (
    goldens,
    press,
    same_at_every_size,
    settled,
    table,
    text,
    typed,
    until,
    watching,
)
from tui import rooms
from tui.app import Window
from tui.rooms import figures, figures_words
from tui.rooms.figures import FiguresRoom

STATES: dict[str, list[str]] = {"figures_month": [], "figures_details": ["enter"], "figures_week": ["t"]}


@pytest.fixture(autouse=True)
def _every_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))


@pytest.fixture
def told(office: Office) -> Office:
    return tell_of(office)


watch = watching("figures", 80, 24)


def shown(pilot: Pilot[None]) -> str:
    return " ".join(text(pilot.app).replace("│", " ").split())


@pytest.mark.parametrize("name", STATES)
def test_the_screen_reads_well(told: Office, name: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        for key in STATES[name]:
            await press(pilot, key)
        await same_at_every_size(pilot, name)

    watch(told, story)


def test_the_screen_speaks_english(told: Office) -> None:
    use_language("en")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        await same_at_every_size(pilot, "figures_en")

    watch(told, story)


def test_no_golden_is_left_over() -> None:
    assert goldens("figures") == {*STATES, "figures_en", "figures_empty"}


def test_an_office_that_has_published_nothing_is_told_so(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Trong kỳ này chưa có bài nào được đăng" in shown(pilot)
        await same_at_every_size(pilot, "figures_empty")
        await press(pilot, "enter", "f6", "f2", "f4", "escape")

    watch(office, story)


def test_not_available_zero_and_never_read_are_three_things_and_stand_in_this_order(told: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        rows = [table(pilot).row(n) for n in range(table(pilot).count)]
        words = [(row.delivery, figures_words.value(row, "views")) for row in rows if row]
        assert words[0] == ("hai@fanpage", "420")
        assert dict(words)["ba@fanpage"] == "0"
        assert dict(words)["mot@website"] == "không có số liệu"
        assert dict(words)["bon@website"] == "chưa đọc"
        assert [value for _, value in words[5:]].count("0") == 0, "what has no figure stands last"

    watch(told, story)


def test_without_the_plotting_library_bars_stand_there(told: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures_words, "Plot", None)

    async def story(pilot: Pilot[None]) -> None:
        assert "█" in text(pilot.app)
        assert "195 (4 bài)" in shown(pilot)

    watch(told, story)


def test_keys_change_period_and_metric(told: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f2")
        assert "90 ngày" in shown(pilot)
        assert "7 trên 10 lượt đăng có số liệu" in shown(pilot)
        await press(pilot, "t")
        assert "7 ngày" in shown(pilot)
        assert table(pilot).count == 2
        await press(pilot, "f6")
        assert "người tiếp cận" in shown(pilot)
        await press(pilot, "f6")
        assert "· lượt xem ·" in shown(pilot)

    watch(told, story)


def test_a_figure_is_noted_by_hand_and_stands_there(told: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        cast(Window, pilot.app).session.enter(told.people["soan"])
        place = [table(pilot).row(n).delivery for n in range(table(pilot).count)].index("mot@website")
        table(pilot).move_to(place)
        await press(pilot, "f4", "enter")
        await typed(pilot, "hai mươi", "enter", "enter", "enter")
        assert "Xin viết một số đếm" in shown(pilot)
        await pilot.press("escape")
        await press(pilot, "f4", "enter")
        await typed(pilot, "1.250", "enter")
        await press(pilot, "enter", "enter")
        now, _ = reach.periods(told.workspace, 30)
        [post] = [one for one in now.posts if one.delivery == "mot@website"]
        assert post.value("views") == 1250
        assert "1.250" in shown(pilot)

    watch(told, story)


def test_reading_now_asks_the_platform_and_tells_how_many_came(office: Office) -> None:
    office.approved("hoi-dap.md", due="2026-11-09T06:10+07:00", channels="[fanpage]")
    office.publish_until(office.clock.now() + timedelta(minutes=20))

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f8")
        await until(pilot, lambda: "số liệu." in shown(pilot))
        await settled(pilot)
        [row] = [table(pilot).row(n) for n in range(table(pilot).count)]
        assert row is not None
        assert row.readings

    watch(office, story)


def test_esc_stops_the_reading_and_keeps_what_was_read(told: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def story(pilot: Pilot[None]) -> None:
        screen = pilot.app.screen
        assert isinstance(screen, FiguresRoom)

        def pull(_workspace: object, progress: Callable[[str, int, int], None], **_: object) -> reach.Pulled:
            for number in range(1, 6):
                asked.append(f"{number}")
                if number == 2:
                    screen._stop.set()  # type: ignore[union-attr]  # Esc, while the platform is being asked
                progress(f"bai-{number}", number, 5)
            return reach.Pulled(5)

        monkeypatch.setattr(figures.service, "pull", pull)
        await press(pilot, "f8")
        assert asked == ["1", "2"]
        assert "Đã dừng đọc" in shown(pilot)
        assert screen._stop is None

    watch(told, story)
