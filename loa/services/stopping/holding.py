"""Platforms hold a post and publish it at its minute by themselves; until then it can be called back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from connectors import registry
from connectors.contract import Connector, Job, Save
from content.approval import Role
from content.errors import RefusedByRule
from loa.services import acting
from loa.services.acting import Act, Acted
from loa.services.deliveries import must_be_known, row_of
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.policy import to_json
from scheduler.reasons import Reason
from scheduler.recalling import call_back
from scheduler.seals import approvals_of, broken
from scheduler.status import AT_PLATFORM, Status
from scheduler.store.tables import channel, delivery
from scheduler.witness import handle_of


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
        rows = acting.rows(connection, delivery.c.id.in_(delivery_ids))
        for row in rows:
            if row.status not in waiting or row.due_at <= now:
                raise RefusedByRule("stopping.cannot_hand_over", delivery=row.id)
            if why := why_not_held(connection, row, now):
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
    return acting.on_chosen(workspace, actor, RECALL, delivery.c.id.in_(delivery_ids), delivery_ids, reason)


def _recall(connector: Connector, job: Job, row: Any, save: Save) -> dict[str, Any]:
    handle = call_back(connector, job, handle_of(row.handle), save)
    return {"handle": to_json(handle), "last_error": "recalled"}


def _recall_frozen(connector: Connector, job: Job, row: Any, save: Save) -> dict[str, Any]:
    called_back = _recall(connector, job, row, save)
    return called_back | {"last_error": Reason.FROZEN} if row.hand_over else called_back


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


def why_not_held(connection: Connection, row: Any, now: datetime) -> str | None:
    """Why its platform takes nothing that is due then, as a catalogue key; None when it does."""
    platform = connection.execute(select(channel.c.platform).where(channel.c.id == row.channel_id)).scalar()
    hold = registry.capabilities(str(platform)).hold
    if hold is None:
        return "stopping.cannot_hold"
    return None if hold.at_least <= row.due_at - now <= hold.at_most else "stopping.hold_window"
