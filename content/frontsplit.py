"""Where a post's front matter ends and its body begins."""

from __future__ import annotations

import re
from dataclasses import dataclass

_OPENING = re.compile(r"\A\ufeff?(?:[ \t]*\r?\n)*---[ \t]*\r?\n")
_CLOSING = re.compile(r"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE)


@dataclass(frozen=True)
class Parts:
    """`source[front_at:front_end]` is the front matter without its `---` lines; lines count from 1."""

    front: str
    front_at: int
    front_end: int
    first_line: int
    body: str


def split(source: str) -> Parts | None:
    """The two parts of a post's text, or None when it does not begin with a closed front matter."""
    opening = _OPENING.match(source)
    if opening is None:
        return None
    closing = _CLOSING.search(source, opening.end())
    if closing is None:
        return None
    return Parts(
        front=source[opening.end() : closing.start()],
        front_at=opening.end(),
        front_end=closing.start(),
        first_line=source.count("\n", 0, opening.end()) + 1,
        body=source[closing.end() :],
    )
