"""What a variant becomes on Zalo: one article, whole each time, for an update is no patch (facts §2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from connectors.contract import Job
from connectors.zalo.settings import DESCRIPTION_MAX, UNIT, Settings, is_address
from content.plain import flatten
from content.text import count, normalise
from content.variant import MediaRef, Variant

MARK = "loa"
"""The query parameter of the tracking link that names the delivery."""
BLOCK_MAX = 1_000
"""Characters of a text block. Zalo's limit is unknown; NukeViet's form stops here (facts §2.1)."""

# Part of what is published, so it does not follow the language of the officer's screen.
_CITED = "Căn cứ: "
_MORE = "Xem thêm: "

_PICTURE = re.compile(
    # bounded: blanks belong to a name as well, and every unbounded repeat would multiply the time
    r"!\[(?P<alt>[^\]\n]{0,1000})\]"
    r"\(\s{0,3}<?(?P<name>[^)>\n\"]{1,300}?)>?\s{0,3}(?:\"(?P<title>[^\"\n]{0,300})\")?\s{0,3}\)"
)

_TAG = re.compile(r"<[^<>]*>")

Block = dict[str, str]


@dataclass(frozen=True)
class Layout:
    """The order of an article: text in Markdown and pictures, and which picture is the cover."""

    cover: MediaRef | None
    parts: tuple[str | tuple[MediaRef, str], ...]


def compose(
    job: Job,
    settings: Settings,
    *,
    status: Literal["show", "hide"],
    id: str = "",  # noqa: A002
    video_id: str = "",
) -> dict[str, Any]:
    """The whole article as `create` and, with its id, `update` take it.

    One with a video has these fields and no more: Zalo refuses others (production code of 2026-09).
    """
    variant = job.variant
    made: dict[str, Any] = {"id": id} if id else {}
    if video_id:
        return made | {
            "type": "video",
            "title": title_of(variant),
            "description": description_of(variant),
            "video_id": video_id,
            "avatar": cover_url(variant, settings),
            "status": status,
            "comment": settings.comment,
        }
    made |= {
        "type": "normal",
        "title": title_of(variant),
        "author": author_of(variant, settings),
        "cover": {
            "cover_type": "photo",
            "photo_url": cover_url(variant, settings),
            "status": settings.cover,
        },
        "description": description_of(variant),
        "body": blocks_of(variant, settings),
        "tracking_link": tracking_link(job, settings),
        "status": status,
        "comment": settings.comment,
    }
    return made


def title_of(variant: Variant) -> str:
    return " ".join(normalise(variant.title).split())


def author_of(variant: Variant, settings: Settings) -> str:
    """The byline; empty on the variant where the unit speaks."""
    return normalise(variant.author or settings.author).strip()


def description_of(variant: Variant) -> str:
    """The summary, else the first sentences; one line, as readers of the list see it."""
    written = " ".join(normalise(variant.summary).split())
    return written or _shorten(" ".join(flatten(_PICTURE.sub(" ", variant.text)).split()))


def pictures_of(variant: Variant) -> tuple[MediaRef, ...]:
    """Its pictures in order, without a video."""
    return tuple(ref for ref in variant.media if ref.mime.startswith("image/"))


def video_of(variant: Variant) -> MediaRef | None:
    """Its video; an article with one is of Zalo's type `video`."""
    return next((ref for ref in variant.media if ref.mime.startswith("video/")), None)


def cover_url(variant: Variant, settings: Settings) -> str:
    """The first picture, else the channel's own; empty when there is neither."""
    pictures = pictures_of(variant)
    return settings.picture_url(pictures[0]) if pictures else settings.cover_url


def picture_urls(variant: Variant, settings: Settings) -> list[str]:
    """Every address Zalo will have to fetch, each once. Of a video's pictures only the first is shown."""
    shown = [cover_url(variant, settings)]
    if not video_of(variant):
        shown += [settings.picture_url(ref) for ref in pictures_of(variant)]
    return list(dict.fromkeys(filter(None, shown)))


