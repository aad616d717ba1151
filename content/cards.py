"""A post's words on a picture: the card that a link, a story or a video shows before a line is read.

The same words give the same bytes with the same Pillow. Letters are Noto Sans, with all Vietnamese ones;
what it has not (emoji, other scripts) is left out, since an empty box says nothing to anybody.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from PIL import Image, ImageDraw, ImageFont

from content.fonts import font
from content.text import normalise

SIZES: dict[str, tuple[int, int]] = {
    "share": (1200, 630),  # preview of a link on Facebook and Zalo
    "square": (1080, 1080),
    "story": (1080, 1920),
    "thumbnail": (1280, 720),  # YouTube, 16:9
    "leaflet": (1240, 1754),  # A5 at 210 dpi, A4 at 150
}
"""Width and height in pixels."""


@dataclass(frozen=True)
class Colours:
    """`waves` are drawn upon `ground`; texts are read upon either, by 4.5:1 or more (WCAG 2.1, 1.4.3)."""

    ground: str
    waves: str
    title: str
    label: str
    quiet: str
    accent: str


TEMPLATES: dict[str, Colours] = {
    "xanh": Colours("#0f3d5e", "#164a70", "#ffffff", "#ffd98a", "#d9e8f3", "#f2b33d"),
    "do": Colours("#77131f", "#881d2a", "#fffaf0", "#ffdf8e", "#f9e3d3", "#f2c14e"),
    "sang": Colours("#fbf7ee", "#f2e9d7", "#14324a", "#8a2e12", "#465661", "#c8502b"),
}

_PITCH = 1.34  # from line to line: room for the dot of ậ above the two marks of Ế
_ASCENT, _DESCENT = 1.07, 0.27
_LEAST_PX = 20
_DASHES = ("-", "–", "—")
# "Điều 5", "ngày 9", "số 168/…": a line does not end between the word and its number.
_BEFORE_NUMBER = re.compile(
    r"(?:điều|khoản|điểm|số|ngày|tháng|năm|chương|thứ|luật|từ|đến|lúc)", re.IGNORECASE
)
_FINE = 2  # curves are drawn so many times larger, then scaled down: smooth edges


@dataclass(frozen=True)
class Words:
    """What a card says. All but the title may be empty."""

    title: str
    unit: str = ""
    kind: str = ""
    day: str = ""


@dataclass(frozen=True)
class Line:
    """One line as it is drawn; `box` is its ink: left, top, right, bottom in pixels."""

    text: str
    x: int
    baseline: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class Block:
    """Lines of one size (pixels) and colour."""

    name: str
    size: int
    bold: bool
    colour: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Card:
    """A PNG and what stands where on it."""

    data: bytes
    width: int
    height: int
    blocks: tuple[Block, ...]


def draw(words: Words, size: str = "share", template: str = "xanh") -> Card:
    """A card of one of `SIZES` in the colours of one of `TEMPLATES`; raises KeyError for other names.

    Every word is there whole: a long title gets smaller letters, at the very end broken words.
    """
    width, height = SIZES[size]
    colours = TEMPLATES[template]
    blocks = laid_out(words, size, template)
    image = _ground(width, height, colours)
    pen = ImageDraw.Draw(image)
    _ornaments(pen, blocks, width, height, colours)
    for block in blocks:
        letters = _letters(block.size, block.bold)
        for line in block.lines:
            pen.text((line.x, line.baseline), line.text, font=letters, fill=block.colour, anchor="ls")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", optimize=True)
    return Card(buffer.getvalue(), width, height, blocks)


def laid_out(words: Words, size: str = "share", template: str = "xanh") -> tuple[Block, ...]:
    """What stands where on that card, without drawing it."""
    return tuple(_layout(words, *SIZES[size], TEMPLATES[template]))


def alt_text(words: Words) -> str:
    """What the card says, for those who do not see it. Part of what is published, so always Vietnamese."""
    rest = ", ".join(part for part in (words.unit, words.day) if part)
    title = _shown(words.title).rstrip(" .")
    end = "" if title.endswith(("?", "!")) else "."
    return f"Tấm thiệp chữ: {title}{end}" + (f" {rest}." if rest else "")


def contrast(one: str, other: str) -> float:
    """Ratio, 1 to 21, of two colours `#rrggbb` (WCAG 2.1)."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# ---- where the words stand


