"""When an item of a feed says that it was published: also as Vietnamese portals write it.

Portals leave the zone out and mean their own; a reader made for the world takes that for UTC, or takes the
day for the month.
"""

from __future__ import annotations

import re
import time
from calendar import timegm
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from content.errors import UsageError
from content.moment import parse_moment
from content.text import fold

LONGEST = 60
_YEARS = range(1990, 2101)  # outside, somebody's clock is broken
_WEEKDAY = re.compile(r"\A(?:thu (?:hai|ba|tu|nam|sau|bay|[2-7])|t[2-7]|chu nhat|cn)\b[\s,.]*")
_FROM_GREENWICH = re.compile(r"\s*(?:gmt|utc)\s?([+-])(\d{1,2})(?::?(\d{2}))?\Z")
_DAY_ALONE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_MONTH = re.compile(r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)")
_ZONED = re.compile(r"(?:[+-]\d{2}:?\d{2}|\dz|\b(?:z|gmt|utc?|[ecmp][sd]t))\Z")


def published(written: str, parsed: time.struct_time | None, zone: ZoneInfo) -> datetime | None:
    """The instant (aware, UTC), or None for what nobody can have meant.

    Without a zone it is read in `zone`, the day before the month. `parsed` is what feedparser made of it
    (UTC); it stands only where the text names its zone.
    """
    said = " ".join(fold(written[:LONGEST].replace("(", " ").replace(")", " ")).split())
    said = _FROM_GREENWICH.sub(_offset, _WEEKDAY.sub("", said))
    try:
        found = _read(said, zone)
        if found is None and parsed and _ZONED.search(said):
            found = datetime.fromtimestamp(timegm(parsed), UTC)
        return found if found and found.year in _YEARS else None
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _read(said: str, zone: ZoneInfo) -> datetime | None:
    try:
        return parse_moment(f"{said} 00:00" if _DAY_ALONE.fullmatch(said) else said, zone)[0]
    except UsageError:
        if not _MONTH.search(said):
            return None
    try:
        told = parsedate_to_datetime(said)
    except (ValueError, TypeError, IndexError):
        return None
    return (told if told.tzinfo else told.replace(tzinfo=zone)).astimezone(UTC)


def _offset(found: re.Match[str]) -> str:
    sign, hours, minutes = found.groups()
    return f" {sign}{int(hours):02d}{minutes or '00'}"
