"""What repeating a post would make: every day with all there is to remark. Planning creates nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from content.calendar import Calendar, Holiday, lunar, spoken
from content.calendar.recurrence import (
    MOST,
    LunarDay,
    Recurrence,
    RecurrenceError,
    Shift,
    days,
    instant,
    last_day,
    parse_rule,
    shifted,
)
from content.dated import outdated
from content.errors import NotFound, RefusedByRule, UsageError
from content.finding import Finding, blocking
from content.post import Post
from content.severities import severity_of
from content.text import nearest, slug
from content.wording import say
from loa.services import blackouts, calendar, law, nearby
from loa.services import repeat_records as records
from loa.services.campaign_plan import written
from loa.services.posts import delivery_rows, parsed, post_row
from loa.services.repeat_records import Made, Series
from loa.services.workspace import Workspace
from scheduler.status import Status

LONGEST_KEY = 60
MOST_EVER = 2_000
"""Days of a series over all times that it was extended."""


@dataclass(frozen=True)
class Wish:
    """How an officer wants a post repeated; what is None is as the post or the series has it already.

    `rule` may hold COUNT or UNTIL. One of `rule` and `lunar` is told.
    """

    rule: str = ""
    lunar: tuple[LunarDay, ...] = ()
    at: time | None = None
    start: date | None = None
    count: int | None = None
    until: date | None = None
    excluded: tuple[date, ...] = ()
    shift: Shift = "keep"
    name: str = ""


@dataclass(frozen=True)
class Occurrence:
    """One post of the series. `on` is the rule's day, `day` the one it falls on; `there`: it exists."""

    on: date
    post: str
    at: datetime
    day: date
    lunar: str
    holidays: list[Holiday]
    off: bool
    channels: tuple[str, ...]
    there: bool
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class RepeatPlan:
    """A series before anything is created. `findings` are of the whole, the others of single days."""

    series: Series
    occurrences: list[Occurrence]
    findings: list[Finding]

    @property
    def new(self) -> list[Occurrence]:
        """What would be created."""
        return [one for one in self.occurrences if not one.there]

    @property
    def refused(self) -> list[Finding]:
        """What must be settled before it can be created."""
        return blocking([*self.findings, *(remark for one in self.new for remark in one.findings)])


def plan(workspace: Workspace, key: str, wish: Wish) -> RepeatPlan:
    """Post `key` repeated; of a series that is there, what its later end adds.

    Raises NotFound for an unknown post, RecurrenceError for what cannot be repeated so, RefusedByRule when a
    series of that name repeats otherwise.
    """
    if bool(wish.rule) == bool(wish.lunar):
        raise UsageError("time.one_way")
    with workspace.database.read() as connection:
        row = post_row(connection, key)
        own = [d for d in delivery_rows(connection, key) if d.due_at and d.status != Status.CANCELLED]
    read, _ = parsed(workspace, row)
    zone = workspace.config.zone
    series_id = slug(wish.name or key, longest=LONGEST_KEY)
    known = records.living(workspace, series_id)
    at = wish.at or (known and known.at) or next((d.due_at.astimezone(zone).time() for d in own), None)
    if at is None:
        raise UsageError("time.at_needed", post=key)
    own_days = {d.due_at.astimezone(zone).date() for d in own}
    today = workspace.now().astimezone(zone).date()
    start = wish.start or (known and known.told.start) or max([today, *(day + _DAY for day in own_days)])
    told = _told(wish, start, at, workspace)
    series = Series(series_id, key, row.title, told, at, wish.shift)
    if known is not None and not known.repeats_like(series):
        raise RefusedByRule("time.series_exists", id=series_id, post=known.post, told=in_words(known))
    return _planned(workspace, read, series, known, own_days)


def extended(workspace: Workspace, series_id: str, until: date) -> RepeatPlan:
    """A series as it is, until a later day; raises NotFound naming the nearest."""
    known = get(workspace, series_id)
    with workspace.database.read() as connection:
        row = post_row(connection, known.post)
    read, _ = parsed(workspace, row)
    told = replace(known.told, until=until, count=None)
    return _planned(workspace, read, replace(known, told=told, made=[]), known, set())


def get(workspace: Workspace, series_id: str) -> Series:
    """One series; raises NotFound naming the nearest."""
    every = {series.id: series for series in records.every(workspace)}
    if series_id not in every:
        near = nearest(series_id, every) or ", ".join(every) or "–"
        raise NotFound("time.series_unknown", id=series_id, nearest=near)
    return every[series_id]


