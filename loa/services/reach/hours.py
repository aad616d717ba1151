"""The best hours of a channel, and whether there are posts enough to say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from loa.services.reach import spans
from loa.services.reach.ages import USUAL, age_of, written
from loa.services.reach.groups import ways_of
from loa.services.reach.samples import Sample, chosen, metrics, samples
from loa.services.reach.spans import Span
from loa.services.reach.spread import CHANCE, ENOUGH_TO_JUDGE, Spread, chances, spread
from loa.services.workspace import Workspace

USUAL_PERIOD = "365d"
Verdict = Literal["better", "same", "few"]


@dataclass(frozen=True)
class Slot:
    """One hour of the day on working days (Monday to Friday) or at the weekend, in the unit's zone."""

    weekend: bool
    hour: int


@dataclass(frozen=True)
class SlotFigures:
    """What posts of that hour came to. `few`: too few to say anything; `same`: may well be chance.

    `chance` is how likely chance alone does it, None where it was not reckoned. `planned`: the unit's
    weekly posting slots have such a time.
    """

    slot: Slot
    spread: Spread
    verdict: Verdict
    chance: float | None
    planned: bool = False


@dataclass(frozen=True)
class ChannelHours:
    """One channel, one way of counting. Slots without a figure are not there; the highest median first."""

    channel: str
    definition: str
    way: int
    every: Spread
    slots: Sequence[SlotFigures]

    @property
    def best(self) -> list[SlotFigures]:
        return [one for one in self.slots if one.verdict == "better"]

    @property
    def judged(self) -> bool:
        """Whether there was any hour with posts enough."""
        return any(one.verdict != "few" for one in self.slots)


@dataclass(frozen=True)
class Hours:
    metric: str
    age: str
    span: Span
    enough: int
    channels: Sequence[ChannelHours]
    metrics: Sequence[str]
    cut: bool = False
    posts: int = 0
    """What went public then, with a figure at that age or without."""


def best_hours(
    workspace: Workspace,
    *,
    channel: str = "",
    metric: str = "",
    age: str = USUAL,
    period: str = "",
    span: Span | None = None,
    only: Container[str] | None = None,
) -> Hours:
    """Reads only; a year back unless a period is told. Raises UsageError for age, period, metric.

    `span` takes the place of a period; `only` are the deliveries that are looked at.
    """
    old, span = age_of(age), span or spans.span(workspace, period or USUAL_PERIOD)
    there = metrics(workspace, span.first, span.last, channel)
    metric = chosen(metric, there)
    told = samples(workspace, span.first, span.last, metric, old, channel)
    posts = [one for one in told.posts if only is None or one.delivery in only]
    planned = _planned(workspace, {one.channel for one in posts})
    found = judged(posts, workspace.config.zone, planned)
    return Hours(metric, written(old), span, ENOUGH_TO_JUDGE, found, there, told.cut, len(posts))


def judged(
    posts: Sequence[Sample], zone: ZoneInfo, planned: frozenset[tuple[str, Slot]] = frozenset()
) -> list[ChannelHours]:
    """Channel by channel and way by way: `better` only where posts enough lie higher than by chance."""
    ways = ways_of(posts)
    values: defaultdict[tuple[str, str], defaultdict[Slot, list[int]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for one in posts:
        if one.value is not None:
            values[one.channel, one.definition][slot_of(one, zone)].append(one.value)
    found = []
    for (channel, definition), slots in values.items():
        chance = chances(slots)
        told = []
        for slot, figures in slots.items():
            how = chance[slot]
            verdict: Verdict = "few" if how is None else "better" if how <= CHANCE else "same"
            lie = spread(figures)
            if lie is not None:
                told.append(SlotFigures(slot, lie, verdict, how, (channel, slot) in planned))
        every = spread([value for figures in slots.values() for value in figures])
        if every is not None:
            way = ways[channel].index(definition) + 1 if len(ways[channel]) > 1 else 0
            told.sort(key=lambda one: (-one.spread.median, one.slot.weekend, one.slot.hour))
            found.append(ChannelHours(channel, definition, way, every, told))
    return sorted(found, key=lambda one: (one.channel, one.way))


def slot_of(one: Sample, zone: ZoneInfo) -> Slot:
    here = one.published_at.astimezone(zone)
    return Slot(here.weekday() >= 5, here.hour)


def _planned(workspace: Workspace, channels: set[str]) -> frozenset[tuple[str, Slot]]:
    """Where the weekly posting slots (`loa slots`) have a time."""
    from loa.services import slots

    if not workspace.config.slots:
        return frozenset()
    seen = slots.look(workspace)
    return frozenset(
        (name, Slot(day >= 5, slot.at.hour))
        for name in channels
        for slot in seen.slots_of(name)
        for day in (range(5) if slot.weekdays is None else slot.weekdays)
    )
