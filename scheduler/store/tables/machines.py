"""What several machines on one server share beyond the rows of the work: notes, media, each other's names."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, utc_time


class Note(SQLModel, table=True):
    """One machine's notes of one transaction, in one chain of all machines (`scheduler.notes`).

    Rows are only ever added, without a gap in `n`. `mac` covers the row and the `mac` before it.
    """

    __tablename__ = "note"

    n: int = Field(primary_key=True)
    machine: str
    body: str = long_text("[]")
    """JSON: a list of facts [kind, name, value]."""
    mac: str = long_text()


class Machine(SQLModel, table=True):
    """Máy: a workspace's folder on one computer that works with this database. For people to read."""

    __tablename__ = "machine"

    name: str = Field(primary_key=True)
    host: str
    joined_at: datetime = utc_time()
    joined_by: str
    seen_at: datetime = utc_time()
    noted_to: int = 0
    """The `n` of the last note that it took in."""
    publishes: bool = False
    media_missing: int = 0
    """Of the pictures and videos of what is still to be published; it fetches them when it needs them."""


class MediaPart(SQLModel, table=True):
    """A piece of a picture, a video or captions, which machines keep as files (`scheduler.mediaparts`)."""

    __tablename__ = "media_part"

    sha256: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    """From 0."""
    of: int
    """How many pieces there are in all."""
    added_at: datetime = utc_time()
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
