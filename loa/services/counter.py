"""Counting the readers of a channel's own pages out of its web server's log (`loa counter`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select

from content.approval import Role
from content.counting.logline import Judge, path_of
from content.counting.readers import Readers
from content.errors import NotFound, RefusedByRule, UsageError
from content.text import nearest, normalise
from loa.services import accesslog
from loa.services.accesslog import Progress
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit, counting, coverage, reach
from scheduler.counting import Came, DayCount, PageCount
from scheduler.status import DONE
from scheduler.store.tables import channel, delivery, view_count, view_day

CLOCKS_APART = timedelta(days=1)
"""A line from further ahead is of a web server whose clock is wrong."""


@dataclass(frozen=True)
class CountedDay:
    """One day: what was counted, and what became of it. `visitors`: who read two posts is one.

    `lacks_hours`: of this count and the one before only the fuller stands, and the other knows other hours.
    `provisional`: the day was not over when the log ended.
    """

    day: date
    views: int
    visitors: int
    lines: int
    came: Came
    lacks_hours: bool
    provisional: bool


@dataclass(frozen=True)
class CountedPage:
    """One delivery over all days of the logs; `visitors` are those of each day added up."""

    delivery: str
    views: int
    visitors: int
    origins: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Imported:
    """What came of the logs. `verdicts`: lines by the rule they fell to (see `content.counting.logline`)."""

    channel: str
    lines: int
    verdicts: Mapping[str, int]
    days: Sequence[CountedDay]
    pages: Sequence[CountedPage]
    readings: int
    """Figures that are new or other than before."""


@dataclass(frozen=True)
class Forgotten:
    """So many `days` of a channel were dropped, and so many `figures` changed with them."""

    channel: str
    days: int
    figures: int


def import_logs(
    workspace: Workspace, channel_id: str, files: Sequence[Path], progress: Progress | None = None
) -> Imported:
    """Count what these logs of the channel's web server tell; all of them are taken in, or nothing.

    Only totals are stored. Raises NotFound for an unknown channel or file, RefusedByRule where the
    channel has no page with an address, UsageError for a file that cannot be read.
    """
    now, zone = workspace.now(), workspace.config.zone
    with workspace.database.read() as connection:
        rows = pages_of(connection, channel_id)
    known = {path: row.seq for row in rows if (path := path_of(row.url))}
    if not known:
        raise RefusedByRule("counter.no_pages", channel=channel_id)
    judge = Judge(known, readers(workspace), zone)
    told = accesslog.read(files, judge, (now + CLOCKS_APART).timestamp(), progress)
    days = [_day_count(name, told.days, zone) for name in sorted(told.days)]
    came = workspace.database.run(lambda c: counting.store_log(c, channel_id, days, now))
    detail = {"lines": told.lines, "days": [day.day.isoformat() for day in days]}
    fresh = write_readings(workspace, channel_id, detail)
    last = max(told.days, default=date.min)
    return Imported(
        channel_id,
        told.lines,
        dict(told.verdicts),
        [
            CountedDay(
                one.day,
                sum(page.views for page in one.pages.values()),
                told.days[one.day].visitors,
                one.lines,
                how.came,
                how.lacks_hours,
                one.day == last and not _is_over(one, now, workspace),
            )
            for one, how in zip(days, came, strict=True)
        ],
        _by_page(rows, days),
        fresh,
    )


def readers(workspace: Workspace) -> Readers:
    """Who is counted as a reader here."""
    return Readers(workspace.config.counter.own, workspace.config.counter.robots)


def pages_of(connection: Connection, channel_id: str = "") -> Sequence[Any]:
    """Deliveries that have been public, of one channel or of all, oldest first."""
    if channel_id:
        ids = list(connection.execute(select(channel.c.id)).scalars())
        if channel_id not in ids:
            raise NotFound("cli.channel.unknown", id=channel_id, nearest=nearest(channel_id, ids) or "–")
    wanted = select(
        delivery.c.seq,
        delivery.c.id,
        delivery.c.channel_id,
        delivery.c.marker,
        delivery.c.url,
        delivery.c.published_at,
    ).where(delivery.c.status.in_(DONE), delivery.c.url != "")
    if channel_id:
        wanted = wanted.where(delivery.c.channel_id == channel_id)
    return connection.execute(wanted.order_by(delivery.c.seq)).all()


def forget(
    workspace: Workspace, actor: Person, channel_id: str, since: date, until: date, *, reason: str
) -> Forgotten:
    """Drop what logs told of these days, both included: a wrong or doubled import, to be imported anew.

    The figures that were made of it change with it. Raises NotFound for an unknown channel.
    """
    actor.must_be(Role.OPERATOR)
    why = " ".join(normalise(reason).split())
    if not why:
        raise UsageError("cli.reason_required")
    if until < since:
        raise UsageError("counter.bad_days", first=f"{since:%d/%m/%Y}", last=f"{until:%d/%m/%Y}")

    def work(connection: Connection) -> int:
        pages_of(connection, channel_id)
        days = counting.forget(connection, channel_id, since, until)
        if days:
            audit.record(
                connection,
                at=workspace.now(),
                actor=actor.name,
                action="views_forgotten",
                subject=channel_id,
                since=since.isoformat(),
                until=until.isoformat(),
                days=days,
                reason=why,
            )
        return days

    days = workspace.database.run(work)
    return Forgotten(channel_id, days, write_readings(workspace, channel_id))


def write_readings(
    workspace: Workspace, channel_id: str, imported: Mapping[str, object] | None = None
) -> int:
    """A reading for each delivery whose figures are other than those told last; returns how many figures.

    Reckoned beforehand: nothing else can be written while a transaction writes. Killed in between, the next
    import or reading of the channel does it. `imported` is what the audit log tells of them.
    """
    now = workspace.now()
    with workspace.database.read() as connection:
        counted = coverage.coverage(connection, channel_id, workspace.config.zone)
        sums = coverage.sums(connection, view_count.c.channel_id == channel_id)
        told = reach.told(connection, channel_id)
        fresh = [
            (row.seq, figure)
            for row in pages_of(connection, channel_id)
            for figure in told.changed(row.seq, coverage.figures(row, counted, sums))
        ]

    def work(connection: Connection) -> None:
        reach.store(connection, fresh, now)
        if imported:
            detail = {**imported, "figures": len(fresh)}
            audit.record(
                connection,
                at=now,
                actor=audit.MACHINE,
                action="views_imported",
                subject=channel_id,
                **detail,
            )

    if fresh:
        workspace.database.run(work)
    return len(fresh)


@dataclass(frozen=True)
class DayView:
    """What is stored of one delivery's page on one day."""

    day: str
    delivery: str
    source: str
    views: int
    visitors: int


