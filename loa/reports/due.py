"""When which report is due: dated data that a unit corrects (`han-bao-cao.toml`), counted down from today."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from content.errors import UsageError
from content.wording import say
from loa.reports.texts import TEMPLATES, template_file
from loa.services import report_periods
from loa.services.report_periods import Period

FILE = "han-bao-cao.toml"
MOST = 100


@dataclass(frozen=True)
class Due:
    """The next time a report is due. `on` None: the unit has not been told, or has not written it down."""

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
    """The next one of each, the nearest first; raises UsageError naming file and entry."""
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
    for year in range(today.year - 1, today.year + 3):
        period = _of(key, year)
        if written:
            on = report_periods.day(f"{written}/{year + later}")
        if (on or period.last) >= today:
            break
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


def _of(key: str, year: int) -> Period:
    return report_periods.named(f"{key}-{year}")
