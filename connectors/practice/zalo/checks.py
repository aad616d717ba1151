"""What of an article is known to be refused (facts §2.1, §2.2)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from connectors.practice.zalo.wire import ZaloError

TITLE_MAX, DESCRIPTION_MAX, AUTHOR_MAX = 150, 300, 50
_BLOCKS = {"text": "content", "image": "url", "product": "id"}
_VIDEO_FIELDS = {"id", "type", "title", "description", "video_id", "avatar", "status", "comment"}


def checked(fields: dict[str, Any]) -> dict[str, Any]:
    """What is known to be refused (facts §2.1), with the message that names the field."""
    if fields.get("type") not in ("normal", "video"):
        raise ZaloError(-201, "type is invalid!")
    is_video = fields["type"] == "video"
    for name, most in (("title", TITLE_MAX), ("author", AUTHOR_MAX), ("description", DESCRIPTION_MAX)):
        if is_video and name == "author":
            continue
        value = fields.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise ZaloError(-201, f"{name} is invalid!")
    for name in ("status", "comment"):
        if fields.get(name, "show") not in ("show", "hide"):
            raise ZaloError(-201, f"{name} is invalid!")
    if is_video:
        _check_video(fields)
    else:
        _check_text(fields)
    return fields


def _check_video(fields: dict[str, Any]) -> None:
    """These fields and no others: seen to be refused in production (2026-09)."""
    for name in sorted(fields.keys() - _VIDEO_FIELDS):
        raise ZaloError(-201, f"{name} is invalid!")
    if not isinstance(fields.get("video_id"), str) or not fields["video_id"]:
        raise ZaloError(-201, "video_id is invalid!")
    if not _is_address(fields.get("avatar")):
        raise ZaloError(-201, "avatar is invalid!")


def _check_text(fields: dict[str, Any]) -> None:
    _check_cover(fields.get("cover"))
    blocks = fields.get("body")
    if not isinstance(blocks, list) or not blocks:
        raise ZaloError(-201, "body is invalid!")
    for block in blocks:
        needed = _BLOCKS.get(str(block.get("type"))) if isinstance(block, dict) else None
        value = block.get(needed) if needed else None
        if not isinstance(value, str) or not value or (needed == "url" and not _is_address(value)):
            raise ZaloError(-201, "body is invalid!")
    if "tracking_link" in fields and not _is_address(fields["tracking_link"]):
        raise ZaloError(-201, "tracking_link is invalid!")


def _check_cover(cover: object) -> None:
    if (
        not isinstance(cover, dict)
        or cover.get("cover_type") != "photo"
        or not _is_address(cover.get("photo_url"))
    ):
        raise ZaloError(-201, "cover value is invalid")
    if cover.get("status") not in ("show", "hide"):
        raise ZaloError(-200, "create media fail")


def _is_address(value: object) -> bool:
    try:
        return isinstance(value, str) and urlsplit(value).scheme in ("http", "https") and "//" in value
    except ValueError:
        return False


def whole(text: str | None, name: str) -> int:
    if text is None or not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ZaloError(-201, f"{name} is invalid!")
    return int(text)
