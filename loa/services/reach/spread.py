"""How the figures of several posts lie: mean, median, quartiles, and whether some are higher than others."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

K = TypeVar("K", bound=Hashable)

ENOUGH_TO_COMPARE = 5
"""Below so many posts a group says too little to be held against another."""
ENOUGH_TO_JUDGE = 8
"""So many posts inside and outside of a group before it may be called better."""
CHANCE = 0.05
"""Of all groups of one question together: how often chance alone may make one of them “better”."""


@dataclass(frozen=True)
class Spread:
    """Of `known` figures, at least one. `low` and `high` are the quartiles."""

    known: int
    mean: float
    median: float
    low: float
    high: float
    least: int
    most: int

    @property
    def few(self) -> bool:
        return self.known < ENOUGH_TO_COMPARE


def spread(values: Sequence[int]) -> Spread | None:
    """None for no figure at all: that is not 0."""
    if not values:
        return None
    told = sorted(values)
    mean = sum(told) / len(told)
    return Spread(
        len(told), mean, quantile(told, 0.5), quantile(told, 0.25), quantile(told, 0.75), told[0], told[-1]
    )


def quantile(told: Sequence[int], part: float) -> float:
    """Of figures in order, at least one: linear between two neighbours."""
    place = part * (len(told) - 1)
    below = math.floor(place)
    above = min(below + 1, len(told) - 1)
    return told[below] + (told[above] - told[below]) * (place - below)


def chances(groups: Mapping[K, Sequence[int]]) -> dict[K, float | None]:
    """How likely chance alone makes a group so high among all of them; None where there are too few posts.

    Wilcoxon's rank sum, one-sided, with the normal approximation and its correction for ties; times the
    number of groups that are asked about (Bonferroni), or one of 48 hours would always seem good. Ranks,
    so that one post that everybody shared does not decide.
    """
    every = sorted(value for values in groups.values() for value in values)
    count = len(every)
    ranks = _ranks(every)
    ties = sum(many**3 - many for many in Counter(every).values())
    asked = [
        key
        for key, values in groups.items()
        if len(values) >= ENOUGH_TO_JUDGE and count - len(values) >= ENOUGH_TO_JUDGE
    ]
    found: dict[K, float | None] = dict.fromkeys(groups)
    for key in asked:
        inside = len(groups[key])
        outside = count - inside
        expected = inside * (count + 1) / 2
        variance = inside * outside / 12 * (count + 1 - ties / (count * (count - 1)))
        if variance <= 0:  # all posts have the same figure
            found[key] = 1.0
            continue
        higher = sum(ranks[value] for value in groups[key]) - expected - 0.5
        found[key] = min(1.0, 0.5 * math.erfc(higher / math.sqrt(2 * variance)) * len(asked))
    return found


def _ranks(told: Sequence[int]) -> dict[int, float]:
    """The rank of each figure from 1 on, the mean of their ranks for equals."""
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, value in enumerate(told, start=1):
        places[value].append(place)
    return {value: (found[0] + found[-1]) / 2 for value, found in places.items()}
