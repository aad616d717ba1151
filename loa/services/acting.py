"""Calling a platform for a person, at once and outside the lanes: recalling and taking down.

The publisher need not run for it. Before the call the delivery is put out of the lanes' reach: by its status,
and by a fence that matches no claim. Killed during the call, it stays there, named on every list, and may be
tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from connectors.contract import Connector, Job, Save
from connectors.errors import ConnectorError, Refused
from content.variant import Variant
from loa.services.connecting import Connectors
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.policy import to_json
from scheduler.status import Status
from scheduler.store.tables import attempt, delivery

TOGETHER = 16
"""Channels that are spoken to at the same time; one channel is never spoken to twice at once."""


@dataclass(frozen=True)
class Acted:
    """What came of it on one channel. `trouble` is a code with its detail, empty when it is done."""

    delivery: str
    channel: str
    url: str
    done: bool
    trouble: str = ""


@dataclass(frozen=True)
class Act:
    """One kind of call and what it makes of a delivery."""

    step: str
    allowed: frozenset[Status]
    during: Status
    after: Status
    audited: str
    call: Callable[[Connector, Job, Any, Save], dict[str, Any]]
    """(connector, job, row, save) → columns to write; raises ConnectorError."""
    when_refused: Status
    """The platform says that it cannot be done: it stands as before, or has to be looked at."""


def act_on(workspace: Workspace, actor: Person, act: Act, seqs: Sequence[int], reason: str) -> list[Acted]:
    """Do it for every one of these deliveries whose status allows it; one result each, in order."""
    taken = [row for seq in seqs if (row := _take(workspace, actor, act, seq)) is not None]
    by_channel: dict[str, list[Any]] = {}
    for row in taken:
        by_channel.setdefault(row.channel_id, []).append(row)
    connectors = Connectors(workspace, pool=TOGETHER)
    try:
        with ThreadPoolExecutor(TOGETHER, thread_name_prefix="loa-act") as pool:
            lists = pool.map(
                lambda rows: [_one(workspace, actor, act, connectors, row, reason) for row in rows],
                by_channel.values(),
            )
            done = {acted.delivery: acted for results in lists for acted in results}
    finally:
        connectors.close()
    return [done[row.id] for row in taken]


def _take(workspace: Workspace, actor: Person, act: Act, seq: int) -> Any | None:
    now = workspace.now()

    def work(connection: Connection) -> Any | None:
        row = connection.execute(
            select(delivery).where(delivery.c.seq == seq).with_for_update(of=delivery)
        ).first()
        if row is None or row.status not in act.allowed | {act.during}:
            return None
        connection.execute(
            update(delivery)
            .where(delivery.c.seq == seq)
            # fence -1 matches no claim: a worker that is at it can write nothing more
            .values(status=act.during, fence=-1, wake_at=None, updated_at=now)
        )
        connection.execute(
            insert(attempt).values(
                delivery_seq=seq,
                step=act.step,
                fence=-1,
                worker=actor.name,
                started_at=now,
                outcome="",
                evidence="",
            )
        )
        return row

    return workspace.database.run(work)


def _one(
    workspace: Workspace, actor: Person, act: Act, connectors: Connectors, row: Any, reason: str
) -> Acted:
    """The call and its outcome, committed."""
    try:
        variant = Variant.parse(row.payload)
        job = Job(row.id, row.marker, variant, row.due_at, row.first_try_at)
        changes = act.call(connectors.connect(row.channel_id), job, row, _keeper(workspace, row.seq))
    except ValueError as error:
        return _close(workspace, actor, act, row, reason, act.during, {}, f"row.damaged: {error}")
    except Refused as error:
        return _close(workspace, actor, act, row, reason, act.when_refused, {}, str(error))
    except ConnectorError as error:
        return _close(workspace, actor, act, row, reason, act.during, {}, str(error))
    return _close(workspace, actor, act, row, reason, act.after, changes, "")


def _close(
    workspace: Workspace,
    actor: Person,
    act: Act,
    row: Any,
    reason: str,
    status: Status,
    changes: dict[str, Any],
    trouble: str,
) -> Acted:
    now = workspace.now()
    wake = now if status is Status.UNKNOWN else None
    values = {"status": status, "wake_at": wake, "last_error": trouble, "updated_at": now, **changes}

    def work(connection: Connection) -> None:
        mine = (delivery.c.seq == row.seq) & (delivery.c.status == act.during)
        written = connection.execute(update(delivery).where(mine).values(**values)).rowcount
        connection.execute(
            update(attempt)
            .where(
                attempt.c.delivery_seq == row.seq, attempt.c.step == act.step, attempt.c.ended_at.is_(None)
            )
            .values(ended_at=now, outcome="trouble" if trouble else "done", evidence=trouble)
        )
        if written:
            audit.record(
                connection,
                at=now,
                actor=actor.name,
                action=act.audited if not trouble else f"{act.audited}_failed",
                subject=row.id,
                reason=reason,
                trouble=trouble,
            )

    workspace.database.run(work)
    return Acted(row.id, row.channel_id, row.url, not trouble, trouble)


def _keeper(workspace: Workspace, seq: int) -> Save:
    """A `save` for a call outside the lanes."""

    def save(handle: dict[str, Any]) -> None:
        workspace.database.run(
            lambda c: c.execute(update(delivery).where(delivery.c.seq == seq).values(handle=to_json(handle)))
        )

    return save
