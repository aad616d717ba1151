"""What watches over it all: the audit, the publisher's sign of life, alerts."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, of_unit, utc_time


class AuditEvent(SQLModel, table=True):
    """Nhật ký: append-only; each row carries the hash of the one before."""

    __tablename__ = "audit_event"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = utc_time()
    actor: str
    action: str
    subject: str = Field(index=True)
    detail: str = long_text("{}")
    previous: str
    hash: str
    unit: str = of_unit()
    """Each unit has a chain of its own, which it can verify by itself."""


class Heartbeat(SQLModel, table=True):
    """The publisher's sign of life: one row per publisher process."""

    worker: str = Field(primary_key=True)
    host: str
    pid: int
    version: str
    started_at: datetime = utc_time()
    beat_at: datetime = utc_time()
    stopped: bool = False
    serves: str = long_text()
    """Which channels it takes (`scheduler.zones.Serves`)."""


class AlertTarget(SQLModel, table=True):
    """Nơi nhận cảnh báo: where alerts are sent. The address holds a password or a token: encrypted."""

    __tablename__ = "alert_target"

    name: str = Field(primary_key=True)
    scheme: str
    """Kind of the address (`mailtos`, `tgram`), in clear."""
    ciphertext: str = long_text()
    least: str
    """Least severity that is sent there."""
    added_by: str
    added_at: datetime = utc_time()
    tried_at: datetime | None = utc_time(nullable=True)
    sent_at: datetime | None = utc_time(nullable=True)
    failures: int = 0
    """Sendings in a row that did not come off; `trouble` says why the last did not."""
    trouble: str = long_text()
    unit: str = of_unit()


class AlertTold(SQLModel, table=True):
    """What a target was told, so that it is told once. `cleared`: it has passed since."""

    __tablename__ = "alert_told"

    target: str = Field(primary_key=True, foreign_key="alert_target.name")
    key: str = Field(primary_key=True)
    subject: str = Field(primary_key=True)
    severity: str
    told_at: datetime = utc_time()
    cleared: bool = False


class Checked(SQLModel, table=True):
    """What a look that is too slow or too distant for every minute came to: `audit`, `clock`, `backup`."""

    name: str = Field(primary_key=True)
    at: datetime = utc_time()
    outcome: str = long_text("{}")
