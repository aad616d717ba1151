"""Freezes: one command after which nothing that it covers leaves, until a person lifts it.

The claim reads the row in its own transaction, so it holds from the commit on (docs/adr/0011). The witness
keeps a freeze too: whoever deletes it from the database lifts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from content.approval import Role
from content.errors import LoaError, NotFound, RefusedByRule, UsageError
from content.text import normalise
from loa.services import acting
from loa.services.acting import Acted, Moving
from loa.services.deliveries import must_be_known
from loa.services.people import Person
from loa.services.stopping.holding import RECALL_FROZEN, why_not_held
from loa.services.stopping.outlook import Outlook, outlook
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.freezing import SCOPES, covers, reaches
from scheduler.policy import LEASE
from scheduler.reasons import Reason
from scheduler.status import AT_PLATFORM, SENDABLE, Status
from scheduler.store import units
from scheduler.store.tables import LARGEST, delivery, freeze


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
    unit: str = ""
    """Whose order it is: the installation's own unit ('') stops every unit's channels, another its own."""


@dataclass(frozen=True)
class Frozen:
    """What a freeze did. `in_flight` left the house before it and may be public."""

    freeze: FreezeView
    stopped: list[str]
    recalls: list[Acted]
    in_flight: list[str]
    unnoted: str = ""
    """The witness's file, where it could not be written; the freeze is in force by its row all the same."""


@dataclass(frozen=True)
class Lifted:
    """What came due in the freeze and waits for a decision, and how many go out or stay back beside."""

    freeze: FreezeView
    overdue: list[str]
    left: Outlook | None
    """None where counting would have taken long."""


def start(workspace: Workspace, actor: Person, scope: str, target: str, reason: str) -> Frozen:
    """Nothing that this covers leaves from this commit on; what platforms hold is called back at once."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    acting.need(reason)
    if scope not in SCOPES or (scope != "all") != bool(target):
        raise UsageError("stopping.bad_scope", scope=scope, known=", ".join(SCOPES))
    now = workspace.now()

    def work(connection: Connection) -> tuple[int, list[Moving], str]:
        if scope in ("channel", "post"):
            must_be_known(connection, **{f"{scope}_id": target})
        # A number that was given to one that is gone from the database would end that one in the notes.
        used = units.highest(connection, freeze.c.id)
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
        audit.record_of(
            connection,
            _whose(scope, units.session_unit(connection)),
            at=now,
            actor=actor.name,
            action="frozen",
            subject=target or scope,
            scope=scope,
            freeze=made,
            reason=normalise(reason),
        )
        rows = acting.moving(connection, [(scope, target)], *units.mine(connection))
        held = [row.seq for row in rows if row.status == Status.HANDED_OVER]
        # Killed from here on, the publisher takes it up: what is being called back is never taken for held.
        calling_back = {"status": Status.RECALLING, "fence": -1, "wake_at": now + LEASE, "last_error": ""}
        connection.execute(
            update(delivery).where(delivery.c.seq.in_(held)).values(**calling_back, tries=0, updated_at=now)
        )
        return made, rows, units.session_unit(connection)

    made, rows, unit = workspace.database.run(work)
    # After the commit: killed in between, the row alone stops all; the other way round nobody sees why.
    unnoted = ""
    try:
        workspace.trust.witness.freeze(made, scope, normalise(target), unit)
    except LoaError:
        unnoted = str(workspace.trust.witness.file)
    held = [row.seq for row in rows if row.status in AT_PLATFORM]
    return Frozen(
        freeze=_view(workspace, made),
        stopped=[row.id for row in rows if row.status in SENDABLE],
        recalls=acting.act_on(workspace, actor, RECALL_FROZEN, held, reason),
        in_flight=[row.id for row in rows if row.status == Status.REVEALING],
        unnoted=unnoted,
    )


def lift(workspace: Workspace, actor: Person, freeze_id: int, reason: str) -> Lifted:
    """End a freeze. What is not yet due goes on by itself; what came due meanwhile stays held."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    acting.need(reason)
    now = workspace.now()

    def work(connection: Connection) -> tuple[Any, list[str]]:
        if not 0 < freeze_id <= LARGEST:
            raise NotFound("stopping.no_such_freeze", id=freeze_id)
        noted = workspace.trust.witness.freezes().get(freeze_id)
        if noted:  # as it was set, whatever somebody made of its row behind our back
            _put_back(connection, freeze_id, noted, now)
        row = connection.execute(select(freeze).where(freeze.c.id == freeze_id)).first()
        if row is None:
            raise NotFound("stopping.no_such_freeze", id=freeze_id)
        if units.session_unit(connection) not in (units.OWN, row.unit):
            raise RefusedByRule("unit.freeze_from_above", id=freeze_id)
        if row.lifted_at is not None:
            raise RefusedByRule("stopping.lifted_already", id=freeze_id)
        acting.must_be_believed(workspace)
        connection.execute(
            update(freeze)
            .where(freeze.c.id == freeze_id)
            .values(lifted_at=now, lifted_by=actor.name, lift_reason=normalise(reason))
        )
        workspace.trust.witness.lift(freeze_id)  # killed right here: the row still holds all
        audit.record_of(
            connection,
            _whose(row.scope, row.unit),
            at=now,
            actor=actor.name,
            action="freeze_lifted",
            subject=row.target or row.scope,
            freeze=freeze_id,
            reason=normalise(reason),
        )
        return row, _let_go(connection, row, now)

    row, overdue = workspace.database.run(work)
    # Counted when nobody waits for it any more: hundreds of thousands may have stood still.
    with workspace.database.instant() as connection:
        left = outlook(connection, workspace.trust, row, now)
    return Lifted(_view(workspace, freeze_id), overdue, left)


