"""What a parameter or a file must look like, and Facebook's words when it does not."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from PIL import Image

from connectors.practice.wire import GraphError, Request

IMAGE_MOST_BYTES = 4 * 1024 * 1024


def attached(params: dict[str, str]) -> list[str]:
    listed: list[Any] = []
    try:
        if "attached_media" in params:
            listed = json.loads(params["attached_media"])
        else:
            keys = sorted(key for key in params if key.startswith("attached_media["))
            listed = [json.loads(params[key]) for key in keys]
        return [str(entry["media_fbid"]) for entry in listed]
    except (ValueError, TypeError, KeyError):
        raise GraphError(100, "(#100) Param attached_media must be an array of media_fbid") from None


def check_link(link: str) -> None:
    parts = urlsplit(link)
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        raise GraphError(100, "Invalid parameter", subcode=2061006)
    if host == "facebook.com" or host.endswith(".facebook.com"):
        raise GraphError(100, "Invalid parameter", subcode=1609008)


def image_type(content: bytes) -> str:
    if len(content) > IMAGE_MOST_BYTES:
        said = "Your photos couldn't be uploaded. Photos should be smaller than 4 MB and saved as JPG or PNG."
        raise GraphError(100, "Invalid parameter", subcode=1366046, user_message=said)
    try:
        with Image.open(io.BytesIO(content)) as image:
            kind = image.format
            image.verify()
    except Exception:  # Pillow raises whatever a broken file leads it to
        kind = None
    if kind not in ("JPEG", "PNG", "GIF", "BMP", "TIFF", "MPO"):
        raise GraphError(324, "(#324) Missing or invalid image file")
    return {"PNG": "image/png", "GIF": "image/gif", "BMP": "image/bmp", "TIFF": "image/tiff"}.get(
        kind, "image/jpeg"
    )


def flag(request: Request, name: str, default: bool | None) -> bool | None:
    """Stricter than Facebook may be: what it makes of `False` with a capital is not known."""
    value = request.params.get(name)
    if value is None:
        return default
    if value not in ("true", "false", "1", "0"):
        raise GraphError(100, f"(#100) Param {name} must be a boolean")
    return value in ("true", "1")


def moment(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        if value.isdigit():
            return datetime.fromtimestamp(int(value), UTC)
        return datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def base36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[rest] + digits
    return digits or "0"
