"""What a handle names at Facebook, or may have made there: looked for, called back, given up.

All of it is told by the handle alone, because the variant may have been edited, or have changed its kind,
since Facebook's clock was set. An id that Facebook does not know is not taken for gone before the listing
has not got it either, and what may still come out is gone only on the answer to a DELETE.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from connectors.contract import Handle, Job, Published
from connectors.errors import AuthLost, ConnectorError, NotSent, Refused
from connectors.facebook import readback, video_status
from connectors.facebook.errors import is_missing, is_permission
from connectors.facebook.graph import PageGraph
from connectors.facebook.message import HOLD
from connectors.facebook.video_status import SHOWS_WITHIN, Seen

NOT_YET = "fb:not-visible-yet"
_CLOCK = ("scheduling", "due", "scheduled")


def demand_window(job: Job, now: datetime) -> None:
    """Raises Refused for a time that Facebook's clock does not take."""
    if not HOLD.at_least <= job.due_at - now <= HOLD.at_most:
        raise Refused("fb:hold-window", f"{job.due_at:%F %T}Z")


class HeldPost:
    """The post of a handle (`post`), or what an unclear hand-over left (`scheduling`, `due`, `text`)."""

    def __init__(
        self, graph: PageGraph, page: str, handle: Handle, *, since: datetime, now: datetime
    ) -> None:
        self._graph, self._page, self._handle = graph, page, handle
        self._since, self._now = _earliest(since, handle.get("creating")), now

    @property
    def is_unclear(self) -> bool:
        """A hand-over was begun, and nobody knows what came of it."""
        return "scheduling" in self._handle and "post" not in self._handle

    @property
    def may_come_out(self) -> bool:
        return not self._handle.keys().isdisjoint(_CLOCK)

    def look(self, name: str = "") -> dict[str, Any] | None:
        """The post with that id, by default the handle's; None when no listing has it either."""
        name = name or str(self._handle["post"])
        post = readback.read_post(self._graph, name)
        if post is not None:
            return post
        for edge in ("published_posts", *(("scheduled_posts",) if self.may_come_out else ())):
            for listed in readback.posts_since(self._graph, self._page, edge, self._since):
                if listed.get("id") == name:
                    return {**listed, "is_published": edge == "published_posts"}
        return None

    def settled(self) -> dict[str, Any] | None:
        """What an unclear hand-over left, waiting or public; None when it left nothing.

        Raises NotSent while that cannot be told: the call may be accepted after we gave it up, and around
        the due minute a post may be between two listings.
        """
        post = self._waiting() or self.came_out()
        if post is None and self._is_open():
            raise NotSent(NOT_YET, "a hand-over was begun a moment ago")
        return post

    def came_out(self) -> dict[str, Any] | None:
        """The post of an unclear hand-over once it is public."""
        for post in readback.posts_since(self._graph, self._page, "published_posts", self._begun()):
            ours = self._bears_ours(post) or (self._says_ours(post) and self._fits_time(post))
            if ours and post.get("is_published") is not False and _is_named(post):
                return {**post, "is_published": True}
        return None

    def call_back(self) -> None:
        """No clock publishes it any more: the scheduled post goes. Refused when it is public already."""
        post = self._hidden()
        if post is not None and not readback.is_scheduled(post):
            for name in _CLOCK:  # it was given to no clock, or somebody took its time away
                self._handle.pop(name, None)
        elif post is not None or self.may_come_out:
            self._remove(post)
            self.forget()

    def give_up(self) -> None:
        """It must not come out, by nobody's clock. Refused when it is public already."""
        self._remove(self._hidden())
        self._handle.clear()

    def remove(self, name: str) -> None:
        """Delete one; Refused when Facebook does not, though it is there and may come out by itself."""
        try:
            self._graph.remove_object(name)
        except Refused as error:
            if not is_missing(error):
                raise
            if self.may_come_out and self.look(name) is not None:
                raise Refused("fb:scheduled-unclear", error.detail) from None

    def forget(self) -> None:
        for name in ("post", "url", "creating", *_CLOCK):
            self._handle.pop(name, None)
        self._handle["photos"] = []  # a photo is taken for one post only

    def _hidden(self) -> dict[str, Any] | None:
        post = self.look() if self._handle.get("post") else self.settled() if self.is_unclear else None
        if post is not None and post["is_published"]:
            raise Refused("fb:already-public", str(post.get("permalink_url") or ""))
        return post

    def _remove(self, post: dict[str, Any] | None) -> None:
        name = str(post["id"]) if post else self._handle.get("post")
        if name:
            self.remove(str(name))

    def _waiting(self) -> dict[str, Any] | None:
        """A scheduled post is ours by its very time as well: others may say the same another week."""
        for post in readback.posts_since(self._graph, self._page, "scheduled_posts", self._begun()):
            ours = self._bears_ours(post) or self._says_ours(post)
            if ours and readback.due_of(post) == self._handle.get("due") and _is_named(post):
                return {**post, "is_published": False}
        return None

    def _bears_ours(self, post: dict[str, Any]) -> bool:
        photos = {str(photo["id"]) for photo in self._handle.get("photos", [])}
        return not photos.isdisjoint(readback.attached_ids(post))

    def _says_ours(self, post: dict[str, Any]) -> bool:
        """Only asked of a post without pictures: ours with pictures bears them."""
        text = readback.text_of(post)
        same = bool(text.strip()) and readback.digest_of(text) == self._handle.get("text")
        return same and not readback.shown_media(post)

    def _fits_time(self, post: dict[str, Any]) -> bool:
        """A public post may keep the time of its birth, have that of its publication, or tell its clock's."""
        due, created = self._due_at(), readback.created_at(post)
        if readback.due_of(post) == self._handle.get("due"):
            return True
        if due is None or self._now < due - readback.CLOCK_SLACK or readback.is_scheduled(post):
            return False
        return (
            created is None
            or created >= due - readback.CLOCK_SLACK
            or created <= self._begun() + SHOWS_WITHIN
        )

    def _is_open(self) -> bool:
        due = self._due_at()
        around_due = due is not None and due <= self._now < due + readback.SETTLES
        return around_due or self._now < self._begun() + readback.SETTLES

    def _begun(self) -> datetime:
        begun = self._handle.get("scheduling")
        return datetime.fromisoformat(begun) if begun else self._since

    def _due_at(self) -> datetime | None:
        due = self._handle.get("due")
        return datetime.fromtimestamp(due, self._now.tzinfo) if due else None


