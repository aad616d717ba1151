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
_INVISIBLE = {0x200B: None, 0xFEFF: None, 0x2060: None}
_NEWLINES = re.compile(r"\r\n?|\u2028|\u2029")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def normalise(text: str) -> str:
    """NFC, LF line ends, real Đ, nothing invisible. Idempotent.

    NFC is applied last as well as first in effect: the replacements map to NFC letters only.
    """
    text = _NEWLINES.sub("\n", text).translate({**_ETH, **_INVISIBLE})
    return unicodedata.normalize("NFC", _CONTROL.sub("", text))


def fold(text: str) -> str:
    """Lower case without tone marks, vowel marks or đ: what search and sorting compare."""
    plain = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
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
