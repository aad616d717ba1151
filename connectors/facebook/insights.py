"""How far a post or video reached, in Loa's words, with Facebook's own name and meaning at every figure.

Names die with versions (all `*_impressions*` did by v26), and one dead name fails the whole call: so
the list is a setting, and on error 100 every name is asked alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.contract import Figure, Published
from connectors.errors import AuthLost, Refused
from connectors.facebook.errors import is_permission
from connectors.facebook.graph import VERSION, PageGraph
from content.wording import say

SOURCE = f"facebook insights {VERSION}"
COUNTS_SOURCE = f"facebook fields {VERSION}"

Read = Callable[[Any], int | None]


@dataclass(frozen=True)
class Reading:
    """One figure taken out of one platform metric. `note` is a catalogue key or empty.

    `meaning` tells its definition in the catalogue where the metric's own name does not.
    """

    metric: str
    read: Read
    note: str = ""
    meaning: str = ""


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _sum(value: Any) -> int | None:
    """Sum of a breakdown; an empty one says nothing."""
    if not isinstance(value, dict):
        return None
    numbers = [number for part in value.values() if (number := _number(part)) is not None]
    return sum(numbers) if numbers else None


def _part(name: str) -> Read:
    return lambda value: _number(value.get(name)) if isinstance(value, dict) else None


READINGS: dict[str, tuple[Reading, ...]] = {
    "post_total_media_view_unique": (Reading("reach", _number, "facebook.notes.estimate"),),
    "post_media_view": (Reading("views", _number),),
    "post_reactions_by_type_total": (Reading("reactions", _sum, "facebook.notes.sum_of_types"),),
    # the keys of this object are not documented (facts §8.6): `comment` and `share` as seen by others
    "post_activity_by_action_type": (
        Reading("comments", _part("comment")),
        Reading("shares", _part("share")),
    ),
    "post_clicks": (Reading("clicks", _number),),
    "total_video_views": (Reading("views", _number, meaning="views_3s"),),
    "total_video_15s_views": (Reading("views_15s", _number),),
    "total_video_avg_time_watched": (Reading("watched_on_average_ms", _number),),
    "total_video_view_total_time": (Reading("watched_ms", _number),),
    "total_video_reactions_by_type_total": (Reading("reactions", _sum, "facebook.notes.sum_of_types"),),
    "blue_reels_play_count": (Reading("views", _number, meaning="plays"),),
    "post_video_avg_time_watched": (Reading("watched_on_average_ms", _number),),
    "post_video_view_time": (Reading("watched_ms", _number),),
    "post_video_likes_by_reaction_type": (Reading("reactions", _sum, "facebook.notes.sum_of_types"),),
    "post_video_followers": (Reading("new_followers", _number),),
}
"""Page Insights reference and two live probes of 2026-07-13 and 2026-09-01 (facts §2)."""


def figures(graph: PageGraph, post: str, metrics: str, edge: str = "insights") -> list[Figure]:
    """One figure per reading of every metric in the comma list. What cannot be read is None with a note."""
    names = list(dict.fromkeys(name.strip() for name in metrics.split(",") if name.strip()))
    if not names:
        return []
    try:
        values = _ask(graph, post, names, edge)
        return [figure for name in names for figure in _figures(name, values.get(name))]
    except AuthLost as error:
        if not is_permission(error):
            raise
        # a right to publish without a right to measure must not stop the channel
        lacking = "not_permitted" if edge == "insights" else "not_permitted_video"
        return [f for name in names for f in _figures(name, None, f"facebook.notes.{lacking}")]
    except Refused as error:
        if error.code != "fb:100":
            raise
    return [figure for name in names for figure in _alone(graph, post, name, edge)]


def video_figures(graph: PageGraph, published: Published, video: str, reel: str) -> list[Figure]:
    """A feed video and a Reel have metrics of their own, and the wrong list is answered with silence.

    Which of both it is, is not told by its id: the likelier list is asked first, then the other.
    """
    lists = (reel, video) if "/reel/" in published.url else (video, reel)
    made: list[Figure] = []
    for metrics in lists:
        told = figures(graph, published.remote_id, metrics, "video_insights")
        made = made or told
        if any(figure.value is not None for figure in told):
            made = told
            break
    return [*made, *_counts(graph, published.remote_id)]


def _counts(graph: PageGraph, video: str) -> list[Figure]:
    """Plain fields of the video; they want `pages_read_user_content` (live probe of 2026-09-01)."""
    fields = {"comments": "comments", "likes": "likes"}
    asked = ",".join(f"{field}.limit(0).summary(total_count)" for field in fields.values())
    trouble, answer = "facebook.notes.no_data", {}
    try:
        answer = graph.get_object(video, fields=asked)
    except AuthLost as error:
        if not is_permission(error):
            raise
        trouble = "facebook.notes.not_permitted_counts"
    return [_count(metric, field, answer, trouble) for metric, field in fields.items()]


def _count(metric: str, field: str, answer: dict[str, Any], trouble: str) -> Figure:
    part = answer.get(field)
    summary = part.get("summary") if isinstance(part, dict) else None
    number = _number(summary.get("total_count")) if isinstance(summary, dict) else None
    definition = say(f"facebook.metrics.{metric}", name=field)
    return Figure(metric, number, definition, COUNTS_SOURCE, "" if number is not None else say(trouble))


def _alone(graph: PageGraph, post: str, name: str, edge: str) -> list[Figure]:
    try:
        return _figures(name, _ask(graph, post, [name], edge).get(name))
    except Refused as error:
        if error.code != "fb:100":
            raise
        return _figures(name, None, "facebook.notes.dead_metric")


def _ask(graph: PageGraph, post: str, names: list[str], edge: str) -> dict[str, Any]:
    """Lifetime value by name. A metric without data is simply not listed: absent, never 0."""
    answer = graph.get_connections(post, edge, metric=",".join(names), period="lifetime")
    listed = answer.get("data")
    found: dict[str, Any] = {}
    for entry in listed if isinstance(listed, list) else []:
        values = entry.get("values") if isinstance(entry, dict) else None
        if isinstance(values, list) and values and isinstance(values[-1], dict):
            found[str(entry.get("name"))] = values[-1].get("value")
    return found


def _figures(name: str, value: Any, trouble: str = "facebook.notes.no_data") -> list[Figure]:
    """The readings of one metric; a name Loa does not know yet is read as a plain number under that name."""
    made = []
    for reading in READINGS.get(name, (Reading(name, _number),)):
        number = reading.read(value)
        known = name in READINGS
        meaning = (
            f"facebook.metrics.{reading.meaning or reading.metric}" if known else "facebook.metrics.other"
        )
        note = reading.note if number is not None else trouble
        made.append(
            Figure(reading.metric, number, say(meaning, name=name), SOURCE, say(note) if note else "")
        )
    return made
