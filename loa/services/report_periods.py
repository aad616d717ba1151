"""Periods that reports are about: a year, a half, a quarter, a month, or any days; in the unit's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from content.errors import UsageError
from content.text import fold
from content.wording import say

LONGEST_DAYS = 366 * 5
_YEARS = range(2000, 2101)
_NAMED = re.compile(
    r"(?:(?P<half>6 thang dau|6 thang cuoi|h1|h2)|quy (?P<quarter>[1-4])|thang (?P<month>1[0-2]|[1-9]))"
    r"(?: nam)? (?P<year>\d{4})|(?:nam )?(?P<whole>\d{4})",
    re.ASCII,
)
_DAY = re.compile(r"(?:(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2}))", re.ASCII)


@dataclass(frozen=True)
class Period:
    """Whole days from `first` to `last`, both included. `months` is its length where it is whole months."""

    first: date
    last: date
    months: int = 0

    def since(self, zone: ZoneInfo) -> datetime:
        """Its first instant (aware, UTC)."""
        return datetime.combine(self.first, time(), tzinfo=zone).astimezone(UTC)

    def until(self, zone: ZoneInfo) -> datetime:
        """The first instant after it (aware, UTC); the last there is after the calendar's last day."""
        if self.last == date.max:
            return datetime.max.replace(tzinfo=UTC)
        return datetime.combine(self.last + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The period just before, as many whole months or days long."""
        if self.months:
            return _months(_shifted(self.first, -self.months), self.months)
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1))

    @property
    def year_ago(self) -> Period:
        """The same days a year earlier (29/02 becomes 28/02)."""
        if self.months:
            return _months(_shifted(self.first, -12), self.months)
        return Period(_year_back(self.first), _year_back(self.last))

    @property
    def label(self) -> str:
        """`6 tháng đầu năm 2026`, or from which day to which."""
        year, month = self.first.year, self.first.month
        if self.months == 12 and month == 1:
            return say("report.period.year", year=year)
        if self.months == 6 and month in (1, 7):
            return say(f"report.period.half_{1 if month == 1 else 2}", year=year)
        if self.months == 3 and month % 3 == 1:
            return say("report.period.quarter", number=(month + 2) // 3, year=year)
        if self.months == 1:
            return say("report.period.month", number=month, year=year)
        return say("report.period.days", first=f"{self.first:%d/%m/%Y}", last=f"{self.last:%d/%m/%Y}")


def named(written: str) -> Period:
    """`6-thang-dau-2026`, `quy-3-2026`, `thang-7-2026`, `2026`, also as people write them.

    Raises UsageError with the forms there are.
    """
    said = " ".join(re.sub(r"[-_/,]", " ", fold(written)).split())
    found = _NAMED.fullmatch(said)
    year = int(found["whole"] or found["year"]) if found else 0
    if found is None or year not in _YEARS:
        raise UsageError("report.bad_period", written=written)
    if found["whole"]:
        return _months(date(year, 1, 1), 12)
    if found["half"]:
        return _months(date(year, 1 if found["half"] in ("6 thang dau", "h1") else 7, 1), 6)
    if found["quarter"]:
        return _months(date(year, int(found["quarter"]) * 3 - 2, 1), 3)
    return _months(date(year, int(found["month"]), 1), 1)


def between(first: str, last: str) -> Period:
    """From one day to another, both included, each `01/07/2026` or `2026-07-01`; raises UsageError."""
    start, end = day(first), day(last)
    if end < start:
        raise UsageError("report.backwards", first=first, last=last)
    if (end - start).days >= LONGEST_DAYS:
        raise UsageError("report.too_long", days=LONGEST_DAYS)
    after = end + timedelta(days=1)
    months = (after.year - start.year) * 12 + after.month - start.month
    whole = start.day == 1 and after.day == 1
    return Period(start, end, months if whole else 0)


def day(written: str) -> date:
    """`01/07/2026` or `2026-07-01`; raises UsageError."""
    found = _DAY.fullmatch(written.strip())
    try:
        parts = [int(part) for part in found.groups() if part] if found else []
        year, month, number = parts if found and found[4] else parts[::-1]
        told = date(year, month, number)
    except ValueError:  # not such a form, or no such day
        raise UsageError("report.bad_day", written=written) from None
    if told.year not in _YEARS:
        raise UsageError("report.bad_day", written=written)
    return told


def _months(first: date, count: int) -> Period:
    return Period(first, _shifted(first, count) - timedelta(days=1), count)


def _shifted(first: date, months: int) -> date:
    """The first of the month so many months on."""
    whole = first.year * 12 + first.month - 1 + months
    return date(whole // 12, whole % 12 + 1, 1)


def _year_back(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)
