"""What stands in the cells of the calendar: pure, from days to lines of pieces that know what they are of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from content.wording import say
from loa.services.calendar import Day, weeks_of
from loa.services.deliveries import DeliveryView
from loa.speech import freeze_scope, number, one_line, status_word
from scheduler.status import Status
from tui.words import fit

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
COLUMNS_FROM = 100
"""From so many columns on a week stands in seven columns; below, its days stand under each other."""
_GUTTER = 4
_TITLE_FROM = 3
"""Fewer letters of a title say nothing."""
_STATUS_COLUMN = 18
_CHANNEL_COLUMN = 10
GROUPS: dict[str, tuple[Status, ...]] = {
    "draft": (Status.DRAFT,),
    "review": (Status.IN_REVIEW,),
    "waiting": (Status.QUEUED, Status.PREPARING, Status.READY, Status.HANDED_OVER, Status.REVEALING),
    "published": (Status.PUBLISHED,),
    "attention": (
        Status.UNKNOWN,
        Status.RECALLING,
        Status.HELD,
        Status.FAILED,
        Status.MISSED,
        Status.REMOVING,
    ),
    "over": (Status.CANCELLED, Status.REMOVED),
}
"""What one letter in a cell can tell; the list of a day has the status in full."""
_GROUP = {status: name for name, statuses in GROUPS.items() for status in statuses}
_STYLES = {"published": "good", "attention": "bad", "draft": "quiet", "over": "quiet"}


@dataclass(frozen=True)
class Carried:
    """A delivery that has been picked up, and the time it would be put down at."""

    view: DeliveryView
    moment: datetime


@dataclass(frozen=True)
class Picture:
    """All that is drawn."""

    view: str
    """`month` or `week`."""
    cursor: date
    today: date
    days: Mapping[date, Day]
    """What has been read; a day that is not here yet is drawn with its number alone."""
    zone: ZoneInfo
    carried: Carried | None = None

    def deliveries(self, day: date) -> list[DeliveryView]:
        """In due order; what is carried stands where it would be put down."""
        known = self.days.get(day)
        views = list(known.deliveries) if known else []
        if self.carried is None:
            return views
        moved = replace(self.carried.view, due_at=self.carried.moment)
        views = [view for view in views if view.id != moved.id]
        if self.carried.moment.astimezone(self.zone).date() == day:
            views.append(moved)
        return sorted(views, key=lambda view: view.due_at.timestamp() if view.due_at else 0.0)

    def is_carried(self, view: DeliveryView) -> bool:
        return self.carried is not None and self.carried.view.id == view.id


@dataclass(frozen=True)
class Piece:
    """A stretch of one line. `style` repeats in colour what the words say."""

    text: str
    style: str = "plain"
    day: date | None = None
    delivery: str = ""


Line = list[Piece]


def lines(picture: Picture, width: int, height: int) -> list[Line]:
    """Exactly `height` lines of `width` columns."""
    if picture.view == "month":
        drawn = _month(picture, width, height)
    elif width >= COLUMNS_FROM:
        drawn = _week_in_columns(picture, width, height)
    else:
        drawn = _week_as_list(picture, width, height)
    return [*drawn, *([Piece(" " * width)] for _ in range(height - len(drawn)))][:height]


def stacked(view: str, width: int) -> bool:
    """Whether the days stand under each other, so that up and down go by one."""
    return view == "week" and width < COLUMNS_FROM


def letter(view: DeliveryView) -> str:
    return say(f"tui_calendar.letter.{_GROUP[Status(view.status)]}")


def legend() -> str:
    told = [f"{say(f'tui_calendar.letter.{name}')} {say(f'tui_calendar.group.{name}')}" for name in GROUPS]
    marks_ = [
        f"{say(f'tui_calendar.mark.{one}')} {say(f'tui_calendar.legend.{one}')}" for one in ("today", "f")
    ]
    return "  ".join([*marks_, *told])


def marks(day: Day) -> list[str]:
    """What is special about a day, in full: day off, what is commemorated, work on a week-end, freezes."""
    told = []
    for one in day.holidays:
        doubt = "" if one.verified else f" ({say('calendar.unverified')})"
        off = f", {say('calendar.off')}" if one.off and day.off else ""
        told.append(f"{one.name}{off}{doubt}")
    if day.date.weekday() >= 5 and not day.off:
        told.append(say("tui_calendar.working"))
    for freeze in day.freezes:
        scope = freeze_scope(freeze.scope, freeze.target, freeze.unit)
        told.append(say("tui_calendar.frozen", scope=scope))
    told += [say("blackout.day", name=one_line(one.name), scope=one_line(one.scope)) for one in day.blackouts]
    return told


# ---- a month


def _month(picture: Picture, width: int, height: int) -> list[Line]:
    mondays = weeks_of(picture.cursor)
    widths = _shared(width, 7)
    heading = [
        Piece(fit(f" {_weekday(n, long=columns >= 12)}", columns), "heading")
        for n, columns in enumerate(widths)
    ]
    drawn = [heading]
    for monday, rows in zip(mondays, _shared(max(len(mondays), height - 1), len(mondays)), strict=True):
        cells = [
            _cell(picture, monday + timedelta(days=n), columns, rows) for n, columns in enumerate(widths)
        ]
        drawn += [list(line) for line in zip(*cells, strict=True)]
    return drawn


def _cell(picture: Picture, day: date, width: int, height: int) -> list[Piece]:
    views = picture.deliveries(day)
    told = [_day_line(picture, day, width, len(views) if height == 1 else 0)]
    room = height - 1
    for place, view in enumerate(views[:room]):
        more = len(views) - room if place == room - 1 else 0
        told.append(_entry(picture, day, view, width, more))
    return told + [Piece(" " * width, "plain", day)] * (height - len(told))


def _day_line(picture: Picture, day: date, width: int, count: int) -> Piece:
    known = picture.days.get(day)
    other = day.month != picture.cursor.month
    figure = f"{day:%d/%m}" if other else f"{day:%d}"
    figure += _star(picture, day)
    moon = known.lunar if known else ""
    special = _special(known) if known else ""
    name = known.holidays[0].name if known and known.holidays else special
    stands_still = known and (known.freezes or known.blackouts)
    frozen, f = (say("tui_calendar.mark.frozen"), say("tui_calendar.mark.f")) if stands_still else ("", "")
    posts = say("tui_calendar.count", count=number(count)) if count else ""
    moon_day = moon.partition("/")[0]
    told = ""
    for words in (  # the first that fits: the title has all of it in full
        (moon, name, frozen, posts),
        (moon, special, frozen, posts),
        (moon, special, f, posts),
        (moon_day, special, f, posts),
        (special, f, posts),
        (posts,),
    ):
        told = " ".join(word for word in (figure, *words) if word)
        if cell_len(told) < width:
            break
    here = day == picture.cursor
    style = "cursor" if here else "other" if other else "off" if known and known.off else "day"
    return Piece(fit(f"{'›' if here else ' '}{told}", width), style, day)


def _special(day: Day) -> str:
    """One word for what the heading of its weekday does not tell."""
    if day.date.weekday() >= 5 and not day.off:
        return say("tui_calendar.mark.working")
    if day.off and any(one.off for one in day.holidays):
        return say("tui_calendar.mark.off")
    if any(one.name == say("calendar.day.law") for one in day.holidays):
        return say("tui_calendar.mark.law")
    return say("tui_calendar.mark.day") if day.holidays else ""


def _entry(picture: Picture, day: date, view: DeliveryView, width: int, more: int = 0) -> Piece:
    tail = f" +{number(more)}" if more else ""
    room = width - 1 - cell_len(tail)
    told = f"{_time(view, picture.zone)} {letter(view)} "
    if room - cell_len(told) >= _TITLE_FROM:
        told += one_line(view.title)
    mark = "»" if picture.is_carried(view) else " "
    text = mark + fit(told.rstrip(), room) + tail
    return Piece(fit(text, width), _style(picture, view), day, view.id)


# ---- a week


def _week(picture: Picture) -> list[date]:
    monday = picture.cursor - timedelta(days=picture.cursor.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def _week_in_columns(picture: Picture, width: int, height: int) -> list[Line]:
    days = _week(picture)
    widths = _shared(width - _GUTTER, 7)
    drawn: list[Line] = [[Piece(" " * _GUTTER)], [Piece(" " * _GUTTER)]]
    at: defaultdict[tuple[date, int], list[DeliveryView]] = defaultdict(list)
    for day, columns in zip(days, widths, strict=True):
        known = picture.days.get(day)
        here = day == picture.cursor
        style = "cursor" if here else "off" if known and known.off else "day"
        name = f"{'›' if here else ' '}{_date(day)}{_star(picture, day)}"
        moon = f" {known.lunar}" if known and known.lunar else ""
        short = moon.partition("/")[0]
        told = next((f"{name}{one}" for one in (moon, short) if cell_len(name + one) <= columns), name)
        drawn[0].append(Piece(fit(told, columns), style, day))
        drawn[1].append(Piece(fit(f" {', '.join(marks(known)) if known else ''}", columns), "care", day))
        for view in picture.deliveries(day):
            assert view.due_at is not None
            at[day, view.due_at.astimezone(picture.zone).hour].append(view)
    hours = sorted({hour for _, hour in at})
    wants = [max(len(at[day, hour]) for day in days) for hour in hours]
    for hour, rows in zip(hours, allot(height - 2, wants), strict=True):
        for row in range(rows):
            line = [Piece(fit(say("tui_calendar.hour", hour=f"{hour:02d}") if row == 0 else "", _GUTTER))]
            for day, columns in zip(days, widths, strict=True):
                views = at[day, hour]
                more = len(views) - rows if row == rows - 1 else 0
                if row < len(views):
                    line.append(_entry(picture, day, views[row], columns, max(0, more)))
                else:
                    line.append(Piece(" " * columns, "plain", day))
            drawn.append(line)
    left = height - len(drawn)
    blank = [
        Piece(" " * _GUTTER),
        *(Piece(" " * columns, "plain", day) for day, columns in zip(days, widths, strict=True)),
    ]
    return drawn + [blank] * left


def _week_as_list(picture: Picture, width: int, height: int) -> list[Line]:
    days = _week(picture)
    wants = [len(picture.deliveries(day)) for day in days]
    drawn: list[Line] = []
    for day, rows in zip(days, allot(height - len(days), wants), strict=True):
        views = picture.deliveries(day)
        drawn.append([_heading(picture, day, width, len(views) if views and not rows else 0)])
        shown = views if len(views) <= rows else views[: max(0, rows - 1)]
        drawn += [[_line(picture, day, view, width)] for view in shown]
        if rows and len(views) > rows:
            tail = say("calendar.more", count=number(len(views) - len(shown)))
            drawn.append([Piece(fit(f"   {tail}", width), "quiet", day)])
    return drawn


def _heading(picture: Picture, day: date, width: int, count: int) -> Piece:
    known = picture.days.get(day)
    here = day == picture.cursor
    told = [f"{_date(day)}{_star(picture, day)}"]
    if known:
        told += [say("calendar.lunar", lunar=known.lunar)] if known.lunar else []
        told += marks(known)
        if known.off and not any(one.off for one in known.holidays):
            told.append(say("calendar.off"))
    if count:
        told.append(say("tui_calendar.count", count=number(count)))
    style = "cursor" if here else "off" if known and known.off else "day"
    return Piece(fit(f"{'›' if here else ' '}{' · '.join(told)}", width), style, day)


def _line(picture: Picture, day: date, view: DeliveryView, width: int) -> Piece:
    told = "  ".join(
        (
            f" {'»' if picture.is_carried(view) else ' '} {_time(view, picture.zone)}",
            fit(status_word(view.status, view.remote_id), _STATUS_COLUMN),
            fit(one_line(view.channel), _CHANNEL_COLUMN),
            one_line(view.title),
        )
    )
    return Piece(fit(told, width), _style(picture, view), day, view.id)


# ---- what they share


def allot(room: int, wants: Sequence[int]) -> list[int]:
    """Lines for each: what it wants, or an even share of what there is; earlier ones first."""
    given = [0] * len(wants)
    for _ in range(max(wants, default=0)):
        for place, want in enumerate(wants):
            if given[place] < want and sum(given) < room:
                given[place] += 1
    return given


def _shared(whole: int, parts: int) -> list[int]:
    each, over = divmod(whole, parts)
    return [each + (place < over) for place in range(parts)]


def _weekday(number_: int, *, long: bool) -> str:
    word = say(f"tui.weekday.{WEEKDAYS[number_]}")
    return say("tui_calendar.weekend", weekday=word) if number_ >= 5 and long else word


def _date(day: date) -> str:
    return f"{_weekday(day.weekday(), long=False)} {day:%d/%m}"


def _star(picture: Picture, day: date) -> str:
    return say("tui_calendar.mark.today") if day == picture.today else ""


def _time(view: DeliveryView, zone: ZoneInfo) -> str:
    return f"{view.due_at.astimezone(zone):%H:%M}" if view.due_at else "–"


def _style(picture: Picture, view: DeliveryView) -> str:
    if picture.is_carried(view):
        return "carried"
    return _STYLES.get(_GROUP[Status(view.status)], "plain")


def find(days: Iterable[Day], delivery_id: str) -> DeliveryView | None:
    """A delivery of these days by its id."""
    return next((view for day in days for view in day.deliveries if view.id == delivery_id), None)
