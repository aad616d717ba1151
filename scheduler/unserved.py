"""Channels that no living worker takes, although work waits there: told before its minute has come."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select

from scheduler.presence import ONCE, SILENT_AFTER
from scheduler.store.tables import channel, channel_zone, delivery, heartbeat
from scheduler.zones import Serves

COMES_AGAIN_WITHIN = timedelta(hours=1)
"""So long a publisher that is run by a timer takes what is its own between two of its runs, too."""


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
    lives = heartbeat.c.stopped.is_(False) & (heartbeat.c.beat_at > now - SILENT_AFTER)
    by_a_timer = (heartbeat.c.serves == ONCE) & (heartbeat.c.beat_at > now - COMES_AGAIN_WITHIN)
    there = select(heartbeat.c.serves, lives.label("lives")).where(or_(lives, by_a_timer))
    found = connection.execute(there).all()
    if not any(row.lives for row in found):
        return []
    lacking = _lacking(connection, {Serves.read(row.serves) for row in found})
    if not lacking:
        return []
    heard = select(heartbeat.c.serves, func.max(heartbeat.c.beat_at)).group_by(heartbeat.c.serves)
    last = [(Serves.read(told), at) for told, at in connection.execute(heard)]
    lacks = []
    for zone, first in sorted(lacking.items()):
        took = [at for serves, at in last if any(serves.covers(one, zone) for one in first)]
        since = max(took, default=None)
        lacks.append(Unserved(zone, tuple(sorted(first)), since, min(first.values())))
    return lacks


def _lacking(connection: Connection, serving: Collection[Serves]) -> dict[str, dict[str, datetime]]:
    """By zone, of the channels that have work and nobody: when the first of it is to be done.

    Only those that may be among them are asked for: with a worker for all, those of zones without one.
    """
    known = set(connection.scalars(select(channel_zone.c.zone).distinct()))
    alone = known.difference(*(serves.zones for serves in serving))
    asked = [channel_zone.c.zone.in_(alone)]
    if Serves() not in serving:
        asked.append(channel_zone.c.zone.is_(None))
    elif not alone:
        return {}
    rows = connection.execute(
        select(channel.c.id, func.coalesce(channel_zone.c.zone, "").label("zone"), _FIRST.label("first"))
        .outerjoin(channel_zone, channel_zone.c.channel_id == channel.c.id)
        .where(channel.c.state == "ok", or_(*asked))
    )
    found: dict[str, dict[str, datetime]] = {}
    for row in rows:
        if row.first is not None and not any(one.covers(row.id, row.zone) for one in serving):
            found.setdefault(row.zone, {})[row.id] = row.first
    return found
