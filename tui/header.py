"""The lines above the table: who and when, the publisher's heartbeat, channels in need, counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.text import Text
from textual.widgets import Static

from content.wording import say
from loa.services import standing
from loa.services.overview import Overview
from loa.speech import number, one_line, reason, status_word
from scheduler.presence import SILENT_AFTER, Presence
from scheduler.status import Status
from tui.words import clock

MOST_CHANNELS = 2
"""Stopped channels that are named, and those whose access ends soon; the others are counted."""


class Header(Static):
    """Redrawn every second; changes its height with what it has to say."""

    def show(self, seen: Overview | None, now: datetime, zone: ZoneInfo) -> None:
        self.update(text(seen, now, zone, self.size.width or self.app.size.width))


def text(seen: Overview | None, now: datetime, zone: ZoneInfo, room: int) -> Text:
    whole = Text(no_wrap=False)
    if seen is None:
        return whole
    unit, time = one_line(seen.unit), clock(now, zone)
    gap = room - cell_len(unit) - cell_len(time)
    whole.append(unit, style="bold")
    whole.append(" " * gap + time if gap > 1 else "\n" + time, style="not bold")
    alive = beats(seen.publisher, now)
    whole.append("\n" + heartbeat(seen.publisher, now), style="not bold green" if alive else "bold red")
    for line in stopped(seen.stopped_channels):
        whole.append("\n" + line, style="bold red")
    for line in expiring(seen, now, zone):
        whole.append("\n" + line, style="not bold yellow")
    whole.append("\n" + tally(seen.counts, room), style="not bold")
    return whole


def beats(publisher: Presence | None, now: datetime) -> bool:
    """Whether the last sign of life is still fresh: a killed publisher writes no farewell."""
    return publisher is not None and publisher.alive and now - publisher.beat_at < SILENT_AFTER


def heartbeat(publisher: Presence | None, now: datetime) -> str:
    if publisher is None or not beats(publisher, now):
        return say("tui.publisher.silent")
    return say("tui.publisher.alive", host=one_line(publisher.host), pid=publisher.pid)


def stopped(channels: Mapping[str, str]) -> list[str]:
    named = list(channels.items())[:MOST_CHANNELS]
    lines = [say("cli.run.channel_stopped", channel=one_line(c), reason=reason(why, c)) for c, why in named]
    if len(channels) > len(named):
        lines.append(say("tui.more_stopped", count=number(len(channels) - len(named))))
    return lines


def expiring(seen: Overview, now: datetime, zone: ZoneInfo) -> list[str]:
    """Whose access ends soon, the most pressing first; of a stopped channel more was said already."""
    ends = [(c, end) for c, end in seen.expiring_channels.items() if c not in seen.stopped_channels]
    named = [(one_line(c), standing.in_words(end, now, zone, one_line(c))) for c, end in ends[:MOST_CHANNELS]]
    lines = [say("cli.run.channel_expires", channel=c, ends=words) for c, words in named]
    if len(ends) > len(named):
        lines.append(say("tui.more_expiring", count=number(len(ends) - len(named))))
    return lines


def tally(counts: Mapping[str, int], room: int) -> str:
    """How many deliveries stand where, in the order of a delivery's life; no line breaks inside a pair."""
    told = [f"{status_word(status)} {number(counts[status])}" for status in Status if counts.get(status)]
    lines = [""]
    for pair in told:
        longer = f"{lines[-1]} · {pair}" if lines[-1] else pair
        if cell_len(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(pair)
    return "\n".join(lines) if told else say("cli.run.empty")
