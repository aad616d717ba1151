"""Remarks on a post before anybody approves it; no network. Lengths, numbers and types of files are the
common check's work, by `CAPABILITIES.limits`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from content.finding import Finding
from content.richtext import safe_link
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
    where = variant.channel
    if not variant.title.strip():
        yield Finding("wordpress.title_missing", "block", where)
    if not variant.summary.strip():
        yield Finding("wordpress.summary_missing", "hint", where)
    if variant.link.strip() and not safe_link(variant.link):
        yield Finding("wordpress.link_unsafe", "block", where, {"link": variant.link})
    if found := _MARKUP.search(variant.text):
        yield Finding("wordpress.markup_shown", "warn", where, {"markup": found.group()[:60]})


def _pictures(variant: Variant) -> Iterator[Finding]:
    for number, ref in enumerate(variant.media, 1):
        if not ref.alt.strip():
            yield Finding("wordpress.alt_missing", "block", f"media[{number}]", {"name": ref.name})
        if (length := count(ref.alt, "characters")) > ALT_MAX:
            values: dict[str, object] = {"name": ref.name, "length": length, "limit": ALT_MAX}
            yield Finding("wordpress.alt_long", "block", f"media[{number}]", values)
    names = {name for ref in variant.media for name in (ref.name, ref.name.rsplit("/")[-1])}
    for source in _PICTURE.findall(variant.text):
        if source not in names and ("://" in source or source.rsplit("/")[-1] not in names):
            yield Finding("wordpress.picture_outside", "warn", variant.channel, {"address": source})
