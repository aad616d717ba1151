"""Days entered ahead on which posts stay back: what an entry covers, and which entries stand.

An entry is a freeze with a begin and an end: the scopes are a freeze's, the witness keeps it too, and so
deleting its row lets nothing go. Unlike a freeze's, its end releases nothing: what was due inside waits for
a person's word given after the end.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, select

from content.variant import Variant
from scheduler.freezing import covers, reaches
from scheduler.store.tables import blackout
from scheduler.witness import Witness

EVERYTHING = (("all", ""),)
_STANDING = select(blackout).where(blackout.c.removed_at.is_(None))


@dataclass(frozen=True)
class Period:
    """From `begins_at` until before `ends_at` (aware), what any of the (scope, target) pairs covers."""

    begins_at: datetime
    ends_at: datetime
    scopes: tuple[tuple[str, str], ...] = EVERYTHING
    unit: str = ""
    """Whose order it is; the installation's own unit's is about every unit."""

    def has(self, at: datetime) -> bool:
        return self.begins_at <= at < self.ends_at

    def is_about(self, row: Any) -> bool:
        """Whether it means a delivery row (`channel_id`, `post_id`, `payload`), whatever the day."""
        return reaches(self.unit, row) and any(covers(scope, target, row) for scope, target in self.scopes)

    @property
    def order(self) -> str:
        """All that decides what it covers, as the witness keeps it."""
        times = (at.astimezone(UTC).isoformat() for at in (self.begins_at, self.ends_at))
        return json.dumps([*times, self.scopes, *([self.unit] if self.unit else [])], ensure_ascii=False)


def of_row(row: Any) -> Period:
    """A row's; scopes that cannot be read cover everything: rather still than wrong."""
    return Period(row.begins_at, row.ends_at, scopes_of(row.scopes), row.unit)


def scopes_of(text: str) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((str(scope), str(target)) for scope, target in json.loads(text)) or EVERYTHING
    except (ValueError, TypeError, RecursionError):
        return EVERYTHING


@lru_cache(maxsize=256)  # asked for at every claim
def of_order(order: str) -> Period:
    """Out of the witness's own line."""
    begins, ends, scopes, *unit = json.loads(order)
    pairs = tuple((str(scope), str(target)) for scope, target in scopes)
    return Period(datetime.fromisoformat(begins), datetime.fromisoformat(ends), pairs, "".join(unit))


def standing(connection: Connection, witness: Witness) -> tuple[Period, ...]:
    """Those that nobody removed, whether the database or only the witness knows of them."""
    stored = (of_row(row) for row in connection.execute(_STANDING))
    noted = (of_order(order) for order in witness.blackouts().values())
    return tuple(dict.fromkeys([*stored, *noted]))


def keeps_back(witness: Witness, periods: Iterable[Period], row: Any, now: datetime) -> Period | None:
    """The entry for which a delivery may not go public at its minute, or now when that is past.

    Due before its end and not out when it began, it stays back after the end as well, until a person has said
    go since then: also when nobody looked at it in between. The approved minute is judged too, unless a
    person moved it to the row's: neither the row nor the record is believed that somebody said so.
    """
    for one in periods:
        if not one.is_about(row):
            continue
        if one.has(max(now, row.due_at)):
            return one
        go = witness.let_go_of(row.id)
        due = row.due_at if go and go[1] == row.due_at else min(row.due_at, _approved_minute(row))
        if due < one.ends_at and max(now, due) >= one.begins_at and not (go and go[0] >= one.ends_at):
            return one
    return None


def _approved_minute(row: Any) -> datetime:
    """The row's own where nothing that can be read was approved: then nothing leaves anyway."""
    try:
        return Variant.parse(row.payload).not_before
    except ValueError:
        due: datetime = row.due_at
        return due
