"""Pictures in the site's media library, each put there once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connectors.contract import Job
from connectors.errors import ConnectorError, NotSent, Unknown
from connectors.wordpress.posts import digest_of
from connectors.wordpress.rest import Rest
from content.variant import MediaRef

MEDIA = "wp/v2/media"
FIELDS = "id,source_url,alt_text"
_ENDINGS = {"image/png": "png", "image/gif": "gif", "image/webp": "webp"}


class Library:
    """Uploads for one delivery. A picture's record: `sha256`, `id`, `url`, and `alt` once that is set."""

    def __init__(self, rest: Rest, media: Callable[[MediaRef], Path]) -> None:
        self._rest = rest
        self._media = media

    def put(self, job: Job, ref: MediaRef) -> dict[str, Any]:
        """The picture's record: of an earlier upload whose answer was lost, else of a new one."""
        name = f"loa-{digest_of(job)}-{ref.sha256[:16]}"
        listed = self._rest.read(MEDIA, slug=name, context="edit", _fields=FIELDS)
        if not isinstance(listed, list):
            raise NotSent("wp:unreadable", "a listing that is no list")
        entry = listed[0] if listed else self._upload(ref, name)
        trouble: type[ConnectorError] = NotSent if listed else Unknown
        number = entry.get("id") if isinstance(entry, dict) else None
        url = entry.get("source_url") if isinstance(entry, dict) else None
        if type(number) is not int or not isinstance(url, str) or not url.startswith("http"):
            raise trouble("wp:unreadable", "a picture without id or address")
        return {"sha256": ref.sha256, "id": number, "url": url}

    def describe(self, number: int, alt: str) -> None:
        """Set the words for people who do not see the picture."""
        self._rest.write(f"{MEDIA}/{number}", {"alt_text": alt}, _fields=FIELDS)

    def _upload(self, ref: MediaRef, name: str) -> Any:
        try:
            content = self._media(ref).read_bytes()  # at most 10 MB, by the limits
        except OSError as error:
            raise NotSent("wp:media-unreadable", type(error).__name__) from None
        headers = {
            "Content-Type": ref.mime,
            # ASCII only: `filename*=` is answered with 400 rest_upload_invalid_disposition (facts §1.4)
            "Content-Disposition": f'attachment; filename="{name}.{_ENDINGS.get(ref.mime, "jpg")}"',
            # hexadecimal, not base64 as in RFC 1864: core compares it with PHP's md5() (S, 2026-11-22)
            "Content-MD5": hashlib.md5(content, usedforsecurity=False).hexdigest(),
        }
        return self._rest.upload(MEDIA, content, headers, _fields=FIELDS)
