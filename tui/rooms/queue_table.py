"""The deliveries as a table: what stands in its columns, and which of them a filter and a search want."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from content.wording import say
from loa.services.deliveries import DeliveryView
from loa.services.listing import Listing, Wanted
from loa.services.workspace import Workspace
from loa.speech import moment as in_full
from loa.speech import next_step, number, one_line, reason, status_word
from scheduler.status import SENDABLE, Status
from tui.filters import Filter
from tui.widgets.columns import Column
from tui.words import in_short

_WRITTEN_OUT = 24
"""From this width on a time is written out."""
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
        return in_full(view.due_at, zone) if width >= _WRITTEN_OUT else in_short(view.due_at, zone, now())

    return [
        Column(say("cli.column.due"), due, (17, 17, 25), style=style),
        Column(
            say("cli.column.status"),
            lambda view, _: status_word(view.status, view.remote_id),
            (18, 18, 21),
            style=style,
        ),
        Column(
            say("cli.column.post"), lambda view, _: one_line(view.title), (15, 22, 34), share=1, style=style
        ),
        Column(say("cli.column.channel"), lambda view, _: one_line(view.channel), (8, 12, 16), style=style),
        Column(
            say("cli.column.where"), lambda view, _: where(view, now()), (12, 21, 34), share=1, style=style
        ),
    ]


def style(view: DeliveryView) -> str:
    return _STYLES.get(Status(view.status), "plain")


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


def rows_of(workspace: Workspace, chosen: Filter, sought: str) -> Listing:
    """What the table shows of a filter and the words in the search box."""
    return Listing(workspace, Wanted(statuses=chosen.statuses, search=sought))
