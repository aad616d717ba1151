"""The room Sau sự cố: what happened is told, what is allowed is offered, and nothing is left unsaid."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update
from textual.pilot import Pilot

from content.wording import LANGUAGES, catalogue, use_language
from loa.services import aftermath
from scheduler.status import Status
from scheduler.store.tables import delivery
from tests.support.office import Office
from tests.tui.window import (
    goldens,
    ids,
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
from tui.frame.room import Room
from tui.widgets.blocks import Blocks


@pytest.fixture
def after(office: Office) -> Office:
    """Monday 09/11/2026: one unclear, two that came due in a freeze, one missed."""
    for name, title, key, values in (
        ("dat-dai.md", "Hỏi đáp đất đai", "dat-dai", {"status": "missed", "last_error": "missed"}),
        ("khai-sinh.md", "Đăng ký khai sinh", "khai-sinh", {"status": "held", "last_error": "frozen"}),
        ("thue-dat.md", "Thuế đất năm 2026", "thue-dat", {"status": "held", "last_error": "frozen"}),
        (
            "tro-giup.md",
            "Trợ giúp pháp lý",
            "tro-giup",
            {"status": "unknown", "last_error": "settle.gave_up"},
        ),
    ):
        office.approved(name, title=title, due="2026-11-09T06:30+07:00", channels="[fanpage]")
        put(office, f"{key}@fanpage", **values)
    office.clock.forward(minutes=30)
    return office


def put(office: Office, key: str, **values: object) -> None:
    told = {"wake_at": None, **values}
    office.workspace.database.run(
        lambda c: c.execute(update(delivery).where(delivery.c.id == key).values(**told))
    )


watch = watching("outage", 100, 40, who="duyet")


def pane(pilot: Pilot[None]) -> str:
    return pilot.app.screen.query_one(Blocks).told


def test_it_opens_by_itself_when_something_waits(after: Office) -> None:
    async def go() -> None:
        app = Window(lambda: after.workspace)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, lambda: isinstance(app.screen, Room) and app.screen.head is not None)
            assert app.room is not None
            assert app.room.PLACE == "outage"

    asyncio.run(go())


def test_what_waits_is_grouped_and_counted(after: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert [name.partition("@")[0] for name in ids(pilot)] == [
            "tro-giup",
            "khai-sinh",
            "thue-dat",
            "dat-dai",
        ]
        told = "Còn 4 lượt chờ quyết định: Chưa rõ đã đăng chưa 1 · Quá giờ khi dừng 2 · Lỡ giờ 1"
        assert told in text(pilot.app)

    watch(after, story)


def test_what_happened_the_evidence_and_what_is_allowed_stand_beside_it(after: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "không nhận được câu trả lời rõ ràng" in pane(pilot)
        assert "Đã thấy bài: dán địa chỉ –" in pane(pilot)
        assert "Không có trên kênh: đăng lại –" in pane(pilot)
        assert "đã thử nhiều lần mà nền tảng không trả lời rõ" in pane(pilot)
        assert "Từng lần thử" in pane(pilot)
        await press(pilot, "end")
        assert "quá hạn chót mà chưa gửi" in pane(pilot)
        assert "Bỏ, không đăng –" in pane(pilot)

    watch(after, story)


def test_one_after_the_other_is_decided_until_nothing_is_left(after: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f4", "enter")  # found
        await typed(pilot, "https://facebook.com/1", "enter", "enter")
        assert after.view("tro-giup@fanpage").status == Status.PUBLISHED
        await until(pilot, lambda: "Còn 3 lượt" in text(pilot.app))
        assert table(pilot).current.id == "khai-sinh@fanpage", "the next one is at hand"
        for key in ("khai-sinh", "thue-dat"):
            await press(pilot, "f4", "enter", "enter")  # publish now
            assert after.view(f"{key}@fanpage").status == Status.QUEUED
            await until(pilot, lambda key=key: table(pilot).current.id != f"{key}@fanpage")
        await press(pilot, "f4")
        assert "Bỏ, không đăng…" in text(pilot.app)
        names = [line.strip(" │") for line in text(pilot.app).splitlines()]
        away = [name for name in names if name.endswith("…")].index("Bỏ, không đăng…")
        retry = "Cho đăng ngay" in names
        await press(pilot, *["down"] * (away + retry), "enter")
        await typed(pilot, "không cần nữa", "enter")
        await until(pilot, lambda: "Không còn gì phải quyết định." in text(pilot.app))
        assert after.view("dat-dai@fanpage").status == Status.CANCELLED
        await settled(pilot)
        await press(pilot, "enter")  # the button has the focus
        await until(pilot, lambda: pilot.app.room.PLACE == "queue")  # type: ignore[attr-defined]

    watch(after, story)


def test_a_group_is_decided_at_once_only_when_its_number_is_typed(after: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        table(pilot).move_to(1)
        await press(pilot, "f6")
        assert "Cả nhóm “Quá giờ khi dừng” (2 lượt)" in text(pilot.app)
        await press(pilot, "enter")
        assert "Đăng ký khai sinh · fanpage" in text(pilot.app)
        await typed(pilot, "3 lượt", "enter")
        assert "Chưa gõ đúng" in text(pilot.app)
        assert after.view("khai-sinh@fanpage").status == Status.HELD
        await typed(pilot, "\x152 luot", "enter")
        assert "Xong 2 trên 2 lượt." in text(pilot.app)
        await press(pilot, "escape")
        await until(pilot, lambda: "Còn 2 lượt" in text(pilot.app))
        assert {after.view(f"{key}@fanpage").status for key in ("khai-sinh", "thue-dat")} == {Status.QUEUED}
        assert after.view("dat-dai@fanpage").status == Status.MISSED, "of another group"

    watch(after, story)


def test_what_did_not_come_off_for_one_of_a_group_is_shouted(after: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        table(pilot).move_to(1)
        await press(pilot, "f6", "enter")
        put(after, "thue-dat@fanpage", status="cancelled")  # somebody else was quicker
        await typed(pilot, "2 lượt", "enter")
        assert "‼ thue-dat@fanpage: thue-dat@fanpage đang ở trạng thái “đã hủy”" in text(pilot.app)
        assert "Xong 1 trên 2 lượt." in text(pilot.app)

    watch(after, story)


def test_a_group_is_moved_one_after_the_other(after: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        table(pilot).move_to(1)
        await press(pilot, "f6", "down", "enter")
        await typed(pilot, "09/11/2026 10:00", "enter", "enter", "enter")
        await typed(pilot, "2 lượt", "enter")
        assert "Xong 2 trên 2 lượt." in text(pilot.app)
        dues = [after.view(f"{key}@fanpage").due_at for key in ("khai-sinh", "thue-dat")]
        assert [f"{due:%H:%M}" for due in dues if due] == ["03:00", "03:15"]

    watch(after, story)


def test_esc_decides_nothing_and_leaves_the_evidence(after: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6", "escape", "f4", "escape", "enter")
        assert not table(pilot).display
        await press(pilot, "escape")
        assert table(pilot).has_focus
        assert len(ids(pilot)) == 4

    watch(after, story, columns=80, lines=24)


def test_f8_shows_it_in_the_queue(after: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "end", "f8")
        await until(pilot, lambda: pilot.app.room.PLACE == "queue")  # type: ignore[attr-defined]
        await until(pilot, lambda: ids(pilot) == ["dat-dai@fanpage"])

    watch(after, story)


def test_nothing_to_decide_says_so_and_shows_the_way(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Không còn gì phải quyết định." in text(pilot.app)
        await press(pilot, "f4", "f6", "escape")
        await pilot.click("#to_queue")
        await until(pilot, lambda: pilot.app.room.PLACE == "queue")  # type: ignore[attr-defined]

    watch(office, story)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_and_every_decision_for_a_group_has_words(language: str) -> None:
    said = catalogue(language)
    for kind in aftermath.KINDS:
        assert all(f"tui_outage.kind.{kind}.{part}" in said for part in ("name", "happened", "look"))
        assert len(said[f"tui_outage.kind.{kind}.name"]) <= 20, "it stands in a column"
    assert all(f"tui_outage.group.{name}" in said for name in aftermath.TOGETHER)


STATES: dict[str, list[str]] = {
    "outage_list": [],
    "outage_read": ["enter"],
    "outage_decide": ["f4"],
    "outage_group": ["down", "f6"],
}


@pytest.fixture
def every_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))


@pytest.mark.usefixtures("every_tab")
@pytest.mark.parametrize("name", STATES)
def test_the_screen_reads_well(after: Office, name: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, *STATES[name])
        await same_at_every_size(pilot, name)

    watch(after, story, columns=80, lines=24)


@pytest.mark.usefixtures("every_tab")
def test_an_empty_screen_reads_well(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await same_at_every_size(pilot, "outage_empty")

    watch(office, story, columns=80, lines=24)


@pytest.mark.usefixtures("every_tab")
def test_the_screen_speaks_english(after: Office) -> None:
    use_language("en")

    async def story(pilot: Pilot[None]) -> None:
        await same_at_every_size(pilot, "outage_en")

    watch(after, story, columns=80, lines=24)


def test_no_golden_of_this_room_is_left_over() -> None:
    assert goldens("outage") == {*STATES, "outage_en", "outage_empty"}
