"""The other views of the room Số liệu, in words: groups of posts at the same age, the best hours. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len

from content.wording import say
from loa.reports import reach_tables
from loa.services.reach.groups import BY, Comparison, Group
from loa.services.reach.hours import ChannelHours, Hours
from loa.services.reach.spread import Spread
from loa.speech import figure_words, number, one_line
from tui.words import fit

TREND, HOURS = "trend", "hours"
VIEWS = (TREND, *BY, HOURS)
"""What the figures can be looked at by."""
MOST_HOURS = 12
"""Of one channel; the terminal's `loa reach hours` tells all."""
_BAR, _LABEL, _LONGEST_BAR = "█", 30, 30


def options() -> list[tuple[str, str, str]]:
    """The views to choose from."""
    return [
        (TREND, say("reach.view.trend"), ""),
        *((one, say("reach.view.by", by=say(f"reach.by.{one}")), "") for one in BY),
        (HOURS, say("reach.view.hours"), ""),
    ]


@dataclass(frozen=True)
class _Row:
    """A name, a bar for the median as part of `top`, the median, and of how many posts it is."""

    name: str
    spread: Spread | None
    top: float
    said: str
    bar: bool = True


def told(view: Comparison | Hours, width: int) -> str:
    """The whole view; every line is at most so wide."""
    rows = [*(_groups(view) if isinstance(view, Comparison) else _hours(view, width))]
    if not rows:
        return say("reach.nothing") if isinstance(view, Comparison) else reach_tables.no_hours(view)
    lines = _drawn(rows, view.metric, width)
    for note in reach_tables.notes(view) if isinstance(view, Comparison) else reach_tables.hour_notes(view):
        lines += ["", *wrap(one_line(note), max(20, width))]
    return "\n".join(lines)


def _drawn(rows: Sequence[_Row | str], metric: str, width: int) -> list[str]:
    """Every bar has as much room as the longest line leaves: two bars can be held against each other."""
    label = min(_LABEL, max(8, width * 2 // 5))
    figures = {row: _figure(row, metric) for row in rows if isinstance(row, _Row)}
    longest = max(map(cell_len, figures.values()), default=0)
    room = max(0, min(_LONGEST_BAR, width - label - longest - 5))
    lines = []
    for row in rows:
        if isinstance(row, str):
            lines.append(row)
            continue
        median = row.spread.median if row.spread and row.bar else 0
        bar = _BAR * round(median / row.top * room)
        line = f"  {fit(row.name, label)}  {bar}{' ' if bar else ''}{figures[row]}"
        lines.append(line.rstrip() if cell_len(line) <= width else fit(line, width).rstrip())
    return lines


def _figure(row: _Row, metric: str) -> str:
    told = figure_words(metric, round(row.spread.median)) if row.spread else say("cli.not_available")
    return f"{told} · {row.said}"


def title(view: Comparison | Hours) -> str:
    table = reach_tables.groups(view) if isinstance(view, Comparison) else reach_tables.hours(view)
    return table.title


def _groups(view: Comparison) -> Iterator[_Row | str]:
    """Channels have no bars beside each other: two platforms do not count the same."""
    alone, channel = view.by == "channel", ""
    for one in view.groups:
        if not alone and one.channel != channel:
            yield from (["", one_line(one.channel)] if channel else [one_line(one.channel)])
            channel = one.channel
        mine = [other for other in view.groups if (other.channel, other.way) == (one.channel, one.way)]
        name = one_line(one.channel if alone else one.label)
        top = max(map(_median, mine)) or 1
        yield _Row(name, one.spread, top, _said(one, view.metric), bar=not alone)


def _said(one: Group, metric: str) -> str:
    words = {"known": number(reach_tables.known(one)), "posts": number(one.posts)}
    said = [say("reach.view.posts", **words)]
    if one.spread:
        mean = figure_words(metric, round(one.spread.mean))
        said.insert(0, say("reach.view.mean", value=mean))
    if one.way:
        said.append(say("reach.way.numbered", number=one.way))
    if one.spread and one.few:
        said.append(say("reach.view.few"))
    return " · ".join(said)


def _hours(view: Hours, width: int) -> Iterator[_Row | str]:
    for sentence, channel in zip(reach_tables.verdicts(view), view.channels, strict=True):
        if channel is not view.channels[0]:
            yield ""
        yield from wrap(sentence, max(20, width))
        top = max((one.spread.median for one in channel.slots), default=0) or 1
        for one in channel.slots[:MOST_HOURS]:
            said = [say("reach.view.posts_known", known=number(one.spread.known))]
            said.append(say("reach.view.few" if one.verdict == "few" else f"reach.verdict.{one.verdict}"))
            said += [say("reach.note.planned")] if one.planned else []
            name = reach_tables.slot_words(one.slot)
            yield _Row(name, one.spread, top, " · ".join(said))
        yield from _more(channel)


def _more(channel: ChannelHours) -> Sequence[str]:
    rest = len(channel.slots) - MOST_HOURS
    return [say("reach.view.more_hours", count=number(rest))] if rest > 0 else []


def _median(one: Group) -> float:
    return one.spread.median if one.spread else 0
