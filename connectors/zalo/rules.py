"""What Zalo would refuse about a variant; lengths of text and title and files are the common check's work."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.zalo.article import author_of, picture_urls, title_of
from connectors.zalo.settings import AUTHOR_MAX, DESCRIPTION_MAX, UNIT, Settings, is_address, is_public
from content.finding import Finding
from content.text import count, normalise
from content.variant import Variant


def check(variant: Variant, settings: Settings) -> list[Finding]:
    """All remarks, the ones on the words first."""
    return [*_words(variant, settings), *_pictures(variant, settings)]


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
    author = author_of(variant, settings)
    if not author:
        yield Finding("zalo.no_author", "block", where)
    elif (length := count(author, UNIT)) > AUTHOR_MAX:
        values: dict[str, object] = {"author": author, "length": length, "most": AUTHOR_MAX}
        yield Finding("zalo.author_long", "block", where, values)


def _pictures(variant: Variant, settings: Settings) -> Iterator[Finding]:
    where = variant.channel
    if variant.media and not is_address(settings.images_from):
        yield Finding("zalo.no_picture_address", "block", where, {"images_from": settings.images_from or "–"})
        return
    if not variant.media and not is_address(settings.cover_url):
        yield Finding("zalo.no_cover", "block", where)
        return
    for address in picture_urls(variant, settings):
        if not is_public(address) and not settings.trains:
            yield Finding("zalo.picture_address_private", "block", where, {"address": address})
            return
