"""What counts for nothing and is no forgery: the words of officers whom this machine has not pinned yet, and
a yes by a delegation that was taken back since.

The former are told apart by the key in their row of the database, which is believed for nothing else: whoever
can write there may make such an officer, and comes no further than to a person who compares fingerprints.

In the installation's own unit somebody waits on a server alone, where another of its PCs may have added them.
In a file nobody does: who is added there is pinned with it. Of an own *approver* who waits
`loa.services.contradictions` tells besides: a row of that kind opens the way to the house's own channels, and
who has added nobody should hear of it at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, bindparam, select

from content.approval import Approval, Role
from content.typed import typed
from scheduler import delegations
from scheduler.store.tables import delegation, officer
from scheduler.store.units import OWN
from scheduler.trust import Signed, Trust, signed_by
from scheduler.witness import name_of

_ROW = select(officer.c.public_key, officer.c.roles, officer.c.unit).where(
    officer.c.name == bindparam("b_name"), officer.c.active
)
_DELEGATIONS = select(delegation).where(delegation.c.unit == bindparam("b_unit")).order_by(delegation.c.id)
_PLAIN = re.compile(r"[a-z][a-z0-9._-]{1,31}", re.ASCII)
"""What an officer can be called; whoever is called otherwise is of another hand's making."""


def unit_of(connection: Connection, trust: Trust, word: Signed) -> str | None:
    """The unit of the officer who signed exactly this and only waits to be pinned; None where it is not
    so."""
    if not waits(trust, word.officer):
        return None
    row = connection.execute(_ROW, {"b_name": word.officer}).first()
    if row is None or word.role not in row.roles.split(","):
        return None
    if row.unit == OWN and connection.dialect.name == "sqlite":
        return None
    return str(row.unit) if signed_by(row.public_key, word.signature, word.statement()) else None


def marked(connection: Connection, trust: Trust, unit: str, yes: Approval) -> Approval:
    """A yes that does not count for a channel of `unit`, with the reason where that is no forgery: who, of
    which unit, has to be pinned first (whoever gave it, whoever let them do so, or both), or that what let
    them was taken back."""
    mine = unit_of(connection, trust, yes)
    if mine is None and not trust.believes(yes):
        return yes
    missing = () if mine is None else ((yes.officer, mine),)
    theirs = trust.units_of(yes.officer) if mine is None else (mine,)
    if unit in theirs:
        return replace(yes, unpinned=missing)
    over = False
    for row in connection.execute(_DELEGATIONS, {"b_unit": unit}).all():
        one = delegations.given(row)
        if one.to_unit not in theirs or not one.lets(yes.officer, yes.at):
            continue
        signed = delegations.is_signed(trust, one)
        if not signed and (one.role != Role.APPROVER or unit_of(connection, trust, one) != unit):
            continue
        if row.ended_at is None and not trust.witness.is_taken_back(name_of(one)):
            return replace(yes, unpinned=missing if signed else (*missing, (one.officer, unit)))
        over = True
    return replace(yes, undelegated=over)


def waits(trust: Trust, name: str) -> bool:
    """Whether nobody has decided about an officer yet: neither pinned here, nor believed no more."""
    return (
        name not in trust.people() and name not in trust.witness.officers() and bool(_PLAIN.fullmatch(name))
    )


def command(name: str, unit: str) -> str:
    """What is typed at the publishing machine, the fingerprint having been compared."""
    return typed("loa", "trust", "add", name, *(["--unit", unit] if unit else []))


def remedy(approvals: Iterable[Approval]) -> str:
    """How those are pinned without whom these are not enough."""
    waiting = {one for yes in approvals if not yes.voided for one in yes.unpinned}
    return "; ".join(command(*one) for one in sorted(waiting))
