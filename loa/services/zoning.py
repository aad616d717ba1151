"""Zones of channels: which machines may publish them, where several do."""

from __future__ import annotations

import re
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
from scheduler.zones import Unserved

_ZONE = re.compile(r"\w[\w.-]{0,39}", re.ASCII)


def zone_name(text: str) -> str:
    """A zone as it is stored; raises UsageError."""
    name = normalise(text).strip().lower()
    if not _ZONE.fullmatch(name):
        raise UsageError("worker.bad_zone", zone=text[:60])
    return name


def in_words(lack: Unserved, zone: ZoneInfo) -> str:
    """What is due and nobody takes, and the command that takes it."""
    channels = ", ".join(map(one_line, lack.channels[:3])) + (", …" if len(lack.channels) > 3 else "")
    key = "worker.unserved" if lack.zone else "worker.unserved_plain"
    return say(key, zone=one_line(lack.zone), channels=channels, since=moment(lack.since, zone))


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
