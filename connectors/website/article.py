"""One article of the section: the approved variant, its address for good, and when it became public."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.contract import Job
from connectors.website.files import sha256
from content.text import slug
from content.variant import MediaRef, Variant, seal

FORMAT = 1
PUNCTUAL = timedelta(seconds=60)
"""Revealed within this time after the due minute, an article bears the due minute."""

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}


def stem(marker: str) -> str:
    """The marker as a file name: itself where every file system takes it, else its digest."""
    return marker if _SAFE.fullmatch(marker) else "m-" + sha256(marker.encode())[:40]


def media_name(ref: MediaRef) -> str:
    """A picture's public file name: the same bytes have the same address in every release."""
    return f"{ref.sha256[:16]}.{_EXTENSIONS.get(ref.mime, 'bin')}"


@dataclass(frozen=True)
class Article:
    """`path` is fixed when first staged: a later Loa with another slug rule must not break public links.

    `sizes` holds width and height of pictures whose reference does not tell. `published_at` is None while
    staged; `updated_at` is set when another approved revision took the place of a public one.
    """

    marker: str
    variant: Variant
    path: str
    published_at: datetime | None = None
    updated_at: datetime | None = None
    sizes: Mapping[str, tuple[int, int]] = field(default_factory=dict, hash=False)
    stored: str = field(default="", compare=False, repr=False)
    """Digest of the record it was read from; empty for an article made or changed since."""

    @staticmethod
    def of(job: Job) -> Article:
        """The article a job asks for, not yet public."""
        name = f"{slug(job.variant.title)}-{sha256(job.marker.encode())[:8]}"
        return Article(job.marker, job.variant, f"bai/{name}.html")

    def dated(self, public: Article | None, due_at: datetime, now: datetime) -> Article:
        """With the moment it becomes public; one that already is (`public`) keeps its moment and address.

        The due minute is kept when it has just passed, so that a second's delay does not show.
        """
        if public and public.published_at:
            if public.variant == self.variant:
                return public
            changed = now.astimezone(UTC).replace(microsecond=0)
            article = replace(self, path=public.path, published_at=public.published_at, updated_at=changed)
            return replace(article, stored="")
        moment = due_at if timedelta(0) <= now - due_at <= PUNCTUAL else now
        return replace(self, published_at=moment.astimezone(UTC).replace(microsecond=0), stored="")

    @property
    def digest(self) -> str:
        """Digest of the stored form."""
        return self.stored or sha256(self.to_json())

    def to_json(self) -> bytes:
        """The stored form; equal articles have equal bytes."""
        canonical = self.variant.canonical()
        fields = {
            "format": FORMAT,
            "marker": self.marker,
            "path": self.path,
            "published_at": self.published_at.isoformat() if self.published_at else None,
            "seal": seal(canonical),
            "sizes": {digest: list(size) for digest, size in self.sizes.items()},
            "updated_at": self.updated_at.isoformat() if self.updated_at else None,
            "variant": canonical,
            "withdrawn": None,
        }
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, indent=1).encode() + b"\n"

    @staticmethod
    def parse(data: bytes) -> Article:
        """The article behind a stored form; raises ValueError when it is damaged or from a newer Loa.

        A note in `withdrawn` is refused too: this version cannot show it, and must not show the text.
        """
        try:
            fields: dict[str, Any] = json.loads(data)
            if fields["format"] != FORMAT or fields["withdrawn"] is not None:
                raise ValueError("written by a newer Loa")
            if seal(fields["variant"]) != fields["seal"]:
                raise ValueError("the text does not match its seal")
            if not re.fullmatch(r"bai/[a-z0-9-]+\.html", fields["path"]):
                raise ValueError("no article's path")
            return Article(
                marker=str(fields["marker"]),
                variant=Variant.parse(fields["variant"]),
                path=fields["path"],
                published_at=_moment(fields["published_at"]),
                updated_at=_moment(fields["updated_at"]),
                sizes={str(digest): (int(w), int(h)) for digest, (w, h) in fields["sizes"].items()},
                stored=sha256(data),
            )
        except (KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
            raise ValueError(f"not an article: {error!r}") from None

    def size(self, ref: MediaRef) -> tuple[int, int] | None:
        """Width and height of one of its pictures, where known."""
        if ref.width and ref.height:
            return ref.width, ref.height
        return self.sizes.get(ref.sha256)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a naive time")
    return moment.astimezone(UTC)
