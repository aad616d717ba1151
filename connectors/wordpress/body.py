"""A variant as the HTML of a WordPress post, such that neither WordPress nor an author's role changes it.

The role Author loses scripts (their text stays), iframes, `srcset` and `<source>` (facts §1.4), so none
are made. Four things core does to a text when showing it are met here, each seen on 6.1.9 (2026-11-22):
square brackets call plug-ins, an address alone in a paragraph becomes a player, line ends become `<br>`,
and a comment on its own gets an empty paragraph around it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

from content import richtext
from content.richtext import ADDRESS, safe_link
from content.variant import Variant
from content.wording import catalogue

PLAYERS = ("youtube.com", "youtu.be", "vimeo.com")
"""Core turns these addresses into players by itself (oEmbed)."""

_BLANKS = re.compile(r"(<pre>.*?</pre>)|(?<!\s)\s+", re.DOTALL)
"""Each run of blanks once, from its beginning: a run that has no line end costs no more than its length."""
_LAST_TAG = re.compile(r"</[a-z0-9]+>\s*$")


@dataclass(frozen=True)
class Picture:
    """A picture already in the site's media library."""

    name: str
    id: int
    url: str
    alt: str
    size: tuple[int, int] | None = None

    def tag(self) -> str:
        """The class lets core add its smaller sizes."""
        size = f' width="{self.size[0]}" height="{self.size[1]}"' if self.size else ""
        return f'<img src="{escape(self.url)}" alt="{escape(self.alt)}" class="wp-image-{self.id}"{size}>'


def content_of(variant: Variant, pictures: Sequence[Picture], comment: str, language: str) -> str:
    """The post's whole text: body, pictures without a place in it, citations, source, and the mark."""
    body, placed = _body(variant, pictures)
    words = catalogue(language if language in ("vi", "en") else "vi")
    parts = [body, *(f"<figure>{p.tag()}</figure>" for p in pictures if p.id not in placed)]
    if variant.citations:
        cited = "".join(f"<li>{escape(citation)}</li>" for citation in variant.citations)
        parts.append(f"<h2>{escape(words['wordpress.post.citations'])}</h2><ul>{cited}</ul>")
    if address := safe_link(variant.link):
        link = f'<a href="{escape(address)}">{escape(address)}</a>'
        parts.append(f"<p>{escape(words['wordpress.post.source'])}: {link}</p>")
    if variant.author:
        parts.append(f"<p><em>{escape(variant.author)}</em></p>")
    return _marked(_clean("".join(parts), pictures), comment)


def title_of(variant: Variant) -> str:
    """WordPress reads titles as HTML."""
    return escape(" ".join(variant.title.split()), quote=False)


def excerpt_of(variant: Variant) -> str:
    return escape(" ".join(variant.summary.split()), quote=False)


def _body(variant: Variant, pictures: Sequence[Picture]) -> tuple[str, set[int]]:
    """HTML that still holds line ends, and the ids of the pictures that found their place."""
    text = richtext.without_title(variant.text, variant.title)  # the theme makes the title the page's h1
    rich = richtext.render(text, pictures, as_it_is=_is_player)
    return rich.html, {pictures[index].id for index in rich.placed}


def _is_player(text: str) -> bool:
    if not ADDRESS.fullmatch(text.strip()):
        return False
    try:
        host = urlsplit(text.strip()).hostname or ""
    except ValueError:
        return False
    return any(host == name or host.endswith("." + name) for name in PLAYERS)


def _clean(html: str, pictures: Sequence[Picture]) -> str:
    cleaned = richtext.clean(html, {"img": {f"wp-image-{picture.id}" for picture in pictures}})
    # `breaks` has put a <br> wherever a line end is meant
    return _BLANKS.sub(_one_line, cleaned).replace("[", "&#091;")


def _one_line(found: re.Match[str]) -> str:
    if found[1] or "\n" not in found[0]:
        return found[0]
    return "" if _between_tags(found) else " "


def _between_tags(found: re.Match[str]) -> bool:
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return before in (">", "") or after in ("<", "")


def _marked(html: str, comment: str) -> str:
    """With the mark inside the last element."""
    last = _LAST_TAG.search(html)
    return html[: last.start()] + comment + last.group() if last else html + comment
