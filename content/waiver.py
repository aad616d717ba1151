"""A legal reviewer's word that one rule does not stop one post over one document, although it would.

In commands and on screens it is an *override* (cho qua); that name is taken here by what a channel shows
instead of the post's own text (`content.post.Override`).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from content.approval import Role

SHORTEST_REASON = 10
"""Characters. As in a ministry's legal-support system (facts §6): fewer explain nothing to an inspector."""
LONGEST_REASON = 1000

Waived: TypeAlias = tuple[str, str]
"""A rule, and what a finding of it is about (`Finding.about`)."""


@dataclass(frozen=True)
class Waiver:
    """Cho qua: who, in which role, lets which rule pass over what, in exactly which text, why and when.

    `source_sha256` is the digest of the post's source, so any edit leaves it behind. `genuine` is what
    whoever read it found of its signature: one without counts for nothing. `taken_back`: by a person since.
    """

    post: str
    source_sha256: str
    rule: str
    about: str
    officer: str
    role: str
    reason: str
    at: datetime
    signature: str = ""
    taken_back: bool = False
    genuine: bool = True

    @property
    def what(self) -> Waived:
        return self.rule, self.about

    def statement(self) -> bytes:
        """What the officer signs. `says` keeps it apart from an approval: neither can pass for the other."""
        fields = {
            "format": 1,
            "says": "override",
            "post": self.post,
            "source_sha256": self.source_sha256,
            "rule": self.rule,
            "about": self.about,
            "officer": self.officer,
            "role": str(self.role),
            "reason": self.reason,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()

    def lacks(self, *, post: str, source_sha256: str, contributors: Collection[str]) -> str:
        """Why it does not count for a text, as a short code; empty when it does.

        `undone`, `forged` (not signed by somebody who is trusted in that role), `role` (not a reviewer's),
        `edited` (given to another text), `own` (by somebody who wrote some of it).
        """
        if self.taken_back:
            return "undone"
        if not self.genuine:
            return "forged"
        if self.role != Role.REVIEWER:
            return "role"
        if (self.post, self.source_sha256) != (post, source_sha256):
            return "edited"
        return "own" if self.officer in contributors else ""


def counting(
    waivers: Iterable[Waiver], post: str, source_sha256: str, contributors: Collection[str]
) -> list[Waiver]:
    """Those that count for a text, in the order given."""
    return [
        one
        for one in waivers
        if not one.lacks(post=post, source_sha256=source_sha256, contributors=contributors)
    ]
