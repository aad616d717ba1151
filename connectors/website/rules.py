"""Remarks on an article before anybody approves it; no network, no disk."""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.website.body import safe_link
from connectors.website.settings import CAPABILITIES
from content.finding import Finding
from content.text import count
from content.variant import Variant

_MARKUP = re.compile(
    r"</?(?:iframe|script|style|div|span|p|br|img|a|table|video|font|b|i|u)\b[^<>\n]*>", re.I
)
_PICTURE = re.compile(r"!\[[^\[\]]{0,1000}\]\(\s{0,3}<?([^)\s>]{1,1000})")  # bounded: time grows with length
ALT_MAX = 1000
"""Characters, as many as `content.adapt` takes in a text. A screen reader cannot skip inside of one."""


def check(variant: Variant) -> list[Finding]:
    """All remarks, the ones on the text first."""
    return [*_words(variant), *_pictures(variant)]


def _words(variant: Variant) -> Iterator[Finding]:
    limits = CAPABILITIES.limits
    where = variant.channel
    if not variant.title.strip():
        yield Finding("website.title_missing", "block", where)
    if limits.title_max and (length := count(variant.title, "characters")) > limits.title_max:
        yield Finding("website.title_long", "block", where, {"length": length, "limit": limits.title_max})
    if not variant.text.strip() and not variant.media:
        yield Finding("website.text_missing", "block", where)
    if (length := count(variant.text, limits.text_unit)) > limits.text_max:
        yield Finding("website.text_long", "block", where, {"length": length, "limit": limits.text_max})
    if not variant.summary.strip():
        yield Finding("website.summary_missing", "hint", where)
    if variant.link.strip() and not safe_link(variant.link):
        yield Finding("website.link_unsafe", "block", where, {"link": variant.link})
    if found := _MARKUP.search(variant.text):
        yield Finding("website.markup_shown", "warn", where, {"markup": found.group()[:60]})


def _pictures(variant: Variant) -> Iterator[Finding]:
    limits = CAPABILITIES.limits
    if len(variant.media) > limits.images_max:
        values: dict[str, object] = {"count": len(variant.media), "limit": limits.images_max}
        yield Finding("website.pictures_many", "block", variant.channel, values)
    for number, ref in enumerate(variant.media, 1):
        where = f"media[{number}]"
        if not ref.alt.strip():
            yield Finding("website.alt_missing", "block", where, {"name": ref.name})
        if (length := count(ref.alt, "characters")) > ALT_MAX:
            long: dict[str, object] = {"name": ref.name, "length": length, "limit": ALT_MAX}
            yield Finding("website.alt_long", "block", where, long)
        if ref.mime not in limits.image_types:
            yield Finding("website.picture_type", "block", where, {"name": ref.name, "type": ref.mime})
        if ref.size_bytes > limits.image_max_bytes:
            megabytes = f"{limits.image_max_bytes // 1024**2}"
            yield Finding("website.picture_large", "block", where, {"name": ref.name, "limit": megabytes})
    names = {name for ref in variant.media for name in (ref.name, ref.name.rsplit("/")[-1])}
    for source in _PICTURE.findall(variant.text):
        if source not in names and ("://" in source or source.rsplit("/")[-1] not in names):
            yield Finding("website.picture_outside", "warn", variant.channel, {"address": source})
