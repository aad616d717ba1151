"""Lunar dates and holidays of one day. Pure: a date goes in, names come out; no clock is asked."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

from content.errors import UsageError
from content.wording import say

FIRST_YEAR, LAST_YEAR = 1900, 2100
"""Between them lunar_vn was checked against the Vietnamese calendar (UTC+7)."""
LARGEST_BYTES = 64 * 1024


class CalendarError(UsageError):
    """The unit's own file of days cannot be taken; the sentence says which entry and why."""


@dataclass(frozen=True)
class Lunar:
    """A day of the lunar calendar as Vietnam counts it."""

    day: int
    month: int
    year: int
    leap: bool

    def short(self) -> str:
        """`1/10`; a leap month bears an `N` (nhuận)."""
        return f"{self.day}/{self.month}{'N' if self.leap else ''}"


@dataclass(frozen=True)
class Holiday:
    """`off`: a day on which offices are closed. `verified` is False for what nobody read at its source."""

    name: str
    off: bool = True
    verified: bool = True
    source: str = ""


@lru_cache(maxsize=4096)
def lunar(day: date) -> Lunar | None:
    """The lunar date, or None for a year that nobody checked."""
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        return None
    from lunar_vn import solar_to_lunar  # here: settings know of slots, and most commands ask for no moon

    found = solar_to_lunar(day)
    return Lunar(found.day, found.month, found.year, found.leap)


class Calendar:
    """What is known of each day: the shipped rules, and the unit's own entries over them.

    `own` is the content of `ngay-nghi.toml`: `[[day]] date = 2027-02-10, name = "Nghỉ bù", off = true`.
    An entry with `off = false` and the name left out makes an ordinary working day of a holiday.
    """

    def __init__(self, own: str = "") -> None:
        self._rules = _shipped()
        self._own = _own_days(own)

    def holidays(self, day: date) -> tuple[Holiday, ...]:
        """Everything that a day is, days off first."""
        of_rules = [_as_holiday(rule) for rule in self._rules if _falls(rule, day)]
        own = self._own.get(day, ())
        if any(not one.name for one in own):  # declared to be an ordinary working day
            of_rules = [one for one in of_rules if not one.off]
        found = [*of_rules, *(one for one in own if one.name)]
        return tuple(sorted(found, key=lambda one: not one.off))

    def is_off(self, day: date) -> bool:
        """Saturday, Sunday or a holiday, unless the unit says that people work."""
        own = self._own.get(day, ())
        if any(not one.off for one in own):
            return False
        return day.weekday() >= 5 or any(one.off for one in self.holidays(day))

    def next_working_day(self, day: date) -> date:
        """This day when people work, else the first one after it."""
        while self.is_off(day):
            day += timedelta(days=1)
        return day

    def previous_working_day(self, day: date) -> date:
        """This day when people work, else the last one before it."""
        while self.is_off(day):
            day -= timedelta(days=1)
        return day


@lru_cache(maxsize=1)
def _shipped() -> tuple[Mapping[str, Any], ...]:
    text = resources.files(__package__).joinpath("holidays.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["day"])


def _falls(rule: Mapping[str, Any], day: date) -> bool:
    if day.year < rule.get("since", FIRST_YEAR):
        return False
    for offset in rule.get("days", (0,)):
        anchor = day - timedelta(days=offset)
        if "solar" in rule:
            if f"{anchor.month:02d}-{anchor.day:02d}" == rule["solar"]:
                return True
        elif (found := lunar(anchor)) and not found.leap and f"{found.month}-{found.day}" == rule["lunar"]:
            return True
    return False


def _as_holiday(rule: Mapping[str, Any]) -> Holiday:
    return Holiday(
        say(f"calendar.day.{rule['id']}"),
        rule.get("off", True),
        rule.get("verified", True),
        rule.get("source", ""),
    )


def _own_days(text: str) -> dict[date, tuple[Holiday, ...]]:
    if len(text.encode("utf-8", "replace")) > LARGEST_BYTES:
        raise CalendarError("calendar.file_long", kib=LARGEST_BYTES // 1024)
    try:
        entries = tomllib.loads(text).get("day", [])
    except tomllib.TOMLDecodeError as error:
        raise CalendarError("calendar.file_broken", detail=str(error)) from None
    if not isinstance(entries, list):
        raise CalendarError("calendar.file_broken", detail="[[day]]")
    found: dict[date, tuple[Holiday, ...]] = {}
    for number, entry in enumerate(entries, 1):
        day, holiday = _entry(entry, number)
        found[day] = (*found.get(day, ()), holiday)
    return found


def _entry(entry: object, number: int) -> tuple[date, Holiday]:
    known: Iterable[str] = ("date", "name", "off", "source")
    if not isinstance(entry, dict) or type(entry.get("date")) is not date or set(entry) - set(known):
        raise CalendarError("calendar.entry", number=number, known=", ".join(known))
    name, off, source = entry.get("name", ""), entry.get("off", True), entry.get("source", "")
    if not (isinstance(name, str) and isinstance(off, bool) and isinstance(source, str)) or (
        off and not name
    ):
        raise CalendarError("calendar.entry", number=number, known=", ".join(known))
    return entry["date"], Holiday(name[:100], off, True, source)
