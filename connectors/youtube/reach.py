"""How far a video reached: today's counters, and Analytics with its delay.

Counters come from `videos.batchGetStats`, whose quota bucket is its own, so that measuring never takes
units from publishing. Analytics is cut at the last fully processed day, 48 to 72 hours back (Google,
Analytics revision history, 2026-09-09): a missing row is not zero.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors.contract import Figure, Published
from connectors.errors import AuthLost, Refused
from connectors.youtube.readback import items_of
from content.wording import say

if TYPE_CHECKING:
    from connectors.youtube.transport import Api

COUNTERS = {"views": "viewCount", "likes": "likeCount", "comments": "commentCount"}
ANALYTICS = {"analytics_views": "views", "engaged_views": "engagedViews"}
SOURCE = "youtube data v3"
ANALYTICS_SOURCE = "youtube analytics v2"
_PACIFIC = ZoneInfo("America/Los_Angeles")
_LOOK_BACK = timedelta(days=365)


def figures(api: Api, published: Published) -> list[Figure]:
    """One figure per metric; what cannot be read is None with a note that says why."""
    return [*_counters(api, published.remote_id), *_analytics(api, published)]


def _counters(api: Api, video: str) -> list[Figure]:
    answer = api.run(api.data.videos().batchGetStats(part="id,statistics", id=video))
    item = next((item for item in items_of(answer) if item.get("id") == video), None)
    if item is None:
        return [_figure(metric, None, "youtube.notes.gone", SOURCE) for metric in COUNTERS]
    said = item.get("statistics")
    counts = said if isinstance(said, dict) else {}
    return [
        _figure(metric, _whole(counts.get(name)), f"youtube.notes.hidden_{metric}", SOURCE)
        for metric, name in COUNTERS.items()
    ]


def _analytics(api: Api, published: Published) -> list[Figure]:
    today = api.now().astimezone(_PACIFIC).date()
    since = published.published_at or datetime.combine(today, datetime.min.time(), UTC) - _LOOK_BACK
    begin = min(since.astimezone(_PACIFIC).date(), today)
    request = api.analytics.reports().query(
        ids="channel==MINE",
        startDate=begin.isoformat(),
        endDate=today.isoformat(),
        metrics=",".join(ANALYTICS.values()),
        filters=f"video=={published.remote_id}",
    )
    try:
        answer = api.run(request)
    except AuthLost:  # a right to publish without a right to measure must not stop the channel
        return _missing("youtube.notes.not_permitted")
    except Refused:
        return _missing("youtube.notes.not_supported")
    row = _row(answer)
    return [
        _figure(metric, row.get(name), "youtube.notes.not_yet", ANALYTICS_SOURCE)
        for metric, name in ANALYTICS.items()
    ]


def _row(answer: dict[str, Any]) -> dict[str, int | None]:
    """The one row by column name; `rows` is left out when there is none (discovery document)."""
    rows, headers = answer.get("rows"), answer.get("columnHeaders")
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], list):
        return {}
    columns = headers if isinstance(headers, list) else []
    names = [h.get("name") if isinstance(h, dict) else None for h in columns]
    return {str(name): _whole(value) for name, value in zip(names, rows[0], strict=False)}


def _missing(note: str) -> list[Figure]:
    return [_figure(metric, None, note, ANALYTICS_SOURCE) for metric in ANALYTICS]


def _figure(metric: str, value: int | None, note_if_missing: str, source: str) -> Figure:
    delayed = source == ANALYTICS_SOURCE
    note = note_if_missing if value is None else ("youtube.notes.delayed" if delayed else "")
    return Figure(metric, value, say(f"youtube.metrics.{metric}"), source, say(note) if note else "")


def _whole(value: Any) -> int | None:
    """Counts are strings in the Data API and numbers in Analytics."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e18:
        return int(value)
    return None
