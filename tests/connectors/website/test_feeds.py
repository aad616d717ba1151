"""Feeds that portals' readers take: valid, full, stable."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
BASE = "https://xa.example.gov.vn/pbgdpl/"


@pytest.fixture
def served(place):
    place.serve()
    place.publish(
        place.job(1, media=(place.picture(),), text="Chữ\x0b lạ \ufffe & <b>đậm</b>\n\n![ảnh](anh.jpg)")
    )
    place.publish(place.job(2))
    return place


def test_an_atom_entrys_first_link_is_the_article_itself(served):
    feed = ET.fromstring(served.page("atom.xml"))
    assert [link.get("rel") for link in feed.findall(f"{ATOM}link")] == ["alternate", "self"]
    for entry in feed.findall(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link")
        assert (link.get("rel"), link.get("type")) == ("alternate", "text/html")
        assert link.get("href").startswith(BASE + "bai/")


def test_atom_has_every_required_element_once(served):
    feed = ET.fromstring(served.page("atom.xml"))
    for parent in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(f"{ATOM}{name}")) == 1
        assert parent.findtext(f"{ATOM}id").startswith("urn:uuid:")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", parent.findtext(f"{ATOM}updated"))
    assert feed.findtext(f"{ATOM}author/{ATOM}name") == "Ủy ban nhân dân xã Thống Nhất"
    dates = [entry.findtext(f"{ATOM}published") for entry in feed.findall(f"{ATOM}entry")]
    assert dates == ["2026-11-10T00:00:00Z", "2026-11-09T00:00:00Z"]


def test_rss_dates_are_rfc_822_and_ids_are_no_addresses(served):
    channel = ET.fromstring(served.page("rss.xml")).find("channel")
    assert channel.findtext("language") == "vi"
    items = channel.findall("item")
    assert [parsedate_to_datetime(item.findtext("pubDate")) for item in items] == [
        datetime.fromisoformat("2026-11-10T00:00:00+00:00"),
        datetime.fromisoformat("2026-11-09T00:00:00+00:00"),
    ]
    for item in items:
        assert item.find("guid").get("isPermaLink") == "false"
        assert item.findtext("link").startswith(BASE + "bai/")


def test_feeds_carry_the_full_text_with_whole_addresses(served):
    item = ET.fromstring(served.page("rss.xml")).findall("channel/item")[1]
    entry = ET.fromstring(served.page("atom.xml")).findall(f"{ATOM}entry")[1]
    assert entry.findtext(f"{ATOM}content") == item.findtext(CONTENT)
    assert f'<img src="{BASE}media/' in item.findtext(CONTENT)
    assert "&lt;b&gt;đậm" in item.findtext(CONTENT)
    assert "<script" not in item.findtext(CONTENT)


def test_ids_outlive_a_move_to_another_address(served):
    def ids() -> list[str]:
        return [
            e.findtext(f"{ATOM}id") for e in ET.fromstring(served.page("atom.xml")).findall(f"{ATOM}entry")
        ]

    before = ids()
    assert len(set(before)) == 2
    served.settings["base_url"] = "https://moi.example.vn/"
    served.website().rebuild()
    assert ids() == before


def test_the_sitemap_lists_every_article(served):
    places = [url.findtext(f"{MAP}loc") for url in ET.fromstring(served.page("sitemap.xml"))]
    assert places[:2] == [BASE, BASE + "tat-ca.html"]
    assert set(places[2:]) == {BASE + path for path in served.articles()}


def test_feeds_hold_the_latest_twenty(place):
    for number in range(1, 23):
        place.now = place.job(number).due_at + timedelta(seconds=1)
        place.website().reveal(place.job(number), {})
    assert len(ET.fromstring(place.page("atom.xml")).findall(f"{ATOM}entry")) == 20
    assert len(ET.fromstring(place.page("rss.xml")).findall("channel/item")) == 20
