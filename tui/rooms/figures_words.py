"""Figures as they are read: a plot, bars, one post in full. Pure; “not available” is not 0."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len

from content.wording import say
from loa.services.reach import Change, Period, Point, Reach, ReachView, mean_in_words
from loa.services.reach.ages import written
from loa.services.reach.curves import CurvePoint, curve
from loa.services.reach.curves import drawn as curve_line
from loa.services.reach.samples import MOST_TELLING as ORDER
from loa.speech import figure_words, metric_word, moment, number, one_line, source
from tui.words import fit

try:
    from textual_plotext.plot import Plot
except Exception:  # a terminal without it still has the bars
    Plot = None  # type: ignore[assignment,misc]

MARKS = "o+x*#"
"""What the line of a channel is made of: channels are told apart without colour."""
NARROWEST, LOWEST = 60, 6
"""Below so many columns or lines a plot cannot be read."""
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_BAR = "█"


def metrics(*periods: Period) -> list[str]:
    """What there is to choose from, the most telling first."""
    there = {metric for one in periods for metric in one.metrics()}
    return [one for one in ORDER if one in there] + sorted(there.difference(ORDER)) or [ORDER[0]]


def best(periods: Sequence[Period]) -> str:
    """The first metric of which there is a figure at all."""
    for metric in metrics(*periods):
        if any(post.value(metric) is not None for one in periods for post in one.posts):
            return metric
    return metrics(*periods)[0]


def value(post: Reach, metric: str) -> str:
    """A figure, “not available”, or that nobody has looked yet: three different things."""
    found = post.newest(metric)
    return figure_words(metric, found.value) if found else say("tui_figures.never_read")


def chart(points: Mapping[str, Sequence[Point]], period: tuple[date, date], width: int, height: int) -> str:
    """A plot over the period; empty where a plot would say nothing or cannot be drawn."""
    told = [(channel, line) for channel, line in points.items() if line]
    enough = any(len(line) > 1 for _, line in told)
    if Plot is None or not enough or width < NARROWEST or height < LOWEST:
        return ""
    try:
        return _plot(told[: len(MARKS)], period, width, height)
    except Exception:  # a drawing library must not take the figures away
        return ""


def _plot(
    told: Sequence[tuple[str, Sequence[Point]]], period: tuple[date, date], width: int, height: int
) -> str:
    first, last = period
    top = max(point.mean.value or 0 for _, line in told for point in line)
    plot = Plot()
    plot.theme("clear")
    plot.plotsize(width, height)
    plot._set_size(width, height)  # as PlotextPlot does: `plotsize` alone does not resize
    for mark, (channel, line) in zip(MARKS, told, strict=False):
        across = [(point.day - first).days for point in line]
        plot.plot(across, [point.mean.value for point in line], marker=mark, label=one_line(channel))
    days = max(1, (last - first).days)
    ticks: list[float] = [days * n // 4 for n in range(5)]
    plot.xticks(ticks, [f"{date.fromordinal(first.toordinal() + int(tick)):%d/%m}" for tick in ticks])
    plot.xlim(0, days)
    heights: list[float] = sorted({0, round(top / 2), round(top)})
    plot.yticks(heights, [number(int(one)) for one in heights])
    plot.ylim(0, max(1, top))
    drawn: str = _ANSI.sub("", plot.build())
    return "\n".join(line.rstrip() for line in drawn.splitlines())


def bars(changes: Sequence[Change], width: int, height: int) -> str:
    """The same as the plot for whoever has little room or few posts: a bar for every channel."""
    top = max((one.now.value or 0 for one in changes), default=0) or 1
    name = min(20, max((cell_len(one.channel) for one in changes), default=0))
    lines = []
    for one in changes[:height]:
        figure = mean_in_words(one.now)
        room = max(0, width - name - cell_len(figure) - 4)
        bar = _BAR * round((one.now.value or 0) / top * room)
        lines.append(f"{fit(one_line(one.channel), name)}  {bar}{' ' if bar else ''}{figure}")
    return "\n".join(lines)


def details(post: Reach, zone: ZoneInfo, now: datetime) -> str:
    """One post: every metric with its growth, source, time, and what it counts."""
    lines = [
        one_line(post.title),
        f"{one_line(post.delivery)} · {moment(post.published_at, zone)}",
        *([one_line(post.url)] if post.url else []),
    ]
    for metric in [one for one in ORDER if one in post.readings] + sorted({*post.readings}.difference(ORDER)):
        found = post.newest(metric)
        if found is not None:
            lines += ["", *_reading(found, post.trail(metric), zone)]
            if line := curve_line(points := curve(post, metric, now)):
                lines.append(f"  {say('reach.view.curve', drawn=line, ages=_reached(points))}")
            changed = post.breaks(metric)
            lines += [f"  {say('counter.changed', time=moment(changed[-1].at, zone))}"] if changed else []
    return "\n".join(lines if post.readings else [*lines, "", say("tui_figures.nobody_looked")])


def _reached(points: Sequence[CurvePoint]) -> str:
    """The ages of the curve's first and last figure."""
    read = [one.age for one in points if one.state == "read"]
    return say("reach.range", low=written(points[0].age), high=written(read[-1]))


def _reading(found: ReachView, trail: Sequence[int], zone: ZoneInfo) -> list[str]:
    grown = " → ".join(figure_words(found.metric, one) for one in trail[-4:]) if len(trail) > 1 else ""
    figure = figure_words(found.metric, found.value)
    told = [f"{metric_word(found.metric)}: {figure}{f'  ({grown})' if grown else ''}"]
    where = one_line(source(found.source, found.note)) or "–"
    told.append(f"  {say('tui_figures.taken', source=where, time=moment(found.taken_at, zone))}")
    told += [f"  {say('counter.late')}"] if found.late else []
    told += [f"  {one_line(found.note)}"] if found.note and found.note not in where else []
    told += [f"  {one_line(found.definition)}"] if found.definition else []
    return told
