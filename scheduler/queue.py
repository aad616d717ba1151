"""The queue: the delivery rows themselves, claimed lane by lane.

Every write after a claim is conditional on the lane's fence, so a worker that slept through its
lease can change nothing. All times are aware UTC.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    CursorResult,
    Row,
    and_,
    case,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from connectors.contract import Handle
from content.approval import Approval, ApprovalRules
from content.variant import Variant
from scheduler import audit
from scheduler.policy import LEASE, Decision, State, Step, to_json
from scheduler.seals import approvals_of, broken
from scheduler.status import Status
from scheduler.store.database import Transactions
from scheduler.store.tables import attempt, channel, delivery, lane, post

MACHINE = "publisher"
"""The audit's name for what no person did."""

_URGENCY = case(
    (delivery.c.status == Status.READY, 0),
    (delivery.c.status.in_([Status.REVEALING, Status.UNKNOWN]), 1),
    (delivery.c.status.in_([Status.QUEUED, Status.PREPARING]), 2),
    else_=3,
)
"""What is due to be seen goes before what is in doubt, then what is to be prepared, then read-backs."""


class LeaseLost(Exception):
    """Another worker holds the lane now; whoever gets this must not touch the platform again."""


@dataclass(frozen=True)
class Claim:
    """One delivery handed to one worker for one step, under one fence."""

    seq: int
    delivery: str
    marker: str
    channel: str
    channel_version: int
    platform: str
    fence: int
    attempt: int
    state: State
    variant: Variant
    handle: Handle
    pending: str
    due_at: datetime
    first_try_at: datetime | None


