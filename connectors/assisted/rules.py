"""Remarks on a post before anybody approves it; no network, no disk. Lengths and types of files are the
common check's work, by `CAPABILITIES.limits`."""

from __future__ import annotations

from collections.abc import Iterator

from content.finding import Finding
from content.richtext import safe_link
from content.variant import Variant


def check(variant: Variant) -> list[Finding]:
    """All remarks, the ones on the text first."""
    return list(_remarks(variant))


def _remarks(variant: Variant) -> Iterator[Finding]:
    where = variant.channel
    if not variant.title.strip():  # the title is also what the posted page is known by
        yield Finding("assisted.title_missing", "block", where)
    if not variant.text.strip() and not variant.media:
        yield Finding("assisted.text_missing", "block", where)
    if not variant.summary.strip():
        yield Finding("assisted.summary_missing", "hint", where)
    if variant.link.strip() and not safe_link(variant.link):
        yield Finding("assisted.link_unsafe", "block", where, {"link": variant.link})
    for number, ref in enumerate(variant.media, 1):
        if ref.mime.startswith("image/") and not ref.alt.strip():
            yield Finding("assisted.alt_missing", "block", f"media[{number}]", {"name": ref.name})
