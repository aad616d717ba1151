"""Text messages as networks count them: 160 letters of GSM-7 or 70 of UCS-2, less in a message of parts.

Source of alphabet and lengths: 3GPP TS 23.038 and 23.040.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from string import ascii_lowercase

from content.text import normalise

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿äöñüà"
    + ascii_lowercase
)
_TWICE = frozenset("\f^{}\\[~]|€")
"""Behind an escape: they take the room of two."""
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "•": "-",
                        "₫": "d", "đ": "d", "Đ": "D", "\u00a0": " "})  # fmt: skip


@dataclass(frozen=True)
class Message:
    """A text as it will be sent; `cut` when words were left out for length."""

    text: str
    gsm: bool
    units: int
    parts: int
    cut: bool = False


def without_marks(text: str) -> str:
    """Vietnamese without tone and vowel marks, typographic signs in their plain form."""
    bare = unicodedata.normalize("NFD", normalise(text).translate(_PLAIN))
    return unicodedata.normalize("NFC", "".join(one for one in bare if not unicodedata.combining(one)))


def measured(text: str, *, cut: bool = False) -> Message:
    """The length class of a text and how many parts the network bills."""
    gsm = all(one in _BASIC or one in _TWICE for one in text)
    if gsm:
        costs = [1 + (one in _TWICE) for one in text]
        single, part = 160, 153
    else:
        costs = [len(one.encode("utf-16-le")) // 2 for one in text]
        single, part = 70, 67
    units = sum(costs)
    return Message(text, gsm, units, 1 if units <= single else _parts(costs, part), cut)


def _parts(costs: list[int], room: int) -> int:
    """A letter that takes two places is never torn over two parts."""
    parts, left = 1, room
    for cost in costs:
        if cost > left:
            parts, left = parts + 1, room
        left -= cost
    return parts


def fitted(text: str, link: str, *, parts: int) -> Message:
    """The text, then the link, in at most so many parts: cut at a word with `...`, the link kept whole.

    A link that alone takes more parts stays whole as well: half an address leads nowhere.
    """
    text, link = " ".join(text.split()), link.strip()
    whole = measured(f"{text} {link}".strip())
    if whole.parts <= parts:
        return whole
    ends = [found.end() for found in re.finditer(r"\S+", text)]
    low, high = 0, len(ends) - 1  # how many words stay; more words never take fewer parts
    while low < high:
        middle = (low + high + 1) // 2
        if measured(_cut(text, ends, middle, link)).parts <= parts:
            low = middle
        else:
            high = middle - 1
    return measured(_cut(text, ends, low, link), cut=True)


def _cut(text: str, ends: list[int], words: int, link: str) -> str:
    kept = text[: ends[words - 1]].rstrip(" ,;:.-") + "..." if words else ""
    return f"{kept} {link}".strip()
