"""The facts of a report: what the ledger says of a period, counted and never guessed.

A delivery counts for the period in which it went public, and as planned for the period in which it was due.
Figures are the newest of each delivery that were read before the period's end. Only events are added up, and
only within one channel and one definition: people who saw two posts would be counted twice. What could not
be read stands beside the sum as how many posts it is of; it is never counted as 0.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from content.errors import NotFound, UsageError
from content.kinds import KINDS
from content.text import nearest
from content.wording import say
from loa import __version__
from loa.services import campaign_records as records
from loa.services import (
    report_activities,
    report_approvals,
    report_comments,
    report_figures,
    report_ledger,
    report_readings,
)
from loa.services.report_facts import FORMAT, ChannelCount, Count, Facts, Item, Plan, Total
from loa.services.report_periods import LONGEST_DAYS, Period
from loa.services.workspace import Workspace
from loa.speech import one_line
from scheduler.status import Status
from scheduler.store.tables import channel, delivery

_UNAPPROVED = (Status.DRAFT, Status.IN_REVIEW)
_Key = Callable[["Item"], str]


def facts(workspace: Workspace, kind: str, period: Period, campaign: str = "") -> Facts:
    """Count. Reads only; raises UsageError for more than MOST deliveries, NotFound for a campaign."""
    zone, now = workspace.config.zone, workspace.now()
    since, until = period.since(zone), period.until(zone)
    as_of = min(now, until)
    gone = max(now - since, timedelta()) if now < until else None
    named = campaigns_of(workspace)
    if campaign and campaign not in named:
        raise NotFound("report.unknown_campaign", id=campaign, nearest=nearest(campaign, named) or "–")
    belongs = {key: one for one, (_, posts) in named.items() for key in posts}
    narrow = [delivery.c.post_id.in_(named[campaign][1])] if campaign else []
    with workspace.database.read() as connection:
        names = {row.id: row for row in connection.execute(select(channel))}
        out = report_ledger.public(connection, since, until, narrow, belongs)
        earlier = {
            name: report_ledger.public(connection, *_as_long(one, zone, gone), narrow, belongs)
            for name, one in (("before", period.before), ("year_ago", period.year_ago))
        }
        due = report_ledger.rows(connection, [delivery.c.due_at >= since, delivery.c.due_at < until, *narrow])
        went = report_ledger.went_out(since, until, narrow)
        told = report_readings.newest(connection, went, period, as_of, zone)
        followers = report_readings.followers(connection, as_of)
        troubles = report_ledger.troubles(connection, due, went)
        approvals = report_approvals.approvals(workspace, connection, out, went, until)
        undated = report_ledger.undated(connection, zone, narrow)
        direct = report_activities.counted(workspace, connection, period, campaign)
        asked = report_comments.counted(connection, since, until, as_of, narrow)
    read = {one.delivery for one in told.readings}
    known = {one.delivery for one in told.readings if one.value is not None}
    ever = [*out, *earlier["before"], *earlier["year_ago"]]
    seen = sorted({one.channel for one in ever} | {row.channel_id for row in due})
    return Facts(
        format=FORMAT,
        kind=kind,
        loa=__version__,
        unit=workspace.config.unit.name,
        made_at=now,
        first=period.first,
        last=period.last,
        since=since,
        until=until,
        as_of=as_of,
        label=period.label,
        campaign=campaign,
        campaign_name=named[campaign][0] if campaign else "",
        posts=len({one.post for one in out}),
        deliveries=len(out),
        days_with_posts=len({one.published_at.astimezone(zone).date() for one in out}),
        plan=plan_of(due),
        channels=tuple(
            ChannelCount(
                one,
                one_line(names[one].name) or one,
                names[one].platform,
                sum(item.channel == one for item in out),
                sum(item.channel == one for item in earlier["before"]),
                sum(item.channel == one for item in earlier["year_ago"]),
                plan_of([row for row in due if row.channel_id == one]),
            )
            for one in seen
        ),
        kinds=_counted(out, lambda one: one.kind, lambda key: KINDS[key].label if key in KINDS else key),
        campaigns=_counted(out, lambda one: one.campaign, lambda key: named[key][0] if key else ""),
        months=_months(out, period, zone),
        troubles=troubles,
        summaries=report_figures.summaries(
            out,
            told.readings,
            {} if campaign else {o: followers[o] for o in seen if o in followers},
            min(period.last, now.astimezone(zone).date()),
        ),
        approvals=approvals,
        activities=direct,
        comments=asked,
        before=_total(period.before, earlier["before"], gone),
        year_ago=_total(period.year_ago, earlier["year_ago"], gone),
        undated=undated,
        unread=sum(one.delivery not in read for one in out),
        unavailable=len(read - known),
        read_late=len(told.late),
        items=tuple(out),
        readings=told.readings,
    )


def campaigns_of(workspace: Workspace) -> dict[str, tuple[str, list[str]]]:
    """Name and posts of every campaign by its id."""
    found = {}
    for path in records.paths(workspace):
        if (told := records.read(path)) is not None:
            found[path.stem] = (one_line(told["name"]), [key for key, _, _ in records.planned(told)])
    return found


def whole_campaign(workspace: Workspace, campaign: str) -> Period:
    """From the first day on which a campaign has or had a post, or an activity began, to the last, at least
    until today: its figures grow after the last post. Raises NotFound naming the nearest, UsageError for
    more than LONGEST_DAYS."""
    named = campaigns_of(workspace)
    if campaign not in named:
        raise NotFound("report.unknown_campaign", id=campaign, nearest=nearest(campaign, named) or "–")
    mine = delivery.c.post_id.in_(named[campaign][1])
    with workspace.database.read() as connection:
        rows = connection.execute(select(delivery.c.due_at, delivery.c.published_at).where(mine)).all()
        begun = report_activities.days(connection, campaign)
    days = [at.astimezone(workspace.config.zone).date() for row in rows for at in row if at]
    today = workspace.now().astimezone(workspace.config.zone).date()
    days = [day for day in (*days, *begun) if day.year >= 2000] or [today]
    period = Period(min(days), max(*days, today))
    if period.days > LONGEST_DAYS:
        raise UsageError("report.too_long", days=LONGEST_DAYS)
    return period


def plan_of(due: Iterable[Any]) -> Plan:
    """What became of deliveries that were due (rows with a status)."""
    states = Counter(row.status for row in due)
    planned = sum(states.values())
    parts = {
        "done": states[Status.PUBLISHED],
        "removed": states[Status.REMOVING] + states[Status.REMOVED],
        "missed": states[Status.MISSED],
        "failed": states[Status.FAILED],
        "cancelled": states[Status.CANCELLED],
        "unapproved": sum(states[one] for one in _UNAPPROVED),
    }
    return Plan(planned, **parts, open=planned - sum(parts.values()))


def _counted(out: Sequence[Item], key: _Key, label: Callable[[str], str]) -> tuple[Count, ...]:
    groups: defaultdict[str, list[Item]] = defaultdict(list)
    for one in out:
        groups[key(one)].append(one)
    found = [
        Count(name, label(name), len({o.post for o in part}), len(part)) for name, part in groups.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.deliveries, one.key)))


def _months(out: Sequence[Item], period: Period, zone: Any) -> tuple[Count, ...]:
    """Every month of the period, those without posts included: here nothing is really 0."""
    found = []
    first = period.first.replace(day=1)
    while first <= period.last:
        part = [
            one
            for one in out
            if (at := one.published_at.astimezone(zone)) and (at.year, at.month) == (first.year, first.month)
        ]
        found.append(Count(f"{first:%Y-%m}", f"{first:%m/%Y}", len({one.post for one in part}), len(part)))
        first = (first + timedelta(days=31)).replace(day=1)
    return tuple(found)


def _as_long(earlier: Period, zone: ZoneInfo, gone: timedelta | None) -> tuple[datetime, datetime]:
    """An earlier period whole, or as much of its beginning as has `gone` by of the one that is not over."""
    since, until = earlier.since(zone), earlier.until(zone)
    return since, until if gone is None else min(until, since + gone)


def _total(period: Period, out: Sequence[Item], gone: timedelta | None) -> Total:
    last, label = period.last, period.label
    if gone is not None:
        days = min(gone.days + 1, period.days)
        last = period.first + timedelta(days=days - 1)
        label = say("report.period.begun", label=label, days=days)
    return Total(period.first, last, label, len({one.post for one in out}), len(out))