def in_words(series: Series) -> str:
    """`mỗi tháng, ngày 9, lúc 08:00, đến 31/12/2027`."""
    told, at = series.told, f"{series.at:%H:%M}"
    how = (
        say("time.telling.lunar", days=", ".join(map(spoken.lunar_in_words, told.lunar)), at=at)
        if told.lunar
        else say("time.telling.rule", rule=spoken.in_words(told.rule), at=at)
    )
    end = (
        say("time.telling.count", count=told.count, start=written(told.start))
        if told.until is None
        else say("time.telling.until", until=written(told.until))
    )
    shift = [] if series.shift == "keep" else [say(f"time.telling.shift_{series.shift}")]
    return ", ".join([how, end, *shift])


_DAY = timedelta(days=1)


def _told(wish: Wish, start: date, at: time, workspace: Workspace) -> Recurrence:
    rule = parse_rule(wish.rule) if wish.rule else None
    ends = [wish.count, wish.until, rule and rule.count, rule and rule.until]
    if sum(end is not None for end in ends) > 1:
        raise RecurrenceError("time.two_ends")
    until = wish.until
    if rule and rule.until:
        until = last_day(rule.until, at, workspace.config.zone)
    return Recurrence(
        start=start,
        rule=rule.text if rule else "",
        lunar=wish.lunar,
        count=wish.count or (rule and rule.count) or None,
        until=until,
        excluded=tuple(sorted(set(wish.excluded))),
    )


def _planned(
    workspace: Workspace, read: Post, wished: Series, known: Series | None, own_days: set[date]
) -> RepeatPlan:
    if not read.channels:
        raise RefusedByRule("time.no_channels", post=read.key)
    left_over = _never_made(workspace, known, wished.told) if known else set()
    if known is not None and left_over:
        known = replace(known, made=[one for one in known.made if one.post not in left_over])
    planner = _Planner(workspace, read, wished, known)
    made, findings = planner.made(own_days)
    series = wished
    if known is not None:
        last = max((one.on for one in made), default=None)
        later = last is not None and last > max(one.on for one in known.made)
        excluded = tuple(sorted({*known.told.excluded, *wished.told.excluded}))
        end = wished.told if later or left_over else known.told
        series = replace(known, told=replace(end, excluded=excluded))
    series = replace(series, made=made)
    exist = records.there(workspace, [one.post for one in made])
    occurrences = planner.occurrences(made, exist)
    fresh = [one.at for one in occurrences if not one.there]
    if len(fresh) > MOST:
        raise RecurrenceError("time.too_many", most=MOST)
    findings += _of_rule(series.told, [one.on for one in occurrences if not one.there])
    about = own_days | ({read.due.astimezone(workspace.config.zone).date()} if read.due else set())
    findings += _dated(read, about, [one.day for one in occurrences if not one.there])
    if fresh:
        for remark in law.findings(workspace, read, fresh):
            if remark.severity == "block":  # said here, decided when each post is submitted
                values: dict[str, object] = {"message": remark.message, "remedy": remark.remedy}
                findings.append(Finding("time.law", "warn", remark.place, values))
    return RepeatPlan(series, occurrences, findings)


def _never_made(workspace: Workspace, known: Series, told: Recurrence) -> set[str]:
    """Posts that the record names, that are not there, and that lie beyond the end that is wished now.

    The record is written before the import: killed in between, it holds what an earlier wish wanted.
    """
    last = max(days(replace(told, excluded=()), most=MOST_EVER))
    beyond = [one.post for one in known.made if one.on > last and one.at > workspace.now()]
    return set(beyond) - records.there(workspace, beyond)


