"""Officers of other units whom this machine has not pinned yet: what they sign counts for nothing, and is no
forgery.

Told apart by the key in their row of the database, which is believed for nothing else: whoever can write
there may make such an officer, and comes no further than to a person who compares fingerprints. In the
installation's own unit nobody waits: there it is a sign of another hand (`loa.services.contradictions`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
_DELEGATIONS = (
    select(delegation)
    .where(delegation.c.unit == bindparam("b_unit"), delegation.c.ended_at.is_(None))
    .order_by(delegation.c.id)
)
_PLAIN = re.compile(r"[a-z][a-z0-9._-]{1,31}", re.ASCII)
"""What an officer can be called; whoever is called otherwise is of another hand's making."""


def unit_of(connection: Connection, trust: Trust, word: Signed) -> str:
    """The unit of the officer who signed exactly this and only waits to be pinned; empty where it is not
    so."""
    if not waits(trust, word.officer):
        return OWN
    row = connection.execute(_ROW, {"b_name": word.officer}).first()
    if row is None or word.role not in row.roles.split(","):
        return OWN
    return str(row.unit) if signed_by(row.public_key, word.signature, word.statement()) else OWN


def for_channel(connection: Connection, trust: Trust, unit: str, word: Signed) -> tuple[tuple[str, str], ...]:
    """Who, of which unit, has to be pinned before a word counts for a channel of `unit`: who gave it, whoever
    let them do so, or both. Nobody where it would not count even then: it is forged."""
    mine = unit_of(connection, trust, word)
    if not mine and not trust.believes(word):
        return ()
    missing = ((word.officer, mine),) if mine else ()
    theirs = (mine,) if mine else trust.units_of(word.officer)
    if unit in theirs:
        return missing
    for row in connection.execute(_DELEGATIONS, {"b_unit": unit}).all():
        one = delegations.given(row)
        if one.to_unit not in theirs or not one.lets(word.officer, word.at):
            continue
        if delegations.is_believed(trust, one):
            return missing
        undone = trust.witness.is_taken_back(name_of(one))
        if one.role == Role.APPROVER and not undone and unit and unit_of(connection, trust, one) == unit:
            return (*missing, (one.officer, unit))
    return ()


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
