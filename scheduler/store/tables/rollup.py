"""Reports between units: what was made here, what arrived, and what a person decided about it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, of_unit, utc_time


class OwnReport(SQLModel, table=True):
    """A report this unit made, as it was written to a file: its correction names it."""

    __tablename__ = "own_report"

    digest: str = Field(primary_key=True)
    """SHA-256 of what was signed (`content.rollup.report`)."""
    first: str
    """ISO dates, in the unit's zone."""
    last: str
    made_at: datetime = utc_time()
    officer: str
    file: str = long_text()
    unit: str = of_unit()


class ChildReport(SQLModel, table=True):
    """A report of a unit below, as it arrived. Rows are never changed nor deleted; which of several counts
    is derived (`content.rollup.standing`), and the signature in `file` is looked at whenever it is summed."""

    __tablename__ = "child_report"

    digest: str = Field(primary_key=True)
    level: str
    code: str = Field(index=True)
    first: str
    last: str
    received_at: datetime = utc_time()
    received_by: str
    file_name: str = long_text()
    file: str = long_text()
    unit: str = of_unit()


class ReportChoice(SQLModel, table=True):
    """A person's signed word on which of several reports counts (`content.rollup.standing.Choice`)."""

    __tablename__ = "report_choice"

    id: int | None = Field(default=None, primary_key=True)
    counts: str
    instead_of: str = long_text("[]")
    """JSON list of digests."""
    officer: str
    role: str
    reason: str = long_text()
    at: datetime = utc_time()
    signature: str = long_text()
    unit: str = of_unit()