def listing(workspace: Workspace, *, lifted: bool = False) -> list[FreezeView]:
    """Freezes in force, oldest first; with `lifted` the ended ones too.

    In force is also what only the witness still knows: it stops posts, so a person must be able to lift it.
    """
    with workspace.database.read() as connection:
        views = {row.id: FreezeView(*row) for row in connection.execute(select(freeze))}
    for number, (scope, target, *unit) in workspace.trust.witness.freezes().items():
        known = views.get(number) or FreezeView(number, "", "", "–", "–", workspace.now(), None, "", "")
        whose = "".join(unit)
        if whose and number in views and views[number].unit != whose:
            continue  # a unit's note about a number that another's order bears: the row is that one's
        views[number] = replace(
            known, scope=scope, target=target, lifted_at=None, lifted_by="", lift_reason="", unit=whose
        )
    in_order = [views[number] for number in sorted(views)]
    return in_order if lifted else [view for view in in_order if view.lifted_at is None]


def _let_go(connection: Connection, order: Any, now: datetime) -> list[str]:
    """Queue again what a lifted freeze held and is not due yet; returns what is."""
    overdue = []
    for one in acting.rows(
        connection, delivery.c.status == Status.HELD, delivery.c.last_error == Reason.FROZEN
    ):
        if not (covers(order.scope, order.target, one) and reaches(order.unit, one)):
            continue
        if one.due_at <= now:
            overdue.append(one.id)
            continue
        handed = one.hand_over and why_not_held(connection, one, now) is None
        values = {"status": Status.QUEUED, "wake_at": now, "last_error": "", "hand_over": handed}
        queued = update(delivery).where(delivery.c.seq == one.seq).values(**values, updated_at=now)
        connection.execute(queued)
    return overdue


def _whose(scope: str, unit: str) -> str | None:
    """In whose record an order is told: that of the channel or post that it is about, else its own unit's."""
    return unit if unit or scope not in ("channel", "post") else None


def _put_back(connection: Connection, number: int, noted: tuple[str, ...], now: datetime) -> None:
    """Write the row as it was noted; not by a unit's note over an order of another's."""
    mine, whose = freeze.c.id == number, "".join(noted[2:])
    values: dict[str, Any] = {
        "scope": noted[0],
        "target": noted[1],
        "lifted_at": None,
        "lifted_by": "",
        "lift_reason": "",
    }
    there = connection.execute(select(freeze.c.unit).where(mine)).scalar()
    if there is None:
        values |= {"reason": "–", "officer": "–", "at": now, "unit": whose}
        connection.execute(insert(freeze).values(id=number, **values))
    elif there == whose:
        connection.execute(update(freeze).where(mine).values(**values))
    elif not whose:
        connection.execute(update(freeze).where(mine).values(**values, unit=whose))


def _view(workspace: Workspace, freeze_id: int) -> FreezeView:
    with workspace.database.read() as connection:
        return FreezeView(*connection.execute(select(freeze).where(freeze.c.id == freeze_id)).one())
