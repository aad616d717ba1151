"""The letters that Loa brings along."""

from __future__ import annotations

import io
import unicodedata
from itertools import product

import pytest
from PIL import Image, ImageDraw, ImageFont

from content.fonts import font

_BASES = "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
_TONES = ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
LETTERS = [unicodedata.normalize("NFC", base + tone) for base, tone in product(_BASES, _TONES)] + ["đ", "Đ"]


@pytest.mark.parametrize("bold", [False, True])
def test_every_vietnamese_letter_has_a_shape_of_its_own(bold: bool):
    face = ImageFont.truetype(io.BytesIO(font(bold=bold)), 40)

    def drawn(letter: str) -> bytes:
        image = Image.new("L", (80, 80))
        ImageDraw.Draw(image).text((10, 10), letter, font=face, fill=255)
        return image.tobytes()

    absent = drawn("\u4e2d")  # a sign that the font does not have: the box for what is lacking
    shapes = {letter: drawn(letter) for letter in [*LETTERS, "₫", "“", "”", "–", "…", "•"]}
    assert [letter for letter, shape in shapes.items() if shape == absent] == []
    assert len(set(shapes.values())) == len(shapes)
