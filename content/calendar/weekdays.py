"""Days of the week as people write them here: `T2`, `thứ Hai`, `Hai`, `CN`, `mon`, `T2-T6`."""

from __future__ import annotations

import re

from content.text import fold, normalise

ICAL = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""As RFC 5545 writes them, Monday first."""
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERED = ("2", "3", "4", "5", "6", "7", "cn")
_WORDS = ("hai", "ba", "tu", "nam", "sau", "bay")
_ALONE = re.compile(r"\bthứ\b(?!\s*(?:hai|ba|t[ưu]|n[ăa]m|s[áa]u|b[ảa]y)\b|\s*[2-7](?![\dh:]))")

_BY_NAME = {
    **{name: number for names in (NAMES, _FULL) for number, name in enumerate(names)},
    **{f"t{digit}": number for number, digit in enumerate(_NUMBERED[:6])},
    **{f"thu{digit}": number for number, digit in enumerate(_NUMBERED[:6])},
    **{f"{head}{word}": number for number, word in enumerate(_WORDS) for head in ("thu", "")},
    "cn": 6,
    "chunhat": 6,
}


def weekday(written: str) -> int | None:
    """0 for Monday to 6 for Sunday; None for what is no day of the week.

    `Tư` is Wednesday, with marks or without: the two letters of RFC 5545, in which `TU` is Tuesday, belong
    into its rules only. `thứ` alone is no day, `thu` is Thursday in English.
    """
    if names_no_day(written):
        return None
    return _BY_NAME.get(fold(normalise(written)).replace(" ", "").rstrip("."))


def names_no_day(written: str) -> bool:
    """Whether `thứ` stands there without its day: to be asked while the tone marks are still there."""
    return _ALONE.search(normalise(written).casefold()) is not None


def weekdays(written: str) -> tuple[int, ...] | None:
    """One day or a range, `T2-T6`; a range may run over Sunday (`T7-T2`). None for anything else."""
    first, dash, last = re.sub(r"\s*[–—]\s*", "-", written.strip()).partition("-")
    begin = weekday(first)
    if begin is None or not dash:
        return None if begin is None else (begin,)
    end = weekday(last)
    if end is None:
        return None
    return tuple((begin + step) % 7 for step in range((end - begin) % 7 + 1))
