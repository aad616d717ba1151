"""What the unit did away from its channels."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Field, SQLModel

from scheduler.store.tables.columns import long_text, of_unit, utc_time


class Activity(SQLModel, table=True):
    """Hoạt động trực tiếp: one revision of one entry. Rows are only ever added; the highest revision counts.

    Days are ISO dates in the unit's zone. `counts` is JSON by measure: a missing one is not known.
    """

    number: int = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    kind: str
    title: str = long_text()
    first: str = Field(index=True)
    last: str
    place: str = long_text()
    subject: str = long_text()
    counts: str = long_text("{}")
    lead: str = long_text()
    partners: str = long_text()
    campaign: str = Field(default="", index=True)
    note: str = long_text()
    done: bool
    action: str
    """What made this revision: `added`, `changed`, `removed` or `restored`."""
    source: str = long_text()
    """The file that it came in with; empty where somebody typed it."""
    reason: str = long_text()
    officer: str
    at: datetime = utc_time()
    unit: str = of_unit()
