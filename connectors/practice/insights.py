"""Reach that grows: the same figures for the same post at the same age, and no data while it is young."""

from __future__ import annotations

import math
import zlib
from collections.abc import Set
from datetime import datetime, timedelta
from typing import Any

from connectors.practice.wire import GraphError
from connectors.practice.world import Page, Post, World

YOUNG = timedelta(minutes=1)
"""Facebook needs hours; an officer in training is not to wait for them."""
_GROWTH_HOURS = 8.0

_REACTIONS = {"like": 0.045, "love": 0.012, "wow": 0.002, "haha": 0.001, "sorry": 0.0008, "anger": 0.0004}
POST_NAMES = {
    "post_total_media_view_unique",
    "post_media_view",
    "post_reactions_by_type_total",
    "post_activity_by_action_type",
    "post_activity_by_action_type_unique",
    "post_clicks",
    "post_clicks_by_type",
    "post_video_views",
    "post_video_views_organic",
    "post_video_views_paid",
    "post_video_views_15s",
    "post_video_view_time",
    "post_video_avg_time_watched",
} | {f"post_reactions_{name}_total" for name in _REACTIONS}
PAGE_NAMES = {
    "page_total_media_view_unique",
    "page_media_view",
    "page_post_engagements",
    "page_total_actions",
    "page_follows",
    "page_daily_follows",
    "page_daily_follows_unique",
    "page_daily_unfollows_unique",
    "page_views_total",
    "page_video_views",
    "page_video_view_time",
    "page_actions_post_reactions_total",
}
"""Living names of v26.0 (facts §2). Everything else, all `*_impressions*` included, is error 100."""
VIDEO_NAMES = {
    "total_video_views": "view",
    "total_video_views_organic": "view",
    "total_video_15s_views": "long",
    "total_video_complete_views": "long",
    "total_video_avg_time_watched": "watched",
    "total_video_view_total_time": "watched_all",
    "total_video_reactions_by_type_total": "reactions",
    "total_video_stories_by_action_type": "actions",
}
REEL_NAMES = {
    "blue_reels_play_count": "view",
    "fb_reels_total_plays": "view",
    "fb_reels_replay_count": "long",
    "post_video_avg_time_watched": "watched",
    "post_video_view_time": "watched_all",
    "post_video_likes_by_reaction_type": "reactions",
    "post_video_social_actions": "actions",
    "post_video_followers": "follow",
}
"""Two lists that share no name: one of the other list is answered with nothing, not with an error."""
_PERIODS = {"day": 1, "week": 7, "days_28": 28}


def interactions(post: Post, now: datetime) -> dict[str, int]:
    """People and what they did, from the post's id and age alone; all zero while it is hidden."""
    if not post.is_public(now):
        return dict.fromkeys(("reach", "view", "click", "comment", "share", *_REACTIONS), 0)
    since = post.scheduled_at if post.scheduled_at and not post.published else post.created_at
    since = max(since, post.ready_at or since)
    hours = max(0.0, (now - since).total_seconds() / 3600)
    size = 150 + zlib.crc32(post.id.encode()) % 2850
    reach = size * (1 - math.exp(-hours / _GROWTH_HOURS))
    counts = {"reach": int(reach), "view": int(int(reach) * 1.4), "click": int(reach * 0.06)}
    counts |= {"comment": int(reach * 0.008), "share": int(reach * 0.011)}
    return counts | {name: int(reach * share) for name, share in _REACTIONS.items()}


def post_insights(world: World, post: Post, params: dict[str, str]) -> dict[str, Any]:
    """`GET /{post}/insights`, period `lifetime`."""
    odd, now = world.oddities, world.now()
    names = _named(params, odd.known(POST_NAMES))
    data = []
    if not odd.silent and post.is_public(now) and now - post.created_at >= YOUNG:
        counts = interactions(post, now)
        values = {once: _post_value(once, counts) for once in map(odd.once, names)}
        told = odd.of(post.id, values)
        data = [
            _entry(post.id, name, "lifetime", [{"value": value}])
            for name in names
            if (value := told.get(name)) is not None
        ]
    return {"data": data, "paging": {}}


def page_insights(world: World, page: Page, params: dict[str, str]) -> dict[str, Any]:
    """`GET /{page}/insights`: one value for the latest period, sums over the Page's posts."""
    names = _named(params, PAGE_NAMES)
    period = params.get("period", "day")
    if period not in _PERIODS:
        raise GraphError(100, f"(#100) period must be one of the following values: {', '.join(_PERIODS)}")
    now = world.now()
    posts = [interactions(post, now) for post in page.posts if post.is_public(now)]
    if not posts:
        return {"data": [], "paging": {}}
    end = now.strftime("%Y-%m-%dT08:00:00+0000")
    values = {
        "page_total_media_view_unique": sum(counts["reach"] for counts in posts),
        "page_media_view": sum(counts["view"] for counts in posts),
        "page_post_engagements": sum(
            counts["comment"] + counts["share"] + counts["like"] for counts in posts
        ),
        "page_follows": 120 + len(posts),
    }
    data = [
        _entry(page.id, name, period, [{"value": values[name], "end_time": end}])
        for name in names
        if name in values
    ]
    return {"data": data, "paging": {}}


def video_insights(
    name: str, counts: dict[str, int], params: dict[str, str], *, reel: bool
) -> dict[str, Any]:
    """`GET /{video}/video_insights`; `counts` as `interactions` gives them."""
    names, own = _named(params, VIDEO_NAMES.keys() | REEL_NAMES), REEL_NAMES if reel else VIDEO_NAMES
    view = counts.get("view", 0)
    if not view:
        return {"data": []}
    values: dict[str, Any] = {
        "view": view,
        "long": view // 4,
        "watched": 12_400,
        "watched_all": view * 12_400,
        "follow": view // 500,
        "reactions": {kind.upper(): counts[kind] for kind in _REACTIONS if counts[kind]},
        "actions": {kind.upper(): counts[kind] for kind in ("comment", "share") if counts[kind]},
    }
    return {"data": [_entry(name, m, "lifetime", [{"value": values[own[m]]}]) for m in names if m in own]}


def _named(params: dict[str, str], known: Set[str]) -> list[str]:
    names = [name.strip() for name in params.get("metric", "").strip("[]").replace('"', "").split(",")]
    names = [name for name in names if name]
    if not names:
        raise GraphError(3001, "(#3001) Invalid query", subcode=1504028)
    if not known >= set(names):
        raise GraphError(100, "(#100) The value must be a valid insights metric")
    return names


def _post_value(name: str, counts: dict[str, int]) -> Any:
    if name == "post_reactions_by_type_total":
        return {kind: counts[kind] for kind in _REACTIONS if counts[kind]}
    if name.startswith("post_reactions_"):
        return counts[name.removeprefix("post_reactions_").removesuffix("_total")]
    if name.startswith("post_activity_by_action_type"):
        return {kind: counts[kind] for kind in ("like", "comment", "share") if counts[kind]}
    if name == "post_clicks_by_type":
        return {"other clicks": counts["click"]} if counts["click"] else {}
    plain = {"post_total_media_view_unique": "reach", "post_media_view": "view", "post_clicks": "click"}
    return counts[plain[name]] if name in plain else None


def _entry(node: str, name: str, period: str, values: list[dict[str, Any]]) -> dict[str, Any]:
    title = name.replace("_", " ")
    return {
        "name": name,
        "period": period,
        "values": values,
        "title": title,
        "description": title,
        "id": f"{node}/insights/{name}/{period}",
    }
