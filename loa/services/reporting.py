"""The facts of a report: what the ledger says of a period, counted and never guessed.

A delivery counts for the period in which it went public, and as planned for the period in which it was due.
Figures are the newest of each delivery that were read before the period's end. Only events are added up, and
only within one channel and one definition: people who saw two posts would be counted twice. What could not
be read stands beside the sum as how many posts it is of; it is never counted as 0.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, func, not_, or_, select

from content.errors import NotFound, UsageError
from content.kinds import KINDS
from content.text import nearest
from content.wording import say
from loa import __version__
from loa.services import campaign_records as records
from loa.services.report_periods import Period
from loa.services.workspace import Workspace
from loa.speech import one_line, reason
from scheduler.reach import TYPED
from scheduler.status import DONE, Status
from scheduler.store.tables import approval, audit_event, channel, delivery, follower_day, post, reading

FORMAT = 1
MOST = 50_000
"""Deliveries of one report. More is refused: a report that is cut would be a wrong report."""
ADDABLE = frozenset(
    {"views", "views_15s", "analytics_views", "engaged_views", "reactions", "likes", "comments", "shares"}
    | {"clicks", "watched_ms", "airings", "messages", "copies"}
)
"""Counts of events. All others (people, means, followers) are never added up."""
OF_CHANNEL = frozenset({"followers"})
"""Read with a post, but a figure of its channel: the newest is told, once."""
_TROUBLES = (Status.MISSED, Status.FAILED, Status.CANCELLED, Status.REMOVING, Status.REMOVED)
_UNAPPROVED = (Status.DRAFT, Status.IN_REVIEW)
_Key = Callable[["Item"], str]


@dataclass(frozen=True)
class Item:
    """One delivery that went public in the period. `campaign` is empty where it belongs to none."""

    delivery: str
    post: str
    title: str
    kind: str
    channel: str
    campaign: str
    due_at: datetime | None
    published_at: datetime
    url: str
    status: str


@dataclass(frozen=True)
class Count:
    """How much went public under one heading: distinct posts, and deliveries (one per post and channel)."""

    key: str
    label: str
    posts: int
    deliveries: int


@dataclass(frozen=True)
class Plan:
    """Deliveries that were due in the period, and what became of them; the parts add up to `planned`.

    `done` are public, `removed` were and are no more, `unapproved` were never approved, `open` still wait.
    """

    planned: int
    done: int
    removed: int
    missed: int
    failed: int
    cancelled: int
    unapproved: int
    open: int


@dataclass(frozen=True)
class ChannelCount:
    """One channel: what went public in the period, and its part of the plan."""

    channel: str
    name: str
    platform: str
    published: int
    published_before: int
    published_year_ago: int
    plan: Plan


@dataclass(frozen=True)
class Trouble:
    """A delivery that was due in the period, or public in it, and did not stay or become public."""

    delivery: str
    title: str
    channel: str
    status: str
    due_at: datetime | None
    reason: str


@dataclass(frozen=True)
class Newest:
    """The reading that counts for one delivery and metric. `value` None is not available, never 0."""

    delivery: str
    title: str
    channel: str
    metric: str
    value: int | None
    definition: str
    source: str
    note: str
    taken_at: datetime


@dataclass(frozen=True)
class Summary:
    """One metric of one channel under one definition: `known` of the channel's `posts` have a figure.

    `total` is None where the metric is not to be added up or nothing is known. `taken_last` is when the
    newest of its figures was read.
    """

    channel: str
    metric: str
    definition: str
    sources: tuple[str, ...]
    total: int | None
    mean: int | None
    highest: int | None
    known: int
    posts: int
    taken_first: datetime | None
    taken_last: datetime | None
    of_channel: bool = False


@dataclass(frozen=True)
class Approvals:
    """Yeses to what went public: how many, by how many officers, and from submission to the last yes."""

    deliveries: int
    with_approval: int
    given: int
    officers: int
    median_hours: float | None
    longest_hours: float | None


@dataclass(frozen=True)
class Total:
    """What went public in a period, to compare with."""

    first: date
    last: date
    label: str
    posts: int
    deliveries: int


@dataclass(frozen=True)
class Facts:
    """All that a report can say. Its JSON has exactly these keys, and they are stable."""

    format: int
    kind: str
    loa: str
    unit: str
    made_at: datetime
    first: date
    last: date
    since: datetime
    until: datetime
    as_of: datetime
    label: str
    campaign: str
    campaign_name: str
    posts: int
    deliveries: int
    days_with_posts: int
    plan: Plan
    channels: tuple[ChannelCount, ...]
    kinds: tuple[Count, ...]
    campaigns: tuple[Count, ...]
    months: tuple[Count, ...]
    troubles: tuple[Trouble, ...]
    summaries: tuple[Summary, ...]
    approvals: Approvals
    before: Total
    year_ago: Total
    undated: int
    """Published deliveries without a readable time: they are in no period."""
    unread: int
    """Deliveries of the period of which nobody has read any figure."""
    unavailable: int
    """Deliveries that were asked about, and every answer was “not available”."""
    items: tuple[Item, ...]
    readings: tuple[Newest, ...]

    @property
    def unfinished(self) -> bool:
        """Whether the period is still going on."""
        return self.as_of < self.until

    def of(self, channel: str, metric: str) -> Summary | None:
        """The fullest summary of a channel's metric."""
        found = [one for one in self.summaries if (one.channel, one.metric) == (channel, metric)]
        return max(found, key=lambda one: one.known, default=None)


