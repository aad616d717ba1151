"""Values as officers read them on a screen: one line, no control characters, the unit's zone."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from content.moment import as_utc, show
from content.text import normalise
from content.wording import say

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# What turns the direction of the text around it: a platform's error text must not rearrange the screen.
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def one_line(text: str) -> str:
    """Text of anybody's as one harmless line: NFC, no control characters (a terminal would obey them)."""
    spaced = " ".join(normalise(text).split())
    return "".join(c for c in spaced if unicodedata.category(c) != "Cc" and ord(c) not in _BIDI)


def fit(text: str, columns: int) -> str:
    """Padded, or cut with an ellipsis, to exactly `columns`."""
    if columns <= 0:
        return ""
    if cell_len(text) > columns:
        while cell_len(text) >= columns:
            text = text[:-1]
        text += "…"
    return text + " " * (columns - cell_len(text))


def number(value: int) -> str:
    return f"{value:,}".replace(",", say("tui.thousands"))


def status_word(status: str) -> str:
    """`published` → `đã đăng`."""
    return say(f"cli.status.{status}")


def worded(prefix: str, name: str) -> str:
    """The sentence `<prefix>.<name>`, or the bare name where the catalogue has none."""
    key = f"{prefix}.{name}"
    words = say(key)
    return name if words == key else words


def reason(last_error: str) -> str:
    """A stored reason in words where the catalogue has them, else as the platform said it."""
    code, _, detail = last_error.partition(": ")
    words = worded("scheduler.reasons", code)
    if words == code:
        return one_line(last_error)
    return one_line(f"{words} ({detail})" if detail else words)


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


def in_full(moment: datetime | None, zone: ZoneInfo) -> str:
    """Weekday, date, time; the zone stands in the header."""
    return show(moment, zone).rsplit(" (", 1)[0] if moment else "–"


def in_short(moment: datetime | None, zone: ZoneInfo, now: datetime) -> str:
    """The same in 14 columns; the year only when it is not this one, seconds only when there are any."""
    if moment is None:
        return "–"
    local = as_utc(moment).astimezone(zone)
    same_year = local.year == as_utc(now).astimezone(zone).year
    return say(
        "tui.moment.this_year" if same_year else "tui.moment.other_year",
        weekday=say(f"tui.weekday.{_WEEKDAYS[local.weekday()]}"),
        day=local.day,
        month=local.month,
        year=local.year % 100,
        time=f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}",
    )
