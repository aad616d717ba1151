"""Whatever an author writes, no script, handler or dangerous address reaches a reader's browser."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

from hypothesis import given, seed, settings
from hypothesis import strategies as st

from connectors.contract import Job
from connectors.website.article import Article
from connectors.website.body import render
from connectors.website.feeds import atom, rss, sitemap
from connectors.website.page import Pages
from connectors.website.settings import Settings
from connectors.wordpress.body import Picture, content_of, excerpt_of, title_of
from connectors.zalo.article import blocks_of
from connectors.zalo.settings import Settings as ZaloSettings
from content.text import normalise
from content.variant import MediaRef, Variant
from tests.fuzz.engine import SEED
from tests.fuzz.inputs import NASTY
from tests.fuzz.records import DUE, VARIANT

PIECES = (
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>",
    "<a href='javascript:x'>"),
    *("[a](javascript:alert(1))", "![a](javascript:alert(1))", "<javascript:alert(1)>",
    "[a](data:text/html,<script>)"),
    *("[a](JaVaScRiPt:x)", "[a](java\tscript:x)", "[a](&#106;avascript:x)", "[a](vbscript:x)",
    "[a][b]\n\n[b]: javascript:x"),
    *('[x](http://a.vn"onclick="b)', "[x](<http://a.vn onclick=b>)",
    '[x](http://a.vn "t\\" onmouseover=\\"b")'),
    *('![x](a.png "\\" onload=\\"b")', "![\" onerror=\"b](a.png)", "https://a.vn/\"onclick=b",
    "<style>*{}</style>"),
    *("<!--", "-->", "]]>", "</title>", "</script>", "{{7*7}}", "{% x %}", "<iframe src=//a>",
    "<meta http-equiv=refresh>"),
    *("`", "```", "> ", "# ", "\n\n", "| a |\n|-|\n| <b onclick=x> |\n", "**", "\\", "&lt;script&gt;",
    "\x0c", "\ufffe", "\uffff"),
)  # fmt: skip
written = st.lists(st.sampled_from((*PIECES, *NASTY)) | st.text(max_size=8), max_size=8).map(
    lambda parts: normalise("".join(parts))
)
SCHEMES = {"", "http", "https", "mailto", "tel"}
SITE = Settings(Path("site"), "https://xa.vn/pl/", "Pháp luật", "UBND xã", "Asia/Ho_Chi_Minh", "vi")
ZALO = ZaloSettings(
    "1", "https://openapi.zalo.me", "https://oauth.zaloapp.com", "https://xa.vn/pl", "UBND xã", "show",
    "show", "", "html",
    appsecret_proof=False, timeout_s=5,
)  # fmt: skip
laws = settings(max_examples=60, deadline=None, database=None)


class Reader(HTMLParser):
    """What a browser would act on: elements, handlers, addresses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


ACTING = ("script", "iframe", "object", "embed", "svg", "math", "base", "form", "input", "button", "template")


def harmless(html: str, usual: Reader | None = None) -> Reader:
    """Nothing in it acts, but for what the page has of its own (`usual`)."""
    seen = Reader(html)
    own = usual.tags if usual else []
    assert [seen.tags.count(tag) for tag in ACTING] == [own.count(tag) for tag in ACTING]
    for name, value in seen.attributes:
        assert not name.startswith("on"), (name, value)
        if name in ("href", "src", "action", "srcset"):
            assert urlsplit("".join(value.split())).scheme.lower() in SCHEMES, (name, value)
    return seen


@st.composite
def variants(draw: st.DrawFn) -> Variant:
    picture = MediaRef("ab" * 32, "image/png", 5, "a.png", draw(written), 64, 36)
    return replace(
        VARIANT,
        title=draw(written),
        summary=draw(written),
        text=draw(written),
        link=draw(written),
        author=draw(written),
        tags=(draw(written),),
        citations=(draw(written),),
        media=(picture,),
    )


@seed(SEED)
@laws
@given(written)
def test_the_body_on_the_website_is_clean(text: str):
    seen = harmless(render(text, [], "../").html)
    assert not {"style", "meta", "link", "img", "title"} & set(seen.tags), (
        "a picture from elsewhere, or worse"
    )


@seed(SEED)
@laws
@given(variants())
def test_every_page_and_feed_of_the_website_is_clean(variant: Variant):
    pages = Pages(SITE)
    plain = replace(VARIANT, title="A", text="B", link="", tags=("c",), citations=("d",), media=variant.media)
    known, hostile = (
        pages.views([Article.of(Job("d", "m" * 20, one, DUE)).dated(None, DUE, DUE + timedelta(seconds=1))])
        for one in (plain, variant)
    )
    for page in (lambda views: pages.article(views[0]), pages.index, pages.archive, pages.embed):
        usual = Reader(page(known).decode())
        seen = harmless(page(hostile).decode(), usual)
        for tag in ("style", "meta", "link", "title"):
            assert abs(seen.tags.count(tag) - usual.tags.count(tag)) <= 2, tag  # an empty field is left out
        assert ("http-equiv", "refresh") not in seen.attributes
    assert json.loads(pages.search(hostile))
    for feed in (atom, rss, sitemap):
        root = ET.fromstring(feed(pages, hostile))  # well-formed, whatever was written
        for node in root.iter():
            if node.tag.endswith(("content", "encoded")):
                harmless(node.text or "")


@seed(SEED)
@laws
@given(variants())
def test_a_wordpress_post_is_clean(variant: Variant):
    pictures = [Picture("a.png", 7, "https://xa.vn/a.png", variant.media[0].alt, (64, 36))]
    seen = harmless(content_of(variant, pictures, "<!-- loa:0123 -->", "vi"))
    assert not {"style", "meta", "link"} & set(seen.tags)
    assert all(value == "https://xa.vn/a.png" for name, value in seen.attributes if name == "src")
    assert not Reader(title_of(variant) + excerpt_of(variant)).tags


@seed(SEED)
@laws
@given(variants())
def test_an_article_for_zalo_holds_paragraphs_and_line_breaks_only(variant: Variant):
    for block in blocks_of(variant, ZALO):
        if block["type"] == "text":
            seen = Reader(block["content"])
            assert set(seen.tags) <= {"p", "br"}
            assert not seen.attributes
