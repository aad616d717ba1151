"""Laws of the text boundary."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.text import count, fold, nearest, normalise, slug

letters = st.text(
    st.sampled_from("aăâeêoơuưdđðÐƉɖAĐ\u0301\u0309\u0302\u031b\u0323\r\n\u2028\u200b\ufeff\u2060 \x07")
)


@given(st.text() | letters)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert "\r" not in once


@given(st.text() | letters)
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text() | letters)
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text))


@given(st.text() | letters, st.integers(5, 60))
def test_a_slug_is_a_slug_of_itself_and_never_empty(text: str, longest: int) -> None:
    made = slug(text, longest=longest)
    assert made
    assert slug(made, longest=longest) == made
    assert made.isascii()


@pytest.mark.parametrize(("unit", "length"), [("characters", 9), ("utf16", 10), ("bytes", 17)])
def test_lengths_are_counted_as_each_platform_does(unit: str, length: int) -> None:
    assert count("Nghị đị😀", unit) == count("Nghị đị😀", unit)  # type: ignore[arg-type]
    assert count("Nghị địn😀", unit) == length  # type: ignore[arg-type]


def test_the_nearest_name_is_found_without_tone_marks() -> None:
    assert nearest("fan page", ["website", "fanpage"]) == "fanpage"
    assert nearest("tieu de", ["tóm tắt", "tiêu đề"]) == "tiêu đề"
    assert nearest("xyz", ["website"]) is None