def layout(variant: Variant, settings: Settings) -> Layout:
    """Pictures stand where the text names them, the others follow it.

    The cover is the first picture; when Zalo shows it above the text, it does not come a second time.
    """
    pictures = pictures_of(variant)
    cover = pictures[0] if pictures else None
    by_name = {name: ref for ref in pictures for name in (PurePosixPath(ref.name).name, ref.name)}
    parts: list[str | tuple[MediaRef, str]] = []
    placed = {cover.sha256} if cover and settings.cover == "show" else set()
    end = 0
    for found in _PICTURE.finditer(variant.text):
        ref = by_name.get(found["name"].strip())
        parts.append(variant.text[end : found.start()])
        end = found.end()
        if ref and ref.sha256 not in placed:
            placed.add(ref.sha256)
            parts.append((ref, found["title"] or ref.alt))
    parts.append(variant.text[end:])
    for ref in pictures:
        if ref.sha256 not in placed:
            placed.add(ref.sha256)
            parts.append((ref, ref.alt))
    return Layout(cover, tuple(parts))


def blocks_of(variant: Variant, settings: Settings) -> list[Block]:
    """The body. Only `<p>` and `<br>` are known to be taken (facts §2.1), so nothing else is sent."""
    blocks: list[Block] = []
    for part in layout(variant, settings).parts:
        if isinstance(part, str):
            blocks += [_text_block(group, settings) for group in _groups(_paragraphs(part))]
        else:
            ref, caption = part
            words = " ".join(normalise(caption).split())
            image = {"type": "image", "url": settings.picture_url(ref)}
            blocks.append({**image, "caption": words} if words else image)
    closing = [_CITED + "; ".join(variant.citations)] if variant.citations else []
    if variant.link and variant.link not in variant.text:
        closing.append(_MORE + variant.link)
    blocks += [_text_block(group, settings) for group in _groups([normalise(text) for text in closing])]
    return blocks or [_text_block([description_of(variant)], settings)]


def tracking_link(job: Job, settings: Settings) -> str:
    """An address of the unit's own that names this delivery: what read-back recognises an article by."""
    base = next(filter(is_address, (settings.images_from, job.variant.link, settings.cover_url)), "")
    parts = urlsplit(base or settings.base_url)
    path = (
        parts.path if parts.path.endswith("/") or "." in parts.path.rpartition("/")[2] else parts.path + "/"
    )
    query = urlencode([*((k, v) for k, v in parse_qsl(parts.query) if k != MARK), (MARK, job.marker)])
    return urlunsplit((parts.scheme, parts.netloc, quote(path, safe="/%"), query, ""))


def marker_in(link: object) -> str:
    """The delivery's marker in a tracking link that came back; the base may have changed meanwhile."""
    if not isinstance(link, str):
        return ""
    try:
        return dict(parse_qsl(urlsplit(link).query)).get(MARK, "")
    except ValueError:
        return ""


def same_words(one: object, other: str) -> bool:
    """Equal once composition and blanks are levelled."""
    return isinstance(one, str) and normalise(one).split() == normalise(other).split()


def words_in(body: object) -> str | None:
    """The words of an article's text blocks without mark-up; None where `body` cannot be read."""
    if not isinstance(body, list) or not all(isinstance(block, dict) for block in body):
        return None
    texts = [str(block.get("content") or "") for block in body if block.get("type") == "text"]
    return " ".join(normalise(unescape(_TAG.sub(" ", "\n".join(texts)))).split())


def _paragraphs(markdown: str) -> list[str]:
    return [text for text in flatten(markdown).split("\n\n") if text.strip()]


def _groups(paragraphs: list[str]) -> Iterator[list[str]]:
    """Paragraphs together as far as a block holds them; one that is longer stands alone, uncut."""
    group: list[str] = []
    for paragraph in paragraphs:
        if group and sum(map(len, group)) + len(paragraph) > BLOCK_MAX:
            yield group
            group = []
        group.append(paragraph)
    if group:
        yield group


def _text_block(paragraphs: list[str], settings: Settings) -> Block:
    if settings.text_format == "plain":
        return {"type": "text", "content": "\n\n".join(paragraphs)}
    lines = ("<br>".join(escape(line, quote=False) for line in text.split("\n")) for text in paragraphs)
    return {"type": "text", "content": "".join(f"<p>{text}</p>" for text in lines)}


def _shorten(text: str) -> str:
    """At a blank, with an ellipsis, within what a description takes."""
    if count(text, UNIT) <= DESCRIPTION_MAX:
        return text
    room = DESCRIPTION_MAX - 1
    while count(text, UNIT) > room:
        text = text[: min(len(text) - 1, room)]
    head = text.rsplit(" ", 1)[0] if " " in text else text
    return head.rstrip(" ,;:.–-") + "…"
