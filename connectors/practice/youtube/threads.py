"""Comments of the practice YouTube: threads with at most five replies each, and the replies of one thread."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from connectors.practice.comments import Comment
from connectors.practice.wire import Reply
from connectors.practice.youtube.wire import ApiError, Call, good
from connectors.practice.youtube.world import Channel, World

REPLIES_SHOWN = 5


def threads(world: World, call: Call, channel: Channel) -> Reply:
    """`commentThreads.list`, newest first. The owner sees those of hidden videos too."""
    name = call.one("videoId")
    video = world.videos.get(name)
    if video is None or not (video.channel == channel.id or world.is_public(video)):
        raise ApiError(404, "videoNotFound", "The video identified by the videoId parameter was not found.")
    if name in world.comments.closed:
        raise ApiError(403, "commentsDisabled", "The video has disabled comments.")
    every = world.comments.visible(name)
    tops = [one for one in reversed(every) if not one.parent]
    return good(_page(call, tops, lambda one: _thread(world, call, every, one)))


def replies(world: World, call: Call, _: Channel) -> Reply:
    """`comments.list` with `parentId`, oldest first."""
    parent = world.comments.all.get(call.one("parentId"))
    if parent is None:
        raise ApiError(404, "commentNotFound", "The parent comment was not found.")
    below = [one for one in world.comments.visible(parent.about) if one.parent == parent.id]
    return good(_page(call, below, lambda one: _comment(world, call, one)))


def _page(call: Call, found: list[Comment], told: Any) -> dict[str, Any]:
    most = int(call.one("maxResults") or 20)
    begin = int(call.one("pageToken") or 0)
    answer: dict[str, Any] = {"items": [told(one) for one in found[begin : begin + most]]}
    if begin + most < len(found):
        answer["nextPageToken"] = str(begin + most)
    return answer


def _thread(world: World, call: Call, every: list[Comment], top: Comment) -> dict[str, Any]:
    below = [one for one in every if one.parent == top.id]
    part = call.many("part")
    made: dict[str, Any] = {"kind": "youtube#commentThread", "id": top.id}
    if "snippet" in part:
        made["snippet"] = {
            "videoId": top.about,
            "topLevelComment": _comment(world, call, top),
            "totalReplyCount": len(below),
        }
    if "replies" in part and below:
        made["replies"] = {"comments": [_comment(world, call, one) for one in below[:REPLIES_SHOWN]]}
    return made


def _comment(world: World, call: Call, one: Comment) -> dict[str, Any]:
    """In HTML unless plain text was asked for, as YouTube does."""
    text = one.text if call.one("textFormat") == "plainText" else one.text.replace("\n", "<br>")
    owner = world.videos[one.about].channel
    snippet = {
        "videoId": one.about,
        "textDisplay": text,
        "authorDisplayName": world.channels[owner].title if one.author == 0 else f"@nguoi-doc-{one.author}",
        "authorChannelId": {"value": owner if one.author == 0 else f"UCnguoi-doc-{one.author:012d}"},
        "publishedAt": one.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    more = {"parentId": one.parent} if one.parent else {}
    return {"kind": "youtube#comment", "id": one.id, "snippet": {**snippet, **more}}
