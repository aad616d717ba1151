"""Chủ đề, khẩu hiệu của năm: what the yearly guide of Law Day says, as dated rows; never a constant.

A year without a row leaves its slots to the officer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

from content.errors import UsageError
from content.text import normalise

SLOTS = ("chu_de_nam", "khau_hieu_nam")
LARGEST_BYTES = 64 * 1024
_MOST_YEARS = 100
_LONGEST = 400
_KEYS = {"year", "theme", "slogans", "source", "checked_on", "verified"}


@dataclass(frozen=True)
class Theme:
    """One year as somebody read it at `source` on `checked_on`; not `verified`: compare it first."""

    year: int
    theme: str
    slogans: tuple[str, ...]
    source: str
    checked_on: date
    verified: bool

    def values(self) -> dict[str, str]:
        """What fills the slots: the theme, and the first slogan. What is not known fills nothing."""
        told = zip(SLOTS, (self.theme, *self.slogans[:1]), strict=False)
        return {name: text for name, text in told if text}


def themes(own: str = "") -> dict[int, Theme]:
    """Every known year; a row of the unit's `own` file replaces Loa's of that year.

    Raises UsageError for a file that cannot be taken.
    """
    shipped = resources.files("content.kits").joinpath("khau-hieu.toml").read_text("utf-8")
    return {row.year: row for text in (shipped, own) for row in _rows(text)}


def _rows(text: str) -> Iterator[Theme]:
    try:
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError("campaigns.themes_not_toml", detail=str(error)[:200]) from None
    rows = told.get("year", [])
    if set(told) - {"year"} or not isinstance(rows, list) or len(rows) > _MOST_YEARS:
        raise UsageError("campaigns.themes_broken", place="[[year]]", key="[[year]]")
    for number, row in enumerate(rows, 1):
        if (wrong := _wrong(row)) is not None:
            raise UsageError("campaigns.themes_broken", place=f"[[year]] {number}", key=wrong)
        yield Theme(
            row["year"],
            _tidy(row.get("theme", "")),
            tuple(map(_tidy, row.get("slogans", []))),
            _tidy(row["source"]),
            row["checked_on"],
            row.get("verified", False),
        )


def _wrong(row: Any) -> str | None:
    """The first key of a row that is missing or of the wrong kind."""
    if not isinstance(row, Mapping):
        return "[[year]]"
    if unknown := sorted(set(row) - _KEYS):
        return str(unknown[0])[:80]
    slogans = row.get("slogans", [])
    fits = {
        "year": type(row.get("year")) is int and 2013 <= row["year"] <= 2200,
        "theme": _is_text(row.get("theme", "")),
        "slogans": isinstance(slogans, list) and all(map(_is_text, slogans)),
        "source": _is_text(row.get("source")) and bool(row["source"].strip()),
        "checked_on": type(row.get("checked_on")) is date,
        "verified": isinstance(row.get("verified", False), bool),
    }
    return next((key for key, fine in fits.items() if not fine), None)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _tidy(text: str) -> str:
    return " ".join(normalise(text).split())
