"""An article's body: the shared rendering (`content.richtext`) with the section's pictures and classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from content import richtext
from content.richtext import safe_link

__all__ = ["Body", "Picture", "render", "safe_link"]

_CLASSES = {"a": {"bare"}, "th": {"right", "center"}, "td": {"right", "center"}, "div": {"wide"}}


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
    """Safe HTML, its paragraphs as plain text, and the paths of the pictures that found their place in it."""

    html: str
    plain: str
    placed: frozenset[str]


@dataclass(frozen=True)
class _Rooted:
    picture: Picture
    root: str

    @property
    def name(self) -> str:
        return self.picture.name

    def tag(self) -> str:
        return self.picture.tag(self.root)


def render(text: str, pictures: Sequence[Picture], root: str) -> Body:
    """The article's body; `root` leads from the page to the section's root (`../`, or an address)."""
    rich = richtext.render(text, [_Rooted(picture, root) for picture in pictures], bare="bare")
    html = rich.html.replace("<table>", '<div class="wide"><table>').replace("</table>", "</table></div>")
    placed = frozenset(pictures[index].path for index in rich.placed)
    return Body(richtext.clean(html, _CLASSES), rich.plain, placed)
