"""From a post to what one channel will show of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import unquote

from content.limits import Limits
from content.plain import flatten
from content.post import Override, Post
from content.text import fold, normalise
from content.variant import MediaRef, Variant, text_digest

# Part of what is published, so it does not follow the language of the officer's screen.
_CITED = "Căn cứ: "

# Officers paste file names as they are, with spaces and `(1)`, which Markdown itself would not take.
_PICTURE = re.compile(
    r"!\[(?P<alt>[^\]\n]{0,1000})\]\(\s*(?P<file><[^>\n]{1,200}>|[^\n]{1,200}?\.(?:jpe?g|png|gif|webp|bmp|tiff?))"
    r"(?P<title>\s+\"[^\"\n]*\")?\s*\)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")


def adapt(
    post: Post,
    media: Mapping[str, MediaRef],
    *,
    revision: int,
    channel: str,
    platform: str,
    account: str,
    limits: Limits,
    author: str,
    not_before: datetime,
    deadline: datetime,
    contributors: tuple[str, ...] = (),
) -> Variant:
    """The post as `channel` will show it; the same input gives the same variant, always.

    `media` maps each file named by the post to its stored copy. Raises KeyError when one is absent, and
    ValueError for a naive window. Whether it fits the platform is for `checks.check_variant` to say.
    """
    own = post.overrides.get(channel, Override())
    title = _own(own.title, post.title)
    body = _with_stored_names(_own(own.text, post.body), media)
    return Variant(
        post=post.key,
        revision=revision,
        source_sha256=text_digest(post.source),
        channel=channel,
        platform=platform,
        account=account,
        kind=post.kind,
        title=title,
        summary=_own(own.summary, post.summary),
        text=body if limits.markdown else _plain(title, body, post.citations, post.tags),
        link=_own(own.link, post.link),
        media=tuple(
            replace(media[item.file], alt=normalise(item.alt))
            for item in post.media
            if limits.takes(media[item.file].mime)
        ),
        citations=tuple(normalise(citation) for citation in post.citations),
        tags=tuple(normalise(tag) for tag in post.tags),
        author=author,
        not_before=not_before,
        deadline=deadline,
        contributors=contributors,
    )


def hashtag(tag: str) -> str:
    """`Ngày Pháp luật` → `#NgàyPhápLuật`: one word that a screen reader still reads as several.

    Empty when the tag has no letter or digit.
    """
    words = _WORD.findall(normalise(tag))
    return "#" + "".join(word[0].upper() + word[1:] for word in words) if words else ""


def _own(own: str | None, shared: str) -> str:
    return normalise(shared if own is None else own)


def _with_stored_names(text: str, media: Mapping[str, MediaRef]) -> str:
    """Pictures inside the text named as they were stored, so that a channel can tell which is meant."""
    names = {PurePosixPath(file).name: ref.name for file, ref in media.items()}
    names |= {file: ref.name for file, ref in media.items()}

    def stored(found: re.Match[str]) -> str:
        name = names.get(normalise(unquote(found["file"].strip("<>"))))
        return f"![{found['alt']}]({name}{found['title'] or ''})" if name else found[0]

    return _PICTURE.sub(stored, text)


def _plain(title: str, body: str, citations: Iterable[str], tags: Iterable[str]) -> str:
    text = flatten(body)
    blocks = [] if _starts_with(text, title) else [title]
    blocks.append(text)
    cited = "; ".join(citations)
    if cited:
        blocks.append(_CITED + cited)
    blocks.append(_hashtags(text, tags))
    return normalise("\n\n".join(block for block in blocks if block))


def _starts_with(text: str, title: str) -> bool:
    """Whether the first line says the title already, capitals and a closing full stop aside."""
    return bool(title) and fold(text.partition("\n")[0]).rstrip(" .:") == fold(title).rstrip(" .:")


def _hashtags(text: str, tags: Iterable[str]) -> str:
    there = {word.casefold() for word in re.findall(r"#\w+", text)}
    marks = dict.fromkeys(hashtag(tag) for tag in tags)
    return " ".join(mark for mark in marks if mark and mark.casefold() not in there)
