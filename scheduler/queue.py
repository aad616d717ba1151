"""The queue: the delivery rows themselves, claimed lane by lane.

Every write after a claim is conditional on the lane's fence, so a worker that slept through its
lease can change nothing. All times are aware UTC.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from connectors.contract import Handle
from content.approval import Approval, ApprovalRules
from content.errors import LoaError
from content.variant import Variant
from scheduler import audit
from scheduler import statements as sql
from scheduler.freezing import Frozen
from scheduler.policy import LEASE, MAX_TRIES, Decision, State, Step
from scheduler.seals import approvals_of, broken, standing_names
from scheduler.status import AT_PLATFORM, DONE, IN_DOUBT, SENDABLE, Status
from scheduler.store.database import Transactions
from scheduler.store.tables import attempt, channel, delivery, lane
from scheduler.trust import Trust
from scheduler.witness import AGAIN, BEGUN, SENT, handle_of

log = logging.getLogger("loa.queue")

OUTGOING = (Step.PREPARE, Step.HAND_OVER, Step.REVEAL)
"""Steps that can lead to something public: the gate stands before each of them."""
MACHINE = "publisher"
"""The audit's name for what no person did."""


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
    leased_until: datetime
    hand_over: bool = False
    forbidden: str = ""
    """What forbids that the platform publishes it, when it is called back for that."""
    approvals: tuple[str, ...] = ()
    """Names (scheduler.witness) of those it rests on: used up once it is public."""


