"""Slots of a kit's texts: `{{chu_de}}` stands for what an officer fills in each year.

What stays empty stays as it is; the check for unfilled slots then stops the post from being submitted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from content.kits.kit import Value
from content.post import Override, Post
from content.text import normalise

SHORTEST = 4
"""Characters of words that are looked for in a text."""
_SLOT = re.compile(r"\{\{\s*([a-z][a-z0-9_]*)\s*\}\}")


def filled(post: Post, known: Iterable[Value], values: Mapping[str, str]) -> Post:
    """The post with every slot filled for which there is a value; one pass, so that a value stays what it is.

    Filling happens in the parsed post: a value cannot become a key of the front matter.
    """
    words = {sample: f"{{{{{value.name}}}}}" for value in known for sample in value.stands_as}
    given = {name: " ".join(normalise(text).split()) for name, text in values.items()}

    def fill(text: str) -> str:
        for sample in sorted(words, key=len, reverse=True):
            text = text.replace(sample, words[sample])
        return _SLOT.sub(lambda found: given.get(found[1]) or found[0], text)

    return _everywhere(post, fill)


def emptied(post: Post, words: Mapping[str, str]) -> Post:
    """The post with words turned back into the slots that they filled: how a campaign becomes a kit again.

    Only whole words, the longest first. What is shorter than `SHORTEST` stands for itself: a lone "12" may be
    anything.
    """
    names = {
        text: name
        for told, name in words.items()
        if len(text := " ".join(normalise(told).split())) >= SHORTEST
    }
    if not names:
        return post
    longest_first = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    found = re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)")
    return _everywhere(post, lambda text: found.sub(lambda hit: f"{{{{{names[hit[0]]}}}}}", text))


def slots(post: Post) -> list[str]:
    """The names of the slots that a post still has, in the order in which they are read."""
    found: dict[str, None] = {}

    def note(text: str) -> str:
        found.update(dict.fromkeys(_SLOT.findall(text)))
        return text

    _everywhere(post, note)
    return list(found)


def _everywhere(post: Post, change: Callable[[str], str]) -> Post:
    """Every text that people read."""

    def own(told: Override) -> Override:
        texts = {name: getattr(told, name) for name in ("title", "summary", "text", "link")}
        return replace(told, **{name: text and change(text) for name, text in texts.items()})

    return replace(
        post,
        title=change(post.title),
        summary=change(post.summary),
        body=change(post.body),
        link=change(post.link),
        citations=tuple(map(change, post.citations)),
        tags=tuple(map(change, post.tags)),
        audience=change(post.audience),
        media=tuple(replace(item, alt=change(item.alt)) for item in post.media),
        overrides={name: own(told) for name, told in post.overrides.items()},
    )
