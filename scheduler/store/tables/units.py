"""Several units on one server: who they are, who signs in as whom, what is delegated and what is offered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, of_unit, utc_time


class UnitRow(SQLModel, table=True):
    """Đơn vị: a unit beside the installation's own, which has no row and the code ''.

    `parent` is a code, '' for the installation's own unit. A limit of 0 is none.
    """

    __tablename__ = "unit"

    code: str = Field(primary_key=True)
    name: str = long_text()
    kind: str
    parent: str = ""
    posts_per_day: int = 0
    media_mb: int = 0
    channels: int = 0
    added_by: str
    added_at: datetime = utc_time()
    ended_at: datetime | None = utc_time(nullable=True)


class UnitLogin(SQLModel, table=True):
    """Which unit a role of the database server is. A login that is not here and not the owner's is nobody."""

    __tablename__ = "unit_login"

    login: str = Field(primary_key=True)
    unit: str = Field(index=True)
    added_by: str
    added_at: datetime = utc_time()


class DelegationRow(SQLModel, table=True):
    """Ủy quyền: `unit` lets `to_unit` see its posts, or approve them too; believed only by its signature.

    `to_officer` narrows whose approval counts; empty: anybody of that unit. Rows are ended, never deleted.
    """

    __tablename__ = "delegation"

    id: int | None = Field(default=None, primary_key=True)
    unit: str = of_unit()
    to_unit: str
    to_officer: str = ""
    what: str
    """`see` or `approve`."""
    until: datetime = utc_time()
    officer: str
    role: str
    at: datetime = utc_time()
    signature: str = long_text()
    """base64 of the Ed25519 signature over `content.delegation.Delegation.statement`."""
    ended_at: datetime | None = utc_time(nullable=True)
    ended_by: str = ""


class OfferRow(SQLModel, table=True):
    """Bài mời dùng: what a unit offers others to adopt, as it stood then. Nothing is published by it.

    A correction is a row of its own (`instead_of`), so that what somebody adopted stays what it was.
    """

    __tablename__ = "offer"

    id: int | None = Field(default=None, primary_key=True)
    unit: str = of_unit()
    to_units: str = long_text("[]")
    """JSON list of codes, every unit under this one when it is empty."""
    post_id: str
    title: str = long_text()
    kind: str
    source: str = long_text()
    media: str = long_text("[]")
    """As in `post.media`."""
    digest: str
    """SHA-256 of `source`."""
    note: str = long_text()
    officer: str
    at: datetime = utc_time()
    until: datetime | None = utc_time(nullable=True)
    instead_of: int | None = Field(default=None, foreign_key="offer.id")
    withdrawn_at: datetime | None = utc_time(nullable=True)
    withdraw_reason: str = long_text()


class OfferAnswer(SQLModel, table=True):
    """What a unit made of an offer: `opened`, `adopted` (`post_id` is its own draft) or `declined`."""

    __tablename__ = "offer_answer"
    __table_args__ = (UniqueConstraint("offer_id", "unit"),)

    id: int | None = Field(default=None, primary_key=True)
    offer_id: int = Field(foreign_key="offer.id")
    unit: str = of_unit()
    state: str
    post_id: str = Field(default="", index=True)
    reason: str = long_text()
    officer: str
    at: datetime = utc_time()
