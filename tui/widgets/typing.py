"""What an input method sends, followed code point by code point; shared by VInput and VTextArea.

Input methods (UniKey, OpenKey, EVKey, ibus-bamboo, fcitx5) on Telex or VNI let letters through and then
correct them: for `tieen` a terminal receives `tie`, `\\x7f`, `ê`, `n`, often in one burst. Two traps, both
seen with Textual 8.2.8 (2026-11):

* `Input` and `TextArea` insert letters in their own handler but leave Backspace to a binding, which runs
  only after the key has travelled back to the application: in a burst the letter overtakes the Backspace.
  So the widgets here act upon every key of theirs in `_on_key`, in the order of arrival.
* An input method counts Backspaces in what *it* sent: combining marks one by one (“Unicode tổ hợp”), and
  OpenKey's “empty character” U+202F or U+200C, which it sends and takes back. So Backspace takes back the
  last code point that was typed, while what stands in the editor stays NFC. `Typing` keeps that account.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Hashable
from itertools import groupby
from typing import NamedTuple

from rich.cells import split_graphemes

from content.text import normalise

REMEMBERED = 128
"""Code points of a run that are kept at least. No input method corrects further back than a word."""

_JOINER = "\u200d"
_STRAY_JOINER = re.compile(f"(?<![\u2190-\u2bff\U0001f000-\U0001faff\ufe0f]){_JOINER}")


class Replacement(NamedTuple):
    """What a key changes: so many code points before the cursor make way for a text."""

    back: int
    text: str


class Typing:
    """A run of typing without a break, as the input method counts it.

    `keep` says what of a typed text stands in the editor: NFC, idempotent. The editor makes the
    replacement that `letter` or `backspace` returns and then tells by `rests` where its cursor came to
    rest; `at` is anything that differs when the cursor or the text around it is another one.
    """

    def __init__(self, keep: Callable[[str], str]) -> None:
        self._keep = keep
        self._typed = ""
        self._at: Hashable = None

    def letter(self, character: str, at: Hashable, before: str) -> Replacement:
        """One code point is typed; `before` is the text in front of the cursor."""
        if at != self._at:
            self._typed = ""
        if (unicodedata.category(character) == "Mn" or character == _JOINER) and not self._keep(self._typed):
            # It belongs to the letter that stood here before, whatever unseen was typed in between: they are
            # typed as one from now on.
            self._typed = last_letter(before) + self._typed
        return self._become(self._typed + character)

    def backspace(self, at: Hashable) -> Replacement | None:
        """Take back the last code point; None when none was typed here: a whole letter is to go."""
        if at != self._at or not self._typed:
            return None
        return self._become(self._typed[:-1])

    def rests(self, at: Hashable, before: str) -> None:
        """The replacement is made. What an editor refused (too long) was never typed."""
        self._at = at
        if not before.endswith(self._keep(self._typed)):
            self._typed = ""

    def stop(self) -> None:
        """Another key was struck: what comes next is a new run."""
        self._typed = ""

    def _become(self, typed: str) -> Replacement:
        stood, stands = self._keep(self._typed), self._keep(typed)
        same = alike(stood, stands)
        self._typed = self._recent(typed)
        return Replacement(len(stood) - same, stands[same:])

    def _recent(self, typed: str) -> str:
        if len(typed) < 2 * REMEMBERED:
            return typed
        for cut in range(len(typed) - REMEMBERED, 0, -1):  # where no letter is cut in two
            if self._keep(typed) == self._keep(typed[:cut]) + self._keep(typed[cut:]):
                return typed[cut:]
        return typed


def one_line(text: str) -> str:
    """What of a text stands in a field of one line; idempotent."""
    spaced = normalise(text).replace("\n", " ").replace("\t", " ")
    return normalise("".join(c for c in spaced if not _hidden(c)))


def many_lines(text: str) -> str:
    """What of a text stands in an editor of many lines; idempotent. Emoji may be joined to families."""
    seen = "".join(c for c in normalise(text) if c in f"\n\t{_JOINER}" or not _hidden(c))
    return normalise(_STRAY_JOINER.sub("", seen))


def alike(one: str, other: str) -> int:
    """How many code points both begin with."""
    return next(
        (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _hidden(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf")


def last_letter(text: str) -> str:
    """The last thing that a reader would call one letter: with its marks, emoji families and flags whole."""
    near = text[-64:]
    spans = split_graphemes(near)[0]
    if not spans:
        return near
    start = spans[-1][0]
    if _is_half_flag(near[start]):
        row = next(len(list(run)) for half, run in groupby(reversed(near), _is_half_flag) if half)
        start -= row % 2 == 0
    return near[start:]


def first_letter(text: str) -> str:
    """The first thing that a reader would call one letter."""
    near = text[:64]
    if len(near) > 1 and _is_half_flag(near[0]) and _is_half_flag(near[1]):
        return near[:2]
    spans = split_graphemes(near)[0]
    return near[: spans[0][1]] if spans else near


def _is_half_flag(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
