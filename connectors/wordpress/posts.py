"""Posts as the API tells them, and which of them are ours.

Two marks, either of which is enough: the address (slug), which ends in a digest of the delivery's
marker, and an HTML comment with the marker itself. A person may change the one, a cleaner the other.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.contract import Job
from connectors.errors import NotSent, Refused, Unknown
from connectors.wordpress.errors import is_missing
from connectors.wordpress.rest import Rest
from content.text import slug

POSTS = "wp/v2/posts"
PUBLISH, FUTURE, DRAFT, TRASH = "publish", "future", "draft", "trash"
STATUSES = "publish,future,draft,pending,private,trash"  # `any` leaves the bin out
FIELDS = "id,status,link,slug,date_gmt,content.raw"
_LIST = 100
_DIGEST = 10


@dataclass(frozen=True)
class Post:
    """One post, read as an author (`context=edit`). `at`: its date; of a draft, the day it was begun."""

    id: int
    status: str
    link: str
    slug: str
    at: datetime | None
    raw: str

    @property
    def binned(self) -> bool:
        return self.status == TRASH


class Posts:
    """Reading and writing the posts of one site."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def get(self, number: int) -> Post | None:
        """One post, None when it is gone for good."""
        try:
            return _read(self._rest.read(f"{POSTS}/{number}", context="edit", _fields=FIELDS))
        except Refused as error:
            if is_missing(error):
                return None
            raise

    def create(self, fields: dict[str, Any]) -> Post:
        return _written(self._rest.write(POSTS, fields, _fields=FIELDS))

    def update(self, number: int, fields: dict[str, Any]) -> Post:
        return _written(self._rest.write(f"{POSTS}/{number}", fields, _fields=FIELDS))

    def discard(self, number: int) -> None:
        """Remove a draft for good."""
        self._rest.delete(f"{POSTS}/{number}", for_good=True)

    def bin(self, number: int) -> None:
        """Into the bin, where a person can still get it from."""
        self._rest.delete(f"{POSTS}/{number}", for_good=False)

    def by_slug(self, job: Job) -> list[Post]:
        """Ours by their address, twins (`-2`) and binned ones included."""
        name = slug_of(job)
        names = ",".join(f"{name}{more}" for more in ("", "-2", "-3", "__trashed", "-2__trashed"))
        return [post for post in self._list(slug=names) if is_ours(post, job)]

    def by_marker(self, job: Job) -> list[Post]:
        """Ours by the comment in their text."""
        found = self._list(search=f"loa:{job.marker}", orderby="id", order="asc")
        return [post for post in found if is_ours(post, job)]

    def ours(self, job: Job) -> list[Post]:
        """Everything of this delivery, the oldest first; the search is asked only where the address fails."""
        return sorted(self.by_slug(job) or self.by_marker(job), key=lambda post: post.id)

    def _list(self, **query: Any) -> list[Post]:
        listed = self._rest.read(
            POSTS, context="edit", status=STATUSES, per_page=_LIST, _fields=FIELDS, **query
        )
        if not isinstance(listed, list):
            raise NotSent("wp:unreadable", "a listing that is no list")
        return [_read(entry) for entry in listed]


def slug_of(job: Job) -> str:
    """The post's public name: words of the title and a digest of the marker, which no other delivery has."""
    return f"{slug(job.variant.title)}-{digest_of(job)}"


def digest_of(job: Job) -> str:
    return hashlib.sha256(job.marker.encode()).hexdigest()[:_DIGEST]


def comment_of(job: Job) -> str:
    """The mark in the text. It survives WordPress's cleaning for every role (facts §1.5)."""
    return f"<!-- loa:{job.marker} -->"


def is_ours(post: Post, job: Job) -> bool:
    """Twins bear `-2` behind the digest, posts in the bin `__trashed` (facts §1.5)."""
    ours = rf"(?:^|-){digest_of(job)}(?:-\d+)?(?:__trashed)?$"
    return comment_of(job) in post.raw or re.search(ours, post.slug) is not None


def post_of(entry: Any) -> Post | None:
    """A post out of decoded JSON, None when that is not what it is."""
    if not isinstance(entry, dict):
        return None
    content = entry.get("content")
    raw = content.get("raw") if isinstance(content, dict) else None
    number, status, link, name = (entry.get(key) for key in ("id", "status", "link", "slug"))
    if type(number) is not int or not isinstance(status, str) or not isinstance(link, str):
        return None
    if not isinstance(name, str) or not isinstance(raw, str):
        return None
    return Post(number, status, link, name, moment(entry.get("date_gmt")), raw)


def _read(entry: Any) -> Post:
    post = post_of(entry)
    if post is None:  # must not pass for "not there"
        raise NotSent("wp:unreadable", "a post without id, status or text")
    return post


def _written(entry: Any) -> Post:
    post = post_of(entry)
    if post is None:
        raise Unknown("wp:unreadable", "a post without id, status or text")
    return post


def moment(text: Any) -> datetime | None:
    """`date_gmt` is written without a zone."""
    try:
        return datetime.fromisoformat(str(text)).replace(tzinfo=UTC)
    except ValueError:
        return None
