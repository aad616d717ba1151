"""Word's text on the page is Word's text: markup becomes Markdown, and nothing else is taken for it."""

from __future__ import annotations

import unicodedata
from html import escape

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from content.incoming.prose import to_markdown
from content.plain import flatten


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>Ai phải làm gì</h2><p>Mọi người.</p>", "## Ai phải làm gì\n\nMọi người."),
        ("<p>Một<br/>Hai</p>", "Một\nHai"),
        ("<p><strong>Lưu ý: </strong>mang giấy tờ</p>", "**Lưu ý:** mang giấy tờ"),
        ("<p><strong>Lưu ý:</strong>mang</p>", "Lưu ý:mang"),  # CommonMark would show the stars
        ("<p><em>Điều</em> <strong>5</strong></p>", "*Điều* **5**"),
        ("<h2><strong>Đậm</strong> sẵn</h2>", "## Đậm sẵn"),
        ('<p><a href="https://a.vn/b(1)">văn bản [1]</a></p>', "[văn bản \\[1\\]](<https://a.vn/b(1)>)"),
        ('<p>xem <a href="#muc-2">mục 2</a></p>', "xem mục 2"),
        ("<p>5 * 3, a_b_c, [x](y)</p>", "5 \\* 3, a_b_c, \\[x](y)"),
        ("<p>- không phải danh sách</p>", "\\- không phải danh sách"),
        ("<p>1. Điều một</p>", "1\\. Điều một"),
        ("<p># không phải tiêu đề</p>", "\\# không phải tiêu đề"),
        (
            "<ul><li>Một<ul><li>Một a</li></ul></li><li>Hai</li></ul>",
            "- Một\n  - Một a\n- Hai",
        ),
        ("<ol><li>Một</li><li>Hai<ol><li>a</li></ol></li></ol>", "1. Một\n2. Hai\n   1. a"),
        (
            "<table><tr><td><p>Thủ tục</p></td><td><p>A|B</p></td></tr><tr><td><p>x</p></td></tr></table>",
            "| Thủ tục | A\\|B |\n| --- | --- |\n| x |  |",
        ),
        ("<table><tr><td><p>Khung quanh chữ</p></td></tr></table>", "Khung quanh chữ"),
        ("<blockquote><p>Điều 5.</p></blockquote>", "> Điều 5."),
    ],
)
def test_each_thing_word_knows_becomes_its_markdown(html: str, markdown: str):
    assert to_markdown(html).body == markdown


def test_the_first_heading_is_the_title_and_leaves_the_body():
    prose = to_markdown("<p>UBND xã</p><h1>Ngày Pháp luật</h1><p>Chữ.</p><h1>Phần hai</h1>")
    assert (prose.title, prose.body) == ("Ngày Pháp luật", "UBND xã\n\nChữ.\n\n# Phần hai")


def test_links_that_are_no_web_address_leave_their_words_and_are_named():
    prose = to_markdown('<p><a href="javascript:alert(1)">bấm</a> <a href="file:///c:/x">tệp</a></p>')
    assert prose.body == "bấm tệp"
    assert prose.lost_links == ("javascript:alert(1)", "file:///c:/x")


def test_tone_marks_arrive_composed():
    decomposed = unicodedata.normalize("NFD", "Đường phố được thưởng nguyễn ễ ặ ự")
    assert to_markdown(f"<p>{decomposed}</p>").body == unicodedata.normalize("NFC", decomposed)


words = st.text(st.sampled_from("aăđ1 .*_#[]()>-+=~`\\|!&;:<x"), min_size=1, max_size=24)


@settings(max_examples=300, deadline=None)
@given(words)
def test_whatever_stands_in_a_paragraph_reads_the_same_after_it_was_markdown(text: str):
    expected = " ".join(text.split())
    assert flatten(to_markdown(f"<p>{escape(text)}</p>").body) == expected


@settings(max_examples=300, deadline=None)
@given(words, words, words)
@example("[", "](", ")")  # a link put together out of three pieces
@example("[[a] x", "](", "b)")
def test_emphasis_never_leaves_a_star_on_the_page(before: str, marked: str, after: str):
    html = f"<p>{escape(before)}<strong>{escape(marked)}</strong>{escape(after)}</p>"
    assert flatten(to_markdown(html).body) == " ".join(f"{before}{marked}{after}".split())
