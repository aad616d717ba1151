"""Times as officers write them in a field: `9/11 7h30`, `mai 8h`, `thứ hai tuần sau 3h chiều`."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from content.errors import LoaError
from content.moment import MomentError, parse_moment
from content.text import fold, normalise

_TIME = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})|\s?(?:h|g|gio)\s?(?P<minute2>\d{1,2})?(?:\s?(?:p|phut))?)"
    r"(?:\s(?P<part>sang|trua|chieu|toi))?"
)
_WEEKDAY = r"thu (?:hai|ba|tu|nam|sau|bay|[2-7])|t[2-7]|chu nhat|cn"
_DAY = (
    r"(?:(?:ngay\s)?(?P<day>\d{1,2})[/.-](?P<month>\d{1,2})"
    r"|(?P<near>hom nay|nay|today|ngay mai|mai|tomorrow|ngay kia|mot)"
    rf"|(?P<weekday>{_WEEKDAY})(?P<next>\stuan\s(?:sau|toi))?)"
)
_WRITTEN = (
    re.compile(rf"{_DAY},?\s(?:luc\s|vao\s)?{_TIME}", re.ASCII),
    re.compile(rf"{_TIME},?\s(?:vao\s)?{_DAY}", re.ASCII),
)
_NEAR = {"nay": 0, "today": 0, "mai": 1, "tomorrow": 1, "kia": 2, "mot": 2}
_WEEKDAYS = {"hai": 0, "ba": 1, "tu": 2, "nam": 3, "sau": 4, "bay": 5, "nhat": 6, "cn": 6}


def understood(written: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The instant (aware, UTC) that is meant; a day without a year is the next one there is.

    Raises MomentError, which says how to write it.
    """
    try:
        return parse_moment(written, zone, now=now)[0]
    except MomentError as error:
        if error.finding.rule != "content.time_unread":
            raise
        said = " ".join(fold(normalise(written)).split())
        for pattern in _WRITTEN:
            if found := pattern.fullmatch(said):
                return _instant(found.groupdict(), zone, now)
        raise


def as_written(moment: datetime, zone: ZoneInfo) -> str:
    """How a field shows an instant: `09/11/2026 07:30`; with its offset where that would be another one."""
    local = moment.astimezone(zone)
    short = f"{local:%d/%m/%Y %H:%M:%S}" if local.second else f"{local:%d/%m/%Y %H:%M}"
    try:
        same = parse_moment(short, zone)[0] == moment
    except LoaError:  # a change of clocks repeats it
        same = False
    return short if same else local.isoformat()


def _instant(part: dict[str, str | None], zone: ZoneInfo, now: datetime) -> datetime:
    today = now.astimezone(zone).date()
    hour, minute = int(part["hour"] or 0), int(part["minute"] or part["minute2"] or 0)
    if part["part"] in ("chieu", "toi") and hour < 12:
        hour += 12
    time = f"{hour:02}:{minute:02}"
    if part["day"]:
        day = _coming(int(part["day"]), int(part["month"] or 0), today)
    elif part["near"]:
        day = f"{today + timedelta(days=_NEAR[part['near'].split()[-1]]):%d/%m/%Y}"
    else:
        day = _weekday(part, today, f"{now.astimezone(zone):%H:%M}" < time)
    return parse_moment(f"{day} {time}", zone)[0]


def _coming(day: int, month: int, today: date) -> str:
    """This year's day unless it has passed; whether there is such a day the parser says."""
    year = today.year + ((month, day) < (today.month, today.day))
    return f"{day}/{month}/{year}"


def _weekday(part: dict[str, str | None], today: date, is_ahead: bool) -> str:
    word = (part["weekday"] or "").split()[-1].removeprefix("t")
    number = int(word) - 2 if word.isdigit() else _WEEKDAYS[word if word != "u" else "tu"]
    if part["next"]:
        monday = today - timedelta(days=today.weekday()) + timedelta(days=7)
        return f"{monday + timedelta(days=number):%d/%m/%Y}"
    days = (number - today.weekday()) % 7
    return f"{today + timedelta(days=days or (0 if is_ahead else 7)):%d/%m/%Y}"