def stored(workspace: Workspace, channel_id: str, days: int) -> list[DayView]:
    """The newest `days` days, newest first; several runs of the beacon are one."""
    with workspace.database.read() as connection:
        pages_of(connection, channel_id)
        since = (
            select(view_day.c.day)
            .where(view_day.c.channel_id == channel_id)
            .distinct()
            .order_by(view_day.c.day.desc())
            .limit(days)
            .subquery()
        )
        rows = connection.execute(
            select(
                view_count.c.day,
                delivery.c.id,
                view_count.c.source,
                func.sum(view_count.c.views),
                func.sum(view_count.c.visitors),
            )
            .join(delivery, delivery.c.seq == view_count.c.delivery_seq)
            .where(
                view_count.c.channel_id == channel_id,
                view_count.c.origin == "",
                view_count.c.day.in_(select(since.c.day)),
            )
            .group_by(view_count.c.day, delivery.c.id, view_count.c.source)
            .order_by(view_count.c.day.desc(), delivery.c.id, view_count.c.source)
        ).all()
    return [DayView(row[0], row[1], row[2], int(row[3]), int(row[4] or 0)) for row in rows]


def _day_count(name: date, days: Mapping[date, accesslog.Day], zone: ZoneInfo) -> DayCount:
    """Whole where the logs go on into the neighbouring day: a small site has hours without a line."""
    day = days[name]
    pages = {
        seq: PageCount(page.views, page.visitors, dict(page.origins))
        for seq, page in day.pages.items()
        if isinstance(seq, int)
    }
    first_at, last_at = (datetime.fromtimestamp(at, UTC) for at in (day.first_at, day.last_at))
    begins, ends = (name + timedelta(days=n) in days for n in (-1, 1))
    return counting.whole(DayCount(name, day.lines, first_at, last_at, pages), begins, ends, zone)


def _is_over(day: DayCount, now: datetime, workspace: Workspace) -> bool:
    """A quiet site may have no line in the last hour of a day that is over: then it is not called whole."""
    zone = workspace.config.zone
    return now.astimezone(zone).date() > day.day and day.last_at.astimezone(zone).hour >= 23


def _by_page(rows: Sequence[Row[Any]], days: Sequence[DayCount]) -> list[CountedPage]:
    views, visitors = Counter[int](), Counter[int]()
    origins: dict[int, Counter[str]] = {}
    for day in days:
        for seq, page in day.pages.items():
            views[seq] += page.views
            visitors[seq] += page.visitors
            origins.setdefault(seq, Counter()).update(page.origins)
    return [
        CountedPage(row.id, views[row.seq], visitors[row.seq], dict(origins[row.seq]))
        for row in rows
        if row.seq in views
    ]
