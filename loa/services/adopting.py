"""Taking up what a unit above offers: a draft of one's own, changed freely, approved by one's own people."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import Connection, select

from content.approval import Role
from content.checks import leads_away
from content.errors import RefusedByRule, UsageError
from content.frontmatter import parse_post
from content.postwriter import write_post
from content.text import fold, normalise, slug
from content.variant import MediaRef
from content.wording import say
from loa.services import drafts, offers
from loa.services.drafts import Draft
from loa.services.offers import OfferView
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.store import units
from scheduler.store.tables import channel, offer_answer

_PLACE = re.compile(r"\{\{([^{}\n]{1,60})\}\}")
PLACES = {"don vi": "name", "dia chi": "address", "dien thoai": "phone", "email": "email"}
"""What stands between double braces in an offer for something of the unit that adopts it, marks taken off."""


@dataclass(frozen=True)
class Adopted:
    """`missing`: files of the offer that are not on this machine and have to be put beside the draft;
    `unfilled`: places that a person has to fill in."""

    offer: int
    draft: Draft
    missing: list[str]
    unfilled: list[str]


def open_(workspace: Workspace, officer: str, number: int) -> OfferView:
    """One offer to be read; the unit that made it sees that it was opened."""
    one = offers.get(workspace, number)
    if one.state == offers.NEW:
        now = workspace.now()
        workspace.database.run(lambda c: offers.note(c, number, offers.OPENED, officer, now))
        return offers.get(workspace, number)
    return one


def adopt(workspace: Workspace, actor: Person, number: int, *, again: bool = False) -> Adopted:
    """Begin a draft from an offer, for all of this unit's channels, in this unit's name.

    The draft says what it is from (number and digest). Its id is given when it is saved. Raises RefusedByRule
    where this unit has adopted it, naming that copy, unless another is wanted (`again`).
    """
    actor.must_be(Role.DRAFTER)
    one = _open_to_us(workspace, number)
    if one.standing != offers.STANDS:
        raise RefusedByRule("offer.stands_no_more", id=number, standing=one.standing)
    if one.state in (offers.ADOPTED, offers.PUBLISHED) and not again:
        raise _adopted_already(workspace, one)
    now = workspace.now()
    with workspace.database.read() as connection:
        mine = channel.c.unit == units.session_unit(connection)
        where = list(connection.execute(select(channel.c.id).where(mine).order_by(channel.c.id)).scalars())
    zone = workspace.config.zone
    read, _ = parse_post(one.source, file_name="post.md", zone=zone)
    # What was worded for single channels of theirs means nothing here.
    ours = replace(read, key=slug(read.title), channels=tuple(where), overrides={})
    source = _PLACE.sub(lambda found: _told(workspace, found), write_post(ours, zone))
    files, missing = _files(workspace, one.media)
    origin = {"offer": str(number), "digest": one.digest, "officer": actor.name}
    draft = drafts.begin_with(workspace, actor.name, source, files, name=one.title, origin=origin)

    def work(connection: Connection) -> None:  # killed before it, the draft says where it is from
        offers.note(connection, number, offers.ADOPTED, actor.name, now)
        about = {"offer": number, "digest": one.digest, "draft": draft.id}
        subject = f"offer-{number}"
        audit.record(connection, at=now, actor=actor.name, action="offer_adopted", subject=subject, **about)

    workspace.database.run(work)
    unfilled = list(dict.fromkeys(found[0] for found in _PLACE.finditer(source)))
    return Adopted(number, draft, missing, unfilled)


def decline(workspace: Workspace, actor: Person, number: int, reason: str) -> OfferView:
    """Say that it is not for us, and why."""
    actor.must_be(Role.DRAFTER, Role.APPROVER)
    one, why, now = _open_to_us(workspace, number), " ".join(normalise(reason).split()), workspace.now()
    if not why or len(why) > 2_000:
        raise UsageError("offer.no_reason", most=2_000)
    if one.state in (offers.ADOPTED, offers.PUBLISHED):
        raise RefusedByRule("offer.adopted_already", id=number)

    def work(connection: Connection) -> None:
        offers.note(connection, number, offers.DECLINED, actor.name, now, why=why)
        about = {"offer": number, "reason": why}
        subject = f"offer-{number}"
        audit.record(connection, at=now, actor=actor.name, action="offer_declined", subject=subject, **about)

    workspace.database.run(work)
    return offers.get(workspace, number)


def _open_to_us(workspace: Workspace, number: int) -> OfferView:
    one = offers.get(workspace, number)
    if one.unit == workspace.unit:
        raise RefusedByRule("offer.own", id=number)
    return one


def _adopted_already(workspace: Workspace, one: OfferView) -> RefusedByRule:
    """Where the first copy is, as far as this machine can know."""
    if one.post:
        word = say(f"cli.status.{one.status}")
        return RefusedByRule("offer.adopted_as_post", id=one.id, post=one.post, status=word)
    for draft in drafts.listing(workspace):
        if draft.origin.get("offer") == str(one.id):
            return RefusedByRule("offer.adopted_as_draft", id=one.id, draft=draft.id)
    with workspace.database.read() as connection:
        mine = offer_answer.c.unit == units.session_unit(connection)
        who = select(offer_answer.c.officer).where(offer_answer.c.offer_id == one.id, mine)
        officer = connection.execute(who).scalar()
    return RefusedByRule("offer.adopted_elsewhere", id=one.id, officer=officer)


def _told(workspace: Workspace, found: re.Match[str]) -> str:
    """What a place-holder stands for here; one that nobody knows stays, and no check lets it through."""
    name = PLACES.get(" ".join(fold(found[1]).replace("_", " ").split()), "")
    value = getattr(workspace.config.unit, name) if name else ""
    return str(value) or found[0]


def _files(workspace: Workspace, media: list[dict[str, Any]]) -> tuple[dict[str, bytes | Path], list[str]]:
    files: dict[str, bytes | Path] = {}
    missing = []
    for entry in media:
        name, stored = str(entry["file"]), workspace.media.path(MediaRef(**entry["ref"]))
        if leads_away(name):
            continue
        if stored.is_file():
            files[str(PurePath(name))] = stored
        else:
            missing.append(name)
    return files, missing
