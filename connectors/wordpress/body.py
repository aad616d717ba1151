"""A variant as the HTML of a WordPress post, such that neither WordPress nor an author's role changes it.

The role Author loses scripts (their text stays), iframes, `srcset` and `<source>` (facts §1.4), so none
are made. Four things core does to a text when showing it are met here, each seen on 6.1.9 (2026-11-22):
square brackets call plug-ins, an address alone in a paragraph becomes a player, line ends become `<br>`,
and a comment on its own gets an empty paragraph around it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import unquote, urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

from content.text import fold
from content.variant import Variant
from content.wording import catalogue

SCHEMES = frozenset({"http", "https", "mailto", "tel"})
PLAYERS = ("youtube.com", "youtu.be", "vimeo.com")
"""Core turns these addresses into players by itself (oEmbed)."""

_PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}…”’]")
_HEADING = re.compile(r"#{1,6}\s+")
_TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "blockquote", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "br", "hr", "figure", "figcaption", "img"),
}
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
}
_LINE_ENDS = re.compile(r"(<pre>.*?</pre>)|\s*\n\s*", re.DOTALL)
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


def safe_link(address: str) -> str:
    """The address when it is a whole one of a harmless kind, else an empty text."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    whole = bool(parts.netloc) if parts.scheme in ("http", "https") else bool(parts.path)
    return address.strip() if parts.scheme in SCHEMES and whole else ""


def _body(variant: Variant, pictures: Sequence[Picture]) -> tuple[str, set[int]]:
    """HTML that still holds line ends, and the pictures that found their place."""
    text = variant.text.lstrip()
    first, _, rest = text.partition("\n")
    if _HEADING.match(first) and fold(_HEADING.sub("", first)).strip() == fold(variant.title).strip():
        text = rest  # many authors write the title over the text once more
    by_name = {name: picture for picture in pictures for name in (picture.name.rsplit("/")[-1], picture.name)}
    tokens = _PARSER.parse(text)
    placed: set[int] = set()
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    deeper = 2 - min(levels, default=2)  # the theme makes the title the page's h1
    for index, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + deeper, 6)}"
        elif token.type == "inline":
            paragraph = tokens[index - 1] if tokens[index - 1].type == "paragraph_open" else None
            alone = paragraph is not None and len(token.children or []) == 1
            figure = alone and _is_ours(token, by_name)
            if figure and paragraph is not None:
                paragraph.hidden = tokens[index + 1].hidden = True
            if not (alone and _is_player(token.content)):
                token.children = _inline(token.children or [], by_name, placed, figure=figure)
    return _PARSER.renderer.render(tokens, _PARSER.options, {}), placed


def _inline(
    children: list[Token], pictures: Mapping[str, Picture], placed: set[int], *, figure: bool
) -> list[Token]:
    out: list[Token] = []
    links: list[bool] = []  # for every open link, whether it may stay
    for token in children:
        if token.type == "link_open":
            address = safe_link(str(token.attrGet("href") or ""))
            links.append(bool(address))
            token.hidden = not address
            title = token.attrGet("title")
            token.attrs = {"href": address, **({"title": str(title)} if title else {})}
        elif token.type == "link_close":
            token.hidden = not links.pop()
        elif token.type == "image":
            token = _html(_picture(token, pictures, placed, figure=figure, linked=bool(links)))
        elif token.type == "text" and not links:
            token = _html(_with_links(token.content))
        out.append(token)
    return out


def _picture(
    token: Token, pictures: Mapping[str, Picture], placed: set[int], *, figure: bool, linked: bool
) -> str:
    picture = _named(token, pictures)
    if picture is None:
        # A picture from elsewhere would let a third party follow the readers: it becomes a link.
        address = safe_link(str(token.attrGet("src") or ""))
        words = escape(token.content or address)
        return f'<a href="{escape(address)}">{words}</a>' if address and not linked else words
    placed.add(picture.id)
    if not figure:
        return picture.tag()
    caption = escape(str(token.attrGet("title") or ""))
    return f"<figure>{picture.tag()}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"


def _is_ours(token: Token, pictures: Mapping[str, Picture]) -> bool:
    child = (token.children or [])[0]
    return child.type == "image" and _named(child, pictures) is not None


def _named(token: Token, pictures: Mapping[str, Picture]) -> Picture | None:
    source = unquote(str(token.attrGet("src") or ""))  # the parser has written `ả` as `%E1%BA%A3`
    return pictures.get(source) or (None if "://" in source else pictures.get(source.rsplit("/")[-1]))


def _is_player(text: str) -> bool:
    if not _ADDRESS.fullmatch(text.strip()):
        return False
    try:
        host = urlsplit(text.strip()).hostname or ""
    except ValueError:
        return False
    return any(host == name or host.endswith("." + name) for name in PLAYERS)


def _with_links(text: str) -> str:
    out, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = escape(found.group())
        out += [escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*out, escape(text[end:])])


def _html(content: str) -> Token:
    # The parser never yields html_inline (html=False), so this type carries only what is made here.
    return Token("html_inline", "", 0, content=content)


def _clean(html: str, pictures: Sequence[Picture]) -> str:
    cleaned = nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=set(SCHEMES),
        link_rel="noopener",
        allowed_classes={"img": {f"wp-image-{picture.id}" for picture in pictures}},
    )
    # `breaks` has put a <br> wherever a line end is meant
    one_line = _LINE_ENDS.sub(lambda found: found[1] or ("" if _between_tags(found) else " "), cleaned)
    return one_line.replace("[", "&#091;")


def _between_tags(found: re.Match[str]) -> bool:
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    return before in (">", "") or after in ("<", "")


def _marked(html: str, comment: str) -> str:
    """With the mark inside the last element."""
    last = _LAST_TAG.search(html)
    return html[: last.start()] + comment + last.group() if last else html + comment