def facts(workspace: Workspace, kind: str, period: Period, campaign: str = "") -> Facts:
    """Count. Reads only; raises UsageError for more than MOST deliveries, NotFound for a campaign."""
    zone, now = workspace.config.zone, workspace.now()
    since, until = period.since(zone), period.until(zone)
    as_of = min(now, until)
    named = campaigns_of(workspace)
    if campaign and campaign not in named:
        raise NotFound("report.unknown_campaign", id=campaign, nearest=nearest(campaign, named) or "–")
    belongs = {key: one for one, (_, posts) in named.items() for key in posts}
    narrow = [delivery.c.post_id.in_(named[campaign][1])] if campaign else []
    with workspace.database.read() as connection:
        names = {row.id: row for row in connection.execute(select(channel))}
        out = _public(connection, since, until, narrow, belongs)
        earlier = {
            name: _public(connection, one.since(zone), one.until(zone), narrow, belongs)
            for name, one in (("before", period.before), ("year_ago", period.year_ago))
        }
        due = _rows(connection, [delivery.c.due_at >= since, delivery.c.due_at < until, *narrow])
        went = _went_out(since, until, narrow)
        newest = _newest(connection, went, as_of)
        followers = _followers(connection, as_of)
        troubles = _troubles(connection, due, went)
        approvals = _approvals(connection, out, went, until)
        no_time = and_(
            delivery.c.status.in_(DONE),
            or_(
                delivery.c.published_at.is_(None), delivery.c.published_at < datetime(2000, 1, 1, tzinfo=zone)
            ),
            *narrow,
        )
        undated = connection.execute(select(func.count()).select_from(delivery).where(no_time)).scalar() or 0
    read = {one.delivery for one in newest}
    known = {one.delivery for one in newest if one.value is not None}
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
        plan=_plan(due),
        channels=tuple(
            ChannelCount(
                one,
                one_line(names[one].name) or one,
                names[one].platform,
                sum(item.channel == one for item in out),
                sum(item.channel == one for item in earlier["before"]),
                sum(item.channel == one for item in earlier["year_ago"]),
                _plan([row for row in due if row.channel_id == one]),
            )
            for one in seen
        ),
        kinds=_counted(out, lambda one: one.kind, lambda key: KINDS[key].label if key in KINDS else key),
        campaigns=_counted(out, lambda one: one.campaign, lambda key: named[key][0] if key else ""),
        months=_months(out, period, zone),
        troubles=troubles,
        summaries=_summaries(
            out, newest, {} if campaign else {o: followers[o] for o in seen if o in followers}
        ),
        approvals=approvals,
        before=_total(period.before, earlier["before"]),
        year_ago=_total(period.year_ago, earlier["year_ago"]),
        undated=undated,
        unread=sum(one.delivery not in read for one in out),
        unavailable=len(read - known),
        items=tuple(out),
        readings=tuple(newest),
    )


def campaigns_of(workspace: Workspace) -> dict[str, tuple[str, list[str]]]:
    """Name and posts of every campaign by its id."""
    found = {}
    for path in records.paths(workspace):
        if (told := records.read(path)) is not None:
            found[path.stem] = (one_line(told["name"]), [key for key, _, _ in records.planned(told)])
    return found


