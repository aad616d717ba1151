"""The queue: the delivery rows themselves, claimed lane by lane. This is its public face.

What may leave is the gate's word (`scheduler.gate`), how work is taken stands in `scheduler.claiming`. Every
write after a claim is conditional on the lane's fence, so a worker that slept through its lease can change
nothing. All times are aware UTC.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, or_, update

from connectors.contract import Handle
from content.approval import ApprovalRules
from content.errors import LoaError
from content.events import about
from scheduler import audit, fenced, restores
from scheduler import statements as sql
from scheduler.audit import MACHINE
from scheduler.claim import Claim, LeaseLost
from scheduler.claiming import Claiming
from scheduler.gate import Gate, LawWatch
from scheduler.policy import LEASE, Decision, Step
from scheduler.reasons import Reason
from scheduler.status import SENDABLE, Status
from scheduler.store.database import Transactions
from scheduler.store.tables import attempt, channel, delivery, lane
from scheduler.trust import Trust
from scheduler.witness import AGAIN, OBJECT, SENT
from scheduler.zones import Serves

log = logging.getLogger("loa.queue")

HIDDEN = SENDABLE | {Status.HELD, Status.FAILED, Status.MISSED}
"""Said of what was asked about, or was to be shown: nothing of it is public."""


class Queue:
    """Claims work, writes what came of it, and knows when there is more."""

    def __init__(
        self,
        transactions: Transactions,
        rules: ApprovalRules,
        trust: Trust,
        worker: str,
        law: LawWatch | None = None,
        serves: Serves | None = None,
    ) -> None:
        """`serves`: the channels whose work is taken, of a worker among several; None: all of them."""
        self._transactions = transactions
        self._gate = Gate(rules, trust, law)
        self._claiming = Claiming(self._gate, worker, serves)
        self._worker = worker

    def must_be_able(self) -> None:
        """Raises LoaError while nothing may leave from this machine, as the last transaction heard it."""
        self._gate.witness.must_be_whole()

    def claim(
        self,
        now: datetime,
        limit: int,
        *,
        channels: Collection[str] | None = None,
        unready: int | None = None,
    ) -> list[Claim]:
        """Lease up to `limit` free lanes with due work and take the first delivery of each.

        What may not leave (approval, deadline, stopped channel) is set aside with its reason in the
        same transaction, and the next one of the lane is looked at. Where no `channels` are named, at most
        `unready` of the lanes are such that have nothing ready to be seen.
        """
        return self._transactions.run(
            lambda connection: self._claiming.claim(connection, now, limit, channels, unready)
        )

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
        """Nothing may be raised by it: what is not noted is looked for once more."""
        try:
            self._gate.witness.approvals(state, claim.approvals)
        except LoaError as error:
            log.warning("%s: %s", claim.delivery, error, extra=about("use.unnoted", delivery=claim.delivery))

    def look_at_held(self, now: datetime) -> None:
        """Have all called back that a platform holds and may not publish any more: frozen, or not approved.

        Told from the rows alone, whoever changed them in whatever way, and whoever was killed meanwhile.
        """
        self._transactions.run(lambda connection: self._look_at_held(connection, now))

    def hold_stopped(self, now: datetime) -> None:
        """Have due deliveries of stopped channels wait for a person: single lanes' claims pass them by."""
        self._transactions.run(lambda connection: self._claiming.claim(connection, now, 0, None))

    def any_held(self, connection: Connection) -> bool:
        """Whether a platform holds anything, so that it has to be looked at again."""
        return connection.execute(sql.ANY_HELD).first() is not None

    def keep(self, claim: Claim, handle: Handle, now: datetime) -> None:
        """Commit a handle and renew the lease; raises LeaseLost."""

        def work(connection: Connection) -> bool:
            if not fenced.renew(connection, claim, now):
                return False
            values = {"handle": self._stored(claim, handle)}
            return fenced.write(connection, claim.seq, claim.fence, values, now)

        if not self._transactions.run(work):
            raise LeaseLost(claim.delivery)

    def release(self, claim: Claim, now: datetime) -> None:
        """Give the lane back without a word about the delivery; harmless when it was lost already."""

        def work(connection: Connection) -> None:
            fenced.free(connection, claim)
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
        instants = connection.execute(sql.NEXT_WAKES, {"b_now": now}).one()
        # What cannot be read as a time (NO_TIME) is never to come.
        return min((instant for instant in instants if instant and instant > now), default=None)

    # -- inside one transaction ------------------------------------------------------------------

    def _look_at_held(self, connection: Connection, now: datetime) -> None:
        if not self.any_held(connection):
            return
        rows = connection.execute(sql.AT_PLATFORMS).all()
        approvals = self._gate.approvals(connection, rows)
        orders = self._gate.orders(connection)
        for row in rows:
            given = approvals[row.seq]
            refusal = self._gate.damage(row, given, now) or self._gate.refusal(row, given, orders, now)
            if refusal:
                fenced.set_aside(connection, row, *refusal, now)

    def _stored(self, claim: Claim, handle: Handle) -> str:
        return self._gate.witness.stored(claim.delivery, claim.marker, claim.channel, handle)

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
        if decision.status in HIDDEN and claim.state.step in (Step.REVEAL, Step.SETTLE):
            reason = self._needs_a_person(connection, claim)
            if (
                not reason
            ):  # it is known not to be public. Killed before the commit, it is in doubt by its row
                self._note_use(claim, AGAIN)
            elif decision.status in SENDABLE:
                changes = {**decision.changes, "last_error": reason}
                decision = replace(decision, status=Status.HELD, wake_at=None, changes=changes)
        values = {"status": decision.status, "wake_at": decision.wake_at, **decision.changes}
        if "handle" in values:
            values["handle"] = self._stored(claim, json.loads(values["handle"]))
        elif decision.status is Status.PUBLISHED and (out := values.get("remote_id")):
            values["handle"] = self._stored(claim, {**claim.handle, OBJECT: out})
        if fenced.write(connection, claim.seq, claim.fence, values, now):
            _tell(connection, claim, decision, now)
        if decision.stop_reason:
            _stop_channel(connection, claim.channel, decision.stop_reason, now)
        following: list[Claim] = []
        if more:
            try:
                following = self._claiming.take_heads(connection, {claim.channel: claim.fence}, now)
            except LoaError as error:  # trust file or witness: no reason to forget what this one came to
                log.debug("the next claim will say so: %s", error, extra=about("use.unnoted"))
        if more and not following:
            fenced.free(connection, claim)
        return following[0] if following else None

    def _needs_a_person(self, connection: Connection, claim: Claim) -> str:
        """Why what is not public is not sent again by itself; empty when it may be."""
        if claim.state.step is not Step.SETTLE:
            return ""
        if restores.waits_for_a_go(connection, claim.seq, claim.delivery):
            return Reason.RESTORED
        sent = any(self._gate.witness.state(name) == SENT for name in claim.approvals)
        return Reason.USED if sent else ""


def _not_anothers(connection: Connection, claim: Claim, decision: Decision) -> Decision:
    """Two posts of one text on one Page can be taken for each other: then a person tells them apart."""
    remote_id = decision.changes.get("remote_id", "")
    asked = {"b_channel": claim.channel, "b_remote_id": remote_id, "b_seq": claim.seq}
    other = connection.execute(sql.SAME_OBJECT, asked).scalar()
    if other is None:
        return decision
    changes = {"last_error": f"settle.another_delivery: {other}", "pending": ""}
    return Decision(Status.UNKNOWN, "needs_a_person", None, decision.evidence, changes, decision.failures)


def _stop_channel(connection: Connection, channel_id: str, reason: str, now: datetime) -> None:
    values = {"state": "stopped", "state_reason": reason, "updated_at": now}
    going = (channel.c.id == channel_id) & (channel.c.state == "ok")  # else it was told already
    if connection.execute(update(channel).where(going).values(**values)).rowcount:
        audit.record(
            connection, at=now, actor=MACHINE, action="channel_stopped", subject=channel_id, reason=reason
        )


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
