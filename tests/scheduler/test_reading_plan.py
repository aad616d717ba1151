"""The decaying plan: which point is due, never twice, and one reading after however long a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.reading_plan import MONTH, POINTS, due_reading, is_late

OUT = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
MINUTES = st.integers(-100, 3 * 365 * 1440).map(lambda minutes: timedelta(minutes=minutes))
YEAR = timedelta(days=365)


def points(published_at: datetime, until: datetime) -> list[datetime]:
    """All points of a delivery that have come."""
    beyond = (POINTS[-1] + n * MONTH for n in count(1))
    ages = [*POINTS, *takewhile(lambda age: published_at + age <= until, beyond)]
    return [published_at + age for age in ages if published_at + age <= until]


def test_a_post_is_read_often_while_it_is_young_and_monthly_after_a_quarter() -> None:
    ages = [point - OUT for point in points(OUT, OUT + timedelta(days=200))]
    assert ages[:3] == [timedelta(minutes=15), timedelta(hours=1), timedelta(hours=6)]
    assert [age.days for age in ages[3:]] == [1, 3, 7, 14, 30, 90, 120, 150, 180]


def test_somebody_who_looks_every_quarter_of_an_hour_reads_each_point_once_and_none_late() -> None:
    now, taken, last = OUT, [], None
    while now < OUT + YEAR:
        if found := due_reading(OUT, last, now):
            taken.append(found)
            assert not is_late(OUT, found, now)
            last = now
        now += timedelta(minutes=15)
    assert taken == points(OUT, now - timedelta(minutes=1))
    assert len(taken) == 18, "eighteen readings of one post in its first year; every hour it would be 8,760"


@given(looks=st.lists(MINUTES, max_size=60))
def test_no_point_is_read_twice_and_every_reading_is_the_newest_point_that_has_passed(
    looks: list[timedelta],
) -> None:
    """Looks come whenever they come, with a clock that may be set back."""
    last, read = None, set[datetime]()
    for age in looks:
        now = OUT + age
        passed = points(OUT, now)
        found = due_reading(OUT, last, now)
        if found is None:
            assert not passed or (last is not None and last >= passed[-1])
            continue
        assert found == passed[-1]
        assert found not in read
        read.add(found)
        last = now


@given(age=MINUTES, gap=MINUTES)
def test_after_a_gap_one_reading_catches_up_and_nothing_more_is_due_then(
    age: timedelta, gap: timedelta
) -> None:
    last, now = OUT + age, OUT + age + abs(gap)
    if due_reading(OUT, last, now):
        assert due_reading(OUT, now, now) is None


@given(age=MINUTES)
def test_what_was_never_read_is_due_from_the_first_point_on(age: timedelta) -> None:
    assert (due_reading(OUT, None, OUT + age) is None) == (age < POINTS[0])


@pytest.mark.parametrize(
    ("planned", "taken", "late"),
    [
        (timedelta(minutes=15), timedelta(minutes=30), False),
        (timedelta(minutes=15), timedelta(minutes=36), True),
        (timedelta(hours=1), timedelta(minutes=85), True),
        (timedelta(days=1), timedelta(hours=29), False),
        (timedelta(days=1), timedelta(hours=31), True),
        (timedelta(days=30), timedelta(days=37), False),
        (timedelta(days=30), timedelta(days=38), True),
    ],
)
def test_a_figure_is_late_when_it_is_no_longer_one_of_that_age(
    planned: timedelta, taken: timedelta, late: bool
) -> None:
    assert is_late(OUT, OUT + planned, OUT + taken) is late
