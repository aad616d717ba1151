"""The room Soạn: a post is written without knowing its file, and nothing that was typed is lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from threading import current_thread, main_thread
from typing import cast

import pytest
from PIL import Image
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import OptionList

from loa.services import approving, desks, drafts, posts
from tests.support.office import PASSPHRASE, Office
from tests.tui.window import Story, burst, enter, opened, press, settled, table, text, typed, until
from tui.dialogs.pick import Pick
from tui.dialogs.questions import Form
from tui.dialogs.sign_in import SignIn
from tui.rooms import compose_desk
from tui.rooms.compose import ComposeRoom
from tui.rooms.compose_desk import Desk
from tui.rooms.compose_keeper import Keeper
from tui.rooms.compose_saving import OvertakenBy


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("KEEP_AFTER_S", "PREVIEW_AFTER_S"):
        monkeypatch.setattr(compose_desk, name, 0.001)


def write(office: Office, story: Story, columns: int = 80, lines: int = 24) -> None:
    async def go() -> None:
        async with opened(office, columns, lines, room="compose", who="soan") as pilot:
            await story(pilot)

    asyncio.run(go())


def room_of(pilot: Pilot[None]) -> ComposeRoom:
    return cast("ComposeRoom", pilot.app.room)  # type: ignore[attr-defined]


def desk_of(pilot: Pilot[None]) -> Desk:
    return room_of(pilot).desk


def at(pilot: Pilot[None], name: str) -> None:
    room = room_of(pilot)
    room.set_focus(room.query_one(f"#at-{name}"))


async def fill(pilot: Pilot[None], **fields: str) -> None:
    for name, words in fields.items():
        at(pilot, name.replace("_", "-"))
        await typed(pilot, words)


async def kept(pilot: Pilot[None]) -> str:
    """What lies on the disk once everything is kept."""
    await settled(pilot)
    desk = desk_of(pilot)
    await until(pilot, lambda: desk.draft is not None and desk.text() == desk.draft.source)
    assert desk.draft is not None
    return drafts.get(room_of(pilot).workspace, desk.draft.id).source


def notes(pilot: Pilot[None]) -> str:
    """What was told in passing."""
    return "\n".join(note.message for note in pilot.app._notifications)


def shown(app: App[None]) -> str:
    return " ".join(text(app).split())


async def write_a_post(pilot: Pilot[None]) -> None:
    await press(pilot, "f6")
    await fill(pilot, title="Hỏi đáp đất đai", due="mai 8h", body="Cấp giấy chứng nhận lần đầu cần gì?")
    at(pilot, "channels")
    await press(pilot, "space", "down", "space")


def picture(folder: Path, name: str = "Hội trường.png") -> Path:
    path = folder / name
    Image.new("RGB", (64, 48), "navy").save(path)
    return path


def test_a_post_is_written_saved_and_handed_over(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await write_a_post(pilot)
        assert "Thứ Ba 10/11/2026 08:00" in text(pilot.app), "the day that was understood is told"
        await press(pilot, "f8")
        assert "Kênh: fanpage, website" in text(pilot.app)
        await press(pilot, "enter")
        await until(pilot, lambda: bool(office.statuses()))
        await settled(pilot)
        assert set(office.statuses().values()) == {"in_review"}
        assert office.view("hoi-dap-dat-dai@website").due_at.isoformat() == "2026-11-10T01:00:00+00:00"  # type: ignore[union-attr]
        assert drafts.listing(office.workspace) == []
        assert not desk_of(pilot).draft

    write(office, story)


def test_who_may_not_save_is_told_before_the_first_word(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        pilot.app.session.enter(office.people["duyet"])  # type: ignore[attr-defined]
        await press(pilot, "f6")
        assert "Cần người có vai trò soạn" in text(pilot.app)
        assert "Trần Văn Duyệt (duyệt) không lưu được bài" in shown(pilot.app)
        await press(pilot, "escape")
        assert desk_of(pilot).draft is None
        assert drafts.listing(office.workspace) == []
        await press(pilot, "f6", "enter")
        assert isinstance(pilot.app.screen, SignIn)
        await press(pilot, "down", "down")  # duyet, ky, soan
        await typed(pilot, PASSPHRASE, "enter")
        await settled(pilot)
        assert desk_of(pilot).draft is not None
        await typed(pilot, "Hỏi đáp")  # the cursor stands in the title
        assert desk_of(pilot).manuscript.title == "Hỏi đáp"

    write(office, story)


def test_who_may_not_save_makes_room_for_a_drafter_and_no_word_is_lost(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await write_a_post(pilot)
        pilot.app.session.enter(office.people["duyet"])  # type: ignore[attr-defined]
        await press(pilot, "f2")
        assert "Cần người có vai trò soạn" in text(pilot.app)
        await press(pilot, "escape")
        assert desk_of(pilot).manuscript.title == "Hỏi đáp đất đai"
        await press(pilot, "f2", "enter", "down", "down")
        await typed(pilot, PASSPHRASE, "enter")
        await until(pilot, lambda: bool(office.statuses()))
        assert posts.get(office.workspace, "hoi-dap-dat-dai").contributors == ["soan"]

    write(office, story)


def test_what_an_input_method_sends_comes_into_the_body_as_it_is_meant(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        at(pilot, "body")
        await settled(pilot)
        burst(pilot.app, "Tie\x7fê\x7fếng Vie\x7fê\x7fệt\rq F n")  # letters that are keys elsewhere, too
        assert "Tiếng Việt\nq F n" in await kept(pilot)

    write(office, story)


def test_what_is_kept_is_there_again_when_it_is_opened_again(office: Office) -> None:
    before: list[str] = []

    async def begin(pilot: Pilot[None]) -> None:
        await write_a_post(pilot)
        await fill(
            pilot, summary="Ngắn gọn: “đủ”", citations="Điều 31 Luật Đất đai", tags="đất đai, #hỏi đáp"
        )
        at(pilot, "deadline")
        await typed(pilot, "thứ hai tu")  # half a word is kept as well
        before.append(await kept(pilot))
        assert "đã giữ lúc 06:00:00" in text(pilot.app)

    async def again(pilot: Pilot[None]) -> None:
        assert "Bài đang soạn dở lúc " in shown(pilot.app)
        assert "“Hỏi đáp đất đai”. Enter: mở lại." in shown(pilot.app)
        await press(pilot, "enter")
        desk = desk_of(pilot)
        assert desk.text() == before[0]
        assert desk.manuscript.deadline == "thứ hai tu"
        assert desk.manuscript.tags == "đất đai, hỏi đáp"

    write(office, begin)
    write(office, again)


def test_closing_the_window_keeps_the_last_word(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose_desk, "KEEP_AFTER_S", 3600)

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await typed(pilot, "Chữ cuối")

    write(office, story)
    assert [one.title for one in drafts.listing(office.workspace)] == ["Chữ cuối"]
    assert desks.holder(office.workspace, drafts.listing(office.workspace)[0]) is None


def test_going_to_another_room_keeps_what_was_typed_and_leaves_it_open(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose_desk, "KEEP_AFTER_S", 3600)

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await typed(pilot, "Dở dang")
        await enter(pilot, "queue")
        assert drafts.listing(office.workspace)[0].title == "Dở dang"
        await enter(pilot, "compose")
        assert desk_of(pilot).manuscript.title == "Dở dang"

    write(office, story)


def test_a_draft_in_which_nothing_was_written_leaves_nothing_behind(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6", "escape")
        assert drafts.listing(office.workspace) == []
        await typed(pilot, "", "f6")
        await typed(pilot, "Có chữ", "escape")
        assert "đang soạn dở" in text(pilot.app)
        assert drafts.listing(office.workspace)[0].title == "Có chữ"

    write(office, story)


def test_the_preview_is_what_is_sent_and_counts_in_the_channels_own_unit(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await write_a_post(pilot)
        await fill(pilot, body=" 🎉")
        await kept(pilot)
        pane = desk_of(pilot).preview
        await until(pilot, lambda: "🎉" in pane.told)
        await press(pilot, "f4")
        assert "[fanpage]" in text(pilot.app)
        facebook = pane.told
        await press(pilot, "f3")
        assert "[website]" in text(pilot.app)
        await press(pilot, "f2")
        await until(pilot, lambda: bool(office.statuses()))
        await settled(pilot)
        sent = {one.channel: one.text for one in posts.variants(office.workspace, "hoi-dap-dat-dai")}
        assert sent["fanpage"] == facebook

    write(office, story)


def test_a_text_that_is_too_long_says_by_how_much_and_enter_goes_to_the_field(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await write_a_post(pilot)
        desk = desk_of(pilot)
        body = room_of(pilot).query_one("#at-body")
        body.load_text("dài " * 16_000)  # type: ignore[attr-defined]
        await until(pilot, lambda: any(one.rule == "content.text_over" for one in desk.preview.findings))
        await press(pilot, "f4")
        assert "(QUÁ " in text(pilot.app)
        assert "[CHẶN] fanpage, Nội dung" in shown(pilot.app)
        await press(pilot, "enter")
        assert pilot.app.focused is body

    write(office, story)


def test_what_stops_the_post_is_listed_and_enter_goes_there(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await typed(pilot, "Chỉ có tiêu đề", "f2")
        assert isinstance(pilot.app.screen, Pick)
        assert "chỗ phải sửa trước" in text(pilot.app)
        options = pilot.app.screen.query_one(OptionList)
        place = next(n for n, one in enumerate(options.options) if "Kênh" in str(one.prompt))
        options.highlighted = place
        await press(pilot, "enter")
        assert pilot.app.focused is room_of(pilot).query_one("#at-channels")
        assert office.statuses() == {}

    write(office, story)


def test_a_finding_in_the_text_leads_to_its_line(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await write_a_post(pilot)
        await fill(pilot, body="\r\rLiên hệ {{số}}.\rHết.")
        await kept(pilot)
        desk = desk_of(pilot)
        await until(pilot, lambda: any("slot" in one.rule for one in desk.preview.findings))
        finding = next(one for one in desk.preview.findings if "slot" in one.rule)
        assert desk.preview.where(finding) == "Nội dung, dòng 3"
        desk.go_to(desk.preview.spot(finding))
        await settled(pilot)
        assert room_of(pilot).query_one("#at-body").cursor_location == (2, 0)  # type: ignore[attr-defined]

    write(office, story)


@pytest.mark.parametrize("way", ["'{}'", "file://{}", "{}", '"{}"'])
def test_a_picture_that_is_dragged_in_is_added_and_asked_about(
    office: Office, tmp_path: Path, way: str
) -> None:
    path = picture(tmp_path)
    name = str(path).replace(" ", "%20") if way.startswith("file") else str(path)

    async def story(pilot: Pilot[None]) -> None:
        await write_a_post(pilot)
        at(pilot, "body")
        await settled(pilot)
        burst(pilot.app, f"\x1b[200~{way.format(name)}\x1b[201~")
        await until(pilot, lambda: isinstance(pilot.app.screen, Form))
        await typed(pilot, "Cán bộ giải đáp", "enter")
        await press(pilot, "escape")  # whose it is can be said later
        await until(pilot, lambda: "hoi-truong.png – Cán bộ giải đáp" in shown(pilot.app))
        source = await kept(pilot)
        assert "file: hoi-truong.png\n    alt: Cán bộ giải đáp" in source
        assert str(path) not in source

    write(office, story, 80, 40)


def test_words_that_are_pasted_are_words(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        at(pilot, "body")
        await settled(pilot)
        burst(pilot.app, "\x1b[200~/không/có/tệp.png và it's\x1b[201~")
        assert "/không/có/tệp.png và it's" in await kept(pilot)

    write(office, story)


def test_pictures_change_places_and_go(office: Office, tmp_path: Path) -> None:
    paths = [picture(tmp_path, f"anh-{n}.png") for n in (1, 2)]

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await fill(pilot, title="Hai ảnh")
        for path in paths:
            await press(pilot, "ctrl+t")
            await typed(pilot, str(path), "enter")
            await until(pilot, lambda: "nghe câu này" in shown(pilot.app))
            await typed(pilot, f"mô tả {path.stem}", "enter")
            await press(pilot, "enter", "enter")  # the unit's own; nothing said about people
        desk = desk_of(pilot)
        at(pilot, "media")
        await press(pilot, "home", "enter", "down", "down", "down", "enter")
        assert [item.file for item in desk.media] == ["anh-2.png", "anh-1.png"]
        await press(pilot, "home", "enter", "end", "enter")
        assert [(item.file, item.alt) for item in desk.media] == [("anh-1.png", "mô tả anh-1")]

    write(office, story)


def test_one_channel_may_have_a_text_of_its_own(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await write_a_post(pilot)
        at(pilot, "overrides")
        await press(pilot, "enter")
        await typed(pilot, "Ngắn cho mạng xã hội.")
        source = await kept(pilot)
        assert "overrides:\n  fanpage:\n    text: Ngắn cho mạng xã hội.\n" in source or (
            'overrides:\n  fanpage:\n    text: "Ngắn cho mạng xã hội."\n' in source
        )
        assert "fanpage: viết riêng, 21 ký tự" in shown(pilot.app)
        await press(pilot, *["backspace"] * 21)
        assert "overrides" not in await kept(pilot)

    write(office, story, 80, 40)


def test_undo_takes_a_word_back(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        at(pilot, "body")
        await typed(pilot, "một hai", "alt+z")
        assert desk_of(pilot).manuscript.body.strip() == "một"

    write(office, story)


def change_elsewhere(office: Office, key: str, words: str) -> None:
    other = drafts.begin(office.workspace, "soan", key)
    drafts.save(
        office.workspace,
        office.people["soan"],
        drafts.keep(office.workspace, other, other.source.rstrip() + f"\n\n{words}\n"),
    )


async def overtaken(pilot: Pilot[None], office: Office, key: str) -> None:
    await press(pilot, "enter")
    await fill(pilot, body="Của tôi. ")
    change_elsewhere(office, key, "Câu của họ.")
    await press(pilot, "f2")
    await until(pilot, lambda: isinstance(pilot.app.screen, OvertakenBy))
    await settled(pilot)
    assert "thêm: Câu của họ." in text(pilot.app)


def test_who_was_overtaken_may_take_theirs_and_keeps_both(office: Office) -> None:
    key = office.import_post(due="2026-11-20T07:00+07:00")

    async def story(pilot: Pilot[None]) -> None:
        await overtaken(pilot, office, key)
        await press(pilot, "down", "enter")
        desk = desk_of(pilot)
        await until(pilot, lambda: desk.draft is not None and desk.draft.base == 2)
        assert "Câu của họ." in desk.text()
        assert "Của tôi." not in desk.text()
        assert any("Của tôi." in one.source for one in drafts.listing(office.workspace))
        assert "Của tôi." not in posts.get(office.workspace, key).source

    write(office, story)


def test_who_was_overtaken_saves_over_only_with_a_typed_word(office: Office) -> None:
    key = office.import_post(due="2026-11-20T07:00+07:00")

    async def story(pilot: Pilot[None]) -> None:
        await overtaken(pilot, office, key)
        await press(pilot, "end", "enter")
        await typed(pilot, "đè", "enter")
        assert "Câu của họ." in posts.get(office.workspace, key).source
        await press(pilot, "ctrl+u")
        await typed(pilot, "luu de", "enter")
        await until(pilot, lambda: not desk_of(pilot).draft)
        assert "Của tôi." in posts.get(office.workspace, key).source
        assert posts.get(office.workspace, key).revision == 3

    write(office, story)


def test_the_second_opener_is_told_who_has_it_open(office: Office) -> None:
    begun = drafts.begin(office.workspace, "soan", title="Chung")
    desks.take(office.workspace, begun, "duyet")

    async def story(pilot: Pilot[None]) -> None:
        assert "đang mở nơi khác" in text(pilot.app)
        await press(pilot, "enter")
        assert "duyet đang mở bài này" in shown(pilot.app)
        await press(pilot, "enter")  # a copy of one's own
        await until(pilot, lambda: desk_of(pilot).draft is not None)
        assert desk_of(pilot).draft.id != begun.id  # type: ignore[union-attr]

    write(office, story)


def test_words_that_went_elsewhere_are_told_even_when_the_head_was_drawn_in_between(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = drafts.begin(office.workspace, "soan", title="Chung")
    real = Keeper.keep

    async def story(pilot: Pilot[None]) -> None:
        def drawn_at_once(keeper: Keeper, source: str, number: int) -> drafts.Draft:
            draft = real(keeper, source, number)
            if current_thread() is not main_thread():
                pilot.app.call_from_thread(desk_of(pilot).tell)
            return draft

        monkeypatch.setattr(Keeper, "keep", drawn_at_once)
        await press(pilot, "enter")
        drafts.keep(office.workspace, begun, begun.source + "\nCửa sổ kia.\n")
        await fill(pilot, body="Cửa sổ này.")
        await kept(pilot)
        await until(pilot, lambda: "vừa được ghi hoặc đóng ở cửa sổ khác" in notes(pilot))

    write(office, story)


def test_two_windows_on_one_draft_lose_no_word(office: Office) -> None:
    begun = drafts.begin(office.workspace, "soan", title="Chung")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        drafts.keep(office.workspace, begun, begun.source + "\nCửa sổ kia.\n")
        await fill(pilot, body="Cửa sổ này.")
        await kept(pilot)
        await until(pilot, lambda: "vừa được ghi hoặc đóng ở cửa sổ khác" in notes(pilot))
        told = {one.id: one.source for one in drafts.listing(office.workspace)}
        assert len(told) == 2
        assert "Cửa sổ kia." in told.pop(begun.id)
        assert "Cửa sổ này." in told.popitem()[1]

    write(office, story)


def test_what_another_window_wrote_is_shown_when_nothing_was_typed_here(office: Office) -> None:
    begun = drafts.begin(office.workspace, "soan", title="Chung")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        drafts.keep(office.workspace, begun, begun.source + "\nCửa sổ kia.\n")
        await desk_of(pilot).look_around()
        await settled(pilot)
        assert desk_of(pilot).manuscript.body == "Cửa sổ kia."
        assert len(drafts.listing(office.workspace)) == 1

    write(office, story)


def test_words_survive_that_the_draft_is_thrown_away_elsewhere(office: Office) -> None:
    begun = drafts.begin(office.workspace, "soan", title="Chung")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        drafts.discard(office.workspace, begun)
        await fill(pilot, body="Vẫn còn.")
        assert "Vẫn còn." in await kept(pilot)

    write(office, story)


def test_a_window_that_was_killed_holds_nothing(office: Office) -> None:
    begun = drafts.begin(office.workspace, "soan", title="Chung")
    desks.take(office.workspace, begun, "soan")
    office.clock.forward(seconds=21)
    assert desks.holder(office.workspace, begun) is None


def test_a_full_disk_is_told_and_the_words_are_kept_when_there_is_room(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose_desk, "AGAIN_AFTER_S", 0.05)  # with rest enough in between to be seen

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        real = drafts.write_whole

        def full(path: Path, data: bytes, mode: int = 0) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(drafts, "write_whole", full)
        await typed(pilot, "Đầy đĩa")
        await until(pilot, lambda: "CHƯA GIỮ ĐƯỢC" in text(pilot.app))
        monkeypatch.setattr(drafts, "write_whole", real)
        assert "Đầy đĩa" in await kept(pilot)
        assert "CHƯA GIỮ ĐƯỢC" not in text(pilot.app)

    write(office, story)


def test_a_file_that_was_broken_by_hand_is_edited_whole(office: Office) -> None:
    begun = drafts.begin(office.workspace, "soan", title="Sửa tay")
    drafts.keep(office.workspace, begun, "---\ntitle: [Sửa\n---\nChữ.\n")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        assert "title: [Sửa" in text(pilot.app)
        await until(pilot, lambda: "phải sửa" in text(pilot.app))
        at(pilot, "raw")
        await press(pilot, "down", *["right"] * 7, "delete")
        assert "title: Sửa" in await kept(pilot)
        await press(pilot, "escape", "enter")
        assert desk_of(pilot).manuscript.title == "Sửa"

    write(office, story)


def test_a_post_is_edited_where_its_draft_was_left(office: Office) -> None:
    key = office.import_post(due="2026-11-20T07:00+07:00")

    async def story(pilot: Pilot[None]) -> None:
        await pilot.app.go("compose", post=key)  # type: ignore[attr-defined]
        await until(pilot, lambda: desk_of(pilot).draft is not None)
        await fill(pilot, body="Thêm. ")
        await press(pilot, "escape")
        assert table(pilot).count == 2
        await pilot.app.go("compose", post=key)  # type: ignore[attr-defined]
        await until(pilot, lambda: isinstance(pilot.app.screen, Pick))
        assert "Soạn dở lúc" in text(pilot.app)
        await press(pilot, "enter")
        assert "Thêm." in desk_of(pilot).manuscript.body

    write(office, story)


def test_saving_an_approved_post_says_that_it_must_be_approved_again(office: Office) -> None:
    key = office.approved(due="2026-11-20T07:00+07:00")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        await fill(pilot, body="Thêm. ")
        await press(pilot, "f2")
        await until(pilot, lambda: "cần trình duyệt lại" in notes(pilot))
        assert set(office.statuses().values()) == {"draft"}
        assert key

    write(office, story)


def test_throwing_away_wants_a_typed_word(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        await typed(pilot, "Bỏ đi", "shift+f2")
        await typed(pilot, "bo bai", "enter")
        await until(pilot, lambda: not desk_of(pilot).draft)
        await settled(pilot)
        assert drafts.listing(office.workspace) == []

    write(office, story)


def test_the_list_is_searched_without_tone_marks(office: Office) -> None:
    office.import_post("dat-dai.md", title="Hỏi đáp đất đai")
    office.import_post("khai-sinh.md", title="Đăng ký khai sinh")
    drafts.begin(office.workspace, "soan", title="Đất rừng")

    async def story(pilot: Pilot[None]) -> None:
        assert table(pilot).count == 3
        await press(pilot, "f3")
        await typed(pilot, "dat")
        await until(pilot, lambda: table(pilot).count == 2)
        await press(pilot, "enter", "escape")
        await until(pilot, lambda: table(pilot).count == 3)

    write(office, story)


def test_a_post_that_is_being_published_is_not_offered(office: Office) -> None:
    office.approved()
    office.publish_until(office.clock.now().replace(year=2027))
    waiting = office.import_post("cho.md", due="2028-05-01T07:00+07:00")
    approving.submit(office.workspace, office.people["soan"], waiting)
    assert [one.id for one in drafts.editable(office.workspace)] == [waiting]
