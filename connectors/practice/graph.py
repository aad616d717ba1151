"""Graph v26.0 for Pages: which call does what, and what it refuses. One function per call."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from connectors.practice import comment_edges, signing_in, video_edges
from connectors.practice.fields import nonexisting, show_page, show_photo, show_post
from connectors.practice.insights import page_insights, post_insights
from connectors.practice.values import attached, base36, check_link, flag, image_type, moment
from connectors.practice.wire import GraphError, Request, missing
from connectors.practice.world import Page, Post, World

NEWEST, OLDEST_LIVING = 26, 21
"""v20.0 ended on 2026-09-24; a dead version is silently served by the oldest living one."""
_MESSAGE_MOST = 63_206
_PHOTO_LIVES = timedelta(hours=24)
_SCHEDULE = (timedelta(minutes=10), timedelta(days=75))  # Page /feed reference, 2026-09-11


class Graph:
    """Answers requests against one world. `duplicate_texts` switches Facebook's 506 heuristic on."""

    def __init__(self, world: World, *, duplicate_texts: bool = False) -> None:
        self.world = world
        self.duplicate_texts = duplicate_texts

    def node(self, request: Request) -> str:
        """Name of the type a request is about, as Meta's tables call it; empty for what is no object."""
        if request.object in ("debug_token", "oauth"):
            return ""
        if request.object == "me" and request.token in self.world.people:
            return "User"
        if request.object == "me" or request.object in self.world.pages:
            return "Page"
        if request.object in self.world.video_ids:
            return "Video"
        return "PagePost" if "_" in request.object else "Photo"

    def answer(self, request: Request) -> dict[str, Any]:
        """The body of the answer; raises GraphError. Also counts the call against the Page's allowance."""
        if answer := signing_in.answer(self.world, request):
            return answer
        page = self._page_of(request)
        if request.object == "me":
            request.object = page.id
        if request.object == "debug_token":
            return signing_in.debug_token(self.world, request)
        act = _ACTS.get((request.node, request.method, request.edge))
        if act is None:
            if request.method == "GET" and request.edge:
                raise nonexisting(request.edge, request.node)
            raise missing(request.method, request.object)
        return act(self, page, request)

    def _page_of(self, request: Request) -> Page:
        if not request.token:
            if request.object == "me":
                raise GraphError(
                    2500, "An active access token must be used to query information about the current user."
                )
            raise GraphError(104, "(#104) An access token is required to request this resource.")
        page = self.world.by_token.get(request.token)
        if page is None or 0 < page.expires_at <= self.world.now().timestamp():
            raise GraphError(190, "Error validating access token: Session has expired.", subcode=463)
        if page.app_secret:
            self._demand_proof(page, request)
        if self.world.count_call(page) > 100:
            raise GraphError(80001, "There have been too many calls to this Page account.", transient=True)
        return page

    @staticmethod
    def _demand_proof(page: Page, request: Request) -> None:
        proof = hmac.new(page.app_secret.encode(), request.token.encode(), hashlib.sha256).hexdigest()
        sent = request.params.get("appsecret_proof")
        if sent is None:
            said = "API calls from the server require an appsecret_proof argument"
            raise GraphError(100, said, kind="GraphMethodException")
        if sent != proof:
            said = "Invalid appsecret_proof provided in the API argument"
            raise GraphError(100, said, kind="GraphMethodException")

    def _show_page(self, _: Page, request: Request) -> dict[str, Any]:
        shown = self.world.pages[request.object]  # name and id of any Page are public
        return show_page(shown, request.params.get("fields", ""), request.base)

    def _show_photo(self, page: Page, request: Request) -> dict[str, Any]:
        photo = self.world.photos.get(request.object)
        if photo is None or photo.page != page.id:
            raise missing("get", request.object)
        return show_photo(photo, request.params.get("fields", ""), request.base)

    def _show_post(self, page: Page, request: Request) -> dict[str, Any]:
        self.demand(page, "pages_read_engagement")
        post = self._own_post(page, request)
        return show_post(self.world, post, request.params.get("fields", ""), request.base)

    def _update_post(self, page: Page, request: Request) -> dict[str, Any]:
        self.demand(page, "pages_manage_posts")
        post = self._own_post(page, request)
        if "message" in request.params:
            post.message = request.params["message"]
        if "scheduled_publish_time" in request.params:
            if post.scheduled_at is None or post.is_out(self.world.now()):
                raise GraphError(100, "(#100) Only a scheduled post can be given another time")
            post.scheduled_at = self.schedule(request.params, published=False)
        publish = flag(request, "is_published", None)
        if publish:
            self.world.publish(post)
        elif publish is False and post.is_public(self.world.now()):
            raise GraphError(100, "(#100) A published post cannot be unpublished")
        return {"success": True}

    def _delete_post(self, page: Page, request: Request) -> dict[str, Any]:
        self.demand(page, "pages_manage_posts")
        self.world.remove(self._own_post(page, request))
        return {"success": True}

    def _delete_photo(self, page: Page, request: Request) -> dict[str, Any]:
        self.demand(page, "pages_manage_posts")
        photo = self.world.photos.get(request.object)
        if photo is None or photo.page != page.id:
            raise missing("delete", request.object)
        del self.world.photos[photo.id]
        return {"success": True}

    def _create_post(self, page: Page, request: Request) -> dict[str, Any]:
        self.own_page(page, request)
        params = request.params
        published = bool(flag(request, "published", True))
        message, link = params.get("message", ""), params.get("link", "")
        photos = self._attachable(page, attached(params))
        if not (message or link or photos):
            raise GraphError(100, "(#100) One of message, link or attached_media is required")
        if len(message) > _MESSAGE_MOST:
            raise GraphError(100, "(#100) Param message is too long")
        if link:
            check_link(link)
        if self.duplicate_texts and message and page.posts and page.posts[-1].message == message:
            raise GraphError(506, "(#506) Duplicate status message")
        when = self.schedule(params, published=published)
        if when and not all(self.world.photos[name].temporary for name in photos):
            raise GraphError(100, "(#100) Photos of a scheduled post need temporary=true")
        if when and photos and params.get("unpublished_content_type") != "SCHEDULED":
            raise GraphError(
                100, "(#100) A scheduled post with photos needs unpublished_content_type=SCHEDULED"
            )
        post = self.world.add_post(page, message, link, photos, published=published, scheduled_at=when)
        if "fields" in params:  # read-after-write
            return show_post(self.world, post, params["fields"], request.base)
        return {"id": post.id}

    def _create_photo(self, page: Page, request: Request) -> dict[str, Any]:
        self.own_page(page, request)
        published = bool(flag(request, "published", True))
        if len(request.files) != 1:
            raise GraphError(324, "(#324) Missing or invalid image file")
        upload = next(iter(request.files.values()))
        mime = image_type(upload.content)
        params = request.params
        caption = params.get("caption") or params.get("message") or params.get("name") or ""
        temporary = bool(flag(request, "temporary", False))
        if temporary and (published or "scheduled_publish_time" in params):
            raise GraphError(100, "(#100) For a temporary photo you can't set scheduled_publish_time")
        alt = params.get("alt_text_custom", "")
        photo = self.world.add_photo(page, upload.content, mime, alt, caption, temporary=temporary)
        if not published:
            return {"id": photo.id}
        post = self.world.add_post(page, caption, "", [photo.id], published=True)
        return {"id": photo.id, "post_id": post.id}

    def _list(self, page: Page, request: Request) -> dict[str, Any]:
        self.own_page(page, request, scope="pages_read_engagement")
        if request.edge == "feed":
            self.demand(page, "pages_read_user_content")
        params, now = request.params, self.world.now()
        since, until = moment(params.get("since")), moment(params.get("until"))
        limit = int(params["limit"]) if params.get("limit", "").isdecimal() else 25
        if limit > 100:
            raise GraphError(100, "(#100) Please reduce the amount of data you're asking for, limit is 100")
        before = int(params["after"], 36) if re.fullmatch("[0-9a-z]+", params.get("after", "")) else None
        found: list[Post] = []
        for post in reversed(page.posts):
            if before is not None and post.number >= before:
                continue
            if (
                (since and post.created_at < since)
                or (until and post.created_at > until)
                or not _belongs(request.edge, post, now)
                or post.reel
            ):
                continue
            found.append(post)
            if len(found) > limit:
                break
        shown = found[:limit]
        fields = params.get("fields", "")
        answer: dict[str, Any] = {"data": [show_post(self.world, p, fields, request.base) for p in shown]}
        if shown:
            after = base36(shown[-1].number)
            answer["paging"] = {"cursors": {"before": base36(shown[0].number), "after": after}}
            if len(found) > limit:
                address = f"{request.base}/{request.version}/{page.id}/{request.edge}"
                answer["paging"]["next"] = f"{address}?access_token={page.token}&limit={limit}&after={after}"
        return answer

    def _page_insights(self, page: Page, request: Request) -> dict[str, Any]:
        self.own_page(page, request, scope="read_insights")
        return page_insights(self.world, page, request.params)

    def _post_insights(self, page: Page, request: Request) -> dict[str, Any]:
        self.demand(page, "read_insights")
        return post_insights(self.world, self._own_post(page, request), request.params)

    def own_page(self, page: Page, request: Request, *, scope: str = "pages_manage_posts") -> None:
        if request.object != page.id:
            raise GraphError(
                200, "(#200) The user hasn't authorized the application to perform this action", status=403
            )
        self.demand(page, scope)

    def _own_post(self, page: Page, request: Request) -> Post:
        post = self.world.posts.get(request.object)
        if post is None or post.page != page.id:
            raise missing(request.method, request.object)
        return post

    @staticmethod
    def demand(page: Page, scope: str) -> None:
        if scope not in page.scopes:
            code = 200 if scope == "pages_manage_posts" else 10
            said = f"(#{code}) This endpoint requires the '{scope}' permission to be granted"
            raise GraphError(code, said, status=403)

    def _attachable(self, page: Page, names: list[str]) -> list[str]:
        for name in names:
            photo = self.world.photos.get(name)
            if photo is None or photo.page != page.id or self.world.now() - photo.created_at > _PHOTO_LIVES:
                raise GraphError(100, f"(#100) Invalid parameter: attached_media {name} cannot be used")
            if photo.post or names.count(name) > 1:
                raise GraphError(100, "These photos were already posted", subcode=1366051)
        return names

    def schedule(self, params: dict[str, str], *, published: bool) -> datetime | None:
        if "scheduled_publish_time" not in params:
            return None
        if published:
            raise GraphError(100, "(#100) scheduled_publish_time needs published=false")
        return video_edges.in_window(self.world, params["scheduled_publish_time"], _SCHEDULE)


