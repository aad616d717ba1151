"""Notices that readers are owed: that a contest asks for no money and no password, that a machine made it;
captions for those who do not hear a video. The words are data (`notices.toml`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import PurePosixPath

from content.clips import CAPTION_SUFFIXES, VIDEO_SUFFIXES
from content.post import Post

SHOWN = 60
"""Characters of a mark that are shown: enough to find it."""


@dataclass(frozen=True)
class Lack:
    """A notice that is missing: its rule, the place of the text or the file, the words that ask for it."""

    rule: str
    place: str
    words: str = ""


def lacking(post: Post) -> Iterator[Lack]:
    """Each thing once for every text that some channel shows by itself."""
    yield from _contest(post)
    yield from _machine_made(post)
    yield from _captions(post)


def _contest(post: Post) -> Iterator[Lack]:
    words = _words()
    for place, text in _shown(post):
        is_one = words.contest.search(f"{post.title}\n{text}")
        if post.kind != "cuoc_thi" and not is_one:
            continue
        if not (words.no_fee.search(text) and words.no_secret.search(text)):
            yield Lack("contest_no_warning", place, is_one[0] if is_one else "")


def _machine_made(post: Post) -> Iterator[Lack]:
    """A label in the title or the summary will do for all, one in a text for the channels that show it."""
    words = _words()
    beside = [("media", name) for item in post.media for name in (item.file, item.alt)]
    hidden = next((found[0] for _, name in beside if (found := words.hidden.search(name))), "")
    for place, text in _shown(post):
        mark = words.marks.search(text)
        if (mark or hidden) and not words.labels.search(f"{post.title}\n{post.summary}\n{text}"):
            yield Lack("ai_label", place, " ".join((mark[0] if mark else hidden).split())[:SHOWN])


def _captions(post: Post) -> Iterator[Lack]:
    """Captions beside the video, or words that say they are in the picture."""
    suffixes = [PurePosixPath(item.file.replace("\\", "/")).suffix.lower() for item in post.media]
    if not CAPTION_SUFFIXES.keys().isdisjoint(suffixes):
        return
    for number, (item, suffix) in enumerate(zip(post.media, suffixes, strict=True), 1):
        if suffix in VIDEO_SUFFIXES and "phụ đề" not in f"{item.alt}\n{post.body}".casefold():
            yield Lack("captions_missing", f"media[{number}]", item.file)


def _shown(post: Post) -> Iterator[tuple[str, str]]:
    """The running texts: the post's own where some channel shows it, and those of single channels."""
    own = {channel: told.text for channel, told in post.overrides.items() if told.text}
    if not post.channels or any(channel not in own for channel in post.channels):
        yield "body", post.body
    for channel, text in own.items():
        yield f"overrides.{channel}", text


@dataclass(frozen=True)
class _Words:
    contest: re.Pattern[str]
    no_fee: re.Pattern[str]
    no_secret: re.Pattern[str]
    marks: re.Pattern[str]
    labels: re.Pattern[str]
    hidden: re.Pattern[str]


@lru_cache(maxsize=1)
def _words() -> _Words:
    told = tomllib.loads(resources.files(__package__).joinpath("notices.toml").read_text("utf-8"))
    contest, ai = told["contest"], told["ai"]

    def any_of(*patterns: str) -> re.Pattern[str]:
        whole = "|".join(f"(?:{pattern})" for pattern in patterns)
        for name in ("tools", "ai"):
            whole = whole.replace(f"{{{name}}}", ai[name])
        return re.compile(whole, re.IGNORECASE)

    return _Words(
        contest=any_of(*contest["is_one"]),
        no_fee=any_of(*contest["no_fee"]),
        no_secret=any_of(*contest["no_secret"]),
        marks=any_of(*ai["marks"]),
        labels=any_of(*ai["labels"]),
        hidden=any_of(ai["hidden"]),
    )
