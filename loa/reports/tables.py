"""A report's tables, the same in every format: what stands in which column, not how it looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from content.wording import say
from loa.services.report_facts import ADDABLE, ActivityCount, Facts, Newest, Plan, Summary
from loa.speech import figure_words, metric_word, number, shown, source, tenths

Cell = str | int | float | datetime | None
"""None is “not available”; it is never shown as 0 nor as an empty cell."""
ORDER = ("views", "reach", "reactions", "likes", "comments", "shares", "clicks")
"""The most telling first."""
PARTS = ("planned", "done", "removed", "missed", "failed", "cancelled", "unapproved", "open")


@dataclass(frozen=True)
class Table:
    """`total`: whether the last row is the sum of the others."""

    key: str
    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: bool = False


def names() -> dict[str, Callable[[Facts, ZoneInfo], Table]]:
    """How the tables are called in a template (`[bảng: ke-hoach]`), and what makes each."""
    from loa.reports import comments  # it makes its table of this module's parts

    return {
        "ke-hoach": _plan,
        "kenh": _channels,
        "loai": _kinds,
        "thang": _months,
        "chien-dich": _campaigns,
        "truc-tiep": _direct,
        "so-lieu": _summaries,
        "truc-trac": _troubles,
        "bai": _items,
        "tung-bai": _readings,
        comments.KEY: comments.table,
        "nguon": _sources,
    }


def every(facts: Facts, zone: ZoneInfo) -> list[Table]:
    """All tables of a report, in the order in which they are read; the ledger's where it has anything."""
    left_out = () if facts.held and facts.kind != "engagement" else ("truc-tiep",)
    return [make(facts, zone) for name, make in names().items() if name not in left_out]


def in_words(cell: Cell, zone: ZoneInfo) -> str:
    """A cell as people read it: `12.345`, `09/11/2026 07:00`, “not available”."""
    if cell is None or isinstance(cell, int):
        return number(cell)
    if isinstance(cell, float):
        return tenths(cell)
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%d/%m/%Y %H:%M}"
    return cell


def label(facts: Facts, one: Summary) -> str:
    """The metric's word, numbered where one channel counted it in several ways (see the sources)."""
    ways = [o.definition for o in facts.summaries if (o.channel, o.metric) == (one.channel, one.metric)]
    word = metric_word(one.metric)
    if len(ways) < 2:
        return word
    return say("report.counted_so", metric=word, number=ways.index(one.definition) + 1)


def ordered(facts: Facts) -> list[Summary]:
    """Channel by channel, the most telling metric first."""

    def place(one: Summary) -> tuple[str, int, str]:
        return one.channel, ORDER.index(one.metric) if one.metric in ORDER else len(ORDER), one.metric

    return sorted(facts.summaries, key=place)


def sentence(facts: Facts, one: Summary) -> str:
    """`Trang Facebook: 12.345 lượt xem (trên 18/20 bài có số liệu).`"""
    words = {
        "channel": channel_name(facts, one.channel),
        "metric": label(facts, one),
        "known": number(one.known),
        "posts": number(one.posts),
    }

    def told(value: int | None) -> str:
        return figure_words(one.metric, value)

    if one.of_channel:
        return say("report.figure.of_channel", **words, value=number(one.highest))
    if not one.known:
        return say("report.figure.none", **words)
    if one.metric in ADDABLE:
        words_of_it = say("report.figure.total", **words, value=told(one.total))
    else:
        words_of_it = say("report.figure.mean", **words, value=told(one.mean), highest=told(one.highest))
    return f"{words_of_it} {say('metrics.provisional', day=_day(one))}" if one.counted_to else words_of_it


def channel_name(facts: Facts, channel: str) -> str:
    return next((one.name for one in facts.channels if one.channel == channel), channel)


def activities(counts: Sequence[ActivityCount]) -> Table:
    """One row for each kind, one column for each measure; beside the sums of how many activities they are."""
    counts = [kind for kind in counts if kind.activities]
    measures = {one.measure: one for kind in counts for one in kind.amounts}
    rows: list[tuple[Cell, ...]] = []
    for kind in counts:
        amounts = {one.measure: one for one in kind.amounts}
        cells = [amounts[name].total if name in amounts else "–" for name in measures]
        known = "; ".join(
            say("activity.known_of", label=one.label, known=number(one.known), of=number(one.of))
            for one in kind.amounts
        )
        rows.append((kind.label, kind.activities, *cells, known or "–"))
    labels = [one.label for one in measures.values()]
    headings = (say("activity.heading.kind"), say("activity.column.activities"), *labels)
    return Table(
        "truc-tiep", say("report.table.truc-tiep"), (*headings, say("activity.column.known")), tuple(rows)
    )


def activity_sentence(kind: ActivityCount) -> str:
    """`Hội nghị: 5 cuộc; 1.200 lượt người (trên 4/5 hoạt động có số).`"""
    told = [say("activity.told.number", label=kind.label, count=number(kind.activities))]
    for one in kind.amounts:
        words = {"label": one.label, "unit": one.unit, "known": number(one.known), "of": number(one.of)}
        name = "none" if one.total is None else "all" if one.known == one.of else "some"
        told.append(say(f"activity.told.{name}", **words, total=number(one.total)))
    return "; ".join(told) + "."