class HeldVideo:
    """The video of a handle."""

    def __init__(
        self, graph: PageGraph, page: str, handle: Handle, *, since: datetime, now: datetime
    ) -> None:
        self._graph, self._page, self._handle = graph, page, handle
        self._since, self._now = _earliest(since, handle.get("begun")), now

    @property
    def is_finished(self) -> bool:
        """A finish was sent: by now it may be more than an upload."""
        return bool(self._handle.get("finishing") or self._handle.get("finished"))

    @property
    def may_come_out(self) -> bool:
        return not self._handle.keys().isdisjoint(_CLOCK)

    def look(self) -> Seen | None:
        """By the id, then in the listing; None for one that neither knows."""
        seen = video_status.look(self._graph, str(self._handle["video"]))
        if seen is None and self._handle.get("whole"):
            return self._listed()
        return seen

    def settled(self) -> Seen | None:
        """None when it is gone. Raises NotSent while it may only not be visible yet."""
        seen = self.look()
        if seen is None and self._is_young():
            raise NotSent(NOT_YET, "the video was finished a moment ago")
        return seen

    def call_back(self) -> None:
        """No clock publishes it any more. Taking a time away is not documented, so the video goes."""
        seen = self._hidden()
        if self.may_come_out or (seen is not None and seen.scheduled):
            self.remove()
            self._handle.clear()

    def give_up(self) -> None:
        """It must not come out, by nobody's clock. Uploads never finished Facebook drops by itself."""
        seen = self._hidden()
        if self.is_finished or self.may_come_out or (seen is not None and seen.stage != "uploading"):
            self.remove()
        self._handle.clear()

    def remove(self) -> None:
        """Delete it; Refused when Facebook does not, though it is there."""
        try:
            self._graph.remove_object(str(self._handle["video"]))
        except Refused as error:
            if not is_missing(error):
                raise
            if self.look() is not None:
                raise Refused("fb:scheduled-unclear", error.detail) from None

    def _hidden(self) -> Seen | None:
        seen = self.settled() if self._handle.get("video") else None
        if seen is not None and seen.out:
            raise Refused("fb:already-public", seen.url)
        return seen

    def _listed(self) -> Seen | None:
        name, reel = str(self._handle["video"]), self._handle.get("way") == "reel"
        edge, more = ("video_reels", {}) if reel else ("videos", {"type": "uploaded"})
        try:
            videos = readback.posts_since(
                self._graph, self._page, edge, self._since, fields=video_status.FIELDS, **more
            )
            return next((video_status.seen_of(video) for video in videos if video.get("id") == name), None)
        except (AuthLost, Refused) as error:
            if not is_closed(error):
                raise
            if reel:  # in no listing of posts
                raise NotSent(error.code, error.detail) from None
        posts = readback.posts_since(self._graph, self._page, "published_posts", self._since)
        of_it = (post for post in posts if name in readback.attached_ids(post))
        return next(
            (video_status.of_post(name, p) for p in of_it if p.get("is_published") is not False), None
        )

    def _is_young(self) -> bool:
        at = [self._handle[name] for name in ("finishing", "finished") if self._handle.get(name)]
        return bool(at) and self._now - max(map(datetime.fromisoformat, at)) < SHOWS_WITHIN


def is_closed(error: ConnectorError) -> bool:
    """A list of videos that is not open to this token (facts §1.4)."""
    return is_permission(error) or error.code == "fb:100"


def is_still_there(graph: PageGraph, page: str, published: Published, now: datetime) -> bool:
    """Whether the public may still see what Facebook says it does not know: by id, then in the listing."""
    name, at = published.remote_id, published.published_at or now
    since, until = at - HOLD.at_most - timedelta(days=1), str(int((at + timedelta(days=1)).timestamp()))
    listed = readback.posts_since(graph, page, "published_posts", since, until=until)
    if "_" in name:
        return readback.read_post(graph, name) is not None or any(post.get("id") == name for post in listed)
    if video_status.look(graph, name) is not None:
        return True
    if any(name in readback.attached_ids(post) for post in listed):
        return True
    try:
        reels = readback.posts_since(graph, page, "video_reels", since, fields="id,created_time")
        return any(reel.get("id") == name for reel in reels)
    except (AuthLost, Refused) as error:
        if not is_closed(error):
            raise
        return False


def _earliest(since: datetime, begun: str | None) -> datetime:
    """A store restored from a backup may have forgotten the first try, and the handle not."""
    return min(since, datetime.fromisoformat(begun)) if begun else since


def _is_named(post: dict[str, Any]) -> bool:
    return isinstance(post.get("id"), str)
