"""What a video shows of itself: the fields of the Video node, and its status phase by phase."""

from __future__ import annotations

from typing import Any

from connectors.practice.fields import nonexisting, split, stamp
from connectors.practice.insights import interactions
from connectors.practice.videos import Video
from connectors.practice.world import World

_EMPTY = (
    "source",
    "place",
    "privacy",
    "picture",
    "icon",
    "embed_html",
    "format",
    "length",
    "content_category",
)
_NOTHING = dict.fromkeys(("comment", "like"), 0)


def show_video(world: World, video: Video, fields: str, base: str) -> dict[str, Any]:
    """The named fields; empty ones are left out, as Facebook does."""
    now, post = world.now(), world.posts.get(video.post)
    number = post.number if post else 0
    counts = interactions(post, now) if post else _NOTHING
    known: dict[str, Any] = {
        "id": video.id,
        "title": video.title,
        "description": video.description,
        "created_time": stamp(post.created_at if post else video.created_at),
        "updated_time": stamp(now),
        "published": bool(post and post.is_out(now)),
        "permalink_url": f"{base}/pages/{video.page}/posts/{number}" if post else None,
        "post_id": video.post.partition("_")[2],
        "custom_labels": video.labels,
        "status": status(world, video),
        "scheduled_publish_time": stamp(post.scheduled_at) if post and post.scheduled_at else None,
        "from": {"id": video.page, "name": world.pages[video.page].name},
        "comments": {"data": [], "summary": {"total_count": counts["comment"]}},
        "likes": {"data": [], "summary": {"total_count": counts["like"]}},
        **dict.fromkeys(_EMPTY),
    }
    shown: dict[str, Any] = {}
    for name in split(fields or "id,updated_time,description"):
        if name not in known:
            raise nonexisting(name, "Video")
        if known[name] not in (None, "", []):
            shown[name] = known[name]
    return {**shown, "id": video.id}


def status(world: World, video: Video) -> dict[str, Any]:
    """`GET /{video}?fields=status` (Meta, "Reels Publishing API": the guide spells `bytes_transfered`)."""
    now, post = world.now(), world.posts.get(video.post)
    stage = world.shelf.stage(video, now)
    uploading: dict[str, Any] = {"status": "complete" if video.is_whole else "in_progress"}
    uploading["bytes_transfered"] = video.received
    processing: dict[str, Any] = {"status": "not_started"}
    publishing: dict[str, Any] = {"status": "not_started"}
    if stage in ("processing", "ready", "error"):
        processing = {"status": {"processing": "in_progress", "ready": "complete", "error": "error"}[stage]}
        if stage == "error":
            processing["error"] = {"message": "The video could not be processed. Please upload another file."}
    if post and post.scheduled_at and not post.is_out(now):
        publishing["publish_status"] = "scheduled"
    elif post and post.is_public(now):
        publishing = {"status": "complete", "publish_status": "published"}
        publishing["publish_time"] = stamp(post.created_at)
    return {
        "video_status": stage,
        "uploading_phase": uploading,
        "processing_phase": processing,
        "publishing_phase": publishing,
    }
