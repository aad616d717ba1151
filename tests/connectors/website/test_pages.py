"""What readers see: safe, whole, Vietnamese, and without a server if need be."""

from __future__ import annotations

import json
import posixpath
import re
import unicodedata
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from connectors.website.body import Picture, render, safe_link
from connectors.website.page import legislation
from connectors.website.words import Words

ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"


class Page(HTMLParser):
    """Every tag of a page with its attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self._inside = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._inside = tag == "script"

    def handle_endtag(self, tag):
        self._inside = False

    def handle_data(self, data):
        if self._inside:
            self.scripts.append(data)

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def meta(self, name: str) -> str:
        for attributes in self.all("meta"):
            if name in (attributes.get("name"), attributes.get("property")):
                return attributes["content"]
        raise KeyError(name)


def _everything(place) -> dict[str, str]:
    root = place.current
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in root.rglob("*.html")}


def test_no_words_of_an_author_become_code(place):
    place.publish(
        place.job(
            title=f"Tiêu đề {ATTACK}",
            summary=ATTACK,
            text=f"{ATTACK}\n\n[bấm](javascript:alert(1)) [b](<data:text/html,x>) ![a](javascript:x)\n\n"
            "<iframe src='https://evil.example'></iframe> <https://ok.example/?a=\"b>",
            media=(place.picture(f"{ATTACK}.jpg", alt=ATTACK),),
            citations=(ATTACK, "</script><script>alert(2)</script>"),
            tags=(ATTACK,),
            author=ATTACK,
            link="javascript:alert(1)",
            marker=f"m{ATTACK}",
        )
    )
    for name, text in _everything(place).items():
        page = Page(text)
        scripts = [s for s in page.all("script") if s.get("type") != "application/ld+json"]
        assert [s["src"].removeprefix("../") for s in scripts] in ([], ["loa.js"]), name
        assert not page.all("iframe")
        for tag, attributes in page.tags:
            assert not [key for key in attributes if key.startswith("on")], (name, tag)
            for key in ("href", "src", "action"):
                assert not re.match(r"\s*(javascript|data|vbscript):", attributes.get(key, ""), re.I), (
                    name,
                    tag,
                )
    page = Page(place.article())
    assert page.meta("loa:marker") == f"m{ATTACK}"
    assert page.meta("og:title") == f"Tiêu đề {ATTACK}"


def test_settings_cannot_break_a_page_either(place):
    place.settings.update(title=ATTACK, address=ATTACK, email=ATTACK, phone=ATTACK, manager=ATTACK)
    place.publish(place.job())
    for text in _everything(place).values():
        assert not [tag for tag, attributes in Page(text).tags if "onerror" in attributes]


@pytest.mark.parametrize(
    "address",
    [
        *(
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            " java\tscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
        ),
        *("//evil.example", "/admin", "trang.html", "https:", "https://[", "file:///etc/passwd", ""),
    ],
)
def test_only_whole_harmless_addresses_become_links(address):
    assert safe_link(address) == ""
    assert "href" not in render(f"[chữ]({address})", (), "").html


@pytest.mark.parametrize("written", ["ảnh nhóm.jpg", "<ảnh nhóm.jpg>", "%E1%BA%A3nh%20nh%C3%B3m.jpg"])
def test_a_picture_with_a_vietnamese_name_finds_its_place(written):
    """The parser writes `ả` as `%E1%BA%A3`; the picture was then taken for one from elsewhere."""
    picture = Picture("ảnh nhóm.jpg", "media/0011.jpg", "Ảnh", (640, 360))
    source = f"<{written}>" if " " in written and not written.startswith("<") else written
    body = render(f"Chữ.\n\n![x]({source})", (picture,), "../")
    assert body.placed == {"media/0011.jpg"}
    assert '<figure><img src="../media/0011.jpg" alt="Ảnh"' in body.html


def test_links_pictures_tables_and_bare_addresses_survive_cleaning():
    picture = Picture("anh.jpg", "media/0011.jpg", "Ảnh", (640, 360))
    body = render(
        '# Mục\n\nXem https://vbpl.vn/a?b=1&c=2. [Luật](https://luat.vn)\n\n![x](anh.jpg "Chú thích")\n\n'
        "|A|B|\n|-|-:|\n|1|2|\n\n![ngoài](https://track.example/p.png)",
        (picture,),
        "../",
    )
    assert "<h2>Mục</h2>" in body.html
    address = "https://vbpl.vn/a?b=1&amp;c=2"
    assert f'<a class="bare" href="{address}" rel="noopener">{address}</a>. ' in body.html
    assert '<td class="right">2</td>' in body.html
    assert '<figure><img src="../media/0011.jpg" alt="Ảnh" width="640" height="360"' in body.html
    assert "<figcaption>Chú thích</figcaption>" in body.html
    assert '<a href="https://track.example/p.png" rel="noopener">ngoài</a>' in body.html
    assert "<img" not in body.html.replace('<img src="../media/0011.jpg"', "")
    assert body.placed == {"media/0011.jpg"}


def test_headings_follow_the_title_without_a_gap():
    assert "<h2>A</h2>" in render("### A\n\n#### B", (), "").html
    assert "<h3>B</h3>" in render("### A\n\n#### B", (), "").html


def test_a_title_written_over_the_text_once_more_is_shown_once(place):
    place.publish(place.job(title="Ngày Pháp luật", text="# NGÀY PHÁP LUẬT\n\nChữ.\n\n## Mục"))
    assert place.article().count("<h1>") == 1
    assert "NGÀY PHÁP LUẬT" not in place.article()
    assert "<h2>Mục</h2>" in place.article()


def test_all_text_is_nfc_vietnamese(place):
    decomposed = unicodedata.normalize("NFD", "Đường sắt, quyền của trẻ em")
    place.publish(place.job(title=decomposed, text=decomposed, summary=decomposed, tags=(decomposed,)))
    for path in place.current.rglob("*"):
        if path.suffix in (".html", ".xml", ".json", ".js", ".css"):
            text = path.read_text("utf-8")
            assert text == unicodedata.normalize("NFC", text), path
    assert '<html lang="vi">' in place.article()
    assert "<h1>Đường sắt, quyền của trẻ em</h1>" in place.article()


def test_an_article_says_who_when_why_and_where_from(place):
    place.publish(place.job(media=(place.picture(),), author="Tổ tư vấn pháp luật"))
    text = place.article()
    assert "Thứ Hai, 09/11/2026, 07:00 (GMT+7)" in text
    for words in ("Ủy ban nhân dân xã Thống Nhất", "Tổ tư vấn pháp luật", "Căn cứ pháp lý", "Nguồn/Xem thêm"):
        assert words in text
    (picture,) = Page(text).all("img")
    assert picture["alt"] == "Buổi nói chuyện tại nhà văn hóa"
    assert (picture["width"], picture["height"]) == ("64", "36")
    assert Page(text).meta("DC.publisher") == "Ủy ban nhân dân xã Thống Nhất"
    assert Page(text).meta("DC.date") == "2026-11-09T07:00:00+07:00"


def test_the_footer_names_all_that_the_law_asks_for(place):
    place.publish(place.job())
    for name, text in _everything(place).items():
        if name != "embed/list.html":
            for words in place.settings.values():
                assert words in text


def test_link_previews_and_search_engines_get_whole_addresses(place):
    place.serve()
    place.publish(place.job(media=(place.picture(),)))
    page, (path,) = Page(place.article()), place.articles()
    assert page.meta("og:url") == f"https://xa.example.gov.vn/pbgdpl/{path}"
    assert page.meta("og:image").startswith("https://xa.example.gov.vn/pbgdpl/media/")
    assert (page.meta("og:type"), page.meta("og:locale")) == ("article", "vi_VN")
    assert {"rel": "canonical", "href": page.meta("og:url")} in page.all("link")


def test_structured_data_parses_and_names_the_law(place):
    place.serve()
    place.publish(place.job(title="</script><b>Tin & bài</b>", media=(place.picture(),)))
    (script,) = Page(place.article()).scripts
    assert "<" not in script
    data = json.loads(script)
    assert data["@type"] == "NewsArticle"
    assert data["headline"] == "</script><b>Tin & bài</b>"
    assert data["publisher"] == {"@type": "GovernmentOrganization", "name": "Ủy ban nhân dân xã Thống Nhất"}
    assert data["about"] == [
        {
            "@type": "Legislation",
            "name": "Luật Hộ tịch số 60/2014/QH13",
            "legislationIdentifier": "60/2014/QH13",
        }
    ]
    assert data["datePublished"] == "2026-11-09T07:00:00+07:00"


@pytest.mark.parametrize(
    ("citation", "number"),
    [
        ("Nghị định số 174/2026/NĐ-CP ngày 15/05/2026", "174/2026/NĐ-CP"),
        ("Thông tư liên tịch 01/2016/TTLT-BTP-BGDĐT", "01/2016/TTLT-BTP-BGDĐT"),
        ("Quyết định 12/QĐ-UBND", "12/QĐ-UBND"),
        ("Hiến pháp năm 2013", None),
    ],
)
def test_a_documents_number_is_found_in_a_citation(citation, number):
    assert legislation(citation).get("legislationIdentifier") == number


def test_every_relative_link_leads_to_a_file_of_the_release(place):
    pictures = (place.picture(), place.picture("hai.jpg", colour="#3a3"))
    place.publish(place.job(1, media=pictures, text="Xem ảnh\n\n![Ảnh hai](hai.jpg)"))
    place.publish(place.job(2, tags=("đất đai & nhà ở",)))
    checked = 0
    for name, text in _everything(place).items():
        for tag, attributes in Page(text).tags:
            for key in ("href", "src", "action"):
                parts = urlsplit(attributes.get(key, ""))
                if key not in attributes or parts.scheme or (tag == "base"):
                    continue
                assert not parts.netloc, (name, attributes)
                assert not parts.path.startswith("/"), (name, attributes)
                target = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
                assert (place.current / (target if parts.path else name)).is_file(), (name, attributes)
                if parts.fragment:
                    assert f'id="{parts.fragment}"' in text
                checked += 1
    assert checked > 60


def test_no_page_calls_on_anybody_else(place):
    place.serve()
    place.publish(place.job(media=(place.picture(),)))
    for text in _everything(place).values():
        page = Page(text)
        loaded = [*page.all("img"), *page.all("script"), *page.all("iframe")]
        assert not [a for a in loaded if "//" in a.get("src", "")]
        sheets = [a["href"] for a in page.all("link") if a["rel"] in ("stylesheet", "icon")]
        assert not [href for href in sheets if "//" in href]
    assert "url(" not in place.page("style.css")


def test_the_embedded_list_needs_no_script_and_opens_outside_its_frame(place):
    place.publish(place.job())
    page = Page(place.page("embed/list.html"))
    assert not page.all("script")
    assert page.all("base") == [{"target": "_blank"}]
    assert page.all("main")
    assert page.all("h1")


def test_the_front_page_shows_the_latest_twenty_and_the_archive_all(place):
    for number in range(1, 23):
        job = place.job(number)
        place.now = job.due_at
        website = place.website()
        website.reveal(job, {})
    assert place.page("index.html").count('<article class="card') == 20
    assert "bài 2<" not in place.page("index.html")
    assert place.page("tat-ca.html").count("<li><time") == 22
    assert "Tháng 11/2026" in place.page("tat-ca.html")
    assert "Xem tất cả 22 bài" in place.page("index.html")


def test_search_words_are_folded_and_cover_the_whole_text(place):
    place.publish(place.job(title="Đất đai", text="Bạo lực học đường là hành vi…"))
    (entry,) = json.loads(place.page("search.json"))
    assert {"dat", "dai", "bao", "luc", "duong", "ho", "tich"} <= set(entry["words"].split())


def test_a_unit_that_speaks_english_has_english_labels():
    words = Words("en", "Europe/London")
    assert words.home == "Home"
    assert words.tag == "en"
    assert Words("fr", "Asia/Ho_Chi_Minh").home == "Trang chủ"
