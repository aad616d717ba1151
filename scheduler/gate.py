"""The gate: what may leave, and what a platform may go on holding. There is no second way out.

It is asked inside the claim, about every delivery and before every step. What it says rests on nothing but
the row as it stands, the trust file and the witness beside the database: so it does not matter in which way
a change came (a command, an import, a direct UPDATE), nor who was killed in between.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row

from connectors.extras import BY_PEOPLE
from content.approval import Approval, ApprovalRules
from content.variant import Variant
from content.waiver import Waived
from scheduler.orders import Orders
from scheduler.policy import MAX_TRIES, OUTGOING, Step, step_of
from scheduler.reasons import Reason
from scheduler.seals import approvals_of, broken, standing_names
from scheduler.status import AT_PLATFORM, DONE, IN_DOUBT, Status
from scheduler.store.tables import NO_TIME
from scheduler.trust import Trust
from scheduler.witness import BEGUN, Witness

Refusal: TypeAlias = tuple[Status, str]
"""What becomes of a delivery that does not pass, and why."""

LawWatch: TypeAlias = Callable[[Variant, datetime, Collection[Waived]], str]
"""Why the law that a variant cites forbids it to be published at an instant: a `Reason`, a colon and which
document; empty when nothing does but what is waived. It never raises, and answers at once: it is asked inside
the claim."""


class Gate:
    """Judges rows that are joined with all that it looks at (`scheduler.statements`)."""

    def __init__(self, rules: ApprovalRules, trust: Trust, law: LawWatch | None = None) -> None:
        self._rules = rules
        self._trust = trust
        self._law = law

    @property
    def witness(self) -> Witness:
        return self._trust.witness

    def approvals(self, connection: Connection, rows: Sequence[Row[Any]]) -> Mapping[int, list[Approval]]:
        """Those of these rows by number, what is believed of each marked."""
        return approvals_of(connection, [row.seq for row in rows], self._trust)

    def orders(self, connection: Connection) -> Orders:
        """What people ordered beside the rows, for one transaction."""
        return Orders(connection, self._trust)

    def damage(self, row: Row[Any], approvals: Sequence[Approval], now: datetime) -> Refusal | None:
        """Another hand was at it, or the disk: it goes to a person, and the others go on."""
        if not _sound(row, now):
            return _for_a_person(row), Reason.ROW_DAMAGED
        if not self.witness.is_ours(row, standing_names(approvals)):
            return _for_a_person(row), Reason.HANDLE_CHANGED
        whose = row.channel_unit or ""
        if self.witness.unit_of(row.channel_id, whose) != whose:  # whose orders and whose yes would count
            return _for_a_person(row), Reason.OTHER_CHANNEL
        return None

    def refusal(
        self, row: Row[Any], approvals: Sequence[Approval], orders: Orders, now: datetime
    ) -> Refusal | None:
        """Why an undamaged delivery may not take its next step, and what becomes of it; None when it may."""
        if row.status == Status.HANDED_OVER:
            forbidden = self.forbidden(row, approvals, orders)
            return (Status.RECALLING, forbidden) if forbidden else None
        step = step_of(row, now)
        if step not in OUTGOING:
            return None  # only reading, or hiding: nothing can become public by it
        if kept_back := orders.keeps_back(row, now):
            return Status.HELD, kept_back
        # Whoever hands it over cannot ask again at its minute: the yes has to last until then.
        when = row.due_at if step is Step.HAND_OVER else now
        reason = broken(dict(row._mapping), approvals, self._rules, when)
        if reason == Reason.USED or _begun(approvals):
            # More left the house than this row knows of: an older copy, another hand. The platform is asked.
            return Status.UNKNOWN, Reason.USED if reason == Reason.USED else Reason.BEGUN
        if now > row.deadline:
            return Status.MISSED, Reason.MISSED
        if row.status == Status.PREPARING and row.tries + 1 >= MAX_TRIES:
            return Status.FAILED, Reason.GAVE_UP
        reason = reason or self._against_law(row, orders, now)
        return (Status.HELD, reason) if reason else None

    def is_quiet(self, row: Row[Any], orders: Orders, now: datetime) -> bool:
        """Whether nobody may be reminded now of what waits for people; overdue, it is looked at after all."""
        waits = row.status == Status.REVEALING and row.pending in BY_PEOPLE
        return waits and now <= row.deadline and orders.stands_still(row, now)

    def forbidden(self, row: Row[Any], approvals: Sequence[Approval], orders: Orders) -> str:
        """Why the platform may not publish it at its minute; empty when it may."""
        if kept_back := orders.keeps_back(row, row.due_at):
            return kept_back
        reason = broken(dict(row._mapping), approvals, self._rules, row.due_at)
        return reason or self._against_law(row, orders, row.due_at)

    def _against_law(self, row: Row[Any], orders: Orders, now: datetime) -> str:
        """Asked about its minute, or about now when that is past: what is prepared today comes out then.

        The text is the one that was approved and is still the post's (`broken`), so an override of it counts.
        """
        if self._law is None:
            return ""
        variant, when = Variant.parse(row.payload), max(now, row.due_at)
        reason = self._law(variant, when, ())
        if reason and (waived := orders.waived(row, variant)):
            reason = self._law(variant, when, waived)
        return reason


def _sound(row: Row[Any], now: datetime) -> bool:
    """Whether a worker could read it. A payload that is to be sent is judged by its seal instead."""
    if not {None, NO_TIME}.isdisjoint((row.due_at, row.deadline)):
        return False
    if not all(isinstance(number, int) for number in (row.fence, row.tries, row.looks, row.reads)):
        return False
    try:
        Status(row.status)
        if step_of(row, now) not in OUTGOING:
            Variant.parse(row.payload)
        return isinstance(json.loads(row.handle), dict)
    except (ValueError, TypeError, RecursionError):
        return False


def _for_a_person(row: Row[Any]) -> Status:
    """What may be public, or will be by the platform's own clock, is for a person to look at."""
    return Status.UNKNOWN if row.status in AT_PLATFORM | IN_DOUBT | DONE else Status.HELD


def _begun(approvals: Sequence[Approval]) -> bool:
    """Whether something that rests on these went out, of which nobody knows yet that it is not public."""
    return any(yes.used == BEGUN for yes in approvals if yes.genuine and not yes.voided)
