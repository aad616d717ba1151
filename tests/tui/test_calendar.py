"""The room Lịch: what a day tells, and posts that are moved from day to day with keys and mouse."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import cast

import pytest
from textual.pilot import Pilot

from content.wording import use_language
from loa.services import approving, calendar, deciding, stopping
from tests.support.office import Office
from tests.tui.window import (
    goldens,
    press,
    same_at_every_size,
    settled,
    table,
    text,
    until,
    watching,
)
from tui import rooms
from tui.app import Window
from tui.rooms import calendar_cells as cells
from tui.rooms.calendar import CalendarRoom
from tui.rooms.calendar_grid import CalendarGrid

STATES: dict[str, list[str]] = {
    "calendar_month": [],
    "calendar_week": ["f2"],
    "calendar_day": ["enter"],
    "calendar_carrying": ["right", "m", "right", "shift+down"],
    "calendar_confirm": ["right", "m", *["right"] * 5, "enter"],
}


@pytest.fixture(autouse=True)
def _every_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))


@pytest.fixture
def planned(busy: Office) -> Office:
    """The busy office with a freeze, a unit's own day off, and a day that has more than it can show."""
    for hour in (7, 9, 11, 14, 16):
        name = f"chien-dich-{hour}.md"
        busy.import_post(
            name,
            title=f"Ngày Pháp luật, bài {hour}",
            due=f"2026-11-12T{hour:02d}:30+07:00",
            channels="[website]",
        )
    own = '[[day]]\ndate = 2026-11-20\nname = "Nghỉ bù"\n'
    (busy.folder / calendar.OWN).write_text(own, "utf-8")
    stopping.start(busy.workspace, busy.people["ky"], "channel", "fanpage", "Trang bị chiếm")
    return busy


watch = watching("calendar", 80, 24)


def grid(pilot: Pilot[None]) -> CalendarGrid:
    return pilot.app.screen.query_one(CalendarGrid)


def shown(pilot: Pilot[None]) -> str:
    return " ".join(text(pilot.app).replace("│", " ").split())


def notices(pilot: Pilot[None]) -> str:
    """What was told in passing, whole: on the screen it stands over other things."""
    return " ".join(one.message for one in pilot.app._notifications)


def sign_in(pilot: Pilot[None], office: Office, name: str = "soan") -> None:
    cast(Window, pilot.app).session.enter(office.people[name])


def spot(pilot: Pilot[None], day: date, *, delivery: str = "") -> tuple[int, int]:
    """Where on the grid a day (or a delivery in it) is drawn."""
    for y, line in enumerate(grid(pilot)._drawn):
        x = 0
        for piece in line:
            if piece.day == day and piece.delivery == delivery:
                return x + 2, y
            x += len(piece.text)
    raise AssertionError(f"{day} {delivery} is not drawn:\n{text(pilot.app)}")


# ---- what stands there


