"""Values as people read them, shared by the two skins: in words, on one line, harmless to a terminal."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from content.moment import show
from content.text import normalise
from content.wording import say

# What turns the direction of the text around it: a platform's error text must not rearrange the screen.
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def one_line(text: str) -> str:
    """Text of anybody's as one harmless line: NFC, no control characters (a terminal would obey them)."""
    spaced = " ".join(normalise(text).split())
    return "".join(c for c in spaced if unicodedata.category(c) != "Cc" and ord(c) not in _BIDI)


def number(value: int | None) -> str:
    """Grouped in the language's way; not available is said in words, it is not zero."""
    return say("cli.not_available") if value is None else f"{value:,}".replace(",", say("content.thousands"))


def status_word(status: str) -> str:
    """`published` → `đã đăng`."""
    return say(f"cli.status.{status}")


def worded(prefix: str, name: str) -> str:
    """The sentence `<prefix>.<name>`, or the bare name where the catalogue has none."""
    key = f"{prefix}.{name}"
    words = say(key)
    return name if words == key else words


def reason(last_error: str) -> str:
    """A stored reason in words where the catalogue has them, else as the platform said it."""
    code, _, detail = last_error.partition(": ")
    words = worded("scheduler.reasons", code)
    if words == code:
        return one_line(last_error)
    return one_line(f"{words} ({detail})" if detail else words)


def outcome(written: str) -> str:
    """What an attempt came to, `…` while it runs; `late:` marks a worker that had lost its lane."""
    if not written:
        return "…"
    words = worded("cli.outcome", written.removeprefix("late:"))
    return say("cli.came_late", outcome=words) if written.startswith("late:") else words


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """Weekday, date, time; the zone stands in the heading."""
    return show(value, zone).rsplit(" (", 1)[0] if value else "–"
