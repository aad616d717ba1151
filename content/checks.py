"""What Loa has to say about a post before a person reads it, and about each channel's share of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import urlsplit

from content import consent
from content.clips import CAPTION_SUFFIXES
from content.finding import Finding, Severity
from content.kinds import KINDS, nearest_kind
from content.law.checks import Piece
from content.law.grammar import find
from content.limits import Limits
from content.marks import marks, secret_name
from content.moment import as_utc
from content.notices import lacking
from content.post import MediaItem, Post
from content.readable import hard_places
from content.severities import DEFAULTS, Chosen, severity_of
from content.text import count, fold, nearest
from content.variant import Variant
from content.wording import say

TITLE_MAX = 200
"""Characters; longer than any headline a reader takes in, and than what portals store."""


def check_post(
    post: Post, *, known_channels: Collection[str], now: datetime, chosen: Chosen | None = None
) -> list[Finding]:
    """Every remark on a post, those that stop it first. `now` is aware; raises ValueError when naive.

    `chosen`: how grave some rules are in this unit. What the law says of the day of publishing is no matter
    of the post alone: `content.law.checks` has it.

    Places are `key.md:LINE` for a line of the body, else the field: `title`, `media[2]`, `overrides.fanpage`.
    """
    now = as_utc(now)
    findings = [
        *_words(post),
        *_kind(post),
        *_channels(post, known_channels),
        *_times(post, now),
        *_media(post),
        *consent.remarks(post.media, chosen or {}),
        *_links(post),
        *_marks(post, chosen or {}),
        *_notices(post, chosen or {}),
        *_hard_to_read(post, chosen or {}),
    ]
    return gravest_first(findings)


def gravest_first(findings: Iterable[Finding]) -> list[Finding]:
    """What stops a post, what is to be thought over, what is only a hint."""
    return sorted(findings, key=lambda finding: ("block", "warn", "hint").index(finding.severity))


def check_variant(variant: Variant, limits: Limits) -> list[Finding]:
    """What the platform's limits say; the place is the channel. Lengths are in the platform's unit."""
    return list(_limits(variant, limits))


def _finding(rule: str, place: str, severity: Severity = "block", **values: object) -> Finding:
    return Finding(f"content.{rule}", severity, place, values)


def _words(post: Post) -> Iterator[Finding]:
    if not post.title:
        yield _finding("title_missing", "title")
    elif len(post.title) > TITLE_MAX:
        yield _finding("title_long", "title", count=grouped(len(post.title)), maximum=grouped(TITLE_MAX))
    if not post.body.strip():
        without = [name for name in post.channels if not _has_own_text(post, name)]
        if without or not post.channels:
            yield _finding("body_empty", "body", channels=", ".join(without) or "–")


def _has_own_text(post: Post, channel: str) -> bool:
    own = post.overrides.get(channel)
    return own is not None and own.text is not None


def _kind(post: Post) -> Iterator[Finding]:
    kind = KINDS.get(post.kind)
    if not post.kind:
        yield _finding(
            "kind_missing", "kind", known=", ".join(k.label for k in KINDS.values() if k.publishable)
        )
    elif kind is None:
        near = nearest_kind(post.kind)
        label = f"{near} ({KINDS[near].label})" if near else ", ".join(KINDS)
        yield _finding("kind_unknown", "kind", kind=post.kind, nearest=label)
    elif not kind.publishable:
        yield _finding("kind_internal", "kind", kind=kind.label)


def _channels(post: Post, known: Collection[str]) -> Iterator[Finding]:
    names = ", ".join(sorted(known)) or "–"
    if not post.channels:
        yield _finding("no_channel", "channels", known=names)
    for channel in post.channels:
        if channel not in known:
            yield _finding(
                "channel_unknown", "channels", channel=channel, nearest=nearest(channel, known) or names
            )
    for channel in post.overrides:
        if channel not in post.channels:
            near = nearest(channel, post.channels) or ", ".join(post.channels) or "–"
            yield _finding("override_unused", f"overrides.{channel}", "warn", channel=channel, nearest=near)


def _times(post: Post, now: datetime) -> Iterator[Finding]:
    if post.due is not None and post.due < now:
        yield _finding("due_past", "due")
    if post.due is not None and post.deadline is not None and post.deadline <= post.due:
        yield _finding("deadline_early", "deadline")
    elif post.deadline is not None and post.deadline <= now:
        yield _finding("deadline_past", "deadline")


def _media(post: Post) -> Iterator[Finding]:
    for number, item in enumerate(post.media, 1):
        place = f"media[{number}]"
        if leads_away(item.file):
            yield _finding("media_path", place, file=item.file)
        if words := secret_name(item.file):
            yield _finding("secret_name", place, file=item.file, words=words)
        if not item.alt and PurePosixPath(item.file).suffix.lower() not in CAPTION_SUFFIXES:
            yield _finding("alt_missing", place, file=item.file)
        elif _says_only_name(item):
            yield _finding("alt_is_name", place, alt=item.alt)


def leads_away(file: str) -> bool:
    """Whether a picture's name points elsewhere than beside the post: absolute, a drive, a share, `..`."""
    path = PureWindowsPath(file)  # knows both kinds of separator, drives and shares
    return bool(path.anchor) or ".." in path.parts


