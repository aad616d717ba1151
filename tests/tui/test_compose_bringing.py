"""Bringing content in at the window: files and feeds, what is wrong in its place, nothing half taken."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any, cast

import pytest
from textual.pilot import Pilot

from content.wording import use_language
from loa.services import bringing, drafts, feeds, posts
from loa.services.bringing import Brought
from tests.support.office import Office
from tests.support.office_files import excel, paragraph, saved, word, written
from tests.tui.window import (
    Story,
    burst,
    goldens,
    opened,
    press,
    same_at_every_size,
    settled,
    text,
    typed,
    until,
)
from tui import rooms
from tui.rooms import compose_desk
from tui.rooms.compose import ComposeRoom
from tui.rooms.compose_bringing_files import BringFiles
from tui.widgets.path_suggester import PathSuggester

TEXT = paragraph("Tư vấn đất đai", "Heading1") + paragraph("Thứ Bảy, luật sư về thôn.")
FEED = """<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Sở Tư pháp tỉnh Thử</title>
<item><title>Luật mới về đất đai</title><link>https://stp.vidu.gov.vn/2</link><guid>2</guid>
<pubDate>Fri, 06 Nov 2026 08:00:00 +0700</pubDate><description>&lt;p&gt;Có hiệu lực &lt;b&gt;01/01&lt;/b&gt;.
&lt;img src="a.jpg"&gt;&lt;/p&gt;</description></item>
<item><title>Hội nghị tập huấn</title><link>https://stp.vidu.gov.vn/1</link><guid>1</guid>
<pubDate>Thu, 05 Nov 2026 08:00:00 +0700</pubDate><description>Một đoạn.</description></item>
</channel></rss>"""
STATES = ("bring", "bring_file", "bring_wrong", "bring_plan", "bring_feeds", "bring_feed")


@pytest.fixture(autouse=True)
def _calm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "listed", lambda: tuple(rooms.ROOMS))
    monkeypatch.setattr(compose_desk, "PREVIEW_AFTER_S", 0.001)


@pytest.fixture
def source() -> Iterator[SimpleNamespace]:
    """A server of one feed; `status` is what it answers with."""
    there = SimpleNamespace(url="", status=200)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            data = FEED.encode() if there.status == 200 else b""
            self.send_response(there.status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}/rss"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield there
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with an officer's files in it."""
    home = tmp_path / "nha"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    written(home / "bai viet.docx", word(TEXT))
    written(home / "hong.docx", word()[:300])
    good = ("09/11/2026", "08:00", "Vì sao?", "Hỏi – đáp", "website", "Chữ")
    bad = ("31/02/2026", "8 giờ sáng nhé", "Sai ngày", "Chuyện phiếm", "webste", "")
    written(home / "tot.xlsx", saved(excel([good])))
    written(home / "sai.xlsx", saved(excel([good, bad])))
    return home


def at_desk(office: Office, story: Story, *, who: str = "soan") -> None:
    async def go() -> None:
        async with opened(office, room="compose", who=who) as pilot:
            await story(pilot)

    asyncio.run(go())


def room_of(pilot: Pilot[None]) -> ComposeRoom:
    return cast("ComposeRoom", pilot.app.room)  # type: ignore[attr-defined]


def shown(pilot: Pilot[None]) -> str:
    return " ".join(text(pilot.app).replace("│", " ").split())


async def choose(pilot: Pilot[None], way: int) -> None:
    await press(pilot, "f12", *["down"] * way, "enter")


# ---- files


def test_a_word_file_opens_at_the_desk(office: Office, place: Path):
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 0)
        await typed(pilot, f"'{place}/bai viet.docx'", "enter")
        await until(pilot, lambda: room_of(pilot).desk.draft is not None)
        await settled(pilot)
        assert "Thứ Bảy, luật sư về thôn." in shown(pilot)

    at_desk(office, story)
    [draft] = drafts.listing(office.workspace)
    assert (draft.id, draft.title, draft.origin) == ("bai-viet", "Tư vấn đất đai", {})


@pytest.mark.parametrize(
    "form", ["~/bai viet.docx", "file://{place}/bai%20viet.docx", '"{place}/bai viet.docx"']
)
def test_a_path_is_taken_as_people_paste_it(office: Office, place: Path, form: str):
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 0)
        await typed(pilot, form.format(place=place), "enter")
        await until(pilot, lambda: room_of(pilot).desk.draft is not None)

    at_desk(office, story)


