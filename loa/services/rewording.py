"""A channel's setting that shapes what the public gets: who approved a post approved it with its old value.

The operator alone sets it, so what waits for the channel is approved anew, as after an edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select, update

from connectors.contract import Capabilities
from connectors.extras import BY_PEOPLE
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit, seals
from scheduler.reasons import Reason
from scheduler.status import AT_PLATFORM, DONE, IN_DOUBT, Status
from scheduler.store.tables import approval, delivery

_NOT_APPROVED = DONE | {Status.DRAFT, Status.CANCELLED}


@dataclass(frozen=True)
class Unapproved:
    """`again`: back to be submitted, or called back from the platform first. `too_late`: in people's hands,
    or perhaps public, as it was before the change."""

    again: tuple[str, ...] = ()
    too_late: tuple[str, ...] = ()


def reshaping(capabilities: Capabilities, before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Names of the settings whose change the public would hear or see."""

    def differs(name: str, default: str) -> bool:
        old, new = ((given.get(name, "").strip() or default) for given in (before, after))
        return old != new

    return [one.name for one in capabilities.settings if one.public and differs(one.name, one.default)]


def unapprove(
    workspace: Workspace, connection: Connection, actor: Person, channel_id: str, settings: Sequence[str]
) -> Unapproved:
    """Void the approvals of all that waits for this channel, in the transaction that changes the settings.

    What people hold already (`BY_PEOPLE`) stays as it was approved: its pack is not made anew any more, and
    they must be able to say that it was done.
    """
    now = workspace.now()
    waiting = select(delivery).where(
        delivery.c.channel_id == channel_id, delivery.c.status.not_in(_NOT_APPROVED)
    )
    again: list[str] = []
    too_late: list[str] = []
    for row in connection.execute(waiting.order_by(delivery.c.seq).with_for_update()).all():
        if row.status == Status.REVEALING and row.pending in BY_PEOPLE:
            too_late.append(row.id)
            continue
        mine = approval.c.delivery_seq == row.seq
        seals.void(connection, workspace.trust, mine, Reason.SETTINGS_CHANGED, now, of=row.id)
        (too_late if row.status in IN_DOUBT else again).append(row.id)
        if row.status in AT_PLATFORM:
            values = {"status": Status.RECALLING, "wake_at": now, "tries": 0, "last_error": ""}
        else:
            why = Reason.SETTINGS_CHANGED
            values = {"status": Status.DRAFT, "wake_at": None, "payload": "", "last_error": why}
        if row.status not in IN_DOUBT:  # of which, found not to be public, the gate lets nothing go again
            # fence -1 matches no claim: a worker that is at it can write nothing more
            changed = update(delivery).where(delivery.c.seq == row.seq)
            connection.execute(changed.values(**values, fence=-1, updated_at=now))
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action="unapproved",
            subject=row.id,
            channel=channel_id,
            settings=list(settings),
            before=row.status,
        )
    return Unapproved(tuple(again), tuple(too_late))
