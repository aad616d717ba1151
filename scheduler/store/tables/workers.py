"""Several workers on one database: who does a periodic job, and which machines may serve a channel."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import utc_time


class Duty(SQLModel, table=True):
    """Việc định kỳ: a periodic job that only one of all workers does each time (scheduler.duties)."""

    __tablename__ = "duty"

    name: str = Field(primary_key=True)
    next_at: datetime = utc_time()
    owner: str = ""
    """The worker that is at it now; nobody may be at it with it until `lease_until`."""
    lease_until: datetime | None = utc_time(nullable=True)


class ChannelZone(SQLModel, table=True):
    """Vùng: only workers of this zone serve this channel. No row: any worker without a zone."""

    __tablename__ = "channel_zone"

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    zone: str = Field(index=True)
