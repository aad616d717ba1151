"""How far a post or video reached, in Loa's words, with Facebook's own name and meaning at every figure.

Names die with versions (all `*_impressions*` did by v26), and one dead name fails the whole call: so
the list is a setting, and on error 100 every name is asked alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from connectors.contract import Figure, Published
from connectors.counts import whole
from connectors.errors import AuthLost, Refused
from connectors.facebook.errors import is_permission
from connectors.facebook.graph import VERSION, PageGraph
from content.wording import say

SOURCE = f"facebook insights {VERSION}"
INVALID_METRIC = "fb:100"
"""One name in the list is not known (any more)."""
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


def _sum(value: Any) -> int | None:
    """Sum of a breakdown; an empty one says nothing, and of one with an unreadable part nobody knows it."""
    if not isinstance(value, dict) or not value:
        return None
    parts = [whole(part) for part in value.values()]
    return None if None in parts else whole(sum(part or 0 for part in parts))


def _part(name: str) -> Read:
    return lambda value: whole(value.get(name)) if isinstance(value, dict) else None


READINGS: dict[str, tuple[Reading, ...]] = {
    "post_total_media_view_unique": (Reading("reach", whole, "facebook.notes.estimate"),),
    "post_media_view": (Reading("views", whole),),
    "post_reactions_by_type_total": (Reading("reactions", _sum, "facebook.notes.sum_of_types"),),
    # the keys of this object are not documented (facts §8.6): `comment` and `share` as seen by others
    "post_activity_by_action_type": (
        Reading("comments", _part("comment")),
        Reading("shares", _part("share")),
    ),
    "post_clicks": (Reading("clicks", whole),),
    "total_video_views": (Reading("views", whole, meaning="views_3s"),),
    "total_video_15s_views": (Reading("views_15s", whole),),
    "total_video_avg_time_watched": (Reading("watched_on_average_ms", whole),),
    "total_video_view_total_time": (Reading("watched_ms", whole),),
    "total_video_reactions_by_type_total": (Reading("reactions", _sum, "facebook.notes.sum_of_types"),),
    "blue_reels_play_count": (Reading("views", whole, meaning="plays"),),
    "post_video_avg_time_watched": (Reading("watched_on_average_ms", whole),),
    "post_video_view_time": (Reading("watched_ms", whole),),
    "post_video_likes_by_reaction_type": (Reading("reactions", _sum, "facebook.notes.sum_of_types"),),
    "post_video_followers": (Reading("new_followers", whole),),
}
"""Page Insights reference and two live probes of 2026-07-13 and 2026-09-01 (facts §2)."""


@dataclass(frozen=True)
class Told:
    """What one post's metrics are, by Facebook's own names."""

    names: Sequence[str]
    values: Mapping[str, Any] = field(default_factory=dict)
    dead: frozenset[str] = frozenset()
    """Names that Facebook knows no more."""
    lacking: str = ""
    """The note (its catalogue key) where the right to read them is missing."""

    def figures(self) -> list[Figure]:
        """One per reading of every name. What cannot be read is None with a note."""
        return [figure for name in self.names for figure in self._of(name)]

    def _of(self, name: str) -> list[Figure]:
        if self.lacking:
            return _figures(name, None, self.lacking)
        trouble = "dead_metric" if name in self.dead else "no_data"
        return _figures(name, self.values.get(name), f"facebook.notes.{trouble}")


def names_of(metrics: str) -> list[str]:
    """The names of a comma list, each once."""
    return list(dict.fromkeys(name.strip() for name in metrics.split(",") if name.strip()))


def figures(graph: PageGraph, post: str, metrics: str, edge: str = "insights") -> list[Figure]:
    """One figure per reading of every metric in the comma list. What cannot be read is None with a note."""
    return told(graph, post, names_of(metrics), edge).figures()


def told(graph: PageGraph, post: str, names: Sequence[str], edge: str = "insights") -> Told:
    """What one post's metrics are. Where a name is dead each is asked alone."""
    if not names:
        return Told(names)
    path, fields = _question(graph, post, names, edge)
    try:
        return Told(names, values_of(graph.request(path, fields)))
    except AuthLost as error:
        return without_right(error, names, edge)
    except Refused as error:
        if error.code != INVALID_METRIC:
            raise
    values: dict[str, Any] = {}
    dead = set[str]()
    for name in names:
        try:
            values |= values_of(graph.request(*_question(graph, post, [name], edge)))
        except AuthLost as error:
            return without_right(error, names, edge)
        except Refused as error:
            if error.code != INVALID_METRIC:
                raise
            dead.add(name)
    return Told(names, values, frozenset(dead))


def without_right(error: AuthLost, names: Sequence[str], edge: str = "insights") -> Told:
    """A right to publish without a right to measure must not stop the channel. Raises what is not that."""
    if not is_permission(error):
        raise error
    lacking = "not_permitted" if edge == "insights" else "not_permitted_video"
    return Told(names, lacking=f"facebook.notes.{lacking}")


def relative(post: str, names: Sequence[str]) -> str:
    """The question as a part of a batch asks it."""
    return f"{post}/insights?{urlencode({'metric': ','.join(names), 'period': 'lifetime'}, safe=',')}"


def video_figures(graph: PageGraph, published: Published, video: str, reel: str) -> list[Figure]:
    """A feed video and a Reel have metrics of their own, and the wrong list is answered with silence.

    Which of both it is, is not told by its id: the likelier list is asked first, then the other.
    """
    lists = (reel, video) if "/reel/" in published.url else (video, reel)
    made: list[Figure] = []
    for metrics in lists:
        found = figures(graph, published.remote_id, metrics, "video_insights")
        made = made or found
        if any(figure.value is not None for figure in found):
            made = found
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
    number = whole(summary.get("total_count")) if isinstance(summary, dict) else None
    definition = say(f"facebook.metrics.{metric}", name=field)
    return Figure(metric, number, definition, COUNTS_SOURCE, "" if number is not None else say(trouble))


def _question(graph: PageGraph, post: str, names: Sequence[str], edge: str) -> tuple[str, dict[str, str]]:
    return f"{graph.version}/{post}/{edge}", {"metric": ",".join(names), "period": "lifetime"}


def values_of(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Lifetime value by name. A metric without data is simply not listed: absent, never 0."""
    listed = answer.get("data")
    found: dict[str, Any] = {}
    for entry in listed if isinstance(listed, list) else []:
        values = entry.get("values") if isinstance(entry, dict) else None
        if isinstance(values, list) and values and isinstance(values[-1], dict):
            found[str(entry.get("name"))] = values[-1].get("value")
    return found


def tells_of_another(answer: Mapping[str, Any], post: str, asked: Collection[str]) -> bool:
    """Whether a part of a batch holds the values of another of the posts that were `asked` for."""
    listed = answer.get("data")
    entries = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
    about = {str(one.get("id")).partition("/")[0] for one in entries}
    return not about.isdisjoint(set(asked) - {post})


def _figures(name: str, value: Any, trouble: str = "facebook.notes.no_data") -> list[Figure]:
    """The readings of one metric; a name Loa does not know yet is read as a plain number under that name."""
    made = []
    for reading in READINGS.get(name, (Reading(name, whole),)):
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
