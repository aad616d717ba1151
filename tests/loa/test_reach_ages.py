"""Same age, medians, chance: the arithmetic of comparisons, as laws."""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.errors import UsageError
from loa.services.reach.ages import AGES, age_of, at_age, window, written
from loa.services.reach.spread import CHANCE, ENOUGH_TO_JUDGE, chances, spread
from scheduler.reading_plan import POINTS, due_reading, is_late

OUT = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Read:
    taken_at: datetime
    value: int | None
    source: str = "graph"


def reads(*pairs: tuple[timedelta, int | None]) -> list[Read]:
    return [Read(OUT + age, value) for age, value in pairs]


SOME = st.lists(
    st.builds(
        Read,
        st.timedeltas(timedelta(), 400 * DAY).map(lambda age: OUT + age),
        st.none() | st.integers(0, 10**9),
    ),
    max_size=20,
)
AGE = st.sampled_from(POINTS)


@given(SOME, AGE)
def test_no_reading_with_a_value_lies_nearer_than_the_one_that_counts(told: list[Read], age: timedelta):
    found = at_age(told, OUT, age)
    youngest, oldest = window(age)
    inside = [one for one in told if one.value is not None and youngest <= one.taken_at - OUT <= oldest]
    if found is None:
        assert inside == []
    else:
        assert found in inside
        assert all(abs(found.taken_at - OUT - age) <= abs(one.taken_at - OUT - age) for one in inside)


@given(SOME, AGE, st.randoms(use_true_random=False))
def test_the_order_of_readings_does_not_matter(told: list[Read], age: timedelta, chance: random.Random):
    told = list({one.taken_at: one for one in told}.values())
    mixed = list(told)
    chance.shuffle(mixed)
    assert at_age(mixed, OUT, age) == at_age(told, OUT, age)


@given(SOME, AGE, st.timedeltas(timedelta(), 3000 * DAY), st.integers(0, 10**9))
def test_getting_older_changes_nothing(told: list[Read], age: timedelta, later: timedelta, value: int):
    """A newer figure of an old post must not enter: or old posts win because they are old."""
    _, oldest = window(age)
    newer = Read(OUT + oldest + timedelta(seconds=1) + later, value)
    assert at_age([*told, newer], OUT, age) == at_age(told, OUT, age)


def test_the_reading_nearest_to_the_age_counts_and_not_the_newest():
    told = reads((1 * DAY, 10), (7 * DAY + timedelta(hours=2), 70), (30 * DAY, 300))
    assert at_age(told, OUT, 7 * DAY) == told[1]
    assert at_age(told, OUT, 14 * DAY) is None, "nobody looked at about 14 days: that is no figure, not 0"
    assert at_age(reads((7 * DAY, None), (8 * DAY, 80)), OUT, 7 * DAY) == Read(OUT + 8 * DAY, 80)


@given(AGE, st.timedeltas(timedelta(), 30 * DAY))
def test_what_the_plan_calls_late_is_not_of_that_age(age: timedelta, after: timedelta):
    """One rule for both: a reading marked “read late” must not count as one of its point's age."""
    taken = OUT + age + after
    assert is_late(OUT, OUT + age, taken) == (at_age([Read(taken, 1)], OUT, age) is None)


def test_what_a_platform_said_counts_before_what_a_person_typed_in():
    read, typed = Read(OUT + 8 * DAY, 80), Read(OUT + 7 * DAY, 75, "typed:soan")
    assert at_age([read, typed], OUT, 7 * DAY) == read
    assert at_age([Read(OUT + 7 * DAY, None), typed], OUT, 7 * DAY) == typed


def test_every_point_of_the_plan_can_be_typed_and_is_read_back():
    assert list(AGES) == ["15m", "1h", "6h", "1d", "3d", "7d", "14d", "30d", "90d"]
    assert [age_of(written(point)) for point in POINTS] == list(POINTS)
    assert all(due_reading(OUT, None, OUT + age) == OUT + age for age in AGES.values())
    with pytest.raises(UsageError, match=r"7d"):
        age_of("8d")


VALUES = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)


@given(VALUES)
def test_a_spread_agrees_with_the_standard_library(values: list[int]):
    found = spread(values)
    assert found is not None
    assert (found.known, found.least, found.most) == (len(values), min(values), max(values))
    assert found.median == pytest.approx(statistics.median(values))
    assert found.mean == pytest.approx(statistics.fmean(values))
    if len(values) > 1:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
        assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert found.least <= found.low <= found.median <= found.high <= found.most


@given(st.lists(st.integers(0, 1000), min_size=3, max_size=40), st.integers(1001, 10**9))
def test_one_post_that_everybody_shared_moves_the_median_by_one_place_at_most(values: list[int], viral: int):
    before, after = spread(values), spread([*values, viral])
    assert before is not None
    assert after is not None
    assert after.median <= sorted(values)[len(values) // 2 + len(values) % 2]
    assert after.mean > before.mean


def test_no_figure_is_no_spread_and_not_zero():
    assert spread([]) is None
    assert spread([0, 0]) is not None


def test_too_few_posts_are_never_judged():
    high, low = [900] * (ENOUGH_TO_JUDGE - 1), [1] * 100
    assert chances({"sáng": high, "tối": low}) == {"sáng": None, "tối": None}
    assert chances({"sáng": [900] * 50}) == {"sáng": None}, "nothing outside to compare with"


def test_an_hour_that_is_clearly_higher_is_found_and_one_viral_post_is_not_enough():
    low = list(range(100, 140))
    assert (chances({"sáng": list(range(200, 210)), "tối": low})["sáng"] or 1) < CHANCE
    viral = [*range(100, 109), 1_000_000]
    assert (chances({"sáng": viral, "tối": low})["sáng"] or 0) > CHANCE
    assert chances({"sáng": [5] * 10, "tối": [5] * 10}) == {"sáng": 1.0, "tối": 1.0}


@given(
    st.dictionaries(st.integers(0, 5), st.lists(st.integers(0, 50), min_size=1, max_size=15), min_size=2),
    st.integers(1, 1000),
)
def test_only_ranks_count(groups: dict[int, Sequence[int]], times: int):
    stretched = {key: [value**2 * times + value for value in values] for key, values in groups.items()}
    assert chances(groups) == chances(stretched)


def test_chance_alone_seldom_makes_any_of_many_hours_better():
    """1,000 years of posts whose hour means nothing: how often any of 12 hours is called better."""
    chance = random.Random(7)
    alarms = 0
    for _ in range(1000):
        groups = {hour: [round(chance.lognormvariate(5, 1.2)) for _ in range(12)] for hour in range(12)}
        alarms += any(one is not None and one <= CHANCE for one in chances(groups).values())
    assert alarms <= 65, f"{alarms} of 1,000: more than chance is allowed"


def test_half_again_as_many_readers_are_seen_with_posts_enough():
    chance = random.Random(11)
    found = 0
    for _ in range(200):
        groups = {hour: [round(chance.lognormvariate(5, 0.6)) for _ in range(20)] for hour in range(8)}
        groups[3] = [round(value * 1.8) for value in groups[3]]
        told = chances(groups)
        found += (told[3] or 1) <= CHANCE
    assert found >= 150, f"{found} of 200"