def _layout(words: Words, width: int, height: int, colours: Colours) -> Iterator[Block]:
    """From the edges inwards: the kind above, unit and day below, the title in all that is left."""
    unit = min(width, height) / 100
    margin = round(7 * unit)
    wide = width - 2 * margin
    # Above and below a story the phone shows its own buttons.
    top, bottom = (margin, height - margin) if height < 1.5 * width else (height // 8, height - height // 8)
    if label := _shown(words.kind).upper():
        block = _set(
            "kind", label, (margin, top, wide, round(9 * unit)), round(4.2 * unit), colours.label, True
        )
        yield block
        top = round(_foot(block) + 6 * unit)
    for name, text, most, colour, bold in (
        ("day", words.day, 3.8, colours.quiet, False),
        ("unit", words.unit, 4.4, colours.quiet, True),
    ):
        if said := _shown(text):
            room = round((7 if name == "day" else 15) * unit)
            block = _set(name, said, (margin, 0, wide, room), round(most * unit), colour, bold)
            block = _moved(block, bottom - _foot(block))
            yield block
            bottom = round(_head(block) - 1.2 * unit)
    bottom = round(bottom - 6 * unit)
    if title := _shown(words.title):
        block = _set("title", title, (margin, top, wide, bottom - top), round(13 * unit), colours.title, True)
        # In a tall picture words at the very top look lost: a third of what is left stands above them.
        yield _moved(block, round((bottom - _foot(block)) * (0.33 if height >= width else 0.5)))


def _set(
    name: str, text: str, room: tuple[int, int, int, int], largest: int, colour: str, bold: bool
) -> Block:
    """The text in `room` (left, top, width, height) in the largest letters that fit, from `largest` down."""
    left, top, wide, high = room
    low, best = _LEAST_PX, None
    least = low
    while low <= largest:
        size = (low + largest) // 2
        lines = _wrapped(text, wide, size, bold)
        fits = _ASCENT * size + (len(lines) - 1) * _PITCH * size + _DESCENT * size <= high
        if lines and fits and not (_is_broken(text, lines) and size > least):
            low, best = size + 1, (size, lines)
        else:
            largest = size - 1
    size, lines = best or (_LEAST_PX, _wrapped(text, wide, _LEAST_PX, bold))
    letters = _letters(size, bold)
    placed = []
    for number, line in enumerate(lines):
        baseline = round(top + _ASCENT * size + number * _PITCH * size)
        a, b, c, d = letters.getbbox(line, anchor="ls")
        placed.append(Line(line, left, baseline, (left + a, baseline + b, left + c, baseline + d)))
    return Block(name, size, bold, colour, tuple(placed))


def _is_broken(text: str, lines: list[str]) -> bool:
    """Whether a word had to be cut in two."""
    return " ".join(lines).split() != text.split()


def _wrapped(text: str, wide: int, size: int, bold: bool) -> list[str]:
    """As few lines as the width allows, and then as even ones as that number allows."""
    measure = cache(_letters(size, bold).getlength)  # the same beginnings of lines are tried many times
    pieces = _pieces(text, wide, measure)
    lines = _filled(pieces, wide, measure)
    low, high = wide // 3, wide
    while high - low > size // 4 + 1:  # no finer than anybody sees
        middle = (low + high) // 2
        if len(_filled(pieces, middle, measure)) <= len(lines) and _widest(pieces, measure) <= middle:
            high = middle
        else:
            low = middle
    return _filled(pieces, high, measure)


def _pieces(text: str, wide: int, measure: Callable[[str], float]) -> list[str]:
    """Words, those kept together that belong so, those cut that are wider than any line."""
    pieces: list[str] = []
    words = text.split()
    for word in words:
        glued = f"{pieces[-1]} {word}" if pieces else ""
        before = pieces[-1].rpartition(" ")[2] if pieces else ""
        keep = (word[0].isdigit() and _BEFORE_NUMBER.fullmatch(before)) or (before and word in _DASHES)
        if keep and measure(glued) <= wide / 2:
            pieces[-1] = glued
        elif measure(word) <= wide:
            pieces.append(word)
        else:
            pieces += _cut(word, wide, measure)
    return pieces


def _cut(word: str, wide: int, measure: Callable[[str], float]) -> Iterator[str]:
    part = ""
    for letter in word:
        if part and measure(part + letter) > wide:
            yield part
            part = ""
        part += letter
    yield part


def _widest(pieces: list[str], measure: Callable[[str], float]) -> float:
    return max(map(measure, pieces), default=0)


def _filled(pieces: list[str], wide: float, measure: Callable[[str], float]) -> list[str]:
    lines: list[str] = []
    for piece in pieces:
        longer = f"{lines[-1]} {piece}" if lines else piece
        if lines and measure(longer) <= wide:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def _moved(block: Block, down: float) -> Block:
    down = round(down)
    lines = tuple(
        Line(
            one.text,
            one.x,
            one.baseline + down,
            (one.box[0], one.box[1] + down, one.box[2], one.box[3] + down),
        )
        for one in block.lines
    )
    return Block(block.name, block.size, block.bold, block.colour, lines)


def _head(block: Block) -> float:
    return block.lines[0].baseline - _ASCENT * block.size


def _foot(block: Block) -> float:
    return block.lines[-1].baseline + _DESCENT * block.size


# ---- what is drawn


def _ground(width: int, height: int, colours: Colours) -> Image.Image:
    """The waves of a loudspeaker, from beyond the lower right corner."""
    image = Image.new("RGB", (width * _FINE, height * _FINE), colours.ground)
    pen = ImageDraw.Draw(image)
    unit = min(width, height) * _FINE / 100
    x, y = width * _FINE + 4 * unit, height * _FINE + 4 * unit
    for radius in (26, 44, 62, 80):
        reach = radius * unit
        pen.ellipse(
            (x - reach, y - reach, x + reach, y + reach), outline=colours.waves, width=round(7 * unit)
        )
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _ornaments(
    pen: ImageDraw.ImageDraw, blocks: tuple[Block, ...], width: int, height: int, colours: Colours
) -> None:
    """A bar at the edge, a short rule under the kind, a fine one above the unit."""
    unit = min(width, height) / 100
    pen.rectangle((0, 0, round(1.6 * unit), height), fill=colours.accent)
    known = {block.name: block for block in blocks}
    if kind := known.get("kind"):
        y = round(_foot(kind) + 1.6 * unit)
        left = kind.lines[0].x
        pen.rectangle((left, y, left + round(9 * unit), y + round(0.7 * unit)), fill=colours.accent)
    if lowest := known.get("unit") or known.get("day"):
        y = round(_head(lowest) - 2.2 * unit)
        left = lowest.lines[0].x
        pen.rectangle((left, y, width - left, y + max(1, round(0.25 * unit))), fill=colours.quiet)


@lru_cache(maxsize=256)
def _letters(size: int, bold: bool) -> ImageFont.FreeTypeFont:
    # the plain engine: the letters' places do not depend on which libraries this machine has
    return ImageFont.truetype(io.BytesIO(font(bold=bold)), size, layout_engine=ImageFont.Layout.BASIC)


def _shown(text: str) -> str:
    """What the letters can show, on one line."""
    return " ".join("".join(c if c.isspace() or _has(c) else " " for c in normalise(text)).split())


@lru_cache(maxsize=4096)
def _has(letter: str) -> bool:
    mask, missing = (_letters(32, True).getmask(one) for one in (letter, "\uffff"))
    return bool(mask.getbbox()) and (mask.size, bytes(mask)) != (missing.size, bytes(missing))
