"""A text laid out for reading: the same letters in one spelling, and the way back to where they stood."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property

from content.text import is_composed, unpiled

# One letter for one letter, so that places stay the same. Eth typed for Đ stands in official texts (NÐ-CP).
_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"), "-")
_ETH = {0xD0: "Đ", 0xF0: "đ", 0x189: "Đ", 0x256: "đ"}
_BLANKS = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f\t"), " ")
_CLEAN = {**_DASHES, **_ETH, **_BLANKS}
_CLUSTER = re.compile("[^\u0300-\u036f\u1ab0-\u1aff][\u0300-\u036f]{0,8}|.", re.DOTALL)
_NOTHING = frozenset("\u200b\u2060\ufeff\u00ad")


def _folds() -> dict[int, str]:
    table = {}
    for code in (*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        plain = unicodedata.normalize("NFD", chr(code).lower().replace("đ", "d"))[:1]
        table[code] = plain if plain.isascii() else chr(code)
    return table


_FOLD = _folds()


class Page:
    """`text` is clean (NFC, one kind of dash and blank, real Đ); `folded` is it without case and marks."""

    def __init__(self, source: str) -> None:
        self.source = source
        composed, self._from = _composed(source)
        self.text = composed.translate(_CLEAN)

    @cached_property
    def folded(self) -> str:
        """As long as `text`, letter by letter."""
        return self.text.translate(_FOLD)

    def origin(self, at: int) -> int:
        """Where a place of `text` stands in the source."""
        return at if self._from is None else self._from[at]


def _composed(source: str) -> tuple[str, Sequence[int] | None]:
    """NFC without what is not seen, and for each letter where it began; None when nothing moved."""
    if is_composed(source) and _NOTHING.isdisjoint(source) and unpiled(source) == source:
        return source, None
    letters: list[str] = []
    places: list[int] = []
    for found in _CLUSTER.finditer(source):
        if found[0] in _NOTHING:
            continue
        made = unicodedata.normalize("NFC", found[0])
        letters.append(made)
        places += [found.start()] * len(made)
    return "".join(letters), [*places, len(source)]
