"""What a person may decide about one delivery: call it off, move it, send it again, say what became of it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, update

from connectors import registry
from connectors.extras import BY_PEOPLE
from content.approval import Role
from content.calendar.slots import means_slot
from content.errors import RefusedByRule, UsageError
from content.frontmatter import parse_post
from content.kinds import kind
from content.moment import parse_moment
from content.text import normalise
from content.wording import say
from loa.services import acting, blackouts, calling_off, limits
from loa.services.deliveries import DeliveryView, row_of, select_views
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.reasons import Reason
from scheduler.seals import approvals_of, broken, note_use, void
from scheduler.status import EDITABLE, SENDABLE, Status
from scheduler.store.tables import approval, delivery
from scheduler.witness import AGAIN, SENT


def cancel(workspace: Workspace, actor: Person, delivery_id: str, reason: str) -> DeliveryView:
    """Never send it. Refused once it may be public; what waits to be posted by hand may be cancelled."""
    actor.must_be(Role.DRAFTER, Role.APPROVER, Role.OPERATOR)
    allowed = (EDITABLE | SENDABLE) - {Status.CANCELLED}
    # fence -1 matches no claim: a worker that is preparing it can write nothing more.
    cancelled = {"status": Status.CANCELLED, "wake_at": None, "fence": -1, "pending": ""}
    now = workspace.now()

    def changes(connection: Connection, row: Row[tuple[object, ...]]) -> dict[str, Any]:
        mine = approval.c.delivery_seq == row.seq
        void(connection, workspace.trust, mine, "cancelled", now, of=delivery_id)
        return cancelled

    view = decide(workspace, actor, delivery_id, "cancelled", reason, allowed, changes, by_hand_too=True)
    calling_off.mark(workspace, [delivery_id])
    return view


def move(workspace: Workspace, actor: Person, delivery_id: str, when: str, reason: str = "") -> DeliveryView:
    """Another time. Inside the approved window the approval stands; outside it (`covered`), it is void.

    `when` may be `slot`: the next free one of the delivery's own channel.
    """
    actor.must_be(Role.DRAFTER, Role.APPROVER, Role.OPERATOR)
    now = workspace.now()
    in_slot = means_slot(when)
    if in_slot:
        moment = _next_slot(workspace, delivery_id)
    else:
        moment, _ = parse_moment(when, workspace.config.zone, now=now)
    if moment <= now:
        raise RefusedByRule("cli.queue.due_past")

    def changes(connection: Connection, row: Row[tuple[object, ...]]) -> dict[str, Any]:
        if in_slot:
            _must_still_be_free(connection, row, moment)
        limits.must_fit_the_day(connection, row.post_id, [moment], workspace.config.zone)
        lateness = row.deadline - row.due_at if row.due_at else None
        lead = registry.capabilities(row.platform).lead
        moved = {"due_at": moment, "last_error": ""}
        if row.due_at and covered(workspace, connection, row, moment):
            days = blackouts.days_that_hold(workspace, connection, row, now)
            if days and {Role.OPERATOR, Role.APPROVER}.isdisjoint(actor.roles):  # another minute, and no go
                held = {"status": Status.HELD, "wake_at": None, "last_error": Reason.BLACKOUT}
                return moved | held
            workspace.trust.witness.let_go(row.id, now, moment)
            if row.status == Status.READY:
                return moved | {"wake_at": moment}
            return moved | {"status": Status.QUEUED, "wake_at": max(now, moment - lead), "tries": 0}
        mine = approval.c.delivery_seq == row.seq
        void(connection, workspace.trust, mine, "moved", now, of=delivery_id)
        late = lateness or workspace.config.deadlines.get(row.kind) or kind(row.kind).lateness
        return moved | {"status": Status.DRAFT, "deadline": moment + late, "wake_at": None, "payload": ""}

    allowed = EDITABLE - {Status.CANCELLED}
    return decide(workspace, actor, delivery_id, "moved", reason or "–", allowed, changes, to=moment)


def _next_slot(workspace: Workspace, delivery_id: str) -> datetime:
    from loa.services import slots  # which looks at the calendar, and that at what stands here

    with workspace.database.read() as connection:
        row = row_of(connection, delivery_id)
    name = f"{row.post_id}.md"
    read, _ = parse_post(row.source, file_name=name, zone=workspace.config.zone)
    return slots.first_for(workspace, [row.channel_id], row.post_id, row.kind, read.tags)


def _must_still_be_free(connection: Connection, row: Row[Any], moment: datetime) -> None:
    from loa.services import slots

    slots.must_still_be_free(connection, moment, [row.channel_id], row.post_id)


def retry(workspace: Workspace, actor: Person, delivery_id: str) -> DeliveryView:
    """Put a failed, held or missed delivery back in the queue, if approval and deadline still allow it."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    now = workspace.now()

    def changes(connection: Connection, row: Row[tuple[object, ...]]) -> dict[str, Any]:
        if now > row.deadline:
            raise RefusedByRule("cli.queue.past_deadline", delivery=delivery_id)
        blackouts.must_not_keep_back(workspace, connection, row, now)
        blackouts.must_be_believed(workspace, connection, row, now)
        reason = broken(
            dict(row._mapping),
            approvals_of(connection, [row.seq], workspace.trust)[row.seq],
            workspace.config.approval,
            now,
        )
        if reason:
            raise RefusedByRule(f"scheduler.reasons.{reason.partition(': ')[0]}")
        note_use(connection, workspace.trust, row.seq, AGAIN)
        workspace.trust.witness.let_go(row.id, now, row.due_at)
        afresh = {"handle": "{}"} if row.last_error == "handle.changed" else {}
        lead = registry.capabilities(row.platform).lead
        wake = max(now, row.due_at - lead)
        return {
            "status": Status.QUEUED,
            "wake_at": wake,
            "tries": 0,
            "looks": 0,
            "last_error": "",
            **afresh,
        }

    allowed = frozenset({Status.FAILED, Status.HELD, Status.MISSED})
    return decide(workspace, actor, delivery_id, "retried", "–", allowed, changes)