class Queue:
    """Claims work, writes what came of it, and knows when there is more."""

    def __init__(self, transactions: Transactions, rules: ApprovalRules, trust: Trust, worker: str) -> None:
        self._transactions = transactions
        self._trust = trust
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
        if decision.status is Status.PUBLISHED and claim.state.status is not Status.PUBLISHED:
            self._note_use(claim, SENT)
        elif decision.status is Status.HELD and claim.state.step is Step.RECALL:
            self._note_use(claim, AGAIN)
        return outcome

    def _note_use(self, claim: Claim, state: str) -> None:
        """After the commit, so nothing may be raised: `begun` stands already, and the next claim is made."""
        try:
            self._trust.witness.approvals(state, claim.approvals)
        except LoaError as error:
            log.warning("%s: %s", claim.delivery, error)

    def look_at_held(self, now: datetime) -> None:
        """Have all called back that a platform holds and may not publish any more: frozen, or not approved.

        Told from the rows alone, whoever changed them in whatever way, and whoever was killed meanwhile.
        """
        self._transactions.run(lambda connection: self._look_at_held(connection, now))

    def any_held(self, connection: Connection) -> bool:
        """Whether a platform holds anything, so that it has to be looked at again."""
        return connection.execute(sql.ANY_HELD).first() is not None

    def keep(self, claim: Claim, handle: Handle, now: datetime) -> None:
        """Commit a handle and renew the lease; raises LeaseLost."""

        def work(connection: Connection) -> bool:
            if not _renew(connection, claim, now):
                return False
            values = {"handle": self._stored(claim, handle)}
            return _update(connection, claim.seq, claim.fence, values, now)

        if not self._transactions.run(work):
            raise LeaseLost(claim.delivery)

    def release(self, claim: Claim, now: datetime) -> None:
        """Give the lane back without a word about the delivery; harmless when it was lost already."""

        def work(connection: Connection) -> None:
            _free(connection, claim)
            connection.execute(sql.BREAK_OFF_ATTEMPT, {"b_attempt": claim.attempt, "b_now": now})

        self._transactions.run(work)

    def still_at_work(self, channels: Collection[str], now: datetime) -> None:
        """Renew the leases of lanes whose workers are alive in this process."""
        bound = {"b_channels": list(channels), "b_owner": self._worker, "b_until": now + LEASE}
        self._transactions.run(lambda connection: connection.execute(sql.RENEW_AT_WORK, bound))

    def recover(self, now: datetime) -> int:
        """After a crash, for whoever owns the database alone: free every lane, look at all in flight.

        Returns how many deliveries were found in flight.
        """

        def work(connection: Connection) -> int:
            connection.execute(update(lane).values(lease_until=None, owner=""))
            in_flight = or_(
                delivery.c.status.in_([Status.PREPARING, Status.REVEALING]),
                (delivery.c.status == Status.RECALLING) & delivery.c.wake_at.is_not(None),
            )
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
        for held in connection.execute(sql.HOLD_STOPPED, {"b_now": now}).scalars().all():
            audit.record(
                connection, at=now, actor=MACHINE, action="held", subject=held, reason="channel.stopped"
            )
        claims: list[Claim] = []
        while (wanted := limit - len(claims)) > 0:
            values: dict[str, Any] = {"b_now": now, "b_limit": wanted}
            if channels is not None:
                values["b_channels"] = list(channels)
            lanes = connection.execute(sql.FREE_LANES if channels is None else sql.FREE_AMONG, values)
            fences = {row.channel_id: row.fence + 1 for row in lanes}
            if not fences:
                break
            taken = self._take_heads(connection, fences, now)
            if taken:
                lease = {"b_owner": self._worker, "b_until": now + LEASE, "b_now": now}
                bound = [{"b_channel": claim.channel, "b_fence": claim.fence, **lease} for claim in taken]
                connection.execute(sql.LEASE_LANE, bound)
            claims += taken
            if len(taken) == len(fences):
                break  # else a lane whose rows were all set aside gives its place to another
        return claims

    def _take_heads(self, connection: Connection, fences: dict[str, int], now: datetime) -> list[Claim]:
        """The first delivery of each lane that may go; those that may not are set aside on the way."""
        taken: list[tuple[Row[Any], int, str]] = []
        wanted = dict(fences)
        frozen = self._frozen(connection)
        names: dict[int, tuple[str, ...]] = {}
        while wanted and (heads := _heads(connection, list(wanted), now)):
            approvals = approvals_of(connection, [row.seq for row in heads], self._trust)
            again: dict[str, int] = {}
            for row in heads:
                fence = wanted[row.channel_id]
                if not _sound(row, now):  # one damaged row must not stop the publisher
                    _set_aside(connection, row, (_damaged(row), "row.damaged"), now)
                    again[row.channel_id] = fence
                elif not self._trust.witness.is_ours(row, standing_names(approvals[row.seq])):
                    _set_aside(connection, row, (_damaged(row), "handle.changed"), now)
                    again[row.channel_id] = fence
                elif _step(row, now) is Step.REVEAL and row.due_at > now:  # never early, whoever woke it
                    connection.execute(sql.WAKE_WHEN_DUE, {"b_seq": row.seq})
                    again[row.channel_id] = fence
                elif refusal := self._refusal(row, approvals[row.seq], frozen, now):
                    _set_aside(connection, row, refusal, now)
                    again[row.channel_id] = fence
                else:  # what a person wanted back is not forbidden
                    asked = row.status != Status.RECALLING or not row.hand_over
                    why = "" if asked else self._forbidden(row, approvals[row.seq], frozen)
                    taken.append((row, fence, why))
                    names[row.seq] = standing_names(approvals[row.seq])
            wanted = again
        if wanted:  # nothing more comes of these lanes
            lost = connection.execute(sql.HOLD_LOST, {"b_channels": list(wanted), "b_now": now}).all()
            for one in lost:
                audit.record(
                    connection, at=now, actor=MACHINE, action=one.status, subject=one.id, reason="row.damaged"
                )
        return self._take(connection, taken, names, now) if taken else []

    def _frozen(self, connection: Connection) -> Frozen:
        return Frozen.of(connection, self._trust.witness.freezes().values())

    def _look_at_held(self, connection: Connection, now: datetime) -> None:
        if not self.any_held(connection):
            return
        rows = connection.execute(sql.AT_PLATFORMS).all()
        approvals = approvals_of(connection, [row.seq for row in rows], self._trust)
        frozen = self._frozen(connection)
        for row in rows:
            if not _sound(row, now):
                _set_aside(connection, row, (_damaged(row), "row.damaged"), now)
            elif not self._trust.witness.is_ours(row, standing_names(approvals[row.seq])):
                _set_aside(connection, row, (_damaged(row), "handle.changed"), now)
            elif refusal := self._refusal(row, approvals[row.seq], frozen, now):
                _set_aside(connection, row, refusal, now)

    def _refusal(
        self, row: Row[Any], approvals: Sequence[Approval], frozen: Frozen, now: datetime
    ) -> tuple[Status, str] | None:
        if row.status == Status.HANDED_OVER:
            forbidden = self._forbidden(row, approvals, frozen)
            return (Status.RECALLING, forbidden) if forbidden else None
        step = _step(row, now)
        if step not in OUTGOING:
            return None  # only reading, or hiding: nothing can become public by it
        if frozen.covers(row):
            return Status.HELD, "frozen"
        if now > row.deadline:
            return Status.MISSED, "missed"
        if row.status == Status.PREPARING and row.tries + 1 >= MAX_TRIES:
            return Status.FAILED, "gave_up"
        # Whoever hands it over cannot ask again at its minute: the yes has to last until then.
        when = row.due_at if step is Step.HAND_OVER else now
        reason = broken(dict(row._mapping), approvals, self._rules, when)
        if not reason and step is Step.PREPARE and _starts_over(row, approvals):
            reason = "approval.begun"
        return (Status.HELD, reason) if reason else None

    def _forbidden(self, row: Row[Any], approvals: Sequence[Approval], frozen: Frozen) -> str:
        """Why the platform may not publish it at its minute; empty when it may."""
        if frozen.covers(row):
            return "frozen"
        return broken(dict(row._mapping), approvals, self._rules, row.due_at) or ""

    def _take(
        self,
        connection: Connection,
        heads: Sequence[tuple[Row[Any], int, str]],
        names: Mapping[int, tuple[str, ...]],
        now: datetime,
    ) -> list[Claim]:
        """Write the in-flight state and the attempts, before anybody can act on them."""
        states = [_state(row, now) for row, _, _ in heads]
        begun = [
            name
            for (row, _, _), state in zip(heads, states, strict=True)
            if state.step in (Step.HAND_OVER, Step.REVEAL)
            for name in names[row.seq]
        ]
        self._trust.witness.approvals(BEGUN, begun)
        # Until the outcome is written a row comes up again when the lease runs out.
        marks = [
            {
                "b_seq": row.seq,
                "b_fence": row.fence,
                "v_fence": fence,
                "v_status": state.status,
                "v_tries": state.tries,
                "v_wake_at": now + LEASE,
                "v_first_try_at": row.first_try_at or now,
                "v_updated_at": now,
            }
            for (row, fence, _), state in zip(heads, states, strict=True)
        ]
        connection.execute(sql.MARK_IN_FLIGHT, marks)
        opened = [
            {
                "delivery_seq": row.seq,
                "step": state.step,
                "fence": fence,
                "worker": self._worker,
                "started_at": now,
                "outcome": "",
                "evidence": "",
            }
            for (row, fence, _), state in zip(heads, states, strict=True)
        ]
        attempts = connection.execute(sql.OPEN_ATTEMPTS, opened).scalars().all()
        until = now + LEASE
        return [
            replace(_claimed(row, fence, state, number, until, forbidden), approvals=names[row.seq])
            for (row, fence, forbidden), state, number in zip(heads, states, attempts, strict=True)
        ]

    def _stored(self, claim: Claim, handle: Handle) -> str:
        return self._trust.witness.stored(claim.delivery, claim.marker, claim.channel, handle)

    def _finish(
        self, connection: Connection, claim: Claim, decision: Decision, now: datetime, go_on: bool
    ) -> Claim | LeaseLost | None:
        resting = bool(decision.rest_until or decision.stop_reason)
        here = {"b_channel": claim.channel, "b_now": now}
        more = go_on and not resting and connection.execute(sql.ANY_DUE, here).first() is not None
        lane_after = {
            **here,
            "b_fence": claim.fence,
            "b_owner": self._worker if more else "",
            "b_until": now + LEASE if more else None,
            "b_failures": decision.failures,
            "b_rest_until": decision.rest_until,
        }
        mine = connection.execute(sql.LANE_AFTER, lane_after).rowcount == 1
        outcome = decision.outcome if mine else f"late:{decision.outcome}"
        connection.execute(
            sql.CLOSE_ATTEMPT,
            {"b_attempt": claim.attempt, "b_now": now, "b_outcome": outcome, "b_evidence": decision.evidence},
        )
        if not mine:
            return LeaseLost(claim.delivery)
        if decision.status is Status.PUBLISHED and claim.state.status is not Status.PUBLISHED:
            decision = _not_anothers(connection, claim, decision)
        values = {"status": decision.status, "wake_at": decision.wake_at, **decision.changes}
        if "handle" in values:
            values["handle"] = self._stored(claim, json.loads(values["handle"]))
        if _update(connection, claim.seq, claim.fence, values, now):
            _tell(connection, claim, decision, now)
        if decision.stop_reason:
            _stop_channel(connection, claim.channel, decision.stop_reason, now)
        following: list[Claim] = []
        if more:
            try:
                following = self._take_heads(connection, {claim.channel: claim.fence}, now)
            except LoaError as error:  # trust file or witness: no reason to forget what this one came to
                log.debug("the next claim will say so: %s", error)
        if more and not following:
            _free(connection, claim)
        return following[0] if following else None


