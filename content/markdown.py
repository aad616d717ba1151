"""Markdown as posts are written in: CommonMark with tables and strikethrough; HTML is text."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

MOST_BRACKETS = 2_000
"""For every `[` the parser looks for its end: of 60,000 that never close it is at it for a minute."""


class Markdown:
    """A parser; a text with more brackets than anybody writes keeps them as text, links and pictures too."""

    def __init__(self, **options: bool | int) -> None:
        def made() -> MarkdownIt:
            return MarkdownIt("commonmark", {"html": False, **options}).enable(["table", "strikethrough"])

        self._whole = made()
        self._without_links = made().disable(["link", "image"])

    def parse(self, text: str) -> list[Token]:
        return (self._whole if text.count("[") <= MOST_BRACKETS else self._without_links).parse(text)

    def html(self, tokens: Sequence[Token]) -> str:
        """The tokens as HTML, whatever was done to them meanwhile."""
        return str(self._whole.renderer.render(tokens, self._whole.options, {}))
