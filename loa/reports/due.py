"""When which report is due: dated data that a unit corrects (`han-bao-cao.toml`), counted down from today."""

from __future__ import annotations

import calendar
import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from content.errors import UsageError
from content.wording import say
from loa.reports.texts import TEMPLATES, template_file
from loa.services import report_periods
from loa.services.report_periods import Period

FILE = "han-bao-cao.toml"
MOST = 100
OVERDUE_SHOWN = timedelta(days=60)
"""So long a report is told after the day on which it was due: it may not have been sent."""
_LEAP_DAY = re.compile(r"29[/.-]0?2", re.ASCII)


@dataclass(frozen=True)
class Due:
    """The time a report is due next, or was due lately: then `days_left` is below 0.

    `on` None: the unit has not been told, or has not written it down; then it is of the period last over.
    """

    name: str
    kind: str
    period: str
    label: str
    on: date | None
    days_left: int | None
    source: str
    checked_on: date
    verified: bool


def upcoming(folder: Path, today: date) -> list[Due]:
    """One of each, the overdue and then the nearest first; raises UsageError naming file and entry."""
    text, place = template_file(folder, FILE)
    try:
        entries = tomllib.loads(text).get("bao_cao", [])
    except (ValueError, RecursionError) as error:
        raise UsageError("report.data_wrong", file=place, why=error) from None
    if not isinstance(entries, list) or len(entries) > MOST:
        raise UsageError("report.data_wrong", file=place, why="bao_cao")
    found = []
    for number, told in enumerate(entries, start=1):
        try:
            found.append(_next(told, today))
        except (KeyError, TypeError, ValueError, AttributeError, UsageError) as error:
            why = error if isinstance(error, UsageError) else say("report.key_wrong", key=error)
            raise UsageError("report.data_wrong", file=place, why=f"bao_cao {number}: {why}") from None
    return sorted(found, key=lambda one: (one.on is None, one.on or today, one.name))


def _next(told: dict[str, Any], today: date) -> Due:
    written, kind, key = str(told["han"]).strip(), str(told["loai"]), str(told["ky"])
    if kind not in TEMPLATES or not isinstance(told["ngay_kiem_tra"], date):
        raise ValueError("loai, ngay_kiem_tra")
    later = 1 if told.get("nam_sau") is True else 0
    on = None
    if written:
        year = next(
            year
            for year in range(today.year - 2, today.year + 3)
            if _day(written, year + later) >= today - OVERDUE_SHOWN
        )
        on = _day(written, year + later)
    else:  # what is asked for without a day is the report of what is over
        year = next(year for year in (today.year, today.year - 1) if _of(key, year).last < today)
    period = _of(key, year)
    return Due(
        name=str(told["ten"]),
        kind=kind,
        period=f"{key}-{year}",
        label=period.label,
        on=on,
        days_left=(on - today).days if on else None,
        source=str(told["nguon"]),
        checked_on=told["ngay_kiem_tra"],
        verified=told.get("da_doi_chieu") is True,
    )


def _day(written: str, year: int) -> date:
    if _LEAP_DAY.fullmatch(written) and not calendar.isleap(year):
        return date(year, 2, 28)
    return report_periods.day(f"{written}/{year}")


def _of(key: str, year: int) -> Period:
    return report_periods.named(f"{key}-{year}")
