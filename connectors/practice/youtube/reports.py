"""Counters and Analytics: numbers that grow by themselves, and the delay of real reports."""

from __future__ import annotations

import re
import zlib
from datetime import date, datetime, time, timedelta
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
MOST_VIDEOS = 500
MOST_ROWS = 200
"""Of a report by video, which names its order and its number of rows (Google, "Sample API Requests";
MarkEdmondson1234/youtubeAnalyticsR #2: "The query is not supported" without an order)."""
_PACIFIC = ZoneInfo("America/Los_Angeles")


def statistics(world: World, video: Video) -> dict[str, Any]:
    """Numbers are strings; a hidden one is left out."""
    counts = {**_grown(world, video), **video.counts}
    told = {name: str(count) for name, count in counts.items() if count is not None}
    return world.oddities.of(video.id, told)


def query(world: World, call: Call, channel: Channel) -> dict[str, Any]:
    """A report; `rows` is left out when there is nothing to tell yet."""
    metrics = call.many("metrics")
    if call.one("ids") not in ("channel==MINE", f"channel=={channel.id}"):
        raise ApiError(403, "forbidden", "Forbidden")
    if (
        not metrics
        or not set(metrics) <= world.oddities.known(METRICS)
        or call.one("dimensions") not in ("", "day", "video")
    ):
        raise ApiError(400, "badRequest", "The query is not supported.")
    begin, end = _day(call.one("startDate")), _day(call.one("endDate"))
    if begin > end:
        raise ApiError(400, "badRequest", "endDate is before startDate")
    dimensions = call.many("dimensions")
    columns = [{"name": name, "columnType": "DIMENSION", "dataType": "STRING"} for name in dimensions]
    columns += [{"name": name, "columnType": "METRIC", "dataType": "INTEGER"} for name in metrics]
    answer: dict[str, Any] = {"kind": "youtubeAnalytics#resultTable", "columnHeaders": columns}
    most = call.one("maxResults")
    if "video" in dimensions and not (
        most.isdigit() and 1 <= int(most) <= MOST_ROWS and call.one("sort").removeprefix("-") in metrics
    ):
        raise ApiError(400, "badRequest", "The query is not supported.")
    found = re.fullmatch(r"video==([\w-]+(?:,[\w-]+)*)", call.one("filters"))
    names = found[1].split(",") if found else []
    if len(names) > MOST_VIDEOS or (len(names) > 1 and dimensions != ["video"]):
        raise ApiError(400, "badRequest", "The query is not supported.")
    rows = [_row(world, channel, name, metrics, begin, end) for name in names]
    rows = [] if world.oddities.silent else rows[: int(most or len(rows))]
    known = [[*([row[0]] if dimensions == ["video"] else []), *row[1]] for row in rows if row]
    return answer | ({"rows": known} if known else {})


def _row(
    world: World, channel: Channel, name: str, metrics: list[str], begin: date, end: date
) -> tuple[str, list[Any]] | None:
    """A video's row of the days from `begin` to `end`, as far as they are processed; None without one."""
    video = world.videos.get(name)
    if video is None or video.channel != channel.id or video.public_since is None:
        return None
    last = min(end, (world.now() - DELAY).astimezone(_PACIFIC).date())
    if video.public_since.astimezone(_PACIFIC).date() > last or begin > last:
        return None
    told_at = datetime.combine(last + timedelta(days=1), time(), _PACIFIC)
    views = _views(video, min(world.now(), told_at))
    known = {"views": views, "engagedViews": views * 7 // 10, **video.analytics}
    told = world.oddities.of(name, {world.oddities.once(metric): 0 for metric in metrics} | known)
    return name, [told.get(metric) for metric in metrics]


def _grown(world: World, video: Video) -> dict[str, int]:
    views = _views(video, world.now())
    return {"viewCount": views, "likeCount": views // 12, "commentCount": views // 90}


def _views(video: Video, at: datetime) -> int:
    if video.public_since is None:
        return 0
    hours = max(0.0, (at - video.public_since).total_seconds() / 3600)
    return int(hours * (3 + zlib.crc32(video.id.encode()) % 20))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ApiError(400, "badRequest", "Invalid date") from None
