"""How far a post reached, in Loa's words, with Facebook's own name and meaning beside every figure.

Names die with versions (all `*_impressions*` did by v26), and one dead name fails the whole call: so
the list is a setting, and on error 100 every name is asked alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connectors.contract import Figure
from connectors.errors import AuthLost, Refused
from connectors.facebook.errors import is_permission
from connectors.facebook.graph import VERSION, PageGraph
from content.wording import say

SOURCE = f"facebook insights {VERSION}"

Read = Callable[[Any], int | None]


@dataclass(frozen=True)
class Reading:
    """One figure taken out of one platform metric. `note` is a catalogue key or empty."""

    metric: str
    read: Read
    note: str = ""


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
}
"""Page Insights reference and two live probes of 2026-07-13 and 2026-09-01 (facts §2)."""


def figures(graph: PageGraph, post: str, metrics: str) -> list[Figure]:
    """One figure per reading of every metric in the comma list. What cannot be read is None with a note."""
    names = list(dict.fromkeys(name.strip() for name in metrics.split(",") if name.strip()))
    if not names:
        return []
    try:
        values = _ask(graph, post, names)
        return [figure for name in names for figure in _figures(name, values.get(name))]
    except AuthLost as error:
        if not is_permission(error):
            raise
        # a right to publish without a right to measure must not stop the channel
        return [f for name in names for f in _figures(name, None, "facebook.notes.not_permitted")]
    except Refused as error:
        if error.code != "fb:100":
            raise
    return [figure for name in names for figure in _alone(graph, post, name)]


def _alone(graph: PageGraph, post: str, name: str) -> list[Figure]:
    try:
        return _figures(name, _ask(graph, post, [name]).get(name))
    except Refused as error:
        if error.code != "fb:100":
            raise
        return _figures(name, None, "facebook.notes.dead_metric")


def _ask(graph: PageGraph, post: str, names: list[str]) -> dict[str, Any]:
    """Lifetime value by name. A metric without data is simply not listed: absent, never 0."""
    answer = graph.get_connections(post, "insights", metric=",".join(names), period="lifetime")
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
        meaning = f"facebook.metrics.{reading.metric}" if known else "facebook.metrics.other"
        note = reading.note if number is not None else trouble
        made.append(
            Figure(reading.metric, number, say(meaning, name=name), SOURCE, say(note) if note else "")
        )
    return made
