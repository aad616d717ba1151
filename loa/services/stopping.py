"""Stopping and taking back: freezes, recalls, take-downs, corrections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from connectors import registry
from connectors.contract import Connector, Job, Published, Save
from connectors.errors import Refused
from connectors.extras import Removes
from content.approval import Role
from content.errors import NotFound, RefusedByRule, UsageError
from content.text import normalise
from loa.services import acting
from loa.services.acting import Act, Acted
from loa.services.deliveries import must_be_known, row_of
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.freezing import SCOPES, covers
from scheduler.policy import LEASE, to_json
from scheduler.recalling import call_back
from scheduler.seals import approvals_of, broken
from scheduler.status import AT_PLATFORM, SENDABLE, Status
from scheduler.store.tables import channel, correction, delivery, freeze
from scheduler.witness import handle_of


@dataclass(frozen=True)
class FreezeView:
    """One freeze as lists show it; in force while `lifted_at` is None."""

    id: int
    scope: str
    target: str
    reason: str
    officer: str
    at: datetime
    lifted_at: datetime | None
    lifted_by: str
    lift_reason: str


@dataclass(frozen=True)
class Frozen:
    """What a freeze did. `in_flight` left the house before it and may be public."""

    freeze: FreezeView
    stopped: list[str]
    recalls: list[Acted]
    in_flight: list[str]


@dataclass(frozen=True)
class Lifted:
    """What goes on at its time, and what came due meanwhile and waits for a decision."""

    freeze: FreezeView
    going_on: list[str]
    overdue: list[str]


# ---- freezes


def start(workspace: Workspace, actor: Person, scope: str, target: str, reason: str) -> Frozen:
    """Nothing that this covers leaves from this commit on; what platforms hold is called back at once."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    _need(reason)
    if scope not in SCOPES or (scope != "all") != bool(target):
        raise UsageError("stopping.bad_scope", scope=scope, known=", ".join(SCOPES))
    now = workspace.now()

    def work(connection: Connection) -> tuple[int, list[Any]]:
        if scope in ("channel", "post"):
            must_be_known(connection, **{f"{scope}_id": target})
        # A number that was given to one that is gone from the database would end that one in the notes.
        used = connection.execute(select(func.max(freeze.c.id))).scalar() or 0
        made: int = connection.execute(
            insert(freeze)
            .values(
                id=max(used, workspace.trust.witness.last_freeze()) + 1,
                scope=scope,
                target=normalise(target),
                reason=normalise(reason),
                officer=actor.name,
                at=now,
                lifted_by="",
                lift_reason="",
            )
            .returning(freeze.c.id)
        ).scalar_one()
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="frozen",
            subject=target or scope,
            scope=scope,
            freeze=made,
            reason=normalise(reason),
        )
        rows = _covered(connection, scope, target)
        held = [row.seq for row in rows if row.status == Status.HANDED_OVER]
        # Killed from here on, the publisher takes it up: what is being called back is never taken for held.
        calling_back = {"status": Status.RECALLING, "fence": -1, "wake_at": now + LEASE, "last_error": ""}
        connection.execute(
            update(delivery).where(delivery.c.seq.in_(held)).values(**calling_back, tries=0, updated_at=now)
        )
        return made, rows

    made, rows = workspace.database.run(work)
    # After the commit: killed in between, the row alone stops all; the other way round nobody sees why.
    workspace.trust.witness.freeze(made, scope, normalise(target))
    held = [row.seq for row in rows if row.status in AT_PLATFORM]
    return Frozen(
        freeze=_view(workspace, made),
        stopped=[row.id for row in rows if row.status in SENDABLE],
        recalls=acting.act_on(workspace, actor, RECALL_FROZEN, held, reason),
        in_flight=[row.id for row in rows if row.status == Status.REVEALING],
    )


