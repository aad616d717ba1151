"""Markdown as plain text that reads well where no formatting exists, as on a Facebook Page."""

from __future__ import annotations

import re
from functools import cache

from markdown_it.tree import SyntaxTreeNode

from content.markdown import Markdown
from content.text import normalise

_BLANK_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r" {2,}")  # a dropped picture leaves one on each side
_INDENT = "  "


def flatten(markdown: str) -> str:
    """Plain text, NFC: blocks with a blank line between, lists as `•` or `1.`, links as `text (address)`.

    Emphasis is dropped, pictures too; line breaks inside a paragraph become spaces unless they are hard
    ones. HTML is no markup here: like on the website, it stays the text it is, so that no word is lost.
    """
    tree = SyntaxTreeNode(_parser().parse(normalise(markdown)))
    return normalise(_BLANK_LINES.sub("\n\n", "\n\n".join(_blocks(tree)))).strip("\n")


@cache
def _parser() -> Markdown:
    # Below `maxNesting` the parser drops text without a word; the preset's 20 is within a writer's reach.
    return Markdown(maxNesting=100)


def _blocks(parent: SyntaxTreeNode) -> list[str]:
    blocks = [_block(node) for node in parent.children]
    return [block for block in blocks if block.strip()]


def _block(node: SyntaxTreeNode) -> str:
    if node.type in ("paragraph", "heading"):
        return _SPACES.sub(" ", _inline(node)).strip()
    if node.type in ("bullet_list", "ordered_list"):
        return _list(node)
    if node.type in ("fence", "code_block"):
        return node.content.rstrip("\n")
    if node.type == "table":
        return "\n".join(_row(row) for part in node.children for row in part.children)
    if node.type == "hr":
        return "———"
    return "\n\n".join(_blocks(node))


def _list(node: SyntaxTreeNode) -> str:
    first = int(node.attrs.get("start", 1))
    items = []
    for number, item in enumerate(node.children, first):
        mark = f"{number}. " if node.type == "ordered_list" else "• "
        lines = "\n".join(_blocks(item)).split("\n")
        # What follows in the same item (a nested list, a second paragraph) is set in below its mark.
        items.append("\n".join([mark + lines[0], *(_INDENT + line if line else "" for line in lines[1:])]))
    return "\n".join(item.rstrip() for item in items)


def _row(row: SyntaxTreeNode) -> str:
    return " | ".join(_inline(cell).strip() for cell in row.children)


def _inline(node: SyntaxTreeNode) -> str:
    return "".join(_span(child) for child in node.children)


def _span(node: SyntaxTreeNode) -> str:
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type in ("softbreak", "hardbreak"):
        return "\n"  # officers press Enter and mean it
    if node.type == "image":
        return ""
    if node.type == "link":
        return _link(node)
    return _inline(node)


def _link(node: SyntaxTreeNode) -> str:
    words = _inline(node).strip()
    address = str(node.attrs.get("href", ""))
    if address.startswith(("mailto:", "tel:")):
        address = address.partition(":")[2]
    elif not address.startswith(("http://", "https://")):
        return words  # an anchor or a path means nothing outside the unit's own site
    if not words or words == address:
        return address
    return f"{words} ({address})"
