"""What stands still: whether a freeze that nobody has lifted covers a delivery."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection

from content.text import fold
from scheduler import statements as sql

Scope = Literal["all", "channel", "post", "tag"]
SCOPES: tuple[Scope, ...] = ("all", "channel", "post", "tag")


@dataclass(frozen=True)
class Frozen:
    """The freezes in force, read once per transaction."""

    entries: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(connection: Connection, noted: Collection[tuple[str, str]] = ()) -> Frozen:
        """`noted`: those that the witness knows, whether or not the database still does."""
        stored = ((row.scope, row.target) for row in connection.execute(sql.FREEZES))
        return Frozen(tuple(dict.fromkeys([*stored, *noted])))

    def covers(self, row: Any) -> bool:
        """Whether a delivery row (`channel_id`, `post_id`, `payload`) may not move."""
        return any(covers(scope, target, row) for scope, target in self.entries)


def covers(scope: str, target: str, row: Any) -> bool:
    """One freeze against one delivery. An unknown scope covers everything: rather still than wrong."""
    match scope:
        case "channel":
            return bool(row.channel_id == target)
        case "post":
            return bool(row.post_id == target)
        case "tag":
            return fold(target) in _tags(str(row.payload))
        case _:
            return True


def _tags(payload: str) -> set[str]:
    try:
        tags: Sequence[object] = json.loads(payload)["tags"]
    except (ValueError, KeyError, TypeError):
        return set()
    return _folded(tags)


def _folded(tags: Iterable[object]) -> set[str]:
    return {fold(str(tag)) for tag in tags}
