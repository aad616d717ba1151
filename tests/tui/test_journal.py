"""The room Nhật ký: newest first, filtered and searched in words, checked, and written out as a dossier."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, delete
from textual.pilot import Pilot

from content.wording import use_language
from loa.services import auditing, deciding
from loa.services.auditing import Asked, Events, EventView
from scheduler import audit
from scheduler.store.tables import approval, delivery
from tests.support.office import Office
from tests.tui.window import (
    goldens,
    press,
    same_at_every_size,
    settled,
    table,
    text,
    typed,
    watching,
)
from tui import rooms
from tui.dialogs.questions import Form
from tui.rooms import journal_words
from tui.search import SearchBox

STATES: dict[str, list[str]] = {
    "journal_list": [],
    "journal_details": ["enter"],
    "journal_nothing": ["f3", *"zz"],
}


@pytest.fixture(autouse=True)
def _every_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))


@pytest.fixture
def written(busy: Office) -> Office:
    """The busy office, in which one post has been moved with a reason."""
    deciding.move(
        busy.workspace, busy.people["soan"], "loi-cam-on@website", "2026-11-11 09:00", "chờ ảnh của xã"
    )
    return busy


watch = watching("journal", 80, 24)


def shown(pilot: Pilot[None]) -> str:
    return " ".join(text(pilot.app).replace("│", " ").split())


def rows(pilot: Pilot[None]) -> list[EventView]:
    found = [table(pilot).row(place) for place in range(table(pilot).count)]
    return [row for row in found if row is not None]


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes hang on keys made at random: they stand still here, the chain itself is checked below."""
    plain = auditing.event_view
    monkeypatch.setattr(auditing, "event_view", lambda row: _still(plain(row)))
    whole = auditing.ChainView(20, "0123456789abcdef" * 4, None, None)
    monkeypatch.setattr(auditing, "verify", lambda _workspace: whole)


@pytest.mark.usefixtures("still")
@pytest.mark.parametrize("name", STATES)
def test_the_screen_reads_well(written: Office, name: str) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, *STATES[name])
        await same_at_every_size(pilot, name)

    watch(written, story)


@pytest.mark.usefixtures("still")
def test_the_screen_speaks_english(written: Office) -> None:
    use_language("en")

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "enter")
        await same_at_every_size(pilot, "journal_en")

    watch(written, story)


def test_no_golden_is_left_over() -> None:
    assert goldens("journal") == {*STATES, "journal_en"}


def _still(event: EventView) -> EventView:
    return EventView(
        event.id, event.at, event.actor, event.action, event.subject, event.detail, "0123456789abcdef" * 4
    )


