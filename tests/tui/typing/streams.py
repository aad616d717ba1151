"""What a terminal receives from Vietnamese input methods: a small simulator of each style.

Reconstructed from what is known of how these programs work, not recorded from them; what a style stands
for and how a person checks it with the real program is in docs/guide/go-tieng-viet.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

PHRASES = (
    "luật đất đai", "hòa giải ở cơ sở", "quyền trẻ em", "Hiến pháp", "nghị định", "thủ tục", "Đường bộ",
    "phổ biến", "tiếng Việt", "ĐIỀU ƯỚC", "hưởng ứng", "chuẩn bị", "giữ gìn", "đặc xá", "hướng dẫn",
    "người lớn", "khiếu nại", "bảo vệ", "cưỡng chế", "chữ ký số", "sẵn sàng", "Quốc hội", "kỹ lưỡng",
    "mỗi tháng", "bằng chứng",
)  # fmt: skip

Write = str
"""What reaches the terminal at once."""
Habit = Literal["end", "late", "early"]
"""Tones at the end of the word; shapes (ê ơ đ) as well; or each tone right after its vowel."""

SHIFT_LEFT = "\x1b[1;2D"
_BAR = "bar"
_HORN = "\u031b"
TONES = ("\u0300", "\u0301", "\u0309", "\u0303", "\u0323")
SHAPES = ("\u0302", "\u0306", _HORN)


@dataclass(frozen=True)
class Style:
    """How one program, set one way, corrects what it has let through."""

    id: str
    program: str
    method: Literal["Telex", "VNI"]
    how: str
    correct: Callable[[str, str], list[Write]] | None
    """The writes that turn the end of a word into another one; None: only whole words are sent."""
    form: Callable[[str], str]
    habit: Habit

    def writes(self, phrase: str) -> list[Write]:
        """All that the terminal receives while an officer types a phrase."""
        sent: list[Write] = []
        for place, word in enumerate(phrase.split(" ")):
            sent += [" "] if place else []
            sent += self._word(word) if self.correct else [self.form(word)]
        return sent

    def _word(self, word: str) -> Iterator[Write]:
        assert self.correct
        shown = ""
        for becomes in stages(word, self.habit):
            if becomes[:-1] == shown:
                yield becomes[-1]
            else:
                same = next(at for at, (a, b) in enumerate(zip(shown, becomes, strict=True)) if a != b)
                yield from self.correct(self.form(shown[same:]), self.form(becomes[same:]))
            shown = becomes


def stages(word: str, habit: Habit) -> Iterator[str]:
    """What a word looks like after each key. Telex and VNI differ in the keys only, which the input method
    swallows when they shape a letter, so that they look alike from here."""
    apart = [_apart(letter) for letter in word]
    letters = [base for base, _, _ in apart]
    shaped, toned = [""] * len(word), [""] * len(word)

    def shown(so_far: int) -> str:
        return "".join(map(_together, letters[:so_far], shaped, toned))

    for end, (_, shape, tone) in enumerate(apart, 1):
        yield shown(end)
        waits = shape == _HORN and end < len(word) and apart[end][1] == _HORN  # ươ: one key for both
        if shape and not waits and habit != "late":
            yield from _reshape(end, apart, shaped, shown)
        if tone and habit == "early":
            toned[end - 1] = tone
            yield shown(end)
    if habit == "late":
        for end in range(1, len(word) + 1):
            if apart[end - 1][1] and not shaped[end - 1]:
                yield from _reshape(end, apart, shaped, lambda _: shown(len(word)))
    if habit != "early" and any(tone for _, _, tone in apart):
        toned[:] = [tone for _, _, tone in apart]
        yield shown(len(word))


def _reshape(
    end: int, apart: list[tuple[str, str, str]], shaped: list[str], shown: Callable[[int], str]
) -> Iterator[str]:
    for place in (end - 2, end - 1, end):
        horns = 0 <= place < len(apart) and apart[place][1] == apart[end - 1][1] == _HORN
        if place == end - 1 or horns:
            shaped[place] = apart[place][1]
    yield shown(end)


def _apart(letter: str) -> tuple[str, str, str]:
    """A letter's base, shape and tone."""
    if letter in "đĐ":
        return "d" if letter == "đ" else "D", _BAR, ""
    base, *marks = unicodedata.normalize("NFD", letter)
    return base, "".join(set(marks) & set(SHAPES)), "".join(set(marks) & set(TONES))


