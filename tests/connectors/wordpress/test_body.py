"""A post's HTML: what is written for readers stays, what would act on the site does not."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.wordpress.body import Picture, content_of, excerpt_of, title_of
from tests.connectors.wordpress.harness import SiteHarness

COMMENT = "<!-- loa:0123abcd -->"
PICTURE = Picture("ảnh 1.png", 7, "https://xa.example/wp-content/uploads/loa-1.png", 'Hai "em" bé', (64, 36))


@pytest.fixture
def write(harness: SiteHarness):
    def made(text: str, pictures=(), language: str = "vi", **changes) -> str:
        plain = {"citations": (), "link": "", "author": "", "tags": ()}
        variant = harness.job(**{**plain, "text": text, **changes}).variant
        return content_of(variant, pictures, COMMENT, language)

    return made


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("Một\nhai", f"<p>Một<br>hai{COMMENT}</p>"),
        ("Một\n\nhai", f"<p>Một</p><p>hai{COMMENT}</p>"),
        ("# Lớn\n\n### Nhỏ", f"<h2>Lớn</h2><h4>Nhỏ{COMMENT}</h4>"),
        ("- a\n- b", f"<ul><li>a</li><li>b</li>{COMMENT}</ul>"),
        ("3. a\n4. b", f'<ol start="3"><li>a</li><li>b</li>{COMMENT}</ol>'),
        ("**đậm** *nghiêng* ~~bỏ~~", f"<p><strong>đậm</strong> <em>nghiêng</em> <s>bỏ</s>{COMMENT}</p>"),
        ("a < b & c", f"<p>a &lt; b &amp; c{COMMENT}</p>"),
        ("", COMMENT),
    ],
)
def test_markdown_becomes_plain_html_on_one_line_with_the_mark_inside(write, text: str, html: str):
    assert write(text) == html


def test_the_title_is_not_said_twice(write):
    assert write("# Khai sinh\n\nNộp tờ khai", title="Khai sinh") == f"<p>Nộp tờ khai{COMMENT}</p>"


def test_square_brackets_call_no_plug_in(write):
    html = write("[gallery ids=1] [1] [x](https://a.vn/?q[]=1)", pictures=[], citations=("[audio]",))
    assert "[" not in html
    assert "&#091;gallery" in html


def test_raw_html_is_shown_and_not_obeyed(write):
    html = write('<script>alert(1)</script> <iframe src="https://a.vn"></iframe> <b onclick="x">đậm</b>')
    assert "<script" not in html
    assert "<iframe" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "//evil.example/x", "vbscript:x"]
)
def test_a_link_of_another_kind_keeps_its_words_only(write, address: str):
    html = write(f"[bấm]({address})")
    assert "<a" not in html
    assert "bấm" in html


def test_bare_addresses_become_links_but_a_players_address_stays_alone(write):
    assert 'href="https://vbpl.vn/x?a=1&amp;b=2"' in write("Xem https://vbpl.vn/x?a=1&b=2.")
    for address in ("https://www.youtube.com/watch?v=abc", "https://youtu.be/abc"):
        assert write(f"Xem:\n\n{address}\n\nHết") == f"<p>Xem:</p><p>{address}</p><p>Hết{COMMENT}</p>"
    assert "<a href" in write("Xem https://youtu.be/abc nhé")
    assert "<a href" in write("https://youtube.com.evil.example/x")


def test_pictures_stand_where_the_text_puts_them_and_the_others_at_the_end(write):
    other = Picture("khac.png", 8, "https://xa.example/2.png", "Khác")
    html = write('Trước\n\n![x](<ảnh 1.png> "Chú thích")\n\nSau', pictures=[PICTURE, other])
    assert html.index("Trước") < html.index("loa-1.png") < html.index("Sau") < html.index("2.png")
    assert 'class="wp-image-7"' in html
    assert 'alt="Hai &quot;em&quot; bé"' in html
    assert "<figcaption>Chú thích</figcaption>" in html
    assert html.count("<figure>") == 2


def test_a_picture_from_elsewhere_becomes_a_link(write):
    html = write("![Bản đồ](https://evil.example/pixel.png)")
    assert "<img" not in html
    assert '<a href="https://evil.example/pixel.png"' in html


def test_citations_source_and_byline_follow_in_the_units_language(write):
    known = {"citations": ("Luật A & B",), "link": "https://vbpl.vn/1", "author": "Lan"}
    html = write("Nội dung", **known)
    assert "<h2>Căn cứ pháp lý</h2><ul><li>Luật A &amp; B</li></ul>" in html
    assert 'Nguồn/Xem thêm: <a href="https://vbpl.vn/1"' in html
    assert html.endswith(f"<p><em>Lan</em>{COMMENT}</p>")
    assert "<h2>Legal basis</h2>" in write("Content", language="en", **known)
    assert "<h2>Căn cứ pháp lý</h2>" in write("Nội dung", language="xx", **known)


def test_code_keeps_its_lines(write):
    assert "<pre><code>một\n  hai\n</code></pre>" in write("```\nmột\n  hai\n```\n\nHết")


def test_titles_and_summaries_are_html_for_wordpress(harness: SiteHarness):
    variant = harness.job(title='A <b> & "c"\n', summary=" x < y ").variant
    assert title_of(variant) == 'A &lt;b&gt; &amp; "c"'
    assert excerpt_of(variant) == "x &lt; y"


@given(text=st.text(alphabet="ab[]()<>!#*-`\"'&\n\t:/.|\\ đ1_", max_size=80))
@example("```\n[\n```")
@example("<!-- loa:9 -->")
@example("* a\n\n  b\n* c")
def test_no_text_at_all_breaks_out(text: str):
    from content.variant import Variant
    from tests.connectors.wordpress.harness import START

    variant = Variant(
        *("p", 1, "0" * 64, "c", "wordpress", "x", "hoi_dap", "T", "", text, ""),
        *((), (), (), "", START, START),
    )
    html = content_of(variant, [PICTURE], COMMENT, "vi")
    assert html.count(COMMENT) == 1
    assert html.count("<!--") == 1
    assert "[" not in html
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= {
        *(
            "p",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "ol",
            "li",
            "strong",
            "em",
            "s",
            "blockquote",
            "code",
            "pre",
        ),
        *("table", "thead", "tbody", "tr", "th", "td", "a", "br", "hr", "figure", "figcaption", "img"),
    }
    outside = re.sub(r"<pre>.*?</pre>", "", html, flags=re.DOTALL)
    assert "\n" not in outside, "core would make a <br> of it"
