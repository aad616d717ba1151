"""Who may do what, and when a seal is covered by enough people.

The rules are pure: the services ask before they write an approval, and the claim asks again before
anything leaves the house, with the same function.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum


class Role(StrEnum):
    """Vai trò: soạn, thẩm định, duyệt, kỹ thuật, chỉ xem."""

    DRAFTER = "drafter"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    OPERATOR = "operator"
    INSPECTOR = "inspector"


@dataclass(frozen=True)
class Approval:
    """One person's yes to one seal, valid until `expires_at` (aware UTC) unless voided.

    `genuine` is what whoever read it found of its signature; a yes without one counts for nothing.
    """

    officer: str
    role: str
    seal: str
    at: datetime
    expires_at: datetime
    signature: str = ""
    voided: bool = False
    genuine: bool = True
    used: str = ""
    """`begun` or `sent` when a publication rests on it already (scheduler.witness); else empty."""
    unpinned: tuple[tuple[str, str], ...] = ()
    """Who, of which unit, has to be pinned here before it counts; never of one that is genuine or forged."""
    undelegated: bool = False
    """Signed by a delegation that was taken back since: counts for nothing, and is no forgery either."""

    @property
    def is_forged(self) -> bool:
        """Whether nothing but another hand accounts for it."""
        return not (self.genuine or self.unpinned or self.undelegated or self.voided)

    def statement(self) -> bytes:
        """What the officer signs: who says yes, in which role, to exactly what, when and until when."""
        fields = {
            "format": 1,
            "says": "approve",
            "officer": self.officer,
            "role": str(self.role),
            "seal": self.seal,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "expires_at": self.expires_at.astimezone(UTC).isoformat(timespec="microseconds"),
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True)
class ApprovalRules:
    """Which roles must say yes, by kind of post, and how long a yes lasts."""

    required: tuple[Role, ...] = (Role.APPROVER,)
    by_kind: Mapping[str, tuple[Role, ...]] = field(default_factory=dict)
    lasts: timedelta = timedelta(days=30)

    def roles_for(self, kind: str) -> tuple[Role, ...]:
        return self.by_kind.get(kind, self.required)

    def lacks(
        self,
        approvals: Sequence[Approval],
        *,
        kind: str,
        seal: str,
        contributors: Collection[str],
        now: datetime,
    ) -> str | None:
        """Why the seal is not covered, as a short reason code; None when it is.

        `approval.none`, `approval.changed` (a yes exists, to something else), `approval.forged` (nobody
        signed it), `approval.unpinned` (all that lacks is that somebody be pinned), `approval.undelegated`
        (what let somebody say yes was taken back), `approval.expired`, `approval.own` (only a contributor
        said yes), `approval.role` (a level is missing).
        """
        standing = [a for a in approvals if not a.voided]
        if not standing:
            return "approval.none"
        matching = [a for a in standing if a.seal == seal]
        if not matching:
            return "approval.changed"
        genuine = [a for a in matching if a.genuine]
        if not genuine and any(a.is_forged for a in matching):
            return "approval.forged"
        waiting = [a for a in matching if a.unpinned]
        undone = [a for a in matching if a.undelegated]

        def lacking(given: Sequence[Approval]) -> str | None:
            return self._uncovered(given, kind, contributors, now)

        if not lacking(genuine):
            return None
        if waiting and not lacking([*genuine, *waiting]):
            return "approval.unpinned"
        if undone and not lacking([*genuine, *waiting, *undone]):
            return "approval.undelegated"
        return lacking(genuine or waiting or undone)

    def _uncovered(
        self, given: Sequence[Approval], kind: str, contributors: Collection[str], now: datetime
    ) -> str | None:
        """The same of some that are all taken for signed, and to this seal."""
        current = [a for a in given if a.expires_at > now]
        if not current:
            return "approval.expired"
        independent = [a for a in current if a.officer not in contributors]
        if not independent:
            return "approval.own"
        return None if _distinct_people(independent, self.roles_for(kind)) else "approval.role"


def _distinct_people(approvals: Sequence[Approval], roles: Sequence[Role]) -> bool:
    """Whether every role can be given a person of its own (few roles: a plain search will do)."""
    if not roles:
        return True
    first, rest = roles[0], roles[1:]
    return any(
        _distinct_people([a for a in approvals if a.officer != yes.officer], rest)
        for yes in approvals
        if yes.role == first
    )
