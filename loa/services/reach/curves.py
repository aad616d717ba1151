"""How a figure grew: one point for every age at which it was to be read; what is missing stays a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from loa.services.reach.ages import at_age, near, window
from loa.services.reach.posts import Reach
from scheduler.reach import TYPED
from scheduler.reading_plan import MONTH, POINTS

State = Literal["read", "unavailable", "missed", "ahead"]
LONGEST = 48
"""Points of one curve: the plan's, then three years of months."""
GAP, BREAK = "·", "|"
BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class CurvePoint:
    """A figure at an age. `unavailable`: the platform did not tell it; `missed`: nobody read it about then,
    and now it is too late for that (`window`); until then it is `ahead`.

    `changed`: from here on it is counted in another way than at the point before.
    """

    age: timedelta
    state: State
    value: int | None = None
    taken_at: datetime | None = None
    definition: str = ""
    changed: bool = False


def curve(post: Reach, metric: str, now: datetime) -> list[CurvePoint]:
    """The points of the plan up to the post's age, and those of the plan that are still ahead."""
    told, found, before = post.readings.get(metric, ()), list[CurvePoint](), ""
    for age in _ages(now - post.published_at):
        one = at_age(told, post.published_at, age)
        if one is not None:
            typed = one.source.startswith(TYPED)  # what a person noted besides is no change
            changed = bool(before) and not typed and one.definition != before
            before = before if typed else one.definition or "–"
            found.append(CurvePoint(age, "read", one.value, one.taken_at, one.definition, changed))
            continue
        if empty := near(told, post.published_at, age):
            found.append(CurvePoint(age, "unavailable", None, empty[0].taken_at))
        else:
            found.append(CurvePoint(age, "missed" if post.published_at + window(age)[1] <= now else "ahead"))
    return found


def drawn(points: Sequence[CurvePoint]) -> str:
    """A bar a point from 0 to the highest of its way of counting, a dot for a gap, a stroke at a change."""
    last = max((place for place, one in enumerate(points) if one.state == "read"), default=-1)
    tops: list[int] = []
    for one in points[: last + 1]:
        if one.changed or not tops:
            tops.append(0)
        tops[-1] = max(tops[-1], one.value or 0)
    way, line = 0, ""
    for one in points[: last + 1]:
        if one.changed:
            way, line = way + 1, line + BREAK
        height = 0 if one.value is None else round(one.value / (tops[way] or 1) * (len(BARS) - 1))
        line += GAP if one.value is None else BARS[height]
    return line


def _ages(old: timedelta) -> list[timedelta]:
    ages = list(POINTS)
    while ages[-1] + MONTH <= old and len(ages) < LONGEST:
        ages.append(ages[-1] + MONTH)
    return ages
