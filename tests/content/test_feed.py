"""Reading feeds: every item's words, nobody's markup, and numbers that stay with their items."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.incoming.feed import LARGEST_BYTES, MOST_ITEMS, FeedError, FeedItem, FeedText, read_feed
from content.incoming.feed_dates import published
from content.richtext import clean, render
from loa.services.feedbook import Feed

NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)


def rss(*items: str) -> bytes:
    return f'<rss version="2.0"><channel><title>Sở</title>{"".join(items)}</channel></rss>'.encode()


def body(html: str) -> str:
    about = (
        f"<title>A</title><link>https://a.vidu.vn/tin/1</link><description><![CDATA[{html}]]></description>"
    )
    [read] = read_feed(rss(f"<item>{about}</item>"), place="a", address="https://a.vidu.vn/rss").items
    return read.body


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<p>Một</p><p>Hai</p>", "Một\n\nHai"),
        ("Một dòng &lt;trơn&gt;", "Một dòng \\<trơn>"),
        ("<h1>Đề</h1><h2>Mục</h2>", "## Đề\n\n## Mục"),
        ('<a href="/vb?a=1&amp;b=2">Luật</a>', "[Luật](https://a.vidu.vn/vb?a=1&b=2)"),
        ('<a href="2.html">sau</a>', "[sau](https://a.vidu.vn/tin/2.html)"),
        ('<a href="javascript:alert(1)">bấm</a><a href="data:text/html,x">b</a>', "bấmb"),
        ('<a href="https://u:p@a.vn/">x</a>', "x"),
        ("<script>alert(1)</script><style>p{}</style>Chữ<iframe src=x></iframe>", "Chữ"),
        ('<img src="a.png" alt="x">Chữ', "Chữ"),
        ("<div><div><b>Đậm</b> <i>nghiêng</i></div></div>", "**Đậm** *nghiêng*"),
        ("2 * 3 * 4 và # không phải đề mục", "2 \\* 3 \\* 4 và # không phải đề mục"),
    ],
)
def test_html_becomes_the_same_words_in_markdown(html: str, markdown: str):
    assert body(html) == markdown


_PIECES = (
    *(
        "<b>",
        "</b>",
        "<p>",
        "<ul><li>",
        "</ul>",
        '<a href="x">',
        "</a>",
        "<script>",
        "<svg>",
        "chữ",
        "*",
        "_",
    ),
    *("[x](javascript:y)", "&lt;script&gt;", "<td>", "\n\n", "`"),
)


@given(st.lists(st.sampled_from(_PIECES)))
def test_whatever_the_html_nothing_but_words_and_web_links_comes_out(parts: list[str]):
    shown = render(body("".join(parts)), []).html
    assert "<script" not in shown
    assert "<svg" not in shown
    assert clean(shown, {}).count("href=") == shown.count("href=")


@pytest.mark.parametrize(
    "html", ["<div>" * 12_000 + "đáy", "<b>a</b>c" * 6_000, "<ul><li>" * 5_000, "<" * 50_000]
)
def test_what_is_deep_or_long_is_read_in_a_breath(html: str):
    assert body(html)


def test_a_long_feed_is_cut_and_a_huge_one_refused():
    items = "".join(f"<item><title>Bài {number}</title></item>" for number in range(MOST_ITEMS + 5))
    read = read_feed(rss(items), place="a")
    assert len(read.items) == MOST_ITEMS
    assert [finding.rule for finding in read.remarks] == ["feeds.many"]
    with pytest.raises(FeedError):
        read_feed(b" " * (LARGEST_BYTES + 1), place="a")


def test_of_a_long_feed_the_newest_are_kept_whichever_end_they_are_at():
    def dated(number: int) -> str:
        day = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
        return f"<item><title>{number}</title><pubDate>{day:%Y-%m-%d}</pubDate></item>"

    newest = [str(number) for number in range(50, 150)]
    for numbers in (range(150), reversed(range(150))):
        read = read_feed(rss(*map(dated, numbers)), place="a")
        assert sorted((item.title for item in read.items), key=int) == newest
        assert [finding.rule for finding in read.remarks] == ["feeds.many"]


def test_items_that_share_one_link_stay_apart_and_the_same_one_twice_is_one():
    front = "<link>https://a.vidu.vn/</link>"
    items = [f"<item><title>Bài {number}</title>{front}</item>" for number in range(5)]
    read = read_feed(rss(*items, items[0]), place="a")
    assert [item.title for item in read.items] == [f"Bài {number}" for number in range(5)]
    again = read_feed(rss(*reversed(items)), place="a")
    assert {item.id for item in again.items} == {item.id for item in read.items}, "whatever the order"
    guid = "<item><title>{}</title><guid>a-1</guid></item>"
    assert len(read_feed(rss(guid.format("A"), guid.format("A, sửa")), place="a").items) == 1


@pytest.mark.parametrize(
    ("written", "hanoi"),
    [
        ("2026-11-09 18:30:00", "2026-11-09 18:30"),
        ("2026-11-09T18:30:00", "2026-11-09 18:30"),
        ("09/11/2026 08:00:00", "2026-11-09 08:00"),
        ("09-11-2026", "2026-11-09 00:00"),
        ("9/11/2026", "2026-11-09 00:00"),
        ("2026-11-09", "2026-11-09 00:00"),
        ("Thứ hai, 09/11/2026 08:00", "2026-11-09 08:00"),
        ("Chủ nhật, 8/11/2026, 08:00 (GMT+7)", "2026-11-08 08:00"),
        ("Mon, 09 Nov 2026 08:00:00", "2026-11-09 08:00"),
        ("Mon, 09 Nov 2026 08:00:00 GMT+7", "2026-11-09 08:00"),
        ("Mon, 09 Nov 2026 08:00:00 UTC+07:00", "2026-11-09 08:00"),
        ("Mon, 09 Nov 2026 08:00:00 +0700", "2026-11-09 08:00"),
        ("Mon, 09 Nov 2026 20:00:00 GMT", "2026-11-10 03:00"),
        ("Mon, 09 Nov 2026 08:00:00 ICT", "2026-11-09 08:00"),
        ("2026-11-09T20:00:00Z", "2026-11-10 03:00"),
        ("2026-11-09T20:00:00+00:00", "2026-11-10 03:00"),
        ("2026-11-09T08:00:00.1234567+07:00", "2026-11-09 08:00"),
        ("Mon, 9 Nov 1998 08:00:00 +0700", "1998-11-09 08:00"),
        ("11/9/2026 8:00:00 AM", None),
        ("13/13/2026", None),
    ],
)
def test_a_date_is_the_portals_own_day_first_unless_it_names_its_zone(written: str, hanoi: str | None):
    zone = ZoneInfo("Asia/Ho_Chi_Minh")
    items = rss(f"<item><title>A</title><pubDate>{written}</pubDate></item>")
    [item] = read_feed(items, place="a", zone=zone).items
    told = item.published and f"{item.published.astimezone(zone):%Y-%m-%d %H:%M}"
    assert told == hanoi


@given(st.text(max_size=70))
def test_whatever_stands_for_a_date_nothing_breaks(written: str):
    found = published(written, None, ZoneInfo("Asia/Ho_Chi_Minh"))
    assert found is None or found.utcoffset() == timedelta(0)


def test_dates_that_nobody_can_have_meant_are_left_out():
    odd = ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-14:00", "hôm qua", "31/02/2026 08:00")
    items = "".join(f"<item><title>{n}</title><pubDate>{date}</pubDate></item>" for n, date in enumerate(odd))
    assert [item.published for item in read_feed(rss(items), place="a").items] == [None] * 4


def test_an_id_and_a_link_that_are_missing_do_not_make_two_items_one():
    read = read_feed(rss("<item><title>A</title></item>", "<item><title>B</title></item>"), place="a")
    assert len({item.id for item in read.items}) == 2
    assert [urlsplit(item.link).scheme for item in read.items] == ["", ""]


def test_nothing_on_this_machine_is_opened(tmp_path: Path):
    secret = tmp_path / "bi-mat.txt"
    secret.write_text("mật khẩu")
    for data in (
        str(secret).encode(),
        secret.as_uri().encode(),
        b'<!DOCTYPE rss SYSTEM "%s">' % bytes(secret),
    ):
        with pytest.raises(FeedError) as refused:
            read_feed(data, place="a")
        assert "mật khẩu" not in str(refused.value.findings)


_IDS = st.lists(st.sampled_from("abcdefgh"), unique=True, max_size=6)


@given(st.lists(_IDS, max_size=6))
def test_a_number_once_given_stays_with_its_item(looks: list[list[str]]):
    feed = Feed("a", "https://a.vn", "", False, "lan", NOW)
    given_before: dict[str, int] = {}
    for ids in looks:
        items = tuple(FeedItem(one, one, "", None, "", "") for one in ids)
        feed = feed.with_text(FeedText("", items, []), looked_at=NOW, etag="", modified="")
        numbers = {one.item.id: one.number for one in feed.items}
        assert given_before.items() <= numbers.items()
        assert set(ids) <= set(numbers)
        assert len(set(numbers.values())) == len(numbers)
        given_before = numbers
