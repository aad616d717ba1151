"""Feeds of upper units, from a real server: what is taken is a draft that nobody can send unread."""

from __future__ import annotations

import gzip
import json
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from loa.services import backup, drafts, feedbook, feeds, fetching, restoring
from loa.services.workspace import Workspace
from tests.loa.conftest import Loa
from tests.support.office import Office

Reply = tuple[int, dict[str, str], bytes]


@dataclass
class Source:
    """A server whose answers a test decides, and that remembers what it was asked."""

    url: str
    answers: dict[str, Callable[[dict[str, str]], Reply]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    stalled: threading.Event = field(default_factory=threading.Event)

    def says(self, body: bytes | str, *, status: int = 200, path: str = "/rss", **headers: str) -> str:
        data = body.encode() if isinstance(body, str) else body
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers[path] = lambda _: (status, {"Content-Type": "application/rss+xml", **told}, data)
        return self.url + path


@pytest.fixture
def source() -> Iterator[Source]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            there.asked.append((self.path, headers))
            answer = there.answers.get(self.path, lambda _: (404, {}, b"no"))(headers)
            self.send_response(answer[0])
            for name, value in {**answer[1], "Content-Length": str(len(answer[2]))}.items():
                self.send_header(name, value)
            self.end_headers()
            if answer[1].get("X-Stall"):
                there.stalled.wait(30)
            with suppress(OSError):
                self.wfile.write(answer[2])

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Source(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield there
    there.stalled.set()
    server.shutdown()
    thread.join()
    server.server_close()


def rss(*items: str, encoding: str = "utf-8", title: str = "Sở Tư pháp tỉnh Thử") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{title}</title><link>https://stp.vidu.gov.vn/</link>{''.join(items)}</channel></rss>"
    )


def item(number: int, body: str = "<p>Đoạn một.</p>", **more: str) -> str:
    extra = "".join(f"<{name}>{value}</{name}>" for name, value in more.items())
    return (
        f"<item><title>Bài số {number}</title><link>https://stp.vidu.gov.vn/tin/{number}</link>"
        f"<guid>stp-{number}</guid><pubDate>{10 + number} Nov 2026 08:00:00 +0700</pubDate>"
        f"<description><![CDATA[{body}]]></description>{extra}</item>"
    )


ATOM = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<title>Cổng tỉnh</title><id>urn:x</id><updated>2026-11-20T01:00:00Z</updated>
<entry><title type="html">Nghị định &lt;b&gt;mới&lt;/b&gt;</title><id>urn:1</id>
<link href="https://tinh.vidu.gov.vn/1"/><updated>2026-11-20T01:00:00Z</updated>
<content type="html">&lt;p&gt;Có hiệu lực từ 01/01/2027.&lt;/p&gt;</content></entry></feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://a.vidu.gov.vn"><title>Bộ</title><link>https://a.vidu.gov.vn</link></channel>
<item rdf:about="https://a.vidu.gov.vn/1"><title>Tin của Bộ</title><link>https://a.vidu.gov.vn/1</link>
<description>Một đoạn.</description><dc:date>2026-11-20T08:00:00+07:00</dc:date></item></rdf:RDF>"""


def windows_1258(text: str) -> bytes:
    """As old Vietnamese Windows wrote: tone marks behind their letters."""
    out = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            out += letter.encode("cp1258")
        except UnicodeError:
            tones = "\u0300\u0301\u0303\u0309\u0323"
            parts = unicodedata.normalize("NFD", letter)
            bare = unicodedata.normalize("NFC", "".join(c for c in parts if c not in tones))
            out += (bare + "".join(c for c in parts if c in tones)).encode("cp1258")
    return out


def added(at_desk: Loa, url: str, *more: str, code: int = 0) -> str:
    answer = at_desk("feed", "add", "stp", url, *more, user="ky")
    assert answer.code == code, answer.err
    return answer.err


def titles(at_desk: Loa) -> list[str]:
    return [one["title"] for one in at_desk("feed", "show", "stp", "--json").json["items"]]


# ---- what a feed may look like


@pytest.mark.parametrize(
    ("body", "title", "entry"),
    [
        (rss(item(1)), "Sở Tư pháp tỉnh Thử", "Bài số 1"),
        (ATOM, "Cổng tỉnh", "Nghị định mới"),
        (RDF, "Bộ", "Tin của Bộ"),
    ],
    ids=["RSS 2.0", "Atom", "RSS 1.0"],
)
def test_every_kind_of_feed_is_read(at_desk: Loa, source: Source, body: str, title: str, entry: str):
    assert f"“{title}”, 1 bài" in added(at_desk, source.says(body))
    [one] = at_desk("feed", "show", "stp", "--json").json["items"]
    assert one["title"] == entry
    assert one["published"].startswith("2026-11-")
    assert one["is_new"] is True


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (rss(item(1), encoding="utf-16").encode("utf-16"), {}),
        (windows_1258(rss(item(1), encoding="windows-1258")), {}),
        (windows_1258(rss(item(1), encoding="utf-8")), {}),
        (rss(item(1), encoding="windows-1258").encode(), {}),
        (gzip.compress(rss(item(1)).encode()), {"Content_Encoding": "gzip"}),
        (("\ufeff" + rss(item(1))).encode(), {"Content_Type": "text/xml; charset=idna"}),
    ],
    ids=["UTF-16", "windows-1258", "1258 called UTF-8", "UTF-8 called 1258", "gzip", "nonsense charset"],
)
def test_tone_marks_arrive_whatever_the_encoding(
    at_desk: Loa, source: Source, data: bytes, headers: dict[str, str]
):
    assert "“Sở Tư pháp tỉnh Thử”, 1 bài" in added(at_desk, source.says(data, **headers))
    assert titles(at_desk) == ["Bài số 1"]
    told = at_desk("feed", "show", "stp", "1").out
    assert "Đoạn một." in told


def test_a_wrong_declaration_is_told(at_desk: Loa, source: Source):
    told = added(at_desk, source.says(windows_1258(rss(item(1), encoding="utf-8"))))
    assert "khai sai bảng mã; Loa đọc theo Windows-1258" in told


def test_of_a_broken_feed_what_is_readable_is_shown_with_a_remark(at_desk: Loa, source: Source):
    broken = rss(item(1), item(2)).replace("</channel></rss>", "<item><title>Dở dang & <b>")
    assert "Nguồn tin có chỗ viết sai" in added(at_desk, source.says(broken))
    assert {"Bài số 1", "Bài số 2"} <= set(titles(at_desk))


# ---- what cannot be read is told in a sentence


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((404, {}, b""), "không còn ở địa chỉ này (mã 404)"),
        ((403, {}, b""), "không cho xem (mã 403)"),
        ((503, {}, b""), "đang bận hoặc hỏng (mã 503)"),
        ((418, {}, b""), "trả lời mã 418"),
        ((302, {"Location": "ftp://a/b"}, b""), "không phải địa chỉ web: ftp://a/b"),
        ((302, {"Location": "file:///etc/passwd"}, b""), "không phải địa chỉ web"),
        ((302, {"Location": "/rss"}, b""), "chuyển tiếp vòng quanh"),
        ((302, {"Location": "http://localhost:1/x"}, b""), "dẫn vào máy này hoặc mạng nội bộ"),
        ((302, {"Location": "http://169.254.169.254/x"}, b""), "dẫn vào máy này hoặc mạng nội bộ"),
        ((200, {}, b"<!DOCTYPE html><html><body>Xin</body></html>"), "là một trang web, không phải"),
        (
            (200, {}, b'<html><link rel="alternate" type="application/rss+xml" href="/tin.rss">'),
            "Trang ấy có nguồn tin ở: http://127.0.0.1:",
        ),
        ((200, {}, b""), "không có nguồn tin (RSS, Atom) nào đọc được"),
        ((200, {}, b"\x00\xff\x00garbage"), "không có nguồn tin (RSS, Atom) nào đọc được"),
        ((200, {}, b"x" * (fetching.LARGEST_BYTES + 1)), "hơn 2 MB"),
        ((200, {"Content-Encoding": "gzip"}, gzip.compress(b"\0" * 50_000_000)), "hơn 2 MB"),
        ((200, {"Content-Encoding": "gzip"}, b"not gzip"), "Chưa nối được với 127.0.0.1"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_and_nothing_is_kept(
    at_desk: Loa, source: Source, answer: Reply, told: str
):
    source.answers["/rss"] = lambda _: answer
    assert told in added(at_desk, source.url + "/rss", code=2 if answer[0] == 200 and "hơn" not in told
                         and "nối" not in told else 5)  # fmt: skip
    assert at_desk("feed", "list", "--json").json == []


def test_entities_that_unfold_are_refused_before_they_are_read(at_desk: Loa, source: Source):
    bomb = '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    outside = '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    for prolog in (bomb, outside):
        for codec in ("utf-8", "utf-16"):
            text = rss(item(1, "&b;&x;")).replace("<rss", prolog + "<rss")
            told = added(at_desk, source.says(text.replace("utf-8", codec).encode(codec)), code=2)
            assert "ENTITY" in told


def test_a_slow_answer_ends_by_itself(at_desk: Loa, source: Source, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetching, "TOTAL_TIMEOUT_S", 0.2)
    assert "trả lời quá chậm" in added(at_desk, source.says(rss(item(1)), X_Stall="1"), code=5)


def test_nobody_there_is_told(at_desk: Loa):
    assert "Chưa nối được với 127.0.0.1" in added(at_desk, "http://127.0.0.1:9/rss", code=5)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a/b",
        "file:///etc/passwd",
        "tin.vn/rss",
        "http://",
        "http://[",
        "http://a:99999/",
        "http://a b/",
    ],
)
def test_only_web_addresses_are_taken(at_desk: Loa, url: str):
    assert "không phải địa chỉ web" in added(at_desk, url, code=2)


def test_no_password_is_kept_in_an_address(at_desk: Loa, desk: Office):
    assert "mật khẩu" in added(at_desk, "https://a:bimat@stp.vidu.gov.vn/rss", code=2)
    assert not (desk.folder / "feeds").exists() or not list((desk.folder / "feeds").glob("*.json"))


def test_only_an_operator_may_name_an_address_in_the_house(at_desk: Loa, source: Source):
    url = source.says(rss(item(1)))
    answer = at_desk("feed", "add", "stp", url, user="soan")
    assert answer.code == 5
    assert "mạng nội bộ" in answer.err
    assert source.asked == []


def test_a_redirect_on_the_same_host_is_followed_and_a_lasting_one_told(at_desk: Loa, source: Source):
    source.says(rss(item(1)), path="/moi")
    url = source.says("", status=301, Location="/moi")
    assert f"đã chuyển hẳn sang {source.url}/moi" in added(at_desk, url)
    assert titles(at_desk) == ["Bài số 1"]


# ---- looking again


def test_a_feed_that_has_not_changed_is_not_sent_again(at_desk: Loa, source: Source):
    stamp = "Fri, 20 Nov 2026 01:00:00 GMT"

    def answer(headers: dict[str, str]) -> Reply:
        if headers.get("if-none-match") == '"a1"' and headers.get("if-modified-since") == stamp:
            return 304, {}, b""
        return 200, {"ETag": '"a1"', "Last-Modified": stamp}, rss(item(1)).encode()

    source.answers["/rss"] = answer
    added(at_desk, source.url + "/rss")
    assert titles(at_desk) == titles(at_desk) == ["Bài số 1"]
    assert ["if-none-match" in headers for _, headers in source.asked] == [False, True, True]


def test_numbers_stay_and_new_items_are_marked(at_desk: Loa, source: Source):
    added(at_desk, source.says(rss(item(2), item(1))))
    first = at_desk("feed", "show", "stp", "--json").json["items"]
    assert [(one["number"], one["title"], one["is_new"]) for one in first] == [
        (2, "Bài số 2", True),
        (1, "Bài số 1", True),
    ]
    source.says(rss(item(3), item(2)))
    again = at_desk("feed", "show", "stp", "--json").json["items"]
    assert [(one["number"], one["is_new"]) for one in again] == [(3, True), (2, False), (1, False)]
    assert at_desk("feed", "list", "--json").json[0]["new"] == 0


def test_when_the_source_is_away_what_is_known_is_shown(at_desk: Loa, source: Source):
    added(at_desk, source.says(rss(item(1))))
    source.says("", status=503)
    answer = at_desk("feed", "show", "stp")
    assert answer.code == 0
    assert "Bài số 1" in answer.out
    assert "đang bận hoặc hỏng" in answer.err
    assert "của lần xem" in answer.err
    source.says("<html><body>bảo trì</body></html>")
    answer = at_desk("feed", "show", "stp")
    assert (answer.code, "là một trang web" in answer.err) == (0, True)


# ---- taking


BODY = """<h1>Vào bài</h1><p>Theo <a href="/vb/1">Luật Đất đai</a>, <b>mọi người</b> biết.</p>
<img src="https://stp.vidu.gov.vn/a.jpg" onerror="alert(1)"><script>alert(2)</script>
<p><a href="javascript:alert(3)">bấm</a> <iframe src="//x"></iframe></p><ul><li>một</li><li>hai</li></ul>"""


def test_an_item_becomes_a_draft_with_its_source_and_a_slot_to_fill(
    desk: Office, at_desk: Loa, source: Source
):
    added(at_desk, source.says(rss(item(1, BODY))), "--reuse", "được đăng lại, ghi rõ nguồn")
    answer = at_desk("feed", "take", "stp", "1", "--channel", "website", "--kind", "hỏi đáp", user="soan")
    assert answer.code == 0, answer.err
    assert "ảnh, video không lấy" in answer.err
    [draft] = drafts.listing(desk.workspace)
    assert (draft.id, draft.officer) == ("bai-so-1", "soan")
    assert (draft.origin["feed"], draft.origin["link"]) == ("stp", "https://stp.vidu.gov.vn/tin/1")
    text = draft.source
    assert "title: Bài số 1\nkind: hoi_dap\nchannels: [website]\n" in text
    assert 'link: "https://stp.vidu.gov.vn/tin/1"\n' in text
    assert text.partition("---\n\n")[2] == (
        "{{viết lại bằng lời của đơn vị mình rồi xóa dòng này}}\n\n"
        "## Vào bài\n\nTheo [Luật Đất đai](https://stp.vidu.gov.vn/vb/1), **mọi người** biết.\n\n"
        "bấm\n\n- một\n- hai\n\n"
        "Nguồn: [Sở Tư pháp tỉnh Thử](https://stp.vidu.gov.vn/tin/1), 11/11/2026."
        " (được đăng lại, ghi rõ nguồn)\n"
    )


def test_what_was_copied_cannot_go_out_unread(desk: Office, at_desk: Loa, source: Source):
    added(at_desk, source.says(rss(item(1))))
    at_desk("feed", "take", "stp", "1", "--channel", "website", user="soan")
    answer = at_desk("draft", "save", "bai-so-1", user="soan")
    assert answer.code == 3
    assert "viết lại bằng lời của đơn vị mình" in answer.err
    [draft] = drafts.listing(desk.workspace)
    own = draft.source.replace("{{viết lại bằng lời của đơn vị mình rồi xóa dòng này}}", "Bà con lưu ý.")
    drafts.keep(desk.workspace, draft, own)
    assert at_desk("draft", "save", "bai-so-1", user="soan").code == 0
    events = at_desk("audit", "list", "--json").json
    [saved] = [one for one in events if one["action"] == "imported"]
    assert saved["detail"]["origin"]["link"] == "https://stp.vidu.gov.vn/tin/1"
    assert [one["subject"] for one in events if one["action"] == "feed_taken"] == ["bai-so-1"]


def test_the_same_item_twice_says_so(desk: Office, at_desk: Loa, source: Source):
    added(at_desk, source.says(rss(item(2), item(1))))
    assert at_desk("feed", "take", "stp", "1", user="soan").code == 0
    again = at_desk("feed", "take", "stp", "1", "2", "--json", user="soan").json
    assert [(one["number"], one["outcome"]) for one in again] == [(1, "already"), (2, "draft")]
    assert "đã được soan lấy lúc" in at_desk("feed", "take", "stp", "1", user="soan").err
    assert len(drafts.listing(desk.workspace)) == 2
    assert "đã lấy: bai-so-1" in at_desk("feed", "show", "stp").out
    at_desk("feed", "take", "stp", "1", "--again", user="soan")
    assert len(drafts.listing(desk.workspace)) == 3


def test_killed_between_draft_and_memory_it_still_says_so(
    desk: Office, at_desk: Loa, source: Source, monkeypatch: pytest.MonkeyPatch
):
    added(at_desk, source.says(rss(item(1))))

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(feedbook, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            feeds.take(desk.workspace, desk.people["soan"], "stp", [1])
    [told] = feeds.take(desk.workspace, desk.people["soan"], "stp", [1])
    assert told.outcome == "already"
    assert len(drafts.listing(desk.workspace)) == 1


def test_numbers_channels_and_names_that_are_not_there_are_named(at_desk: Loa, source: Source):
    url = source.says(rss(item(1)))
    added(at_desk, url)
    assert "không có bài số 9" in at_desk("feed", "take", "stp", "9", user="soan").err
    assert (
        "Không có kênh fanpge" in at_desk("feed", "take", "stp", "1", "--channel", "fanpge", user="soan").err
    )
    assert "gần nhất: stp" in at_desk("feed", "show", "stq").err
    assert "Đã có nguồn tin tên stp" in added(at_desk, url, code=3)
    assert "đã là nguồn tin stp" in at_desk("feed", "add", "khac", url, user="ky").err
    assert "Ví dụ: so-tu-phap" in at_desk("feed", "add", "Sở Tư pháp", url, user="ky").err


def test_removing_a_feed_keeps_what_was_taken(desk: Office, at_desk: Loa, source: Source):
    added(at_desk, source.says(rss(item(1))))
    at_desk("feed", "take", "stp", "1", user="soan")
    assert at_desk("feed", "remove", "stp", "--yes", user="ky").code == 0
    assert at_desk("feed", "list", "--json").json == []
    assert len(drafts.listing(desk.workspace)) == 1
    assert at_desk("feed", "remove", "stp", "--yes", user="ky").code == 4


@pytest.mark.parametrize("text", ["", "[", "[]", "{}", '{"items": 5}', "\x00"])
def test_a_broken_memory_is_told_and_can_be_removed(desk: Office, at_desk: Loa, source: Source, text: str):
    added(at_desk, source.says(rss(item(1))))
    (desk.folder / "feeds" / "stp.json").write_text(text)
    answer = at_desk("feed", "show", "stp")
    assert answer.code == 3
    assert "bị hỏng" in answer.err
    assert "bị hỏng" in at_desk("feed", "list").out
    assert at_desk("feed", "remove", "stp", "--yes", user="ky").code == 0


def test_what_is_remembered_reads_back_the_same(desk: Office, at_desk: Loa, source: Source):
    added(at_desk, source.says(rss(item(2), item(1))))
    at_desk("feed", "take", "stp", "2", user="soan")
    known = feedbook.read(desk.workspace, "stp")
    with feedbook.alone(desk.workspace):
        feedbook.write(desk.workspace, known)
    assert feedbook.read(desk.workspace, "stp") == known
    assert json.loads((desk.folder / "feeds" / "stp.json").read_text("utf-8"))["url"] == known.url


def test_feeds_and_where_drafts_are_from_come_back_with_a_backup(
    desk: Office, at_desk: Loa, source: Source, tmp_path: Path
):
    added(at_desk, source.says(rss(item(2), item(1))))
    at_desk("feed", "take", "stp", "2", user="soan")
    (tmp_path / "o-cung").mkdir()
    made = backup.create(desk.workspace, tmp_path / "o-cung", "cụm mật khẩu dài")
    restoring.restore(Path(made.file), tmp_path / "lai", "cụm mật khẩu dài", clock=desk.clock)
    again = Workspace.open(tmp_path / "lai", desk.clock)
    try:
        assert feedbook.read(again, "stp") == feedbook.read(desk.workspace, "stp")
        assert drafts.get(again, "bai-so-2").origin == drafts.get(desk.workspace, "bai-so-2").origin
    finally:
        again.close()
