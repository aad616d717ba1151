"""Where the database speaks against the record, the witness or the trust file: traces of another hand in it.

What would be sent wrongly the publisher refuses by itself, row by row, when it comes to it. Here is found
what it never comes to: a post that only seems to be published, a delivery that is gone, a freeze that was
deleted, a channel that was turned elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, Row, bindparam, select

from content.activity.entry import TEXTS
from content.approval import Approval
from content.errors import LoaError
from content.variant import seal
from loa.services.workspace import Workspace
from scheduler import blackouts, unpinned, waivers
from scheduler.audit import BEFORE_ALL, MACHINE
from scheduler.freezing import entry
from scheduler.reasons import Reason
from scheduler.seals import approvals_of, standing_names
from scheduler.status import DONE, IN_DOUBT, SENDABLE, Status
from scheduler.store.tables import (
    NO_TIME,
    activity,
    audit_event,
    blackout,
    channel,
    delivery,
    freeze,
    lane,
    officer,
)
from scheduler.store.units import OWN
from scheduler.witness import SENT, digest_of_channel

_OUT = ("published", "settled", "posted", "done_by_word", "removed_by_hand")
_BACK = {"rejected", "withdrawn"}
_TOLD = frozenset({*_OUT, *_BACK, "cancelled", "approved", "submitted"})
_AT_ONCE = 500
_Yes = tuple[str, str, str]
"""Of an approval: officer, role, seal."""
_EVENTS = select(audit_event).where(audit_event.c.action.in_(_TOLD)).order_by(audit_event.c.id)
_ABOUT = _EVENTS.where(audit_event.c.subject.in_(bindparam("b_subjects", expanding=True)))
_TOLD_OF = _EVENTS.where(audit_event.c.id > bindparam("b_last", type_=BigInteger)).limit(_AT_ONCE)
_THERE = select(delivery.c.id).where(delivery.c.id.in_(bindparam("b_ids", expanding=True)))
_FOLLOWING = (
    select(delivery)
    .where(delivery.c.seq > bindparam("b_last", type_=BigInteger))
    .order_by(delivery.c.seq)
    .limit(_AT_ONCE)
)
_OF_ACTIVITY = (*TEXTS, "kind", "first", "last", "done")
ASLEEP = timedelta(days=2)
"""Longer than any platform makes us wait: nothing that is to be sent is looked at that late."""
TOLD_FOR = timedelta(days=7)
"""What has been put right since by looking at the platform is told of for so long."""


@dataclass(frozen=True)
class Contradiction:
    """`key` names its sentence (`audit.contradictions.<key>`), `subject` the delivery, channel or officer."""

    key: str
    subject: str


def find(workspace: Workspace, rest: Callable[[], None] = lambda: None) -> list[Contradiction]:
    """All there are. Reads the whole record, so it is asked daily and by `loa audit verify`.

    `rest` is called after each page of it.
    """
    with workspace.database.read() as connection:
        return [
            *_freezes(workspace, connection),
            *_blackouts(workspace, connection),
            *_overrides(workspace, connection),
            *_channels(workspace, connection),
            *_officers(workspace, connection),
            *_gone(connection, rest),
            *_deliveries(workspace, rest),
            *_forgotten(workspace, connection),
            *_activities(connection),
        ]


def _freezes(workspace: Workspace, connection: Connection) -> Iterator[Contradiction]:
    rows = connection.execute(select(freeze).where(freeze.c.lifted_at.is_(None)))
    stored = {row.id: entry(row) for row in rows}
    for number, noted in workspace.trust.witness.freezes().items():
        if stored.get(number) != noted:
            yield Contradiction("freeze", str(number))


def _blackouts(workspace: Workspace, connection: Connection) -> Iterator[Contradiction]:
    rows = connection.execute(select(blackout).where(blackout.c.removed_at.is_(None)))
    stored = {row.id: blackouts.of_row(row).order for row in rows}
    for number, noted in workspace.trust.witness.blackouts().items():
        if stored.get(number) != noted:
            yield Contradiction("blackout", str(number))


def _overrides(workspace: Workspace, connection: Connection) -> Iterator[Contradiction]:
    """What the record says was given and is not there, and what is there and nobody gave."""
    trust = workspace.trust
    told = [waivers.believed(row, trust) for row in waivers.rows(connection)]
    there = {(one.post, one.officer, one.rule, one.about, one.source_sha256, one.reason) for one in told}
    given = set()
    query = select(audit_event).where(audit_event.c.action == "law_overridden")
    for row in connection.execute(query):
        try:
            detail = json.loads(row.detail)
            what = [detail[name] for name in ("rule", "document", "text", "reason")]
            given.add((row.subject, row.actor, *map(str, what)))
        except (ValueError, KeyError, TypeError):
            continue  # the chain tells of it
    for subject in sorted({str(one[0]) for one in given - there}):
        yield Contradiction("override_gone", subject)
    wrong = [one for one in told if not one.genuine and not one.taken_back]
    for subject in sorted({one.post for one in wrong if unpinned.unit_of(connection, trust, one) is None}):
        yield Contradiction("override_forged", subject)


def _activities(connection: Connection) -> Iterator[Contradiction]:
    """Revisions in the ledger that are gone, that nobody wrote, or that say another thing than the record."""
    actions = [f"activity_{name}" for name in ("added", "changed", "removed", "restored")]
    recorded: dict[tuple[str, int], object] = {}
    for row in connection.execute(select(audit_event).where(audit_event.c.action.in_(actions))):
        try:
            detail = json.loads(row.detail)
            recorded[row.subject, int(detail["revision"])] = (row.action, row.actor, detail["activity"])
        except (ValueError, KeyError, TypeError):
            continue  # the chain tells of it
    there: dict[tuple[str, int], object] = {}
    for row in connection.execute(select(activity)):
        try:
            told = {name: getattr(row, name) for name in _OF_ACTIVITY} | {"counts": json.loads(row.counts)}
        except (ValueError, RecursionError):
            told = {}
        there[f"activity-{row.number}", row.revision] = (f"activity_{row.action}", row.officer, told)
    wrong = {key for key in {*recorded, *there} if recorded.get(key) != there.get(key)}
    for subject in sorted({name for name, _ in wrong}):
        yield Contradiction("activity", subject.removeprefix("activity-"))


def _channels(workspace: Workspace, connection: Connection) -> Iterator[Contradiction]:
    rows = {row.id: row for row in connection.execute(select(channel))}
    for name, noted in workspace.trust.witness.channels().items():
        if name not in rows or _digest(rows[name]) != noted:
            yield Contradiction("channel", name)
    lanes = set(connection.execute(select(lane.c.channel_id)).scalars())
    for name in sorted(rows.keys() ^ lanes):  # nobody would ever look at its deliveries
        yield Contradiction("lane", name)


def _digest(row: Any) -> str:
    try:
        return digest_of_channel(row.platform, row.account, row.settings, row.unit)
    except ValueError:
        return ""


def _officers(workspace: Workspace, connection: Connection) -> Iterator[Contradiction]:
    """A key or a role that is not the pinned one. Roles only shown and asked for; they sign nothing."""
    rows = {row.name: row for row in connection.execute(select(officer))}
    try:
        pinned = workspace.trust.people()
    except LoaError:
        return  # an alert of its own
    for name, one in pinned.items():
        row = rows.get(name)
        if row is None or row.public_key != one.key or set(row.roles.split(",")) != set(one.roles):
            yield Contradiction("officer", name)
    for name in rows.keys() - pinned.keys():
        row = rows[name]  # another unit's is pinned when its people have called: until then nothing is wrong
        if row.public_key and "approver" in row.roles and row.unit == OWN:
            yield Contradiction("unpinned", name)


def _gone(connection: Connection, rest: Callable[[], None]) -> Iterator[Contradiction]:
    """Deliveries that the record tells of and that are not there."""
    missing: set[str] = set()
    last = BEFORE_ALL
    while page := connection.execute(_TOLD_OF, {"b_last": last}).all():
        named = sorted({name for row in page for name in _told(row)[0]})
        for start in range(0, len(named), _AT_ONCE):
            some = named[start : start + _AT_ONCE]
            missing.update(set(some).difference(connection.execute(_THERE, {"b_ids": some}).scalars()))
            rest()
        last = page[-1].id
    for name in sorted(missing):
        yield Contradiction("gone", name)


def _deliveries(workspace: Workspace, rest: Callable[[], None]) -> Iterator[Contradiction]:
    """A page at a time, each with what the record said of it at the same instant."""
    last: int | None = BEFORE_ALL
    while last is not None:
        found, following = _page(workspace, last)
        if found:  # the witness is read a moment later: what was only under way is all right the next time
            again, _ = _page(workspace, last)
            found = [one for one in found if one in again]
        yield from found
        last = following
        rest()


def _page(workspace: Workspace, last: int) -> tuple[list[Contradiction], int | None]:
    """Of the deliveries that follow `last`; and the last of them, None where there are no more."""
    with workspace.database.instant() as connection:
        rows = connection.execute(_FOLLOWING, {"b_last": last}).all()
        about = sorted({row.id for row in rows} | {row.post_id for row in rows})
        told, given = _record(connection.execute(_ABOUT, {"b_subjects": about}))
        approvals = approvals_of(connection, [row.seq for row in rows], workspace.trust)
    found: list[Contradiction] = []
    for row in rows:
        recorded = told.get(row.id, []), given.get(row.id, set())
        found += _delivery(workspace, row, *recorded, approvals[row.seq])
    return found, rows[-1].seq if rows else None


def _delivery(
    workspace: Workspace, row: Any, told: list[str], given: set[_Yes], mine: list[Approval]
) -> Iterator[Contradiction]:
    if given - {(yes.officer, yes.role, yes.seal) for yes in mine}:
        yield Contradiction("approval_gone", row.id)
    if row.status not in DONE and any(yes.is_forged for yes in mine):
        yield Contradiction("approval_forged", row.id)
    yield from _handle(workspace, row, mine)
    late = max(workspace.now(), row.due_at or workspace.now()) + ASLEEP
    if row.status in SENDABLE and (row.wake_at in (None, NO_TIME) or row.wake_at > late):
        yield Contradiction("asleep", row.id)
    yield from _status(workspace, row, told, mine)


def _forgotten(workspace: Workspace, connection: Connection) -> Iterator[Contradiction]:
    """What was published and was to be sent once more, so that the publisher went to look for it."""
    query = select(audit_event.c.subject).where(
        audit_event.c.action == Status.UNKNOWN,
        audit_event.c.actor == MACHINE,
        audit_event.c.at > workspace.now() - TOLD_FOR,
        audit_event.c.detail.contains(f'"{Reason.USED}"'),
    )
    for subject in sorted(set(connection.execute(query).scalars())):
        yield Contradiction("forgotten", subject)


def _record(rows: Iterable[Row[Any]]) -> tuple[dict[str, list[str]], dict[str, set[_Yes]]]:
    """What was told of each delivery, in order, and the approvals that were given."""
    told: dict[str, list[str]] = {}
    given: dict[str, set[_Yes]] = {}
    for row in rows:
        names, yes = _told(row)
        if yes:
            given.setdefault(row.subject, set()).add(yes)
        for name in names:
            told.setdefault(name, []).append(row.action)
    return told, given


def _told(row: Row[Any]) -> tuple[list[str], _Yes | None]:
    """Of which deliveries an event tells, and the approval that it is. Of none when it says nothing new."""
    yes = None
    try:
        detail = json.loads(row.detail)
        names = list(map(str, detail["seals"])) if row.action == "submitted" else [row.subject]
        if row.action == "approved":
            yes = (row.actor, str(detail["role"]), str(detail["seal"]))
        if row.action == "settled" and not (detail.get("url") or detail.get("evidence")):
            names = []  # looked at again, or not public
    except (ValueError, KeyError, TypeError, AttributeError):
        return [], None  # the chain tells of it
    return names, yes


def _handle(workspace: Workspace, row: Any, approvals: list[Approval]) -> Iterator[Contradiction]:
    if workspace.is_kept_apart:
        return  # a unit's own PC has not the key to tell; the machines that publish do
    try:
        ours = workspace.trust.witness.is_ours(row, standing_names(approvals))
    except (ValueError, AttributeError):
        ours = False
    if not ours:
        yield Contradiction("handle", row.id)


def _status(
    workspace: Workspace, row: Any, told: list[str], approvals: list[Approval]
) -> Iterator[Contradiction]:
    """A status that nothing in the record led to."""
    last = next((action for action in reversed(told) if action not in _OUT), "")
    out = bool(told) and not set(_OUT).isdisjoint(told)
    sent = any(workspace.trust.witness.state(name) == SENT for name in standing_names(approvals))
    unseen = {Status.DRAFT, Status.IN_REVIEW, Status.CANCELLED}
    if row.status in DONE and not out:
        yield Contradiction("never_sent", row.id)
    elif sent and row.status not in DONE | IN_DOUBT:
        yield Contradiction("was_sent", row.id)
    elif row.status in DONE and approvals and seal(row.payload) not in {yes.seal for yes in approvals}:
        yield Contradiction("other_text", row.id)
    elif (
        (last == "cancelled" and row.status != Status.CANCELLED)
        or (last in _BACK and row.status not in unseen - {Status.IN_REVIEW})
        or (last in ("submitted", "") and row.status not in unseen)
    ):
        yield Contradiction("status", row.id)
