"""What one channel shows of a post."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.adapt import adapt, hashtag
from content.limits import Limits
from content.post import MediaItem, Override, Post
from content.variant import MediaRef, Variant, seal, text_digest
from content.wording import use_language

DUE = datetime(2026, 11, 9, tzinfo=UTC)
PAGE = Limits(text_max=63_206, text_unit="utf16")
SITE = Limits(text_max=200_000, markdown=True)
POST = Post(
    key="vi-sao",
    title="Vì sao là ngày 9 tháng 11?",
    kind="hoi_dap",
    summary="Tóm tắt",
    body="Ngày **09/11/1946**, Quốc hội thông qua bản Hiến pháp đầu tiên.\n\n- Hiểu luật\n- Làm đúng luật",
    channels=("website", "fanpage"),
    media=(MediaItem("a.png", "Tờ gấp của bài này"),),
    link="https://a.vn",
    citations=("Luật số 14/2012/QH13, Điều 8", "Hiến pháp 2013"),
    tags=("Ngày Pháp luật", "hiến pháp", "ngày pháp luật"),
    source="nguồn",
)
STORED = {"a.png": MediaRef("ab" * 32, "image/png", 10, "a.png", alt="chữ của bài khác")}


def shown(post: Post, channel: str = "fanpage", limits: Limits = PAGE) -> Variant:
    return adapt(
        post,
        STORED,
        revision=2,
        channel=channel,
        platform="facebook",
        account="1",
        limits=limits,
        author="an",
        not_before=DUE,
        deadline=DUE + timedelta(hours=4),
    )


def test_a_page_gets_title_text_citations_and_hashtags() -> None:
    golden = Path(__file__).parent / "golden" / "fanpage_post.txt"
    assert shown(POST).text + "\n" == golden.read_text("utf-8")


def test_a_website_keeps_the_markdown() -> None:
    variant = shown(POST, "website", SITE)
    assert variant.text == POST.body
    assert (variant.title, variant.summary, variant.link) == (POST.title, POST.summary, POST.link)
    assert (variant.source_sha256, variant.revision, variant.kind) == (text_digest("nguồn"), 2, "hoi_dap")


def test_the_title_is_not_said_twice() -> None:
    for body in ("# Vì sao là ngày 9 tháng 11?\n\nX", "**VÌ SAO LÀ NGÀY 9 THÁNG 11?**\n\nX"):
        assert shown(replace(POST, body=body)).text.lower().count("vì sao là ngày 9") == 1


def test_a_hashtag_already_in_the_text_is_not_repeated() -> None:
    text = shown(replace(POST, body="Chào mừng #NgàyPhápLuật!")).text
    assert text.count("#NgàyPhápLuật") == 1
    assert text.endswith("\n\n#HiếnPháp")


def test_a_channel_may_show_its_own_words_and_leave_the_others_alone() -> None:
    own = Override(title="Bạn có biết?", summary="", text="Ngắn *thôi*.", link="https://b.vn")
    post = replace(POST, overrides={"fanpage": own})
    page = shown(post)
    assert page.text.startswith("Bạn có biết?\n\nNgắn thôi.\n\nCăn cứ: ")
    assert (page.title, page.summary, page.link) == ("Bạn có biết?", "", "https://b.vn")
    assert shown(post, "website", SITE) == shown(POST, "website", SITE)


def test_an_empty_own_title_shows_none() -> None:
    assert shown(replace(POST, overrides={"fanpage": Override(title="")})).text.startswith("Ngày 09/11/1946")


def test_alternative_text_is_that_of_the_post() -> None:
    assert [ref.alt for ref in shown(POST).media] == ["Tờ gấp của bài này"]


def test_what_is_shown_does_not_follow_the_officers_language() -> None:
    before = shown(POST)
    use_language("en")
    try:
        assert shown(POST) == before
    finally:
        use_language("vi")


@pytest.mark.parametrize(
    "written", ["Ảnh (1).PNG", "<Ảnh (1).PNG>", "%E1%BA%A2nh%20(1).PNG", "tep/Ảnh (1).PNG"]
)
def test_a_picture_inside_the_text_is_named_as_it_was_stored(written: str) -> None:
    ref = MediaRef("cd" * 32, "image/jpeg", 10, "anh-1.jpg")
    body = f'Trước ![Cổng]({written} "Chú thích") sau ![khác](https://a.vn/x.png)'
    post = replace(POST, body=body, media=(MediaItem("tep/Ảnh (1).PNG", "Cổng"),))
    site, page = (
        adapt(
            post,
            {"tep/Ảnh (1).PNG": ref},
            revision=1,
            channel="x",
            platform="",
            account="",
            limits=limits,
            author="",
            not_before=DUE,
            deadline=DUE,
        )
        for limits in (SITE, PAGE)
    )
    assert site.text == 'Trước ![Cổng](anh-1.jpg "Chú thích") sau ![khác](https://a.vn/x.png)'
    assert "Trước sau" in page.text


def test_a_picture_that_was_not_stored_is_a_bug() -> None:
    with pytest.raises(KeyError):
        shown(replace(POST, media=(MediaItem("khac.png"),)))


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("Ngày Pháp luật", "#NgàyPhápLuật"),
        ("hỏi – đáp", "#HỏiĐáp"),
        ("PBGDPL 2026", "#PBGDPL2026"),
        ("Nga\u0300y", "#Ngày"),
        ("...", ""),
    ],
)
def test_a_hashtag_is_one_word_in_camel_case(tag: str, expected: str) -> None:
    assert hashtag(tag) == expected


@given(st.text(), st.text(), st.lists(st.text(), max_size=3), st.booleans())
def test_a_variant_is_composed_stable_and_survives_storage(
    title: str, body: str, words: list[str], markdown: bool
) -> None:
    post = replace(POST, title=title, body=body, citations=tuple(words), tags=tuple(words))
    limits = SITE if markdown else PAGE
    variant = shown(post, limits=limits)
    canonical = variant.canonical()
    assert unicodedata.is_normalized("NFC", canonical)
    assert seal(canonical) == seal(shown(post, limits=limits).canonical())
    assert Variant.parse(canonical) == variant
    assert Variant.parse(canonical).canonical() == canonical