def _sound(row: Row[Any], now: datetime) -> bool:
    """Whether a worker could read it. A payload that is to be sent is judged by its seal instead."""
    if None in (row.due_at, row.deadline) or row.status not in set(Status):
        return False
    try:
        if _step(row, now) not in OUTGOING:
            Variant.parse(row.payload)
        return isinstance(json.loads(row.handle), dict)
    except (ValueError, RecursionError):
        return False


def _damaged(row: Row[Any]) -> Status:
    """What may be public, or will be by the platform's own clock, is for a person to look at."""
    return Status.UNKNOWN if row.status in AT_PLATFORM | IN_DOUBT | DONE else Status.HELD


def _not_anothers(connection: Connection, claim: Claim, decision: Decision) -> Decision:
    """Two posts of one text on one Page can be taken for each other: then a person tells them apart."""
    remote_id = decision.changes.get("remote_id", "")
    asked = {"b_channel": claim.channel, "b_remote_id": remote_id, "b_seq": claim.seq}
    other = connection.execute(sql.SAME_OBJECT, asked).scalar()
    if other is None:
        return decision
    changes = {"last_error": f"settle.another_delivery: {other}", "pending": ""}
    return Decision(Status.UNKNOWN, "needs_a_person", None, decision.evidence, changes, decision.failures)


