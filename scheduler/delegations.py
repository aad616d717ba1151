"""Delegations as they stand in the database, those alone that are believed.

A row lets somebody *see* by the server's row security. That an approval counts for another unit's channel is
decided here: the giver's signature, by an officer who is pinned for that unit as one who approves. One that
was taken back stays so by the witness, whatever the database says since.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, bindparam, select

from content.approval import Role
from content.delegation import Delegation
from scheduler.store.tables import delegation
from scheduler.trust import Signed, Trust
from scheduler.witness import name_of

_OF_UNIT = select(delegation).where(delegation.c.unit == bindparam("b_unit")).order_by(delegation.c.id)


def given(row: Any) -> Delegation:
    """A row as it was signed, its signature not looked at yet."""
    return Delegation(
        row.unit,
        row.to_unit,
        row.to_officer,
        row.what,
        row.until,
        row.officer,
        row.role,
        row.at,
        row.signature,
    )


def is_signed(trust: Trust, word: Delegation) -> bool:
    """Whether somebody who approves in that unit signed exactly this."""
    return (
        word.role == Role.APPROVER
        and (trust.covers(word.officer, word.unit) or trust.leaves(word.officer))
        and trust.takes(word)
    )


def is_believed(trust: Trust, word: Delegation) -> bool:
    """`is_signed`, and nobody took it back."""
    return is_signed(trust, word) and not trust.witness.is_taken_back(name_of(word))


def counts(connection: Connection, trust: Trust, unit: str, word: Signed) -> bool:
    """Whether an officer's word (an approval) counts for a channel of this unit: pinned for it, or let do
    so."""
    if trust.covers(word.officer, unit) or trust.leaves(word.officer):
        return True
    theirs = trust.units_of(word.officer)
    return any(
        row.ended_at is None
        and one.to_unit in theirs
        and one.lets(word.officer, word.at)
        and is_believed(trust, one)
        for row in connection.execute(_OF_UNIT, {"b_unit": unit})
        if (one := given(row))
    )
