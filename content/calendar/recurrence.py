"""Repeated days: by an RFC 5545 rule, or by days of the lunar calendar. Pure: rules go in, days come out.

A rule is about days; the time of day is another setting, and a zone makes instants of both (`instant`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from content.calendar.days import Calendar, lunar
from content.calendar.weekdays import ICAL
from content.errors import UsageError

MOST = 120
"""Days of one series: ten years of months; more are a slip, and nobody could approve them."""
LONGEST_YEARS = 20
LONGEST_RULE = 500
FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
Shift = Literal["keep", "next", "previous"]
SHIFTS: tuple[Shift, ...] = ("keep", "next", "previous")

_TIME_PARTS = ("BYHOUR", "BYMINUTE", "BYSECOND")
_PARTS = ("FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST")
_BYDAY = re.compile(rf"([+-]?\d{{1,2}})?({'|'.join(ICAL)})", re.ASCII)
_UNTIL = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_WHOLE = re.compile(r"[+-]?\d{1,4}", re.ASCII)
_RANGES = {"BYMONTH": (1, 12, False), "BYMONTHDAY": (1, 31, True), "BYSETPOS": (1, 366, True)}


class RecurrenceError(UsageError):
    """A repetition that cannot be taken as it is told; the sentence names the part."""


@dataclass(frozen=True)
class Rule:
    """An RFC 5545 rule of whole days. `text` is canonical and holds neither COUNT nor UNTIL."""

    text: str
    frequency: str
    by: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    interval: int = 1
    week_start: str = "MO"
    count: int | None = None
    until: date | datetime | None = None
    """The last day, or the last instant: aware, or naive and then in the unit's zone."""

    def numbers(self, part: str) -> tuple[int, ...]:
        return tuple(int(value) for value in self.by.get(part, ()))


@dataclass(frozen=True)
class LunarDay:
    """A day of every lunar month, or of one month a year (`month` not 0). Day -1 is the month's last."""

    day: int
    month: int = 0

    def __str__(self) -> str:
        day = "last" if self.day < 0 else f"{self.day}"
        return f"{day}/{self.month}" if self.month else day


@dataclass(frozen=True)
class Recurrence:
    """Days from `start` on: of `rule`, or of `lunar`. It ends after `count` days or after the day `until`.

    As in RFC 5545 a day in `excluded` counts for `count`: of 12 with one left out, 11 remain.
    """

    start: date
    rule: str = ""
    lunar: tuple[LunarDay, ...] = ()
    count: int | None = None
    until: date | None = None
    excluded: tuple[date, ...] = ()


def parse_rule(written: str) -> Rule:
    """A rule as RFC 5545 writes it (`FREQ=MONTHLY;BYMONTHDAY=9`), of days only and with an end in sight.

    Raises RecurrenceError naming the part: one that is unknown, told twice or out of its range, hours and
    smaller (the time of day is not the rule's), both COUNT and UNTIL.
    """
    text = re.sub(r"^RRULE:", "", "".join(written.split()).upper())
    if len(text) > LONGEST_RULE:
        raise RecurrenceError("time.rule_long", most=LONGEST_RULE)
    told: dict[str, str] = {}
    for part in filter(None, text.split(";")):
        name, _, value = part.partition("=")
        if name in _TIME_PARTS:
            raise RecurrenceError("time.rule_time", part=part)
        if name not in _PARTS:
            raise RecurrenceError("time.rule_part", part=part, known=", ".join(_PARTS))
        if name in told or not value:
            raise _bad(part)
        told[name] = value
    frequency = told.pop("FREQ", "")
    if frequency not in FREQUENCIES:
        raise RecurrenceError("time.rule_freq", part=f"FREQ={frequency}", known=", ".join(FREQUENCIES))
    if "COUNT" in told and "UNTIL" in told:
        raise RecurrenceError("time.two_ends")
    rule = Rule(
        text="",
        frequency=frequency,
        by={part: _by(part, told[part], frequency) for part in _PARTS if part in told and part[:2] == "BY"},
        interval=_one(told, "INTERVAL", 1, 1000),
        week_start=told.get("WKST", "MO"),
        count=_one(told, "COUNT", 0, 1000) or None,
        until=_until(told["UNTIL"]) if "UNTIL" in told else None,
    )
    if rule.week_start not in ICAL or told.get("COUNT", "1").strip("0") == "":
        raise _bad(f"WKST={rule.week_start}" if rule.week_start not in ICAL else "COUNT=0")
    if set(rule.by) == {"BYSETPOS"}:
        raise _bad(f"BYSETPOS={told['BYSETPOS']}")
    return Rule(**{**vars(rule), "text": _canonical(rule)})


