"""What people ordered beside the rows: freezes, days on which posts stay back, overrides of a legal block.

Read once per transaction, from the database and from the witness; overrides only when the law is against
something, which is seldom.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from content.variant import Variant
from content.waiver import Waived
from scheduler import blackouts, waivers
from scheduler.freezing import Frozen
from scheduler.reasons import Reason
from scheduler.trust import Trust


class Orders:
    """Good for one transaction."""

    def __init__(self, connection: Connection, trust: Trust) -> None:
        self._connection, self._trust = connection, trust
        # whether the database or only the witness knows of them
        self._frozen = Frozen.of(connection, trust.witness.freezes().values())
        self._blackouts = blackouts.standing(connection, trust.witness)

    def __bool__(self) -> bool:
        """Whether anything is ordered at all."""
        return bool(self._frozen.entries or self._blackouts)

    def keeps_back(self, row: Any, now: datetime) -> str:
        """Why a delivery may not go public now, or at its minute when that is to come; empty when it may."""
        if self._frozen.covers(row):
            return Reason.FROZEN
        if self._blackouts and blackouts.keeps_back(self._trust.witness, self._blackouts, row, now):
            return Reason.BLACKOUT
        return ""

    def stands_still(self, row: Any, now: datetime) -> bool:
        """Whether people, too, are to leave a delivery alone at this instant."""
        inside = (one.has(now) and one.is_about(row) for one in self._blackouts)
        return self._frozen.covers(row) or any(inside)

    def waived(self, row: Any, variant: Variant) -> frozenset[Waived]:
        """Rules that a legal reviewer lets pass in exactly this text, each over one document.

        `row` joins the delivery with its post (`contributors`).
        """
        return waivers.waived(self._connection, self._trust, variant, str(row.contributors), row.channel_unit)
