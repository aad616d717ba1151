"""Weekly posting slots, and the next ones that are free. A post that is due there takes one."""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.calendar import Calendar
from content.calendar.quiet import DEFAULT
from content.calendar.slots import DAYS_AHEAD, Slot, upcoming
from content.errors import LoaError, NotFound, RefusedByRule, UsageError
from content.text import nearest
from loa.services import blackouts, calendar, nearby
from loa.services.blackouts import BlackoutView
from loa.services.nearby import APART
from loa.services.workspace import Workspace
from scheduler.trouble import trouble

MOST_SHOWN = 50


@dataclass(frozen=True)
class FreeSlots:
    """The next free slots of one channel; `slots` is empty where it has none, or none is free for a year."""

    channel: str
    platform: str
    has_slots: bool
    slots: list[datetime]


@dataclass(frozen=True)
class Look:
    """What is known when slots are looked for: read once, for all posts of one command."""

    zone: ZoneInfo
    now: datetime
    platforms: dict[str, str]
    days: Calendar
    entered: list[BlackoutView]
    workspace: Workspace

    def slots_of(self, channel: str) -> tuple[Slot, ...]:
        told = self.workspace.config.slots
        names = (channel, self.platforms.get(channel, ""), DEFAULT)
        return next((told[name] for name in names if name in told), ())

    def quiet(self, channel: str, at: datetime) -> bool:
        hours = self.workspace.config.quiet_hours.of(channel, self.platforms.get(channel, ""))
        return hours is not None and hours.covers(at.astimezone(self.zone).time())


def look(workspace: Workspace) -> Look:
    with workspace.database.read() as connection:
        known = nearby.platforms(connection)
    days, entered = calendar.days_off(workspace), blackouts.listing(workspace, past=False)
    return Look(workspace.config.zone, workspace.now(), known, days, entered, workspace)


def free(
    seen: Look,
    channels: Sequence[str],
    *,
    without_post: str = "",
    also_taken: Iterable[tuple[datetime, str]] = (),
    kind: str = "",
    tags: Collection[str] = (),
) -> Iterator[datetime]:
    """Every time, the earliest first, that is a slot of each of these channels and free on all of them.

    A channel without slots of its own does not choose, but must be free as well. Free: nothing of that
    channel within APART, no quiet hours, and no days entered on which a post of this kind and these tags
    stays back. `also_taken`: times and channels that are to count already; `without_post`: its own
    deliveries do not. Raises UsageError when none of the channels has slots.
    """
    choosing = [found for name in channels if (found := seen.slots_of(name))]
    if not choosing:
        raise UsageError("time.no_slots", channels=", ".join(channels) or "–")
    until = seen.now + timedelta(days=DAYS_AHEAD + 1)
    with seen.workspace.database.read() as connection:
        rows = nearby.busy(connection, channels, seen.now, until, without_post=without_post)
    taken = sorted([*((at, name) for at, _, name in rows), *also_taken])
    others = [set(upcoming(one, seen.now, seen.zone, seen.days)) for one in choosing[1:]]
    for at in upcoming(choosing[0], seen.now, seen.zone, seen.days):
        if not all(at in moments for moments in others) or any(seen.quiet(name, at) for name in channels):
            continue
        if not _taken(taken, at, channels) and not blackouts.over(seen.entered, at, channels, kind, tags):
            yield at


def next_free(
    seen: Look,
    channels: Sequence[str],
    *,
    without_post: str = "",
    also_taken: Iterable[tuple[datetime, str]] = (),
    kind: str = "",
    tags: Collection[str] = (),
) -> datetime:
    """The first of `free`; raises RefusedByRule when there is none for a year, and says why it may be."""
    ahead = free(seen, channels, without_post=without_post, also_taken=also_taken, kind=kind, tags=tags)
    found = next(ahead, None)
    if found is None:
        raise RefusedByRule("time.no_free_slot", channels=", ".join(channels))
    return found


def first_for(
    workspace: Workspace,
    channels: Sequence[str],
    post: str = "",
    kind: str = "",
    tags: Collection[str] = (),
) -> datetime:
    """The next free slot of a post that is being written; raises as `next_free` does.

    Trouble of the machine is a sentence too: who asks is a field in a window.
    """
    try:
        return next_free(look(workspace), channels, without_post=post, kind=kind, tags=tags)
    except LoaError:
        raise
    except Exception as error:
        said = trouble(error, workspace.folder)
        if said is None:
            raise
        raise said from error


def must_still_be_free(connection: Connection, at: datetime, channels: Collection[str], post: str) -> None:
    """In the transaction that takes a slot: another officer may have been faster. Raises RefusedByRule."""
    for due, other, _ in nearby.busy(connection, channels, at, at, without_post=post):
        if abs(due - at) < APART:
            raise RefusedByRule("time.slot_gone", post=post, delivery=other)


def listing(workspace: Workspace, channel: str = "", count: int = 5) -> list[FreeSlots]:
    """The next free slots of every channel, or of one; raises NotFound naming the nearest."""
    seen = look(workspace)
    if channel and channel not in seen.platforms:
        near = nearest(channel, seen.platforms) or ", ".join(seen.platforms) or "–"
        raise NotFound("time.no_channel", channel=channel, nearest=near)
    found = []
    for name in [channel] if channel else sorted(seen.platforms):
        has = bool(seen.slots_of(name))
        moments = [at for at, _ in zip(free(seen, [name]), range(count), strict=False)] if has else []
        found.append(FreeSlots(name, seen.platforms[name], has, moments))
    return found


def unknown_names(workspace: Workspace) -> list[tuple[str, str, str]]:
    """Settings of slots and quiet hours that name neither a channel nor a platform: table, name, nearest."""
    from connectors import registry

    with workspace.database.read() as connection:
        known = {*nearby.platforms(connection), *registry.platforms(), DEFAULT}
    config = workspace.config
    return [
        (table, name, nearest(name, known) or ", ".join(sorted(known)))
        for table, names in (("slots", config.slots), ("quiet_hours", config.quiet_hours.by_name))
        for name in names
        if name not in known
    ]


def _taken(taken: Sequence[tuple[datetime, str]], at: datetime, channels: Sequence[str]) -> bool:
    first = bisect.bisect_right(taken, at - APART, key=lambda one: one[0])
    for due, name in taken[first:]:
        if due >= at + APART:
            return False
        if name in channels:
            return True
    return False
