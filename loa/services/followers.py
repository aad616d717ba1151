"""How many follow a channel, day by day, where its platform says so when it is asked how it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, insert, select, update

from connectors.contract import Health
from loa.services.workspace import Workspace
from scheduler.store.tables import follower_day


@dataclass(frozen=True)
class FollowerCount:
    """What the platform said on one day; None is that it was asked and did not say. A day on which it was not
    asked is missing."""

    day: date
    followers: int | None
    definition: str = ""
    source: str = ""
    note: str = ""


@dataclass(frozen=True)
class Followers:
    """One channel, oldest day first; at least one."""

    channel: str
    days: Sequence[FollowerCount]

    @property
    def newest(self) -> FollowerCount:
        """The last day with a count; where there is none, the last day."""
        return next((one for one in reversed(self.days) if one.followers is not None), self.days[-1])

    @property
    def trail(self) -> list[int]:
        """Every count of the definition that holds now, oldest first: no other compares with it."""
        about = self.newest.definition
        return [one.followers for one in self.days if one.followers is not None and one.definition == about]

    @property
    def change(self) -> int | None:
        """Since the first day that is told in the same way; None with one day only."""
        told = self.trail
        return told[-1] - told[0] if len(told) > 1 else None


def keep(connection: Connection, channel_id: str, health: Health, now: datetime, zone: ZoneInfo) -> None:
    """Once a day, where the platform was asked. One on which it did not say is filled when it does."""
    told, day = health.followers, now.astimezone(zone).date().isoformat()
    if told is None:
        return
    values = {
        "followers": told.value,
        "definition": told.definition,
        "source": told.source,
        "note": told.note,
        "taken_at": now,
    }
    mine = and_(follower_day.c.channel_id == channel_id, follower_day.c.day == day)
    there = connection.execute(select(follower_day.c.followers).where(mine)).first()
    if there is None:
        connection.execute(insert(follower_day).values(channel_id=channel_id, day=day, **values))
    elif there.followers is None and told.value is not None:
        connection.execute(update(follower_day).where(mine).values(**values))


def series(workspace: Workspace, days: int) -> list[Followers]:
    """Every channel that was asked within the last so many days, by its id."""
    today = workspace.now().astimezone(workspace.config.zone).date()
    since = (today - timedelta(days=days)).isoformat()
    told = (
        select(follower_day)
        .where(follower_day.c.day >= since)
        .order_by(follower_day.c.channel_id, follower_day.c.day)
    )
    found: defaultdict[str, list[FollowerCount]] = defaultdict(list)
    with workspace.database.read() as connection:
        for row in connection.execute(told):
            with suppress(ValueError):  # a damaged row must not take the others along
                day = date.fromisoformat(row.day)
                about = (row.definition, row.source, row.note)
                found[row.channel_id].append(FollowerCount(day, row.followers, *about))
    return [Followers(channel, counts) for channel, counts in found.items()]