def _together(base: str, shape: str, tone: str) -> str:
    if shape == _BAR:
        return "đ" if base == "d" else "Đ"
    return unicodedata.normalize("NFC", base + shape + tone)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _compound(text: str) -> str:
    """“Unicode tổ hợp”: ê ơ đ as one code point, tones as marks of their own."""
    parts = (_apart(letter) for letter in text)
    return "".join(_together(base, shape, "") + tone for base, shape, tone in parts)


def _backspaces(gone: str, text: str) -> list[Write]:
    return ["\x7f"] * len(gone) + list(text)


def _control_h(gone: str, text: str) -> list[Write]:
    return ["\x08"] * len(gone) + list(text)


def _committed(gone: str, text: str) -> list[Write]:
    return ["\x7f"] * len(gone) + [text]


def _pasted(gone: str, text: str) -> list[Write]:
    return ["\x7f"] * len(gone) + [f"\x1b[200~{text}\x1b[201~"]


def _narrow_blank(gone: str, text: str) -> list[Write]:
    return ["\u202f", *_backspaces(gone + "\u202f", text)]


def _zero_width(gone: str, text: str) -> list[Write]:
    return ["\u200c", *_backspaces(gone + "\u200c", text)]


def _selected(gone: str, text: str) -> list[Write]:
    return [SHIFT_LEFT] * len(gone) + list(text)


STYLES = tuple(
    Style(*told)
    for told in (
        ("unikey_telex", "UniKey", "Telex", "Backspace rồi gõ lại", _backspaces, _composed, "end"),
        ("unikey_vni", "UniKey", "VNI", "Backspace rồi gõ lại", _backspaces, _composed, "early"),
        ("unikey_compound", "UniKey", "Telex", "Backspace, Unicode tổ hợp", _backspaces, _compound, "late"),
        ("unikey_clipboard", "UniKey", "Telex", "Backspace rồi dán qua clipboard", _pasted, _composed, "end"),
        ("evkey_telex", "EVKey", "Telex", "Backspace, bỏ dấu cuối từ", _backspaces, _composed, "late"),
        ("evkey_compound", "EVKey", "VNI", "Backspace, Unicode tổ hợp", _backspaces, _compound, "early"),
        ("evkey_putty", "EVKey trong PuTTY", "VNI", "Backspace là ^H", _control_h, _composed, "end"),
        ("openkey_empty", "OpenKey", "Telex", "ký tự rỗng U+202F", _narrow_blank, _composed, "end"),
        ("openkey_zero", "OpenKey", "VNI", "ký tự rỗng U+200C", _zero_width, _composed, "early"),
        ("openkey_select", "OpenKey", "Telex", "chọn bằng Shift+← rồi gõ đè", _selected, _composed, "late"),
        ("bamboo_backspace", "ibus-bamboo", "VNI", "Backspace rồi gửi cả đoạn", _committed, _composed, "end"),
        ("bamboo_select", "ibus-bamboo", "Telex", "chọn bằng Shift+← rồi gõ đè", _selected, _composed, "end"),
        ("bamboo_preedit", "ibus-bamboo", "Telex", "gửi từng từ (gạch chân)", None, _composed, "end"),
        ("fcitx5_backspace", "fcitx5", "Telex", "Backspace rồi gửi cả đoạn", _committed, _composed, "late"),
        ("fcitx5_preedit", "fcitx5", "VNI", "gửi từng từ (gạch chân)", None, _composed, "end"),
        ("decomposed", "macOS, iOS qua SSH", "Telex", "gửi từng từ, chữ tách dấu", None, _decomposed, "end"),
    )
)