@pytest.mark.parametrize("name", STATES)
def test_the_screen_reads_well(planned: Office, name: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        for key in STATES[name]:
            await press(pilot, key)
        await same_at_every_size(pilot, name)

    watch(planned, story)


def test_an_empty_month_reads_well(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await same_at_every_size(pilot, "calendar_empty")

    watch(office, story)


def test_the_screen_speaks_english(planned: Office) -> None:
    use_language("en")

    async def story(pilot: Pilot[None]) -> None:
        await same_at_every_size(pilot, "calendar_en")

    watch(planned, story)


def test_no_golden_is_left_over() -> None:
    assert goldens("calendar") == {*STATES, "calendar_en", "calendar_empty"}


def test_a_letter_stands_for_every_status_and_the_legend_tells_it() -> None:
    assert set(cells._GROUP) == set(cells.Status)
    for name in cells.GROUPS:
        assert len(cells.say(f"tui_calendar.letter.{name}")) == 1


def test_a_freeze_stands_on_every_day_it_covers(planned: Office) -> None:
    days = {day.date: day for day in calendar.month(planned.workspace, date(2026, 11, 9))}
    assert days[date(2026, 11, 8)].freezes == []
    assert [one.target for one in days[date(2026, 11, 30)].freezes] == ["fanpage"]
    planned.clock.forward(days=2)
    stopping.lift(planned.workspace, planned.people["ky"], 1, "xong")
    days = {day.date: day for day in calendar.month(planned.workspace, date(2026, 11, 9))}
    assert days[date(2026, 11, 11)].freezes
    assert days[date(2026, 11, 12)].freezes == []


def test_a_broken_file_of_days_off_is_told_and_the_plan_is_shown_all_the_same(planned: Office) -> None:
    (planned.folder / calendar.OWN).write_text("[[day", "utf-8")

    async def story(pilot: Pilot[None]) -> None:
        assert "Tệp ngay-nghi.toml viết sai" in shown(pilot)
        assert "Ngày Pháp luật" in shown(pilot)

    watch(planned, story, 140, 40)


# ---- getting around


def test_arrows_go_by_days_and_weeks_pages_by_months_home_to_today(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        for keys, day in (
            (["right", "down"], date(2026, 11, 17)),
            (["left", "up", "up"], date(2026, 11, 2)),
            (["pagedown", "pagedown"], date(2027, 1, 2)),
            (["home"], date(2026, 11, 9)),
            (["pageup", "n"], date(2026, 11, 9)),
            (["down", "down", "down", "pagedown", "pagedown", "pagedown"], date(2027, 2, 28)),
        ):
            await press(pilot, *keys)
            assert grid(pilot).cursor == day
        assert "Tháng 02/2027" in text(pilot.app)
        assert grid(pilot).day is not None, "read meanwhile"

    watch(planned, story)


def test_where_days_stand_under_each_other_up_and_down_go_by_one(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f2", "down", "down")
        assert grid(pilot).cursor == date(2026, 11, 11)
        await press(pilot, "right")
        assert grid(pilot).cursor == date(2026, 11, 18)

    watch(planned, story)


def test_enter_opens_the_day_and_from_there_the_queue(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "right", "enter")
        assert [table(pilot).row(n).id for n in range(table(pilot).count)] == ["loi-cam-on@website"]
        await press(pilot, "enter")
        assert cast(Window, pilot.app).room is not None
        assert cast(Window, pilot.app).room.PLACE == "queue"  # type: ignore[union-attr]
        assert "loi-cam-on" in text(pilot.app)

    watch(planned, story)


def test_who_comes_for_a_delivery_or_a_post_finds_its_day_open(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        window = cast(Window, pilot.app)
        await window.go("calendar", delivery="khai-sinh@fanpage")
        await settled(pilot)
        assert grid(pilot).cursor == date(2027, 1, 5)
        assert table(pilot).has_focus
        assert table(pilot).current.id == "khai-sinh@fanpage"
        await window.go("calendar", post="chien-dich-11")
        await settled(pilot)
        assert grid(pilot).cursor == date(2026, 11, 12)
        assert table(pilot).current.id == "chien-dich-11@website"
        await window.go("calendar", post="dat-dai")  # of two channels the first
        await settled(pilot)
        assert table(pilot).current.id == "dat-dai@website"
        await window.go("calendar", post="bai-nao-do")
        await settled(pilot)
        assert "Không có bài “bai-nao-do”" in notices(pilot)

    watch(planned, story)


def test_a_post_without_a_time_is_not_in_the_calendar_and_that_is_said(planned: Office) -> None:
    planned.import_post("chua-hen.md", due="", channels="[website]")

    async def story(pilot: Pilot[None]) -> None:
        await cast(Window, pilot.app).go("calendar", post="chua-hen")
        await settled(pilot)
        assert "Bài chua-hen chưa có giờ đăng" in notices(pilot)

    watch(planned, story)


def test_the_wheel_and_a_click_do_what_keys_do(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pilot.click(CalendarGrid, offset=spot(pilot, date(2026, 11, 12)))
        await settled(pilot)
        assert grid(pilot).cursor == date(2026, 11, 12)
        await pilot.click(CalendarGrid, offset=spot(pilot, date(2026, 11, 12)), times=2)
        await settled(pilot)
        assert table(pilot).has_focus
        assert table(pilot).count == 5

    watch(planned, story)


# ---- moving


def test_a_post_is_moved_with_the_keys_after_its_consequences_were_told(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        sign_in(pilot, planned)
        await press(pilot, "right", "m", "right", "right", "shift+down", "shift+down", "shift+up")
        assert "Đang dời" in shown(pilot)
        await press(pilot, "enter")
        told = shown(pilot)
        assert "Bài chưa trình duyệt" in told
        assert "cách chưa đến một giờ: Thứ Năm 12/11/2026 07:30" in told
        await press(pilot, "enter")
        view = planned.view("loi-cam-on@website")
        assert view.due_at is not None
        assert f"{view.due_at.astimezone(planned.workspace.config.zone):%d/%m %H:%M}" == "12/11 08:15"
        assert grid(pilot).carried is None

    watch(planned, story)


def test_esc_puts_back_and_writes_nothing(planned: Office) -> None:
    before = planned.view("loi-cam-on@website")

    async def story(pilot: Pilot[None]) -> None:
        sign_in(pilot, planned)
        await press(pilot, "right", "m", "right", "enter", "escape")
        assert grid(pilot).carried is not None, "the dialog was closed: go on moving"
        await press(pilot, "escape")
        assert grid(pilot).carried is None
        assert "Đang dời" not in text(pilot.app)

    watch(planned, story)
    assert planned.view("loi-cam-on@website") == before


def test_outside_the_approved_window_the_loss_is_told_before_and_undo_says_that_it_stays_lost(
    planned: Office,
) -> None:
    planned.approved("ke-hoach.md", due="2026-11-25T08:00+07:00", channels="[website]")

    async def story(pilot: Pilot[None]) -> None:
        sign_in(pilot, planned)
        await press(pilot, *["down"] * 2, "right", "right", "m", "left", "left", "left", "enter")
        assert "MẤT DUYỆT" in shown(pilot)
        assert "Chủ nhật 22/11/2026" in shown(pilot)
        assert "cuối tuần" in shown(pilot)
        await press(pilot, "enter")
        assert planned.view("ke-hoach@website").status == "draft"
        await press(pilot, "f8")
        assert "không tự trở lại" in shown(pilot)
        await press(pilot, "enter")
        view = planned.view("ke-hoach@website")
        assert view.due_at is not None
        assert view.due_at.astimezone(planned.workspace.config.zone).day == 25
        await press(pilot, "f8")
        assert "Chưa dời lượt nào" in notices(pilot)

    watch(planned, story, 100, 30)


def test_inside_the_approved_window_the_approval_stands(planned: Office) -> None:
    planned.approved("ke-hoach.md", due="2026-11-25T08:00+07:00", channels="[website]")
    view = planned.view("ke-hoach@website")
    assert view.due_at is not None
    ahead = calendar.prospect(planned.workspace, view.id, view.due_at + timedelta(minutes=30))
    assert (ahead.approval, ahead.movable, ahead.past) == ("kept", True, False)
    due = view.due_at + timedelta(minutes=30)
    moved = deciding.move(planned.workspace, planned.people["soan"], view.id, due.isoformat())
    assert moved.status == "queued", "what was foretold"


def test_undo_is_refused_once_somebody_else_has_changed_it(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        sign_in(pilot, planned)
        await press(pilot, "right", "m", "right", "enter", "enter")
        await asyncio.to_thread(approving.submit, planned.workspace, planned.people["soan"], "loi-cam-on")
        await settled(pilot)
        await press(pilot, "f8")
        assert "đã được đổi tiếp sau lần dời" in shown(pilot)

    watch(planned, story)


def test_nothing_is_moved_into_the_past(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        sign_in(pilot, planned)
        await press(pilot, "right", "m", "left", "left", "enter")
        assert "đã qua" in shown(pilot)
        await press(pilot, "escape")
        assert grid(pilot).carried is not None

    watch(planned, story)


def test_what_is_out_cannot_be_picked_up(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "home", "m")
        assert "không dời được nữa" in notices(pilot)
        assert grid(pilot).carried is None

    watch(planned, story)


def test_the_mouse_drags_a_post_to_another_day(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        sign_in(pilot, planned)
        start = spot(pilot, date(2026, 11, 10), delivery="loi-cam-on@website")
        await pilot.mouse_down(CalendarGrid, offset=start)
        await pilot.hover(CalendarGrid, offset=spot(pilot, date(2026, 11, 18)))
        assert grid(pilot).carried is not None
        await pilot.mouse_up(CalendarGrid, offset=spot(pilot, date(2026, 11, 18)))
        await settled(pilot)
        assert "Đổi giờ loi-cam-on@website" in shown(pilot)
        await press(pilot, "enter")
        view = planned.view("loi-cam-on@website")
        assert view.due_at is not None
        assert f"{view.due_at.astimezone(planned.workspace.config.zone):%d/%m %H:%M}" == "18/11 08:00"

    watch(planned, story)


def test_a_post_that_changes_elsewhere_while_it_is_carried_is_put_back(planned: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "right", "m", "right")
        await asyncio.to_thread(
            deciding.move,
            planned.workspace,
            planned.people["soan"],
            "loi-cam-on@website",
            "2026-11-13 09:00",
        )
        await until(pilot, lambda: grid(pilot).carried is None)
        assert "vừa được đổi ở nơi khác" in notices(pilot)

    watch(planned, story)


def test_of_a_day_with_several_posts_one_is_chosen_and_an_officer_signs_in_first(planned: Office) -> None:
    before = planned.view("chien-dich-9@website")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, *["right"] * 3, "m")
        assert "Dời lượt nào?" in shown(pilot)
        await press(pilot, "down", "enter", "down", "enter", "enter")
        assert "Cụm mật khẩu" in shown(pilot)
        await press(pilot, "escape")
        assert grid(pilot).carried is not None, "nobody signed in: nothing was moved, nothing is lost"
        assert planned.view("chien-dich-9@website") == before

    watch(planned, story)


@pytest.mark.parametrize("columns", [20, 40, 80, 99, 100, 140, 300])
@pytest.mark.parametrize("lines", [1, 3, 8, 17, 60])
@pytest.mark.parametrize("view", ["month", "week"])
def test_every_line_of_the_grid_is_exactly_as_wide_as_the_terminal(
    planned: Office, view: str, columns: int, lines: int
) -> None:
    from rich.cells import cell_len

    days = {day.date: day for day in calendar.month(planned.workspace, date(2026, 11, 9))}
    picture = cells.Picture(view, date(2026, 11, 9), date(2026, 11, 9), days, planned.workspace.config.zone)
    drawn = cells.lines(picture, columns, lines)
    assert [sum(cell_len(piece.text) for piece in line) for line in drawn] == [columns] * lines


def test_lines_are_shared_evenly_and_never_more_than_wanted() -> None:
    assert cells.allot(5, [1, 9, 0, 3]) == [1, 2, 0, 2]
    assert cells.allot(50, [1, 2]) == [1, 2]
    assert cells.allot(-3, [1, 2]) == [0, 0]


def test_bindings_come_from_the_table_of_keys() -> None:
    from tui import keymap

    assert keymap.bindings("calendar_grid") == CalendarGrid.BINDINGS
    assert keymap.bindings("calendar") == CalendarRoom.BINDINGS
