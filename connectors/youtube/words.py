"""What a variant becomes on YouTube, and what YouTube would refuse about it. No network, no clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.errors import Refused
from connectors.youtube.settings import (
    CAPTION_TYPES,
    CAPTIONS_MAX_BYTES,
    DESCRIPTION_MAX_BYTES,
    TAGS_MAX,
    THUMBNAIL_TYPES,
    TITLE_MAX,
    VIDEO_MAX_BYTES,
    Settings,
)
from content.checks import grouped
from content.finding import Finding
from content.text import count, normalise
from content.variant import MediaRef, Variant


@dataclass(frozen=True)
class Parts:
    """A variant's files by the part they play."""

    videos: tuple[MediaRef, ...]
    captions: tuple[MediaRef, ...]
    thumbnails: tuple[MediaRef, ...]
    others: tuple[MediaRef, ...]

    @property
    def video(self) -> MediaRef:
        """The one video; raises Refused when there is none."""
        if not self.videos:
            raise Refused("yt:no-video")
        return self.videos[0]


def parts_of(variant: Variant) -> Parts:
    """The first of each kind counts; `findings` says so, and stops a variant with two videos."""
    sorted_out: dict[str, list[MediaRef]] = {"videos": [], "captions": [], "thumbnails": [], "others": []}
    for ref in variant.media:
        if ref.mime.startswith("video/"):
            sorted_out["videos"].append(ref)
        elif ref.mime in CAPTION_TYPES:
            sorted_out["captions"].append(ref)
        elif ref.mime in THUMBNAIL_TYPES:
            sorted_out["thumbnails"].append(ref)
        else:
            sorted_out["others"].append(ref)
    return Parts(**{name: tuple(refs) for name, refs in sorted_out.items()})


def title_of(variant: Variant) -> str:
    return " ".join(normalise(variant.title).split())


def description_of(variant: Variant) -> str:
    """The text with the link as its last line. NFC: decomposed letters would cost a fifth more bytes."""
    text, link = normalise(variant.text).strip(), variant.link.strip()
    return f"{text}\n\n{link}".strip() if link and link not in text else text


def tags_of(variant: Variant) -> list[str]:
    return list(dict.fromkeys(tag for tag in (normalise(tag).strip() for tag in variant.tags) if tag))


def resource_of(variant: Variant, settings: Settings) -> dict[str, Any]:
    """The body of `videos.insert`. Always private: left out, YouTube would make the video public at once."""
    snippet: dict[str, Any] = {
        "title": title_of(variant),
        "description": description_of(variant),
        "categoryId": settings.category_id,
        "defaultLanguage": settings.language,
        "defaultAudioLanguage": settings.language,
    }
    if tags := tags_of(variant):
        snippet["tags"] = tags
    return {"snippet": snippet, "status": status_of("private", settings)}


def status_of(privacy: str, settings: Settings) -> dict[str, Any]:
    """The whole `status`: `videos.update` erases what a request leaves out (Google, Videos: update)."""
    return {
        "privacyStatus": privacy,
        "selfDeclaredMadeForKids": settings.made_for_kids,
        "containsSyntheticMedia": settings.synthetic_media,
        "embeddable": True,
        "license": "youtube",
        "publicStatsViewable": True,
    }


