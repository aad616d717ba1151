"""`fields=`: what a node shows of itself, in the shapes of Meta's references and of recorded answers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connectors.practice.insights import interactions
from connectors.practice.wire import GraphError
from connectors.practice.world import Page, Photo, Post, World

APP = {"id": "999000111222333", "name": "Loa tập huấn"}

_POST_DEFAULT = "created_time,message,id"
_POST_EMPTY = {
    "actions",
    "admin_creator",
    "full_picture",
    "icon",
    "is_expired",
    "is_hidden",
    "is_popular",
    "message_tags",
    "parent_id",
    "picture",
    "place",
    "privacy",
    "properties",
    "story",
    "story_tags",
    "target",
    "targeting",
    "updated_time",
    "via",
}
_PAGE_EMPTY = ("about", "category", "cover", "emails", "phone", "picture", "username", "verification_status")
"""Real fields that a practice object simply has no value for."""


def split(fields: str) -> dict[str, str]:
    """Top-level names with what stands in their braces: `a,b{c,d},e.limit(0)` → a, b: `c,d`, e."""
    found: dict[str, str] = {}
    depth, start = 0, 0
    for place, letter in enumerate(fields + ","):
        depth += (letter in "{(") - (letter in "})")
        if letter == "," and depth == 0:
            item = fields[start:place].strip()
            start = place + 1
            if item:
                name, _, inner = item.partition("{")
                found[name.partition(".")[0]] = inner.removesuffix("}")
    return found


def show_post(world: World, post: Post, fields: str, base: str) -> dict[str, Any]:
    """A post's named fields; empty ones are left out, as Facebook does."""
    shown: dict[str, Any] = {}
    for name, inner in split(fields or _POST_DEFAULT).items():
        value = _post_value(world, post, name, base)
        if value is not None and value != "":
            shown[name] = _inner(value, inner) if inner else value
    shown["id"] = post.id
    return shown


def show_page(page: Page, fields: str, base: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for name in split(fields or "name,id"):
        if name == "link":
            shown["link"] = f"{base}/pages/{page.id}"
        elif name == "name":
            shown["name"] = page.name
        elif name in ("fan_count", "followers_count"):
            shown[name] = 120 + len(page.posts)
        elif name != "id" and name not in _PAGE_EMPTY:
            raise nonexisting(name, "Page")
    shown["id"] = page.id
    return shown


def show_photo(photo: Photo, fields: str, base: str) -> dict[str, Any]:
    known: dict[str, Any] = {
        "id": photo.id,
        "created_time": stamp(photo.created_at),
        "alt_text_custom": photo.alt,
        "name": photo.caption,
        "link": f"{base}/practice/photos/{photo.id}",
        "page_story_id": photo.post,
    }
    shown: dict[str, Any] = {}
    for name in split(fields or "created_time,name,id"):
        if name not in known:
            raise nonexisting(name, "Photo")
        if known[name]:
            shown[name] = known[name]
    return {**shown, "id": photo.id}


def stamp(moment: datetime) -> str:
    """`2026-11-21T01:00:00+0000`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S+0000")


def permalink(base: str, post: Post) -> str:
    return f"{base}/pages/{post.page}/posts/{post.number}"


def nonexisting(name: str, node: str) -> GraphError:
    return GraphError(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})")


def _attachments(world: World, post: Post, base: str) -> dict[str, Any] | None:
    if post.video:
        video = {"id": post.video, "url": permalink(base, post)}
        return {"data": [{"media_type": "video", "type": "video_inline", "target": video}]}
    if not post.photos:
        if not post.link:
            return None
        return {
            "data": [{"media_type": "link", "type": "share", "unshimmed_url": post.link, "url": post.link}]
        }
    pictures = [_photo_attachment(world.photos[name], base) for name in post.photos if name in world.photos]
    if len(pictures) == 1:
        return {"data": pictures}
    name = world.pages[post.page].name
    album = {
        "media_type": "album",
        "type": "album",
        "title": f"Photos from {name}'s post",
        "target": {"id": post.id, "url": permalink(base, post)},
        "subattachments": {"data": pictures},
    }
    return {"data": [album]}


def _photo_attachment(photo: Photo, base: str) -> dict[str, Any]:
    address = f"{base}/practice/photos/{photo.id}"
    return {
        "description": photo.caption,
        "media": {"image": {"height": 720, "src": address, "width": 720}},
        "media_type": "photo",
        "target": {"id": photo.id, "url": address},
        "type": "photo",
        "url": address,
    }


def _post_value(world: World, post: Post, name: str, base: str) -> Any:
    match name:
        case "id" | "message":
            return getattr(post, name)
        case "created_time":
            return stamp(post.created_at)
        case "is_published":
            return post.is_public(world.now())
        case "permalink_url":
            return permalink(base, post)
        case "status_type":
            return "added_video" if post.video else "added_photos" if post.photos else "mobile_status_update"
        case "application":
            return APP
        case "from":
            return {"id": post.page, "name": world.pages[post.page].name}
        case "scheduled_publish_time":
            return int(post.scheduled_at.timestamp()) if post.scheduled_at else None
        case "attachments":
            return _attachments(world, post, base)
        case "shares":
            count = interactions(post, world.now())["share"]
            return {"count": count} if count else None
        case "reactions" | "comments":
            count = interactions(post, world.now())["like" if name == "reactions" else "comment"]
            return {"data": [], "summary": {"total_count": count}}
    if name in _POST_EMPTY:
        return None
    raise nonexisting(name, "PagePost")


def _inner(value: Any, fields: str) -> Any:
    wanted = split(fields)
    if isinstance(value, dict) and isinstance(value.get("data"), list):
        return {**value, "data": [_inner(entry, fields) for entry in value["data"]]}
    if isinstance(value, dict):
        return {name: value[name] for name in value if name in wanted}
    return value
