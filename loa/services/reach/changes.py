"""How one period compares with the one before: means per post, channel by channel.

Of either period the figures count that were known at its end. With those of today the posts of the period
before would be the older ones: everything would always seem to fall.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from content.wording import say
from loa.services.reach.posts import Period, Reach
from loa.speech import figure_words, number, one_line
from scheduler.reach import TYPED

FEW = 3
"""Below so many posts a mean says little, and whoever tells it says so."""


@dataclass(frozen=True)
class Mean:
    """Of `posts` posts `known` have a figure; `value` is their mean, None when none has one."""

    value: float | None
    known: int
    posts: int
    metric: str = ""


@dataclass(frozen=True)
class Change:
    """One channel in a period and in the one before it."""

    channel: str
    now: Mean
    before: Mean
    ways: int = 1
    """In how many ways the platform counted what is told: of several the means cannot be compared."""

    @property
    def difference(self) -> int | None:
        """Of the means, rounded; None when there is nothing to compare."""
        if self.ways > 1 or self.now.value is None or self.before.value is None:
            return None
        return round(self.now.value) - round(self.before.value)

    @property
    def percent(self) -> int | None:
        if self.difference is None or not self.before.value:
            return None
        return round(100 * self.difference / self.before.value)

    @property
    def few(self) -> bool:
        """Whether either side is of too few posts to say much."""
        return min(self.now.known, self.before.known) < FEW


def in_words(change: Change) -> str:
    """`fanpage: 120 (5 bài), kỳ trước 80 (4 bài): tăng 40 (+50%).`"""
    words = {
        "channel": one_line(change.channel),
        "now": mean_in_words(change.now),
        "before": mean_in_words(change.before, "mean_none_then"),
    }
    difference, percent = change.difference, change.percent
    if difference is None:
        return say(f"tui_figures.change.{'ways' if change.ways > 1 else 'none'}", **words)
    words["by"] = figure_words(change.now.metric, abs(difference))
    words["percent"] = "" if percent is None else say("tui_figures.percent", percent=percent)
    name = "more" if difference > 0 else "less" if difference < 0 else "same"
    told = say(f"tui_figures.change.{name}", **words)
    return f"{told} {say('tui_figures.few')}" if change.few else told


def mean_in_words(told: Mean, none: str = "mean_none") -> str:
    """`120 (5 bài)`, or `120 (3 trên 5 bài)` where some have no figure; `none`: what is said of no figure."""
    if not told.posts:
        return say("tui_figures.mean_no_post")
    if told.value is None:
        return say(f"tui_figures.{none}", posts=number(told.posts))
    words = {
        "value": figure_words(told.metric, round(told.value)),
        "known": number(told.known),
        "posts": number(told.posts),
    }
    return say("tui_figures.mean_all" if told.known == told.posts else "tui_figures.mean_some", **words)


def mean(posts: Iterable[Reach], metric: str, until: datetime | None = None) -> Mean:
    """Of what was known then, else now."""
    told = [one.newest(metric, until) for one in posts]
    values = [one.value for one in told if one is not None and one.value is not None]
    return Mean(sum(values) / len(values) if values else None, len(values), len(told), metric)


def compare(now: Period, before: Period, metric: str) -> list[Change]:
    """Channel by channel, never across them; each period as it stood at its end."""
    channels = sorted({one.channel for one in (*now.posts, *before.posts)})
    found = []
    for channel in channels:
        sides = [
            ([one for one in side.posts if one.channel == channel], side.until) for side in (now, before)
        ]
        here, there = (mean(posts, metric, until) for posts, until in sides)
        told = (one.newest(metric, until) for posts, until in sides for one in posts)
        ways = {
            one.definition
            for one in told
            if one is not None and one.value is not None and not one.source.startswith(TYPED)
        }
        found.append(Change(channel, here, there, max(1, len(ways))))
    return found


@dataclass(frozen=True)
class Point:
    """What went public in the days from `day` on: their mean."""

    day: date
    mean: Mean


def points(period: Period, metric: str, zone: ZoneInfo, step: int) -> dict[str, list[Point]]:
    """By channel, the means of `step` days each from the period's first day on, oldest first.

    Steps in which nothing with a figure went public are left out: that is not 0.
    """
    first = period.since.astimezone(zone).date()
    parts: defaultdict[tuple[str, int], list[Reach]] = defaultdict(list)
    for one in period.posts:
        parts[one.channel, (one.published_at.astimezone(zone).date() - first).days // step].append(one)
    found: defaultdict[str, list[Point]] = defaultdict(list)
    for (channel, place), posts in sorted(parts.items()):
        told = mean(posts, metric)
        if told.value is not None:
            found[channel].append(Point(first + timedelta(days=place * step), told))
    return dict(found)