def settle(
    workspace: Workspace,
    actor: Person,
    delivery_id: str,
    *,
    url: str = "",
    not_public: bool = False,
    reason: str = "",
) -> DeliveryView:
    """A person's word on what read-back could not tell: public at `url`, not public, or look again."""
    actor.must_be(Role.OPERATOR, Role.APPROVER)
    if url and not_public:
        raise UsageError("cli.queue.settle_both")
    if url and not re.fullmatch(r"https?://[^\s/]+\S*", url):
        raise UsageError("cli.queue.not_an_address", url=url)
    now = workspace.now()

    def changes(connection: Connection, row: Row[tuple[object, ...]]) -> dict[str, Any]:
        if url:
            return {
                "status": Status.PUBLISHED,
                "url": url,
                "published_at": now,
                "wake_at": None,
                "last_error": "",
                "pending": "",
            }
        if not not_public:
            return {"status": Status.UNKNOWN, "wake_at": now, "looks": 0}
        acting.need(reason)
        acting.must_be_believed(workspace)
        note_use(connection, workspace.trust, row.seq, AGAIN)
        workspace.trust.witness.let_go(row.id, now, row.due_at)
        if now > row.deadline:
            return {"status": Status.MISSED, "wake_at": None, "last_error": "missed", "pending": ""}
        return {
            "status": Status.READY,
            "wake_at": now,
            "looks": 0,
            "tries": 0,
            "last_error": "",
            "pending": "",
        }

    return decide(
        workspace,
        actor,
        delivery_id,
        "settled" if url or not_public else "looked_again",  # which lets nothing go
        reason or "–",
        frozenset({Status.UNKNOWN}),
        changes,
        url=url,
        not_public=not_public,
    )


def decide(
    workspace: Workspace,
    actor: Person,
    delivery_id: str,
    action: str,
    reason: str,
    allowed: frozenset[Status],
    changes: Any,
    *,
    by_hand_too: bool = False,
    **detail: object,
) -> DeliveryView:
    """One person's decision in one transaction: allowed from this status, written, audited.

    `by_hand_too`: also while it waits for a person to post it, when nothing of it is public through
    Loa, or to say that it was done.
    """
    acting.need(reason)
    now = workspace.now()

    def work(connection: Connection) -> None:
        row = row_of(connection, delivery_id)
        waits = by_hand_too and row.status == Status.REVEALING and row.pending in BY_PEOPLE
        if row.status not in allowed and not waits:
            status = say(f"cli.status.{row.status}")
            raise RefusedByRule("cli.queue.wrong_status", delivery=delivery_id, status=status)
        values = {"fence": -1, **changes(connection, row), "updated_at": now}
        if values.get("status") is Status.PUBLISHED:
            note_use(connection, workspace.trust, row.seq, SENT)
        connection.execute(update(delivery).where(delivery.c.seq == row.seq).values(**values))
        audit.record(
            connection,
            at=now,
            actor=actor.name,
            action=action,
            subject=delivery_id,
            reason=normalise(reason),
            before=row.status,
            **detail,
        )

    workspace.database.run(work)
    with workspace.database.read() as connection:
        return select_views(connection, delivery.c.id == delivery_id)[0]


def covered(
    workspace: Workspace, connection: Connection, row: Row[tuple[object, ...]], moment: datetime
) -> bool:
    """Whether the standing approval also covers the new time.

    Not behind days without posts, where that needs a go and the publisher believes none of this machine's:
    approved anew, it needs no go.
    """
    moved = {**row._mapping, "due_at": moment}
    if row.status not in {*SENDABLE, Status.HELD, Status.FAILED, Status.MISSED}:
        return False
    if not acting.is_believed(workspace) and blackouts.needs_a_go(workspace, connection, row, moment):
        return False
    return (
        broken(
            moved,
            approvals_of(connection, [row.seq], workspace.trust)[row.seq],
            workspace.config.approval,
            workspace.now(),
        )
        is None
    )