def days(told: Recurrence, *, most: int = MOST) -> list[date]:
    """Every day of a repetition, in order, once each.

    Raises RecurrenceError when it has no end, no day at all, more than `most`, or reaches beyond
    LONGEST_YEARS.
    """
    if told.count is None and told.until is None:
        raise RecurrenceError("time.no_end")
    horizon = _years_after(told.start, LONGEST_YEARS)
    if told.until is not None and told.until > horizon:
        raise RecurrenceError("time.too_far", years=LONGEST_YEARS)
    last = told.until or horizon
    found: list[date] = []
    for day in _lunar_days(told, last) if told.lunar else _rule_days(told, last):
        found.append(day)
        if len(found) > most:
            raise RecurrenceError("time.too_many", most=most)
        if len(found) == told.count:
            break
    else:
        if told.count is not None and told.until is None:
            raise RecurrenceError("time.never" if not found else "time.too_far", years=LONGEST_YEARS)
    kept = [day for day in found if day not in told.excluded]
    if not kept:
        raise RecurrenceError("time.never", years=LONGEST_YEARS)
    return kept


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Day and time in a zone as aware UTC, as RFC 5545 §3.3.5 settles a change of clocks.

    A local time that is skipped is read with the offset before the gap, one that comes twice is the first.
    """
    return datetime.combine(day, at, zone).replace(fold=0).astimezone(UTC)


def last_day(until: date | datetime, at: time, zone: ZoneInfo) -> date:
    """The last day that a rule's UNTIL allows when things happen at `at` in `zone`."""
    if not isinstance(until, datetime):
        return until
    local = until.astimezone(zone) if until.tzinfo else until
    return local.date() if at <= local.time() else local.date() - timedelta(days=1)


def shifted(day: date, how: Shift, calendar: Calendar) -> date:
    """The day itself, or for a day off the working day nearest to it on one side."""
    step = timedelta(days={"keep": 0, "next": 1, "previous": -1}[how])
    while step and calendar.is_off(day):
        day += step
    return day


def _rule_days(told: Recurrence, last: date) -> Iterator[date]:
    from dateutil import rrule as dateutil

    rule, begin = parse_rule(told.rule), told.start
    named = _alike(rule)
    if rule.frequency == "WEEKLY":
        # dateutil's first week begins with the start itself, so that BYSETPOS would count from there.
        named = named or [ICAL[begin.weekday()]]
        begin -= timedelta(days=(begin.weekday() - ICAL.index(rule.week_start)) % 7)
    # dateutil looks for the next day up to the year 9999, seconds long where there is none (30 February).
    # The calendar repeats itself, weekdays included, every 400 years: near the end it finds out at once.
    ahead = (9999 - LONGEST_YEARS - told.start.year) // 400 * 400
    options: dict[str, Any] = {
        "bymonth": rule.numbers("BYMONTH") or None,
        "bymonthday": rule.numbers("BYMONTHDAY") or None,
        "bysetpos": rule.numbers("BYSETPOS") or None,
        "byweekday": [_weekday(dateutil, one) for one in named] or None,
    }
    found = dateutil.rrule(
        getattr(dateutil, rule.frequency),
        dtstart=datetime.combine(_years_after(begin, ahead), time()),
        interval=rule.interval,
        wkst=ICAL.index(rule.week_start),
        **options,
    )
    for moment in found:
        day = moment.date().replace(year=moment.year - ahead)
        if day > last:
            return
        if day >= told.start:
            yield day