def test_a_guest_is_named(office: Office, place: Path):
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 0)
        await typed(pilot, "~/bai viet.docx", "tab")
        await typed(pilot, "Luật sư Nguyễn Văn A", "enter")
        await until(pilot, lambda: room_of(pilot).desk.draft is not None)
        assert "bài của khách: Luật sư Nguyễn Văn A" in shown(pilot)

    at_desk(office, story)
    [draft] = drafts.listing(office.workspace)
    assert draft.origin == {"guest": "Luật sư Nguyễn Văn A", "officer": "soan"}


def test_what_is_wrong_stands_in_the_dialog_and_nothing_is_taken(office: Office, place: Path):
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 0)
        await typed(pilot, "~/khong-co.docx", "enter")
        assert "Không thấy tệp nào ở “~/khong-co.docx”" in shown(pilot)
        await press(pilot, "ctrl+u")
        await typed(pilot, "~/hong.docx", "enter")
        await until(pilot, lambda: "Đang đọc" not in shown(pilot))
        assert "hong.docx" in shown(pilot)
        assert "bị hỏng" in shown(pilot) or "hỏng" in shown(pilot)
        await press(pilot, "ctrl+u")
        await typed(pilot, "~/tot.xlsx", "enter")
        await until(pilot, lambda: "loa plan import" in shown(pilot))
        await press(pilot, "escape")
        assert room_of(pilot).desk.draft is None

    at_desk(office, story)
    assert drafts.listing(office.workspace) == []


def test_nothing_is_done_behind_a_closed_dialog(office: Office, place: Path, monkeypatch: pytest.MonkeyPatch):
    begun, go_on = Event(), Event()

    def slow(*_: object) -> list[Brought]:
        begun.set()
        assert go_on.wait(30)
        return []

    monkeypatch.setattr(bringing, "take_in", slow)

    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 0)
        burst(pilot.app, f"{place}/bai viet.docx\r")
        await until(pilot, begun.is_set)
        burst(pilot.app, "\x1b")
        await pilot.click("#close")
        assert isinstance(pilot.app.screen, BringFiles)
        go_on.set()
        await until(pilot, lambda: not isinstance(pilot.app.screen, BringFiles))

    at_desk(office, story)


def test_who_may_not_write_is_told_before_anything_is_asked(office: Office, place: Path):
    async def story(pilot: Pilot[None]) -> None:
        await press(pilot, "f12")
        assert "Cần người có vai trò soạn" in shown(pilot)

    at_desk(office, story, who="duyet")


def test_a_path_is_completed(place: Path):
    (place / "Bài giảng").mkdir()

    def rest(begun: str) -> str | None:
        return asyncio.run(PathSuggester((".docx",)).get_suggestion(begun))

    assert rest("~/bai") == "~/bai viet.docx"
    assert rest("~/Bà") == "~/Bài giảng/"
    assert rest(f"{place}/h") == f"{place}/hong.docx"
    assert [
        rest(one) for one in ("~/tot", "~/không/có", "bai", "", "\0/", "~nobody/x", "'~/b", "file:///")
    ] == [None] * 8


# ---- the plan


def test_a_plan_is_shown_row_by_row_and_taken_whole(office: Office, place: Path):
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 1)
        await typed(pilot, "~/sai.xlsx", "enter")
        await until(pilot, lambda: "Chưa tạo gì" in shown(pilot))
        await press(pilot, "f8")
        assert "nên chưa nhập dòng nào" in shown(pilot)
        assert posts.listing(office.workspace) == []
        written(place / "sai.xlsx", (place / "tot.xlsx").read_bytes())  # mended in Excel, saved
        await press(pilot, "f5")
        await until(pilot, lambda: "Sẽ có 1 bài mới" in shown(pilot))
        assert posts.listing(office.workspace) == [], "looking makes nothing"
        await press(pilot, "f8")
        await until(pilot, lambda: len(posts.listing(office.workspace)) == 1)
        await settled(pilot)
        assert "vi-sao" in {row.id for row in posts.listing(office.workspace)}

    at_desk(office, story)


def test_a_file_that_is_no_plan_is_told_where_it_was_asked_for(office: Office, place: Path):
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 1)
        await typed(pilot, "~/bai viet.docx", "enter")
        await until(pilot, lambda: "Đang đọc" not in shown(pilot))
        assert "Chưa nhập được" in shown(pilot)

    at_desk(office, story)


# ---- feeds


