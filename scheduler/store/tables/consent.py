"""Who said yes, and who said stop: approvals, overrides, freezes and blackout days."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, of_unit, utc_time


class ApprovalRow(SQLModel, table=True):
    """Duyệt: one officer's signed yes to one seal. Rows are voided, never deleted."""

    __tablename__ = "approval"

    id: int | None = Field(default=None, primary_key=True)
    delivery_seq: int = Field(foreign_key="delivery.seq", index=True)
    seal: str
    officer: str
    role: str
    at: datetime = utc_time()
    expires_at: datetime = utc_time()
    signature: str = long_text()
    """base64 of the Ed25519 signature over `content.approval.Approval.statement`."""
    voided_at: datetime | None = utc_time(nullable=True)
    void_reason: str = long_text()


class Sealed(SQLModel, table=True):
    """What was approved, by its seal. It stays when the delivery has gone on to another text, so that the
    next approver is shown what has changed."""

    seal: str = Field(primary_key=True)
    payload: str = long_text()
    unit: str = of_unit()


class WaiverRow(SQLModel, table=True):
    """Cho qua: a legal reviewer's signed word that one rule does not stop one text over one document.

    Rows are voided, never deleted.
    """

    __tablename__ = "waiver"

    id: int | None = Field(default=None, primary_key=True)
    post_id: str = Field(foreign_key="post.id", index=True)
    source_sha256: str
    """Of the post's source as it was then: any edit leaves the override behind."""
    rule: str
    about: str = long_text()
    """What it is about, as `content.finding.Finding.about` names it."""
    officer: str
    role: str
    reason: str = long_text()
    at: datetime = utc_time()
    signature: str = long_text()
    """base64 of the Ed25519 signature over `content.waiver.Waiver.statement`."""
    voided_at: datetime | None = utc_time(nullable=True)
    voided_by: str = long_text()
    void_reason: str = long_text()


class FreezeOrder(SQLModel, table=True):
    """Dừng khẩn cấp: while a row is not lifted, nothing it covers is prepared, handed over or revealed."""

    __tablename__ = "freeze_order"

    id: int | None = Field(default=None, primary_key=True)
    scope: str
    """`all`, `channel`, `post` or `tag`; `target` names which one, empty for `all`."""
    target: str = ""
    reason: str
    officer: str
    at: datetime = utc_time()
    lifted_at: datetime | None = utc_time(nullable=True)
    lifted_by: str = ""
    lift_reason: str = ""
    unit: str = of_unit()


class Blackout(SQLModel, table=True):
    """Ngày tạm dừng đăng: days entered ahead on which what it covers stays back until a person says go."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = long_text()
    begins_at: datetime = utc_time()
    ends_at: datetime = utc_time()
    """The first instant after it."""
    scopes: str = long_text("[]")
    """JSON list of [scope, target] as in a freeze, of which any will do; also `kind`."""
    officer: str
    at: datetime = utc_time()
    removed_at: datetime | None = utc_time(nullable=True)
    removed_by: str = long_text()
    remove_reason: str = long_text()
    unit: str = of_unit()
