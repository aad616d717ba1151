"""What exists on the practice platform: Pages, posts, photos, videos, and a ledger of all that arrived."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.practice.comments import CommentBook
from connectors.practice.oddities import Oddities
from connectors.practice.people import App, Person
from connectors.practice.videos import Video, VideoShelf

ALL_SCOPES = (
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_posts",
    "read_insights",
    "pages_read_user_content",
    "pages_manage_engagement",
)
DEFAULT_CALLS_PER_DAY = 48_000
"""4,800 calls for each of ten engaged people (Meta, "Rate Limits", 2026-11)."""
_FIRST_ID = 122_100_000_000_000_000
_ARRIVALS_KEPT = 200_000


@dataclass
class Page:
    """A Page and its one token. `expires_at` and `data_access_expires_at` are epoch seconds, 0 never."""

    id: str
    name: str
    token: str
    app_secret: str = ""
    scopes: tuple[str, ...] = ALL_SCOPES
    expires_at: int = 0
    data_access_expires_at: int = 0
    calls_per_day: int = DEFAULT_CALLS_PER_DAY
    calls: int = 0
    calls_since: datetime | None = None
    creates_feed: int = 0
    creates_photos: int = 0
    creates_videos: int = 0
    reveals: int = 0
    posts: list[Post] = field(default_factory=list)


@dataclass
class Photo:
    """A picture; `post` is the one post it may be in. `temporary`: made for a scheduled post."""

    id: str
    page: str
    digest: str
    mime: str
    alt: str
    caption: str
    created_at: datetime
    post: str = ""
    temporary: bool = False


@dataclass
class Post:
    """`created_at` moves to the moment of publication when a hidden post comes out.

    A post with a video is seen by nobody before the video is processed. A Reel's is in no listing.
    """

    id: str
    page: str
    number: int
    message: str
    link: str
    photos: list[str]
    created_at: datetime
    published: bool
    scheduled_at: datetime | None = None
    video: str = ""
    ready_at: datetime | None = None
    reel: bool = False

    def is_out(self, now: datetime) -> bool:
        """Told to be public, by a call or by the clock."""
        return self.published or (self.scheduled_at is not None and self.scheduled_at <= now)

    def is_public(self, now: datetime) -> bool:
        return self.is_out(now) and (self.ready_at is None or self.ready_at <= now)


class World:
    """All state. Written by the server's thread; tests and the demo read it, and write between requests."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.now = clock
        self.pages: dict[str, Page] = {}
        self.by_token: dict[str, Page] = {}
        self.app = App()
        self.shelf = VideoShelf()
        self.reset()

    def reset(self, *, pages: bool = False) -> None:
        """Forget posts, photos, videos, counts and arrivals; with `pages` the Pages and people too."""
        self.videos: dict[str, Video] = {}
        self.video_ids: set[str] = set()
        """Of deleted ones too: what a name stands for does not change."""
        self.shelf.clear()
        self.oddities = Oddities()
        self.posts: dict[str, Post] = {}
        self.comments = CommentBook(lambda: self.now())
        self.photos: dict[str, Photo] = {}
        self.images: dict[str, bytes] = {}
        self.arrivals: deque[tuple[float, float, str, str, str]] = deque(maxlen=_ARRIVALS_KEPT)
        self._numbers = itertools.count(_FIRST_ID)
        if pages:
            self.pages.clear()
            self.by_token.clear()
            self.shelf.forget_settings()
        if pages or not hasattr(self, "people"):
            self.people: dict[str, Person] = {}
            self.add_person(Person())
        for page in self.pages.values():
            page.posts = []
            page.calls = page.creates_feed = page.creates_photos = page.creates_videos = page.reveals = 0
            page.calls_since = None

    def add_page(self, page: Page) -> Page:
        """Make a Page, or give one that exists a new name and token; its posts stay."""
        known = self.pages.get(page.id)
        if known:
            self.by_token.pop(known.token, None)
            page.posts = known.posts
        self.pages[page.id] = self.by_token[page.token] = page
        return page

    def add_person(self, person: Person) -> Person:
        """Somebody who can sign in, known by both tokens; a person without a list of Pages holds them all."""
        self.people[person.token] = self.people[person.long_token] = person
        return person

    def new_id(self) -> str:
        return str(next(self._numbers))

    def arrived(self, method: str, edge: str, name: str) -> None:
        self.arrivals.append((time.monotonic(), time.time(), method, edge, name))

    def count_call(self, page: Page) -> int:
        """One call more; per cent of the day's allowance used, over 100 when it is spent."""
        now = self.now()
        if page.calls_since is None or (now - page.calls_since).total_seconds() >= 24 * 3600:
            page.calls, page.calls_since = 0, now
        page.calls += 1
        return page.calls * 100 // page.calls_per_day + (1 if page.calls > page.calls_per_day else 0)

    def add_photo(
        self, page: Page, content: bytes, mime: str, alt: str, caption: str, *, temporary: bool = False
    ) -> Photo:
        digest = self.add_image(content)
        photo = Photo(self.new_id(), page.id, digest, mime, alt, caption, self.now(), temporary=temporary)
        self.photos[photo.id] = photo
        page.creates_photos += 1
        return photo

    def add_image(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        self.images[digest] = content
        return digest

    def add_post(
        self,
        page: Page,
        message: str,
        link: str,
        photos: list[str],
        *,
        published: bool,
        scheduled_at: datetime | None = None,
    ) -> Post:
        number = next(self._numbers)
        name = f"{page.id}_{number}"
        post = Post(name, page.id, number, message, link, photos, self.now(), published, scheduled_at)
        self.posts[name] = post
        page.posts.append(post)
        page.creates_feed += 1
        for photo in photos:
            self.photos[photo].post = name
        return post

    def add_video(self, page: Page, *, size: int, reel: bool) -> Video:
        """An upload that has just begun; the size of a Reel comes with its bytes."""
        name, session = self.new_id(), "" if reel else self.new_id()
        path = self.shelf.path(name)
        path.touch()
        self.videos[name] = Video(name, page.id, session, size, path, self.now(), reel)
        self.video_ids.add(name)
        return self.videos[name]

    def finish_video(self, video: Video, *, published: bool, scheduled_at: datetime | None = None) -> Post:
        """The bytes are all there: the video becomes a post, which may stay hidden."""
        page, number = self.pages[video.page], next(self._numbers)
        name = f"{page.id}_{number}"
        video.finished_at, video.post = self.now(), name
        post = Post(
            name, page.id, number, video.description, "", [], self.now(), published, scheduled_at, video.id
        )
        post.ready_at, post.reel = self.shelf.ready_at(video), video.reel
        self.posts[name] = post
        page.posts.append(post)
        page.creates_videos += 1
        return post

    def remove_video(self, video: Video) -> None:
        """With its post and its file."""
        self.videos.pop(video.id, None)
        video.path.unlink(missing_ok=True)
        if video.post in self.posts:
            self.remove(self.posts[video.post])

    def publish(self, post: Post) -> None:
        """Make a hidden post public; a second time nothing changes but the count of reveals."""
        self.pages[post.page].reveals += 1
        if not post.published:
            post.published = True
            post.created_at = self.now()

    def remove(self, post: Post) -> None:
        del self.posts[post.id]
        self.pages[post.page].posts.remove(post)
        for photo in post.photos:
            self.photos.pop(photo, None)
        if post.video in self.videos:
            self.remove_video(self.videos[post.video])

    def public_posts(self, page: Page) -> Iterator[Post]:
        """Newest first."""
        now = self.now()
        return (post for post in reversed(page.posts) if post.is_public(now))

    def scheduled_posts(self, page: Page) -> Iterator[Post]:
        """Those that will come out by themselves, in the order in which they will."""
        now = self.now()
        waiting = [post for post in page.posts if post.scheduled_at and not post.is_out(now)]
        return iter(sorted(waiting, key=lambda post: post.scheduled_at or now))

    def ledger(self, *, arrivals: bool = True) -> dict[str, Any]:
        """What happened: counts per Page and in all, and every arrival in order."""
        per_page = {page.id: self._counts(page) for page in self.pages.values()}
        names = ("creates_feed", "creates_photos", "creates_videos", "reveals", "hidden", "public", "calls")
        told: dict[str, Any] = {
            "total": {name: sum(counts[name] for counts in per_page.values()) for name in names},
            "pages": per_page,
        }
        if arrivals:
            keys = ("monotonic", "wall", "method", "edge", "object")
            told["arrivals"] = [dict(zip(keys, arrival, strict=True)) for arrival in list(self.arrivals)]
        return told

    def _counts(self, page: Page) -> dict[str, int]:
        now = self.now()
        public = sum(post.is_public(now) for post in page.posts)
        return {
            "creates_feed": page.creates_feed,
            "creates_photos": page.creates_photos,
            "creates_videos": page.creates_videos,
            "reveals": page.reveals,
            "hidden": len(page.posts) - public,
            "public": public,
            "calls": page.calls,
        }
