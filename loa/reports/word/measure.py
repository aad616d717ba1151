"""How wide words are on paper, and how a table's columns share a line, in millimetres of Times."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from content.text import fold

POINT_MM = 25.4 / 72
CELL_MARGINS_MM = 4.4
HORN_EM = 0.14
"""A horn's room in its font's size; a font that stands in for a Times without them has wider ones."""
_HORN = "\N{COMBINING HORN}"
LONGEST_WORD_MM, LONGEST_TEXT_MM = 38.0, 80.0
"""More of a line no column asks for: a longer address is broken, a longer title goes on in a second line."""


@lru_cache(maxsize=20_000)
def wide(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a line of Times at the most: marks take no room but the horn of ơ and ư."""
    from reportlab.pdfbase.pdfmetrics import stringWidth

    plain = fold(text)
    pairs = zip(text, plain, strict=False)
    bare = plain.upper() if text.isupper() else "".join(b.upper() if a.isupper() else b for a, b in pairs)
    letters = stringWidth(bare, "Times-Bold" if bold else "Times-Roman", size)
    horns = unicodedata.normalize("NFD", text).count(_HORN)
    return (float(letters) + horns * HORN_EM * size) * POINT_MM


def asked(headings: Sequence[str], rows: Sequence[Sequence[str]], size: float) -> list[tuple[float, float]]:
    """What every column asks for: its longest word (of its heading too), and its longest text in a line."""
    found = []
    for place, heading in enumerate(headings):
        texts = [row[place] for row in rows]
        words = [wide(word, size, bold=True) for word in heading.split()]
        words += [wide(word, size) for text in texts for word in text.split()]
        least = min(max(words, default=0), LONGEST_WORD_MM) + CELL_MARGINS_MM
        whole = min(max((wide(text, size) for text in texts), default=0), LONGEST_TEXT_MM) + CELL_MARGINS_MM
        found.append((least, max(least, whole)))
    return found


def shared(columns: Sequence[tuple[float, float]], room: float) -> list[float]:
    """The columns' widths, together `room`: short texts in one line, the rest to those with long ones."""
    least, whole = [one[0] for one in columns], [one[1] for one in columns]
    for wanted, fits in ((whole, sum(whole) <= room), (least, sum(least) >= room)):
        if fits:
            return [room * one / sum(wanted) for one in wanted]
    low, high = 0.0, max(whole)
    while high - low > 0.01:  # the height up to which every column is filled
        level = (low + high) / 2
        if sum(max(a, min(b, level)) for a, b in columns) > room:
            high = level
        else:
            low = level
    return [max(a, min(b, low)) for a, b in columns]
