"""Days of the week as people write them here: `T2`, `thứ Hai`, `CN`, `mon`, `T2-T6`."""

from __future__ import annotations

import re

from content.text import fold, normalise

ICAL = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
"""As RFC 5545 writes them, Monday first."""
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FULL = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERED = ("2", "3", "4", "5", "6", "7", "cn")
_WORDS = ("hai", "ba", "tu", "nam", "sau", "bay", "")

_BY_NAME = {
    **{name: number for names in (NAMES, _FULL) for number, name in enumerate(names)},
    **{code.lower(): number for number, code in enumerate(ICAL)},
    **{f"t{digit}": number for number, digit in enumerate(_NUMBERED[:6])},
    **{f"thu{digit}": number for number, digit in enumerate(_NUMBERED[:6])},
    **{f"thu{word}": number for number, word in enumerate(_WORDS[:6])},
    "cn": 6,
    "chunhat": 6,
}


def weekday(written: str) -> int | None:
    """0 for Monday to 6 for Sunday; None for what is no day of the week.

    `thứ Tư` and `thứ tự` look alike without marks, and so do `Tu` (Tuesday in RFC 5545) and `tư`: only the
    forms that stand in the table count.
    """
    return _BY_NAME.get(fold(normalise(written)).replace(" ", "").rstrip("."))


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
