"""How far it reached."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Column, Index, Integer
from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, utc_time


class Reading(SQLModel, table=True):
    """Số đọc: one figure at one time. `value` null means not available, which is not zero."""

    __table_args__ = (Index("reading_taken", "delivery_seq", "taken_at"),)

    id: int | None = Field(default=None, primary_key=True)
    delivery_seq: int = Field(foreign_key="delivery.seq")
    metric: str
    value: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer(), "sqlite"), nullable=True)
    )
    """Milliseconds that were watched are more than 32 bits; SQLite's integers are of 64 anyway."""
    definition: str = long_text()
    source: str = long_text()
    note: str = long_text()
    taken_at: datetime = utc_time()
    planned_at: datetime | None = utc_time(nullable=True)
    """The point of the plan (scheduler.reading_plan) it was taken for; null for one taken beside the plan."""
    counted_to: str | None = None
    """ISO date of the last whole day that is in it, where the platform tells it days late; null: up to
    `taken_at`."""


class ViewDay(SQLModel, table=True):
    """What was counted of a channel's own pages on one day, from one source; never an address of anybody.

    `source` is `log` or `beacon`. A log replaces the same hours of its day by fuller ones (more lines); a run
    of the beacon has rows of its own, so that writing them twice is the same as once.
    """

    __tablename__ = "view_day"

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    day: str = Field(primary_key=True)
    """ISO date in the unit's zone."""
    source: str = Field(primary_key=True)
    run: str = Field(primary_key=True)
    """Of a log: when its hours begin, or empty for one that was imported before that was told."""
    lines: int
    first_at: datetime = utc_time()
    last_at: datetime = utc_time()
    """From when to when somebody counted, which may be longer than there was something to count."""
    counted_at: datetime = utc_time()


class ViewCount(SQLModel, table=True):
    """Views of one delivery's page on one day. `origin` is empty for all, else where a part came from.

    `visitors` are told only of all: the same person may come from two places.
    """

    __tablename__ = "view_count"

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    day: str = Field(primary_key=True)
    source: str = Field(primary_key=True)
    run: str = Field(primary_key=True)
    delivery_seq: int = Field(primary_key=True, foreign_key="delivery.seq", index=True)
    origin: str = Field(primary_key=True)
    views: int
    visitors: int | None = None


class FollowerDay(SQLModel, table=True):
    """How many follow a channel, as its platform said when it was first asked on that day."""

    __tablename__ = "follower_day"

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    day: str = Field(primary_key=True)
    """ISO date in the unit's zone."""
    followers: int | None = None
    """Null: it was asked and did not say, which is neither 0 nor a day on which nobody asked."""
    definition: str = long_text()
    source: str = long_text()
    note: str = long_text()
    taken_at: datetime = utc_time()