def lift(workspace: Workspace, actor: Person, freeze_id: int, reason: str) -> Lifted:
    """End a freeze. What is not yet due goes on by itself; what came due meanwhile stays held."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    _need(reason)
    now = workspace.now()

    def work(connection: Connection) -> tuple[list[str], list[str]]:
        noted = workspace.trust.witness.freezes().get(freeze_id)
        if noted:  # as it was set, whatever somebody made of its row behind our back
            _put_back(connection, freeze_id, noted, now)
        row = connection.execute(select(freeze).where(freeze.c.id == freeze_id)).first()
        if row is None:
            raise NotFound("stopping.no_such_freeze", id=freeze_id)
        if row.lifted_at is not None:
            raise RefusedByRule("stopping.lifted_already", id=freeze_id)
        connection.execute(
            update(freeze)
            .where(freeze.c.id == freeze_id)
            .values(lifted_at=now, lifted_by=actor.name, lift_reason=normalise(reason))
        )
        workspace.trust.witness.lift(freeze_id)  # killed right here: the row still holds all
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="freeze_lifted",
            subject=row.target or row.scope,
            freeze=freeze_id,
            reason=normalise(reason),
        )
        going_on, overdue = [], []
        for one in _rows(connection, delivery.c.status == Status.HELD, delivery.c.last_error == "frozen"):
            if not covers(row.scope, row.target, one):
                continue
            if one.due_at <= now:
                overdue.append(one.id)
                continue
            going_on.append(one.id)
            handed = one.hand_over and _holds(connection, one, now) is None
            connection.execute(
                update(delivery)
                .where(delivery.c.seq == one.seq)
                .values(status=Status.QUEUED, wake_at=now, last_error="", hand_over=handed, updated_at=now)
            )
        return going_on, overdue

    going_on, overdue = workspace.database.run(work)
    return Lifted(_view(workspace, freeze_id), going_on, overdue)


def listing(workspace: Workspace, *, lifted: bool = False) -> list[FreezeView]:
    """Freezes in force, oldest first; with `lifted` the ended ones too."""
    query = select(freeze).order_by(freeze.c.id)
    with workspace.database.read() as connection:
        rows = connection.execute(query if lifted else query.where(freeze.c.lifted_at.is_(None))).all()
    return [FreezeView(*row) for row in rows]


def _put_back(connection: Connection, number: int, noted: tuple[str, str], now: datetime) -> None:
    mine = freeze.c.id == number
    values = {"scope": noted[0], "target": noted[1], "lifted_at": None, "lifted_by": "", "lift_reason": ""}
    if not connection.execute(update(freeze).where(mine).values(**values)).rowcount:
        connection.execute(insert(freeze).values(id=number, reason="–", officer="–", at=now, **values))


# ---- hand-over


def hand_over(workspace: Workspace, actor: Person, delivery_ids: Sequence[str]) -> list[str]:
    """Let the platforms hold these and publish them at their minute; the publisher does it within moments.

    Refused where that could only make it late: Loa publishes it at its minute by itself.
    """
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    now = workspace.now()

    def work(connection: Connection) -> list[str]:
        for delivery_id in delivery_ids:
            must_be_known(connection, delivery_id=delivery_id)
        waiting = (Status.QUEUED, Status.READY)
        rows = _rows(connection, delivery.c.id.in_(delivery_ids))
        for row in rows:
            if row.status not in waiting or row.due_at <= now:
                raise RefusedByRule("stopping.cannot_hand_over", delivery=row.id)
            if why := _holds(connection, row, now):
                raise RefusedByRule(why, delivery=row.id, channel=row.channel_id)
            approvals = approvals_of(connection, [row.seq], workspace.trust)[row.seq]
            whole = dict(row_of(connection, row.id)._mapping)
            if reason := broken(whole, approvals, workspace.config.approval, row.due_at):
                raise RefusedByRule(f"scheduler.reasons.{reason}")
            connection.execute(
                update(delivery)
                .where(delivery.c.seq == row.seq)
                .values(hand_over=True, wake_at=now, updated_at=now)
            )
            audit.record(connection, at=now, actor=actor.name, action="hand_over_asked", subject=row.id)
        return [row.id for row in rows]

    return workspace.database.run(work)


def recall(workspace: Workspace, actor: Person, delivery_ids: Sequence[str], reason: str) -> list[Acted]:
    """Call back what platforms hold; each is held here afterwards, until a person lets it go on."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    return _act(workspace, actor, RECALL, delivery.c.id.in_(delivery_ids), delivery_ids, reason)


def _recall(connector: Connector, job: Job, row: Any, save: Save) -> dict[str, Any]:
    handle = call_back(connector, job, handle_of(row.handle), save)
    return {"handle": to_json(handle), "last_error": "recalled"}


def _recall_frozen(connector: Connector, job: Job, row: Any, save: Save) -> dict[str, Any]:
    called_back = _recall(connector, job, row, save)
    return called_back | {"last_error": "frozen"} if row.hand_over else called_back


RECALL = Act(
    step="recall",
    allowed=AT_PLATFORM,
    during=Status.RECALLING,
    after=Status.HELD,
    audited="recalled",
    call=_recall,
    when_refused=Status.UNKNOWN,  # public already: read back
    taking={"hand_over": False},
    taken_up=True,
)
RECALL_FROZEN = replace(RECALL, call=_recall_frozen, taking={})
"""It goes on, to the platform again, when the freeze is lifted before its time."""


# ---- take-down