def whole_campaign(workspace: Workspace, campaign: str) -> Period:
    """From the first day on which a campaign has or had a post to the last, at least until today: its figures
    grow after the last post. Raises NotFound naming the nearest."""
    named = campaigns_of(workspace)
    if campaign not in named:
        raise NotFound("report.unknown_campaign", id=campaign, nearest=nearest(campaign, named) or "–")
    mine = delivery.c.post_id.in_(named[campaign][1])
    with workspace.database.read() as connection:
        rows = connection.execute(select(delivery.c.due_at, delivery.c.published_at).where(mine)).all()
    days = [at.astimezone(workspace.config.zone).date() for row in rows for at in row if at]
    today = workspace.now().astimezone(workspace.config.zone).date()
    days = [day for day in days if day.year >= 2000] or [today]
    return Period(min(days), max(*days, today))


# ---- reading the ledger


def _went_out(
    since: datetime, until: datetime, narrow: Sequence[ColumnElement[bool]]
) -> list[ColumnElement[bool]]:
    return [
        delivery.c.status.in_(DONE),
        delivery.c.published_at >= since,
        delivery.c.published_at < until,
        *narrow,
    ]


def _rows(connection: Connection, conditions: Sequence[ColumnElement[bool]]) -> Sequence[Any]:
    wanted = ("id", "post_id", "channel_id", "status", "due_at", "published_at", "url", "last_error")
    found = connection.execute(
        select(*(delivery.c[name] for name in wanted), post.c.title, post.c.kind)
        .join(post, post.c.id == delivery.c.post_id)
        .where(*conditions)
        .order_by(delivery.c.published_at, delivery.c.due_at, delivery.c.seq)
        .limit(MOST + 1)
    ).all()
    if len(found) > MOST:
        raise UsageError("report.too_much", most=MOST)
    return found


def _public(
    connection: Connection,
    since: datetime,
    until: datetime,
    narrow: Sequence[ColumnElement[bool]],
    belongs: Mapping[str, str],
) -> list[Item]:
    return [
        Item(
            row.id,
            row.post_id,
            one_line(row.title),
            row.kind,
            row.channel_id,
            belongs.get(row.post_id, ""),
            row.due_at,
            row.published_at,
            one_line(row.url),
            row.status,
        )
        for row in _rows(connection, _went_out(since, until, narrow))
    ]


def _newest(connection: Connection, went: Sequence[ColumnElement[bool]], as_of: datetime) -> list[Newest]:
    """As `loa.services.reach.newest` chooses: a platform's "not available" hides no typed figure."""
    typed = reading.alias("typed")
    typed_too = exists().where(
        typed.c.delivery_seq == reading.c.delivery_seq,
        typed.c.metric == reading.c.metric,
        typed.c.source.startswith(TYPED),
        typed.c.taken_at < as_of,
    )
    place = func.row_number().over(
        partition_by=(reading.c.delivery_seq, reading.c.metric),
        order_by=(reading.c.taken_at.desc(), reading.c.id.desc()),
    )
    placed = (
        select(reading, delivery.c.id.label("of"), delivery.c.channel_id, post.c.title, place.label("place"))
        .join(delivery, delivery.c.seq == reading.c.delivery_seq)
        .join(post, post.c.id == delivery.c.post_id)
        .where(*went, reading.c.taken_at < as_of, not_(and_(reading.c.value.is_(None), typed_too)))
        .subquery()
    )
    rows = connection.execute(
        select(placed).where(placed.c.place == 1).order_by(placed.c.delivery_seq, placed.c.metric)
    )
    return [
        Newest(
            row.of,
            one_line(row.title),
            row.channel_id,
            row.metric,
            row.value,
            one_line(row.definition),
            row.source,
            one_line(row.note),
            row.taken_at,
        )
        for row in rows
    ]


def _followers(connection: Connection, as_of: datetime) -> dict[str, Newest]:
    """The last count of each channel that was taken before the report's end."""
    counts = select(follower_day).where(follower_day.c.taken_at < as_of).order_by(follower_day.c.taken_at)
    about = say("report.followers_definition")
    return {
        row.channel_id: Newest(
            "", "", row.channel_id, "followers", row.followers, about, "loa", "", row.taken_at
        )
        for row in connection.execute(counts)
    }


