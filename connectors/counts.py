"""Numbers as platforms tell them: what is a count, and what is not, the same for every platform."""

from __future__ import annotations

from typing import Any

MOST = 10**15
"""No count of anything is larger; the database takes no more than 64 bits."""


def whole(value: Any) -> int | None:
    """A count: a number, or digits in a string. None for all else: text, parts, less than 0, too many."""
    if isinstance(value, str):
        readable = value.isascii() and value.isdigit() and len(value) <= len(str(MOST))
        value = int(value) if readable else None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value <= MOST else None
