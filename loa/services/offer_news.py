"""What changed above about offers that this unit adopted: said where its officers look, with the remedy.

Their own posts stay as they are (`loa.services.offers`); nobody above can tell them otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from content.finding import Finding
from content.wording import say
from loa.services import offers
from loa.services.offers import ADOPTED, CORRECTED, DECLINED, WITHDRAWN
from loa.services.workspace import Workspace
from scheduler.status import Status
from scheduler.store import units
from scheduler.store.tables import correction, delivery, offer, offer_answer, post

LASTS = timedelta(days=30)
"""How long `loa status` says it of a post that nobody does anything about."""


def of_post(workspace: Workspace, key: str) -> list[Finding]:
    """Remarks on a post that was adopted: what it came from was corrected or withdrawn since."""
    with workspace.database.read() as connection:
        told = _changed(connection, workspace.now(), offer_answer.c.post_id == key)
        return [finding for *_, finding in told]


def listing(workspace: Workspace) -> list[Finding]:
    """The same of everything that this unit adopted, drafts too."""
    with workspace.database.read() as connection:
        return [finding for *_, finding in _changed(connection, workspace.now())]


def open_(connection: Connection, now: datetime) -> list[Finding]:
    """Those that nobody has done anything about: edited, cancelled or taken down, corrected, or answered the
    newer offer."""
    return [
        finding
        for row, newer, changed_at, finding in _changed(connection, now)
        if now - changed_at < LASTS and not _settled(connection, row, newer, changed_at)
    ]


def _changed(
    connection: Connection, now: datetime, *conditions: ColumnElement[bool]
) -> Iterator[tuple[Row[Any], int, datetime, Finding]]:
    """What was adopted and changed since, the offer that stands now, since when, and what to say of it."""
    query = (
        select(offer, offer_answer.c.post_id.label("ours"))
        .join(offer_answer, offer_answer.c.offer_id == offer.c.id)
        .where(offer_answer.c.unit == units.session_unit(connection), offer_answer.c.state == ADOPTED)
        .order_by(offer.c.id)
    )
    rows = connection.execute(query.where(*conditions)).all()
    newest = offers.corrections(connection) if rows else {}
    for row in rows:
        standing, why = offers.standing(row, newest, now)
        if standing not in (CORRECTED, WITHDRAWN):
            continue
        newer = newest.get(row.id, row.id)
        changed_at = row.withdrawn_at
        if standing == CORRECTED:
            last = connection.execute(select(offer).where(offer.c.id == newer)).one()
            changed_at = last.at
            if last.withdrawn_at is not None:  # corrected first, and then withdrawn after all
                standing, why, changed_at = WITHDRAWN, last.withdraw_reason, last.withdrawn_at
        told: dict[str, object] = {"id": row.id, "why": why or "–", "newer": newer}
        place = row.ours or say("offer.a_draft", title=row.title)
        yield row, newer, changed_at, Finding(f"offer.is_{standing}", "warn", place, told)


def _settled(connection: Connection, row: Row[Any], newer: int, changed_at: datetime) -> bool:
    """`newer`: the offer that stands in its place, itself where it was withdrawn."""
    answered = select(offer_answer.c.id).where(
        offer_answer.c.offer_id == newer,
        offer_answer.c.offer_id != row.id,
        offer_answer.c.unit == units.session_unit(connection),
        offer_answer.c.state.in_((ADOPTED, DECLINED)),
    )
    edited = select(post.c.id).where(post.c.id == row.ours, post.c.updated_at > changed_at)
    righted = select(correction.c.id).where(correction.c.original == row.ours, correction.c.at > changed_at)
    if any(connection.execute(query.limit(1)).first() for query in (answered, edited, righted)):
        return True
    states = connection.execute(select(delivery.c.status).where(delivery.c.post_id == row.ours)).scalars()
    known = set(states)
    return bool(known) and known <= {Status.CANCELLED, Status.REMOVED}
