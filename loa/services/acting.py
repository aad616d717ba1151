"""Calling a platform for a person, at once and outside the lanes: recalling and taking down.

The publisher need not run for it. Before the call the delivery is put out of the lanes' reach: by its status,
and by a fence that matches no claim. Killed during the call, it stays there, named on every list, and may be
tried again; a recall the publisher takes up by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, insert, literal, select, update

from connectors.contract import Connector, Job, Save
from connectors.errors import ConnectorError, Refused
from content.errors import LoaError, RefusedByRule, UsageError
from content.variant import Variant
from loa.services.connecting import Connectors
from loa.services.deliveries import must_be_known
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.freezing import covers
from scheduler.policy import BACK_OFF_FIRST, LEASE
from scheduler.reasons import Reason
from scheduler.seals import approvals_of, note_use, standing_names
from scheduler.status import AT_PLATFORM, SENDABLE, Status
from scheduler.store.order import IN_DUE_ORDER
from scheduler.store.tables import attempt, delivery
from scheduler.witness import AGAIN

TOGETHER = 16
"""Channels that are spoken to at the same time; one channel is never spoken to twice at once."""
NOT_KEPT, ASKED = "loa:not-kept", "vault:asked"
LONGEST_REASON = 2_000
"""Letters: a page of them stands in every list that shows it."""


@dataclass(frozen=True)
class Acted:
    """What came of it on one channel. `trouble` is a code with its detail, empty when it is done."""

    delivery: str
    channel: str
    url: str
    done: bool
    trouble: str = ""
    post: str = ""
    due_at: datetime | None = None
    late: bool = False
    """The platform had published by itself what was to be called back."""

    @property
    def asked(self) -> bool:
        """A unit's own PC left it to the publisher."""
        return self.trouble == ASKED


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
    taking: Mapping[str, Any] = field(default_factory=dict)
    """More columns to write before the call."""
    taken_up: bool = False
    """Whether the publisher goes on with it when we fail, or are killed."""


def act_on(workspace: Workspace, actor: Person, act: Act, seqs: Sequence[int], reason: str) -> list[Acted]:
    """Do it for every one of these deliveries whose status allows it; one result each, in order."""
    taken = [row for seq in seqs if (row := _take(workspace, actor, act, seq, reason)) is not None]
    if workspace.is_kept_apart:
        return [_asked(row) for row in taken]
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


def on_chosen(
    workspace: Workspace,
    actor: Person,
    act: Act,
    wanted: ColumnElement[bool],
    named: Sequence[str],
    reason: str,
) -> list[Acted]:
    """The same for all of these that can be. Raises RefusedByRule where none can, NotFound for a name."""
    need(reason)
    with workspace.database.read() as connection:
        for delivery_id in named:
            must_be_known(connection, delivery_id=delivery_id)
        found = rows(connection, wanted)
    able = [row for row in found if row.status in act.allowed | {act.during}]
    if not able:
        names = ", ".join(row.id for row in found) or "–"
        raise RefusedByRule(f"stopping.nothing_to_{act.step}", deliveries=names)
    return act_on(workspace, actor, act, [row.seq for row in able], reason)


def rows(connection: Connection, *conditions: ColumnElement[bool]) -> list[Any]:
    """Deliveries in due order."""
    query = select(delivery).where(*conditions).order_by(*IN_DUE_ORDER)
    return list(connection.execute(query))


class Moving(NamedTuple):
    """A delivery that an order stops: still here (`SENDABLE`), at a platform, or just going out."""

    seq: int
    id: str
    status: str
    due_at: datetime


def moving(
    connection: Connection, scopes: Collection[tuple[str, str]], *conditions: ColumnElement[bool]
) -> list[Moving]:
    """Those that any of these (scope, target) covers, in due order.

    One of tens of thousands waits for this transaction: texts are read only where a scope is about them.
    """
    about_text = any(scope not in ("all", "channel", "post") for scope, _ in scopes)
    text = delivery.c.payload if about_text else literal("").label("payload")
    query = (
        select(
            *(delivery.c[name] for name in ("seq", "id", "status", "due_at", "channel_id", "post_id")), text
        )
        .where(delivery.c.status.in_(SENDABLE | AT_PLATFORM | {Status.REVEALING}), *conditions)
        .order_by(*IN_DUE_ORDER)
    )
    return [
        Moving(row.seq, row.id, row.status, row.due_at)
        for row in connection.execute(query)
        if any(covers(scope, target, row) for scope, target in scopes)
    ]