def take_down(
    workspace: Workspace, actor: Person, post_id: str, reason: str, *, channels: Sequence[str] = ()
) -> list[Acted]:
    """Take a post down from every channel, or from some; a result for each that it is public on."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    with workspace.database.read() as connection:
        must_be_known(connection, post_id=post_id)
        for channel_id in channels:
            must_be_known(connection, channel_id=channel_id)
    wanted = delivery.c.post_id == post_id
    if channels:
        wanted &= delivery.c.channel_id.in_(channels)
    return _act(workspace, actor, REMOVE, wanted, (), reason)


def taken_down_by_hand(workspace: Workspace, actor: Person, delivery_id: str, reason: str) -> None:
    """A person removed it where Loa cannot; believed, and recorded as their word.

    What Loa was calling back is held here then, what it was not sure of is taken for gone.
    """
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    _need(reason)
    now = workspace.now()

    def work(connection: Connection) -> None:
        row = row_of(connection, delivery_id)
        if row.status == Status.RECALLING:
            values = {"status": Status.HELD, "last_error": "recalled", "hand_over": False}
        elif row.status in (Status.PUBLISHED, Status.REMOVING, Status.UNKNOWN):
            values = {"status": Status.REMOVED, "last_error": ""}
        else:
            raise RefusedByRule("stopping.not_public", delivery=delivery_id)
        connection.execute(
            update(delivery)
            .where(delivery.c.seq == row.seq)
            .values(**values, wake_at=None, fence=-1, updated_at=now)
        )
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="removed_by_hand",
            subject=delivery_id,
            reason=normalise(reason),
        )

    workspace.database.run(work)


def _remove(connector: Connector, job: Job, row: Any, _save: Save) -> dict[str, Any]:
    if not isinstance(connector, Removes):
        raise Refused("loa:cannot-remove")
    connector.remove(Published(row.remote_id, row.url, row.published_at))
    if connector.find(job, handle_of(row.handle)):
        raise Refused("loa:still-public")
    return {"last_error": ""}


REMOVE = Act(
    step="remove",
    allowed=frozenset({Status.PUBLISHED}),
    during=Status.REMOVING,
    after=Status.REMOVED,
    audited="removed",
    call=_remove,
    when_refused=Status.PUBLISHED,
)


# ---- correction


def correct(workspace: Workspace, actor: Person, original: str, correcting: str, reason: str) -> None:
    """Say that one post sets another right; shown with both from then on."""
    actor.must_be(Role.DRAFTER, Role.APPROVER, Role.OPERATOR)
    _need(reason)
    if original == correcting:
        raise UsageError("stopping.corrects_itself", post=original)
    now = workspace.now()

    def work(connection: Connection) -> None:
        for key in (original, correcting):
            must_be_known(connection, post_id=key)
        same = (correction.c.original == original) & (correction.c.correcting == correcting)
        if connection.execute(select(correction.c.id).where(same)).first():
            return
        connection.execute(
            insert(correction).values(
                original=original,
                correcting=correcting,
                reason=normalise(reason),
                officer=actor.name,
                at=now,
            )
        )
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="corrected",
            subject=original,
            by=correcting,
            reason=normalise(reason),
        )

    workspace.database.run(work)


def corrections(workspace: Workspace, post_id: str) -> list[tuple[str, str]]:
    """(original, correcting) pairs in which a post takes part, oldest first."""
    about = (correction.c.original == post_id) | (correction.c.correcting == post_id)
    with workspace.database.read() as connection:
        rows = connection.execute(select(correction).where(about).order_by(correction.c.id)).all()
    return [(row.original, row.correcting) for row in rows]


# ---- shared


def _act(
    workspace: Workspace,
    actor: Person,
    act: Act,
    wanted: ColumnElement[bool],
    named: Sequence[str],
    reason: str,
) -> list[Acted]:
    _need(reason)
    with workspace.database.read() as connection:
        for delivery_id in named:
            must_be_known(connection, delivery_id=delivery_id)
        rows = _rows(connection, wanted)
    able = [row for row in rows if row.status in act.allowed | {act.during}]
    if not able:
        names = ", ".join(row.id for row in rows) or "–"
        raise RefusedByRule(f"stopping.nothing_to_{act.step}", deliveries=names)
    return acting.act_on(workspace, actor, act, [row.seq for row in able], reason)


def _holds(connection: Connection, row: Any, now: datetime) -> str | None:
    """Why its platform takes nothing that is due then, as a catalogue key; None when it does."""
    platform = connection.execute(select(channel.c.platform).where(channel.c.id == row.channel_id)).scalar()
    hold = registry.capabilities(str(platform)).hold
    if hold is None:
        return "stopping.cannot_hold"
    return None if hold.at_least <= row.due_at - now <= hold.at_most else "stopping.hold_window"


def _covered(connection: Connection, scope: str, target: str) -> list[Any]:
    moving = SENDABLE | AT_PLATFORM | {Status.REVEALING}
    return [row for row in _rows(connection, delivery.c.status.in_(moving)) if covers(scope, target, row)]


def _rows(connection: Connection, *conditions: ColumnElement[bool]) -> list[Any]:
    query = select(delivery).where(*conditions).order_by(delivery.c.due_at, delivery.c.seq)
    return list(connection.execute(query))


def _view(workspace: Workspace, freeze_id: int) -> FreezeView:
    with workspace.database.read() as connection:
        return FreezeView(*connection.execute(select(freeze).where(freeze.c.id == freeze_id)).one())


def _need(reason: str) -> None:
    if not reason.strip():
        raise UsageError("cli.reason_required")
