"""What Zalo would refuse about a variant; lengths of text and title and files are the common check's work."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.zalo.article import author_of, picture_urls, pictures_of, title_of, video_of
from connectors.zalo.broadcast import is_wanted
from connectors.zalo.errors import ZONE, is_night, next_morning
from connectors.zalo.settings import (
    AUTHOR_MAX,
    DESCRIPTION_MAX,
    UNIT,
    VIDEO_MAX_BYTES,
    VIDEO_TYPES,
    Settings,
    is_address,
    is_public,
)
from content.finding import Finding
from content.text import count, normalise
from content.variant import Variant


def check(variant: Variant, settings: Settings) -> list[Finding]:
    """All remarks, the ones on the words first."""
    return [
        *_words(variant, settings),
        *_pictures(variant, settings),
        *_video(variant),
        *_broadcast(variant, settings),
    ]


def _words(variant: Variant, settings: Settings) -> Iterator[Finding]:
    where = variant.channel
    if not title_of(variant):
        yield Finding("zalo.no_title", "block", where)
    if not variant.text.strip():
        yield Finding("zalo.no_text", "warn" if variant.media else "block", where)
    summary = " ".join(normalise(variant.summary).split())
    if not summary:
        yield Finding("zalo.no_summary", "hint", where)
    elif (length := count(summary, UNIT)) > DESCRIPTION_MAX:
        yield Finding("zalo.summary_long", "block", where, {"length": length, "most": DESCRIPTION_MAX})
    if video_of(variant):  # bears no byline
        return
    author = author_of(variant, settings)
    if not author:
        yield Finding("zalo.no_author", "block", where)
    elif (length := count(author, UNIT)) > AUTHOR_MAX:
        values: dict[str, object] = {"author": author, "length": length, "most": AUTHOR_MAX}
        yield Finding("zalo.author_long", "block", where, values)


def _pictures(variant: Variant, settings: Settings) -> Iterator[Finding]:
    where = variant.channel
    pictures = pictures_of(variant)
    if pictures and not is_address(settings.images_from):
        yield Finding("zalo.no_picture_address", "block", where, {"images_from": settings.images_from or "–"})
        return
    if not pictures and not is_address(settings.cover_url):
        yield Finding("zalo.no_cover", "block", where)
        return
    for address in picture_urls(variant, settings):
        if not is_public(address) and not settings.trains:
            yield Finding("zalo.picture_address_private", "block", where, {"address": address})
            return


def _video(variant: Variant) -> Iterator[Finding]:
    where, video = variant.channel, video_of(variant)
    if not video:
        return
    if video.mime not in VIDEO_TYPES:
        yield Finding("zalo.video_type", "block", where, {"file": video.name, "mime": video.mime})
    if video.size_bytes > VIDEO_MAX_BYTES:
        values: dict[str, object] = {
            "file": video.name,
            "size": -(-video.size_bytes // 1_000_000),
            "most": VIDEO_MAX_BYTES // 1_000_000,
        }
        yield Finding("zalo.video_size", "block", where, values)
    if variant.text.strip() or len(pictures_of(variant)) > 1:
        yield Finding("zalo.video_alone", "warn", where)


def _broadcast(variant: Variant, settings: Settings) -> Iterator[Finding]:
    where = variant.channel
    if not is_wanted(variant, settings):
        return
    yield Finding("zalo.broadcast", "hint", where)
    if is_night(variant.not_before):
        morning = next_morning(variant.not_before)
        at = morning.astimezone(ZONE).strftime("%H:%M %d/%m/%Y")
        late = variant.deadline < morning
        yield Finding(
            "zalo.broadcast_too_late" if late else "zalo.broadcast_night",
            "block" if late else "warn",
            where,
            {"at": at},
        )
