"""Zones of channels: which machines may publish them, where several do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from content.approval import Role
from content.errors import RefusedByRule, UsageError
from content.text import normalise
from content.wording import say
from loa.services import channels
from loa.services.people import Person
from loa.services.workspace import Workspace
from loa.speech import moment, one_line
from scheduler import audit, zones
from scheduler.unserved import Unserved
from scheduler.zones import Serves

_ZONE = re.compile(r"\w[\w.-]{0,39}", re.ASCII)


def zone_name(text: str) -> str:
    """A zone as it is stored; raises UsageError."""
    name = normalise(text).strip().lower()
    if not _ZONE.fullmatch(name):
        raise UsageError("worker.bad_zone", zone=text[:60])
    return name


def in_words(lack: Unserved, zone: ZoneInfo) -> str:
    """What waits and nobody takes, and the command that takes it."""
    key = "worker.unserved" if lack.zone else "worker.unserved_plain"
    return say(
        key,
        zone=one_line(lack.zone),
        channels=named(lack.channels),
        nobody=nobody(lack.since, zone),
        next=moment(lack.next_at, zone),
    )


def named(channels: Sequence[str]) -> str:
    """The first ones."""
    return ", ".join(map(one_line, channels[:3])) + (", …" if len(channels) > 3 else "")


def nobody(since: datetime | None, zone: ZoneInfo) -> str:
    """Since when no worker takes it."""
    return say("worker.nobody_since", since=moment(since, zone)) if since else say("worker.nobody_yet")


def takes(mine: Serves) -> str:
    """What a worker takes."""
    told = []
    if mine.zones:
        told.append(say("worker.takes.zones", zones=", ".join(map(one_line, mine.zones))))
    if mine.channels:
        told.append(say("worker.takes.channels", channels=", ".join(map(one_line, mine.channels))))
    return "; ".join(told) or say("worker.takes.everything")


def command(mine: Serves | None) -> str:
    """What starts a publisher of that kind anew; None: the single one."""
    if mine is None:
        return "loa run"
    zones = [f" --zone {one_line(one)}" for one in mine.zones]
    return "".join(["loa worker", *zones, *(f" --channel {one_line(one)}" for one in mine.channels)])


def put(workspace: Workspace, actor: Person, channel_id: str, zone: str) -> str:
    """Give a channel to a zone, an empty one: to none. Returns the zone's name as it is stored.

    What is under way is brought to its end by the worker that is at it. No approval is touched: whichever
    machine publishes asks the same gate.
    """
    actor.must_be(Role.OPERATOR)
    if workspace.database.is_sqlite and zone:
        raise RefusedByRule("worker.zone_on_a_file")
    channels.get(workspace, channel_id)
    name = zone_name(zone) if zone else ""
    now = workspace.now()

    def work(connection: Connection) -> None:
        zones.put(connection, channel_id, name)
        audit.record(
            connection, at=now, actor=actor.name, action="channel_zoned", subject=channel_id, zone=name
        )

    workspace.database.run(work)
    return name