def _table(key: str, columns: Sequence[str], rows: Sequence[Sequence[Cell]], *, total: bool = False) -> Table:
    headings = tuple(say(f"report.column.{name}") for name in columns)
    return Table(key, say(f"report.table.{key}"), headings, tuple(map(tuple, rows)), total)


def _parts(plan: Plan) -> list[int]:
    return [getattr(plan, name) for name in PARTS]


def _plan(facts: Facts, _zone: ZoneInfo) -> Table:
    rows: list[list[Cell]] = [[one.name, *_parts(one.plan)] for one in facts.channels if one.plan.planned]
    rows.append([say("report.together"), *_parts(facts.plan)])
    return _table("ke-hoach", ("channel", *PARTS), rows, total=True)


def _channels(facts: Facts, _zone: ZoneInfo) -> Table:
    rows: list[list[Cell]] = [
        [one.name, one.published, one.published_before, one.published_year_ago] for one in facts.channels
    ]
    sums = (facts.deliveries, facts.before.deliveries, facts.year_ago.deliveries)
    rows.append([say("report.together"), *sums])
    earlier = ("before_begun", "year_ago_begun") if facts.unfinished else ("before", "year_ago")
    return _table("kenh", ("channel", "published", *earlier), rows, total=True)


def _kinds(facts: Facts, _zone: ZoneInfo) -> Table:
    return _table(
        "loai", ("kind", "posts", "deliveries"), [(o.label, o.posts, o.deliveries) for o in facts.kinds]
    )


def _months(facts: Facts, _zone: ZoneInfo) -> Table:
    return _table(
        "thang", ("month", "posts", "deliveries"), [(o.label, o.posts, o.deliveries) for o in facts.months]
    )


def _campaigns(facts: Facts, _zone: ZoneInfo) -> Table:
    rows = [(o.label or say("report.no_campaign"), o.posts, o.deliveries) for o in facts.campaigns]
    return _table("chien-dich", ("campaign", "posts", "deliveries"), rows)


def _direct(facts: Facts, _zone: ZoneInfo) -> Table:
    return activities(facts.held)


def _summaries(facts: Facts, _zone: ZoneInfo) -> Table:
    not_added = say("report.not_added")
    rows: list[list[Cell]] = []
    for one in ordered(facts):
        name, metric = channel_name(facts, one.channel), label(facts, one)
        if one.of_channel:
            rows.append(
                [name, metric, not_added, not_added, one.highest, say("report.whole_channel"), one.taken_last]
            )
            continue
        mean, highest = shown(one.metric, one.mean), shown(one.metric, one.highest)
        total = shown(one.metric, one.total) if one.metric in ADDABLE else not_added
        known = say("report.known_of", known=number(one.known), posts=number(one.posts))
        if one.counted_to:
            known = say("metrics.known_to", known=known, day=_day(one))
        rows.append([name, metric, total, mean, highest, known, one.taken_last])
    columns = ("channel", "metric", "total", "mean", "highest", "known", "taken_at")
    return _table("so-lieu", columns, rows)


def _troubles(facts: Facts, _zone: ZoneInfo) -> Table:
    rows: list[list[Cell]] = [
        [
            one.title,
            channel_name(facts, one.channel),
            one.due_at if one.due_at else "–",
            say(f"cli.status.{one.status}"),
            one.reason or "–",
        ]
        for one in facts.troubles
    ]
    return _table("truc-trac", ("title", "channel", "due_at", "status", "reason"), rows)


def _items(facts: Facts, _zone: ZoneInfo) -> Table:
    labels = {one.key: one.label for one in facts.kinds}
    rows: list[list[Cell]] = [
        [
            place,
            one.title,
            labels[one.kind],
            channel_name(facts, one.channel),
            one.published_at,
            one.url or "–",
        ]
        for place, one in enumerate(facts.items, start=1)
    ]
    return _table("bai", ("place", "title", "kind", "channel", "published_at", "url"), rows)


def _readings(facts: Facts, _zone: ZoneInfo) -> Table:
    rows: list[list[Cell]] = [
        [
            one.title,
            channel_name(facts, one.channel),
            metric_word(one.metric),
            shown(one.metric, one.value),
            _from(one),
            one.taken_at,
        ]
        for one in facts.readings
    ]
    return _table("tung-bai", ("title", "channel", "metric", "value", "source", "taken_at"), rows)


def _sources(facts: Facts, _zone: ZoneInfo) -> Table:
    rows: list[list[Cell]] = [
        [
            channel_name(facts, one.channel),
            label(facts, one),
            one.definition or "–",
            "; ".join(source(name, "") for name in one.sources) or one.note or "–",
        ]
        for one in ordered(facts)
    ]
    return _table("nguon", ("channel", "metric", "definition", "source"), rows)


def _day(one: Summary) -> str:
    return f"{one.counted_to:%d/%m/%Y}"


def _from(one: Newest) -> str:
    """Where a figure comes from, of which days it is, or why there is none."""
    if one.value is None and one.note:
        return one.note
    told = source(one.source, one.note) or "–"
    return say("metrics.up_to", source=told, day=f"{one.counted_to:%d/%m/%Y}") if one.counted_to else told
