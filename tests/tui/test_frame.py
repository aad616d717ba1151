"""What every room has: who is there, practice mode, freezes, themes, palette, jump, ways to other rooms."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta
from typing import cast

import pytest
from sqlalchemy import update
from textual.pilot import Pilot

from content.errors import PlatformTrouble, RefusedByRule
from loa.services import channels, stopping
from scheduler.status import Status
from scheduler.store.tables import delivery
from tests.support.office import PASSPHRASE, Office
from tests.tui.window import burst, ids, press, settled, table, text, typed, until, watching
from tui import rooms, themes
from tui.app import Window
from tui.frame.room import Room
from tui.frame.session import Session
from tui.search import SearchBox

watch = watching("queue", 100, 40)


def window(pilot: Pilot[None]) -> Window:
    return cast(Window, pilot.app)


def room(pilot: Pilot[None]) -> Room:
    found = window(pilot).room
    assert found is not None
    return found


# ---- who is there


def test_signing_in_with_the_keyboard_alone_puts_name_and_role_in_the_header(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Chưa đăng nhập" in text(pilot.app)
        await press(pilot, "ctrl+l", "enter")
        await typed(pilot, "sai mat khau", "enter")
        assert "Cụm mật khẩu" in text(pilot.app), "still asked for"
        assert "sai mat khau" not in text(pilot.app)
        await typed(pilot, PASSPHRASE, "enter")
        assert "Trần Văn Duyệt (duyệt)" in text(pilot.app)
        assert window(pilot).session.person == busy.people["duyet"]
        await press(pilot, "ctrl+l")
        assert "Chưa đăng nhập" in text(pilot.app)

    watch(busy, story)


def test_the_keys_to_sign_in_and_to_go_elsewhere_stand_on_the_screen_at_80_columns(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Chưa đăng nhập (Ctrl+L)" in text(pilot.app)
        assert "Tập huấn  F9 Sang" in text(pilot.app)
        window(pilot).session.enter(busy.people["duyet"])
        await press(pilot, "ctrl+l")
        told = "".join(note.message for note in pilot.app._notifications)
        assert told == "Đã đăng xuất. Ctrl+L lần nữa: người khác đăng nhập."
        await pilot.click("#tabs", offset=(74, 0))
        await settled(pilot)
        assert "Sang màn hình nào?" in text(pilot.app)

    watch(busy, story, 80, 24)


def test_the_passphrase_is_never_on_the_screen(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "ctrl+l", "enter")
        await typed(pilot, PASSPHRASE)
        assert PASSPHRASE not in text(pilot.app)
        assert "•" * len(PASSPHRASE) in text(pilot.app)

    watch(busy, story)


def test_signing_asks_for_the_same_officers_passphrase_again(busy: Office) -> None:
    signed = []

    async def story(pilot: Pilot[None]) -> None:
        window(pilot).session.enter(busy.people["duyet"])
        work = room(pilot).act(lambda person: signed.append(person) or True, sign=True)
        room(pilot).run_worker(work, group="dialog")
        await settled(pilot)
        assert "Trần Văn Duyệt, xin gõ lại cụm mật khẩu để ký." in text(pilot.app)
        await typed(pilot, PASSPHRASE, "enter")
        assert [(person.name, person.signer is not None) for person in signed] == [("duyet", True)]

    watch(busy, story)


def test_a_window_that_nobody_touches_forgets_who_was_there() -> None:
    seconds = [0.0]
    session = Session("duyet", clock=lambda: seconds[0])
    session.locked_after = 15
    session.person = object()  # type: ignore[assignment]
    for moment, locks in ((899.0, False), (900.0, True), (901.0, False)):
        seconds[0] = moment
        assert session.lock_when_idle() == locks
    assert session.person is None
    assert session.hint == "duyet", "the name is proposed at the next sign-in"
    session.person = object()  # type: ignore[assignment]
    session.locked_after = 0
    assert not session.lock_when_idle()


def test_locking_leaves_what_was_typed(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        app = window(pilot)
        app.session = Session(clock=lambda: now[0])
        app.session.locked_after = 15
        app.session.enter(busy.people["duyet"])
        await press(pilot, "f3")
        await typed(pilot, "đất")
        now[0] = 899.0
        app.lock_when_idle()
        assert app.session.person is not None
        await typed(pilot, " đai")  # a key: somebody is there
        now[0] = 1700.0
        app.lock_when_idle()
        assert app.session.person is not None
        now[0] = 2000.0
        app.lock_when_idle()
        await settled(pilot)
        assert app.session.person is None
        assert "Đã khóa sau 15 phút" in " ".join(text(app).split())
        assert app.screen.query_one(SearchBox).value == "đất đai"

    now = [0.0]
    watch(busy, story)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RefusedByRule("cli.queue.due_past"), "đã qua"),
        (PlatformTrouble("stopping.not_all", count=1, of=2), "1 trên 2 lượt không làm được"),
        (sqlite3.OperationalError("database is locked"), "database is locked"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (KeyError("access_token=EAABsecretsecretsecret"), "Loa gặp lỗi bên trong"),
    ],
)
def test_what_goes_wrong_is_told_and_the_window_goes_on(busy: Office, error: Exception, said: str) -> None:
    def work(_person: object) -> None:
        raise error

    async def story(pilot: Pilot[None]) -> None:
        window(pilot).session.enter(busy.people["duyet"])
        room(pilot).run_worker(room(pilot).act(work, done="xong"), group="dialog")
        await settled(pilot)
        shown = " ".join(text(pilot.app).replace("│", " ").split())
        assert said in shown
        assert "EAABsecret" not in shown
        assert "Traceback" not in shown
        await press(pilot, "escape")
        assert "xong" not in text(pilot.app)
        assert "Hàng đợi" in text(pilot.app)

    watch(busy, story)


# ---- the header


def test_practice_mode_is_told_on_top_and_only_where_everything_leads_to_this_machine(busy: Office) -> None:
    async def practises(pilot: Pilot[None]) -> None:
        assert "CHẾ ĐỘ TẬP HUẤN – không có gì được đăng thật" in text(pilot.app).splitlines()[0]

    watch(busy, practises)
    settings = {"base_url": "https://xa.gov.vn"}
    channels.change(busy.workspace, busy.people["ky"], "website", settings=settings, secrets={})

    async def serious(pilot: Pilot[None]) -> None:
        assert "TẬP HUẤN" not in text(pilot.app)

    watch(busy, serious)


def test_a_freeze_of_somebody_else_is_told_within_a_second_and_f7_lifts_it(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await asyncio.to_thread(
            stopping.start, busy.workspace, busy.people["ky"], "channel", "fanpage", "Trang bị chiếm"
        )
        await until(pilot, lambda: "ĐANG DỪNG kênh fanpage (lệnh số 1): Trang bị chiếm" in text(pilot.app))
        window(pilot).session.enter(busy.people["duyet"])
        await press(pilot, "f7")
        assert "Gỡ lệnh dừng số 1: kênh fanpage" in text(pilot.app)
        await press(pilot, "enter")
        await typed(pilot, "đã lấy lại Trang", "enter")
        assert "Đã gỡ lệnh dừng số 1" in text(pilot.app)
        await press(pilot, "escape")
        assert "ĐANG DỪNG" not in text(pilot.app)
        assert stopping.listing(busy.workspace) == []

    watch(busy, story)


def test_f7_stops_everything_and_tells_what_it_did(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        window(pilot).session.enter(busy.people["duyet"])
        await press(pilot, "f7", "enter")
        await typed(pilot, "sự cố", "enter")
        assert "ĐÃ DỪNG (lệnh số 1): 2 lượt đăng đứng lại" in " ".join(text(pilot.app).split())
        await press(pilot, "enter")
        assert "ĐANG DỪNG tất cả (lệnh số 1): sự cố" in text(pilot.app)

    watch(busy, story)


def test_f7_shouts_what_had_left_before(busy: Office) -> None:
    left = update(delivery).where(delivery.c.id == "tro-giup-phap-ly@fanpage").values(status="revealing")
    busy.workspace.database.run(lambda c: c.execute(left))

    async def story(pilot: Pilot[None]) -> None:
        window(pilot).session.enter(busy.people["duyet"])
        await press(pilot, "f7", "down", "enter")
        assert "fanpage" in text(pilot.app)
        await press(pilot, "enter")
        await typed(pilot, "sự cố", "enter")
        assert "‼ tro-giup-phap-ly@fanpage đã gửi đi trước khi có lệnh dừng" in text(pilot.app)

    watch(busy, story)


# ---- getting around


def test_the_palette_finds_posts_channels_and_commands_without_tone_marks(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "ctrl+p")
        await typed(pilot, "dat dai")
        assert "bài: Hỏi đáp đất đai  dat-dai" in text(pilot.app)
        await press(pilot, "enter")
        assert {name.split("@")[0] for name in ids(pilot)} == {"dat-dai"}
        await press(pilot, "ctrl+p")
        await typed(pilot, "tương phản")
        assert "giao diện: Tương phản cao" in text(pilot.app)
        await typed(pilot, "\x15kenh fanp")
        assert "kênh: fanpage" in text(pilot.app)
        await typed(pilot, "\x15dung khan cap", "enter")
        assert "Dừng một kênh…" in text(pilot.app)
        await press(pilot, "escape", "ctrl+p")
        await typed(pilot, "khong co gi nhu the")
        assert "Không thấy gì khớp." in text(pilot.app)
        await press(pilot, "enter", "escape")
        assert table(pilot).has_focus or room(pilot).focused is not None

    watch(busy, story)


def test_the_palette_survives_an_input_method(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "ctrl+p")
        burst(pilot.app, "dda\x7f\x7f\x7fđấ\x7fất")
        await settled(pilot)
        assert "bài: Hỏi đáp đất đai" in text(pilot.app)

    watch(busy, story)


def test_jumping_puts_a_letter_on_every_part_and_goes_there(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert table(pilot).has_focus
        await press(pilot, "ctrl+o")
        assert " b" in text(pilot.app)
        await press(pilot, "b")
        assert pilot.app.screen.query_one(SearchBox).has_focus
        await press(pilot, "ctrl+o", "c")
        assert table(pilot).has_focus
        await press(pilot, "ctrl+o", "escape", "ctrl+o", "z")
        assert table(pilot).has_focus

    watch(busy, story)


def test_a_theme_is_changed_at_once_and_remembered(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert pilot.app.theme == "loa-dark"
        await press(pilot, "ctrl+p")
        await typed(pilot, "nen sang", "enter")
        assert pilot.app.theme == "loa-light"

    watch(busy, story)
    assert themes.chosen(busy.folder, "dark") == "loa-light"
    (busy.folder / themes.REMEMBERED).write_text("theme = [", "utf-8")
    assert themes.chosen(busy.folder, "contrast") == "loa-contrast"


def test_every_room_there_is_can_be_gone_to_and_back(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        for _ in rooms.listed():
            await press(pilot, "ctrl+pagedown")
            assert isinstance(pilot.app.screen, Room)
        assert room(pilot).PLACE == "queue"
        await press(pilot, "f9")
        assert "Sang màn hình nào?" in text(pilot.app)
        await press(pilot, "escape", "g", "enter")
        assert room(pilot).PLACE == "queue"

    watch(busy, story)


def test_the_mouse_presses_what_the_bottom_line_tells(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        line = text(pilot.app).splitlines()[-1]
        await pilot.click("#footer", offset=(line.index("F4"), 0))
        await settled(pilot)
        assert "Việc có thể làm" in text(pilot.app)
        await pilot.click("#close")
        await settled(pilot)
        await pilot.click("#header")
        await settled(pilot)
        assert "Cụm mật khẩu" in text(pilot.app)

    watch(busy, story)


def test_an_undecided_delivery_opens_the_room_for_it_where_there_is_one(
    busy: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hook, with the queue standing in for the room."""
    seen = []
    monkeypatch.setattr(rooms, "AFTER_TROUBLE", "queue")
    monkeypatch.setattr(rooms, "FIRST", "nowhere")
    missed = update(delivery).values(status=Status.MISSED, wake_at=None)
    busy.workspace.database.run(lambda c: c.execute(missed.where(delivery.c.id == "dat-dai@website")))

    async def story(pilot: Pilot[None]) -> None:
        seen.append(room(pilot).PLACE)

    watch(busy, story)
    assert seen == ["queue"]


def test_the_clock_in_the_header_goes_on_behind_a_dialog(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f7")
        busy.clock.forward(seconds=timedelta(minutes=1).seconds)
        room(pilot)._tick()
        await press(pilot, "escape")
        assert "06:43:00" in text(pilot.app)

    watch(busy, story)