class Queue:
    """Claims work, writes what came of it, and knows when there is more."""

    def __init__(self, transactions: Transactions, rules: ApprovalRules, worker: str) -> None:
        self._transactions = transactions
        self._rules = rules
        self._worker = worker

    def claim(self, now: datetime, limit: int, *, channels: Collection[str] | None = None) -> list[Claim]:
        """Lease up to `limit` free lanes with due work and take the first delivery of each.

        What may not leave (approval, deadline, stopped channel) is set aside with its reason in the
        same transaction, and the next one of the lane is looked at.
        """
        return self._transactions.run(lambda connection: self._claim(connection, now, limit, channels))

    def finish(self, claim: Claim, decision: Decision, now: datetime, *, go_on: bool = True) -> Claim | None:
        """Write what a step came to; hand out the lane's next due delivery or release the lane.

        Raises LeaseLost, having written nothing but the attempt, when the fence has moved on.
        """
        outcome = self._transactions.run(
            lambda connection: self._finish(connection, claim, decision, now, go_on)
        )
        if isinstance(outcome, LeaseLost):
            raise outcome
        return outcome

    def keep(self, claim: Claim, handle: Handle, now: datetime) -> None:
        """Commit a handle and renew the lease; raises LeaseLost."""

        def work(connection: Connection) -> bool:
            if not _renew(connection, claim, now):
                return False
            values = {"handle": to_json(handle)}
            return _update(connection, claim, values, now)

        if not self._transactions.run(work):
            raise LeaseLost(claim.delivery)

    def release(self, claim: Claim) -> None:
        """Give the lane back without a word about the delivery; harmless when it was lost already."""
        self._transactions.run(lambda connection: _free(connection, claim))

    def recover(self, now: datetime) -> int:
        """After a crash, for whoever owns the database alone: free every lane, look at all in flight.

        Returns how many deliveries were found in flight.
        """

        def work(connection: Connection) -> int:
            connection.execute(update(lane).values(lease_until=None, owner=""))
            in_flight = delivery.c.status.in_([Status.PREPARING, Status.REVEALING])
            connection.execute(
                update(attempt)
                .where(attempt.c.ended_at.is_(None))
                .values(ended_at=now, outcome="interrupted")
            )
            return connection.execute(update(delivery).where(in_flight).values(wake_at=now)).rowcount

        return self._transactions.run(work)

    def next_wake(self, connection: Connection, now: datetime) -> datetime | None:
        """The next instant at which something may be claimable; None when nothing is planned."""
        instants = [
            connection.execute(select(func.min(delivery.c.wake_at)).where(delivery.c.wake_at > now)).scalar(),
            connection.execute(select(func.min(lane.c.rest_until)).where(lane.c.rest_until > now)).scalar(),
            connection.execute(select(func.min(lane.c.lease_until)).where(lane.c.lease_until > now)).scalar(),
        ]
        return min((instant for instant in instants if instant is not None), default=None)

    # -- inside one transaction ------------------------------------------------------------------

    def _claim(
        self, connection: Connection, now: datetime, limit: int, channels: Collection[str] | None
    ) -> list[Claim]:
        _hold_stopped(connection, now)
        due = exists().where(
            delivery.c.channel_id == lane.c.channel_id,
            delivery.c.wake_at <= now,
            channel.c.id == lane.c.channel_id,
            channel.c.state == "ok",
        )
        free = and_(
            or_(lane.c.lease_until.is_(None), lane.c.lease_until < now),
            or_(lane.c.rest_until.is_(None), lane.c.rest_until <= now),
            due,
        )
        query = select(lane.c.channel_id, lane.c.fence).where(free).order_by(lane.c.served_at).limit(limit)
        if channels is not None:
            query = query.where(lane.c.channel_id.in_(channels))
        fences = {row.channel_id: row.fence + 1 for row in connection.execute(query)}
        claims = self._take_heads(connection, fences, now)
        for taken in claims:
            connection.execute(
                update(lane)
                .where(lane.c.channel_id == taken.channel)
                .values(owner=self._worker, fence=taken.fence, lease_until=now + LEASE, served_at=now)
            )
        return claims

    def _take_heads(self, connection: Connection, fences: dict[str, int], now: datetime) -> list[Claim]:
        """The first delivery of each lane that may go; those that may not are set aside on the way."""
        claims: list[Claim] = []
        wanted = dict(fences)
        while wanted:
            heads = _heads(connection, list(wanted), now)
            approvals = approvals_of(connection, [row.seq for row in heads])
            again: dict[str, int] = {}
            for row in heads:
                fence = wanted[row.channel_id]
                if row.status == Status.READY and row.due_at > now:  # never early, whoever set the wake-up
                    _wake_when_due(connection, row)
                    again[row.channel_id] = fence
                    continue
                refusal = self._refusal(row, approvals[row.seq], now)
                if refusal:
                    _set_aside(connection, row, refusal, now)
                    again[row.channel_id] = fence
                else:
                    claims.append(self._take(connection, row, fence, now))
            wanted = again
        return claims

    def _refusal(
        self, row: Row[Any], approvals: Sequence[Approval], now: datetime
    ) -> tuple[Status, str] | None:
        if _step(row) not in (Step.PREPARE, Step.REVEAL):
            return None  # only reading: nothing can become public by it
        if now > row.deadline:
            return Status.MISSED, "missed"
        reason = broken(dict(row._mapping), approvals, self._rules, now)
        return (Status.HELD, reason) if reason else None

    def _take(self, connection: Connection, row: Row[Any], fence: int, now: datetime) -> Claim:
        step = _step(row)
        status = {Step.PREPARE: Status.PREPARING, Step.REVEAL: Status.REVEALING}.get(step, Status(row.status))
        if step is Step.SETTLE:
            status = Status.UNKNOWN
        # Until the outcome is written this row comes up again when the lease runs out.
        values: dict[str, Any] = {"status": status, "fence": fence, "wake_at": now + LEASE, "updated_at": now}
        if row.first_try_at is None:
            values["first_try_at"] = now
        if status is Status.UNKNOWN and row.status == Status.REVEALING:
            values["last_error"] = "interrupted"
        connection.execute(update(delivery).where(delivery.c.seq == row.seq).values(**values))
        written = connection.execute(
            insert(attempt).values(
                delivery_seq=row.seq,
                step=step,
                fence=fence,
                worker=self._worker,
                started_at=now,
                outcome="",
                evidence="",
            )
        )
        state = State(step, status, row.tries, row.looks, row.failures, row.deadline, row.remote_id)
        return Claim(
            seq=row.seq,
            delivery=row.id,
            marker=row.marker,
            channel=row.channel_id,
            channel_version=row.channel_version,
            platform=row.platform,
            fence=fence,
            attempt=_key(written),
            state=state,
            variant=Variant.parse(row.payload),
            handle=json.loads(row.handle),
            pending=row.pending,
            due_at=row.due_at,
            first_try_at=row.first_try_at,
        )

    def _finish(
        self, connection: Connection, claim: Claim, decision: Decision, now: datetime, go_on: bool
    ) -> Claim | LeaseLost | None:
        resting = bool(decision.rest_until or decision.stop_reason)
        lane_state = {"failures": decision.failures, "rest_until": decision.rest_until, "served_at": now}
        mine = _renew(connection, claim, now, **lane_state)
        outcome = decision.outcome if mine else f"late:{decision.outcome}"
        connection.execute(
            update(attempt)
            .where(attempt.c.id == claim.attempt)
            .values(ended_at=now, outcome=outcome, evidence=decision.evidence)
        )
        if not mine:
            return LeaseLost(claim.delivery)
        values = {"status": decision.status, "wake_at": decision.wake_at, **decision.changes}
        if _update(connection, claim, values, now):
            _tell(connection, claim, decision, now)
        if decision.stop_reason:
            _stop_channel(connection, claim.channel, decision.stop_reason, now)
        following = None
        if go_on and not resting:
            following = next(iter(self._take_heads(connection, {claim.channel: claim.fence}, now)), None)
        if following is None:
            _free(connection, claim)
        return following


