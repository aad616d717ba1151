"""The letters that are printed: those of `content.fonts`, and what they cannot show."""

from __future__ import annotations

import io
from functools import lru_cache

from content.fonts import font
from content.text import normalise

FAMILY = "Loa"
IN_PLACE = {
    "→": "->",
    "−": "-",
    "≤": "<=",
    "≥": ">=",
    "●": "•",
    "◦": "•",
    "▪": "•",
    "■": "•",
    "☐": "…",
    "\t": " ",
}


def missing_letters(text: str) -> str:
    """Letters and signs that the embedded fonts do not have, each once (emoji, other scripts)."""
    return "".join(dict.fromkeys(one for one in normalise(text) if not one.isspace() and not has(one)))


def has(letter: str) -> bool:
    return letter in IN_PLACE or ord(letter) in _letters()


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    from reportlab.pdfbase.ttfonts import TTFont  # only where something is printed

    return frozenset(TTFont("Loa-letters", io.BytesIO(font())).face.charToGlyph)


def register() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    if FAMILY in pdfmetrics.getRegisteredFontNames():
        return
    bold = f"{FAMILY}-Bold"
    pdfmetrics.registerFont(TTFont(bold, io.BytesIO(font(bold=True))))
    pdfmetrics.registerFont(TTFont(FAMILY, io.BytesIO(font())))
    pdfmetrics.registerFontFamily(FAMILY, normal=FAMILY, bold=bold, italic=FAMILY, boldItalic=bold)


def shown(text: str) -> str:
    """On one line, without what the fonts cannot show."""
    return " ".join(
        "".join(IN_PLACE.get(one, one) for one in normalise(text) if one.isspace() or has(one)).split()
    )
