"""What exists on the practice site: people, posts, pictures, tags, and a ledger of all that arrived."""

from __future__ import annotations

import itertools
import re
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.practice.comments import CommentBook
from content.text import slug

_ARRIVALS_KEPT = 200_000
_AUTHOR = {"read", "edit_posts", "edit_published_posts", "delete_posts", "delete_published_posts"}
ROLES: dict[str, set[str]] = {
    "subscriber": {"read"},
    "contributor": {"read", "edit_posts", "delete_posts"},
    "author": _AUTHOR | {"publish_posts", "upload_files"},
    "editor": _AUTHOR | {"publish_posts", "upload_files", "edit_others_posts", "manage_categories"},
}


@dataclass
class User:
    """Somebody with an application password; an empty one was revoked."""

    id: int
    login: str
    password: str
    role: str = "author"
    uuid: str = field(default_factory=lambda: str(uuid.uuid4()))

    def may(self, right: str) -> bool:
        return right in ROLES[self.role]


@dataclass
class Post:
    """`date` is None while a draft has none of its own: it gets the moment of its publication."""

    id: int
    author: int
    title: str = ""
    content: str = ""
    excerpt: str = ""
    slug: str = ""
    status: str = "draft"
    date: datetime | None = None
    begun: datetime | None = None
    featured_media: int = 0
    comment_status: str = "open"
    ping_status: str = "open"
    tags: list[int] = field(default_factory=list)
    categories: list[int] = field(default_factory=lambda: [1])


@dataclass
class Media:
    """An uploaded file."""

    id: int
    author: int
    slug: str
    file: str
    mime: str
    content: bytes
    alt_text: str = ""


@dataclass
class Term:
    """A tag or a category."""

    id: int
    taxonomy: str
    name: str
    slug: str


class World:
    """All state. Written by the server's thread; tests read it, and write between requests."""

    def __init__(self, clock: Callable[[], datetime], name: str) -> None:
        self.now = clock
        self.name = name
        self.home = ""
        self.users: dict[str, User] = {}
        self.reset()

    def reset(self) -> None:
        """Forget everything but the people."""
        self._ids = itertools.count(2)
        self.posts: dict[int, Post] = {}
        self.comments = CommentBook(lambda: self.now())
        self.media: dict[int, Media] = {}
        self.terms: dict[int, Term] = {1: Term(1, "category", "Chưa phân loại", "chua-phan-loai")}
        self.arrivals: deque[tuple[float, datetime, str, str, str]] = deque(maxlen=_ARRIVALS_KEPT)
        self.counts = dict.fromkeys(("creates", "uploads", "reveals", "calls"), 0)
        self.pretty = True
        """Permalinks: `/2026/11/slug/` and `/wp-json/`, or `/?p=7` and `?rest_route=` alone."""
        self.link_header = True
        self.rest = True
        self.passwords = True
        """Whether application passwords are offered; plain http would be the usual reason why not."""
        self.drops_comments = False
        """A plug-in shrinks pages and throws HTML comments away."""
        self.strangers = True
        """Whether the API answers people who are not logged in."""
        self.has_bin = True
        """Whether deleted posts are kept for a while (EMPTY_TRASH_DAYS)."""
        self.views: dict[int, int] | None = None
        """Figures of the plug-in Post Views Counter, None where it is not installed."""

    def add_user(self, login: str, password: str, role: str = "author") -> User:
        if role not in ROLES:
            raise ValueError(f"unknown role {role!r}; known: {', '.join(ROLES)}")
        earlier = self.users.get(login)
        number = earlier.id if earlier else len(self.users) + 1
        self.users[login] = User(number, login, password, role)
        return self.users[login]

    def add_category(self, name: str, named: str = "") -> Term:
        return self.add_term("category", name, named)

    def add_term(self, taxonomy: str, name: str, named: str = "") -> Term:
        taken = {term.slug for term in self.terms.values() if term.taxonomy == taxonomy}
        term = Term(next(self._ids), taxonomy, name, _free(named or slug(name), taken))
        self.terms[term.id] = term
        return term

    def add_post(self, author: int) -> Post:
        post = Post(next(self._ids), author, begun=self.now())
        self.posts[post.id] = post
        return post

    def add_media(self, author: int, file: str, mime: str, content: bytes) -> Media:
        stem, _, ending = file.rpartition(".")
        named = self.free_slug(slug(stem, longest=200))
        media = Media(next(self._ids), author, named, f"{named}.{ending}", mime, content)
        self.media[media.id] = media
        return media

    def free_slug(self, wanted: str, besides: Post | None = None) -> str:
        """Core's way: a name that is taken gets `-2`, in silence. Pictures take names too."""
        taken = {post.slug for post in self.posts.values() if post is not besides}
        return _free(wanted, taken | {media.slug for media in self.media.values()})

    def bin(self, post: Post) -> None:
        """Into the bin, as a person does it in the dashboard."""
        post.status, post.slug = "trash", f"{post.slug}__trashed"

    def visit(self) -> None:
        """Core has no clock: whoever comes by makes it publish what was scheduled."""
        for post in self.posts.values():
            if post.status == "future" and post.date and post.date <= self.now():
                post.status = "publish"

    def arrived(self, method: str, edge: str, name: str) -> None:
        self.counts["calls"] += 1
        self.arrivals.append((time.monotonic(), self.now(), method, edge, name))

    def public(self) -> list[Post]:
        """Newest first."""
        return [post for post in reversed(self.posts.values()) if post.status == "publish"]

    def link(self, post: Post) -> str:
        if self.pretty and post.status == "publish" and post.date:
            return f"{self.home}/{post.date:%Y/%m}/{post.slug}/"
        return f"{self.home}/?p={post.id}"

    def ledger(self, *, arrivals: bool = True) -> dict[str, Any]:
        """What happened: counts, and every arrival in order."""
        states = [post.status for post in self.posts.values()]
        counts = {"public": states.count("publish"), "hidden": len(states) - states.count("publish")}
        told: dict[str, Any] = {"total": {**self.counts, **counts}}
        if arrivals:
            keys = ("monotonic", "wall", "method", "edge", "object")
            rows = [(a, b.isoformat(), *rest) for a, b, *rest in list(self.arrivals)]
            told["arrivals"] = [dict(zip(keys, row, strict=True)) for row in rows]
        return told


def compact(password: str) -> str:
    """Core compares letters and digits only, so the blanks it shows may be left out."""
    return re.sub(r"[^A-Za-z0-9]", "", password)


def _free(wanted: str, taken: set[str]) -> str:
    if wanted not in taken:
        return wanted
    return next(name for number in itertools.count(2) if (name := f"{wanted}-{number}") not in taken)
