"""An OA's grant as it lies in the secret store: the pair of tokens, and what became of its last renewal.

What Loa notes is bound to the token it was noted for by a fingerprint: when an officer pastes another
pair, old expiries and old doubts fall away by themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

ACCESS_LIVES = timedelta(hours=25)
REFRESH_LIVES = timedelta(days=90)
"""Three months from issue, single use (facts §1)."""
RENEW_BEFORE = timedelta(hours=5)
"""Renewed at about 20 of 25 hours: a renewal that fails leaves hours for a person to act."""

Outcome = Literal["", "refused", "used"]
"""Zalo's word on the renewal under way: none yet, a bad token, or the empty body of a used one."""

CLEAN = {"rotation_of": "", "rotation_started_at": "", "rotation_tries": "", "rotation_outcome": ""}


@dataclass(frozen=True)
class Grant:
    """The pair and its story. Times are aware UTC, None where Loa does not know (a pasted token)."""

    access: str
    refresh: str
    access_until: datetime | None = None
    refresh_until: datetime | None = None
    started_at: datetime | None = None
    """When a renewal with this very refresh token was begun; None when none was."""
    tries: int = 0
    outcome: Outcome = ""

    @staticmethod
    def of(secrets: Mapping[str, str]) -> Grant:
        access, refresh = secrets.get("access_token", "").strip(), secrets.get("refresh_token", "").strip()
        issued_at = expires_at = started_at = None
        tries, outcome = 0, ""
        if refresh and secrets.get("issued_of") == fingerprint(access + refresh):
            issued_at, expires_at = _moment(secrets.get("issued_at")), _moment(secrets.get("expires_at"))
        if refresh and secrets.get("rotation_of") == fingerprint(refresh):
            started_at = _moment(secrets.get("rotation_started_at")) or datetime.min.replace(tzinfo=UTC)
            written = secrets.get("rotation_tries", "")
            tries = int(written) if written.isascii() and written.isdigit() else 1
            outcome = secrets.get("rotation_outcome", "")
        return Grant(
            access,
            refresh,
            expires_at,
            issued_at + REFRESH_LIVES if issued_at else None,
            started_at,
            tries,
            outcome if outcome in ("refused", "used") else "",  # type: ignore[arg-type]
        )

    @property
    def in_doubt(self) -> bool:
        """A renewal began and Loa has no answer to it: the pair may have been replaced at Zalo."""
        return self.started_at is not None and not self.outcome

    def usable(self, now: datetime) -> bool:
        """As far as Loa knows. A pasted token has no known end and is believed until Zalo refuses it."""
        return bool(self.access) and (self.access_until is None or now < self.access_until)

    def due(self, now: datetime) -> bool:
        """Time to renew."""
        return not self.access or (self.access_until is not None and now >= self.access_until - RENEW_BEFORE)

    def intent(self, now: datetime) -> dict[str, str]:
        """What is written before the token endpoint is called."""
        return {
            "rotation_of": fingerprint(self.refresh),
            "rotation_started_at": now.astimezone(UTC).isoformat(),
            "rotation_tries": str(self.tries + 1),
            "rotation_outcome": "",
        }


def issued(access: str, refresh: str, lives: timedelta | None, now: datetime) -> dict[str, str]:
    """A new pair as it is committed, all in one."""
    return {
        "access_token": access,
        "refresh_token": refresh,
        "expires_at": (now + lives).astimezone(UTC).isoformat() if lives else "",
        "issued_at": now.astimezone(UTC).isoformat(),
        "issued_of": fingerprint(access + refresh),
        **CLEAN,
    }


def pasted(access: str, refresh: str) -> dict[str, str]:
    """A pair of unknown age as it is kept: nothing is guessed, and nothing noted of an earlier one stays."""
    notes = {"expires_at": "", "issued_at": "", "issued_of": ""}
    return {"access_token": access, "refresh_token": refresh, **notes, **CLEAN}


def fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None