_ACTS: dict[tuple[str, str, str], Callable[[Graph, Page, Request], dict[str, Any]]] = {
    ("Page", "GET", ""): Graph._show_page,
    ("Page", "GET", "feed"): Graph._list,
    ("Page", "GET", "posts"): Graph._list,
    ("Page", "GET", "published_posts"): Graph._list,
    ("Page", "GET", "scheduled_posts"): Graph._list,
    ("Page", "GET", "insights"): Graph._page_insights,
    ("Page", "POST", "feed"): Graph._create_post,
    ("Page", "POST", "photos"): Graph._create_photo,
    ("PagePost", "GET", ""): Graph._show_post,
    ("PagePost", "GET", "comments"): comment_edges.listing,
    ("PagePost", "GET", "insights"): Graph._post_insights,
    ("PagePost", "POST", ""): Graph._update_post,
    ("PagePost", "DELETE", ""): Graph._delete_post,
    ("Photo", "GET", ""): Graph._show_photo,
    ("Photo", "DELETE", ""): Graph._delete_photo,
    ("Page", "GET", "videos"): video_edges.listing,
    ("Page", "GET", "video_reels"): video_edges.listing,
    ("Page", "POST", "videos"): video_edges.upload,
    ("Page", "POST", "video_reels"): video_edges.reel,
    ("Video", "GET", ""): video_edges.show,
    ("Video", "GET", "comments"): comment_edges.listing,
    ("Video", "GET", "video_insights"): video_edges.insights,
    ("Video", "POST", ""): video_edges.update,
    ("Video", "POST", "captions"): video_edges.captions,
    ("Video", "POST", "thumbnails"): video_edges.thumbnail,
    ("Video", "DELETE", ""): video_edges.delete,
}


def served_version(asked: str) -> str:
    """The version that answers; raises GraphError for one that never was."""
    found = re.fullmatch(r"v(\d{1,2})\.\d", asked)
    if not found or int(found[1]) > NEWEST:
        raise GraphError(2635, f"(#2635) Unknown version of the Graph API: {asked}")
    return asked if int(found[1]) >= OLDEST_LIVING else f"v{OLDEST_LIVING}.0"


def _belongs(edge: str, post: Post, now: datetime) -> bool:
    """`/feed` holds published and unpublished posts, the other listings one kind each."""
    if edge == "scheduled_posts":
        return post.scheduled_at is not None and not post.is_out(now)
    return edge == "feed" or post.is_public(now)
