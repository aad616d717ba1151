"""Figures at the same age: an old post must not win only because people have had longer to see it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from content.errors import UsageError
from scheduler.reach import TYPED
from scheduler.reading_plan import LEAST_LATE, POINTS

USUAL = "7d"


class Taken(Protocol):
    """A reading, whoever holds it. `value` None is not available."""

    @property
    def taken_at(self) -> datetime: ...
    @property
    def value(self) -> int | None: ...
    @property
    def source(self) -> str: ...


T = TypeVar("T", bound=Taken)


def written(age: timedelta) -> str:
    """`15m`, `6h`, `7d`: as it is typed after `--age`."""
    if age >= timedelta(days=1):
        return f"{age // timedelta(days=1)}d"
    hours, rest = divmod(age, timedelta(hours=1))
    return f"{hours}h" if not rest else f"{age // timedelta(minutes=1)}m"


AGES = {written(point): point for point in POINTS}
"""The points of the reading plan: at other ages nobody looks."""


def age_of(name: str) -> timedelta:
    """The age with that name; raises UsageError with those there are."""
    found = AGES.get(name.strip().lower())
    if found is None:
        raise UsageError("reach.bad_age", written=name, ages=", ".join(AGES))
    return found


def window(age: timedelta) -> tuple[timedelta, timedelta]:
    """The youngest and the oldest at which a reading still counts as one of that age.

    A quarter before and after; to very young ones the plan itself is no more punctual than LEAST_LATE.
    """
    return age - age / 4, age + max(LEAST_LATE, age / 4)


def near(readings: Iterable[T], published_at: datetime, age: timedelta) -> list[T]:
    """Those of about that age, the nearest first, of two as near the later; also those without a value.

    What a person typed in comes after all that was read: it is counted in a way of its own.
    """
    youngest, oldest = window(age)
    inside = [one for one in readings if youngest <= one.taken_at - published_at <= oldest]

    def place(one: T) -> tuple[bool, timedelta, float]:
        far = abs(one.taken_at - published_at - age)
        return one.source.startswith(TYPED), far, -one.taken_at.timestamp()

    return sorted(inside, key=place)


def at_age(readings: Iterable[T], published_at: datetime, age: timedelta) -> T | None:
    """The reading with a value that is nearest to that age; None where nobody read it about then."""
    return next((one for one in near(readings, published_at, age) if one.value is not None), None)
