"""Zones of channels: which machines may publish them, where several do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from connectors import registry
from content.approval import Role
from content.errors import RefusedByRule, UsageError
from content.text import normalise
from content.typed import typed
from content.wording import say
from loa.services import channels
from loa.services.people import Person
from loa.services.workspace import Workspace
from loa.speech import moment, one_line
from scheduler import audit, presence, zones
from scheduler.store.tables import channel
from scheduler.unserved import Unserved
from scheduler.zones import Serves

NAMED, NAMED_AT_START = 3, 10
"""So many channels are named in a sentence."""
_ZONE = re.compile(r"\w[\w.-]{0,39}", re.ASCII)


@dataclass(frozen=True)
class Served:
    """What a worker finds at its start. `empty`: zones it was given that no channel is in; `zones`: those
    that some channel is in."""

    channels: tuple[str, ...]
    empty: tuple[str, ...]
    zones: tuple[str, ...]


def served(workspace: Workspace, serves: Serves) -> Served:
    """The channels that a worker takes as things stand."""
    with workspace.database.read() as connection:
        mine = zones.chosen(connection, serves)
        known = connection.scalars(select(channel.c.id).order_by(channel.c.id)).all()
        taken = sorted(set(zones.of(connection).values()))
    empty = tuple(one for one in serves.zones if one not in taken)
    return Served(tuple(filter(mine, known)), empty, tuple(taken))


def served_in_words(found: Served) -> str:
    return named(found.channels, NAMED_AT_START) or say("worker.no_channel")


def empty_in_words(found: Served, zone: str) -> str:
    """Of a zone that no channel is in: which there are, and how a channel gets into it."""
    known = say("worker.known_zones", zones=", ".join(found.zones)) if found.zones else say("worker.no_zones")
    return say("worker.empty_zone", zone=zone, known=known)


def unplaced(workspace: Workspace) -> list[str]:
    """Channels that are a folder on one machine, where any of several may publish them: without a zone."""
    if workspace.database.is_sqlite or workspace.is_kept_apart:
        return []
    with workspace.database.read() as connection:
        if not presence.are_several(connection, workspace.now()):
            return []
        return [one for one, platform in zones.without(connection).items() if registry.is_a_folder(platform)]


def unplaced_in_words(found: Sequence[str]) -> str:
    """What may come of it, and the command that prevents it."""
    return say("worker.unplaced", channels=named(found), first=typed(found[0]))


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
        zone=typed(lack.zone),
        channels=named(lack.channels),
        nobody=nobody(lack.since, zone),
        next=moment(lack.next_at, zone),
    )


def named(found: Sequence[str], most: int = NAMED) -> str:
    """The first of some channels."""
    return ", ".join(map(one_line, found[:most])) + (", …" if len(found) > most else "")


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
    zones = [word for one in mine.zones for word in ("--zone", one)]
    return typed("loa", "worker", *zones, *(word for one in mine.channels for word in ("--channel", one)))


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
