"""A repetition in an officer's words: `mỗi tháng, ngày 9` becomes an RFC 5545 rule, `rằm` a lunar day."""

from __future__ import annotations

import re

from content.calendar.recurrence import LunarDay, RecurrenceError, Rule, parse_rule
from content.calendar.weekdays import ICAL, NAMES, names_no_day, weekday, weekdays
from content.text import fold, normalise
from content.wording import say

_EVERY = {
    "DAILY": ("day", "days", "ngay"),
    "WEEKLY": ("week", "weeks", "tuan"),
    "MONTHLY": ("month", "months", "thang"),
    "YEARLY": ("year", "years", "nam"),
}
_QUARTER = ("quarter", "quarters", "quy")
_LAST = ("last", "cuoi")
_COUNTED = re.compile(r"(?:(\d{1,3}) ?)?([a-z]+)", re.ASCII)
_NTH = re.compile(r"([1-5]|-1|last|cuoi)[ :.]*(.+)", re.ASCII)
_DAY_MONTH = re.compile(r"(\d{1,2}|last|cuoi)[/-](\d{1,2})", re.ASCII)
_LUNAR = re.compile(
    r"(?:ngay )?(?:(?P<full>ram)|(?:mung|mong) ?(?P<early>\d{1,2}|mot)|(?P<day>\d{1,2})|(?P<last>last|cuoi))"
    r"(?:(?: ?/ ?| ?thang ?)(?P<month>\d{1,2}|gieng|chap))?",
    re.ASCII,
)


def rule_of(every: str, on: str) -> str:
    """The rule of `--every 2 weeks --on T2,T5`; words in Vietnamese or English, tone marks or none.

    `on` is for weeks days of the week; for months days of the month, `last`, or `1 T2` (the first Monday),
    `last T6`; for years `9/11` (day before month). Raises RecurrenceError for anything else.
    """
    found = _COUNTED.fullmatch(_said(every))
    unit = found[2] if found else ""
    number = int(found[1] or 1) if found else 1
    frequency = next((name for name, words in _EVERY.items() if unit in words), "")
    if unit in _QUARTER:
        frequency, number = "MONTHLY", 3 * number
    if not frequency or not number:
        raise RecurrenceError("time.every", written=every)
    head = f"FREQ={frequency}" + (f";INTERVAL={number}" if number > 1 else "")
    pieces = [piece.strip() for piece in _said(on).split(",") if piece.strip()]
    if not pieces:
        return head
    parts = {"WEEKLY": _in_week, "MONTHLY": _in_month, "YEARLY": _in_year}.get(frequency)
    told = parts(pieces) if parts and not names_no_day(on) else None
    if told is None:
        raise RecurrenceError(f"time.on_{frequency.lower()}", written=on)
    return f"{head};{told}"


def in_words(text: str) -> str:
    """A rule as people say it: `mỗi tháng, ngày 9`; the rule itself where it says more than officers do."""
    rule = parse_rule(text)
    numbers, named = rule.numbers("BYMONTHDAY"), rule.by.get("BYDAY", ())
    unit = _really(rule)
    if not unit or any(number < -1 for number in numbers):
        return rule.text
    words = [say(f"time.each.{unit}" if rule.interval == 1 else f"time.each.{unit}s", count=rule.interval)]
    if named:
        words.append(", ".join(map(_weekday, named)))
    dates = [say("time.each.last") if number < 0 else f"{number}" for number in numbers]
    months = rule.numbers("BYMONTH")
    if dates and len(months) == 1:
        words += [say("time.each.on", days=", ".join(f"{day}/{months[0]}" for day in dates))]
    else:
        words += [say("time.each.on", days=", ".join(dates))] if dates else []
        words += [say("time.each.months", months=", ".join(map(str, months)))] if months else []
    return ", ".join(words)


