"""Targets: what officers bring in from outside: Word files, Excel plans, feeds and the memory of them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from content.checks import check_post
from content.errors import NotFound, RefusedByRule
from content.frontmatter import parse_post
from content.incoming.feed import MOST_ITEMS, FeedError, read_feed
from content.incoming.package import IncomingError
from content.incoming.planfile import read_plan
from content.incoming.planrow import RowReader
from content.incoming.wordfile import read_word
from content.post import Post
from content.postwriter import write_post
from content.text import slug
from loa.services import feedbook
from loa.services.feedbook import Feed
from tests.fuzz.engine import Target
from tests.fuzz.inputs import NASTY, json_texts, mutated
from tests.support.office_files import (
    W,
    excel,
    packed,
    paragraph,
    picture,
    png,
    relationship,
    saved,
    unpacked,
    word,
)

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 22, 1, tzinfo=UTC)
_ROOM = Path(tempfile.gettempdir())

_XML = (*NASTY, "<w:p>", "</w:p>", "<w:tbl><w:tr><w:tc>", "<w:ins>", "<w:hyperlink>", "<![CDATA[", "]]>",
        "<!--",
        "&a;", "&#0;", "&#xD800;", "<!DOCTYPE a [<!ENTITY a \"b\">]>", " r:id=\"rId9\"",
        "<c t=\"s\"><v>99</v></c>",
        "<c t=\"inlineStr\"><is><t>x</t></is></c>", "<f>1/0</f>", "<mergeCell ref=\"A1:B9\"/>", "1e400",
        "A1048577",
        "<row r=\"0\">", "<w:numPr>", "<w:br/>", " xml:space=\"preserve\"", "<w:p>" * 400)  # fmt: skip
_WHOLE = (
    *("<w:p/>", "<w:tbl/>", "<w:tr/>", "<w:br/>", "<w:tab/>", "<w:t>chữ {x} **y** | &lt;b&gt;</w:t>",
    "<v>7</v>"),
    *("<w:del><w:r><w:delText>x</w:delText></w:r></w:del>", "<w:vanish/>", '<w:pStyle w:val="Heading9"/>'),
    *('<w:hyperlink r:id="rId9"><w:r><w:t>x</w:t></w:r></w:hyperlink>', '<w:gridSpan w:val="-1"/>',
    "<a>9</a>"),
    *('<w:numPr><w:ilvl w:val="x"/><w:numId w:val="9"/></w:numPr>', '<w:vMerge/>',
    '<w:footnoteReference w:id="9"/>'),
    *('<row r="9"><c r="A9" t="s"><v>99999</v></c></row>', '<c r="ZZZ1"><v>1e400</v></c>', "<f>1/0</f>"),
    *('<c t="d"><v>0001-01-01</v></c>', '<c t="b"><v>x</v></c>', '<c t="e"><v>#REF!</v></c>', '<row r="x"/>'),
    *('<mergeCells><mergeCell ref="A1:B9"/></mergeCells>', '<c t="inlineStr"><is><t>x</t></is></c>',
    "<v>-1</v>"),
)  # fmt: skip
_WORD = word(
    paragraph("Tư vấn", "Heading1")
    + paragraph("Thứ Bảy, luật sư về thôn.")
    + picture("r1", "Nhà văn hóa.")
    + f"<w:tbl {W}><w:tr><w:tc>{paragraph('ô')}</w:tc><w:tc>{paragraph('hai')}</w:tc></w:tr></w:tbl>",
    relationships=relationship(1, "image", "media/a.png"),
    more={"word/media/a.png": png()},
)
_PLAN = saved(
    excel(
        [
            ("09/11/2026", "07:30", "Vì sao?", "Hỏi – đáp", "website", "Chữ"),
            (datetime(2026, 11, 9), 0.3125, "=A1", "hoi_dap", "website, fanpage", "Chữ\nhai"),  # noqa: DTZ001
        ]
    )
)
_PARTS: dict[bool, Mapping[str, bytes]] = {True: unpacked(_WORD), False: unpacked(_PLAN)}


@st.composite
def grown(draw: DrawFn, part: bytes) -> bytes:
    """A part that is still XML, with whole elements where none are expected."""
    for _ in range(draw(st.integers(1, 4))):
        places = [at for at, letter in enumerate(part) if letter == ord(">")] or [0]
        at = places[draw(st.integers(0, 2**20 - 1)) % len(places)] + 1
        part = part[:at] + draw(st.sampled_from(_WHOLE)).encode() + part[at:]
    return part


@st.composite
def packages(draw: DrawFn, parts: Mapping[str, bytes], whole: bytes) -> bytes:
    """An office file with its bytes turned; or, whole as a zip, with the inside of some parts turned."""
    if not draw(st.integers(0, 3)):
        return draw(mutated([whole], (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", *NASTY)))
    inside = dict(parts)
    for _ in range(draw(st.integers(1, 2))):
        name = draw(st.sampled_from([*parts, "[Content_Types].xml"]))
        part = inside.get(name, b"")
        inside[name] = draw(grown(part) if draw(st.booleans()) else mutated([part], _XML))
    if not draw(st.integers(0, 5)):
        inside.pop(draw(st.sampled_from(list(inside))))
    return packed(inside)


def _in_file(suffix: str, use: Callable[[Path], None], data: bytes) -> None:
    with tempfile.NamedTemporaryFile(suffix=suffix, dir=_ROOM) as file:
        file.write(data)
        file.flush()
        use(Path(file.name))


def _told(post: Post) -> None:
    """A post of it can be checked, written, and read again with the same words."""
    for finding in check_post(post, known_channels=["website"], now=NOW):
        assert finding.line()
    again, _ = parse_post(write_post(post, HANOI), file_name="a.md", zone=HANOI)
    assert again.body == post.body.strip("\n")
    assert (again.title, again.link, again.summary) == (post.title, post.link, post.summary)


def word_file(path: Path) -> None:
    text = read_word(path)
    assert text.title.strip()
    assert set(text.pictures) == {item.file for item in text.media}
    assert all(finding.line() for finding in text.remarks)
    _told(Post("a", text.title, "hoi_dap", text.body, media=text.media))


def plan(path: Path) -> None:
    sheet = read_plan(path)
    reader = RowReader(sheet, HANOI, ["website", "fanpage"])
    for row in sheet.rows:
        key = reader.key(row)
        assert slug(key) == key
        reader.revision(row)
        post = reader.post(row, Post(key, "", "", ""))
        assert post.due is None or post.due.tzinfo
    assert all(finding.line() for finding in [*sheet.findings, *reader.findings])


def feed(data: bytes) -> None:
    for kind in ("application/rss+xml", "text/xml; charset=idna", "text/html; charset=windows-1258"):
        text = read_feed(
            data, place="stp", address="https://stp.vidu.gov.vn/rss", content_type=kind, zone=HANOI
        )
        assert len(text.items) <= MOST_ITEMS
        assert all(finding.line() for finding in text.remarks)
        for item in text.items:
            assert item.title or item.body
            assert urlsplit(item.link).scheme in ("", "http", "https")
            assert item.published is None or f"{item.published.astimezone(HANOI):%d/%m/%Y}"
            _told(Post("a", item.title, "hoi_dap", item.body, summary=item.summary, link=item.link))


def memory(data: bytes) -> None:
    with tempfile.TemporaryDirectory(dir=_ROOM) as folder:
        workspace: Any = SimpleNamespace(folder=Path(folder))
        (Path(folder) / feedbook.FOLDER).mkdir()
        (Path(folder) / feedbook.FOLDER / "stp.json").write_bytes(data)
        known = feedbook.read(workspace, "stp")
        feedbook.write(workspace, known)
        assert feedbook.read(workspace, "stp") == known


_ITEM = """<item><title>Nghị định <![CDATA[<b>mới</b>]]></title><link>/tin/1?a=1&amp;b=2</link><guid>g1</guid>
<pubDate>Fri, 20 Nov 2026 08:00:00 +0700</pubDate><description><![CDATA[<p>Tóm <b>tắt</b> <img src=x></p>]]>
</description><content:encoded><![CDATA[<h1>Tiêu</h1><p>Theo <a href="/vb">Luật</a>.</p><ul><li>a<ol><li>b
</ol></ul><table><tr><td colspan=2>1<td>2</table><pre>x</pre>]]></content:encoded></item>"""
_RSS = f"""<?xml version="1.0" encoding="utf-8"?><rss version="2.0"
xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Sở Tư pháp</title>
<link>https://stp.vidu.gov.vn/</link>{_ITEM}<item><title>Hai</title><pubDate>20/11/2026 08:00</pubDate>
<description>Chữ trơn &lt; 3</description></item></channel></rss>"""
_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://a.vn/"><title type="xhtml"><div
xmlns="http://www.w3.org/1999/xhtml">Cổng</div></title><entry><title>A</title><id>urn:1</id><link href="x"/>
<updated>2026-11-20T01:00:00Z</updated><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Một
</p></div></content><summary type="text">Tóm</summary></entry></feed>"""
_RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Bộ</title></channel><item><title>T</title>
<link>https://a.vn/1</link><dc:date>2026-11-20T08:00+07:00</dc:date></item></rdf:RDF>"""
_PAGE = """<!DOCTYPE html><html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head>"""
_TAGS = (*NASTY, "<![CDATA[", "]]>", "<!--", "&lt;", "&#x110000;", "&a;", "<item>", "</item>", "<entry>",
         "<title>", "<link>", "<guid>", "<pubDate>", "32 Foo 20266", "0000-00-00T00:00:00Z",
         "9999-12-31T23:59:59-14:00",
         "<a href=\"javascript:alert(1)\">", "<a href=//x>", "<b><i>", "</b></i>", "<ol start=99999999999>",
         "<table>",
         "<td colspan=99999>", "<h1>", "<svg><script>", "<math><style>", "<plaintext>", "<template>",
         "<select>",
         "<!ENTITY a \"b\">", "<?xml version=\"1.0\" encoding=\"utf-7\"?>", "xml:base=\"http://[\"", "{{",
         "}}",
         "<content type=\"text/plain\" mode=\"base64\">", "<div>" * 300, "<b>x" * 300, "|", "\\", "_",
         "*")  # fmt: skip
