"""The room Chiến dịch: from a kit to drafts a step at a time, and plan beside reality."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from textual.pilot import Pilot

from content.wording import use_language
from loa.services import approving, campaigns, deciding, posts
from tests.support.office import PASSPHRASE, Office
from tests.tui.window import (
    enter,
    goldens,
    press,
    same_at_every_size,
    text,
    typed,
    watching,
)
from tui import rooms
from tui.rooms import campaigns as room_of

VALUES = ["enter"] * 7
"""Through every field of the kit that can be filled in beforehand."""
STATES = ("list", "one", "kit", "anchor", "channels", "values", "preview")


@pytest.fixture(autouse=True)
def _every_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))


watch = watching("campaigns", 100, 40)


@pytest.fixture
def running(office: Office) -> Office:
    """Monday 09/11/2026, the campaign of 2027 created; its first post is public, the second cancelled."""
    office.clock.instant += timedelta(days=300)
    made = campaigns.plan(office.workspace, "law_day", date(2027, 11, 9))
    first, second, *_ = campaigns.create(office.workspace, office.people["soan"], made).posts
    office.clock.instant = made.slots[0].at - timedelta(hours=1)
    approving.submit(office.workspace, office.people["soan"], first)
    approving.approve(office.workspace, office.people["duyet"], first)
    deciding.cancel(office.workspace, office.people["soan"], f"{second}@fanpage", "trùng bài của tỉnh")
    deciding.move(office.workspace, office.people["soan"], f"{second}@website", "20/10/2027 09:00")
    office.publish_until(made.slots[0].at + timedelta(minutes=20))
    return office


async def to(pilot: Pilot[None], state: str) -> None:
    """Through the wizard up to one of its steps."""
    if state == "list":
        return
    if state == "one":
        await press(pilot, "enter", "down")
        return
    steps = ("kit", "anchor", "channels", "values", "preview")
    keys = (["f2"], ["enter"], ["enter", "enter"], ["enter"], VALUES)
    for name, struck in zip(steps, keys, strict=True):
        await press(pilot, *struck)
        if name == state:
            return


@pytest.mark.parametrize("state", STATES)
def test_the_screen_reads_well(running: Office, state: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await to(pilot, state)
        await same_at_every_size(pilot, f"campaigns_{state}")

    watch(running, story, 80, 24)


def test_an_empty_list_reads_well(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await same_at_every_size(pilot, "campaigns_empty")

    watch(office, story, 80, 24)


def test_the_screen_speaks_english(running: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        use_language("en")
        await to(pilot, "one")
        await same_at_every_size(pilot, "campaigns_en")

    use_language("en")
    watch(running, story, 80, 24)


def test_no_golden_is_left_over() -> None:
    assert goldens("campaigns") == {f"campaigns_{name}" for name in (*STATES, "en", "empty")}


def test_from_nothing_to_drafts_with_the_keyboard_alone(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Chưa có chiến dịch nào" in text(pilot.app)
        await to(pilot, "preview")
        assert "Chưa tạo gì" in text(pilot.app)
        assert posts.listing(office.workspace) == [], "looking creates nothing"
        await press(pilot, "f8")
        # Today is 09/11/2026 06:20: this year's Law Day is proposed, most of whose posts are past.
        assert "phải xử lý trước khi tạo" in text(pilot.app)
        assert posts.listing(office.workspace) == []
        await press(pilot, "escape", "escape", "escape")
        await press(pilot, *["backspace"] * 10)
        await typed(pilot, "09/11/2027", "enter", "enter", "enter", *VALUES)
        assert "ngày mốc T3 09/11/2027" in text(pilot.app)
        await press(pilot, "f8", "enter")
        assert "Cụm mật khẩu" in text(pilot.app), "who creates it is asked now"
        await press(pilot, "down", "down", "enter")
        await typed(pilot, PASSPHRASE, "enter")
        shown = text(pilot.app)
        assert "[Hàng đợi]" in shown
        assert "Cùng nhau tìm hiểu" in shown, "the queue shows what was created"

    watch(office, story)
    [view] = campaigns.listing(office.workspace)
    assert (view.id, view.anchor, view.done) == ("ngay-phap-luat-2027", date(2027, 11, 9), 0)
    assert {one.status for one in posts.listing(office.workspace)} == {"draft"}


def test_the_arrows_go_from_field_to_field(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await to(pilot, "values")
        first = pilot.app.focused
        await press(pilot, "down")
        assert pilot.app.focused is not first
        await press(pilot, "up")
        assert pilot.app.focused is first

    watch(office, story)


def test_going_back_loses_nothing(running: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await to(pilot, "channels")
        await press(pilot, "space")
        assert "[ ]" in text(pilot.app)
        before = text(pilot.app)
        await press(pilot, "enter", *VALUES)
        await press(pilot, "down", "space")
        assert text(pilot.app).count("[ ]") == 5, (
            "left out by hand; two films and two bulletins without a channel"
        )
        preview = text(pilot.app)
        await press(pilot, "escape", "escape")
        assert text(pilot.app) == before
        await press(pilot, "escape", "escape", "escape")
        assert "1 chiến dịch" in text(pilot.app)
        await press(pilot, "f2", "enter", "enter", "enter", "enter", *VALUES, "down")
        assert text(pilot.app) == preview

    watch(running, story)


def test_the_mouse_leaves_out_a_slot_and_goes_back(running: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await to(pilot, "preview")
        await pilot.click("#slots", offset=(8, 3))
        line = next(line for line in text(pilot.app).splitlines() if "Space Lấy/bỏ" in line)
        await pilot.click("#footer", offset=(line.index("Space") - 2, 0))
        await press(pilot)
        assert "[ ]  T6 22/10 19:30" in text(pilot.app)
        await pilot.click("#close")
        await press(pilot)
        assert "Điền vào bộ bài" in text(pilot.app)

    watch(running, story)


def test_a_slot_can_be_moved_and_keeps_its_place_under_the_cursor(running: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await to(pilot, "preview")
        await press(pilot, "f6")
        assert "Đổi giờ một bài" in text(pilot.app)
        await press(pilot, *["backspace"] * 16)
        await typed(pilot, "hôm nào đó", "enter")
        assert "Đổi giờ một bài" in text(pilot.app), "what is no time is not taken"
        await press(pilot, *["backspace"] * 11)
        await typed(pilot, "13/11/2028 09:15", "enter")
        line = next(line for line in text(pilot.app).splitlines() if "›" in line)
        assert "T2 13/11/28 09:15" in line
        assert "Cùng nhau" in line

    watch(running, story)


def test_enter_leads_from_a_campaign_to_the_queue_of_its_post(running: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "down", "enter")
        shown = text(pilot.app)
        assert "vi sao" in shown.replace("-", " ")
        assert "đã hủy" in shown
        assert "nháp" in shown
        await enter(pilot, "campaigns")
        await press(pilot, "escape")
        assert "1 chiến dịch" in text(pilot.app)

    watch(running, story)


def test_a_whole_campaign_is_handed_over_and_what_stays_a_draft_says_why(running: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "f8")
        assert "Trình duyệt chiến dịch “Ngày Pháp luật 2027”?" in text(pilot.app)
        await press(pilot, "enter", "down", "down", "enter")
        await typed(pilot, PASSPHRASE, "enter")
        shown = text(pilot.app)
        assert "bài chưa trình được" in shown
        assert "Còn chỗ chưa điền" in shown
        await press(pilot, "escape")
        assert "chờ duyệt" in text(pilot.app)

    watch(running, story)
    states = {one.status for one in posts.listing(running.workspace)}
    assert "in_review" in states
    assert "draft" in states, "a slot that is filled later keeps its post"


def test_stopping_proposes_this_campaign(running: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        found = pilot.app.screen
        assert isinstance(found, room_of.CampaignsRoom)
        assert found.at_hand() == {"tag": "Ngày Pháp luật 2027"}
        await press(pilot, "f7", "down", "down", "enter")
        assert "Ngày Pháp luật 2027" in text(pilot.app)

    watch(running, story)


@pytest.mark.parametrize(
    ("done", "planned", "shown"),
    [
        (0, 0, "░░░░░░░░░░ 0/0"),
        (3, 10, "███░░░░░░░ 3/10"),
        (19, 20, "█████████░ 19/20"),
        (1, 1, "██████████ 1/1"),
    ],
)
def test_a_bar_is_full_only_when_all_is_done(done: int, planned: int, shown: str) -> None:
    assert room_of.bar(done, planned) == shown
