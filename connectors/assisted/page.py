"""Whether a page of a portal shows a post: by its mark, else by its title and a good part of its text.

Portals change quotes, blanks, capitals and mark-up, so letters and digits alone are compared, in NFC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html.parser import HTMLParser

from content.plain import flatten
from content.text import normalise
from content.variant import Variant

GOOD_PART = 0.5
"""Share of the text that must be on the page: a list of titles with their summaries is not the post."""

_UNSEEN = frozenset({"script", "style", "noscript", "template"})
_ADDRESS = re.compile(r"\(?https?://\S+")
_PIECES = re.compile(r"[\n.!?;:…]+")
_NO_LETTER = re.compile(r"[\W_]+")
_META = re.compile(rb"<meta[^>]{0,100}charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,30})", re.IGNORECASE)


@dataclass(frozen=True)
class Sight:
    """What a page shows of a post. `share` is the part of the text found, 0 to 1."""

    marked: bool
    titled: bool
    share: float
    published_at: datetime | None

    @property
    def shown(self) -> bool:
        return self.marked or (self.titled and self.share >= GOOD_PART)

    @property
    def evidence(self) -> str:
        return "the page bears the marker" if self.marked else f"title and {self.share:.0%} of the text"


def mark_of(marker: str) -> str:
    """The mark in the text; an editor may drop it, then the words decide."""
    return f"<!-- loa:{marker} -->"


def look(body: bytes, content_type: str, variant: Variant, marker: str) -> Sight:
    """Read a page as a browser would decode it, and compare."""
    page = _decoded(body, content_type)
    seen = _Seen()
    seen.feed(page)
    seen.close()
    words = plain("".join(seen.text))
    return Sight(
        marked=mark_of(marker) in page,
        titled=bool(title := plain(variant.title)) and title in words,
        share=_share(variant.text, words),
        published_at=_moment(seen.published),
    )


def plain(text: str) -> str:
    """Letters and digits only, small, NFC."""
    return _NO_LETTER.sub("", normalise(text).casefold())


def _share(markdown: str, words: str) -> float:
    """How much of the text, piece by piece, is on the page; 1.0 where there is no text to look for."""
    pieces = [plain(piece) for piece in _PIECES.split(_ADDRESS.sub("\n", flatten(markdown)))]
    whole = sum(map(len, pieces))
    return sum(len(piece) for piece in pieces if piece in words) / whole if whole else 1.0


def _decoded(body: bytes, content_type: str) -> str:
    named = re.search(r"charset=\"?([A-Za-z0-9_-]+)", content_type)
    inside = _META.search(body[:4096])
    encoding = named[1] if named else inside[1].decode("ascii") if inside else "utf-8"
    try:
        return body.decode(encoding, "replace")
    except (LookupError, UnicodeError):  # none that Python knows, or one that is for host names (`idna`)
        return body.decode("utf-8", "replace")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else None


class _Seen(HTMLParser):
    """The words that a reader sees, and when the page says that it was published."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.published = ""
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in _UNSEEN:
            self._unseen += 1
        elif tag == "meta" and given.get("property") == "article:published_time":
            self.published = self.published or given.get("content") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN and self._unseen:
            self._unseen -= 1

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.text.append(data)
