"""What readers ask: comments read from the platforms or typed in, and how far their reading has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, utc_time


class Comment(SQLModel, table=True):
    """Ý kiến bạn đọc. Nobody's name or account is in it, and the text is masked (content.comments).

    `state` is `open` (a question that waits), `answered` or `none` (needs no answer); `decided_by` is empty
    as long as it is the machine's guess from the words. One that a person typed in has no `remote_id`.
    """

    __table_args__ = (
        UniqueConstraint("channel_id", "remote_id"),
        Index("comment_waiting", "state", "due_at"),
        Index("comment_delivery", "delivery_seq", "seen_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    channel_id: str = Field(foreign_key="channel.id")
    delivery_seq: int | None = Field(default=None, foreign_key="delivery.seq")
    remote_id: str | None = None
    reply_to: str = ""
    text: str = long_text()
    url: str = long_text()
    by_us: bool = False
    hidden: bool = False
    written_at: datetime = utc_time()
    """As the platform tells it; when it was first seen where it does not."""
    first_seen_at: datetime = utc_time()
    seen_at: datetime = utc_time()
    """When the newest walk over the post's comments began that still met it."""
    gone_at: datetime | None = utc_time(nullable=True)
    """Since when the platform tells it no more."""
    state: str
    due_at: datetime | None = utc_time(nullable=True)
    decided_by: str = ""
    decided_at: datetime | None = utc_time(nullable=True)
    answered_at: datetime | None = utc_time(nullable=True)
    answer_url: str = long_text()
    note: str = long_text()
    typed_by: str = ""
    erased_at: datetime | None = utc_time(nullable=True)


class CommentLook(SQLModel, table=True):
    """How far the reading of one delivery's comments is; `cursor`: where a broken-off walk goes on."""

    __tablename__ = "comment_look"

    delivery_seq: int = Field(primary_key=True, foreign_key="delivery.seq")
    begun_at: datetime | None = utc_time(nullable=True)
    cursor: str = long_text()
    pages: int = 0
    whole: bool = True
    """Whether nothing was left out in this walk so far: only then what is missing is gone."""
    looked_at: datetime | None = utc_time(nullable=True)
    """When the last walk ended, or the platform said that there is nothing to be had."""
    read_at: datetime | None = utc_time(nullable=True)
    """When comments were last read to the end."""
    trouble: str = long_text()
    """Why they were not to be had at the last look; empty when they were."""
