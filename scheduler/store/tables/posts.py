"""What is published, where and when, and what became of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, of_unit, utc_time


class Post(SQLModel, table=True):
    """Bài: the text as its author wrote it. Title and kind are copies for lists; `source` is the truth."""

    id: str = Field(primary_key=True)
    title: str = long_text()
    kind: str
    source: str = long_text()
    media: str = long_text("[]")
    """JSON list of {file, ref}: which stored file stands for which name in the source."""
    revision: int = 1
    contributors: str
    """Comma-separated officers who wrote any revision; none of them may approve."""
    created_at: datetime = utc_time()
    updated_at: datetime = utc_time()
    unit: str = of_unit()


class PostPrint(SQLModel, table=True):
    """One number of a post's sketch (content.likeness): posts that share some may say the same."""

    __tablename__ = "post_print"
    __table_args__ = (Index("post_print_print", "print", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    print: int


class Delivery(SQLModel, table=True):
    """Lượt đăng: one variant to one channel in one window; **the** holder of status.

    `wake_at` is when the machine has something to do with it, null when it has not.
    """

    __table_args__ = (
        UniqueConstraint("post_id", "channel_id"),
        Index("delivery_order", "due_at", "seq"),
        Index("delivery_status", "status", "due_at", "seq"),
        Index("delivery_channel", "channel_id", "due_at", "seq", "status"),
        Index("delivery_url", "url", sqlite_where=text("url != ''"), postgresql_where=text("url != ''")),
        Index("delivery_remote", "channel_id", "remote_id"),
        Index(
            "delivery_due",
            "wake_at",
            sqlite_where=text("wake_at IS NOT NULL"),
            postgresql_where=text("wake_at IS NOT NULL"),
        ),
        Index(
            "delivery_lane",
            "channel_id",
            "wake_at",
            sqlite_where=text("wake_at IS NOT NULL"),
            postgresql_where=text("wake_at IS NOT NULL"),
        ),
    )

    seq: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    marker: str = Field(unique=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    channel_id: str = Field(foreign_key="channel.id")
    status: str = "draft"
    due_at: datetime | None = utc_time(nullable=True)
    deadline: datetime | None = utc_time(nullable=True)
    wake_at: datetime | None = utc_time(nullable=True)
    payload: str = long_text()
    """Canonical variant: exactly what was approved and will be sent."""
    handle: str = long_text("{}")
    pending: str = long_text()
    hand_over: bool = Field(default=False, sa_column_kwargs={"server_default": "0"})
    """Whether the platform is to hold it and publish it by itself."""
    fence: int = 0
    tries: int = 0
    looks: int = 0
    reads: int = 0
    first_try_at: datetime | None = utc_time(nullable=True)
    remote_id: str = long_text()
    url: str = long_text()
    published_at: datetime | None = utc_time(nullable=True)
    verified_at: datetime | None = utc_time(nullable=True)
    last_error: str = long_text()
    created_at: datetime = utc_time()
    updated_at: datetime = utc_time()
    unit: str = of_unit()
    """The channel's, kept so by a trigger on a server; what it is published for is decided by the
    channel's own."""


class DeliveryTally(SQLModel, table=True):
    """How many deliveries of a unit are due on a day and in a status; kept by triggers
    (scheduler.store.tally)."""

    __tablename__ = "delivery_tally"

    unit: str = of_unit(key=True)
    day: str = Field(primary_key=True)
    status: str = Field(primary_key=True)
    number: int


class Attempt(SQLModel, table=True):
    """Written and committed before each step that leaves the machine; completed after it."""

    id: int | None = Field(default=None, primary_key=True)
    delivery_seq: int = Field(foreign_key="delivery.seq", index=True)
    step: str
    fence: int
    worker: str
    started_at: datetime = utc_time()
    ended_at: datetime | None = utc_time(nullable=True)
    outcome: str = long_text()
    evidence: str = long_text()


class Correction(SQLModel, table=True):
    """Đính chính: one post sets another right."""

    id: int | None = Field(default=None, primary_key=True)
    original: str = Field(foreign_key="post.id", index=True)
    correcting: str = Field(foreign_key="post.id", index=True)
    reason: str
    officer: str
    at: datetime = utc_time()