def test_a_feed_is_added_looked_at_and_taken_from(office: Office, source: SimpleNamespace):
    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 2)
        await typed(pilot, "stp", "tab")
        await typed(pilot, source.url, "enter")
        await until(pilot, lambda: "mạng nội bộ" in shown(pilot))  # a drafter may not name the house
        await press(pilot, "escape")
        feeds.add(office.workspace, office.people["ky"], "stp", source.url)
        await choose(pilot, 2)
        await press(pilot, "enter")
        await until(pilot, lambda: "Hội nghị tập huấn" in shown(pilot))
        assert "2 bài, 2 bài mới" in shown(pilot)
        await press(pilot, "space", "down", "space", "f8")
        await until(pilot, lambda: "Đã thành bài đang soạn luat-moi-ve-dat-dai" in shown(pilot))
        assert "ảnh, video không lấy" in shown(pilot)
        await press(pilot, "escape")
        await until(pilot, lambda: room_of(pilot).desk.draft is not None)
        assert "{{viết lại bằng lời" in shown(pilot)

    at_desk(office, story)
    assert {one.title for one in drafts.listing(office.workspace)} == {
        "Luật mới về đất đai",
        "Hội nghị tập huấn",
    }


def test_taken_twice_it_says_so(office: Office, source: SimpleNamespace):
    feeds.add(office.workspace, office.people["ky"], "stp", source.url)
    feeds.take(office.workspace, office.people["soan"], "stp", [2])

    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 2)
        await press(pilot, "enter")
        await until(pilot, lambda: "Hội nghị tập huấn" in shown(pilot))
        await press(pilot, "f8")
        await until(pilot, lambda: "đã được soan lấy lúc" in shown(pilot))
        await press(pilot, "escape")
        assert room_of(pilot).desk.draft is None

    at_desk(office, story)
    assert len(drafts.listing(office.workspace)) == 1


def test_when_the_source_is_away_what_is_known_stays(office: Office, source: SimpleNamespace):
    feeds.add(office.workspace, office.people["ky"], "stp", source.url)
    source.status = 503

    async def story(pilot: Pilot[None]) -> None:
        await choose(pilot, 2)
        await press(pilot, "enter")
        await until(pilot, lambda: "đang bận hoặc hỏng" in shown(pilot))
        assert "Hội nghị tập huấn" in shown(pilot)

    at_desk(office, story)


def test_the_palette_finds_all_three(office: Office):
    async def story(pilot: Pilot[None]) -> None:
        for words, title in (
            ("word", "Nhập tệp Word"),
            ("ke hoach excel", "Nhập kế hoạch"),
            ("nguon tin", "Tên gọi"),
        ):
            await press(pilot, "ctrl+p")
            await typed(pilot, words, "enter")
            await until(pilot, lambda title=title: title in shown(pilot))  # type: ignore[misc]
            await press(pilot, "escape")

    at_desk(office, story)


# ---- goldens


async def show(pilot: Pilot[None], state: str, office: Office, url: str) -> None:
    if state == "bring":
        await press(pilot, "f12")
    elif state in ("bring_file", "bring_wrong"):
        await choose(pilot, 0)
        if state == "bring_wrong":
            await typed(pilot, "~/hong.docx", "enter")
            await until(pilot, lambda: "Đang đọc" not in shown(pilot))
    elif state == "bring_plan":
        await choose(pilot, 1)
        await typed(pilot, "~/sai.xlsx", "enter")
        await until(pilot, lambda: "Chưa tạo gì" in shown(pilot))
    else:
        feeds.add(office.workspace, office.people["ky"], "stp", url)
        await choose(pilot, 2)
        if state == "bring_feed":
            await press(pilot, "enter")
            await until(pilot, lambda: "Hội nghị" in shown(pilot))
            await press(pilot, "space")
    await settled(pilot)


@pytest.mark.parametrize("state", STATES)
def test_the_dialogs_read_well(office: Office, place: Path, source: SimpleNamespace, state: str):
    async def story(pilot: Pilot[None]) -> None:
        await show(pilot, state, office, source.url)
        await same_at_every_size(pilot, f"bringing_{state}")

    at_desk(office, story)


def test_the_dialogs_speak_english(office: Office, place: Path, source: SimpleNamespace):
    use_language("en")

    async def story(pilot: Pilot[None]) -> None:
        use_language("en")
        feeds.add(office.workspace, office.people["ky"], "stp", source.url)
        await choose(pilot, 2)
        await press(pilot, "enter")
        await until(pilot, lambda: "Hội nghị" in shown(pilot))
        await settled(pilot)
        await same_at_every_size(pilot, "bringing_en")

    at_desk(office, story)


def test_no_golden_is_left_over() -> None:
    assert goldens("bringing") == {f"bringing_{state}" for state in (*STATES, "en")}
