"""Counters and Analytics: numbers that grow by themselves, and the delay of real reports."""

from __future__ import annotations

import re
import zlib
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connectors.practice.youtube.wire import ApiError, Call
from connectors.practice.youtube.world import Channel, Video, World

METRICS = {
    "views",
    "engagedViews",
    "estimatedMinutesWatched",
    "averageViewDuration",
    "averageViewPercentage",
    "likes",
    "comments",
    "shares",
    "subscribersGained",
    "subscribersLost",
}
DELAY = timedelta(hours=72)
_PACIFIC = ZoneInfo("America/Los_Angeles")


def statistics(world: World, video: Video) -> dict[str, str]:
    """Numbers are strings; a hidden one is left out."""
    counts = {**_grown(world, video), **video.counts}
    return {name: str(count) for name, count in counts.items() if count is not None}


def query(world: World, call: Call, channel: Channel) -> dict[str, Any]:
    """A report; `rows` is left out when there is nothing to tell yet."""
    metrics = call.many("metrics")
    if call.one("ids") not in ("channel==MINE", f"channel=={channel.id}"):
        raise ApiError(403, "forbidden", "Forbidden")
    if not metrics or not set(metrics) <= METRICS or call.one("dimensions") not in ("", "day", "video"):
        raise ApiError(400, "badRequest", "The query is not supported.")
    begin, end = _day(call.one("startDate")), _day(call.one("endDate"))
    if begin > end:
        raise ApiError(400, "badRequest", "endDate is before startDate")
    columns = [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in metrics]
    answer: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": columns}
    found = re.fullmatch(r"video==([\w-]+)", call.one("filters"))
    if not found or (video := world.videos.get(found[1])) is None or video.channel != channel.id:
        return answer
    told_until = (world.now() - DELAY).astimezone(_PACIFIC).date()
    if video.public_since is None or video.public_since.astimezone(_PACIFIC).date() > min(told_until, end):
        return answer
    grown = _grown(world, video)
    known = {"views": grown["viewCount"], "engagedViews": grown["viewCount"] * 7 // 10, **video.analytics}
    answer["rows"] = [[known.get(name, 0) for name in metrics]]
    return answer


def _grown(world: World, video: Video) -> dict[str, int]:
    if video.public_since is None:
        return {"viewCount": 0, "likeCount": 0, "commentCount": 0}
    hours = max(0.0, (world.now() - video.public_since).total_seconds() / 3600)
    pace = 3 + zlib.crc32(video.id.encode()) % 20
    views = int(hours * pace)
    return {"viewCount": views, "likeCount": views // 12, "commentCount": views // 90}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ApiError(400, "badRequest", "Invalid date") from None
