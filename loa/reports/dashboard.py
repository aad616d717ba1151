"""A report as one HTML file: opens without a network, prints, and is read out as well as looked at.

Nothing in it is fetched: styles, script and charts stand in the page, and its own policy forbids the rest.
Without its script all is shown; with it, tables can be narrowed to a channel or a metric, and sorted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from content.wording import say
from loa import speech
from loa.reports import same_age, tables
from loa.reports.reach_tables import known
from loa.reports.same_age import Medians, SameAge
from loa.reports.tables import Cell, Table
from loa.services.reach.groups import Group
from loa.services.report_facts import Facts, Summary

MOST_ROWS = 1_000
"""Of one table: a telephone is to open the page; the workbook holds them all."""
_WIDE = 400
_ROW, _TOP = 30, 6
_LABEL, _VALUE, _VALUE_OF_SOME = 150, 70, 110


@dataclass(frozen=True)
class Bar:
    """One bar: its place and length in the drawing's units."""

    label: str
    full: str
    value: str
    y: int
    length: float


@dataclass(frozen=True)
class Chart:
    """Bars over one another; `table` holds the same figures. `said` reads them out."""

    id: str
    title: str
    said: str
    bars: tuple[Bar, ...]
    table: Table

    @property
    def height(self) -> int:
        return _TOP * 2 + _ROW * len(self.bars)


def made(facts: Facts, zone: ZoneInfo, aged: SameAge) -> bytes:
    """The page's bytes; `aged` is what is compared at the same age."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    pages = Environment(
        loader=PackageLoader("loa.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    told = {table.key: table for table in tables.every(facts, zone)}
    charts = _charts(facts, told)
    drawn = {chart.table.key for chart in charts}
    page = pages.get_template("report.html").render(
        f=facts,
        say=say,
        number=speech.number,
        charts=charts,
        tables=[table for key, table in told.items() if key not in drawn and table.rows],
        channels=[one.name for one in facts.channels],
        metrics=list(dict.fromkeys(tables.label(facts, one) for one in tables.ordered(facts))),
        words=lambda cell: tables.in_words(cell, zone),
        sortable=_sortable,
        kept=_kept,
        made_at=tables.in_words(facts.made_at, zone),
        as_of=tables.in_words(facts.as_of, zone),
        most=MOST_ROWS,
        aged=_aged(facts, aged),
        wide=_WIDE,
        label_end=_LABEL,
    )
    return page.encode()


def _charts(facts: Facts, told: dict[str, Table]) -> list[Chart]:
    views = [one for one in facts.summaries if one.metric == "views" and one.total is not None]
    by_name = [(_way(facts, one), one.total) for one in views]
    return [
        _chart("thang", told["thang"], [(str(row[0]), row[2]) for row in told["thang"].rows]),
        _chart("kenh", told["kenh"], [(str(row[0]), row[1]) for row in told["kenh"].rows[:-1]]),
        _chart("loai", told["loai"], [(str(row[0]), row[2]) for row in told["loai"].rows]),
        _chart("so-lieu", told["so-lieu"], by_name, say("report.page.views")),
    ]


@dataclass(frozen=True)
class _Aged:
    """The part of the page about posts at the same age."""

    heading: str
    notes: Sequence[str]
    charts: Sequence[Chart]
    tables: Sequence[Table]


def _aged(facts: Facts, aged: SameAge) -> _Aged | None:
    """None where nothing went public: then there is nothing to hold against anything."""
    charts = [
        _medians(f"tuoi-{number}", one, aged.hours.metric)
        for number, one in enumerate(same_age.charts(aged, facts), start=1)
    ]
    if not charts:
        return None
    return _Aged(same_age.heading(aged), same_age.notes(aged, facts), charts, same_age.tables(aged, facts))


def _medians(key: str, told: Medians, metric: str) -> Chart:
    """Bars of the groups with enough posts, each with how many they are; all stand in the table."""
    by_median = [(one, one.spread.median) for one in told.groups if one.spread]
    top = max((median for _, median in by_median), default=0) or 1
    room = _WIDE - _LABEL - _VALUE_OF_SOME
    bars = tuple(
        Bar(
            _short(label := _named(one)),
            label,
            say(
                "reach.page.bar",
                value=speech.figure_words(metric, round(median)),
                known=speech.number(known(one)),
            ),
            _TOP + _ROW * place,
            round(median / top * room, 1),
        )
        for place, (one, median) in enumerate(by_median)
    )
    said = "; ".join(f"{bar.full}: {bar.value}" for bar in bars)
    return Chart(key, told.title, said, bars if len(bars) > 1 else (), told.table)  # one bar says nothing


def _named(one: Group) -> str:
    return f"{one.label} ({say('reach.way.numbered', number=one.way)})" if one.way else one.label


def _chart(key: str, table: Table, values: Sequence[tuple[str, Cell]], title: str = "") -> Chart:
    numbers = [(name, value) for name, value in values if isinstance(value, int)]
    top = max((value for _, value in numbers), default=0) or 1
    room = _WIDE - _LABEL - _VALUE
    bars = tuple(
        Bar(_short(name), name, speech.number(value), _TOP + _ROW * place, round(value / top * room, 1))
        for place, (name, value) in enumerate(numbers)
    )
    said = "; ".join(f"{bar.full}: {bar.value}" for bar in bars) or say("report.empty_table")
    return Chart(key, title or table.title, said, bars, table)


def _way(facts: Facts, one: Summary) -> str:
    """A channel, and which way of counting where it has several."""
    name, plain = tables.channel_name(facts, one.channel), speech.metric_word(one.metric)
    return f"{name}{tables.label(facts, one).removeprefix(plain)}"


def _short(name: str) -> str:
    return name if len(name) <= 21 else f"{name[:20]}…"


def _sortable(cell: Cell) -> str:
    """What a column is sorted by; what is not available comes last."""
    if cell is None:
        return ""
    return cell.isoformat() if isinstance(cell, datetime) else str(cell)


def _kept(table: Table, row: Sequence[Cell]) -> dict[str, str]:
    """What a row is chosen by, where its table has such a column."""
    found = {}
    for name in ("channel", "metric"):
        heading = say(f"report.column.{name}")
        if heading in table.headings:
            found[name] = str(row[table.headings.index(heading)])
    return found
