"""A clock that stands still until it is moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

LAW_DAY_MORNING = datetime(2026, 11, 8, 23, 0, tzinfo=UTC)
"""Thứ Hai 09/11/2026 06:00 in Vietnam."""


class TestClock:
    __test__ = False

    def __init__(self, start: datetime = LAW_DAY_MORNING) -> None:
        self.instant = start

    def now(self) -> datetime:
        return self.instant

    def forward(self, **by: float) -> datetime:
        """Move on by `timedelta(**by)`."""
        self.instant += timedelta(**by)
        return self.instant
