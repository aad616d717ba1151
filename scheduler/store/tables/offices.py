"""Who works here and where to: officers, channels, their secrets, standing and lanes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, of_unit, utc_time


class Officer(SQLModel, table=True):
    """Cán bộ: a person with roles. The passphrase is kept as an argon2id hash only."""

    name: str = Field(primary_key=True)
    full_name: str
    title: str = ""
    roles: str
    """Comma-separated `content.approval.Role` names."""
    passphrase_hash: str = ""
    """Of before 0003; empty since the passphrase is proved by opening `locked_key`."""
    public_key: str = long_text()
    """base64 of an Ed25519 key. Shown and pinned from here, believed only from the trust file."""
    locked_key: str = long_text()
    """The signing key, locked with the passphrase (loa.keys)."""
    active: bool = True
    created_at: datetime = utc_time()
    unit: str = of_unit()


class Channel(SQLModel, table=True):
    """Kênh: one identity on one platform. `state` is `ok` or `stopped`; its secrets are elsewhere."""

    id: str = Field(primary_key=True)
    platform: str
    account: str
    name: str
    settings: str = long_text("{}")
    state: str = "ok"
    state_reason: str = long_text()
    version: int = 1
    created_at: datetime = utc_time()
    updated_at: datetime = utc_time()
    unit: str = of_unit()


class Secret(SQLModel, table=True):
    """A token, encrypted; the key is not in the database."""

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    name: str = Field(primary_key=True)
    ciphertext: str = long_text()


class Standing(SQLModel, table=True):
    """How a channel stood when its platform was last asked; no secret among `facts`.

    `warned_days` is the last threshold before `expires_at` of which people were told.
    """

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    checked_at: datetime = utc_time()
    ok: bool
    problem: str = ""
    facts: str = long_text("{}")
    expires_at: datetime | None = utc_time(nullable=True)
    name: str = ""
    warned_days: int | None = None


class Lane(SQLModel, table=True):
    """Làn: a channel's serial line of work, leased to one worker at a time.

    `fence` grows with every lease; whatever a worker writes is conditional on the fence it was given.
    """

    __table_args__ = (Index("lane_served", "served_at"),)

    channel_id: str = Field(primary_key=True, foreign_key="channel.id")
    owner: str = ""
    fence: int = 0
    lease_until: datetime | None = utc_time(nullable=True)
    rest_until: datetime | None = utc_time(nullable=True)
    failures: int = 0
    served_at: datetime | None = utc_time(nullable=True)
