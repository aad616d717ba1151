"""The training room: platforms and publisher of the window's own, exercises that tick themselves off."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from connectors.practice.hall import PracticeHall
from content.wording import use_language
from loa.services import approving, channels, rehearsing, stopping, training
from loa.services.rehearsing import Rehearsal
from scheduler.store.database import BUSY_TIMEOUT_MS
from tests.connectors.practice.test_hall import free_row
from tests.support.office import Office
from tests.tui.window import (
    goldens,
    press,
    same_at_every_size,
    settled,
    text,
    until,
    watching,
)
from tui import rooms
from tui.dialogs.confirm import Confirm
from tui.dialogs.pick import Pick
from tui.dialogs.told import Told, Trouble
from tui.rooms import training as room


@pytest.fixture(autouse=True)
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    """No test meets the practice platforms that somebody runs on this machine."""
    port = free_row()
    monkeypatch.setattr(room, "Rehearsal", lambda: Rehearsal(port))
    return port


STATES = ("begin", "practising", "real")


watch = watching("training", 100, 30)


async def told(pilot: Pilot[None], *parts: str) -> None:
    """A dialog says this; it is closed then."""
    await until(pilot, lambda: isinstance(pilot.app.screen, Told))
    shown = " ".join(text(pilot.app).replace("│", " ").split())
    for part in parts:
        assert part in shown, shown
    await press(pilot, "escape")


# ---- what it says


@pytest.mark.parametrize("name", [*STATES, "en"])
def test_the_screen_reads_well(
    office: Office, no_channels: Office, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))
    shown = no_channels if name == "begin" else office
    use_language("en" if name == "en" else "vi")
    if name == "real":
        _add_real(office)
    if name in ("practising", "en"):
        office.approved()

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "down")
        await same_at_every_size(pilot, f"training_{name}")

    watch(shown, story, 80, 24)


def _add_real(office: Office) -> None:
    address = {"base_url": "https://phapluat.example.vn/", "folder": "that"}
    channels.add(
        office.workspace, office.people["ky"], "cong-that", platform="website", settings=address, secrets={}
    )


def test_a_workspace_with_real_channels_is_no_place_to_train(office: Office) -> None:
    _add_real(office)

    async def story(pilot: Pilot[None]) -> None:
        assert "KÊNH THẬT (cong-that)" in text(pilot.app)
        assert "loa init tap-huan" in text(pilot.app)
        assert "Dừng khẩn cấp" not in text(pilot.app), "no exercise where the public would notice"
        await press(pilot, "f6")
        await told(pilot, "có kênh thật (cong-that)")
        await press(pilot, "f2")
        await told(pilot, "có kênh thật (cong-that)")
        await press(pilot, "f8")
        await told(pilot, "KÊNH THẬT (cong-that)")
        assert len(channels.listing(office.workspace)) == 3

    watch(office, story, who="ky")


def test_without_platforms_the_first_step_is_named(no_channels: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Chưa có kênh tập" in text(pilot.app)
        for key in ("f2", "f4", "f12"):
            await press(pilot, key)
            await told(pilot, "Nhấn F6 trước")
        await press(pilot, "f8")
        await told(pilot, "Chưa có kênh tập")

    watch(no_channels, story, who="ky")


def test_with_platforms_open_nobody_is_told_to_open_them(no_channels: Office, port: int) -> None:
    with PracticeHall(port=port):

        async def story(pilot: Pilot[None]) -> None:
            assert "Nền tảng tập huấn đã mở: nhấn F2" in text(pilot.app)
            assert "F6)" not in text(pilot.app)
            await press(pilot, "f8")
            await told(pilot, "nhấn F2 để tạo kênh tập")

        watch(no_channels, story, 80, 24)


# ---- exercises


def test_exercises_tick_themselves_off_from_what_was_really_done(office: Office) -> None:
    workspace, look = office.workspace, Rehearsal(free_row()).look
    assert look(workspace).done == frozenset()
    post = office.import_post()
    assert look(workspace).done == {"write"}
    approving.submit(workspace, office.people["soan"], post)
    approving.approve(workspace, office.people["duyet"], post)
    assert look(workspace).done == {"write", "submit", "approve"}
    office.publish_until(office.clock.now() + timedelta(hours=2))
    assert look(workspace).done == {"write", "submit", "approve", "watch"}
    frozen = stopping.start(workspace, office.people["duyet"], "all", "", "tập").freeze
    stopping.lift(workspace, office.people["duyet"], frozen.id, "tập xong")
    assert look(workspace).done == set(rehearsing.EXERCISES) - {"unclear"}


def test_an_unclear_answer_is_ticked_off_once_it_is_settled(office: Office) -> None:
    office.approved(channels="[fanpage]")
    office.server.fault("cut_after_accept", method="POST", edge="")
    with office.publisher() as worker:
        worker.work_until(office.clock.now() + timedelta(hours=1, seconds=1))
        look = Rehearsal(free_row()).look
        before = look(office.workspace).done
        worker.work_until(office.clock.now() + timedelta(hours=2))
    assert ("reveal", "unclear") in office.steps("hoi-dap@fanpage")
    assert "unclear" in look(office.workspace).done, before


def test_each_exercise_has_a_room_and_its_words() -> None:
    from content.wording import LANGUAGES, catalogue

    assert set(room.WHERE) == set(rehearsing.EXERCISES)
    assert set(room.WHERE.values()) <= set(rooms.ROOMS)
    for language in LANGUAGES:
        said = catalogue(language)
        for name in rehearsing.EXERCISES:
            assert {f"tui_training.exercise.{name}.{part}" for part in ("name", "how")} <= set(said)
        for kind in rehearsing.TRIALS:
            assert {f"tui_training.trial.{kind}.{part}" for part in ("name", "will")} <= set(said)


def test_enter_goes_where_the_exercise_is_done(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "down", "down", "down", "enter")  # watch it go out
        await until(pilot, lambda: pilot.app.room.PLACE == "queue")

    watch(office, story)


# ---- platforms, channels, publisher, trouble: all of it real


def test_a_whole_lesson_without_leaving_the_window(no_channels: Office, port: int) -> None:
    workspace = no_channels.workspace

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await until(pilot, lambda: "ĐANG MỞ" in text(pilot.app))
        assert f"http://127.0.0.1:{port}" in text(pilot.app)
        await press(pilot, "f2")
        await until(pilot, lambda: "dùng để TẬP" in text(pilot.app))
        assert "CHẾ ĐỘ TẬP HUẤN" in text(pilot.app)
        listed = await asyncio.to_thread(channels.listing, workspace)
        assert {view.id for view in listed} == {"website", "fanpage", "youtube", "zalo", "cong"}

        await press(pilot, "f12")
        await told(pilot, f"http://127.0.0.1:{port}")

        await press(pilot, "f4")
        await until(pilot, lambda: isinstance(pilot.app.screen, Pick))
        await press(pilot, "enter")  # Facebook
        await until(pilot, lambda: "Nhận bài rồi đứt mạng" in text(pilot.app))
        await press(pilot, "enter")
        await told(pilot, "Đã gài lỗi", "tự đọc kênh")

        await asyncio.to_thread(lambda: no_channels.approved(channels="[fanpage]"))
        await press(pilot, "f8")
        await until(pilot, lambda: "đang chạy trong cửa sổ này" in text(pilot.app))
        await press(pilot, "f8")
        await until(pilot, lambda: "đã duyệt chưa lên" in text(pilot.app))
        patience_ms = no_channels.workspace.database.patience_ms
        assert patience_ms == BUSY_TIMEOUT_MS, "the window writes on as before"

        await press(pilot, "f6")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await press(pilot, "enter")
        await until(pilot, lambda: "chưa mở" in text(pilot.app))
        assert training_is_closed(port)

    watch(no_channels, story, who="ky")


def training_is_closed(port: int) -> bool:
    from content.errors import PlatformTrouble

    try:
        training.open_places(f"http://127.0.0.1:{port}")
    except PlatformTrouble:
        return True
    return False


def test_the_platforms_end_with_the_window(no_channels: Office, port: int) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await until(pilot, lambda: "ĐANG MỞ" in text(pilot.app))

    watch(no_channels, story)
    assert training_is_closed(port)


def test_platforms_of_another_window_are_used_and_left_alone(no_channels: Office, port: int) -> None:
    other = Rehearsal(port)
    other.open_platforms(no_channels.workspace)
    try:

        async def story(pilot: Pilot[None]) -> None:
            await until(pilot, lambda: "đang mở ở nơi khác" in text(pilot.app))
            await press(pilot, "f6")
            await told(pilot, "ở cửa sổ khác")
            await press(pilot, "f2")
            await until(pilot, lambda: "dùng để TẬP" in text(pilot.app))

        watch(no_channels, story, who="ky")
        assert not training_is_closed(port)
    finally:
        other.close()


def test_a_port_that_is_taken_is_told(no_channels: Office, port: int) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port + 2))
        taken.listen()

        async def story(pilot: Pilot[None]) -> None:
            await press(pilot, "f6")
            await until(pilot, lambda: isinstance(pilot.app.screen, Trouble))
            assert str(port) in text(pilot.app)

        watch(no_channels, story)


def test_only_an_operator_makes_practice_channels(no_channels: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await until(pilot, lambda: "ĐANG MỞ" in text(pilot.app))
        await press(pilot, "f2")
        await until(pilot, lambda: isinstance(pilot.app.screen, Trouble))
        assert "kỹ thuật" in text(pilot.app)
        await settled(pilot)
        assert channels.listing(no_channels.workspace) == []

    watch(no_channels, story, who="soan")


def test_no_golden_is_left_over() -> None:
    assert goldens("training") == {f"training_{name}" for name in (*STATES, "en")}