def test_the_newest_event_stands_first_with_its_reason_and_what_changed(written: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        event = rows(pilot)[0]
        assert (event.action, event.actor) == ("moved", "soan")
        await press(pilot, "enter")
        told = shown(pilot)
        assert "đổi giờ · loi-cam-on@website" in told
        assert "Trước đó: nháp" in told
        assert "Giờ mới: Thứ Tư 11/11/2026 09:00" in told
        assert "Lý do: chờ ảnh của xã" in told

    watch(written, story, 100, 40)


def test_the_chain_is_checked_on_opening_and_again_on_demand(written: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        assert "Nhật ký nguyên vẹn" in shown(pilot)
        assert "(kiểm tra lúc 06:42:00)" in shown(pilot)
        file = written.workspace.database.file
        assert file is not None
        with closing(sqlite3.connect(file)) as raw:
            raw.execute("UPDATE audit_event SET actor = 'ai do' WHERE id = 3")
            raw.commit()
        written.clock.forward(seconds=5)
        await press(pilot, "f6")
        assert "đã bị sửa, xóa hoặc đổi chỗ từ dòng số 3" in shown(pilot)
        assert "báo người phụ trách kỹ thuật" in shown(pilot)
        assert "(kiểm tra lúc 06:42:05)" in shown(pilot)

    watch(written, story)


def test_where_the_database_contradicts_the_record_is_named_and_told_as_an_alarm(written: Office) -> None:
    gone = delete(delivery).where(delivery.c.id == "khai-sinh@fanpage")

    def work(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.execute(delete(approval))
        connection.execute(gone)

    written.workspace.database.run(work)

    async def story(pilot: Pilot[None]) -> None:
        assert "Lượt đăng khai-sinh@fanpage có trong nhật ký nhưng không còn" in shown(pilot)
        assert "trái với nhật ký" in shown(pilot)
        assert pilot.app.screen.query_one("#chain").has_class("-broken")

    watch(written, story, 140, 40)


def test_filters_are_chosen_in_words_and_named(written: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        everything = table(pilot).count
        await press(pilot, "f2", "enter")
        assert "Theo người" in shown(pilot)
        await press(pilot, "enter")
        assert {event.actor for event in rows(pilot)} == {"duyet"}
        assert "Lọc: của duyet" in shown(pilot)
        await press(pilot, "escape")
        assert table(pilot).count == everything
        await press(pilot, "f2", "down", "enter")
        await press(pilot, "enter")
        assert len({event.action for event in rows(pilot)}) == 1
        await press(pilot, "f2", "end", "enter")
        assert table(pilot).count == everything

    watch(written, story)


def test_f4_narrows_to_the_post_with_all_of_its_deliveries_and_back(written: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        everything = table(pilot).count
        await press(pilot, "f4")
        assert {event.subject for event in rows(pilot)} == {"loi-cam-on", "loi-cam-on@website"}
        assert "về loi-cam-on" in shown(pilot)
        await press(pilot, "f4")
        assert table(pilot).count == everything

    watch(written, story)


def test_search_needs_no_marks_and_finds_reasons_too(written: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f3")
        await typed(pilot, "thieu can cu")
        assert {event.action for event in rows(pilot)} == {"rejected"}
        await typed(pilot, "\x15doi gio anh cua xa", "enter")
        assert [event.action for event in rows(pilot)] == ["moved"]
        assert table(pilot).has_focus
        await press(pilot, "f3")
        await typed(pilot, "\x15không có gì như thế")
        assert "Không có dòng nào khớp" in shown(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen.query_one(SearchBox).value == ""

    watch(written, story)


def test_what_somebody_does_meanwhile_comes_in_on_top_and_the_cursor_stays(written: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "down")
        before = table(pilot).current
        await asyncio.to_thread(
            deciding.cancel, written.workspace, written.people["soan"], "loi-cam-on@website", "trùng bài"
        )
        await press(pilot, "f5")
        assert rows(pilot)[0].action == "cancelled"
        assert table(pilot).current == before

    watch(written, story)


def test_a_dossier_is_written_whole_beside_the_workspace_and_never_over_another_file(written: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f8")
        assert "Hồ sơ bài loi-cam-on" in shown(pilot)
        form = pilot.app.screen
        assert isinstance(form, Form)
        file = Path(form.field("file").value)
        assert file == written.folder / "ho-so" / "loi-cam-on-20261109-064200.html"
        await press(pilot, "enter")
        await settled(pilot)
        assert "Đã ghi hồ sơ vào" in shown(pilot)
        assert "chờ ảnh của xã" in file.read_text("utf-8")
        assert [one.name for one in file.parent.iterdir()] == [file.name]
        await press(pilot, "escape", "f8", "enter")
        assert "Đã có tệp này" in shown(pilot)

    watch(written, story)


def test_a_dossier_of_what_is_no_post_is_refused_in_words(written: Office) -> None:
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "end", "f8", "enter")
        assert "Không có bài" in shown(pilot)
        assert not (written.folder / "ho-so").exists()

    watch(written, story)


def test_pages_follow_each_other_without_gap_in_every_choice(written: Office) -> None:
    every = Events(written.workspace, Asked())
    whole = every.fetch(0, 1000)
    assert len(whole) == every.count()
    assert [event.id for event in whole] == sorted((event.id for event in whole), reverse=True)
    assert [event.id for part in (0, 3, 6) for event in every.fetch(part, 3)] == [e.id for e in whole[:9]]
    for asked in (
        Asked(actor="soan"),
        Asked(action="imported"),
        Asked(search="soan nhap"),
        Asked(subject="dat-dai"),
    ):
        chosen = Events(written.workspace, asked)
        found = chosen.fetch(0, 1000)
        assert chosen.count() == len(found) > 0
        assert [chosen.place_of(event.id) for event in found] == list(range(len(found)))
    assert Events(written.workspace, Asked(actor="soan")).place_of(1) is None


def test_a_subject_with_wildcards_means_itself(written: Office) -> None:
    assert Events(written.workspace, Asked(subject="%")).count() == 0
    assert Events(written.workspace, Asked(subject="dat_dai")).count() == 0


def test_a_search_says_where_it_stopped_looking(written: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "MOST_SOUGHT", 3)

    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f3")
        await typed(pilot, "soan", "enter")
        assert "chỉ tìm trong 3 dòng mới nhất" in shown(pilot)

    watch(written, story)


def test_whatever_stands_in_a_detail_is_harmless_and_readable(written: Office) -> None:
    now = written.clock.now()
    written.workspace.database.run(
        lambda c: audit.record(
            c,
            at=now,
            actor="loa",
            action="moved",
            subject="x\x1b[2J",
            before="queued",
            to=now.isoformat(),
            roles=["approver", "drafter"],
            verified=True,
            more={"before": None, "url": "https://xa.gov.vn/\u202e"},
        )
    )
    [event] = Events(written.workspace, Asked()).fetch(0, 1)
    told = journal_words.details(event, written.workspace.config.zone)
    assert all(line.isprintable() for line in told.splitlines())
    assert "Trước đó: đã duyệt, chờ đăng" in told
    assert "Vai trò: duyệt, soạn" in told
    assert "Giờ mới: Thứ Hai 09/11/2026 06:42" in told
    assert "verified: có" in told
    assert "Địa chỉ https://xa.gov.vn/" in told
