"""The queue screen at work: what it shows, follows and admits."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import timedelta

import pytest
from rich.cells import cell_len
from sqlalchemy import insert, select, update
from textual.pilot import Pilot

from content.wording import LANGUAGES, catalogue
from loa.services import approving, channels, deciding
from loa.services.listing import Listing
from scheduler import policy, presence, setbacks
from scheduler.status import Status
from scheduler.store.tables import channel, delivery, post
from tests.support.office import Office
from tests.tui.window import burst, ids, press, settled, table, text, until, watching
from tui.frame import room
from tui.rooms.queue import QueueRoom
from tui.search import SearchBox

watch = watching("queue", 80, 24)


def beat(office: Office) -> None:
    now = office.clock.now()
    office.workspace.database.run(lambda c: presence.announce(c, "w1", "0", now))


def test_an_empty_workspace_says_so(office: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Chưa có bài nào." in text(pilot.app)
        assert "Chưa có lượt đăng nào." in text(pilot.app)
        await press(pilot, "down", "end", "enter", "f4", "f6", "f2", "f5", "escape", "escape")

    watch(office, story)


def test_a_change_made_elsewhere_is_on_the_screen_without_a_key(busy: Office) -> None:
    assert room.LOOK_EVERY_S <= 0.5, "within a second"

    async def story(pilot: Pilot[None]) -> None:
        assert "chờ duyệt 2" in text(pilot.app)
        await asyncio.to_thread(approving.approve, busy.workspace, busy.people["duyet"], "dat-dai")
        await until(pilot, lambda: "đã duyệt, chờ đăng 4" in text(pilot.app))
        assert "chờ duyệt 2" not in text(pilot.app)

    watch(busy, story)


def test_nothing_is_read_while_nothing_changes(busy: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(pilot: Pilot[None]) -> None:
        monkeypatch.setattr("loa.services.listing.Listing.count", lambda *_: pytest.fail("read without need"))
        screen = pilot.app.screen
        assert isinstance(screen, QueueRoom)
        for _ in range(5):
            screen._look()
            screen._tick()
            await settled(pilot)

    watch(busy, story)


def test_a_publisher_that_was_killed_is_told_when_its_beat_has_gone_stale(busy: Office) -> None:
    beat(busy)

    async def story(pilot: Pilot[None]) -> None:
        assert "Bộ đăng bài: đang chạy" in text(pilot.app)
        busy.clock.forward(seconds=21)  # and nobody writes anything
        screen = pilot.app.screen
        assert isinstance(screen, QueueRoom)
        screen._tick()
        await settled(pilot)
        assert "Bộ đăng bài: KHÔNG CHẠY – bài sẽ không được đăng" in text(pilot.app)
        assert "06:42:21" in text(pilot.app)

    watch(busy, story)


def test_a_stopped_channel_is_told_above_everything(busy: Office) -> None:
    stop = update(channel).where(channel.c.id == "fanpage").values(state="stopped", state_reason="graph:190")
    busy.workspace.database.run(lambda c: c.execute(stop))

    async def story(pilot: Pilot[None]) -> None:
        assert "Kênh fanpage đang dừng: graph:190" in text(pilot.app)

    watch(busy, story)


def test_what_to_do_names_the_channel_in_header_table_and_details(busy: Office) -> None:
    stop = update(channel).where(channel.c.id == "fanpage").values(state="stopped", state_reason="fb:190")
    held = update(delivery).where(delivery.c.id == "tro-giup-phap-ly@fanpage")
    busy.workspace.database.run(lambda c: c.execute(stop))
    busy.workspace.database.run(lambda c: c.execute(held.values(status="held", last_error="fb:190: expired")))

    async def story(pilot: Pilot[None]) -> None:
        assert shown(pilot).count("loa channel login fanpage") == 1, "in the header"
        await press(pilot, "c")
        assert len(ids(pilot)) == 1
        await press(pilot, "enter")
        assert shown(pilot).count("loa channel login fanpage") >= 2, "in the details too"
        assert "MÃ_KÊNH" not in text(pilot.app)

    watch(busy, story)


def test_an_access_that_ends_soon_is_told_above_the_table_until_it_is_renewed(busy: Office) -> None:
    page = next(iter(busy.server.world.pages.values()))
    page.data_access_expires_at = int((busy.clock.now() + timedelta(days=2.5)).timestamp())
    channels.check(busy.workspace, None, "fanpage")

    async def warned(pilot: Pilot[None]) -> None:
        assert "Kênh fanpage: Quyền truy cập chỉ còn 2 ngày" in shown(pilot)
        assert "loa channel login fanpage" in shown(pilot)

    watch(busy, warned)
    page.data_access_expires_at = 0
    channels.check(busy.workspace, None, "fanpage")

    async def calm(pilot: Pilot[None]) -> None:
        assert "Quyền truy cập" not in text(pilot.app)

    watch(busy, calm)


def shown(pilot: Pilot[None]) -> str:
    """The screen in one line: sentences that were wrapped are whole again."""
    return " ".join(text(pilot.app).split())


@pytest.mark.parametrize(
    ("key", "word", "posts"),
    [
        ("i", "việc còn lại", {"tro-giup-phap-ly", "dat-dai", "loi-cam-on", "khai-sinh"}),
        ("h", "chờ đăng", {"tro-giup-phap-ly"}),
        ("H", "chờ đăng", {"tro-giup-phap-ly"}),  # Caps Lock
        ("p", "đã đăng", {"bai-da-dang"}),
        ("b", "chưa duyệt", {"dat-dai", "loi-cam-on", "khai-sinh"}),
        ("c", "cần xem lại", set()),
    ],
)
def test_one_key_filters_and_the_filter_is_named(busy: Office, key: str, word: str, posts: set[str]) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, key)
        assert {name.split("@")[0] for name in ids(pilot)} == posts
        assert f"Lọc: {word} · {len(ids(pilot))} trên {len(ids(pilot))} lượt" in text(pilot.app)
        await press(pilot, "k")
        assert len(ids(pilot)) == 7

    watch(busy, story)


def test_f2_goes_round_the_groups_and_the_statuses_there_are(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        words = []
        for _ in range(9):
            await press(pilot, "f2")
            words.append(text(pilot.app).split("Lọc: ")[1].split(" · ")[0])
        assert words[-4:] == ["nháp", "chờ duyệt", "đã duyệt, chờ đăng", "tất cả"]
        await press(pilot, "shift+f2")
        assert "Lọc: đã duyệt, chờ đăng" in text(pilot.app)

    watch(busy, story)


def test_search_needs_no_marks_and_survives_an_input_method(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        burst(pilot.app, "\x1bORtro\x7fơ\x7fợ gi")  # F3, then Telex corrections, at once
        await settled(pilot)
        box = pilot.app.screen.query_one(SearchBox)
        assert box.value == "trợ gi"
        assert {name.split("@")[0] for name in ids(pilot)} == {"tro-giup-phap-ly"}
        burst(pilot.app, "\x15DAT website\r")
        await settled(pilot)
        assert ids(pilot) == ["dat-dai@website"]
        assert table(pilot).has_focus
        await press(pilot, "escape")
        assert (box.value, len(ids(pilot))) == ("", 7)
        burst(pilot.app, "\x1bORkhông có")
        await settled(pilot)
        assert "Không có lượt nào khớp." in text(pilot.app)

    watch(busy, story)


def test_typing_in_the_search_box_is_not_taken_for_keys(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "t", *"qhkvpbcn")
        assert pilot.app.screen.query_one(SearchBox).value == "qhkvpbcn"
        assert "Lọc: tất cả" in text(pilot.app)
        await press(pilot, "f2")
        assert "Lọc: việc còn lại" in text(pilot.app)

    watch(busy, story)


def test_details_follow_the_cursor_and_tell_approvals_and_attempts(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        shown = text(pilot.app)
        assert "Ngày Pháp luật là gì?" in shown
        await press(pilot, "tab", "pagedown", "pagedown")
        shown = text(pilot.app)
        assert "duyet (duyệt) đã duyệt" in shown
        assert "đăng: đã đăng" in shown
        assert "đọc lại: thấy bài đã công khai" in shown
        await press(pilot, "shift+tab", "end")
        assert "khai-sinh@fanpage · nháp" in text(pilot.app)
        await press(pilot, "escape")
        assert "khai-sinh@fanpage" not in text(pilot.app)

    watch(busy, story)


def test_at_80_columns_a_title_has_room_and_no_word_of_the_state_is_cut(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Ngày Pháp luật là gì?" in text(pilot.app)
        assert "Trợ giúp pháp lý miễn" in text(pilot.app)
        assert " chờ đăng " in text(pilot.app)
        assert "127.0.0.1" not in text(pilot.app), "an address that is nothing but its host tells nothing"

    watch(busy, story)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_has_a_word_for_the_narrow_column(language: str) -> None:
    said = catalogue(language)
    words = {name: said.get(f"tui_queue.short.{name}", said[f"cli.status.{name}"]) for name in Status}
    assert {name: word for name, word in words.items() if cell_len(word) > 12} == {}


def test_an_unclear_delivery_says_whether_loa_still_looks_or_a_person_is_waited_for(busy: Office) -> None:
    unclear = update(delivery).where(delivery.c.id == "tro-giup-phap-ly@fanpage")

    async def story(pilot: Pilot[None]) -> None:
        when = busy.clock.now() + timedelta(seconds=25)
        busy.workspace.database.run(lambda c: c.execute(unclear.values(status="unknown", wake_at=when)))
        await until(pilot, lambda: "Loa đang tìm" in text(pilot.app))
        table(pilot).move_to(ids(pilot).index("tro-giup-phap-ly@fanpage"))
        await press(pilot, "enter")
        assert "Loa đọc lại kênh lúc Thứ Hai 09/11/2026 06:42:25. Đừng đăng tay" in text(pilot.app)
        busy.workspace.database.run(lambda c: c.execute(unclear.values(wake_at=None)))
        await until(pilot, lambda: "chờ bạn: F4" in text(pilot.app))

    watch(busy, story, 100, 30)


def test_a_short_list_leaves_its_lines_to_the_details(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "p", "enter")  # published: one
        assert "Từng lần thử" in text(pilot.app)
        await press(pilot, "tab", "end")
        await until(pilot, lambda: "đọc lại: thấy bài" in text(pilot.app))

    watch(busy, story)


def test_details_are_read_again_when_something_happens(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        table(pilot).move_to(ids(pilot).index("dat-dai@fanpage"))
        await press(pilot, "enter")
        assert "chưa có lượt duyệt nào" in text(pilot.app)
        await asyncio.to_thread(approving.approve, busy.workspace, busy.people["duyet"], "dat-dai")
        await until(pilot, lambda: "dat-dai@fanpage · đã duyệt" in text(pilot.app))
        await settled(pilot)
        assert "chưa có lượt duyệt nào" not in text(pilot.app)

    watch(busy, story, 120, 40)


def test_the_cursor_stays_with_its_delivery(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        table(pilot).move_to(ids(pilot).index("dat-dai@website"))
        await asyncio.to_thread(
            deciding.move, busy.workspace, busy.people["soan"], "loi-cam-on@website", "2026-11-09 06:50"
        )
        await until(pilot, lambda: ids(pilot)[3] == "loi-cam-on@website")
        current = table(pilot).current
        assert current is not None
        assert current.id == "dat-dai@website"
        assert "›T2 09/11 15:00" in text(pilot.app)

    watch(busy, story)


def test_f6_goes_to_what_comes_next(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f6")
        current = table(pilot).current
        assert current is not None
        assert current.id == "dat-dai@website"

    watch(busy, story)


def many(office: Office, number: int) -> None:
    """As many more deliveries, each a minute after the last."""

    def work(connection: object) -> None:
        from sqlalchemy import Connection

        assert isinstance(connection, Connection)
        row = dict(connection.execute(select(delivery)).mappings().first() or {})
        parent = dict(connection.execute(select(post)).mappings().first() or {})
        rows, posts = [], []
        for n in range(number):
            key = f"bai-{n:06}"
            due = office.clock.now() + timedelta(days=1, minutes=n)
            posts.append(parent | {"id": key})
            rows.append(
                {k: v for k, v in row.items() if k != "seq"}
                | {"id": f"{key}@website", "marker": f"m{n}", "post_id": key, "channel_id": "website"}
                | {"status": "queued", "due_at": due, "url": "", "last_error": ""}
            )
        connection.execute(insert(post), posts)
        connection.execute(insert(delivery), rows)

    office.workspace.database.run(work)


def test_a_long_queue_is_read_in_pages_and_searched_whole(
    busy: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(busy, 1200)
    pages: list[int] = []
    fetch = Listing.fetch
    monkeypatch.setattr(
        Listing, "fetch", lambda self, offset, limit: (pages.append(offset), fetch(self, offset, limit))[1]
    )

    async def story(pilot: Pilot[None]) -> None:
        # Due order begins with the oldest, so a long queue opens on what is still to be done.
        assert "Lọc: việc còn lại · 1.206 trên 1.206 lượt" in text(pilot.app)
        assert pages == [0]
        await press(pilot, "end")
        assert len(pages) <= 3
        assert table(pilot).current.id == "khai-sinh@fanpage"
        await press(pilot, "up")
        assert table(pilot).current.id == "bai-001199@website"
        await press(pilot, "f3", *"001137", "enter")
        assert ids(pilot) == ["bai-001137@website"]
        assert "1 trên 1.206 lượt" in text(pilot.app)
        await press(pilot, "escape")
        assert table(pilot).current.id == "bai-001137@website", "the cursor stays on what was found"
        assert table(pilot).count == 1206

    watch(busy, story)


def test_a_search_that_finds_too_much_says_so(busy: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    many(busy, 60)
    monkeypatch.setattr("loa.services.listing.MOST_FOUND", 50)
    monkeypatch.setattr("tui.rooms.queue.MOST_FOUND", 50)

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f3", *"bai", "enter", "end")
        assert "… chỉ hiện 50 lượt tạo gần nhất; gõ thêm chữ để thu hẹp" in text(pilot.app)

    watch(busy, story)


def test_a_database_that_cannot_be_read_is_admitted_and_tried_again(
    busy: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise sqlite3.OperationalError("database is locked")

    async def story(pilot: Pilot[None]) -> None:
        with monkeypatch.context() as patch:
            patch.setattr("loa.services.listing.Listing.count", locked)
            await press(pilot, "f5")
            assert "Không đọc được cơ sở dữ liệu" in text(pilot.app)
            assert "database is locked" in text(pilot.app)
        await until(pilot, lambda: "Không đọc được" not in text(pilot.app))
        assert len(ids(pilot)) == 7

    watch(busy, story)


def test_the_window_follows_the_size_of_the_terminal(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "T2 09/11 06:10 " in text(pilot.app)
        await pilot.resize_terminal(140, 30)
        await settled(pilot)
        assert "Thứ Hai 09/11/2026 06:10 " in text(pilot.app)
        await press(pilot, "enter")
        await pilot.resize_terminal(40, 10)  # nothing breaks, however small
        await settled(pilot)
        await pilot.resize_terminal(5, 3)
        await settled(pilot)

    watch(busy, story)


def test_ctrl_c_does_not_end_the_window_and_q_does(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "ctrl+c")
        assert "Nhấn Ctrl+Q để thoát." in text(pilot.app)
        await pilot.press("q")
        await pilot.pause()
        assert pilot.app._exit

    watch(busy, story)


def test_help_opens_and_closes(busy: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        for opening, closing in (("f1", "escape"), ("question_mark", "question_mark"), ("f1", "q")):
            await press(pilot, opening)
            assert "Lệnh tương ứng: loa queue list" in text(pilot.app)
            await press(pilot, closing)
            assert "Lệnh tương ứng: loa queue list" not in text(pilot.app)

    watch(busy, story)


def test_every_outcome_of_an_attempt_has_words() -> None:
    import ast
    from pathlib import Path

    trees = [ast.parse(Path(str(module.__file__)).read_text("utf-8")) for module in (policy, setbacks)]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    outcomes = {
        call.args[1].value
        for call in calls
        if getattr(call.func, "id", "") == "Decision" and isinstance(call.args[1], ast.Constant)
    }
    assert outcomes >= {"published", "unclear"}
    assert [name for name in outcomes if f"cli.outcome.{name}" not in catalogue("vi")] == []
