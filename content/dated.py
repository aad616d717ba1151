"""Dates that stand in a text as words: `9/11/2026`, `ngày 9 tháng 11`, `tháng 11`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from content.text import normalise

_SPACE = r"[ \t]+"
_NUMBERS = re.compile(
    r"(?<![\d/.,-])(?P<day>\d{1,2})(?P<between>[/.-])(?P<month>\d{1,2})(?:(?P=between)(?P<year>\d{4}))?"
    r"(?![\d/]|[.,-]\d)",
    re.ASCII,
)
_WORDS = re.compile(
    rf"(?:\b(?:ngày|mùng|mồng){_SPACE}(?P<day>\d{{1,2}}){_SPACE})?\btháng{_SPACE}(?P<month>\d{{1,2}})"
    rf"(?:(?:/|{_SPACE}năm{_SPACE})(?P<year>\d{{4}}))?(?![\d/])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Mention:
    """A date or a month as it is written; `day` and `year` are 0 where the words do not tell them."""

    words: str
    day: int
    month: int
    year: int

    def fits(self, day: date) -> bool:
        """Whether a text that says this is right on `day`, when that is the day it means."""
        return (self.day or day.day, self.month, self.year or day.year) == (day.day, day.month, day.year)


def mentions(text: str) -> list[Mention]:
    """Every date and month in a text, in its order, each spelling once.

    Numbers count as a date with a year, or with a slash between (`9/11`): `3.5` is more often a figure.
    """
    found: dict[str, tuple[int, Mention]] = {}
    written = normalise(text)
    for pattern in (_NUMBERS, _WORDS):
        for one in pattern.finditer(written):
            day, month, year = (int(one[part] or 0) for part in ("day", "month", "year"))
            if pattern is _NUMBERS and not year and one["between"] != "/":
                continue
            if month <= 12 and day <= 31:
                found.setdefault(one[0], (one.start(), Mention(one[0], day, month, year)))
    return [mention for _, mention in sorted(found.values(), key=lambda pair: pair[0])]


def outdated(texts: Iterable[str], own: Iterable[date], later: Iterable[date]) -> list[str]:
    """The words that name one of a post's `own` days and are wrong on one of the `later` ones."""
    then, after = list(own), list(later)
    words = (
        one.words
        for text in texts
        for one in mentions(text)
        if any(one.fits(day) for day in then) and not all(one.fits(day) for day in after)
    )
    return list(dict.fromkeys(words))
