"""One unit's word that another may see its posts, or approve them too (ủy quyền)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

SEE, APPROVE = "see", "approve"
WHAT = (SEE, APPROVE)


@dataclass(frozen=True)
class Delegation:
    """Who of `unit` lets `to_unit` (all of it, or `to_officer`) do what, until when; codes, aware times.

    `officer` and `role` are the giver's; whoever reads it looks whether that officer is pinned for `unit`.
    """

    unit: str
    to_unit: str
    to_officer: str
    what: str
    until: datetime
    officer: str
    role: str
    at: datetime
    signature: str = ""

    def statement(self) -> bytes:
        """What the officer signs. `says` keeps it apart from every other word: none can pass for another."""
        fields = {
            "format": 1,
            "says": "delegate",
            "unit": self.unit,
            "to_unit": self.to_unit,
            "to_officer": self.to_officer,
            "what": self.what,
            "until": self.until.astimezone(UTC).isoformat(timespec="microseconds"),
            "officer": self.officer,
            "role": str(self.role),
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()

    def lets(self, officer: str, at: datetime) -> bool:
        """Whether it lets this officer approve, by a word given at `at`."""
        named = self.to_officer in ("", officer)
        return self.what == APPROVE and named and self.at <= at <= self.until