def _alike(rule: Rule) -> list[str]:
    """BYDAY with numbers everywhere or nowhere: of `MO,1TU` dateutil takes days that are both, so none."""
    told = rule.by.get("BYDAY", ())
    plain = [one for one in told if len(one) == 2]
    if len(plain) in (0, len(told)):
        return list(told)
    most = 5 if rule.frequency == "MONTHLY" or "BYMONTH" in rule.by else 53
    return [one for one in told if len(one) > 2] + [f"{n}{one}" for one in plain for n in range(1, most + 1)]


def _weekday(dateutil: Any, written: str) -> Any:
    found = _BYDAY.fullmatch(written)
    assert found is not None  # `parse_rule` saw to it
    day = getattr(dateutil, found[2])
    return day(int(found[1])) if found[1] else day


def _lunar_days(told: Recurrence, last: date) -> Iterator[date]:
    day, moon = told.start, lunar(told.start)
    while day <= last and moon is not None:
        after = lunar(day + timedelta(days=1))
        ends = after is not None and after.day == 1
        for one in told.lunar:
            # A leap month is a month like others for what is monthly, and none for what is yearly.
            in_month = not one.month or (one.month == moon.month and not moon.leap)
            if in_month and (one.day == moon.day or (one.day < 0 and ends)):
                yield day
                break
        day, moon = day + timedelta(days=1), after


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February of a year that has none
        return day.replace(year=day.year + years, day=28)


def _by(part: str, value: str, frequency: str) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(value.split(",")))
    if part == "BYDAY":
        for one in values:
            found = _BYDAY.fullmatch(one)
            if not found:
                raise _bad(f"{part}={one}")
            if found[1] and (
                frequency not in ("MONTHLY", "YEARLY")
                or not 1 <= abs(int(found[1])) <= (5 if frequency == "MONTHLY" else 53)
            ):
                raise _bad(f"{part}={one}")
        return values
    least, most, negative = _RANGES[part]
    if part == "BYMONTHDAY" and frequency == "WEEKLY":  # RFC 5545 forbids it
        raise _bad(f"{part}={value}")
    for one in values:
        if not _WHOLE.fullmatch(one) or not least <= (abs(int(one)) if negative else int(one)) <= most:
            raise _bad(f"{part}={one}")
    return tuple(f"{int(one)}" for one in values)


def _one(told: dict[str, str], part: str, default: int, most: int) -> int:
    written = told.get(part)
    if written is None:
        return default
    if not _WHOLE.fullmatch(written) or not 1 <= int(written) <= most:
        raise _bad(f"{part}={written}")
    return int(written)


def _until(written: str) -> date | datetime:
    found = _UNTIL.fullmatch(written)
    try:
        if not found:
            raise ValueError(written)
        day = date.fromisoformat(found[1])
        if not found[2]:
            return day
        clock = time.fromisoformat(found[2])
        return datetime.combine(day, clock, UTC if found[3] else None)
    except ValueError:
        raise _bad(f"UNTIL={written}") from None


def _canonical(rule: Rule) -> str:
    parts = [f"FREQ={rule.frequency}"]
    parts += [f"INTERVAL={rule.interval}"] if rule.interval != 1 else []
    parts += [f"{part}={','.join(values)}" for part, values in rule.by.items()]
    parts += [f"WKST={rule.week_start}"] if rule.week_start != "MO" else []
    return ";".join(parts)


def _bad(part: str) -> RecurrenceError:
    return RecurrenceError("time.rule_value", part=part)
