"""Offers of a unit above (bài mời dùng): what was offered, what became of it here, and what has changed
since.

Nothing is published by an offer: whoever adopts it (`loa.services.adopting`) has a draft of their own, and
their own people approve it. A correction or withdrawal tells adopters and changes nothing of theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text, update

from content.errors import NotFound
from loa.services.workspace import Workspace
from scheduler.status import Status, post_status
from scheduler.store import units
from scheduler.store.tables import LARGEST, delivery, offer, offer_answer

NEW, OPENED, ADOPTED, PUBLISHED, DECLINED = "new", "opened", "adopted", "published", "declined"
STANDS, CORRECTED, WITHDRAWN, OVER = "stands", "corrected", "withdrawn", "over"


@dataclass(frozen=True)
class OfferView:
    """One offer. `state` is what became of it in this unit, empty for the unit that made it; `standing`
    whether it still holds; `post` is this unit's own post, empty as long as the draft was not saved."""

    id: int
    unit: str
    title: str
    kind: str
    note: str
    at: datetime
    until: datetime | None
    standing: str
    why: str
    instead_of: int | None
    state: str
    post: str
    status: str
    """How far that post is (`post_status`); it has none as long as there is no post."""
    source: str
    media: list[dict[str, Any]]
    digest: str


@dataclass(frozen=True)
class Answer:
    """What one unit made of an offer, as the unit that made it sees it: no text of anybody."""

    unit: str
    state: str
    reason: str


def listing(workspace: Workspace) -> list[OfferView]:
    """Made by this unit or to it, the newest first."""
    with workspace.database.read() as connection:
        rows = connection.execute(select(offer).order_by(offer.c.id.desc())).all()
        own = units.session_unit(connection)
        mine = select(offer_answer).where(offer_answer.c.unit == own)
        answers = {row.offer_id: row for row in connection.execute(mine)}
        newest = corrections(connection)
        return [_view(connection, row, answers.get(row.id), own, newest, workspace.now()) for row in rows]


def get(workspace: Workspace, number: int) -> OfferView:
    """Raises NotFound where this unit was offered nothing under that number."""
    found = [one for one in listing(workspace) if one.id == number]
    if not found:
        raise NotFound("offer.unknown", id=number)
    return found[0]


def answers(workspace: Workspace, number: int) -> list[Answer]:
    """Of every unit that an offer of this unit is for, by code; without rows of theirs it is `new`."""
    one = get(workspace, number)
    with workspace.database.read() as connection:
        own = units.session_unit(connection)
        asked = select(offer.c.to_units, offer.c.unit).where(offer.c.id == number)
        row = connection.execute(asked).one()
        if row.unit != own:
            raise NotFound("offer.unknown", id=number)
        below = units.below(connection)
        told = {
            each.unit: each
            for each in connection.execute(select(offer_answer).where(offer_answer.c.offer_id == one.id))
        }
        published = set(
            connection.execute(text("SELECT unnest(loa_offer_published(:id))"), {"id": number}).scalars()
        )
    wanted = set(json.loads(row.to_units)) or set(below)
    return [
        Answer(
            code,
            PUBLISHED if code in published else told[code].state if code in told else NEW,
            told[code].reason if code in told else "",
        )
        for code in sorted(wanted)
    ]


def note(
    connection: Connection,
    number: int,
    state: str,
    officer: str,
    now: datetime,
    *,
    post: str = "",
    why: str = "",
) -> None:
    """Write what this unit made of an offer; what was adopted is not merely opened again."""
    values = {"state": state, "reason": why, "officer": officer, "at": now}
    values |= {"post_id": post} if post else {}
    mine = (offer_answer.c.offer_id == number) & (offer_answer.c.unit == units.session_unit(connection))
    there = connection.execute(select(offer_answer.c.state).where(mine)).scalar()
    if there is None:
        row = {"offer_id": number, "post_id": post, **values}
        connection.execute(insert(offer_answer).values(row))
    elif state != OPENED:
        connection.execute(update(offer_answer).where(mine).values(**values))


def bind(connection: Connection, origin: Mapping[str, str], key: str, officer: str, now: datetime) -> None:
    """A draft that began as an offer was saved as post `key`: both know of each other from now on."""
    number = origin.get("offer", "")
    if not (number.isdigit() and 0 < int(number) <= LARGEST):
        return
    if connection.execute(select(offer.c.id).where(offer.c.id == int(number))).first():
        note(connection, int(number), ADOPTED, officer, now, post=key)


def corrections(connection: Connection) -> dict[int, int]:
    """The newest correction of each offer that has one, by its number."""
    pairs = select(offer.c.instead_of, offer.c.id).where(offer.c.instead_of.is_not(None)).order_by(offer.c.id)
    direct = {int(row.instead_of): int(row.id) for row in connection.execute(pairs)}
    newest: dict[int, int] = {}
    for first in sorted(direct, reverse=True):  # a correction has the higher number
        newest[first] = newest.get(direct[first], direct[first])
    return newest


def standing(row: Row[Any], newest: Mapping[int, int], now: datetime) -> tuple[str, str]:
    """Whether an offer still holds, and why not."""
    if row.withdrawn_at is not None:
        return WITHDRAWN, row.withdraw_reason
    if row.id in newest:
        return CORRECTED, ""
    return (OVER, "") if row.until is not None and row.until <= now else (STANDS, "")


def _view(
    connection: Connection,
    row: Row[Any],
    answer: Row[Any] | None,
    own: str,
    newest: Mapping[int, int],
    now: datetime,
) -> OfferView:
    state, key = ("" if row.unit == own else NEW), ""
    if answer is not None:
        state, key = answer.state, answer.post_id
    status = ""
    if key:
        ours = select(delivery.c.status, delivery.c.published_at).where(delivery.c.post_id == key)
        rows = connection.execute(ours).all()
        status = post_status(Status(one.status) for one in rows)
        if state == ADOPTED and any(one.published_at for one in rows):
            state = PUBLISHED
    holds, why = standing(row, newest, now)
    return OfferView(
        *(row.id, row.unit, row.title, row.kind, row.note, row.at, row.until, holds, why),
        *(row.instead_of, state, key, status, row.source, json.loads(row.media), row.digest),
    )