def digest_of(variant: Variant, settings: Settings) -> str:
    """Digest (hex SHA-256) of what YouTube is told about the video."""
    told = json.dumps(resource_of(variant, settings), sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def same_words(snippet: Mapping[str, Any], variant: Variant) -> bool:
    """Whether a video's title, description and tags are those of the variant, whoever wrote them last."""

    def text(value: object) -> str:
        return normalise(value).strip() if isinstance(value, str) else ""

    tags = snippet.get("tags")
    given = {text(tag).casefold() for tag in tags} if isinstance(tags, list) else set()
    return (
        text(snippet.get("title")) == title_of(variant)
        and text(snippet.get("description")) == description_of(variant)
        and given == {tag.casefold() for tag in tags_of(variant)}
    )


def fits(variant: Variant, handle: Mapping[str, Any]) -> bool:
    """Whether what was prepared can become this variant's.

    Words and thumbnail can be changed; the file cannot, and captions or a thumbnail not be taken away.
    """
    file, thumbnail, captions = _digests(variant)
    return (
        handle.get("file") == file
        and handle.get("captions") in (None, captions)
        and not (handle.get("thumbnail") and thumbnail is None)
    )


def is_whole(variant: Variant, handle: Mapping[str, Any], settings: Settings) -> bool:
    """Whether what was prepared is exactly this variant's: nothing else may be shown."""
    prepared = (handle.get("file"), handle.get("thumbnail"), handle.get("captions"))
    return prepared == _digests(variant) and handle.get("said") == digest_of(variant, settings)


def _digests(variant: Variant) -> tuple[str, str | None, str | None]:
    parts = parts_of(variant)
    thumbnail, captions = parts.thumbnails[:1], parts.captions[:1]
    return (
        parts.video.sha256,
        thumbnail[0].sha256 if thumbnail else None,
        captions[0].sha256 if captions else None,
    )


def tags_length(tags: list[str]) -> int:
    """As YouTube counts: commas between, and quotes around a tag that has a space."""
    return sum(len(tag) + (2 if " " in tag else 0) for tag in tags) + max(0, len(tags) - 1)


def findings(variant: Variant) -> list[Finding]:
    """YouTube's own demands; numbers, types and sizes of pictures are the common check's work."""
    found: list[Finding] = []

    def block(rule: str, **values: object) -> None:
        found.append(Finding(f"youtube.{rule}", "block", variant.channel, values))

    parts = parts_of(variant)
    if not parts.videos:
        block("no_video")
    if len(parts.videos) > 1:
        block("two_videos", count=len(parts.videos))
    if len(parts.captions) > 1:
        block("two_captions", count=len(parts.captions))
    if len(parts.thumbnails) > 1:
        values = {"count": len(parts.thumbnails), "file": parts.thumbnails[0].name}
        found.append(Finding("youtube.first_picture", "hint", variant.channel, values))
    for ref in parts.others:
        block("strange_file", file=ref.name, mime=ref.mime)
    for refs, rule, most in (
        (parts.videos, "video_large", VIDEO_MAX_BYTES),
        (parts.captions, "captions_large", CAPTIONS_MAX_BYTES),
    ):
        for ref in refs:
            if ref.size_bytes > most:
                block(rule, file=ref.name, mib=grouped(_mib(ref.size_bytes)), most=grouped(_mib(most)))
            elif ref.size_bytes <= 0:
                block("empty_file", file=ref.name)
    _judge_title(title_of(variant), block)
    _judge_description(description_of(variant), block)
    _judge_tags(tags_of(variant), block)
    return found


def _judge_title(title: str, block: Any) -> None:
    if not title:
        block("no_title")
    if len(title) > TITLE_MAX:
        block("title_long", count=len(title), most=TITLE_MAX, over=len(title) - TITLE_MAX)
    if "<" in title or ">" in title:
        block("title_angle")


def _judge_description(text: str, block: Any) -> None:
    size = count(text, "bytes")
    if size > DESCRIPTION_MAX_BYTES:
        block(
            "description_long",
            bytes=grouped(size),
            most=grouped(DESCRIPTION_MAX_BYTES),
            cut=grouped(letters_to_cut(text)),
        )
    if "<" in text or ">" in text:
        block("description_angle")


def _judge_tags(tags: list[str], block: Any) -> None:
    length = tags_length(tags)
    if length > TAGS_MAX:
        block("tags_long", count=length, most=TAGS_MAX)
    for tag in tags:
        if set(tag) & set("<>,"):
            block("tag_letters", tag=tag)


def letters_to_cut(text: str) -> int:
    """About how many characters must go, by the bytes this very text needs for one; rounded up to tens."""
    size = count(text, "bytes")
    if size <= DESCRIPTION_MAX_BYTES:
        return 0
    letters = (size - DESCRIPTION_MAX_BYTES) * len(text) / size
    return int(-(-letters // 10) * 10)


def _mib(size_bytes: int) -> int:
    return -(-size_bytes // (1024 * 1024))