def _starts_over(row: Row[Any], approvals: Sequence[Approval]) -> bool:
    """Prepared from nothing, although it was begun and may be public: then a person looks first."""
    begun = any(yes.used == BEGUN for yes in approvals if yes.genuine and not yes.voided)
    return begun and not handle_of(row.handle)


def _claimed(
    row: Row[Any], fence: int, state: State, attempt_id: int, until: datetime, forbidden: str
) -> Claim:
    return Claim(
        seq=row.seq,
        delivery=row.id,
        marker=row.marker,
        channel=row.channel_id,
        channel_version=row.channel_version,
        platform=row.platform,
        fence=fence,
        attempt=attempt_id,
        state=state,
        variant=Variant.parse(row.payload),
        handle=handle_of(row.handle),
        pending=row.pending,
        due_at=row.due_at,
        first_try_at=row.first_try_at,
        leased_until=until,
        hand_over=row.hand_over,
        forbidden=forbidden,
    )


def _state(row: Row[Any], now: datetime) -> State:
    step = _step(row, now)
    doing = {
        Step.PREPARE: Status.PREPARING,
        Step.HAND_OVER: Status.HANDED_OVER,  # from here on the platform may hold it
        Step.RECALL: Status.RECALLING,
        Step.REVEAL: Status.REVEALING,
        Step.SETTLE: Status.UNKNOWN,
    }
    status = doing.get(step, Status(row.status))
    # Found in flight: that try never came back, and a post that kills its worker must not go on for ever.
    tries = row.tries + (
        row.status == Status.PREPARING or (row.status == Status.REVEALING and not row.pending)
    )
    return State(step, status, tries, row.looks, row.failures, row.deadline, row.reads, row.due_at)


