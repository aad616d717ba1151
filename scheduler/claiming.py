"""Taking work: free lanes, the first delivery of each that passes the gate, and its in-flight mark.

All of it is one transaction with the lease, so that whoever is killed afterwards leaves a row that says what
was under way. What may not leave is set aside with its reason on the same way, and the next of the lane is
looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select

from scheduler import audit, fenced
from scheduler import statements as sql
from scheduler.audit import MACHINE
from scheduler.claim import Claim
from scheduler.gate import Gate
from scheduler.policy import LEASE, State, Step, state_of, step_of
from scheduler.reasons import Reason
from scheduler.seals import standing_names
from scheduler.status import Status
from scheduler.store.tables import lane
from scheduler.witness import BEGUN
from scheduler.zones import Serves

QUIET_FOR = timedelta(minutes=10)
"""How often is asked whether people may be reminded again."""


@dataclass(frozen=True)
class _Head:
    """The first delivery of a lane that may go, and what its worker has to know."""

    row: Row[Any]
    fence: int
    forbidden: str
    approvals: tuple[str, ...]


class Claiming:
    """Hands out work to one worker process, `worker` by name."""

    def __init__(self, gate: Gate, worker: str, serves: Serves | None = None) -> None:
        self._gate = gate
        self._worker = worker
        mine = [] if serves is None else [serves.has(lane.c.channel_id)]
        self._ready, self._unserved = sql.READY_LANES.where(*mine), sql.UNSERVED_LANES.where(*mine)
        self._among = sql.FREE_AMONG.where(*mine)

    def claim(
        self,
        connection: Connection,
        now: datetime,
        limit: int,
        channels: Collection[str] | None,
        unready: int | None = None,
    ) -> list[Claim]:
        """Lease up to `limit` free lanes, of these channels or of all, each with its first delivery.

        Of all: no more than `unready` of them without anything that is ready to be seen.
        """
        here: dict[str, Any] = {"b_now": now}
        if channels is not None:
            here["b_channels"] = list(channels)
        stopped = sql.HOLD_STOPPED if channels is None else sql.HOLD_STOPPED_AMONG
        for held in connection.execute(stopped, here).scalars().all():
            reason = Reason.CHANNEL_STOPPED
            audit.record(connection, at=now, actor=MACHINE, action="held", subject=held, reason=reason)
        if channels is not None:
            return self._claim(connection, now, limit, self._among, here)
        claims = self._claim(connection, now, limit, self._ready, here)
        others = limit - len(claims) if unready is None else min(limit - len(claims), unready)
        return claims + self._claim(connection, now, others, self._unserved, here)

    def _claim(
        self, connection: Connection, now: datetime, limit: int, free: Select[Any], here: dict[str, Any]
    ) -> list[Claim]:
        claims: list[Claim] = []
        while (wanted := limit - len(claims)) > 0:
            lanes = connection.execute(free, {**here, "b_limit": wanted})
            fences = {row.channel_id: row.fence + 1 for row in lanes}
            if not fences:
                break
            taken = self.take_heads(connection, fences, now)
            if taken:
                lease = {"b_owner": self._worker, "b_until": now + LEASE, "b_now": now}
                bound = [{"b_channel": claim.channel, "b_fence": claim.fence, **lease} for claim in taken]
                connection.execute(sql.LEASE_LANE, bound)
            claims += taken
            if len(taken) == len(fences):
                break  # else a lane whose rows were all set aside gives its place to another
        return claims

    def take_heads(self, connection: Connection, fences: dict[str, int], now: datetime) -> list[Claim]:
        """The first delivery of each lane (fence by channel) that may go; what may not is set aside."""
        self._gate.witness.must_be_whole()
        taken: list[_Head] = []
        wanted = dict(fences)
        orders = self._gate.orders(connection)
        while wanted and (heads := _heads(connection, list(wanted), now)):
            approvals = self._gate.approvals(connection, heads)
            again: dict[str, int] = {}
            for row in heads:
                fence, given = wanted[row.channel_id], approvals[row.seq]
                if damage := self._gate.damage(row, given, now):  # one row must not stop the publisher
                    fenced.set_aside(connection, row, *damage, now)
                    again[row.channel_id] = fence
                elif step_of(row, now) is Step.REVEAL and row.due_at > now:  # never early, whoever woke it
                    connection.execute(sql.WAKE_WHEN_DUE, {"b_seq": row.seq})
                    again[row.channel_id] = fence
                elif self._gate.is_quiet(row, orders, now):
                    later = min(now + QUIET_FOR, row.deadline + timedelta(seconds=1))
                    connection.execute(sql.WAKE_LATER, {"b_seq": row.seq, "b_at": later})
                    again[row.channel_id] = fence
                elif refusal := self._gate.refusal(row, given, orders, now):
                    since = None
                    if refusal[0] is Status.UNKNOWN:  # looked for since the first yes: not public before it
                        since = min(yes.at for yes in given if yes.genuine)
                    fenced.set_aside(connection, row, *refusal, now, since=since)
                    again[row.channel_id] = fence
                else:  # what a person wanted back is not forbidden
                    asked = row.status != Status.RECALLING or not row.hand_over
                    why = "" if asked else self._gate.forbidden(row, given, orders)
                    taken.append(_Head(row, fence, why, standing_names(given)))
            wanted = again
        if wanted:
            _give_up_lost(connection, list(wanted), now)
        return self._mark(connection, taken, now) if taken else []

    def _mark(self, connection: Connection, heads: Sequence[_Head], now: datetime) -> list[Claim]:
        """Write the in-flight state and the attempts, before anybody can act on them."""
        states = [state_of(head.row, now) for head in heads]
        begun = [
            name
            for head, state in zip(heads, states, strict=True)
            if state.step in (Step.HAND_OVER, Step.REVEAL)
            for name in head.approvals
        ]
        self._gate.witness.approvals(BEGUN, begun)
        until = now + LEASE
        marks = [_marked(head, state, now, until) for head, state in zip(heads, states, strict=True)]
        connection.execute(sql.MARK_IN_FLIGHT, marks)
        opened = [self._opened(head, state, now) for head, state in zip(heads, states, strict=True)]
        attempts = connection.execute(sql.OPEN_ATTEMPTS, opened).scalars().all()
        return [
            Claim.of(head.row, head.fence, state, attempt, until, head.forbidden, head.approvals)
            for head, state, attempt in zip(heads, states, attempts, strict=True)
        ]

    def _opened(self, head: _Head, state: State, now: datetime) -> dict[str, Any]:
        return {
            "delivery_seq": head.row.seq,
            "step": state.step,
            "fence": head.fence,
            "worker": self._worker,
            "started_at": now,
            "outcome": "",
            "evidence": "",
        }


def _marked(head: _Head, state: State, now: datetime, until: datetime) -> dict[str, Any]:
    return {
        "b_seq": head.row.seq,
        "b_fence": head.row.fence,
        "v_fence": head.fence,
        "v_status": state.status,
        "v_tries": state.tries,
        "v_wake_at": until,  # until the outcome is written it comes up again when the lease runs out
        "v_first_try_at": head.row.first_try_at or now,
        "v_updated_at": now,
    }


def _heads(connection: Connection, channels: Sequence[str], now: datetime) -> Sequence[Row[Any]]:
    """The most urgent due delivery of each lane, joined with all that the gate looks at."""
    if len(channels) > 1:
        return connection.execute(sql.HEADS, {"b_channels": list(channels), "b_now": now}).all()
    return connection.execute(sql.HEAD, {"b_channel": channels[0], "b_now": now}).all()


def _give_up_lost(connection: Connection, channels: Sequence[str], now: datetime) -> None:
    """Nothing more comes of these lanes, though they look due: their posts are gone."""
    for one in connection.execute(sql.HOLD_LOST, {"b_channels": list(channels), "b_now": now}).all():
        reason = Reason.ROW_DAMAGED
        audit.record(connection, at=now, actor=MACHINE, action=one.status, subject=one.id, reason=reason)
