"""An author's Markdown as safe HTML, for every channel that shows formatted text.

Three walls, each enough for the usual attack: raw HTML is shown as text, links and pictures are allowed
by list while still tokens, and `clean` lets nothing through that is not on its list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Protocol
from urllib.parse import unquote, urlsplit

import nh3
from markdown_it.token import Token

from content.markdown import Markdown
from content.text import fold

SCHEMES = frozenset({"http", "https", "mailto", "tel"})

_PARSER = Markdown(breaks=True)
ADDRESS = re.compile(r"https?://[^\s<>\"'`]+[^\s<>\"'`.,;:!?)\]}…”’]")
_HEADING = re.compile(r"#{1,6}\s+")
_ALIGNED = {"text-align:right": "right", "text-align:center": "center"}
_PICTURE_SIZES = {"src", "alt", "width", "height", "loading", "decoding"}
_ATTRIBUTES = {"a": {"href", "title"}, "img": _PICTURE_SIZES, "ol": {"start"}}
_TAGS = {
    *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "strong", "em", "s", "blockquote", "code", "pre"),
    *("table", "thead", "tbody", "tr", "th", "td", "a", "br", "hr", "figure", "figcaption", "img", "div"),
}


class Picture(Protocol):
    """A picture that the text may name."""

    @property
    def name(self) -> str: ...

    def tag(self) -> str:
        """The `<img>`, its values escaped."""
        ...


@dataclass(frozen=True)
class Rich:
    """HTML not yet cleaned, the paragraphs as plain text, and which pictures found their place (indexes)."""

    html: str
    plain: str
    placed: frozenset[int]


def render(
    text: str,
    pictures: Sequence[Picture],
    *,
    bare: str = "",
    as_it_is: Callable[[str], bool] = lambda _paragraph: False,
) -> Rich:
    """The text's HTML. A picture alone in a paragraph becomes a figure with its title as the caption.

    Headings are moved so that the highest is `h2`: the page's only `h1` is the title. `bare` is the class
    of addresses written out in the text; a paragraph for which `as_it_is` says so keeps its address as text.
    """
    work = _Work(pictures, f' class="{bare}"' if bare else "")
    tokens = _PARSER.parse(text)
    plain: list[str] = []
    levels = [int(token.tag[1]) for token in tokens if token.type == "heading_open"]
    deeper = 2 - min(levels, default=2)
    for index, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + deeper, 6)}"
        elif token.type in ("th_open", "td_open"):
            aligned = _ALIGNED.get(str(token.attrGet("style")))
            token.attrs = {"class": aligned} if aligned else {}
        elif token.type == "inline":
            before = tokens[index - 1]
            prose = before.type == "paragraph_open"
            children = token.children or []
            alone = prose and len(children) == 1
            figure = alone and children[0].type == "image" and work.named(children[0]) is not None
            if figure:
                before.hidden = tokens[index + 1].hidden = True
            if not (alone and as_it_is(token.content)):
                token.children = work.inline(children, figure=figure)
            if prose:
                plain.append(_plain(token))
    html = _PARSER.html(tokens)
    return Rich(html, " ".join(" ".join(plain).split()), frozenset(work.placed))


def clean(html: str, classes: Mapping[str, set[str]]) -> str:
    """Only what is on the lists, with the given classes by tag."""
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=set(SCHEMES),
        link_rel="noopener",
        allowed_classes=dict(classes),
    )


def safe_link(address: str) -> str:
    """The address when it is a whole one of a harmless kind, else an empty text."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    whole = bool(parts.netloc) if parts.scheme in ("http", "https") else bool(parts.path)
    return address.strip() if parts.scheme in SCHEMES and whole else ""


def without_title(text: str, title: str) -> str:
    """The text without a first heading that only repeats the title, as many authors write it."""
    text = text.lstrip()
    first, _, rest = text.partition("\n")
    repeated = _HEADING.match(first) and fold(_HEADING.sub("", first)).strip() == fold(title).strip()
    return rest if repeated else text


@dataclass
class _Work:
    """One text's way from tokens to HTML."""

    pictures: Sequence[Picture]
    bare: str
    placed: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._by_name: dict[str, int] = {}
        for index, picture in enumerate(self.pictures):
            self._by_name |= {picture.name.rsplit("/")[-1]: index, picture.name: index}

    def named(self, token: Token) -> int | None:
        """Which of the pictures an image token means."""
        source = unquote(str(token.attrGet("src") or ""))  # the parser has written `ả` as `%E1%BA%A3`
        found = self._by_name.get(source)
        return found if found is not None or "://" in source else self._by_name.get(source.rsplit("/")[-1])

    def inline(self, children: list[Token], *, figure: bool) -> list[Token]:
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
                token = _html(self._picture(token, figure=figure, linked=bool(links)))
            elif token.type == "text" and not links:
                token = _html(self._with_links(token.content), token.content)
            out.append(token)
        return out

    def _picture(self, token: Token, *, figure: bool, linked: bool) -> str:
        index = self.named(token)
        if index is None:
            # A picture from elsewhere would let a third party follow the readers: it becomes a link.
            address = safe_link(str(token.attrGet("src") or ""))
            words = escape(token.content or address)
            return f'<a href="{escape(address)}">{words}</a>' if address and not linked else words
        self.placed.add(index)
        tag = self.pictures[index].tag()
        if not figure:
            return tag
        caption = escape(str(token.attrGet("title") or ""))
        return f"<figure>{tag}{f'<figcaption>{caption}</figcaption>' if caption else ''}</figure>"

    def _with_links(self, text: str) -> str:
        out, end = [], 0
        for found in ADDRESS.finditer(text):
            address = escape(found.group())
            out += [escape(text[end : found.start()]), f'<a{self.bare} href="{address}">{address}</a>']
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
