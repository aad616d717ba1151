"""Values as officers read them on a screen: one line, no control characters, the unit's zone."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from content.moment import as_utc
from content.wording import say

_IN_SHORT = 17
"""Columns of a moment with everything it may have."""
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def fit(text: str, columns: int) -> str:
    """Padded, or cut with an ellipsis, to exactly `columns`."""
    if columns <= 0:
        return ""
    if cell_len(text) > columns:
        while cell_len(text) >= columns:
            text = text[:-1]
        text += "…"
    return text + " " * (columns - cell_len(text))


def clock(now: datetime, zone: ZoneInfo) -> str:
    """Weekday, date, time to the second, zone."""
    local = as_utc(now).astimezone(zone)
    offset = f"{local:%z}"
    return say(
        "content.moment.shown",
        weekday=say(f"content.weekdays.{_WEEKDAYS[local.weekday()]}"),
        day=local.day,
        month=local.month,
        year=local.year,
        time=f"{local:%H:%M:%S}",
        zone=zone.key,
        offset=f"{offset[:3]}:{offset[3:5]}",
    )


def in_short(moment: datetime | None, zone: ZoneInfo, now: datetime, width: int = _IN_SHORT) -> str:
    """The same in 17 columns; the year only when it is not this one, seconds only when there are any.

    In fewer columns seconds are left out, then the weekday, then the time of day.
    """
    if moment is None:
        return "–"
    local = as_utc(moment).astimezone(zone)
    same_year = local.year == as_utc(now).astimezone(zone).year
    told = say(
        "tui.moment.this_year" if same_year else "tui.moment.other_year",
        weekday=say(f"tui.weekday.{_WEEKDAYS[local.weekday()]}"),
        day=local.day,
        month=local.month,
        year=local.year % 100,
        time=f"{local:%H:%M:%S}" if local.second and width >= _IN_SHORT else f"{local:%H:%M}",
    )
    ways = (told, told.partition(" ")[2], told.split(" ")[1])
    return next((way for way in ways if cell_len(way) <= width), ways[-1])