def is_believed(workspace: Workspace) -> bool:
    """Whether what lets something go counts when it is said here: other machines on a server hear that only
    from those with the key (`scheduler.notes`). Stopping can be said anywhere."""
    no_key = workspace.database.shared is not None and not workspace.trust.witness.key
    return not (no_key or workspace.is_kept_apart)


def must_be_believed(workspace: Workspace) -> None:
    """Raises RefusedByRule where it would be said in vain."""
    if not is_believed(workspace):
        raise RefusedByRule("machines.only_stops")


def need(reason: str) -> None:
    """Raises UsageError for what is said to be a reason and is none, or a book."""
    if not reason.strip():
        raise UsageError("cli.reason_required")
    if len(reason) > LONGEST_REASON:
        raise UsageError("cli.reason_long", count=len(reason), most=LONGEST_REASON)


def _asked(row: Any) -> Acted:
    """A unit's own PC has neither token nor site: the publisher does it, within seconds."""
    return Acted(row.id, row.channel_id, row.url, False, ASKED, row.post_id, row.due_at)


def _take(workspace: Workspace, actor: Person, act: Act, seq: int, reason: str) -> Any | None:
    now, elsewhere = workspace.now(), workspace.is_kept_apart
    wake = (now if elsewhere else now + LEASE) if act.taken_up else None
    asked = {"last_error": ASKED} if elsewhere else {}  # by which the publisher finds what no lane takes up

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
            .values(
                status=act.during,
                fence=-1,
                wake_at=wake,
                updated_at=now,
                **(dict(act.taking) | asked),
            )
        )
        if elsewhere:
            about = {"step": act.step, "reason": reason}
            audit.record(
                connection, at=now, actor=actor.name, action="publisher_asked", subject=row.id, **about
            )
            return row
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
    """What came of one, also where its outcome could not be written: one row must not hide the others."""
    try:
        return _called(workspace, actor, act, connectors, row, reason)
    except LoaError as error:  # our own disk: the row stands as before the call, for whoever takes it up
        trouble = f"{NOT_KEPT}: {error}"
        return Acted(row.id, row.channel_id, row.url, False, trouble, row.post_id, row.due_at)


def _called(
    workspace: Workspace, actor: Person, act: Act, connectors: Connectors, row: Any, reason: str
) -> Acted:
    """The call and its outcome, committed."""
    try:
        if not _is_ours(workspace, row):
            return _close(workspace, actor, act, row, reason, act.when_refused, {}, Reason.HANDLE_CHANGED)
        variant = Variant.parse(row.payload)
        job = Job(row.id, row.marker, variant, row.due_at, row.first_try_at)
        changes = act.call(connectors.connect(row.channel_id), job, row, _keeper(workspace, row))
    except (ValueError, AttributeError) as error:
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
    if status is act.during and act.taken_up:
        wake = now + BACK_OFF_FIRST
    values = {"status": status, "wake_at": wake, "last_error": trouble, "updated_at": now, **changes}
    if "handle" in values:
        values["handle"] = _stored(workspace, row, json.loads(values["handle"]))

    def work(connection: Connection) -> None:
        mine = (delivery.c.seq == row.seq) & (delivery.c.status == act.during)
        written = connection.execute(update(delivery).where(mine).values(**values)).rowcount
        if status is Status.HELD:  # called back: it is not public, and may be sent later
            note_use(connection, workspace.trust, row.seq, AGAIN)
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
    late = status is Status.UNKNOWN and trouble != Reason.HANDLE_CHANGED
    return Acted(row.id, row.channel_id, row.url, not trouble, trouble, row.post_id, row.due_at, late)


def _is_ours(workspace: Workspace, row: Any) -> bool:
    """Whether what the row says it is at the platform is what Loa put there: nothing else is touched."""
    with workspace.database.read() as connection:
        approvals = approvals_of(connection, [row.seq], workspace.trust)[row.seq]
    return workspace.trust.witness.is_ours(row, standing_names(approvals))


def _keeper(workspace: Workspace, row: Any) -> Save:
    """A `save` for a call outside the lanes."""

    def save(handle: dict[str, Any]) -> None:
        stored, mine = _stored(workspace, row, handle), delivery.c.seq == row.seq
        workspace.database.run(lambda c: c.execute(update(delivery).where(mine).values(handle=stored)))

    return save


def _stored(workspace: Workspace, row: Any, handle: dict[str, Any]) -> str:
    return workspace.trust.witness.stored(row.id, row.marker, row.channel_id, handle)
