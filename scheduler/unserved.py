"""Channels that no living worker takes, although work waits there: told before its minute has come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, or_, select

from scheduler import zones
from scheduler.presence import SILENT_AFTER
from scheduler.store.tables import channel, channel_zone, delivery, heartbeat
from scheduler.zones import Serves


@dataclass(frozen=True)
class Unserved:
    """Work that no living worker takes: of a zone, or of the channels without one (`zone` is empty)."""

    zone: str
    channels: tuple[str, ...]
    since: datetime | None
    """When somebody who took it was last heard of; None: nobody ever did, or it is forgotten."""
    next_at: datetime
    """When the first of it is to be done; past where it is late."""


_FIRST = select(func.min(delivery.c.wake_at)).where(delivery.c.channel_id == channel.c.id).scalar_subquery()
"""Of one channel: the first entry of an index, however much waits behind it."""


def look(connection: Connection, now: datetime) -> list[Unserved]:
    """By zone. Nothing where no worker lives at all: then that is what there is to say."""
    living = heartbeat.c.stopped.is_(False) & (heartbeat.c.beat_at > now - SILENT_AFTER)
    serving = [Serves.read(told) for told in connection.scalars(select(heartbeat.c.serves).where(living))]
    if not serving:
        return []
    zone_of = zones.of(connection)
    waiting = _waiting(connection, zone_of, serving)
    if not waiting:
        return []
    heard = select(heartbeat.c.serves, func.max(heartbeat.c.beat_at)).group_by(heartbeat.c.serves)
    last = [(Serves.read(told), at) for told, at in connection.execute(heard)]
    found = []
    for zone in sorted({zone_of.get(one, "") for one in waiting}):
        there = sorted(one for one in waiting if zone_of.get(one, "") == zone)
        took = [at for serves, at in last if any(serves.covers(one, zone) for one in there)]
        first = min(waiting[one] for one in there)
        found.append(Unserved(zone, tuple(there), max(took, default=None), first))
    return found


def _waiting(
    connection: Connection, zone_of: dict[str, str], serving: Sequence[Serves]
) -> dict[str, datetime]:
    """Of the channels that nobody serves and that have work: when the first of it is to be done.

    Only those that may be among them are asked for: with a worker for all, those of zones without one.
    """
    lacking = set(zone_of.values()).difference(*(serves.zones for serves in serving))
    asked = [channel.c.id.in_(select(channel_zone.c.channel_id).where(channel_zone.c.zone.in_(lacking)))]
    if Serves() not in serving:
        asked.append(channel.c.id.not_in(select(channel_zone.c.channel_id)))
    elif not lacking:
        return {}
    first = _FIRST.label("first")
    rows = connection.execute(select(channel.c.id, first).where(channel.c.state == "ok", or_(*asked)))
    return {
        row.id: row.first
        for row in rows
        if row.first is not None
        and not any(serves.covers(row.id, zone_of.get(row.id, "")) for serves in serving)
    }
