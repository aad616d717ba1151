"""The account of what an input method typed (tui.widgets.typing), without a screen."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from content.text import normalise
from tui.widgets.typing import (
    REMEMBERED,
    Replacement,
    Typing,
    first_letter,
    last_letter,
    many_lines,
    one_line,
)

BACKSPACE = "\x7f"
MARKS = "\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323"
KEYS = [*"aăâeêioôơuưyđdDĐbcghklmnpqrstvx ", *MARKS, "\u202f", "\u200c", "\u200b", "ế", "ữ", "Ặ", "Ð", "👍"]
INSIDE = "một hai"


class Line:
    """The least editor: a text, and a cursor that stands somewhere in it."""

    def __init__(self, text: str = "", cursor: int = 0) -> None:
        self.text, self.cursor = text, cursor
        self.typing = Typing(one_line)

    def strike(self, keys: str) -> None:
        for key in keys:
            before, at = self.text[: self.cursor], (self.text, self.cursor)
            if key == BACKSPACE:
                change = self.typing.backspace(at) or Replacement(len(last_letter(before)), "")
            else:
                change = self.typing.letter(key, at, before)
            before = before[: len(before) - change.back] + change.text
            self.text = before + self.text[self.cursor :]
            self.cursor = len(before)
            self.typing.rests((self.text, self.cursor), before)


@given(st.lists(st.sampled_from([*KEYS, *[BACKSPACE] * 12]), max_size=REMEMBERED))
@example(list("tie\x7fêng\x7f\x7f\x7fếng"))
@example(["\u0301", BACKSPACE, BACKSPACE, "a", "\u0302", "\u0323", BACKSPACE])
def test_any_mixture_ends_as_in_an_editor_of_code_points_in_nfc(keys: list[str]) -> None:
    plain: list[str] = []
    line = Line()
    for key in keys:
        if key == BACKSPACE:
            del plain[-1:]
        else:
            plain.append(key)
        line.strike(key)
        assert line.text == one_line("".join(plain)), ascii(keys)
        assert line.cursor == len(line.text)


@given(st.lists(st.sampled_from([*KEYS, *[BACKSPACE] * 8]), max_size=40), st.integers(0, len(INSIDE)))
@example(["\u200c", "\u0300"], 6)
def test_what_stands_around_the_cursor_stays_as_long_as_no_more_is_taken_back_than_typed(
    keys: list[str], cursor: int
) -> None:
    plain: list[str] = []
    line = Line(INSIDE, cursor)
    for key in keys:
        if key == BACKSPACE and not plain:
            continue
        plain = plain[:-1] if key == BACKSPACE else [*plain, key]
        line.strike(key)
        before = one_line(INSIDE[:cursor] + "".join(plain))
        assert line.text == before + INSIDE[cursor:], ascii(keys)
        assert line.cursor == len(before)


@pytest.mark.parametrize("begun", ["", "x", "xx"])
def test_a_run_without_end_is_forgotten_at_its_far_end_only(begun: str) -> None:
    line = Line()
    line.strike(begun)
    for _ in range(4 * REMEMBERED):
        line.strike("e\u0302\u0301")
        line.strike(BACKSPACE)
        assert line.text.endswith("ê")
        line.strike("\u0301")
    assert len(line.typing._typed) <= 2 * REMEMBERED
    line.strike(BACKSPACE * (2 * REMEMBERED))  # beyond what is remembered: whole letters
    assert set(line.text[len(begun) :]) == {"ế"}


def test_the_account_ends_where_the_cursor_or_the_text_was_changed_by_others() -> None:
    line = Line("bộ", 2)
    line.strike(" lua\u0323")
    line.cursor = 2
    line.strike(BACKSPACE)
    assert line.text == "b luạ"
    line.strike("a\u0302")
    line.cursor = 1
    line.strike("i" + BACKSPACE + BACKSPACE)
    assert line.text == "â luạ"
    line.strike("e\u0302")
    line.cursor = 2
    line.strike("\u0301" + BACKSPACE + BACKSPACE)  # this â was not typed as a and a mark
    assert line.text == "ê luạ"


def test_what_an_editor_refused_was_never_typed() -> None:
    typing = Typing(one_line)
    assert typing.letter("a", 0, "") == (0, "a")
    typing.rests(1, "")
    assert typing.backspace(1) is None


@pytest.mark.parametrize(
    ("text", "last", "first"),
    [
        ("", "", ""),
        ("tiếng", "g", "t"),
        ("q\u0323\u0301", "q\u0323\u0301", "q\u0323\u0301"),
        ("\u0301", "\u0301", "\u0301"),
        ("🇻🇳🇻🇳", "🇻🇳", "🇻🇳"),
        ("🇻🇳🇻", "🇻", "🇻🇳"),
        ("👨\u200d👩\u200d👧a👍🏽", "👍🏽", "👨\u200d👩\u200d👧"),
        ("❤\ufe0fx❤\ufe0f", "❤\ufe0f", "❤\ufe0f"),
    ],
)
def test_a_letter_is_what_a_reader_calls_one(text: str, last: str, first: str) -> None:
    assert (last_letter(text), first_letter(text)) == (last, first)


@given(st.text() | st.text("ae\u0302\u0301\u0323\u200d\u200b\u202e\r\n\t\x0b\x85\u2028👨❤\ufe0f"))
def test_what_stands_in_an_editor_is_settled_and_unseen_signs_are_none_of_it(text: str) -> None:
    for keep, kept in ((one_line, ""), (many_lines, "\n\t\u200d")):
        stands = keep(text)
        assert keep(stands) == stands
        assert normalise(stands) == stands
        assert not [c for c in stands if unicodedata.category(c) in ("Cc", "Cf") and c not in kept]
    assert len(many_lines(text).split("\n")) == len(normalise(text).split("\n"))
