"""What a variant becomes on Zalo, and what is said about it before."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import Job
from connectors.zalo.article import (
    BLOCK_MAX,
    blocks_of,
    compose,
    description_of,
    marker_in,
    picture_urls,
    same_words,
    tracking_link,
)
from connectors.zalo.settings import CAPABILITIES, DESCRIPTION_MAX, Settings, is_address, is_public
from content.checks import check_variant
from content.text import count, normalise
from tests.connectors.zalo.harness import OA, OaHarness, picture
from tests.connectors.zalo.samples import variant
from tests.oracles.zalo import audit

SITE = "https://xa.example.gov.vn/pbgdpl"
JSON = {"access_token": "t", "content-type": "application/json"}


@pytest.fixture
def job(harness: OaHarness) -> Job:
    return harness.job()


def settings(**given: Any) -> Settings:
    made = Settings(
        OA, "https://openapi.zalo.me", "", SITE, "Sở Tư pháp", "show", "show", "", "html", False, 40
    )
    return replace(made, **given)


def with_text(job: Job, text: str, *, pictures: int = 0, **more: Any) -> Job:
    media = tuple(picture(1, index) for index in range(pictures))
    return replace(job, variant=replace(job.variant, text=text, media=media, **more))


def rules(harness: OaHarness, job: Job, **given: str) -> list[str]:
    return [finding.rule for finding in harness.connector(**given).check(job.variant)]


def test_an_article_has_every_required_field_and_nothing_unknown(job: Job):
    job = with_text(job, "Đoạn một.\n\n![Ảnh](anh-1-1.png)\n\nĐoạn hai.", pictures=3)
    made = compose(job, settings(), status="hide")
    assert audit("POST", "/v2.0/article/create", JSON, {}, made) == []
    assert made["status"] == "hide"
    assert made["cover"]["photo_url"] == f"{SITE}/media/{picture(1, 0).sha256[:16]}.png"
    shown = compose(job, settings(), status="show", id="77")
    assert shown == {**made, "id": "77", "status": "show"}, "the whole article again"


def test_pictures_stand_where_the_text_names_them_and_the_cover_once(job: Job):
    job = with_text(job, "Một ![alt chữ](anh-1-2.png) hai.", pictures=4)
    kinds = [block["type"] for block in blocks_of(job.variant, settings())]
    assert kinds == ["text", "image", "text", "image", "image"]
    again = blocks_of(job.variant, settings(cover="hide"))
    urls = [block["url"] for block in again if block["type"] == "image"]
    assert len(urls) == len(set(urls)) == 4
    assert urls[0].endswith(picture(1, 2).sha256[:16] + ".png")
    assert urls == [url for url in urls if url in picture_urls(job.variant, settings())]


def test_a_caption_is_the_pictures_title_else_its_description(job: Job):
    job = with_text(job, '![x](anh-1-1.png "Lễ  phát động")\n\n![y](anh-1-2.png)', pictures=3)
    captions = [
        block.get("caption") for block in blocks_of(job.variant, settings()) if block["type"] == "image"
    ]
    assert captions == ["Lễ phát động", "Ảnh 2"]


def test_text_is_paragraphs_and_line_breaks_and_nothing_else(job: Job):
    text = "# Đầu đề\n\n**Đậm** <b>thô</b> & 5 < 6\ndòng hai\n\n- một\n- hai\n\n[Luật](https://vbpl.vn/1)"
    made = "".join(block["content"] for block in blocks_of(with_text(job, text).variant, settings()))
    assert made == (
        "<p>Đầu đề</p><p>Đậm &lt;b&gt;thô&lt;/b&gt; &amp; 5 &lt; 6<br>dòng hai</p><p>• một<br>• hai</p>"
        "<p>Luật (https://vbpl.vn/1)</p>"
    )
    plain = blocks_of(with_text(job, "5 < 6 & 7\n\nhai").variant, settings(text_format="plain"))
    assert plain == [{"type": "text", "content": "5 < 6 & 7\n\nhai"}]


def test_citations_and_the_link_end_the_article(job: Job):
    job = with_text(
        job, "Chữ.", citations=("Luật Đất đai 2024", "Nghị định 30/2020/NĐ-CP"), link="https://xa.example/a"
    )
    made = blocks_of(job.variant, settings(text_format="plain"))
    assert made[-1]["content"] == (
        "Căn cứ: Luật Đất đai 2024; Nghị định 30/2020/NĐ-CP\n\nXem thêm: https://xa.example/a"
    )


def test_paragraphs_share_blocks_as_far_as_they_fit_and_none_is_cut(job: Job):
    paragraphs = ["a" * 400, "b" * 400, "c" * 400, "d" * 3000, "e" * 10]
    made = blocks_of(with_text(job, "\n\n".join(paragraphs)).variant, settings(text_format="plain"))
    assert [len(block["content"].replace("\n", "")) for block in made] == [800, 400, 3000, 10]
    assert all(len(block["content"]) <= BLOCK_MAX + 2 for block in made if "d" not in block["content"])


def test_without_a_summary_the_first_sentences_describe_it(job: Job):
    long = with_text(job, "Câu đầu **rất** dài 𝒳 " * 60, summary="")
    made = description_of(long.variant)
    assert count(made, "utf16") <= DESCRIPTION_MAX
    assert made.startswith("Câu đầu rất dài")
    assert made.endswith("…")
    assert description_of(with_text(job, "Ngắn.", summary=" Hai\ndòng ").variant) == "Hai dòng"
    assert "anh" not in description_of(with_text(job, "![ảnh](anh-1-0.png)\n\nChữ.", summary="").variant)


@given(st.text(), st.text(max_size=400))
def test_no_text_makes_a_description_or_block_zalo_refuses(text: str, summary: str):
    made = variant(text=text, summary=summary)
    assert normalise(summary).split() or count(description_of(made), "utf16") <= DESCRIPTION_MAX
    for block in blocks_of(made, settings()):
        assert block["type"] == "text"
        inner = block["content"].replace("<p>", "").replace("</p>", "").replace("<br>", "")
        assert "<" not in inner


def test_the_tracking_link_bears_the_marker_on_the_units_own_address(job: Job):
    assert tracking_link(job, settings()) == f"{SITE}/?loa={job.marker}"
    linked = replace(job, variant=replace(job.variant, link="https://xa.example/tin.html?a=1&loa=old"))
    assert (
        tracking_link(linked, settings(images_from="")) == f"https://xa.example/tin.html?a=1&loa={job.marker}"
    )
    odd = replace(job, marker="loa:xã/1&2")
    assert marker_in(tracking_link(odd, settings())) == "loa:xã/1&2"
    assert is_address(tracking_link(job, settings(images_from="", cover_url="")))


@pytest.mark.parametrize("link", [None, 5, "", "http://[", "https://xa.example/?x=1"])
def test_a_link_without_our_mark_is_nobodys(link: object):
    assert marker_in(link) == ""


def test_titles_are_compared_without_regard_to_composition():
    assert same_words(unicodedata.normalize("NFD", "Luật  Đất đai "), "Luật Đất đai")
    assert not same_words(None, "")


def test_a_good_post_gets_no_remark(harness: OaHarness):
    assert rules(harness, harness.job(pictures=2)) == []
    assert rules(harness, harness.job()) == []


@pytest.mark.parametrize(
    ("change", "given", "rule"),
    [
        ({"title": "  "}, {}, "zalo.no_title"),
        ({"text": " "}, {}, "zalo.no_text"),
        ({"summary": ""}, {}, "zalo.no_summary"),
        ({"summary": "x" * 301}, {}, "zalo.summary_long"),
        ({"summary": "𝒳" * 151}, {}, "zalo.summary_long"),
        ({"author": "Ủy ban nhân dân xã " * 4}, {}, "zalo.author_long"),
        ({}, {"author": "Ủy ban nhân dân xã " * 4}, "zalo.author_long"),
        ({}, {"cover_url": "anh.jpg"}, "zalo.no_cover"),
        ({"media": (picture(1, 0),)}, {"images_from": "trang-tin"}, "zalo.no_picture_address"),
        (
            {"media": (picture(1, 0),)},
            {"images_from": "http://10.0.0.5/tin", "base_url": "https://openapi.zalo.me"},
            "zalo.picture_address_private",
        ),
        (
            {},
            {"cover_url": "http://may-chu/a.jpg", "base_url": "https://openapi.zalo.me"},
            "zalo.picture_address_private",
        ),
    ],
)
def test_a_flaw_is_named(harness: OaHarness, change: dict[str, Any], given: dict[str, str], rule: str):
    job = harness.job()
    found = harness.connector(**given).check(replace(job.variant, **change))
    assert [finding.rule for finding in found] == [rule]
    assert found[0].message != found[0].rule
    assert found[0].remedy


def test_the_common_check_knows_zalos_lengths(harness: OaHarness):
    variant = replace(
        harness.job().variant, title="x" * 151, media=(replace(picture(1, 0), size_bytes=1_000_001),)
    )
    found = {finding.rule for finding in check_variant(variant, CAPABILITIES.limits)}
    assert found == {"content.title_over", "content.image_size"}


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("https://xa.example.gov.vn/a", True),
        ("http://8.8.8.8/a", True),
        ("http://127.0.0.1:80/a", False),
        ("http://192.168.1.4/a", False),
        ("http://localhost/a", False),
        ("http://may-chu/a", False),
        ("http://web.local/a", False),
        ("http://[::1]/a", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_an_office_address_is_not_public(address: str, public: bool):
    assert is_public(address) is public
