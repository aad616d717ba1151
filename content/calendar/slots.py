"""Weekly posting slots (khe đăng bài): the times at which a channel's readers expect something."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from content.calendar.days import Calendar
from content.calendar.recurrence import instant
from content.calendar.weekdays import names_no_day, weekdays
from content.errors import UsageError
from content.text import fold, normalise

LONGEST = 500
DAYS_AHEAD = 366
_TIME = re.compile(r"(\d{1,2})(?::(\d{2})|h(\d{2})?)", re.ASCII)
_MEANT = ("slot", "khe", "khe trong", "khe dang")
_ON_HOLIDAYS = ("+nghi", "+le", "+off", "+holidays")
_LONG_NAMES = re.compile(r"\b(?:(thu)\s+(?=(?:hai|ba|tu|nam|sau|bay|[2-7])\b(?![:h]))|(chu)\s+(?=nhat\b))")
"""`thứ Hai`, `thứ 2`, `chủ nhật` are one word each; `thu 7:30` is Thursday at 7:30."""


class SlotError(UsageError):
    """Slots that cannot be read; the sentence names the key and the word."""


@dataclass(frozen=True)
class Slot:
    """One time on some days of the week (0 is Monday).

    `weekdays` None: on every working day, make-up days included. Days that are named are meant, a Saturday
    too, but not when they are public holidays, unless `on_holidays`.
    """

    at: time
    weekdays: tuple[int, ...] | None = None
    on_holidays: bool = False

    def is_on(self, day: date, calendar: Calendar) -> bool:
        if self.weekdays is None:
            return self.on_holidays or not calendar.is_off(day)
        if day.weekday() not in self.weekdays:
            return False
        return self.on_holidays or not any(one.off for one in calendar.holidays(day))


def means_slot(due: str) -> bool:
    """Whether these words, written in place of a time, ask for the next free slot."""
    return " ".join(fold(normalise(due)).split()) in _MEANT


def parse_slots(written: str, key: str) -> tuple[Slot, ...]:
    """`T2-T6 07:30, 11:30; T7 19:30 +nghỉ`: groups of days and times between semicolons.

    Raises SlotError naming `key` and the word that is neither a day nor a time.
    """
    if len(written) > LONGEST:
        raise SlotError("time.slots_long", key=key, most=LONGEST)
    if names_no_day(written):
        raise SlotError("time.slot_word", key=key, word="thứ")
    found: dict[Slot, None] = {}
    for group in fold(normalise(written)).split(";"):
        if group.strip():
            found.update(dict.fromkeys(_group(group, key)))
    return tuple(found)


def upcoming(
    slots: Sequence[Slot], after: datetime, zone: ZoneInfo, calendar: Calendar, *, days: int = DAYS_AHEAD
) -> Iterator[datetime]:
    """Every slot later than `after` (aware), in order, once each, for so many days ahead."""
    first = after.astimezone(zone).date()
    for step in range(days + 1):
        day = first + timedelta(days=step)
        found = {instant(day, slot.at, zone) for slot in slots if slot.is_on(day, calendar)}
        yield from sorted(moment for moment in found if moment > after)


def _group(group: str, key: str) -> Iterator[Slot]:
    days: list[int] = []
    times: list[time] = []
    on_holidays = False
    spaced = re.sub(r"\s*[-–—]\s*", "-", _LONG_NAMES.sub(r"\1\2", group))
    for word in re.split(r"[\s,]+", spaced.strip(" ,")):
        if word in _ON_HOLIDAYS:
            on_holidays = True
        elif (at := _time(word)) is not None:
            times.append(at)
        elif (named := weekdays(word)) is not None and not times:
            days += named
        else:
            raise SlotError("time.slot_word", key=key, word=word)
    if not times:
        raise SlotError("time.slot_without_time", key=key, group=group.strip())
    for at in times:
        yield Slot(at, tuple(sorted(set(days))) if days else None, on_holidays)


def _time(word: str) -> time | None:
    found = _TIME.fullmatch(word)
    if not found:
        return None
    try:
        return time(int(found[1]), int(found[2] or found[3] or 0))
    except ValueError:
        return None
