"""Times at the edges: what officers write becomes aware UTC, and what Loa shows names day and zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from content.errors import UsageError
from content.finding import Finding
from content.text import fold, normalise
from content.wording import say

_YEARS = range(2000, 2101)  # outside, it is a typing slip: nobody schedules a post for 2206
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DATE = (
    r"(?:(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})"
    r"|(?P<d2>\d{1,2})[-/.](?P<m2>\d{1,2})[-/.](?P<y2>\d{4}))"
)
_TIME = (
    r"(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.(?P<fraction>\d{1,6}))?)?"
    r"|\s?(?:h|gio)(?:\s?(?P<minute2>\d{1,2})(?:\s?(?:p|phut))?)?)"
)
_ZONE = r"(?:\s*(?P<zone>z|(?:utc|gmt)?[+-]\d{2}(?::?\d{2})?))?"
_WRITTEN = (
    re.compile(rf"{_DATE}(?:t|,?\s+(?:luc\s+)?){_TIME}{_ZONE}", re.ASCII),
    re.compile(rf"{_TIME}{_ZONE},?\s+(?:ngay\s+)?{_DATE}", re.ASCII),
)
_TIME_ALONE = re.compile(_TIME + _ZONE, re.ASCII)
_DATE_ALONE = re.compile(_DATE, re.ASCII)
_RELATIVE = re.compile(r"\+(?:\d{1,6}[smhd])+", re.ASCII)
_STEP = re.compile(r"(\d+)([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class MomentError(UsageError):
    """A time that cannot be taken as written; `finding` says why and how to write it."""

    def __init__(self, finding: Finding) -> None:
        super().__init__("content.refused", line=finding.line())
        self.finding = finding


def parse_moment(
    written: str, zone: ZoneInfo, *, now: datetime | None = None, place: str = ""
) -> tuple[datetime, list[Finding]]:
    """The instant (aware, UTC) an officer meant, with a hint when the unit's zone had to be assumed.

    Takes `2026-11-09 07:00`, `09/11/2026 07:00`, `7h30 09/11/2026`, ISO with an offset, and, when `now`
    (aware) is given, `+5m`, `+30s`, `+2h`, `+1d`. Day comes before month. Raises MomentError for all else:
    also for a local time that a change of clocks skips or repeats.
    """
    said = " ".join(fold(normalise(written)).split())
    if _RELATIVE.fullmatch(said):
        return _relative(written, said, now, place), []
    for pattern in _WRITTEN:
        if found := pattern.fullmatch(said):
            return _absolute(written, found, zone, place)
    if _TIME_ALONE.fullmatch(said):
        raise _refused("time_without_date", place, written=written)
    if _DATE_ALONE.fullmatch(said):
        raise _refused("date_without_time", place, written=written)
    raise _refused("time_unread", place, written=written)


def show(moment: datetime, zone: ZoneInfo) -> str:
    """Weekday, date, time, zone and offset in the interface language; seconds only when not zero.

    Raises ValueError for a naive moment.
    """
    local = as_utc(moment).astimezone(zone)
    offset = f"{local:%z}"
    return say(
        "content.moment.shown",
        weekday=say(f"content.weekdays.{_WEEKDAYS[local.weekday()]}"),
        day=local.day,
        month=local.month,
        year=local.year,
        time=f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}",
        zone=zone.key,
        offset=f"{offset[:3]}:{offset[3:5]}",
    )


def as_utc(moment: datetime) -> datetime:
    """The same instant in UTC; raises ValueError for a naive one, whose instant nobody knows."""
    if moment.utcoffset() is None:
        raise ValueError("a naive datetime has no instant; Loa keeps aware times in UTC")
    return moment.astimezone(UTC)


def _relative(written: str, said: str, now: datetime | None, place: str) -> datetime:
    if now is None:
        raise _refused("time_relative_here", place, written=written)
    wait = timedelta()
    for amount, unit in _STEP.findall(said):
        wait += timedelta(**{_UNITS[unit]: int(amount)})
    try:
        moment = as_utc(now).replace(microsecond=0) + wait
    except OverflowError:
        raise _refused("time_impossible", place, written=written) from None
    if moment.year not in _YEARS:
        raise _refused("time_impossible", place, written=written)
    return moment


def _absolute(
    written: str, found: re.Match[str], zone: ZoneInfo, place: str
) -> tuple[datetime, list[Finding]]:
    part = found.groupdict()
    try:
        local = datetime(  # noqa: DTZ001 the zone is looked at below: a local time may not exist in it
            int(part["y"] or part["y2"]),
            int(part["m"] or part["m2"]),
            int(part["d"] or part["d2"]),
            int(part["hour"]),
            int(part["minute"] or part["minute2"] or 0),
            int(part["second"] or 0),
            int((part["fraction"] or "").ljust(6, "0")),
        )
    except ValueError:
        raise _refused("time_impossible", place, written=written) from None
    if local.year not in _YEARS:
        raise _refused("time_impossible", place, written=written)
    if part["zone"]:
        return _with_offset(written, local, part["zone"], place), []
    moment = _in_zone(written, local, zone, place)
    hint = Finding(
        "content.zone_assumed",
        "hint",
        place,
        {"written": written, "shown": show(moment, zone), "zone": zone.key},
    )
    return moment, [hint]


def _with_offset(written: str, local: datetime, zone: str, place: str) -> datetime:
    digits = re.sub(r"\D", "", zone, flags=re.ASCII).ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if offset > timedelta(hours=14) or int(digits[2:]) > 59:
        raise _refused("time_impossible", place, written=written)
    return (local + offset if "-" in zone else local - offset).replace(tzinfo=UTC)


def _in_zone(written: str, local: datetime, zone: ZoneInfo, place: str) -> datetime:
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() != second.utcoffset():
        # Both readings differ around a change of clocks: in a gap neither comes back as written.
        skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local
        rule = "time_skipped" if skipped else "time_twice"
        raise _refused(rule, place, written=written, zone=zone.key, offsets=_offsets(first, second))
    return first.astimezone(UTC)


def _offsets(*readings: datetime) -> str:
    # A person copies one of these, so they stand as they are to be written.
    return ", ".join(
        f"{reading:%Y-%m-%dT%H:%M}{f'{reading:%z}'[:3]}:{f'{reading:%z}'[3:5]}" for reading in readings
    )


def _refused(rule: str, place: str, **values: object) -> MomentError:
    return MomentError(Finding(f"content.{rule}", "block", place, values))
