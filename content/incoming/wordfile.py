"""A Word file (`.docx`) → title, Markdown body and pictures, through mammoth."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from content.errors import MediaError
from content.finding import Finding
from content.frontmatter import LARGEST_BYTES
from content.incoming.package import WORD, IncomingError, Package, open_package
from content.incoming.prose import Prose, to_markdown
from content.marks import marks
from content.post import MediaItem
from content.text import normalise

MOST_PICTURES = 60
LONGEST_BODY = LARGEST_BYTES - 32 * 1024
"""Bytes; the rest of a post's file is for its front matter."""
LONGEST_TITLE = 200
_TITLES = (
    "p[style-name='Title'] => h1:fresh\np.Title => h1:fresh\np[style-name='Subtitle'] => p.subtitle:fresh"
)
_WITH_TEXT = ("word/document", "word/header", "word/footer", "word/footnotes", "word/endnotes")
_GENERATED = re.compile(r"\n+(?:Description automatically generated.*|Mô tả được tạo tự động.*)\Z", re.DOTALL)
_ENDINGS = {"JPEG": ".jpg", "PNG": ".png", "GIF": ".gif", "WEBP": ".webp", "BMP": ".bmp", "TIFF": ".tif"}


@dataclass(frozen=True)
class WordText:
    """What a Word file says. `pictures` are the bytes by the names that `body` and `media` call them."""

    title: str
    body: str
    media: tuple[MediaItem, ...]
    pictures: dict[str, bytes] = field(repr=False)
    remarks: list[Finding]


def read_word(path: Path) -> WordText:
    """The text of a `.docx`, in NFC; nothing outside the file is opened and no macro is looked at.

    Raises IncomingError with what is wrong and what to do in Word.
    """
    seen: Counter[str] = Counter()

    def told(tag: str, _attributes: dict[str, str]) -> None:
        seen[tag] += 1

    package = open_package(path, WORD, lambda name: told if name.startswith("word/document") else None)
    if secret := _secret_mark(package):
        raise IncomingError(path.name, [Finding("word.secret", "block", path.name, {"words": secret})])
    pictures = _Pictures(package)
    html = _html(package, pictures)
    prose = to_markdown(html)
    title, body = _titled(prose, path)
    if not body.strip():
        raise IncomingError(path.name, [Finding("word.empty", "block", path.name)])
    if len(body.encode()) > LONGEST_BODY:
        raise IncomingError(
            path.name, [Finding("word.too_long", "block", path.name, {"kib": LONGEST_BODY // 1024})]
        )
    remarks = [*package.remarks, *pictures.remarks, *_remarks(path.name, prose, seen)]
    return WordText(title, body, tuple(pictures.media), pictures.data, remarks)


def _html(package: Package, pictures: _Pictures) -> str:
    from mammoth import convert_to_html, images  # slow to import, and most commands read no Word file

    try:
        converted = convert_to_html(
            package.repacked(),
            style_map=_TITLES,
            include_embedded_style_map=False,  # a file does not say how it is read
            external_file_access=False,
            convert_image=images.img_element(pictures.take),
        )
    except IncomingError:
        raise
    except Exception:  # what a reader of foreign XML may raise is not enumerable
        damaged = Finding("incoming.damaged", "block", package.name, {"app": "Word", "ending": ".docx"})
        raise IncomingError(package.name, [damaged]) from None
    return str(converted.value)


def _secret_mark(package: Package) -> str:
    """A secrecy mark standing alone anywhere in the file, empty when there is none.

    Such marks stand in page headers, stamps and table cells, of which a post keeps nothing or not the line;
    what checks a post's text would never see them.
    """
    from defusedxml.ElementTree import fromstring

    for name, data in package.parts.items():
        if name != package.main and not name.startswith(_WITH_TEXT):
            continue
        for paragraph in fromstring(data).iter():
            if paragraph.tag.rpartition("}")[2] == "p":
                words = [part.text or "" for part in paragraph.iter() if part.tag.rpartition("}")[2] == "t"]
                for mark in marks(normalise("".join(words))):
                    if mark.rule == "secret_mark":
                        return mark.words
    return ""


class _Pictures:
    """Pictures in the order of the text, each once, those that cannot be published left out and told of."""

    def __init__(self, package: Package) -> None:
        self._place = package.name
        self._names: dict[str, str] = {}
        self._count = 0
        self.data: dict[str, bytes] = {}
        self.media: list[MediaItem] = []
        self.remarks: list[Finding] = []

    def take(self, image: Any) -> dict[str, str]:
        """mammoth's call for each picture; an empty `src` leaves it out."""
        self._count += 1
        try:
            with image.open() as file:
                data = bytes(file.read())
        except ValueError:  # a link to somewhere else
            return self._left_out("picture_outside")
        except KeyError:  # named in the text, not in the file
            return self._left_out("picture_unusable")
        digest = hashlib.sha256(data).hexdigest()
        alt = " ".join(normalise(_GENERATED.sub("", image.alt_text or "")).split())
        if digest not in self._names:
            if len(self._names) >= MOST_PICTURES:
                many = Finding("word.many_pictures", "block", self._place, {"most": MOST_PICTURES})
                raise IncomingError(self._place, [many])
            ending = _ending(data)
            if not ending:
                return self._left_out("picture_unusable")
            name = f"anh-{len(self._names) + 1}{ending}"
            self._names[digest], self.data[name] = name, data
            self.media.append(MediaItem(name, alt))
        return {"src": self._names[digest], "alt": alt}

    def _left_out(self, rule: str) -> dict[str, str]:
        self.remarks.append(Finding(f"word.{rule}", "warn", self._place, {"number": self._count}))
        return {"src": ""}


def _ending(data: bytes) -> str:
    """By its bytes, whatever the file claims; empty for what cannot be published (drawings, damage)."""
    import io

    from PIL import Image

    from content.images import publication_copy

    try:
        publication_copy(data, name="")
        with Image.open(io.BytesIO(data)) as image:
            return _ENDINGS.get(image.format or "", "")
    except (MediaError, OSError):
        return ""


def _titled(prose: Prose, path: Path) -> tuple[str, str]:
    """The title and what is left. Without a heading a short first paragraph is one, as people write it."""
    if prose.title:
        return prose.title, prose.body
    first, _, rest = prose.body.partition("\n\n")
    words = re.sub(r"\\(?=[^\w\s])|\*\*|^#+ ", "", first)
    looks_so = rest and "\n" not in first and len(words) <= 120 and not first.startswith(("|", "-", ">", "!"))
    if looks_so and not words.endswith((".", ";", ":")):
        return " ".join(words.split()), rest
    return normalise(path.stem)[:LONGEST_TITLE], prose.body


def _remarks(name: str, prose: Prose, seen: Counter[str]) -> list[Finding]:
    """What Word shows and a post cannot, each told once."""
    told = []
    if seen["ins"] or seen["del"]:
        told.append(Finding("word.tracked", "warn", name))
    if seen["vanish"]:
        told.append(Finding("word.hidden", "warn", name))
    if seen["oMath"]:
        told.append(Finding("word.formula", "warn", name, {"count": seen["oMath"]}))
    if prose.uneven_tables:
        told.append(Finding("word.merged", "warn", name))
    if prose.lost_links:
        told.append(Finding("word.links", "warn", name, {"links": ", ".join(prose.lost_links[:5])}))
    return told
