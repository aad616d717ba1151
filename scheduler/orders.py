"""What people ordered beside the rows: freezes, days on which posts stay back, overrides of a legal block.

Read once per transaction, from the database and from the witness; overrides only when the law is against
something, which is seldom.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, or_

from content.variant import Variant
from content.waiver import Waived
from scheduler import blackouts, waivers
from scheduler.freezing import Frozen, about_text, covered
from scheduler.reasons import Reason
from scheduler.store.tables import delivery
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

    def in_sql(self, now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
        """Deliveries that are kept back, and those of which only `keeps_back` can say it; to count them by.

        By a row's own minute: one that somebody moved in the database alone is met when it is to go out.
        """
        kept: list[ColumnElement[bool]] = [false()]
        unclear: list[ColumnElement[bool]] = [false()]
        for scope, target, *unit in self._frozen.entries:
            (unclear if about_text(scope) else kept).append(covered(scope, target, "".join(unit)))
        for one in self._blackouts:
            inside = delivery.c.due_at < one.ends_at
            if now < one.begins_at:
                inside &= delivery.c.due_at >= one.begins_at
            for scope, target in one.scopes if now < one.ends_at else ():
                both = inside & covered(scope, target, one.unit)
                (unclear if about_text(scope) else kept).append(both)
        # What was due before its end waits for a person's word, which the witness keeps.
        over = max((one.ends_at for one in self._blackouts if one.ends_at <= now), default=None)
        if over:
            unclear.append(delivery.c.due_at < over)
        return or_(*kept), or_(*unclear)

    def stands_still(self, row: Any, now: datetime) -> bool:
        """Whether people, too, are to leave a delivery alone at this instant."""
        inside = (one.has(now) and one.is_about(row) for one in self._blackouts)
        return self._frozen.covers(row) or any(inside)

    def waived(self, row: Any, variant: Variant) -> frozenset[Waived]:
        """Rules that a legal reviewer lets pass in exactly this text, each over one document.

        `row` joins the delivery with its post (`contributors`).
        """
        return waivers.waived(self._connection, self._trust, variant, str(row.contributors), row.channel_unit)
