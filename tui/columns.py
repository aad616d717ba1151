"""The table's columns: what stands in them and how wide each may be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from content.wording import say
from loa.services.deliveries import DeliveryView
from loa.speech import moment as in_full
from loa.speech import next_step, number, one_line, reason, status_word
from scheduler.status import SENDABLE
from tui.words import in_short

COLUMNS = ("due", "status", "post", "channel", "where")
GAP = 2
WIDE = 110
"""From here on dates are written out and the details stand beside the table."""
_LEAST_WHERE = 12
_LEAST_POST = 12
_MOST_CHANNEL = 16


def headings() -> tuple[str, ...]:
    return tuple(say(f"cli.column.{name}") for name in COLUMNS)


def cells(view: DeliveryView, zone: ZoneInfo, now: datetime, *, wide: bool) -> tuple[str, ...]:
    """One delivery in words, column by column."""
    due = in_full(view.due_at, zone) if wide else in_short(view.due_at, zone, now)
    return (
        due,
        status_word(view.status, view.remote_id),
        one_line(view.post),
        one_line(view.channel),
        where(view, now),
    )


def where(view: DeliveryView, now: datetime) -> str:
    """Where it is public, or why it is not, or for how long it should have been."""
    if view.url:
        return one_line(view.url).removeprefix("https://").removeprefix("http://")
    if view.last_error:
        return reason(view.last_error, view.channel)
    if step := next_step(view.status, view.remote_id, view.id):
        return step
    if view.status in SENDABLE and view.due_at is not None and now >= view.due_at:
        minutes = int((now - view.due_at).total_seconds() // 60)
        return say("tui.late", minutes=number(minutes)) if minutes else ""
    return ""


def widths(rows: Sequence[Sequence[str]], room: int) -> tuple[int, ...]:
    """A width for every column within `room`: time and status whole, then post, address last.

    An address or reason too short to be read is left out; the details have it in full.
    """
    natural = [max(map(cell_len, column)) for column in zip(headings(), *rows, strict=True)]
    due, status, post, channel, _ = natural
    channel = min(channel, _MOST_CHANNEL)
    left = room - due - status - channel - GAP * (len(COLUMNS) - 1)
    if left < _LEAST_POST + _LEAST_WHERE:
        return due, status, max(0, left + GAP), channel, 0
    post = max(_LEAST_POST, min(post, left - max(_LEAST_WHERE, left // 2)))
    return due, status, post, channel, left - post
