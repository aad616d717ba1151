"""Zones (vùng): which workers may serve which channels, where not every machine can serve all of them.

A channel without a zone is served by any worker that was not told to keep to some. A website that is a folder
on one machine belongs to a zone that only that machine serves.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select

from scheduler.store.tables import channel, channel_zone


@dataclass(frozen=True)
class Serves:
    """What one worker takes: channels of these zones and these channels; neither: all that have no zone."""

    zones: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """As it stands in the worker's row."""
        return json.dumps({"zones": self.zones, "channels": self.channels}, ensure_ascii=False)

    @staticmethod
    def read(told: str) -> Serves:
        """What a row says; one that says nothing (an older Loa's) takes all without a zone."""
        try:
            found = json.loads(told or "{}")
            return Serves(tuple(map(str, found.get("zones", ()))), tuple(map(str, found.get("channels", ()))))
        except (ValueError, AttributeError, TypeError):
            return Serves()

    def has(self, channel_id: ColumnElement[str]) -> ColumnElement[bool]:
        """The condition on a channel's id."""
        if not (self.zones or self.channels):
            return channel_id.not_in(select(channel_zone.c.channel_id))
        mine = select(channel_zone.c.channel_id).where(channel_zone.c.zone.in_(self.zones))
        return or_(channel_id.in_(mine), channel_id.in_(self.channels))

    def covers(self, channel_id: str, zone: str) -> bool:
        """The same of one channel."""
        if not (self.zones or self.channels):
            return not zone
        return (bool(zone) and zone in self.zones) or channel_id in self.channels


EVERYTHING = Serves()


def put(connection: Connection, channel_id: str, zone: str) -> None:
    """Say to which zone a channel belongs; an empty one: to none."""
    connection.execute(delete(channel_zone).where(channel_zone.c.channel_id == channel_id))
    if zone:
        connection.execute(insert(channel_zone).values(channel_id=channel_id, zone=zone))


def chosen(connection: Connection, serves: Serves | None) -> Callable[[str], bool]:
    """Whether a channel, by id, is one of a worker's at this moment; None: all are."""
    if serves is None:
        return lambda _channel_id: True
    zones = of(connection)
    return lambda channel_id: serves.covers(channel_id, zones.get(channel_id, ""))


def of(connection: Connection) -> dict[str, str]:
    """The zones of all channels that have one."""
    return {row.channel_id: row.zone for row in connection.execute(select(channel_zone))}


def without(connection: Connection) -> dict[str, str]:
    """The platforms of all channels that have no zone, by their ids."""
    rows = connection.execute(
        select(channel.c.id, channel.c.platform).where(Serves().has(channel.c.id)).order_by(channel.c.id)
    )
    return {row.id: row.platform for row in rows}
