"""What stands still: whether a freeze that nobody has lifted covers a delivery."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, true

from content.text import fold
from scheduler import statements as sql
from scheduler.store.tables import delivery

Scope = Literal["all", "channel", "post", "tag"]
SCOPES: tuple[Scope, ...] = ("all", "channel", "post", "tag")


@dataclass(frozen=True)
class Frozen:
    """The freezes in force, read once per transaction: (scope, target), and the unit that ordered it where
    that is not the installation's own."""

    entries: tuple[tuple[str, ...], ...] = ()

    @staticmethod
    def of(connection: Connection, noted: Collection[tuple[str, ...]] = ()) -> Frozen:
        """`noted`: those that the witness knows, whether or not the database still does."""
        stored = (entry(row) for row in connection.execute(sql.FREEZES))
        return Frozen(tuple(dict.fromkeys([*stored, *noted])))

    def covers(self, row: Any) -> bool:
        """Whether a delivery row (`channel_id`, `post_id`, `payload`) may not move."""
        return any(covers(one[0], one[1], row) and reaches("".join(one[2:]), row) for one in self.entries)


def entry(row: Any) -> tuple[str, ...]:
    """A freeze's row as the witness notes it."""
    return (row.scope, row.target, row.unit) if row.unit else (row.scope, row.target)


def reaches(unit: str, row: Any) -> bool:
    """Whether an order of a unit is about a row at all: its own channels', for the installation's own unit
    every channel's. By the channel's unit where the row has it, which is pinned; rather still than wrong."""
    whose = getattr(row, "channel_unit", None)
    whose = getattr(row, "unit", unit) if whose is None else whose
    return unit in ("", whose)


def covers(scope: str, target: str, row: Any) -> bool:
    """One freeze against one delivery. An unknown scope covers everything: rather still than wrong."""
    match scope:
        case "channel":
            return bool(row.channel_id == target)
        case "post":
            return bool(row.post_id == target)
        case "tag":
            return fold(target) in _folded(_said(row.payload, "tags"))
        case "kind":  # of days on which posts stay back (`scheduler.blackouts`)
            return target in _said(row.payload, "kind")
        case _:
            return True


def about_text(scope: str) -> bool:
    """Whether only a delivery's text tells if an order of this scope covers it."""
    return scope in ("tag", "kind")


def covered(scope: str, target: str, unit: str) -> ColumnElement[bool]:
    """`covers` and `reaches` for the database, which counts quicker; of a text all that it may be about."""
    whose = delivery.c.unit == unit if unit else true()
    match scope:
        case "channel":
            return whose & (delivery.c.channel_id == target)
        case "post":
            return whose & (delivery.c.post_id == target)
        case _:
            return whose


def _said(payload: str, field: str) -> list[object]:
    """What a variant that may be damaged says in a field, one or several."""
    try:
        said = json.loads(payload)[field]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    return list(said) if isinstance(said, list) else [said]


def _folded(tags: Iterable[object]) -> set[str]:
    return {fold(str(tag)) for tag in tags}
