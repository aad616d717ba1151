"""Groups of posts, hours and curves as tables and sentences, for terminal, window and page alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from content.wording import say
from loa.reports.tables import PARTS, Cell, Table, in_words
from loa.services.followers import Followers
from loa.services.reach.ages import age_of
from loa.services.reach.curves import BARS, GAP, CurvePoint
from loa.services.reach.groups import Comparison, Group
from loa.services.reach.hours import ChannelHours, Hours, Slot, SlotFigures
from loa.services.reach.samples import MOST
from loa.services.reach.spread import Spread
from loa.services.report_facts import Plan
from loa.speech import figure_words, metric_word, number, one_line, shown

_MOST_COLUMNS = 30
Named = Callable[[str], str]
"""How a channel is called."""


def age_words(age: timedelta) -> str:
    """`15 phút`, `6 giờ`, `7 ngày`."""
    for unit, one in (("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if age >= one:
            return say(f"reach.age.{unit}", count=age // one)
    return say("reach.age.minutes", count=age // timedelta(minutes=1))


def groups(told: Comparison, named: Named = one_line) -> Table:
    """One row for each group, and each way of counting in it."""
    names = ["median", "quartiles", "mean", "known", "remark"]
    by_channel = told.by == "channel"
    headings = [say("report.column.channel")]
    headings += [] if by_channel else [_capital(say(f"reach.by.{told.by}"))]
    headings += [say(f"reach.column.{name}") for name in names]
    rows: list[tuple[Cell, ...]] = [
        (
            named(one.channel),
            *([] if by_channel else [one_line(one.label)]),
            _figure(told.metric, one.spread.median if one.spread else None),
            _middle(told.metric, one.spread),
            _figure(told.metric, one.spread.mean if one.spread else None),
            say("report.known_of", known=number(known(one)), posts=number(one.posts)),
            ", ".join(_remarks(one)) or "–",
        )
        for one in told.groups
    ]
    return Table(f"so-{told.by}", _title("compare", told), tuple(headings), tuple(rows))


def known(one: Group) -> int:
    return one.spread.known if one.spread else 0


def notes(told: Comparison) -> list[str]:
    """What its reader has to know."""
    age = age_words(age_of(told.age))
    young, unread = _sums(told)
    said = [say("reach.note.age", age=age), say("reach.note.median"), say("reach.note.channels")]
    if young:
        said.append(say("reach.note.young", count=number(young), age=age))
    if unread:
        said.append(say("reach.note.unread", count=number(unread), age=age))
    if told.shared:
        said.append(say("reach.note.shared", count=number(told.shared)))
    if any(one.way for one in told.groups):
        said.append(say("reach.note.ways"))
    if told.cut:
        said.append(say("reach.note.cut", count=number(MOST)))
    if told.division:
        words = {"source": told.division.source, "day": f"{told.division.checked_on:%d/%m/%Y}"}
        said.append(say("reach.note.field_source", **words))
    return said


def _sums(told: Comparison) -> tuple[int, int]:
    """Young and unread deliveries, each way of counting once; a post of several fields counts in each."""
    once = {(one.channel, one.key): one for one in told.groups}.values()
    return sum(one.young for one in once), sum(one.unread for one in once)


def hours(told: Hours, named: Named = one_line, *, enough: bool = False) -> Table:
    """One row for each hour; with `enough` only those of which something can be said."""
    columns = ("when", "median", "quartiles", "posts", "verdict")
    headings = (say("report.column.channel"), *(say(f"reach.column.{name}") for name in columns))
    rows = [
        (
            named(channel.channel),
            slot_words(one.slot),
            _figure(told.metric, one.spread.median),
            _middle(told.metric, one.spread),
            one.spread.known,
            ", ".join(_verdict(channel, one)),
        )
        for channel in told.channels
        for one in channel.slots
        if not enough or one.verdict != "few"
    ]
    return Table("gio-dang", _title("hours", told), headings, tuple(rows))


def no_hours(told: Hours) -> str:
    """Why there is no hour at all: nothing went public, or nobody has read it at that age."""
    if not told.posts:
        return say("reach.nothing")
    return say("reach.nothing_read", count=number(told.posts), age=age_words(age_of(told.age)))


def verdicts(told: Hours, named: Named = one_line) -> list[str]:
    """One sentence for each channel: where it is better, or that nothing can be said."""
    said = []
    for one in told.channels:
        words = {"channel": _with_way(named(one.channel), one.way), "enough": told.enough}
        if one.best:
            slots = "; ".join(slot_words(best.slot) for best in one.best)
            said.append(say("reach.note.hours_best", **words, slots=slots))
        else:
            said.append(say("reach.note.hours_same" if one.judged else "reach.note.hours_none", **words))
    return said


def hour_notes(told: Hours) -> list[str]:
    said = [
        say("reach.note.age", age=age_words(age_of(told.age))),
        say("reach.note.hours", enough=told.enough),
    ]
    return [*said, say("reach.note.cut", count=number(MOST))] if told.cut else said


def slot_words(slot: Slot) -> str:
    told = say("reach.hour", first=slot.hour, last=(slot.hour + 1) % 24)
    return say("reach.slot.weekend" if slot.weekend else "reach.slot.week", hours=told)


def curve(metric: str, points: Sequence[CurvePoint], zone: ZoneInfo) -> Table:
    """One row for each point that was reached."""
    columns = ("age", "value", "taken_at", "remark")
    rows: list[tuple[Cell, ...]] = []
    for one in points:
        if one.state == "ahead":
            continue
        remark = say("reach.state.changed") if one.changed else ""
        remark = remark if one.state == "read" else say(f"reach.state.{one.state}")
        at = in_words(one.taken_at, zone) if one.taken_at else "–"
        rows.append((age_words(one.age), shown(metric, one.value), at, remark or "–"))
    headings = tuple(say(f"reach.column.{name}") for name in columns)
    return Table("duong-di", metric_word(metric), headings, tuple(rows))


def plan_words(channel: str, days: int, plan: Plan) -> str:
    """What was due and what of it is public; the parts that are neither are told too."""
    words = {"channel": one_line(channel), "days": number(days)}
    if not plan.planned:
        return say("reach.no_plan", **words)
    parts = [
        f"{say(f'report.column.{name}').lower()} {number(getattr(plan, name))}"
        for name in PARTS
        if name not in ("planned", "done") and getattr(plan, name)
    ]
    return say(
        "reach.plan",
        **words,
        planned=number(plan.planned),
        done=number(plan.done),
        percent=100 * plan.done // plan.planned,
        rest=say("reach.plan_rest", parts=", ".join(parts)) if parts else "",
    )


def followers_words(channel: str, days: int, told: Followers | None, today: date) -> str:
    """The newest count, how it changed, and a line over the days; a dot where nobody was told."""
    if told is None:
        return say("reach.followers_none", channel=one_line(channel))
    change = ""
    if told.change is not None:
        grown = f"{'+' if told.change > 0 else ''}{number(told.change)}"
        change = say("reach.followers_change", change=grown, days=number(days))
    line = _by_days(told, days, today)
    words = {"channel": one_line(channel), "value": number(told.newest.followers), "change": change}
    return say("reach.followers", **words, spark=line).rstrip()


def _by_days(told: Followers, days: int, today: date) -> str:
    """The last count of each stretch of days up to today, from 0 to the highest; of one definition only."""
    columns = min(_MOST_COLUMNS, days)
    counts: dict[int, int] = {}
    for one in told.days:  # oldest first: the last of a stretch stays
        if one.followers is None or one.definition != told.newest.definition:
            continue
        counts[max(0, columns - 1 - (today - one.day).days * columns // days)] = one.followers
    top = max(counts.values(), default=0) or 1
    return "".join(
        GAP if (count := counts.get(place)) is None else BARS[round(count / top * (len(BARS) - 1))]
        for place in range(columns)
    )


def _title(name: str, told: Comparison | Hours) -> str:
    by = say(f"reach.by.{told.by}") if isinstance(told, Comparison) else ""
    words = {"metric": metric_word(told.metric), "age": age_words(age_of(told.age)), "span": told.span.label}
    return say(f"reach.title.{name}", by=by, **words)


def _figure(metric: str, value: float | None) -> Cell:
    return None if value is None else shown(metric, round(value))


def _middle(metric: str, told: Spread | None) -> str:
    """The quartiles: where the middle half of the posts lies."""
    if told is None or told.few:
        return "–"
    low, high = (figure_words(metric, round(value)) for value in (told.low, told.high))
    return say("reach.range", low=low, high=high)


def _remarks(one: Group) -> list[str]:
    said = [say("reach.way.numbered", number=one.way)] if one.way else []
    return [*said, say("reach.enough_short")] if one.spread and one.few else said


def _verdict(channel: ChannelHours, one: SlotFigures) -> list[str]:
    said = [say(f"reach.verdict.{one.verdict}")]
    said += [say("reach.note.planned")] if one.planned else []
    return [*said, say("reach.way.numbered", number=channel.way)] if channel.way else said


def _with_way(name: str, way: int) -> str:
    return f"{name} ({say('reach.way.numbered', number=way)})" if way else name


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
