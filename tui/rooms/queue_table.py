"""The deliveries as a table: what stands in its columns, and which of them a filter and a search want."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from content.wording import say
from loa.services.deliveries import DeliveryView
from loa.services.listing import Listing, Wanted
from loa.services.workspace import Workspace
from loa.speech import moment as in_full
from loa.speech import next_step, number, one_line, reason, status_word, worded
from scheduler.status import SENDABLE, Status
from tui.filters import Filter
from tui.widgets.columns import Column
from tui.words import in_short

_AN_ADDRESS = 20
"""In so many columns something of an address can be told."""
_STYLES = {
    Status.PUBLISHED: "good",
    Status.REVEALING: "good",
    Status.UNKNOWN: "bad",
    Status.FAILED: "bad",
    Status.MISSED: "bad",
    Status.HELD: "care",
    Status.DRAFT: "quiet",
    Status.CANCELLED: "quiet",
    Status.REMOVED: "quiet",
}


def columns(zone: ZoneInfo, now: Callable[[], datetime]) -> list[Column[DeliveryView]]:
    """One delivery in words; the title stands for the post, whose id is told by the details."""

    def due(view: DeliveryView, width: int) -> str:
        full = in_full(view.due_at, zone)
        return full if cell_len(full) <= width else in_short(view.due_at, zone, now(), width)

    return [
        Column(say("cli.column.due"), due, (15, 17, 25), style=style),
        Column(say("cli.column.status"), status, (12, 12, 21), style=style),
        Column(
            say("cli.column.post"), lambda view, _: one_line(view.title), (20, 24, 34), share=3, style=style
        ),
        Column(say("cli.column.channel"), lambda view, _: one_line(view.channel), (8, 12, 16), style=style),
        Column(
            say("tui_queue.where"),
            lambda view, width: where(view, now(), width),
            (12, 21, 34),
            share=1,
            style=style,
        ),
    ]


def style(view: DeliveryView) -> str:
    return _STYLES.get(Status(view.status), "plain")


def status(view: DeliveryView, width: int) -> str:
    """As everywhere, or in a shorter word where that would be cut."""
    whole = status_word(view.status, view.remote_id)
    short = worded("tui_queue.short", view.status)
    return whole if cell_len(whole) <= width or short == view.status else short


def where(view: DeliveryView, now: datetime, width: int) -> str:
    """Where it is public, or why it is not, or for how long it should have been.

    An address of which nothing but the host would be seen is left to the details.
    """
    if view.url and width < _AN_ADDRESS:
        return ""
    if view.url:
        return one_line(view.url).removeprefix("https://").removeprefix("http://")
    if view.status == Status.UNKNOWN and (width < _AN_ADDRESS or not view.last_error):
        return say("tui_queue.looks" if view.next_at else "tui_queue.decide")
    if view.last_error:
        return reason(view.last_error, view.channel)
    if step := next_step(view.status, view.remote_id, view.id):
        return step
    if view.status in SENDABLE and view.due_at is not None and now >= view.due_at:
        minutes = int((now - view.due_at).total_seconds() // 60)
        return say("tui.late", minutes=number(minutes)) if minutes else ""
    return ""


def rows_of(workspace: Workspace, chosen: Filter, sought: str) -> Listing:
    """What the table shows of a filter and the words in the search box."""
    return Listing(workspace, Wanted(statuses=chosen.statuses, search=sought))