def _troubles(
    connection: Connection, due: Sequence[Any], went: Sequence[ColumnElement[bool]]
) -> tuple[Trouble, ...]:
    rows = {row.id: row for row in due if row.status in _TROUBLES}
    gone = (Status.REMOVING, Status.REMOVED)
    rows |= {row.id: row for row in _rows(connection, [*went, delivery.c.status.in_(gone)])}
    taken_down = [row.id for row in rows.values() if row.status in gone]
    why: dict[str, str] = {}
    for start in range(0, len(taken_down), 500):  # a list in a query has its limit
        about = audit_event.c.subject.in_(taken_down[start : start + 500])
        told = select(audit_event).where(about, audit_event.c.action.startswith("remov"))
        for event in connection.execute(told.order_by(audit_event.c.id)):
            try:
                said = json.loads(event.detail)
            except (ValueError, RecursionError):  # `loa audit verify` tells of a damaged event; figures stand
                continue
            if isinstance(said, dict) and said.get("reason"):
                why[event.subject] = one_line(str(said["reason"]))
    return tuple(
        Trouble(
            row.id,
            one_line(row.title),
            row.channel_id,
            row.status,
            row.due_at,
            why.get(row.id, "") or (reason(row.last_error, row.channel_id) if row.last_error else ""),
        )
        for row in sorted(rows.values(), key=lambda one: (str(one.due_at or ""), one.id))
    )


def _approvals(
    connection: Connection, out: Sequence[Item], went: Sequence[ColumnElement[bool]], until: datetime
) -> Approvals:
    given = connection.execute(
        select(approval.c.officer, approval.c.at, delivery.c.id, delivery.c.post_id, delivery.c.published_at)
        .join(delivery, delivery.c.seq == approval.c.delivery_seq)
        .where(*went, approval.c.at < until, approval.c.at <= delivery.c.published_at)
    ).all()
    asked: defaultdict[str, list[datetime]] = defaultdict(list)
    posts = select(delivery.c.post_id).where(*went)
    submitted = (audit_event.c.action == "submitted") & audit_event.c.subject.in_(posts)
    for event in connection.execute(select(audit_event.c.subject, audit_event.c.at).where(submitted)):
        asked[event.subject].append(event.at)
    last: dict[str, Any] = {}
    for yes in given:
        if yes.id not in last or yes.at > last[yes.id].at:
            last[yes.id] = yes
    waits = []
    for yes in last.values():
        begun = [at for at in asked[yes.post_id] if at <= yes.at]
        if begun:
            waits.append((yes.at - max(begun)) / timedelta(hours=1))
    return Approvals(
        deliveries=len(out),
        with_approval=len(last),
        given=len(given),
        officers=len({yes.officer for yes in given}),
        median_hours=round(median(waits), 1) if waits else None,
        longest_hours=round(max(waits), 1) if waits else None,
    )


# ---- counting


def _plan(due: Iterable[Any]) -> Plan:
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


def _total(period: Period, out: Sequence[Item]) -> Total:
    return Total(period.first, period.last, period.label, len({one.post for one in out}), len(out))


def _summaries(
    out: Sequence[Item], newest: Sequence[Newest], followers: Mapping[str, Newest]
) -> tuple[Summary, ...]:
    """By channel, metric and definition. Of the followers read with posts and those read day by day, the
    newest counts."""
    groups: defaultdict[tuple[str, str], list[Newest]] = defaultdict(list)
    for one in (*newest, *followers.values()):
        groups[one.channel, one.metric].append(one)
    posts = Counter(one.channel for one in out)
    found: list[Summary] = []
    for (name, metric), told in sorted(groups.items()):
        if metric in OF_CHANNEL:
            found.append(_of_channel(name, metric, told))
            continue
        definitions: defaultdict[str, list[Newest]] = defaultdict(list)
        for one in told:
            if one.value is not None:
                definitions[one.definition].append(one)
        if not definitions:
            found.append(_summary(name, metric, told[-1].definition, (), posts[name]))
        for definition, known in sorted(definitions.items()):
            found.append(_summary(name, metric, definition, known, posts[name]))
    return tuple(found)


def _summary(name: str, metric: str, definition: str, known: Sequence[Newest], posts: int) -> Summary:
    values = [one.value for one in known if one.value is not None]
    times = [one.taken_at for one in known]
    return Summary(
        channel=name,
        metric=metric,
        definition=definition,
        sources=tuple(sorted({one.source for one in known if one.source})),
        total=sum(values) if values and metric in ADDABLE else None,
        mean=round(sum(values) / len(values)) if values else None,
        highest=max(values, default=None),
        known=len(values),
        posts=posts,
        taken_first=min(times, default=None),
        taken_last=max(times, default=None),
    )


def _of_channel(name: str, metric: str, told: Sequence[Newest]) -> Summary:
    known = [one for one in told if one.value is not None]
    last = max(known or told, key=lambda one: one.taken_at)
    sources = (last.source,) if last.source else ()
    at = last.taken_at if known else None
    return Summary(
        name, metric, last.definition, sources, None, None, last.value, 0, 0, at, at, of_channel=True
    )
