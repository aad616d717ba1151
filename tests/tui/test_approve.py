"""The room Duyệt: everything that is sent is read first, what changed is told, what was shown is signed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PIL import Image
from sqlalchemy import delete
from textual.pilot import Pilot

from content.approval import Role
from content.wording import use_language
from loa.services import approving, people, posts
from scheduler.status import Status
from scheduler.store.tables import sealed
from tests.support.office import PASSPHRASE, Office
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
from tui.dialogs.confirm import Confirm
from tui.dialogs.sign_in import SignIn
from tui.rooms.approve import ApproveRoom
from tui.rooms.approve_text import visible
from tui.widgets.blocks import Blocks

OLD = """Người dân được trợ giúp pháp lý miễn phí.

Hãy đến trụ sở xã vào sáng thứ Ba.

Mang theo căn cước."""
NEW = OLD.replace("thứ Ba", "thứ Tư")


def waits(office: Office, name: str, **keys: str) -> str:
    key = office.import_post(name, **keys)
    approving.submit(office.workspace, office.people["soan"], key)
    return key


@pytest.fixture
def desk(office: Office) -> Office:
    """One post that was approved and then edited, one that never was, one that the approver wrote."""
    (office.folder / "posts").mkdir(exist_ok=True)
    for name, colour in (("tru-so.png", "red"), ("to-roi.png", "blue")):
        Image.new("RGB", (640, 400), colour).save(office.folder / "posts" / name)
    old = {"title": "Trợ giúp pháp lý miễn phí", "due": "2026-11-10T08:00+07:00", "tags": "[trợ giúp]"}
    office.approved(
        "tro-giup.md",
        text=OLD,
        **old,
        media="[{file: tru-so.png, alt: Cổng trụ sở xã nhìn từ đường, rights: ảnh của đơn vị}]",
    )
    office.clock.forward(minutes=10)
    changed = old | {"due": "2026-11-10T09:30+07:00", "citations": "[Luật Trợ giúp pháp lý 2017]"}
    waits(
        office,
        "tro-giup.md",
        text=NEW,
        **changed,
        media="[{file: to-roi.png, alt: Lịch tiếp dân trên tờ rơi, rights: ảnh của đơn vị, people: không}]",
    )
    waits(office, "dat-dai.md", title="Hỏi đáp đất đai", due="2026-11-11T08:00+07:00", channels="[website]")
    truong = people.add(
        office.workspace,
        office.people["ky"],
        "truong",
        full_name="Lê Thị Trưởng",
        roles=[Role.APPROVER, Role.DRAFTER],
        passphrase=PASSPHRASE,
    )
    office.people["truong"] = truong
    return office


watch = watching("approve", 100, 40, who="duyet")


def pane(pilot: Pilot[None]) -> Blocks:
    room = pilot.app.room  # type: ignore[attr-defined]
    assert isinstance(room, ApproveRoom)
    return room.query_one(Blocks)


async def sign(pilot: Pilot[None], passphrase: str = PASSPHRASE) -> None:
    """F2, yes, the passphrase."""
    await press(pilot, "f2")
    assert isinstance(pilot.app.screen, Confirm)
    await press(pilot, "enter")
    assert isinstance(pilot.app.screen, SignIn)
    await typed(pilot, passphrase, "enter")
    await settled(pilot)


def status(office: Office, key: str) -> str:
    return posts.get(office.workspace, key).status


def test_everything_that_will_be_sent_can_be_read(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        told = pane(pilot).told
        for variant in posts.in_review(desk.workspace, "tro-giup").values():
            assert variant.text in told
            for part in (variant.title, variant.account, variant.link, *variant.citations, *variant.tags):
                assert part in told
            for ref in variant.media:
                assert f"{ref.name} · ảnh {ref.width}×{ref.height}" in told
                assert ref.alt in told
        assert "Giờ đăng: Thứ Ba 10/11/2026 09:30, muộn nhất" in told
        assert "Người soạn: soan" in told

    watch(desk, story)


def test_what_changed_since_the_last_approval_is_told(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        told = pane(pilot).told
        assert "Đã đổi so với bản duyet (duyệt) duyệt Thứ Hai 09/11/2026 06:00:" in told
        assert "  - Hãy đến trụ sở xã vào sáng thứ Ba." in told
        assert "  + Hãy đến trụ sở xã vào sáng thứ Tư." in told
        assert "Giờ đăng: Thứ Ba 10/11/2026 08:00 → Thứ Ba 10/11/2026 09:30" in told
        assert "Thêm: to-roi.png" in told
        assert "Bỏ: tru-so.png" in told
        assert "Căn cứ: – → Luật Trợ giúp pháp lý 2017" in told
        await press(pilot, "down")
        assert "Chưa từng được duyệt" in pane(pilot).told

    watch(desk, story)


def test_when_the_approved_text_is_gone_the_whole_is_to_be_read(desk: Office) -> None:
    desk.workspace.database.run(lambda c: c.execute(delete(sealed)))

    async def story(pilot: Pilot[None]) -> None:
        assert "không còn hoặc chữ ký không kiểm được: xin đọc toàn bộ" in pane(pilot).told

    watch(desk, story)


def test_signing_asks_for_the_passphrase_and_goes_on_to_the_next_post(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert table(pilot).current.id == "tro-giup"
        await sign(pilot)
        assert status(desk, "tro-giup") == Status.QUEUED
        assert "Đã duyệt “Trợ giúp pháp lý miễn phí”" in text(pilot.app)
        await until(pilot, lambda: table(pilot).current.id == "dat-dai")
        await sign(pilot)
        await until(pilot, lambda: table(pilot).count == 0)
        assert "Không có bài nào chờ duyệt." in text(pilot.app)

    watch(desk, story)


def test_nobody_signed_in_signs_in_by_signing(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "2 bài chờ duyệt. Đăng nhập" in text(pilot.app)
        pilot.app.session.hint = "duyet"  # type: ignore[attr-defined]
        await sign(pilot)
        assert status(desk, "tro-giup") == Status.QUEUED

    watch(desk, story, who="")


def test_a_wrong_passphrase_signs_nothing(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await sign(pilot, "sai mat khau roi")
        assert "không đúng" in text(pilot.app)
        await press(pilot, "escape")
        assert status(desk, "tro-giup") == Status.IN_REVIEW

    watch(desk, story)


def test_a_text_that_is_replaced_while_the_passphrase_is_typed_is_not_signed(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f2", "enter")
        waits(desk, "tro-giup.md", text="Bản mới hẳn.", due="2026-11-10T09:30+07:00")
        await typed(pilot, PASSPHRASE, "enter")
        await until(pilot, lambda: "vừa được thay đổi sau khi hiện cho bạn xem" in text(pilot.app))
        await press(pilot, "escape")
        await until(pilot, lambda: "Bản mới hẳn." in pane(pilot).told)
        assert status(desk, "tro-giup") == Status.IN_REVIEW

    watch(desk, story)


def test_a_text_that_changes_while_it_is_read_begins_anew_and_says_so(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "pagedown")
        assert pane(pilot).scroll_y > 0
        waits(
            desk, "tro-giup.md", text=OLD * 9, due="2026-11-10T09:30+07:00"
        )  # at once: it stays in the list
        await until(pilot, lambda: "Bài này vừa được thay đổi" in text(pilot.app))
        await settled(pilot)
        assert pane(pilot).scroll_y == 0
        assert not pane(pilot).read_to_end

    watch(desk, story, lines=24)


def test_a_post_that_another_officer_sends_back_while_it_is_read_is_not_taken_for_the_next(
    desk: Office,
) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        assert pilot.app.screen.has_class("-reading")
        approving.reject(desk.workspace, desk.people["truong"], "tro-giup", "sai ngày")
        await until(pilot, lambda: "“Trợ giúp pháp lý miễn phí” không" in text(pilot.app))
        assert not pilot.app.screen.has_class("-reading")

    watch(desk, story)


def test_whoever_has_not_seen_the_end_is_told_before_signing(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f2")
        assert "Bạn chưa xem đến cuối bài." in text(pilot.app)
        await press(pilot, "escape", "enter", *["pagedown"] * 9)
        assert pane(pilot).read_to_end
        await press(pilot, "f2")
        assert "Bạn chưa xem đến cuối bài." not in text(pilot.app)
        assert "website: đăng Thứ Ba 10/11/2026 09:30" in text(pilot.app)

    watch(desk, story, columns=80, lines=24)


def test_home_and_end_go_to_both_ends_of_the_post(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        assert not pane(pilot).read_to_end
        await press(pilot, "end")
        assert "Dấu niêm" in text(pilot.app)
        assert pane(pilot).read_to_end
        await press(pilot, "home")
        assert pane(pilot).scroll_y == 0

    watch(desk, story, columns=80, lines=24)


def test_past_its_time_and_before_its_deadline_it_goes_out_as_soon_as_it_is_signed(office: Office) -> None:
    waits(office, "khai-sinh.md", due="2026-11-09T06:30+07:00", channels="[fanpage]")
    office.clock.forward(minutes=45)

    async def story(pilot: Pilot[None]) -> None:
        told = " ".join(pane(pilot).told.split())
        assert "Giờ đăng đã qua nhưng chưa quá hạn chót: duyệt xong là bài được đăng ngay." in told
        assert "CHẶN" not in told, "nothing stops it"
        await sign(pilot)

    watch(office, story)
    office.publish_until(office.clock.now() + timedelta(seconds=1))
    assert office.statuses() == {"khai-sinh@fanpage": "published"}


def test_why_an_officer_may_not_approve_is_told_and_nothing_is_asked(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "thiếu vai trò" in text(pilot.app)
        assert "Bạn không có vai trò thẩm định hoặc duyệt." in pane(pilot).told
        await press(pilot, "f2")
        assert "Bạn không có vai trò" in text(pilot.app)
        assert "Ký duyệt: Trợ giúp" in text(pilot.app)
        assert not isinstance(pilot.app.screen, Confirm)

    watch(desk, story, who="soan")


def test_ones_own_post_stands_last_and_names_the_reason(desk: Office) -> None:
    key = desk.import_post("cua-toi.md", title="Bài của tôi", due="2026-11-09T09:00+07:00")
    with_two = posts.get(desk.workspace, key)
    assert with_two.contributors == ["soan"]
    approving.submit(desk.workspace, desk.people["truong"], key)  # whoever submits has a part in it

    async def story(pilot: Pilot[None]) -> None:
        assert [table(pilot).row(n).id for n in range(3)] == ["tro-giup", "dat-dai", "cua-toi"]
        assert "bài của bạn" in text(pilot.app)
        assert "Chờ bạn duyệt: 2 bài · của người khác hoặc chưa duyệt được: 1 bài" in text(pilot.app)

    watch(desk, story, who="truong")


def test_a_post_is_sent_back_only_with_a_reason(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f4", "enter")
        assert "Xin điền: Lý do" in text(pilot.app)
        await typed(pilot, "thiếu căn cứ", "enter")
        assert status(desk, "tro-giup") == Status.DRAFT
        assert "bị trả lại" in text(pilot.app) or "Đã trả lại" in text(pilot.app)

    watch(desk, story)


def test_a_post_is_withdrawn_with_a_reason(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f8")
        await typed(pilot, "xem lại", "enter")
        assert status(desk, "tro-giup") == Status.DRAFT

    watch(desk, story)


def test_next_and_previous_also_while_a_post_fills_the_screen(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "f6")
        assert "Hỏi đáp đất đai" in pane(pilot).told
        assert not table(pilot).display
        await press(pilot, "shift+f6")
        assert "Trợ giúp pháp lý" in pane(pilot).told
        await press(pilot, "escape")
        assert table(pilot).display
        assert table(pilot).has_focus

    watch(desk, story, columns=80, lines=24)


def test_one_key_scrolls_to_the_next_channel(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter", "f3")
        assert "── website" in text(pilot.app).splitlines()[6]
        await press(pilot, "f3")
        assert "── fanpage" in text(pilot.app)
        await press(pilot, "f3")
        assert pane(pilot).scroll_y == 0

    watch(desk, story, columns=80, lines=24)


def test_the_palette_brings_somebody_to_a_post_that_waits(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await pilot.app.go("approve", post="dat-dai")  # type: ignore[attr-defined]
        await until(pilot, lambda: table(pilot).current.id == "dat-dai")
        await pilot.app.go("approve", post="khong-co")  # type: ignore[attr-defined]
        await until(pilot, lambda: "Bài khong-co không chờ duyệt." in text(pilot.app))
        await press(pilot, "f12", "enter")
        await until(pilot, lambda: pilot.app.room.PLACE == "queue")  # type: ignore[attr-defined]

    watch(desk, story)


def test_signing_out_shows_another_list(desk: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Chờ bạn duyệt: 2 bài" in text(pilot.app)
        await press(pilot, "ctrl+l")
        pilot.app.room._tick()  # type: ignore[attr-defined]
        await until(pilot, lambda: "2 bài chờ duyệt. Đăng nhập" in text(pilot.app))

    watch(desk, story)


def test_what_nobody_sees_is_shown_by_its_number() -> None:
    assert visible("a\u202eb\u200bc\n👩\u200d⚖️") == "a⟨U+202E⟩b⟨U+200B⟩c\n👩\u200d⚖️"


STATES: dict[str, list[str]] = {"approve_list": [], "approve_read": ["enter"], "approve_sign": ["f2"]}


@pytest.fixture
def every_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))


@pytest.mark.usefixtures("every_tab")
@pytest.mark.parametrize("name", STATES)
def test_the_screen_reads_well(desk: Office, name: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, *STATES[name])
        await same_at_every_size(pilot, name)

    watch(desk, story, columns=80, lines=24)


@pytest.mark.usefixtures("every_tab")
def test_an_empty_desk_reads_well(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await same_at_every_size(pilot, "approve_empty")

    watch(office, story, columns=80, lines=24)


@pytest.mark.usefixtures("every_tab")
def test_the_screen_speaks_english(desk: Office) -> None:
    use_language("en")

    async def story(pilot: Pilot[None]) -> None:
        await same_at_every_size(pilot, "approve_en")

    watch(desk, story, columns=80, lines=24)


def test_no_golden_of_this_room_is_left_over() -> None:
    assert goldens("approve") == {*STATES, "approve_en", "approve_empty"}
