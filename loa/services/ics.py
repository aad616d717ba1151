"""The plan as an iCalendar file: one event a delivery, for the calendars that people carry with them.

The same delivery has the same UID in every file, and what changed later a higher SEQUENCE: a calendar that
opens a newer file updates its events and adds none twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, select

from content.errors import RefusedByRule, UsageError
from content.moment import show
from content.whole import whole
from content.wording import say
from loa.services import campaigns
from loa.services.workspace import Workspace
from loa.speech import one_line, status_word
from scheduler.status import DONE, SENDABLE, Status
from scheduler.store.tables import channel, delivery, post

if TYPE_CHECKING:
    from icalendar import Calendar, Event

ENDING = ".ics"
MOST = 5_000
"""Events of one file; more are no calendar, and most programs do not open them."""
LENGTH = timedelta(minutes=15)
"""How long an event is drawn: publishing takes an instant, which calendars show as a line or not at all."""
PRODUCT = "-//Loa//Loa//VI"
_CONFIRMED = frozenset({*SENDABLE, *DONE, Status.HANDED_OVER, Status.REVEALING}) - {Status.REMOVED}
_GONE = (Status.CANCELLED, Status.REMOVED)


@dataclass(frozen=True)
class Written:
    """What was written: the file, and how many deliveries are in it."""

    file: Path
    count: int


def export(
    workspace: Workspace,
    path: Path,
    *,
    campaign: str = "",
    first: date | None = None,
    last: date | None = None,
) -> Written:
    """Write every delivery that has a time, those that were cancelled as such, in the unit's zone.

    Without `campaign` and `first` from the beginning of this month on; `last` is included. A file that is
    there is replaced when Loa wrote it. Raises UsageError for a span or file that cannot be, RefusedByRule
    for a file of somebody else's, NotFound for an unknown campaign.
    """
    _must_be_a_place(path)
    rows = _rows(workspace, campaign, first, last)
    data = text(workspace, rows).to_ical()
    _replace(path, data)
    return Written(path, len(rows))


def text(workspace: Workspace, rows: Sequence[Row[tuple[Any, ...]]]) -> Calendar:
    """The calendar of these deliveries; of the same state always the same bytes."""
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("x-wr-calname", say("time.ics_name", unit=one_line(workspace.config.unit.name)))
    made.add("x-wr-timezone", workspace.config.zone.key)
    for row in rows:
        made.add_component(_event(workspace, row))
    if rows:
        made.add_missing_timezones(
            first_date=min(row.due_at for row in rows).date() - timedelta(days=366),
            last_date=max(row.due_at for row in rows).date() + timedelta(days=366),
        )
    return made


def _event(workspace: Workspace, row: Row[tuple[Any, ...]]) -> Event:
    from icalendar import Event

    zone = workspace.config.zone
    changed = max(row.updated_at, row.post_updated_at)
    made = Event()
    made.add("uid", f"{row.marker}@loa")
    made.add("dtstamp", changed)
    made.add("last-modified", changed)
    made.add("created", row.created_at)
    # Seconds since it was made: they only grow, fit the format for 68 years, need no counter.
    made.add("sequence", max(0, int((changed - row.created_at).total_seconds())))
    made.add("dtstart", row.due_at.astimezone(zone))
    made.add("dtend", (row.due_at + LENGTH).astimezone(zone))
    made.add("summary", f"[{one_line(row.channel_name or row.channel_id)}] {one_line(row.title)}")
    made.add("status", _state(row.status))
    made.add("transp", "TRANSPARENT")  # nobody is busy because something is published
    lines = [
        say("time.ics_state", status=status_word(row.status)),
        say("time.ics_channel", channel=one_line(row.channel_id), platform=row.platform),
        say("time.ics_post", post=row.post_id),
    ]
    if row.deadline:
        lines.append(say("time.ics_deadline", moment=show(row.deadline, zone)))
    made.add("description", "\n".join(lines))
    if row.url and row.status in DONE - {Status.REMOVED}:
        made.add("url", row.url)
    return made


def _state(status: str) -> str:
    if status in _GONE:
        return "CANCELLED"
    return "CONFIRMED" if status in _CONFIRMED else "TENTATIVE"


def _rows(
    workspace: Workspace, campaign: str, first: date | None, last: date | None
) -> Sequence[Row[tuple[Any, ...]]]:
    zone = workspace.config.zone
    if first is None and not campaign:
        first = workspace.now().astimezone(zone).date().replace(day=1)
    if first and last and last < first:
        raise UsageError("time.ics_wrong_way", first=campaigns.written(first), last=campaigns.written(last))
    column = delivery.c
    query = (
        select(
            delivery,
            channel.c.platform,
            channel.c.name.label("channel_name"),
            post.c.title,
            post.c.updated_at.label("post_updated_at"),
        )
        .join(channel, channel.c.id == column.channel_id)
        .join(post, post.c.id == column.post_id)
        .where(column.due_at.is_not(None))
    )
    if campaign:
        keys = [item.post for item in campaigns.progress(workspace, campaign).items]
        query = query.where(column.post_id.in_(keys))
    if first:
        query = query.where(column.due_at >= datetime.combine(first, time(), zone))
    if last:
        query = query.where(column.due_at < datetime.combine(last + timedelta(days=1), time(), zone))
    with workspace.database.read() as connection:
        rows = connection.execute(query.order_by(column.due_at, column.seq).limit(MOST + 1)).all()
    if len(rows) > MOST:
        raise UsageError("time.ics_too_many", most=MOST)
    return rows


def _must_be_a_place(path: Path) -> None:
    if path.suffix.lower() != ENDING:
        raise UsageError("time.ics_ending", file=path.name)
    if not path.parent.is_dir():
        raise UsageError("time.ics_no_folder", folder=path.parent)


def _replace(path: Path, data: bytes) -> None:
    """Whole or not at all; a calendar of somebody else's that lies there may be all they have."""
    with whole(path) as file:
        file.write(data)
        if path.exists() and PRODUCT.encode() not in path.read_bytes()[:1000]:
            raise RefusedByRule("time.ics_not_ours", file=path.name)
