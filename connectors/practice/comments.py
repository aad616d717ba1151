"""Bình luận on the practice platforms: what visitors write in the browser, and the unit's own answers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs

LONGEST = 8_000
"""Characters, as on Facebook; a form that is longer is cut."""
MOST = 5_000
"""Of one platform: a visitor who holds a key down must not fill the memory."""


@dataclass
class Comment:
    """`about` is the post or video. `author` is 0 for the owner of the place, else which visitor it was."""

    id: str
    number: int
    about: str
    parent: str
    text: str
    author: int
    at: datetime
    hidden: bool = False


class CommentBook:
    """All comments of one platform, oldest first."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.all: dict[str, Comment] = {}
        self.closed: set[str] = set()
        """Posts under which comments are switched off."""
        self._numbers = itertools.count(1)

    def add(
        self,
        about: str,
        text: str,
        *,
        parent: str = "",
        owner: bool = False,
        name: Callable[[int], str] = str,
    ) -> Comment:
        """One more; `name` makes the platform's own id of a number. ValueError for what nobody may write."""
        text = text.strip()[:LONGEST]
        above = self.all.get(parent)
        if not text or about in self.closed or len(self.all) >= MOST:
            raise ValueError("no such comment can be written")
        if parent and (above is None or above.about != about):
            raise ValueError(f"no comment {parent!r} to reply to")
        number = next(self._numbers)
        made = Comment(
            name(number),
            number,
            about,
            parent,
            text,
            0 if owner else number,
            self._now(),
        )
        self.all[made.id] = made
        return made

    def remove(self, id: str) -> None:  # noqa: A002 the platform's word
        """With its replies."""
        for one in [one for one in self.all.values() if id in (one.id, one.parent)]:
            self.all.pop(one.id, None)

    def of(self, about: str) -> list[Comment]:
        return [one for one in self.all.values() if one.about == about]

    def visible(self, about: str) -> list[Comment]:
        return [one for one in self.of(about) if not one.hidden]


def form_of(body: bytes) -> dict[str, str]:
    """The fields of the page's form; the last of a name counts."""
    told = parse_qs(body[: 4 * LONGEST].decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in told.items()}
