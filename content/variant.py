"""A post as one channel will show it, and the seal over exactly that.

The canonical form is what is stored, shown to the approver, digested and sent; nothing is derived
again after approval, so an upgrade of Loa cannot change an approved text.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

FORMAT = 1
_TEXTS = (
    *("post", "source_sha256", "channel", "platform", "account", "kind", "title", "summary", "text", "link"),
    "author",
)


@dataclass(frozen=True)
class MediaRef:
    """A file of the media store as it will be sent. `sha256` is of the very bytes."""

    sha256: str
    mime: str
    size_bytes: int
    name: str
    alt: str = ""
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Variant:
    """Biến thể: all that one channel will show of one post, and when it may.

    `text` is Markdown where the channel's limits say so, else plain text ready to post. `author` is the
    public byline, empty where the unit speaks; `contributors` are the login names of those who wrote it
    and so may not approve it, never shown. The window `not_before`..`deadline` (aware, UTC) is part of
    what is approved.
    """

    post: str
    revision: int
    source_sha256: str
    channel: str
    platform: str
    account: str
    kind: str
    title: str
    summary: str
    text: str
    link: str
    media: tuple[MediaRef, ...]
    citations: tuple[str, ...]
    tags: tuple[str, ...]
    author: str
    not_before: datetime
    deadline: datetime
    contributors: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("not_before", "deadline"):
            if getattr(self, name).tzinfo is None:
                raise ValueError(f"{name} is naive; Loa keeps aware times in UTC")

    def canonical(self) -> str:
        """JSON with sorted keys and no spaces: equal variants have equal text, always."""
        fields = asdict(self)
        fields["format"] = FORMAT
        for name in ("not_before", "deadline"):
            fields[name] = fields[name].astimezone(UTC).isoformat()
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @staticmethod
    @lru_cache(maxsize=256)  # on its way out a delivery is read several times; equal texts are equal variants
    def parse(canonical: str) -> Variant:
        """The variant behind a canonical text; raises ValueError when it is not one."""
        try:
            fields: dict[str, Any] = json.loads(canonical)
            if fields.pop("format") != FORMAT:
                raise ValueError("unknown variant format")
            fields["media"] = tuple(MediaRef(**ref) for ref in fields["media"])
            fields["citations"] = tuple(fields["citations"])
            fields["tags"] = tuple(fields["tags"])
            fields["contributors"] = tuple(fields["contributors"])
            for name in ("not_before", "deadline"):
                fields[name] = datetime.fromisoformat(fields[name]).astimezone(UTC)
            variant = Variant(**fields)
        except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"not a variant: {error}") from error
        if not _is_typed(variant):
            raise ValueError("not a variant: a value of another type than its field's")
        return variant


def _is_typed(variant: Variant) -> bool:
    """JSON takes any value anywhere; what is approved and sent is texts and whole numbers."""
    texts = [
        *(getattr(variant, name) for name in _TEXTS),
        *variant.citations,
        *variant.tags,
        *variant.contributors,
        *(text for ref in variant.media for text in (ref.sha256, ref.mime, ref.name, ref.alt)),
    ]
    numbers = [variant.revision, *(ref.size_bytes for ref in variant.media)]
    sizes = [side for ref in variant.media for side in (ref.width, ref.height) if side is not None]
    return all(type(text) is str for text in texts) and all(type(n) is int for n in numbers + sizes)


def seal(canonical: str) -> str:
    """Digest (hex SHA-256) of a canonical variant: what an approval covers."""
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def text_digest(text: str) -> str:
    """Digest (hex SHA-256) of a post's source text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
