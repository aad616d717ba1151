"""Reading feeds: every item's words, nobody's markup, and numbers that stay with their items."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.incoming.feed import LARGEST_BYTES, MOST_ITEMS, FeedError, FeedItem, FeedText, read_feed
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
