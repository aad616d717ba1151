"""Which version of a report counts: a question of what is there, never of the order in which it came."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Version:
    """A report of one unit and period, and the earlier ones it takes the place of."""

    digest: str
    supersedes: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """A person's signed word on which of several reports counts (quyết định chọn bản báo cáo)."""

    counts: str
    instead_of: tuple[str, ...]
    officer: str
    role: str
    reason: str
    at: datetime
    signature: str = ""

    def statement(self) -> bytes:
        """What the officer signs; `says` keeps it apart from reports, approvals and overrides."""
        fields = {
            "format": 1,
            "says": "report_choice",
            "counts": self.counts,
            "instead_of": sorted(self.instead_of),
            "officer": self.officer,
            "role": str(self.role),
            "reason": self.reason,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def put_aside(choices: Iterable[Choice]) -> set[str]:
    """Digests that somebody decided against; the newest word on one counts."""
    aside: set[str] = set()
    for one in sorted(choices, key=lambda one: one.at):
        aside |= set(one.instead_of)
        aside.discard(one.counts)
    return aside


def heads(versions: Iterable[Version], aside: Iterable[str] = ()) -> list[str]:
    """Those that no other takes the place of and nobody decided against, in order of their digests.

    One: it counts. Several: two first reports without a mark of correction, for a person to decide.
    """
    found = list(versions)
    # What was decided against takes nobody's place: its mark of correction may be what is wrong with it.
    gone = set(aside)
    superseded = {old for one in found if one.digest not in gone for old in one.supersedes}
    return sorted(one.digest for one in found if one.digest not in superseded | gone)
