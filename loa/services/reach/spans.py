"""The time that figures are told of: the last so many days, or a named period; what came before it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from content.errors import UsageError
from content.wording import say
from loa.services import report_periods
from loa.services.reach.posts import LONGEST_DAYS
from loa.services.workspace import Workspace
from loa.speech import number

USUAL = "90d"
_DAYS = re.compile(r"(\d{1,3})d?", re.ASCII)


@dataclass(frozen=True)
class Span:
    """From `first` on and before `last` (aware)."""

    first: datetime
    last: datetime
    label: str


def span(workspace: Workspace, written: str) -> Span:
    """`90d` up to now, or a period as reports name it (`quy-3-2026`); raises UsageError."""
    return _spans(workspace, written)[0]


def with_earlier(workspace: Workspace, written: str) -> dict[str, Span]:
    """That time (`now`), as long just `before` it, and the same a `year_ago`."""
    return dict(zip(("now", "before", "year_ago"), _spans(workspace, written), strict=True))


def days_of(written: str) -> int | None:
    """So many days, 1 to LONGEST_DAYS, where `90d` or `90` is written, else None."""
    found = _DAYS.fullmatch(written.strip())
    days = int(found[1]) if found else 0
    return days if 1 <= days <= LONGEST_DAYS else None


def _spans(workspace: Workspace, written: str) -> tuple[Span, Span, Span]:
    zone, now = workspace.config.zone, workspace.now()
    days = days_of(written or USUAL)
    if days is None:
        try:
            told = report_periods.named(written)
        except UsageError:
            raise UsageError("reach.bad_span", written=written) from None
        every = (told, told.before, told.year_ago)
        now_, before, year_ago = (Span(one.since(zone), one.until(zone), one.label) for one in every)
        return now_, before, year_ago
    length = timedelta(days=days)
    here = now.astimezone(zone)
    try:
        earlier = here.replace(year=here.year - 1)
    except ValueError:  # 29 February
        earlier = here.replace(year=here.year - 1, day=28)
    then = earlier.astimezone(UTC)
    count = number(days)
    return (
        Span(now - length, now, say("reach.span.days", days=count)),
        Span(now - 2 * length, now - length, say("reach.span.before", days=count)),
        Span(then - length, then, say("reach.span.year_ago", days=count)),
    )
