"""Counts and days as officers write them. Blank is not counted, which is not 0."""

from __future__ import annotations

import re
from datetime import date

_UNKNOWN = frozenset({"", "-", "–", "—", "?", "…", "...", "không rõ", "chưa rõ", "chưa có", "chưa đếm"})
_COUNT = re.compile(r"\d{1,9}|\d{1,3}(?:\.\d{3}){1,2}|\d{1,3}(?: \d{3}){1,2}", re.ASCII)
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_YEARS = range(2000, 2101)


def parse_count(written: str) -> int | None:
    """`1.234`, `1 234` or `1234`; None where nobody counted. Raises ValueError for all else, as for `1,5`.

    A comma may mean tenths to one and thousands to another: it is asked back, never guessed.
    """
    said = " ".join(written.split())
    if said.casefold() in _UNKNOWN:
        return None
    if not _COUNT.fullmatch(said):
        raise ValueError(written)
    return int(re.sub(r"[ .]", "", said))


def parse_day(written: str) -> date:
    """`09/11/2026`, `9-11-2026`, `9.11.2026` or `2026-11-09`; raises ValueError for all else."""
    found = _DAY.fullmatch(written.strip())
    if found is None:
        raise ValueError(written)
    parts = [int(part) for part in found.groups() if part]
    day = date(*parts) if found[4] else date(*parts[::-1])
    if day.year not in _YEARS:
        raise ValueError(written)
    return day


def show_count(value: int | None) -> str:
    """As `parse_count` reads it; empty where nobody counted."""
    return "" if value is None else f"{value:,}".replace(",", ".")
