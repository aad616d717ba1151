"""The room Số liệu: figures of posts side by side, never added up; “not available” is not 0."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from content.wording import use_language
from loa.reports import making
from loa.services import reach
from loa.services.reach import hours
from tests.support.grown import DAY, many
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
from tui.rooms import figures, figures_views, figures_words
from tui.rooms.figures import FiguresRoom

STATES: dict[str, list[str]] = {"figures_month": [], "figures_details": ["enter"], "figures_week": ["t"]}
VIEWS = {"figures_kinds": "kind", "figures_hours": "hours"}


@pytest.fixture(autouse=True)
def _every_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))


@pytest.fixture
def told(office: Office) -> Office:
    return tell_of(office)


@pytest.fixture
def grown(office: Office) -> Office:
    """Posts of two months with their figure at the age of a week: enough in the evening, few at noon."""
    first = datetime(2026, 9, 14, tzinfo=UTC)
    days = [first + n * DAY for n in range(40) if (first + n * DAY).weekday() < 5]
    evening, morning = (
        [at.replace(hour=12, minute=15) for at in days[:10]],
        [at.replace(hour=2) for at in days],
    )
    many(office, "fanpage", evening, [300 + n for n in range(10)], "toi")
    many(office, "fanpage", morning[:20], [100 + n for n in range(20)], "sang")
    many(office, "website", [at.replace(hour=5) for at in days[:3]], [7, 9, None], "trua")
    return office


async def look_by(pilot: Pilot[None], view: str) -> None:
    await press(pilot, "f3", *["down"] * figures_views.VIEWS.index(view), "enter")


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
    assert goldens("figures") == {*STATES, *VIEWS, "figures_en", "figures_empty", "figures_report"}


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


@pytest.mark.parametrize("name", VIEWS)
def test_a_view_reads_well(grown: Office, name: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "k")
        await look_by(pilot, VIEWS[name])
        await same_at_every_size(pilot, name)

    watch(grown, story)


def test_groups_are_compared_at_an_age_that_can_be_changed_and_esc_leads_back(grown: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "k")
        await look_by(pilot, "hour")
        assert "So theo giờ đăng: lượt xem khi bài được 7 ngày, 90 ngày qua" in shown(pilot)
        assert "19–20 giờ" in shown(pilot)
        assert "10/10 bài" in shown(pilot)
        await press(pilot, "shift+f6")
        assert "khi bài được 14 ngày" in shown(pilot)
        assert "không có số liệu · 0/10 bài" in shown(pilot)
        await press(pilot, "escape")
        assert "90 ngày (" in shown(pilot)
        await press(pilot, "shift+f6")
        assert "chỉ dùng khi so sánh" in shown(pilot)

    watch(grown, story)


def test_an_hour_is_called_better_only_where_posts_are_enough(grown: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "k")
        await look_by(pilot, "hours")
        assert "fanpage: tốt hơn vào Thứ Hai – Thứ Sáu, 19–20 giờ" in shown(pilot)
        assert "website: chưa đủ bài để kết luận" in shown(pilot)

    watch(grown, story, 100, 40)


def test_an_office_without_posts_has_nothing_to_compare_and_is_told_so(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        for view in figures_views.VIEWS[1:]:
            await look_by(pilot, view)
            assert "chưa có bài nào được đăng" in shown(pilot), view
            await press(pilot, "escape")

    watch(office, story)


def test_the_curve_of_a_post_stands_in_its_details(grown: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "k", "enter")
        assert "·····█" in shown(pilot)

    watch(grown, story, 100, 30)


def test_a_report_is_made_in_a_few_steps_and_told_where_it_is(grown: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f12")
        await same_at_every_size(pilot, "figures_report")
        await press(pilot, "enter")
        assert "nam-2026" in shown(pilot), "the report that is due next is proposed"
        await press(pilot, "enter", "down", "down", "enter")
        file = grown.folder / "bao-cao" / "bao-cao-nam-2026.html"
        await until(pilot, file.exists)
        await settled(pilot)
        assert "bao-cao-nam-2026.html" in "".join(shown(pilot).split())
        await press(pilot, "escape", "f12", "enter", "enter", "down", "down", "enter")
        await until(pilot, file.with_stem("bao-cao-nam-2026-2").exists)
        await settled(pilot)

    watch(grown, story)


def test_what_is_opened_meanwhile_does_not_take_away_where_the_report_is(
    grown: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, make = threading.Event(), threading.Event(), making.make

    def slow(*told: Any, **named: Any) -> making.Made:
        begun.set()
        go_on.wait(20)
        return make(*told, **named)

    monkeypatch.setattr(making, "make", slow)

    async def story(pilot: Pilot[None]) -> None:
        try:
            await press(pilot, "f12", "enter", "enter", "down", "down")
            await pilot.app._press_keys(["enter"])
            await until(pilot, begun.is_set)
            await pilot.app._press_keys(["f12"])
            await until(pilot, lambda: "Đang lập báo cáo" in shown(pilot))
            await pilot.app._press_keys(["f3"])
            await until(pilot, lambda: "Xem số liệu theo" in shown(pilot))
        finally:
            go_on.set()
        await until(pilot, lambda: "bao-cao-nam-2026.html" in "".join(shown(pilot).split()))

    watch(grown, story)


def test_a_period_that_is_none_is_told_before_anything_is_counted(grown: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f12", "enter")
        await typed(pilot, " hay sao", "enter")
        assert "không phải là một kỳ báo cáo" in shown(pilot)
        assert not (grown.folder / "bao-cao").exists()

    watch(grown, story)


def test_bars_of_one_channel_are_as_long_as_their_figures_say(grown: Office) -> None:
    told = hours.best_hours(grown.workspace, channel="fanpage")
    lines = figures_views.told(told, 75).splitlines()
    evening, morning = (
        next(one for one in lines if "█" in one and hour in one) for hour in ("19–20", " 9–10")
    )
    assert morning.count("█") / evening.count("█") == pytest.approx(110 / 304, abs=0.05)