_SAMPLES = (
    _RSS.encode(),
    _RSS.encode("utf-16"),
    _ATOM.encode(),
    _RDF.encode(),
    _PAGE.encode(),
    _RSS.replace("utf-8", "windows-1252").encode("cp1252", "replace"),
)
_KNOWN = json.loads(
    json.dumps(
        {
            "url": "https://a.vn", "reuse": "", "inside": False, "officer": "lan", "title": "Sở",
            "added_at": "2026-11-22T01:00:00+00:00", "etag": "", "modified": "", "last": 1, "shown": 0,
            "looked_at": None,
            "items": [{"number": 1, "item": {"id": "a", "title": "b", "link": "", "published": None,
                       "summary": "", "body": "", "remarks": ["cut"]}}],
            "taken": {"a": {"draft": "b", "officer": "lan", "at": "2026-11-22T01:00:00+00:00"}},
        }
    )
)  # fmt: skip
_NAMES = (
    *(name for name in Feed.__dataclass_fields__ if name != "name"),
    "number",
    "item",
    "id",
    "at",
    "draft",
)

TARGETS = (
    Target(
        "word file",
        packages(_PARTS[True], _WORD),
        partial(_in_file, ".docx", word_file),
        (IncomingError,),
        4.0,
    ),
    Target(
        "excel plan", packages(_PARTS[False], _PLAN), partial(_in_file, ".xlsx", plan), (IncomingError,), 4.0
    ),
    Target("feed", mutated(_SAMPLES, _TAGS), feed, (FeedError,), 6.0),
    Target(
        "feed's memory",
        json_texts([_KNOWN], _NAMES, "2026-11-22T01:00:00+00:00", "2026-11-22"),
        memory,
        (RefusedByRule, NotFound),
    ),
)
