"""How far a video reached: today's counters, and Analytics with its delay.

Counters come from `videos.batchGetStats`, whose quota bucket is its own, so that measuring never takes
units from publishing. Analytics is cut at the last fully processed day, 48 to 72 hours back (Google,
Analytics revision history, 2026-09-09): only days that are settled are asked for, so that a figure is always
one of known whole days, and a missing row is not zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors.contract import Figure, Published
from connectors.counts import whole
from connectors.errors import AuthLost, Refused, Throttled
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
SETTLED = timedelta(days=4)
"""A day's end and 72 hours, counted in days of California."""
AT_ONCE = 50
"""Ids that `videos.batchGetStats` takes (Google, "Videos: batchGetStats")."""


def figures(api: Api, published: Published) -> list[Figure]:
    """One figure per metric; what cannot be read is None with a note that says why."""
    return many(api, [published])[0][published.remote_id]


def many(api: Api, published: Sequence[Published]) -> tuple[dict[str, list[Figure]], int]:
    """Figures by video of at most `AT_ONCE`, and how many calls that took."""
    counters = _counters(api, [one.remote_id for one in published])
    analytics, calls = _analytics(api, published)
    return {video: [*counters[video], *analytics.get(video, ())] for video in counters}, calls + 1


def _counters(api: Api, videos: Sequence[str]) -> dict[str, list[Figure]]:
    answer = api.run(api.data.videos().batchGetStats(part="id,statistics", id=",".join(videos)))
    told = {str(item.get("id")): item for item in items_of(answer)}
    return {video: _counts(told.get(video)) for video in videos}


def _counts(item: dict[str, Any] | None) -> list[Figure]:
    if item is None:
        return [_figure(metric, None, "youtube.notes.gone", SOURCE) for metric in COUNTERS]
    said = item.get("statistics")
    counts = said if isinstance(said, dict) else {}
    return [
        _figure(metric, whole(counts.get(name)), f"youtube.notes.hidden_{metric}", SOURCE)
        for metric, name in COUNTERS.items()
    ]


def _analytics(api: Api, published: Sequence[Published]) -> tuple[dict[str, list[Figure]], int]:
    """By video, and how many calls it took. Without any figure where Analytics asks for a pause: what was
    read before stands, and the counters are not lost with it."""
    last = api.now().astimezone(_PACIFIC).date() - SETTLED
    begins = {one.remote_id: _begin(one, last) for one in published}
    settled = {video: begin for video, begin in begins.items() if begin <= last}
    found = {video: _missing("youtube.notes.not_yet") for video in begins if video not in settled}
    if not settled:
        return found, 0
    question = Question(tuple(settled), min(settled.values()), last)
    names, calls, wrong = tuple(ANALYTICS.values()), 1, dict[str, str]()
    rows: dict[str, dict[str, int | None]] = {}
    try:
        rows = question.ask(api, names)
    except AuthLost:  # a right to publish without a right to measure must not stop the channel
        return found | dict.fromkeys(settled, _missing("youtube.notes.not_permitted")), calls
    except Throttled:
        return found, calls
    except Refused:  # one name that is known no more fails the whole call
        for name in names:
            calls += 1
            try:
                for video, row in question.ask(api, [name]).items():
                    rows.setdefault(video, {}).update(row)
            except Refused:
                wrong[name] = "youtube.notes.not_supported"
            except Throttled:
                return found, calls
    for video in settled:
        row = rows.get(video, {})
        found[video] = [
            _figure(metric, row.get(name), wrong.get(name, "youtube.notes.not_yet"), ANALYTICS_SOURCE, last)
            for metric, name in ANALYTICS.items()
        ]
    return found, calls


@dataclass(frozen=True)
class Question:
    """What Analytics is asked: whole days only, from the first publication to the last day that is settled.

    Nobody could watch a video before it was public, so that one first day serves all of them.
    """

    videos: tuple[str, ...]
    first: date
    last: date

    def ask(self, api: Api, names: Sequence[str]) -> dict[str, dict[str, int | None]]:
        """By video and name. A video without a row has none: `rows` is left out when there is nothing.

        Several values of a filter are told apart when it is a dimension as well (Google, "Data Model"), and a
        report by video is refused without an order and a number of rows (Google, "Sample API Requests").
        """
        request = api.analytics.reports().query(
            ids="channel==MINE",
            startDate=self.first.isoformat(),
            endDate=self.last.isoformat(),
            metrics=",".join(names),
            dimensions="video",
            filters=f"video=={','.join(self.videos)}",
            sort=f"-{names[0]}",
            maxResults=len(self.videos),
        )
        return _rows(api.run(request))


def _rows(answer: dict[str, Any]) -> dict[str, dict[str, int | None]]:
    """By video and column name; `rows` is left out when there is none (discovery document)."""
    rows, headers = answer.get("rows"), answer.get("columnHeaders")
    columns = [
        str(one.get("name")) if isinstance(one, dict) else ""
        for one in (headers if isinstance(headers, list) else [])
    ]
    found: dict[str, dict[str, int | None]] = {}
    for row in rows if isinstance(rows, list) else []:
        told = dict(zip(columns, row, strict=False)) if isinstance(row, list) else {}
        video = told.pop("video", None)
        if isinstance(video, str):
            found[video] = {name: whole(value) for name, value in told.items()}
    return found


def _begin(one: Published, last: date) -> date:
    return one.published_at.astimezone(_PACIFIC).date() if one.published_at else last - _LOOK_BACK


def _missing(note: str) -> list[Figure]:
    return [_figure(metric, None, note, ANALYTICS_SOURCE) for metric in ANALYTICS]


def _figure(
    metric: str, value: int | None, note_if_missing: str, source: str, last: date | None = None
) -> Figure:
    counted_to = last if value is not None else None
    if value is None:
        note = say(note_if_missing)
    else:
        note = say("youtube.notes.delayed", day=f"{last:%d/%m/%Y}") if last else ""
    return Figure(metric, value, say(f"youtube.metrics.{metric}"), source, note, counted_to)
