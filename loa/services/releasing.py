"""A person's go for what a restore set aside; the platform is read back before anything of it is sent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Row, and_, select, update

from content.approval import Role
from content.errors import RefusedByRule
from content.text import normalise
from content.wording import say
from loa.services import acting
from loa.services.deliveries import DeliveryView, must_be_known, select_views
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit, restores
from scheduler.seals import note_use
from scheduler.status import Status
from scheduler.store.tables import delivery
from scheduler.witness import AGAIN

WAITS = and_(delivery.c.last_error == restores.ACTION, delivery.c.status.in_([Status.HELD, Status.UNKNOWN]))
"""Set aside by a restore and not let go yet."""


def waiting(workspace: Workspace) -> list[DeliveryView]:
    """What a restore set aside and nobody let go yet, in due order."""
    with workspace.database.read() as connection:
        return select_views(connection, WAITS)


def release(
    workspace: Workspace, actor: Person, delivery_ids: Sequence[str], reason: str
) -> list[DeliveryView]:
    """Let restored deliveries go on; all that wait when none is named. The platform is read back first.

    Found public: adopted. Not found: sent at its time, or `missed` when it is too late for that.
    """
    actor.must_be(Role.OPERATOR)
    acting.need(reason)
    acting.must_be_believed(workspace)
    now = workspace.now()

    def work(connection: Connection) -> list[int]:
        rows = connection.execute(select(delivery).where(WAITS)).all()
        if delivery_ids:
            rows = [_named(connection, rows, name) for name in dict.fromkeys(delivery_ids)]
        for row in rows:
            looking = {
                "wake_at": now,
                "looks": 0,
                "reads": 0,
                "tries": 0,
                "last_error": "",
                "updated_at": now,
            }
            status = Status.REVEALING if row.pending else Status.UNKNOWN  # the platform was at work on it
            mine = delivery.c.seq == row.seq
            connection.execute(update(delivery).where(mine).values(status=status, **looking))
            workspace.trust.witness.let_go(row.id, now, row.due_at)
            note_use(connection, workspace.trust, row.seq, AGAIN)  # if it is out, the read-back finds it
            audit.record(
                connection,
                at=now,
                actor=actor.name,
                action="released",
                subject=row.id,
                reason=normalise(reason),
                before=row.status,
            )
        return [row.seq for row in rows]

    seqs = workspace.database.run(work)
    with workspace.database.read() as connection:
        return [view for seq in seqs for view in select_views(connection, delivery.c.seq == seq)]


def _named(
    connection: Connection, rows: Sequence[Row[tuple[object, ...]]], name: str
) -> Row[tuple[object, ...]]:
    must_be_known(connection, delivery_id=name)
    for row in rows:
        if row.id == name:
            return row
    status = connection.execute(select(delivery.c.status).where(delivery.c.id == name)).scalar()
    raise RefusedByRule("backup.not_waiting", delivery=name, status=say(f"cli.status.{status}"))
