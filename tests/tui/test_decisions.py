"""What a person decides about a delivery from the queue: only what is allowed, asked for, done, told."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from rich.cells import cell_len
from sqlalchemy import update
from textual.pilot import Pilot

from content.wording import LANGUAGES, say, use_language
from loa.services import deciding
from scheduler.status import Status
from scheduler.store.tables import delivery
from tests.support.office import PASSPHRASE, Office
from tests.tui.window import Story, ids, opened, press, settled, table, text, typed
from tui.frame.session import Session
from tui.rooms import decisions
from tui.rooms.decisions import offered


def work(office: Office, on: str, story: Story, *, who: str = "duyet", lines: int = 40) -> None:
    """A story with the cursor on a delivery and somebody signed in."""

    async def go() -> None:
        async with opened(office, 100, lines, who=who) as pilot:
            table(pilot).move_to(ids(pilot).index(on))
            await settled(pilot)
            await story(pilot)

    asyncio.run(go())


def put(office: Office, key: str, **values: object) -> None:
    office.workspace.database.run(
        lambda c: c.execute(update(delivery).where(delivery.c.id == key).values(**values))
    )


async def pick(pilot: Pilot[None], words: str) -> None:
    """Open the menu and choose the decision that is called so."""
    await press(pilot, "f4")
    lines = [line.strip(" │") for line in text(pilot.app).splitlines()]
    names = [line for line in lines if line.endswith("…") or line in ("Cho đăng ngay", "Giao nền tảng giữ")]
    await press(pilot, *["down"] * names.index(words), "enter")
    assert words in text(pilot.app)


@pytest.mark.parametrize("status", Status)
def test_only_what_the_status_allows_is_offered(office: Office, status: Status) -> None:
    """Everything offered is tried on a delivery of that status: none is refused for its status."""
    post = office.approved("bai.md")
    view = office.view(f"{post}@website")
    late = office.clock.now() + timedelta(days=400)
    due = replace(view, status=status, remote_id="by-hand" if status is Status.REVEALING else "")
    names = offered(due, late, holds=True, by_hand=True) + offered(
        due, office.clock.now(), holds=True, by_hand=True
    )
    editable = {Status.DRAFT, Status.IN_REVIEW, Status.QUEUED, Status.READY, Status.HELD, Status.FAILED}
    assert ("move" in names) == (status in editable | {Status.MISSED})
    assert ("take_down" in names) == (status in {Status.PUBLISHED, Status.REMOVING})
    assert ("not_there" in names) == (status is Status.UNKNOWN)
    assert bool(names) == (status not in {Status.CANCELLED, Status.REMOVED})


def test_a_delivery_is_dropped_with_a_reason(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, "Bỏ, không đăng…")
        await press(pilot, "enter")
        assert "Xin điền: Lý do" in text(pilot.app)
        await typed(pilot, "trùng bài", "enter")
        assert "loi-cam-on@website" in text(pilot.app)
        assert busy.view("loi-cam-on@website").status == Status.CANCELLED

    work(busy, "loi-cam-on@website", story, who="soan")


def test_esc_decides_nothing(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, "Bỏ, không đăng…")
        await typed(pilot, "trùng bài", "escape")
        assert busy.view("loi-cam-on@website").status == Status.DRAFT

    work(busy, "loi-cam-on@website", story)


def test_a_new_time_is_checked_while_it_is_typed_and_then_kept(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, "Đổi giờ…")
        await typed(pilot, "mai", "enter")
        assert "mai" in text(pilot.app)
        assert busy.view("loi-cam-on@website").due_at == before
        await typed(pilot, "\x15+3h", "enter", "enter")
        now = busy.view("loi-cam-on@website").due_at
        assert now == busy.clock.now() + timedelta(hours=3)

    before = busy.view("loi-cam-on@website").due_at
    work(busy, "loi-cam-on@website", story)


def test_an_unknown_one_is_settled_by_the_address_where_it_was_found(busy: Office) -> None:
    put(busy, "tro-giup-phap-ly@fanpage", status="unknown", wake_at=None)

    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, "Đã thấy bài: dán địa chỉ…")
        await typed(pilot, "facebook.com/1", "enter")
        assert "Xin dán" in text(pilot.app) or "http" in text(pilot.app)
        await typed(pilot, "\x15\x1b[200~https://facebook.com/1\x1b[201~", "enter", "enter")
        view = busy.view("tro-giup-phap-ly@fanpage")
        assert (view.status, view.url) == (Status.PUBLISHED, "https://facebook.com/1")

    work(busy, "tro-giup-phap-ly@fanpage", story)


def test_an_unknown_one_that_is_not_there_is_sent_again_only_with_a_reason(busy: Office) -> None:
    put(busy, "tro-giup-phap-ly@fanpage", status="unknown", wake_at=None)

    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, "Không có trên kênh: đăng lại…")
        assert "sẽ lên hai lần" in text(pilot.app)
        await typed(pilot, "đã mở Trang xem", "enter")
        assert busy.view("tro-giup-phap-ly@fanpage").status == Status.READY

    work(busy, "tro-giup-phap-ly@fanpage", story)


def test_what_is_held_goes_out_at_once(busy: Office) -> None:
    put(busy, "tro-giup-phap-ly@website", status="held", wake_at=None, last_error="net:timeout")

    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, "Cho đăng ngay")
        await press(pilot, "enter")
        assert busy.view("tro-giup-phap-ly@website").status == Status.QUEUED
        busy.publish_until(busy.clock.now() + timedelta(minutes=1))
        assert busy.view("tro-giup-phap-ly@website").status == Status.PUBLISHED

    work(busy, "tro-giup-phap-ly@website", story)


def test_a_public_post_is_taken_down_only_when_the_word_is_typed(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, "Gỡ bài đã đăng…")
        await typed(pilot, "sai số liệu", "enter")
        await typed(pilot, "go ba", "enter")
        assert "Chưa gõ đúng “gỡ bài”." in text(pilot.app)
        assert busy.view("bai-da-dang@fanpage").status == Status.PUBLISHED
        await typed(pilot, "i", "enter")
        assert "Đã gỡ bai-da-dang@fanpage" in text(pilot.app)
        assert busy.view("bai-da-dang@fanpage").status == Status.REMOVED

    work(busy, "bai-da-dang@fanpage", story)


def test_what_the_rules_forbid_is_told_in_their_words(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, "Gỡ bài đã đăng…")
        await typed(pilot, "sai số liệu", "enter")
        await typed(pilot, "gỡ bài", "enter")
        assert "Chưa làm được" in text(pilot.app)
        assert "soan" in text(pilot.app)
        await press(pilot, "escape")
        assert busy.view("bai-da-dang@fanpage").status == Status.PUBLISHED

    work(busy, "bai-da-dang@fanpage", story, who="soan")


def test_a_platform_that_does_not_answer_is_shouted_with_what_to_do(busy: Office) -> None:
    busy.server.fault("cut_before", method="DELETE", times=9)

    async def story(pilot: Pilot[None]) -> None:
        await pick(pilot, "Gỡ bài đã đăng…")
        await typed(pilot, "sai số liệu", "enter")
        await typed(pilot, "gỡ bài", "enter")
        assert "‼ CHƯA GỠ ĐƯỢC bai-da-dang@fanpage" in text(pilot.app)
        assert busy.view("bai-da-dang@fanpage").status == Status.REMOVING

    work(busy, "bai-da-dang@fanpage", story)


def test_who_is_not_signed_in_is_asked_first(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        pilot.app.session = Session()  # type: ignore[attr-defined]
        await pick(pilot, "Bỏ, không đăng…")
        await typed(pilot, "trùng bài", "enter")
        assert "Đăng nhập" in text(pilot.app)
        await press(pilot, "down", "down", "enter")  # Nguyễn Thị Soạn
        await typed(pilot, PASSPHRASE, "enter")
        await settled(pilot)
        assert busy.view("loi-cam-on@website").status == Status.CANCELLED
        assert "Nguyễn Thị Soạn (soạn)" in text(pilot.app)

    work(busy, "loi-cam-on@website", story)


def test_a_cancelled_one_says_that_there_is_nothing_to_do(busy: Office) -> None:
    deciding.cancel(busy.workspace, busy.people["soan"], "loi-cam-on@website", "trùng")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "v")
        assert "Không có việc gì phải làm với lượt này." in text(pilot.app)

    work(busy, "loi-cam-on@website", story)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_decision_is_told_in_a_name_and_one_line(language: str) -> None:
    use_language(language)
    for name in {name for names in decisions._BY_STATUS.values() for name in names} | {"release"}:
        about = say(f"tui.decide.{name}.about")
        assert not about.startswith("tui."), name
        assert cell_len(about) <= 64, f"{name}: longer than a line of the menu"