def _really(rule: Rule) -> str:
    """How often a rule comes round, whatever its FREQ says: `YEARLY;BYMONTHDAY=9` is every month.

    Empty where two parts limit each other, where weekdays are counted from the end, or an interval counts
    other units than those.
    """
    numbers, named = rule.by.get("BYMONTHDAY", ()), rule.by.get("BYDAY", ())
    nth = {one[:-2] for one in named}
    if (
        "BYSETPOS" in rule.by
        or (numbers and named)
        or any(one.startswith("-") and one != "-1" for one in nth)
    ):
        return ""
    really = rule.frequency
    if numbers:
        really = "YEARLY" if "BYMONTH" in rule.by else "MONTHLY"
    elif nth == {""}:
        really = "WEEKLY"
    elif "" in nth:
        return ""
    return "" if really != rule.frequency and rule.interval > 1 else really.lower()


def _weekday(written: str) -> str:
    name = say(f"content.weekdays.{NAMES[ICAL.index(written[-2:])]}")
    nth = written[:-2]
    if not nth:
        return name
    special = {"-1": "last_one", "1": "first_one"}.get(nth.lstrip("+"), "nth")
    return say(f"time.each.{special}", name=name, nth=nth.lstrip("+"))


def lunar_in_words(day: LunarDay) -> str:
    """`15`, `15/7`, `cuối tháng`, `cuối tháng 12`."""
    if day.day > 0:
        return str(day)
    return say("time.each.lunar_last_of", month=day.month) if day.month else say("time.each.lunar_last")


def lunar_day(written: str) -> LunarDay:
    """`15`, `rằm`, `mùng một`: of every lunar month; `15/7`, `rằm tháng 7`, `last/12`: of one a year."""
    found = _LUNAR.fullmatch(_said(written))
    if not found:
        raise RecurrenceError("time.lunar_day", written=written)
    early = found["early"] and (1 if found["early"] == "mot" else int(found["early"]))
    day = -1 if found["last"] else 15 if found["full"] else early or int(found["day"] or 0)
    month = {"gieng": 1, "chap": 12}.get(found["month"] or "") or int(found["month"] or 0)
    if not (day == -1 or 1 <= day <= 30) or month > 12 or (found["month"] and not month):
        raise RecurrenceError("time.lunar_day", written=written)
    return LunarDay(day, month)


def _in_week(pieces: list[str]) -> str | None:
    found = [weekdays(piece) for piece in pieces]
    if None in found:
        return None
    numbers = dict.fromkeys(number for one in found for number in one or ())
    return "BYDAY=" + ",".join(ICAL[number] for number in sorted(numbers))


def _in_month(pieces: list[str]) -> str | None:
    dates, nth = [], []
    for piece in pieces:
        found = _NTH.fullmatch(piece)
        if piece in _LAST or piece == "-1":
            dates.append("-1")
        elif piece.isascii() and piece.isdigit() and 1 <= int(piece) <= 31:
            dates.append(f"{int(piece)}")
        elif found and (day := weekday(found[2])) is not None:
            nth.append(f"{'-1' if found[1] in _LAST else found[1]}{ICAL[day]}")
        else:
            return None
    if dates and nth:  # RFC 5545 would take only the days that are both
        return None
    return f"BYMONTHDAY={','.join(dates)}" if dates else f"BYDAY={','.join(nth)}"


def _in_year(pieces: list[str]) -> str | None:
    # Several days of several months are no single rule: 9/11 and 2/9 would give 9/9 and 2/11 as well.
    found = [_DAY_MONTH.fullmatch(piece) for piece in pieces]
    told = [(one[1], int(one[2])) for one in found if one]
    if len(told) < len(pieces) or len({day for day, _ in told}) > 1 < len({month for _, month in told}):
        return None
    days = dict.fromkeys("-1" if day in _LAST else f"{int(day)}" for day, _ in told)
    months = dict.fromkeys(month for _, month in told)
    if not all(day == "-1" or 1 <= int(day) <= 31 for day in days) or not all(1 <= m <= 12 for m in months):
        return None
    return f"BYMONTH={','.join(map(str, months))};BYMONTHDAY={','.join(days)}"


def _said(written: str) -> str:
    return " ".join(fold(normalise(written)).split())
