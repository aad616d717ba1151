"""What YouTube demands of a video's text and status; the discovery document says none of it (facts §7.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.practice.youtube.wire import ApiError

CATEGORIES = {
    "1": "Phim và hoạt hình",
    "10": "Âm nhạc",
    "15": "Thú nuôi và động vật",
    "17": "Thể thao",
    "22": "Mọi người và blog",
    "24": "Giải trí",
    "25": "Tin tức và chính trị",
    "26": "Hướng dẫn và phong cách",
    "27": "Giáo dục",
    "28": "Khoa học và công nghệ",
    "29": "Phi lợi nhuận và hoạt động xã hội",
}
"""Assignable in Vietnam here; the real list is `videoCategories.list(regionCode='VN')`."""

_TITLE_MAX, _DESCRIPTION_MAX, _TAGS_MAX = 100, 5_000, 500


def check_snippet(snippet: dict[str, Any]) -> None:
    title = snippet.get("title")
    if not isinstance(title, str) or not 1 <= len(title) <= _TITLE_MAX or _has_angle(title):
        raise ApiError(400, "invalidTitle", "The request metadata specifies an invalid or empty video title.")
    description = snippet.get("description", "")
    too_long = isinstance(description, str) and len(description.encode()) > _DESCRIPTION_MAX
    if not isinstance(description, str) or too_long or _has_angle(description):
        raise ApiError(400, "invalidDescription", "The request metadata specifies an invalid description.")
    tags = snippet.get("tags", [])
    if not isinstance(tags, list) or _tags_length(tags) > _TAGS_MAX or any(_has_angle(tag) for tag in tags):
        raise ApiError(400, "invalidTags", "The request metadata specifies invalid video keywords.")
    if snippet.get("categoryId", "22") not in CATEGORIES:
        raise ApiError(400, "invalidCategoryId", "The snippet.categoryId property is not valid.")


def check_status(status: dict[str, Any]) -> None:
    if status.get("privacyStatus", "public") not in ("public", "unlisted", "private"):
        raise ApiError(400, "invalidVideoMetadata", "Invalid privacy status.")
    at = status.get("publishAt")
    if at is None:
        return
    try:
        aware = datetime.fromisoformat(at).tzinfo is not None
    except (ValueError, TypeError):
        aware = False
    if not aware or status.get("privacyStatus") != "private":
        raise ApiError(400, "invalidPublishAt", "The request metadata specifies an invalid publishing time.")


def _has_angle(text: Any) -> bool:
    return not isinstance(text, str) or "<" in text or ">" in text


def _tags_length(tags: list[Any]) -> int:
    return sum(len(str(tag)) + (2 if " " in str(tag) else 0) for tag in tags) + max(0, len(tags) - 1)
