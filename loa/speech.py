"""Values as people read them, shared by the two skins: in words, on one line, harmless to a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from content.moment import show
from content.text import normalise
from content.typed import typed
from content.wording import say

if TYPE_CHECKING:
    from connectors.extras import Word

ROOMS = {
    "fb": "facebook",
    "yt": "youtube",
    "zalo": "zalo",
    "wp": "wordpress",
    "site": "website",
    "hand": "assisted",
    "net": "connectors",
    "vault": "login",
    "loa": "login",
}
"""In whose wording the table `[codes]` has the sentences of an error code's prefix."""
_BARS = "▁▂▃▄▅▆▇█"
_ROOM = re.compile(r"[a-z][a-z0-9_]{0,39}")

# What turns the direction of the text around it: a platform's error text must not rearrange the screen.
_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}


def one_line(text: str) -> str:
    """Text of anybody's as one harmless line: NFC, no control characters (a terminal would obey them)."""
    spaced = " ".join(normalise(text).split())
    return "".join(c for c in spaced if unicodedata.category(c) != "Cc" and ord(c) not in _BIDI)


_UNITS = {"watched_ms": 3_600_000, "watched_on_average_ms": 1_000}
"""Milliseconds in what such a figure is told in."""


def number(value: int | None) -> str:
    """Grouped in the language's way; not available is said in words, it is not zero."""
    return say("cli.not_available") if value is None else f"{value:,}".replace(",", say("content.thousands"))


def status_word(status: str, pending: str = "") -> str:
    """`published` → `đã đăng`. `pending`: what a `revealing` delivery waits for, if it has a word."""
    waits = worded("cli.pending", pending) if status == "revealing" and pending else pending
    return waits if waits != pending else say(f"cli.status.{status}")


def next_step(status: str, pending: str, delivery: str) -> str:
    """What a person has to do with a `revealing` delivery that waits for people; empty for all others."""
    key = f"cli.next_step.{pending}"
    words = say(key, delivery=typed(delivery)) if status == "revealing" and pending else ""
    return "" if words.startswith(key) else words


def told(word: Word, zone: ZoneInfo) -> list[str]:
    """What a person said of a delivery that nobody can read back, and whose word it is."""
    values = {"who": word.by, "at": moment(word.at, zone)}
    first = (
        say("outlets.done.word", **values)
        if word.count is None
        else say("outlets.done.word_count", **values, count=number(word.count))
    )
    return [
        one_line(first),
        *([one_line(say("outlets.done.word_note", note=word.note))] if word.note else []),
    ]


def worded(prefix: str, name: str) -> str:
    """The sentence `<prefix>.<name>`, or the bare name where the catalogue has none."""
    key = f"{prefix}.{name}"
    words = say(key)
    return name if words == key else words


def metric_word(metric: str) -> str:
    """What is counted; of time the unit too, in which `figure_words` tells it."""
    words = worded("cli.metric", metric)
    return worded("report.metric", metric) if words == metric else words


def shown(metric: str, value: int | None) -> int | float | None:
    """A figure in the unit that its word names: hours, seconds, or a count."""
    per = _UNITS.get(metric)
    return value if value is None or per is None else value / per


def figure_words(metric: str, value: int | None) -> str:
    """A figure as people read it: `12.345`, `3,5` where it is of hours."""
    cell = shown(metric, value)
    return tenths(cell) if isinstance(cell, float) else number(value)


def tenths(value: float) -> str:
    whole, tenth = divmod(round(value * 10), 10)
    return f"{number(whole)}{say('report.decimal')}{tenth}"


def code_sentence(code: str, *, channel: str = "", detail: str = "") -> str | None:
    """What a platform's error code means and what to do about it; None where no sentence is known.

    `fb:190/460` is looked for as it is and then as `fb:190`. Without a channel's id a word stands for it.
    """
    prefix, _, rest = code.partition(":")
    room = ROOMS.get(prefix, prefix)  # a platform of somebody else's: its room bears the prefix
    while rest and _ROOM.fullmatch(room):
        key = f"{room}.codes.{rest}"
        words = say(key, channel=typed(channel) if channel else say("login.any_channel"), detail=detail)
        if not words.startswith(key):  # `say` answers a key it does not know with the key
            return one_line(words)
        rest = rest.rpartition("/")[0]
    return None


def reason(last_error: str, channel: str = "") -> str:
    """A stored reason in words where the catalogue has them, else as the platform said it.

    A platform's code stays readable at the end, for whoever helps the officer.
    """
    code, _, detail = last_error.partition(": ")
    words = worded("scheduler.reasons", code)
    if words != code:
        return one_line(f"{words} ({_by_code(detail, channel)})" if detail else words)
    return one_line(_by_code(last_error, channel))


def _by_code(text: str, channel: str) -> str:
    code, _, detail = text.partition(": ")
    sentence = code_sentence(code, channel=channel, detail=detail)
    return f"{sentence} ({code})" if sentence else text


def spark(values: Sequence[int], columns: int = 8) -> str:
    """The last so many values as a line of bars from 0 to the highest; nothing for fewer than two."""
    last = values[-columns:]
    top = max(last, default=0) or 1
    return "".join(_BARS[round(value / top * (len(_BARS) - 1))] for value in last) if len(last) > 1 else ""


def source(written: str, note: str) -> str:
    """Where a figure comes from: a platform, an officer who typed it in, or why there is none."""
    kind, colon, name = written.partition(":")
    if kind != "typed" or not colon:
        return written or note
    words = say("cli.reach.typed_by", name=name)
    return f"{words} ({note})" if note else words


def outcome(written: str) -> str:
    """What an attempt came to, `…` while it runs; `late:` marks a worker that had lost its lane."""
    if not written:
        return "…"
    words = worded("cli.outcome", written.removeprefix("late:"))
    return say("cli.came_late", outcome=words) if written.startswith("late:") else words


def moment(value: datetime | None, zone: ZoneInfo) -> str:
    """Weekday, date, time; the zone stands in the heading."""
    return show(value, zone).rsplit(" (", 1)[0] if value else "–"


def freeze_scope(scope: str, target: str, unit: str = "") -> str:
    """What a freeze stops; `unit`: whose order it is, empty for the installation's own."""
    told = say(f"stopping.scope_{scope}", target=one_line(target))
    return say("stopping.scope_of_unit", scope=told, unit=unit) if unit else told
