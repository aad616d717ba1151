"""An author's Markdown as safe HTML.

Three walls, each enough for the usual attack: raw HTML is shown as text, links and pictures are allowed
by list while still tokens, and nh3 cleans the result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_PARSER = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}…”’]")
_ALIGNED = {"text-align:right": "right", "text-align:center": "center"}
_PICTURE_SIZES = {"src", "alt", "width", "height", "loading", "decoding"}
_ATTRIBUTES = {"a": {"href", "title"}, "img": _PICTURE_SIZES, "ol": {"start"}}
_TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "blockquote", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "br", "hr", "figure", "figcaption", "img", "div"),
}


@dataclass(frozen=True)
class Picture:
    """A picture of the article: `path` is relative to the section's root."""

    name: str
    path: str
    alt: str
    size: tuple[int, int] | None = None

    def tag(self, root: str) -> str:
        """The `<img>`; width and height keep the page from jumping while it loads."""
        size = f' width="{self.size[0]}" height="{self.size[1]}"' if self.size else ""
        source = escape(root + self.path)
        return f'<img src="{source}" alt="{escape(self.alt)}"{size} loading="lazy" decoding="async">'


@dataclass(frozen=True)
class Body:
    """Safe HTML, its paragraphs as plain text, and the pictures that found their place in it."""

    html: str
    plain: str
    placed: frozenset[str]


def render(text: str, pictures: Sequence[Picture], root: str) -> Body:
    """The article's body; `root` leads from the page to the section's root (`../`, or an address)."""
    by_name = {name: picture for picture in pictures for name in (picture.name.rsplit("/")[-1], picture.name)}
    tokens = _PARSER.parse(text)
    placed: set[str] = set()
    plain: list[str] = []
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    deeper = 2 - min(levels, default=2)  # the page's only h1 is the title; no level is skipped under it
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + deeper, 6)}"
        elif token.type in ("th_open", "td_open"):
            aligned = _ALIGNED.get(str(token.attrGet("style")))
            token.attrs = {"class": aligned} if aligned else {}
        elif token.type == "inline":
            prose = before is not None and before.type == "paragraph_open"
            alone = prose and _only_picture(token, by_name)
            if alone and before is not None:
                before.hidden = True
                tokens[tokens.index(token) + 1].hidden = True
            token.children = _inline(token.children or [], by_name, root, placed, figure=alone)
            if prose:
                plain.append(_plain(token))
    html = _PARSER.renderer.render(tokens, _PARSER.options, {})
    html = html.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    return Body(_clean(html), " ".join(" ".join(plain).split()), frozenset(placed))


def safe_link(address: str) -> str:
    """The address when it is a whole one of a harmless kind, else an empty text."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    whole = bool(parts.netloc) if parts.scheme in ("http", "https") else bool(parts.path)
    return address.strip() if parts.scheme in SCHEMES and whole else ""


def _clean(html: str) -> str:
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=set(SCHEMES),
        link_rel="noopener",
        allowed_classes={
            "a": {"bare"},
            "th": {"right", "center"},
            "td": {"right", "center"},
            "div": {"wide"},
        },
    )


def _inline(
    children: list[Token], pictures: Mapping[str, Picture], root: str, placed: set[str], *, figure: bool
) -> list[Token]:
    out: list[Token] = []
    links: list[bool] = []  # for every open link, whether it may stay
    for token in children:
        if token.type == "link_open":
            address = safe_link(str(token.attrGet("href") or ""))
            links.append(bool(address))
            token.hidden = not address
            token.attrs = {"href": address, **({"title": str(t)} if (t := token.attrGet("title")) else {})}
        elif token.type == "link_close":
            token.hidden = not links.pop()
        elif token.type == "image":
            token = _html(_picture(token, pictures, root, placed, figure=figure, linked=bool(links)))
        elif token.type == "text" and not links:
            token = _html(_with_links(token.content), token.content)
        out.append(token)
    return out


def _picture(
    token: Token,
    pictures: Mapping[str, Picture],
    root: str,
    placed: set[str],
    *,
    figure: bool,
    linked: bool,
) -> str:
    source = str(token.attrGet("src") or "")
    picture = pictures.get(source) or pictures.get(source.rsplit("/")[-1] if "://" not in source else "")
    if picture is None:
        # A picture from elsewhere would let a third party follow the readers: it becomes a link.
        address = safe_link(source)
        words = escape(token.content or address)
        return f'<a href="{escape(address)}">{words}</a>' if address and not linked else words
    placed.add(picture.path)
    tag = picture.tag(root)
    caption = escape(str(token.attrGet("title") or ""))
    if not figure:
        return tag
    return (
        f"<figure>{tag}<figcaption>{caption}</figcaption></figure>" if caption else f"<figure>{tag}</figure>"
    )


def _only_picture(token: Token, pictures: Mapping[str, Picture]) -> bool:
    children = token.children or []
    return len(children) == 1 and children[0].type == "image" and _known(children[0], pictures)


def _known(token: Token, pictures: Mapping[str, Picture]) -> bool:
    source = str(token.attrGet("src") or "")
    return source in pictures or ("://" not in source and source.rsplit("/")[-1] in pictures)


def _with_links(text: str) -> str:
    out, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = escape(found.group())
        out += [escape(text[end : found.start()]), f'<a class="bare" href="{address}">{address}</a>']
        end = found.end()
    return "".join([*out, escape(text[end:])])


def _html(content: str, plain: str = "") -> Token:
    # The parser never yields html_inline (html=False), so this type carries only what is made here.
    return Token("html_inline", "", 0, content=content, info=plain)


def _plain(token: Token) -> str:
    parts = []
    for child in token.children or []:
        if child.type == "html_inline":
            parts.append(child.info)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        else:
            parts.append(child.content)
    return "".join(parts)
