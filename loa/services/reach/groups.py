"""Groups of posts side by side at the same age: by channel, campaign, kind, field of law, day, hour, period.

Never across channels in one number, nor across two ways of counting.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from content.kinds import KINDS
from content.wording import say
from loa.services.reach import fields, spans
from loa.services.reach.ages import USUAL, age_of, written
from loa.services.reach.fields import Division
from loa.services.reach.samples import Sample, chosen, metrics, samples
from loa.services.reach.spans import Span
from loa.services.reach.spread import Spread, spread
from loa.services.workspace import Workspace

BY = ("channel", "campaign", "kind", "field", "period", "weekday", "hour")
_IN_ORDER = ("period", "weekday", "hour")
"""What has an order of its own; all else stands by its median, the highest first."""
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Keys = Callable[[Sample], Sequence[str]]


@dataclass(frozen=True)
class Group:
    """Posts of one channel that have something in common, counted in one way.

    Of `posts`, `young` are not that old yet and `unread` have no figure at that age; where a channel counts
    in several ways (`way` 1, 2, …) `spread.known` are those of this one. `spread` None: no figure at all.
    """

    channel: str
    key: str
    label: str
    definition: str
    way: int
    posts: int
    young: int
    unread: int
    spread: Spread | None

    @property
    def few(self) -> bool:
        """Whether there are too few figures to hold it against another."""
        return self.spread is None or self.spread.few


@dataclass(frozen=True)
class Comparison:
    """`shared`: posts that stand in several groups, which only fields of law (`division`) have.

    `metrics`: what else can be compared.
    """

    by: str
    metric: str
    age: str
    span: Span
    groups: Sequence[Group]
    metrics: Sequence[str]
    shared: int = 0
    division: Division | None = None
    cut: bool = False


def compared(
    workspace: Workspace,
    by: str,
    *,
    metric: str = "",
    age: str = USUAL,
    period: str = "",
    channel: str = "",
    span: Span | None = None,
    only: Container[str] | None = None,
) -> Comparison:
    """Reads only; without a metric the most telling. Raises UsageError for age, period, metric.

    `span` takes the place of a period; `only` are the deliveries that are looked at.
    """
    old, asked = age_of(age), {"now": span} if span else spans.with_earlier(workspace, period)
    now = asked["now"]
    there = metrics(workspace, now.first, now.last, channel)
    metric = chosen(metric, there)
    division = None
    if by == "period":
        every = {
            name: samples(workspace, one.first, one.last, metric, old, channel) for name, one in asked.items()
        }
        of: defaultdict[str, list[str]] = defaultdict(list)
        for name, told in every.items():
            for one in told.posts:
                of[one.delivery].append(name)
        posts = list({one.delivery: one for told in every.values() for one in told.posts}.values())
        labels: Mapping[str, str] = {name: one.label for name, one in asked.items()}
        keys: Keys = lambda one: of[one.delivery]  # noqa: E731 beside the other keys it reads better
        cut = any(one.cut for one in every.values())
    else:
        told = samples(workspace, now.first, now.last, metric, old, channel)
        posts, cut = [one for one in told.posts if only is None or one.delivery in only], told.cut
        if by == "field":
            division = fields.of_posts(workspace, posts, now)
            of_field, labels = division.of, division.labels
            keys = lambda one: of_field[one.post]  # noqa: E731
        else:
            keys, labels = _keys(workspace, by)
    groups = grouped(posts, keys, labels, list(labels) if by in _IN_ORDER else None)
    shared = len({one.post for one in posts if len(keys(one)) > 1}) if division else 0
    return Comparison(by, metric, written(old), now, groups, there, shared, division, cut)


def grouped(
    posts: Sequence[Sample], keys: Keys, labels: Mapping[str, str], order: Sequence[str] | None = None
) -> list[Group]:
    """Channel by channel. A post stands in every group whose key it has."""
    ways = ways_of(posts)
    parts: defaultdict[tuple[str, str], list[Sample]] = defaultdict(list)
    for one in posts:
        for key in keys(one):
            parts[one.channel, key].append(one)
    found = []
    for (channel, key), part in parts.items():
        values: defaultdict[str, list[int]] = defaultdict(list)
        for one in part:
            if one.value is not None:
                values[one.definition].append(one.value)
        counts = (
            len(part),
            sum(one.young for one in part),
            sum(one.value is None and not one.young for one in part),
        )
        label = labels.get(key, key)
        if not values:
            found.append(Group(channel, key, label, "", 0, *counts, None))
        for definition, told in values.items():
            way = ways[channel].index(definition) + 1 if len(ways[channel]) > 1 else 0
            found.append(Group(channel, key, label, definition, way, *counts, spread(told)))

    def place(one: Group) -> tuple[str, int, float, str, int]:
        rank = order.index(one.key) if order is not None and one.key in order else 0
        median = -one.spread.median if one.spread and order is None else 1.0
        return one.channel, rank, median, one.key, one.way

    return sorted(found, key=place)


def ways_of(posts: Sequence[Sample]) -> dict[str, list[str]]:
    """By channel the definitions its figures have, the one of the oldest post first."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for one in sorted(posts, key=lambda one: (one.published_at, one.delivery)):
        if one.value is not None and one.definition not in found[one.channel]:
            found[one.channel].append(one.definition)
    return dict(found)


def _keys(workspace: Workspace, by: str) -> tuple[Keys, Mapping[str, str]]:
    """What a post stands under, and how that is called."""
    zone = workspace.config.zone
    if by == "campaign":
        from loa.services.reporting import campaigns_of

        named = campaigns_of(workspace)
        belongs = {post: key for key, (_, planned) in named.items() for post in planned}
        labels = {key: name for key, (name, _) in named.items()} | {"": say("report.no_campaign")}
        return lambda one: (belongs.get(one.post, ""),), labels
    if by == "kind":
        return lambda one: (one.kind,), {key: kind.label for key, kind in KINDS.items()}
    if by == "weekday":
        days = {str(day): say(f"content.weekdays.{name}") for day, name in enumerate(_WEEK)}
        return lambda one: (str(_local(one.published_at, zone).weekday()),), days
    if by == "hour":
        return lambda one: (f"{_local(one.published_at, zone).hour:02d}",), hour_labels()
    return lambda _: ("",), {"": say("reach.all_posts")}


def hour_labels() -> dict[str, str]:
    return {f"{hour:02d}": say("reach.hour", first=hour, last=(hour + 1) % 24) for hour in range(24)}


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone)
