"""Vietnamese text at the boundary: one normal form, folding for search, the platforms' units."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from typing import Literal

Unit = Literal["characters", "utf16", "bytes"]

# Typed or pasted look-alikes of Đ/đ (Icelandic eth, African D), seen in official texts.
_ETH = {0x00D0: "Đ", 0x00F0: "đ", 0x0189: "Đ", 0x0256: "đ"}
# Vietnamese runs one way: a mark that turns the direction makes an approver read what is not written.
_DIRECTION = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_INVISIBLE = dict.fromkeys((0x200B, 0xFEFF, 0x2060, *_DIRECTION))
_NEWLINES = re.compile(r"\r\n?|\x85|\u2028|\u2029")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

MARKS_MOST = 30
"""Marks upon one letter (UAX #15, Stream-Safe Text Format); Vietnamese has two. Sorting a pile of 100,000
marks, which normalising does, takes a quarter of a minute."""
_PERHAPS_PILED = re.compile(f"[\u0300-\U0010ffff]{{{MARKS_MOST + 1}}}")


def normalise(text: str) -> str:
    """NFC, LF line ends, real Đ, nothing invisible. Idempotent.

    NFC is applied last as well as first in effect: the replacements map to NFC letters only.
    """
    text = _NEWLINES.sub("\n", text).translate({**_ETH, **_INVISIBLE})
    return unpiled(unicodedata.normalize("NFC", unpiled(_CONTROL.sub("", text))))


def is_composed(text: str) -> bool:
    """Whether the text is in NFC already, piles of marks aside."""
    return unicodedata.is_normalized("NFC", unpiled(text))


def unpiled(text: str) -> str:
    """Without the marks that pile up beyond `MARKS_MOST` on one letter: no script writes them."""
    if not _PERHAPS_PILED.search(text):
        return text
    kept, pile = [], 0
    for letter in text:
        pile = pile + len(unicodedata.normalize("NFD", letter)) if unicodedata.combining(letter) else 0
        if pile <= MARKS_MOST:
            kept.append(letter)
    return "".join(kept)


def fold(text: str) -> str:
    """Lower case without tone marks, vowel marks or đ: what search and sorting compare."""
    plain = unicodedata.normalize("NFD", unpiled(text).casefold().replace("đ", "d"))
    return "".join(c for c in plain if not unicodedata.combining(c))


def slug(text: str, *, longest: int = 60) -> str:
    """ASCII words joined by hyphens, never empty: the public and command-line name of a thing."""
    words = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")
    return words[:longest].strip("-") or "bai"


def count(text: str, unit: Unit) -> int:
    """Length in the platform's unit: code points, UTF-16 code units, or UTF-8 bytes."""
    if unit == "bytes":
        return len(text.encode("utf-8"))
    if unit == "utf16":
        return len(text.encode("utf-16-le")) // 2
    return len(text)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name that a typing slip most likely meant, tone marks aside; None when none is near."""
    by_folded = {fold(name): name for name in known}
    hits = difflib.get_close_matches(fold(word), list(by_folded), n=1, cutoff=0.6)
    return by_folded[hits[0]] if hits else None
