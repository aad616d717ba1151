"""How many follow a channel, day by day, where its platform says so when it is asked how it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from connectors.contract import Health
from loa.services.workspace import Workspace
from scheduler.store.tables import follower_day


@dataclass(frozen=True)
class FollowerCount:
    """What the platform said on one day; a day on which it was not asked is missing, it is not 0."""

    day: date
    followers: int


@dataclass(frozen=True)
class Followers:
    """One channel, oldest day first; at least one."""

    channel: str
    days: Sequence[FollowerCount]

    @property
    def newest(self) -> int:
        return self.days[-1].followers

    @property
    def change(self) -> int | None:
        """Since the first day that is told; None with one day only."""
        return self.newest - self.days[0].followers if len(self.days) > 1 else None


def keep(connection: Connection, channel_id: str, health: Health, now: datetime, zone: ZoneInfo) -> None:
    """Once a day; `health.values["followers"]` is a count where the platform tells one, or nothing."""
    count, day = health.values.get("followers"), now.astimezone(zone).date().isoformat()
    if type(count) is not int or count < 0:
        return
    mine = (follower_day.c.channel_id == channel_id) & (follower_day.c.day == day)
    if connection.execute(select(follower_day.c.day).where(mine)).first() is None:
        values = {"channel_id": channel_id, "day": day, "followers": count, "taken_at": now}
        connection.execute(insert(follower_day).values(**values))


def series(workspace: Workspace, days: int) -> list[Followers]:
    """Every channel of which anything is known within the last so many days, by its id."""
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
            found[row.channel_id].append(FollowerCount(date.fromisoformat(row.day), row.followers))
    return [Followers(channel, counts) for channel, counts in found.items()]
