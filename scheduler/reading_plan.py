"""When a delivery's reach is read: often while it is young, then ever more rarely."""

from __future__ import annotations

from datetime import datetime, timedelta

POINTS = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=3),
    timedelta(days=7),
    timedelta(days=14),
    timedelta(days=30),
    timedelta(days=90),
)
"""Ages at which figures are read; after the last, one `MONTH` after another."""
MONTH = timedelta(days=30)
LEAST_LATE = timedelta(minutes=20)
"""A reading is late by more than this and by more than a quarter of the age it was planned for."""


def due_reading(published_at: datetime, last_taken: datetime | None, now: datetime) -> datetime | None:
    """The newest point that has passed since `last_taken` (None: never read); None where there is none.

    However long nobody looked, it is one reading: what a figure was at the points in between is lost.
    """
    place = _place(now - published_at)
    done = -1 if last_taken is None else _place(last_taken - published_at)
    return None if place <= done else published_at + _age(place)


def is_late(published_at: datetime, planned_at: datetime, taken_at: datetime) -> bool:
    """Whether a figure was read so long after its point that it is not one of that age."""
    return taken_at - planned_at > max(LEAST_LATE, (planned_at - published_at) / 4)


def _place(age: timedelta) -> int:
    """Number of the newest point at that age; -1 before the first."""
    if age >= POINTS[-1]:
        return len(POINTS) - 1 + (age - POINTS[-1]) // MONTH
    return sum(point <= age for point in POINTS) - 1


def _age(place: int) -> timedelta:
    beyond = place - len(POINTS) + 1
    return POINTS[place] if beyond <= 0 else POINTS[-1] + beyond * MONTH
