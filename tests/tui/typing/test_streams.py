"""The simulator itself, held against the plainest editor there is: one of code points."""

from __future__ import annotations

import re
import unicodedata

import pytest

from tests.tui.typing.streams import PHRASES, SHAPES, SHIFT_LEFT, STYLES, TONES, Style, stages

_PASTE = re.compile("\x1b\\[200~(.*)\x1b\\[201~")


def typed_by_hand(writes: list[str]) -> str:
    """The text in an editor that knows code points, Backspace, Shift+← and what replaces a selection."""
    text, selected = "", 0
    for write in writes:
        if write == SHIFT_LEFT:
            selected += 1
        elif write in ("\x7f", "\x08"):
            text, selected = text[:-1], 0
        else:
            paste = _PASTE.fullmatch(write)
            text, selected = text[: len(text) - selected] + (paste[1] if paste else write), 0
    return unicodedata.normalize("NFC", text)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.id)
def test_every_style_types_every_phrase(style: Style) -> None:
    assert [typed_by_hand(style.writes(phrase)) for phrase in PHRASES] == list(PHRASES)


@pytest.mark.parametrize("style", [style for style in STYLES if style.correct], ids=lambda style: style.id)
def test_every_style_that_corrects_has_much_to_correct(style: Style) -> None:
    writes = [write for phrase in PHRASES for write in style.writes(phrase)]
    assert sum(not write.isprintable() for write in writes) > 60


def test_the_phrases_hold_every_shape_and_tone_and_capitals() -> None:
    everything = unicodedata.normalize("NFD", "".join(PHRASES))
    assert len(PHRASES) == len(set(PHRASES)) == 25
    assert {*SHAPES, *TONES, "đ", "Đ"} <= set(everything)
    for letter in "ệữặẫộươỡềếẵỹĐƯỚ":
        assert any(letter in phrase for phrase in PHRASES), letter


def test_a_word_grows_as_an_officer_sees_it() -> None:
    assert list(stages("đường", "end")) == ["d", "đ", "đu", "đuo", "đươ", "đươn", "đương", "đường"]
    assert list(stages("Việt", "early")) == ["V", "Vi", "Vie", "Viê", "Việ", "Việt"]
    assert list(stages("nước", "late")) == ["n", "nu", "nuo", "nuoc", "nươc", "nước"]