class _Planner:
    """What all days of a series share."""

    def __init__(self, workspace: Workspace, read: Post, wished: Series, known: Series | None) -> None:
        self._workspace, self._read, self._wished, self._known = workspace, read, wished, known
        self._zone, self._now = workspace.config.zone, workspace.now()
        self._calendar: Calendar = calendar.days_off(workspace)
        self._entered = blackouts.listing(workspace, past=False)

    def made(self, own_days: set[date]) -> tuple[list[Made], list[Finding]]:
        """What the series consists of: what was made before stays as it was, whatever is a day off by now."""
        told = self._wished.told
        before = list(self._known.made) if self._known else []
        wished = days(told, most=MOST_EVER if self._known else MOST)
        findings = list(self._of_exceptions(before))
        found, seen = list(before), {one.at.astimezone(self._zone).date() for one in before}
        after = max((one.on for one in before), default=date.min)
        past = 0
        for on in wished:
            if on <= after or (self._known and on in self._known.told.excluded):
                continue
            day = shifted(on, self._wished.shift, self._calendar)
            at = instant(day, self._wished.at, self._zone)
            if at <= self._now:
                past += 1
            elif day in own_days:
                findings.append(Finding("time.own_day", "hint", "", {"day": written(day)}))
            elif day in seen:
                findings.append(Finding("time.merged", "hint", "", {"day": written(on)}))
            else:
                seen.add(day)
                found.append(Made(on, self._key(day), at, self._read.channels))
        if past:
            findings.append(Finding("time.past", "hint", "", {"count": past}))
        return found, findings

    def _key(self, day: date) -> str:
        room = LONGEST_KEY - len("-2027-01-09")
        return f"{self._wished.id[:room].rstrip('-')}-{day.isoformat()}"

    def _of_exceptions(self, before: Sequence[Made]) -> Iterator[Finding]:
        told = self._wished.told
        every = set(days(replace(told, excluded=()), most=MOST_EVER))
        by_day = {one.on: one.post for one in before}
        for day in told.excluded:
            if day in by_day:
                values: dict[str, object] = {"day": written(day), "post": by_day[day]}
                yield Finding("time.except_late", "warn", "", values)
            elif day not in every:
                yield Finding("time.except_unused", "warn", "", {"day": written(day)})

    def occurrences(self, made: Sequence[Made], exist: set[str]) -> list[Occurrence]:
        """Everything that exists or would be created; what is past and does not exist will never be."""
        with self._workspace.database.read() as connection:
            platforms = nearby.platforms(connection)
            return [
                self._occurrence(connection, one, one.post in exist, platforms)
                for one in made
                if one.post in exist or one.at > self._now
            ]

    def _occurrence(
        self, connection: Connection, one: Made, is_there: bool, platforms: dict[str, str]
    ) -> Occurrence:
        day = one.at.astimezone(self._zone).date()
        moon = lunar(day)
        found = Occurrence(
            one.on,
            one.post,
            one.at,
            day,
            moon.short() if moon else "",
            list(self._calendar.holidays(day)),
            self._calendar.is_off(day),
            one.channels,
            is_there,
        )
        remarks = [] if is_there else list(self._of(connection, found, platforms))
        return replace(found, findings=remarks)

    def _of(self, connection: Connection, one: Occurrence, platforms: dict[str, str]) -> Iterator[Finding]:
        if one.day != one.on:
            yield _finding("shifted", "hint", one, day=written(one.on))
        elif one.off and (name := next((day.name for day in one.holidays if day.off), "")):
            yield _finding("holiday", "warn", one, name=name)
        elif one.off:
            yield _finding("weekend", "hint", one)
        others = [found for _, found, _ in nearby.busy(connection, one.channels, one.at, one.at)]
        if others and (severity := severity_of("time.crowded", self._workspace.config.checks)):
            yield _finding("crowded", severity, one, others=", ".join(others[:3]))
        for entry in blackouts.over(self._entered, one.at, one.channels, self._read.kind, self._read.tags):
            yield blackouts.remark(entry, one.day.isoformat())
        config = self._workspace.config
        for name in one.channels:
            platform = platforms.get(name, "")
            quiet = config.quiet_hours.remark(one.at, name, platform, self._zone, config.checks)
            if quiet is not None:
                yield replace(quiet, place=one.day.isoformat())


def _dated(read: Post, own_days: set[date], later: Sequence[date]) -> Iterator[Finding]:
    """Copies say word for word what the post says, its own date included."""
    texts = [read.title, read.summary, read.body]
    for own in read.overrides.values():
        texts += [text for text in (own.title, own.summary, own.text) if text]
    if words := outdated(texts, own_days, later):
        yield Finding("time.dated", "warn", "", {"words": ", ".join(f"“{one}”" for one in words[:5])})


def _of_rule(told: Recurrence, on: Sequence[date]) -> Iterator[Finding]:
    """What people expect otherwise of months that lack a day, and of leap months."""
    rule = parse_rule(told.rule) if told.rule else None
    if rule:
        numbers, months = rule.numbers("BYMONTHDAY"), rule.numbers("BYMONTH")
        if months == (2,) and numbers == (29,):
            yield Finding("time.leap_day", "hint")
        elif not months and (late := [number for number in numbers if number > 28]):
            yield Finding("time.month_end", "hint", "", {"days": ", ".join(map(str, late))})
    if any(one.day == 30 for one in told.lunar):
        yield Finding("time.lunar_30", "hint")
    if told.lunar and on:
        yield from _leap_months(told.lunar, min(on), max(on))


def _leap_months(told: Sequence[LunarDay], first: date, last: date) -> Iterator[Finding]:
    day = first
    while day <= last:
        moon = lunar(day)
        if moon and moon.leap and moon.day == 1 and any(one.month in (0, moon.month) for one in told):
            values: dict[str, object] = {"month": moon.month, "day": written(day)}
            yield Finding("time.leap_month", "hint", "", values)
        day += _DAY


def _finding(rule: str, severity: str, one: Occurrence, **values: object) -> Finding:
    return Finding(f"time.{rule}", severity, one.day.isoformat(), values)  # type: ignore[arg-type]