def _step(row: Row[Any], now: datetime) -> Step:
    match row.status:
        case Status.READY:
            return Step.HAND_OVER if row.hand_over and now < row.due_at else Step.REVEAL
        case Status.HANDED_OVER:  # before its time: a hand-over that was interrupted, and may be repeated
            return Step.HAND_OVER if now < row.due_at else Step.SETTLE
        case Status.RECALLING:
            return Step.RECALL
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
    if len(channels) > 1:
        return connection.execute(sql.HEADS, {"b_channels": list(channels), "b_now": now}).all()
    return connection.execute(sql.HEAD, {"b_channel": channels[0], "b_now": now}).all()


def _set_aside(connection: Connection, row: Row[Any], refusal: tuple[Status, str], now: datetime) -> None:
    status, reason = refusal
    values: dict[str, Any] = {"status": status, "wake_at": None, "last_error": reason}
    if status is Status.RECALLING:
        # By the lane, at once; the fence matches no claim, so a hand-over under way can save nothing more.
        # What stands in `last_error` from now on is why a recall failed.
        values |= {"wake_at": now, "fence": -1, "tries": 0, "last_error": ""}
    _update(connection, row.seq, row.fence, values, now)
    audit.record(connection, at=now, actor=MACHINE, action=status, subject=row.id, reason=reason)


def _stop_channel(connection: Connection, channel_id: str, reason: str, now: datetime) -> None:
    values = {"state": "stopped", "state_reason": reason, "updated_at": now}
    connection.execute(update(channel).where(channel.c.id == channel_id).values(**values))
    audit.record(
        connection, at=now, actor=MACHINE, action="channel_stopped", subject=channel_id, reason=reason
    )


def _renew(connection: Connection, claim: Claim, now: datetime) -> bool:
    """False when the lane is another worker's by now."""
    held = {"b_channel": claim.channel, "b_fence": claim.fence, "b_until": now + LEASE}
    return connection.execute(sql.RENEW, held).rowcount == 1


def _free(connection: Connection, claim: Claim) -> None:
    connection.execute(sql.FREE, {"b_channel": claim.channel, "b_fence": claim.fence})


def _update(connection: Connection, seq: int, fence: int, values: dict[str, Any], now: datetime) -> bool:
    """False when the delivery was taken out of our hands (cancelled) although the lane is ours."""
    written = {**values, "updated_at": now}
    bound = {f"v_{name}": value for name, value in written.items()} | {"b_seq": seq, "b_fence": fence}
    return connection.execute(sql.update_delivery(*sorted(written)), bound).rowcount == 1


_WORTH_TELLING = {
    Status.PUBLISHED,
    Status.HANDED_OVER,
    Status.FAILED,
    Status.UNKNOWN,
    Status.HELD,
    Status.MISSED,
}


def _tell(connection: Connection, claim: Claim, decision: Decision, now: datetime) -> None:
    sent_again = decision.status in SENDABLE and claim.state.step is Step.SETTLE
    if sent_again or (decision.status in _WORTH_TELLING and decision.status is not claim.state.status):
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
