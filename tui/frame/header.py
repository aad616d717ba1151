"""The lines above every room: who and when, the publisher's heartbeat, freezes, channels in need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.text import Text
from textual.message import Message
from textual.widgets import Static

from content.wording import say
from loa.services import standing, zoning
from loa.services.overview import Overview
from loa.services.people import Person
from loa.services.stopping import FreezeView
from loa.speech import freeze_scope, number, one_line, reason, status_word
from scheduler.presence import SILENT_AFTER, Presence
from scheduler.status import Status
from tui import keymap
from tui.frame.reading import Head
from tui.words import clock

MOST_FREEZES = 2
MOST_CHANNELS = 2
"""Stopped channels that are named, and those whose access ends soon; the others are counted."""


class Header(Static):
    """Redrawn every second; changes its height with what it has to say."""

    class Clicked(Message):
        """Somebody clicked where the officer's name is."""

    def show(self, head: Head | None, person: Person | None, now: datetime, zone: ZoneInfo) -> None:
        self.update(text(head, person, now, zone, self.size.width or self.app.size.width - 2))

    def on_click(self) -> None:
        self.post_message(self.Clicked())


def text(head: Head | None, person: Person | None, now: datetime, zone: ZoneInfo, room: int) -> Text:
    whole = Text(no_wrap=False)
    if head is None:
        return whole
    seen = head.overview
    if head.practice:
        whole.append(say("tui.practice").center(room) + "\n", style="bold reverse")
    unit, time = one_line(seen.unit), clock(now, zone)
    whole.append(unit, style="bold")
    whole.append(_right(time, room - cell_len(unit)), style="not bold")
    who, beat = officer(person), heartbeat(seen.publisher, now, seen.workers)
    whole.append("\n" + who, style="not bold")
    alive = beats(seen.publisher, now)
    whole.append(_right(beat, room - cell_len(who)), style="not bold green" if alive else "bold red")
    unserved = [zoning.in_words(lack, zone) for lack in seen.unserved]
    for line in [*frozen(seen.freezes), *unserved, *stopped(seen.stopped_channels)]:
        whole.append("\n" + line, style="bold red")
    for line in expiring(seen, now, zone):
        whole.append("\n" + line, style="not bold yellow")
    return whole


def _right(text: str, room: int) -> str:
    """Pushed to the right end of the line, or a line of its own."""
    gap = room - cell_len(text)
    return " " * gap + text if gap > 1 else "\n" + text


def officer(person: Person | None) -> str:
    if person is None:
        return say("tui.nobody", key=keymap.shown(keymap.named("room.sign_in").keys[0]))
    roles = ", ".join(say(f"cli.role.{role}") for role in person.roles)
    return say("tui.officer", name=one_line(person.full_name or person.name), roles=roles)


def frozen(freezes: list[FreezeView]) -> list[str]:
    named = [
        say(
            "tui.frozen",
            id=one.id,
            scope=freeze_scope(one.scope, one.target, one.unit),
            reason=one_line(one.reason),
        )
        for one in freezes[:MOST_FREEZES]
    ]
    more = len(freezes) - len(named)
    return [*named, say("tui.more_frozen", count=number(more))] if more else named


def beats(publisher: Presence | None, now: datetime) -> bool:
    """Whether the last sign of life is still fresh: a killed publisher writes no farewell."""
    return publisher is not None and publisher.alive and now - publisher.beat_at < SILENT_AFTER


def heartbeat(publisher: Presence | None, now: datetime, workers: Sequence[Presence] = ()) -> str:
    """Of several workers how many there are, and where."""
    living = [one for one in workers if beats(one, now)]
    if len(living) > 1:
        hosts = ", ".join(sorted({one_line(one.host) for one in living}))
        return say("worker.several", living=number(len(living)), hosts=hosts)
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