def _key(result: CursorResult[Any]) -> int:
    assert result.inserted_primary_key is not None
    return int(result.inserted_primary_key[0])


def _step(row: Row[Any]) -> Step:
    match row.status:
        case Status.READY:
            return Step.REVEAL
        case Status.REVEALING:
            return Step.POLL if row.pending else Step.SETTLE  # found in flight: look before anything else
        case Status.UNKNOWN:
            return Step.SETTLE
        case Status.PUBLISHED:
            return Step.VERIFY
        case _:
            return Step.PREPARE


def _heads(connection: Connection, channels: Sequence[str], now: datetime) -> Sequence[Row[Any]]:
    """The most urgent due delivery of each lane, joined with all that the gate looks at."""
    place = func.row_number().over(
        partition_by=delivery.c.channel_id, order_by=(_URGENCY, delivery.c.due_at, delivery.c.seq)
    )
    due = (
        select(delivery.c.seq, place.label("place"))
        .where(delivery.c.channel_id.in_(channels), delivery.c.wake_at <= now)
        .subquery()
    )
    query = (
        select(
            delivery,
            post.c.source,
            post.c.contributors,
            channel.c.platform,
            channel.c.account,
            channel.c.version.label("channel_version"),
            lane.c.failures,
        )
        .join(due, and_(due.c.seq == delivery.c.seq, due.c.place == 1))
        .join(post, post.c.id == delivery.c.post_id)
        .join(channel, channel.c.id == delivery.c.channel_id)
        .join(lane, lane.c.channel_id == delivery.c.channel_id)
        .where(channel.c.state == "ok")
    )
    return connection.execute(query).all()


def _wake_when_due(connection: Connection, row: Row[Any]) -> None:
    connection.execute(update(delivery).where(delivery.c.seq == row.seq).values(wake_at=row.due_at))


def _set_aside(connection: Connection, row: Row[Any], refusal: tuple[Status, str], now: datetime) -> None:
    status, reason = refusal
    values = {"status": status, "wake_at": None, "last_error": reason, "updated_at": now}
    connection.execute(update(delivery).where(delivery.c.seq == row.seq).values(**values))
    audit.record(connection, at=now, actor=MACHINE, action=status, subject=row.id, reason=reason)


def _hold_stopped(connection: Connection, now: datetime) -> None:
    """Due deliveries of stopped channels wait for a person instead of waking the machine for nothing."""
    stopped = select(channel.c.id).where(channel.c.state != "ok").scalar_subquery()
    sendable = delivery.c.status.in_([Status.QUEUED, Status.PREPARING, Status.READY])
    connection.execute(
        update(delivery)
        .where(delivery.c.wake_at <= now, delivery.c.channel_id.in_(stopped), sendable)
        .values(status=Status.HELD, wake_at=None, last_error="channel.stopped", updated_at=now)
    )


def _stop_channel(connection: Connection, channel_id: str, reason: str, now: datetime) -> None:
    values = {"state": "stopped", "state_reason": reason, "updated_at": now}
    connection.execute(update(channel).where(channel.c.id == channel_id).values(**values))
    audit.record(
        connection, at=now, actor=MACHINE, action="channel_stopped", subject=channel_id, reason=reason
    )


def _renew(connection: Connection, claim: Claim, now: datetime, **values: Any) -> bool:
    """False when the lane is another worker's by now."""
    renewed = update(lane).where(_held_by(claim)).values(lease_until=now + LEASE, **values)
    return connection.execute(renewed).rowcount == 1


def _free(connection: Connection, claim: Claim) -> None:
    connection.execute(update(lane).where(_held_by(claim)).values(owner="", lease_until=None))


def _held_by(claim: Claim) -> ColumnElement[bool]:
    return and_(lane.c.channel_id == claim.channel, lane.c.fence == claim.fence, lane.c.owner != "")


def _update(connection: Connection, claim: Claim, values: dict[str, Any], now: datetime) -> bool:
    """False when the delivery was taken out of our hands (cancelled) although the lane is ours."""
    mine = and_(delivery.c.seq == claim.seq, delivery.c.fence == claim.fence)
    return connection.execute(update(delivery).where(mine).values(**values, updated_at=now)).rowcount == 1


_WORTH_TELLING = {Status.PUBLISHED, Status.FAILED, Status.UNKNOWN, Status.HELD, Status.MISSED}


def _tell(connection: Connection, claim: Claim, decision: Decision, now: datetime) -> None:
    if decision.status in _WORTH_TELLING and decision.status is not claim.state.status:
        audit.record(
            connection,
            at=now,
            actor=MACHINE,
            action=decision.status,
            subject=claim.delivery,
            outcome=decision.outcome,
            url=decision.changes.get("url", ""),
            reason=decision.changes.get("last_error", ""),
        )