def _says_only_name(item: MediaItem) -> bool:
    path = PurePosixPath(item.file.replace("\\", "/"))
    names = {fold(name).replace("_", " ").replace("-", " ") for name in (path.name, path.stem)}
    return fold(item.alt).replace("_", " ").replace("-", " ") in names


def _links(post: Post) -> Iterator[Finding]:
    links = {"link": post.link} | {f"overrides.{c}": o.link or "" for c, o in post.overrides.items()}
    for place, link in links.items():
        if link and not _is_web_address(link):
            yield _finding("link_no_web", place, link=link)


def _is_web_address(link: str) -> bool:
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not any(c.isspace() for c in link)


def _marks(post: Post, chosen: Chosen) -> Iterator[Finding]:
    for piece in pieces(post):
        for mark in marks(piece.text):
            rule = f"content.{mark.rule}"
            severity = severity_of(rule, chosen) if rule in DEFAULTS else "block"
            if severity:
                yield _finding(mark.rule, piece.on_line(mark.line), severity, words=mark.words)


def _notices(post: Post, chosen: Chosen) -> Iterator[Finding]:
    for lack in lacking(post):
        if severity := severity_of(f"content.{lack.rule}", chosen):
            yield _finding(lack.rule, lack.place, severity, words=lack.words)


def _hard_to_read(post: Post, chosen: Chosen) -> Iterator[Finding]:
    """Of what people read as a text: not of titles, alt texts or tags."""
    for piece in pieces(post):
        if piece.part not in ("body", "text"):
            continue
        spans = [(citation.start, citation.end) for citation in find(piece.text)]
        for hard in hard_places(piece.text, spans):
            if severity := severity_of(f"text.{hard.rule}", chosen):
                yield Finding(f"text.{hard.rule}", severity, piece.on_line(hard.line), hard.values)


def pieces(post: Post) -> Iterator[Piece]:
    """Every text of a post with the place where a person finds it."""
    for part, place, text in _texts(post):
        first = _line_in_source(post) if part == "body" else None
        yield Piece(f"{post.key}.md" if first is not None else place, text, first, part)


def _texts(post: Post) -> Iterator[tuple[str, str, str]]:
    """What it is (`body`, `text`: running text), where it is, the words."""
    for part in ("title", "summary", "body", "link"):
        yield part, part, getattr(post, part)
    for number, item in enumerate(post.media, 1):
        yield "alt", f"media[{number}]", item.alt
    for name, values in (("citations", post.citations), ("tags", post.tags)):
        yield name, name, "\n".join(values)
    for channel, own in post.overrides.items():
        for part in ("title", "summary", "text", "link"):
            yield part, f"overrides.{channel}", getattr(own, part) or ""


def _line_in_source(post: Post) -> int | None:
    """The file's line on which the body begins, counted from 1."""
    at = post.source.rfind(post.body) if post.body else -1
    return post.source.count("\n", 0, at) + 1 if at >= 0 else None


def _limits(variant: Variant, limits: Limits) -> Iterator[Finding]:
    place = variant.channel
    if not (variant.text.strip() or variant.media or variant.link):
        yield _finding("nothing_to_say", place)
    unit = say(f"content.units.{limits.text_unit}")
    for rule, text, maximum in (
        ("text_over", variant.text, limits.text_max),
        ("title_over", variant.title, limits.title_max),
    ):
        length = count(text, limits.text_unit)
        if maximum is not None and length > maximum:
            over = grouped(length - maximum)
            yield _finding(rule, place, count=grouped(length), maximum=grouped(maximum), over=over, unit=unit)
    images = [ref for ref in variant.media if ref.mime.startswith("image/")]
    videos = [ref for ref in variant.media if ref.mime.startswith("video/")]
    if len(images) > limits.images_max:
        yield _finding("images_over", place, count=len(images), maximum=limits.images_max)
    if len(videos) > limits.videos_max:
        yield _finding("videos_over", place, count=len(videos), maximum=limits.videos_max)
    for ref in images:
        if ref.mime not in limits.image_types:
            types = ", ".join(limits.image_types)
            yield _finding("image_type", place, file=ref.name, mime=ref.mime, types=types)
        if ref.size_bytes > limits.image_max_bytes:
            yield _finding(
                "image_size",
                place,
                file=ref.name,
                kib=grouped(-(-ref.size_bytes // 1024)),
                maximum=grouped(limits.image_max_bytes // 1024),
            )


def grouped(number: int) -> str:
    """Thousands set off as the interface language does: 63.206 in Vietnamese."""
    return f"{number:,}".replace(",", say("content.thousands"))
