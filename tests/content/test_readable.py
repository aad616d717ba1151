"""What stops a reader who is no official: endless sentences, unexplained letters, names that are gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from content.checks import check_post
from content.marks import marks
from content.post import Post
from content.readable import hard_places

NOW = datetime(2026, 11, 9, tzinfo=UTC)
GOOD = Post("tin", "Tin", "tin_hoat_dong", "Một tin ngắn.", channels=("web",))


def said(post: Post, **chosen: str) -> list[tuple[str, str, str]]:
    settings = {rule.replace("__", "."): severity for rule, severity in chosen.items()}
    found = check_post(post, known_channels=["web"], now=NOW, chosen=settings)
    assert all("{" not in finding.line() for finding in found)
    return [(finding.rule, finding.severity, finding.place) for finding in found]


def test_an_abbreviation_is_a_hint_until_it_is_explained():
    assert said(replace(GOOD, body="Công tác PBGDPL của xã.")) == [("text.abbreviation", "hint", "body")]
    for body in (
        "Phổ biến, giáo dục pháp luật (PBGDPL) là việc chung; PBGDPL…",
        "PBGDPL (phổ biến pháp luật)",
    ):
        assert said(replace(GOOD, body=body)) == [], body


@pytest.mark.parametrize(
    "body",
    [
        "UBND xã và HĐND xã mời bà con, mang theo CCCD.",
        "Theo Thông tư 16/2025/TT-BTP và Công văn 573/HĐPH-PBGDPL.",
        "Đại hội XIII, chương IV, https://a.vn/ABCD và #PBGDPL.",
        "THÔNG BÁO VỀ LỊCH TIẾP CÔNG DÂN\n\nMời bà con.",
        "Lớp 12A, đường 2/9, mã `ABCXYZ`.",
    ],
)
def test_what_everybody_knows_and_what_is_no_abbreviation_is_left_alone(body: str):
    assert said(replace(GOOD, body=body)) == []


def test_sentences_without_an_end_are_counted_and_the_longest_is_shown():
    body = "Ngắn thôi.\n\n" + "một hai ba " * 20 + ". " + "bốn năm " * 40 + "."
    [hard] = hard_places(body)
    assert (hard.rule, hard.line) == ("long_sentence", 2)
    assert hard.values == {"count": 2, "longest": 80, "most": 45}


def test_a_unit_decides_about_taste_and_not_about_secrets():
    post = replace(GOOD, body="Công tác PBGDPL.")
    assert said(post, text__abbreviation="off") == []
    assert said(post, text__abbreviation="block") == [("text.abbreviation", "block", "body")]
    secret = replace(GOOD, body="MẬT")
    assert said(secret, content__secret_mark="off") == [("content.secret_mark", "block", "body")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("về tỉnh Hà Giang", ["tỉnh Hà Giang (→ Tuyên Quang)"]),
        ("Tỉnh Bà Rịa - Vũng Tàu", ["Tỉnh Bà Rịa - Vũng Tàu (→ Thành phố Hồ Chí Minh)"]),
        ("tỉnh Hà Giang cũ, tỉnh Hà Nam (trước đây)", []),
        ("cuộc sống hòa bình, xã Thái Bình, tỉnh Thanh Hóa", []),
    ],
)
def test_provinces_that_ended_are_named_with_what_they_are_today(text: str, words: list[str]):
    assert [mark.words for mark in marks(text) if mark.rule == "former_unit"] == words


@pytest.mark.parametrize("plate", ["29A-123.45", "36-B5 123.45", "30E 12345", "51F-1234", "29 A 123.45"])
def test_a_number_plate_is_shown_by_its_last_digits_only(plate: str):
    [mark] = marks(f"xe {plate} đỗ sai")
    assert mark.rule == "plate_number"
    assert mark.words.startswith("…")
    assert plate not in mark.words


@pytest.mark.parametrize(
    "text", ["lớp 12A 2024", "TCVN 6909:2001", "29A/2024", "năm 2026 - 12345", "QL 1A-2024x"]
)
def test_what_only_looks_like_a_plate_is_left_alone(text: str):
    assert list(marks(text)) == []
