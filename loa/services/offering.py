"""Offering a post to units below, correcting and withdrawing what was offered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.text import nearest, normalise
from loa.services import offers, trusting
from loa.services.offers import OfferView
from loa.services.people import Person
from loa.services.posts import post_row
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store import units
from scheduler.store.tables import LARGEST, offer

LONGEST_NOTE = 2_000


def make(
    workspace: Workspace,
    actor: Person,
    key: str,
    to: Sequence[str] = (),
    *,
    until: datetime | None = None,
    note: str = "",
    instead_of: int = 0,
) -> OfferView:
    """Offer a post, draft or approved, as it stands now, to these units or to all below.

    `instead_of`: an offer of ours that this one corrects; whoever adopted that is told, and keeps their own.
    """
    actor.must_be(Role.APPROVER)
    trusting.must_be_pinned(workspace, actor)
    now, wanted = workspace.now(), sorted({one.strip().upper() for one in to})
    if len(note) > LONGEST_NOTE:
        raise UsageError("offer.long_note", most=LONGEST_NOTE)
    if until is not None and until <= now:
        raise UsageError("offer.bad_until")

    def work(connection: Connection) -> int:
        if workspace.database.is_sqlite:
            raise RefusedByRule("unit.needs_server")
        row = post_row(connection, key)
        own = units.session_unit(connection)
        if row.unit != own:
            raise RefusedByRule("unit.not_yours")
        below = units.below(connection)
        for code in wanted:
            if code not in below:
                raise NotFound("offer.not_below", code=code, nearest=nearest(code, below) or "–")
        if not below:
            raise RefusedByRule("offer.nobody_below")
        if instead_of:
            _own_row(connection, instead_of, own)
        _must_be_new(connection, key, wanted, instead_of, own, now)
        digest = hashlib.sha256(str(row.source).encode()).hexdigest()
        values = {
            "to_units": json.dumps(wanted),
            "post_id": key,
            "title": row.title,
            "kind": row.kind,
            "source": row.source,
            "media": row.media,
            "digest": digest,
            "note": normalise(note),
            "officer": actor.name,
            "at": now,
            "until": until,
            "instead_of": instead_of or None,
        }
        number = int(connection.execute(insert(offer).values(values).returning(offer.c.id)).scalar_one())
        action = "offer_corrected" if instead_of else "offer_made"
        about = {"offer": number, "to": wanted, "digest": digest, "instead_of": instead_of}
        audit.record(connection, at=now, actor=actor.name, action=action, subject=key, **about)
        return number

    return offers.get(workspace, workspace.database.run(work))


def withdraw(workspace: Workspace, actor: Person, number: int, reason: str) -> OfferView:
    """Take an offer back; adopters are told why, and decide themselves."""
    actor.must_be(Role.APPROVER)
    trusting.must_be_pinned(workspace, actor)
    now, why = workspace.now(), " ".join(normalise(reason).split())
    if not why or len(why) > LONGEST_NOTE:
        raise UsageError("offer.no_reason", most=LONGEST_NOTE)

    def work(connection: Connection) -> None:
        key = _own_row(connection, number, units.session_unit(connection))
        values = {"withdrawn_at": now, "withdraw_reason": why}
        connection.execute(update(offer).where(offer.c.id == number).values(values))
        about = {"offer": number, "reason": why}
        audit.record(connection, at=now, actor=actor.name, action="offer_withdrawn", subject=key, **about)

    workspace.database.run(work)
    return offers.get(workspace, number)


def _must_be_new(
    connection: Connection, key: str, wanted: Sequence[str], instead_of: int, own: str, now: datetime
) -> None:
    """Two offers of one post to the same unit, and it would not know which to take."""
    newest = offers.corrections(connection)
    query = select(offer).where(offer.c.unit == own).order_by(offer.c.id.desc())
    rows = {row.id: row for row in connection.execute(query)}
    later = newest.get(instead_of, 0)
    if later in rows and rows[later].withdrawn_at is None:
        raise RefusedByRule("offer.corrected_already", id=instead_of, newer=later, post=key)
    for row in rows.values():
        if (
            row.post_id != key
            or row.id == instead_of
            or offers.standing(row, newest, now)[0] != offers.STANDS
        ):
            continue
        asked = set(json.loads(row.to_units))
        if not (asked and wanted) or asked & set(wanted):
            raise RefusedByRule("offer.offered_already", id=row.id, post=key)


def _own_row(connection: Connection, number: int, own: str) -> str:
    """The post of an offer that this unit made and that still holds."""
    if not 0 < number <= LARGEST:
        raise NotFound("offer.unknown", id=number)
    mine = select(offer).where(offer.c.id == number, offer.c.unit == own)
    row = connection.execute(mine).first()
    if row is None:
        raise NotFound("offer.unknown", id=number)
    if row.withdrawn_at is not None:
        raise RefusedByRule("offer.withdrawn_already", id=number)
    return str(row.post_id)
