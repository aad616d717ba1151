"""What happens next: whose turn it is, and what a step that was answered leads to.

Pure functions of their arguments; the lane carries out what they say. What an error leads to stands in
`scheduler.setbacks`.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row

from connectors.contract import Capabilities, Handle, Pending, Published
from scheduler.reasons import Reason
from scheduler.status import Status

LEASE = timedelta(seconds=50)
"""Longer than any call (connectors.http.TOTAL_TIMEOUT_S), shorter than the minute within which a dead
worker's lane must be taken over."""
MAX_TRIES = 8
VERIFY_AFTER = timedelta(seconds=1)
"""A platform's yes is read back a little later, so that a herd's reveals all go before any read-back."""
BACK_OFF_FIRST = timedelta(seconds=5)
BACK_OFF_CAP = timedelta(minutes=10)
HELD_BY_PLATFORM = timedelta(seconds=60)
"""How long after its minute a post that the platform holds is looked for there."""


class Step(StrEnum):
    """What a worker does with a delivery. `poll`, `settle` and `verify` only read, `recall` only hides."""

    PREPARE = "prepare"
    HAND_OVER = "hand_over"
    RECALL = "recall"
    REVEAL = "reveal"
    POLL = "poll"
    SETTLE = "settle"
    VERIFY = "verify"


OUTGOING = (Step.PREPARE, Step.HAND_OVER, Step.REVEAL)
"""Steps that can lead to something public: the gate stands before each of them."""


@dataclass(frozen=True)
class State:
    """What the policy needs to know of a delivery at the start of a step."""

    step: Step
    status: Status
    tries: int
    looks: int
    failures: int
    deadline: datetime
    reads: int = 0
    due_at: datetime | None = None


@dataclass(frozen=True)
class Decision:
    """What to write. `changes`: more columns of the delivery; `failures`: the channel's bad luck in a row."""

    status: Status
    outcome: str
    wake_at: datetime | None = None
    evidence: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    failures: int = 0
    rest_until: datetime | None = None
    stop_reason: str = ""


def step_of(row: Row[Any], now: datetime) -> Step:
    """What is to be done with a delivery next, told from its row."""
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


def state_of(row: Row[Any], now: datetime) -> State:
    """The same with all that the decision after the step needs, and in the status that it is claimed in."""
    step = step_of(row, now)
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


def to_json(handle: Handle) -> str:
    """A handle as it is stored."""
    return json.dumps(handle, ensure_ascii=False, sort_keys=True)


def back_off(
    tries: int, rng: random.Random, first: timedelta = BACK_OFF_FIRST, cap: timedelta = BACK_OFF_CAP
) -> timedelta:
    """Doubling wait with ±25 % jitter, never above `cap`."""
    doubled = first * (1 << min(max(tries - 1, 0), 20))
    return min(min(doubled, cap) * rng.uniform(0.75, 1.25), cap)


def after_prepared(handle: Handle, now: datetime, due_at: datetime, *, hand_over: bool = False) -> Decision:
    """Everything unseen is done; the reveal waits for its minute, a hand-over does not."""
    changes = {"handle": to_json(handle), "last_error": "", "tries": 0, "looks": 0}
    return Decision(Status.READY, "prepared", now if hand_over else max(now, due_at), changes=changes)


def after_handed_over(handle: Handle, due_at: datetime) -> Decision:
    """The platform holds it; shortly after its minute it is looked for, and revealed if it is not there."""
    changes = {"handle": to_json(handle), "last_error": "", "tries": 0, "looks": 0}
    return Decision(Status.HANDED_OVER, "handed_over", due_at + HELD_BY_PLATFORM, changes=changes)


def after_recalled(handle: Handle, why: str) -> Decision:
    """It is ours alone again and stays here. `why`: what forbade it; empty when a person wanted it back.

    What only a freeze covered keeps the wish to be handed over, for when the freeze is lifted.
    """
    changes = {"handle": to_json(handle), "last_error": why or "recalled", "tries": 0, "looks": 0}
    if why != Reason.FROZEN:
        changes["hand_over"] = False
    return Decision(Status.HELD, "recalled", None, changes=changes)


def after_answer(answer: Published | Pending, now: datetime) -> Decision:
    """A reveal or poll that the platform answered."""
    if isinstance(answer, Pending):
        pending = {"pending": answer.remote_id, "remote_id": answer.remote_id}
        return Decision(Status.REVEALING, "pending", now + answer.wait, answer.evidence, pending)
    return Decision(Status.PUBLISHED, "published", now + VERIFY_AFTER, answer.evidence, _adopted(answer, now))


def after_read_back(
    found: list[Published], state: State, capabilities: Capabilities, now: datetime, rng: random.Random
) -> Decision:
    """Settle (after doubt) or verify (after a yes): what the platform shows decides."""
    if len(found) == 1:
        changes = _adopted(found[0], now) | {"verified_at": now}
        if state.step is Step.VERIFY:
            changes.pop("published_at")
        return Decision(Status.PUBLISHED, "seen_public", None, found[0].evidence, changes)
    if len(found) > 1:
        urls = " ".join(p.url or p.remote_id for p in found)
        return Decision(Status.UNKNOWN, "twins", None, urls, {"last_error": f"settle.twins: {urls}"})
    looks, waits, failures = state.looks + 1, capabilities.settle_after, state.failures
    if looks < len(waits):
        status = Status.PUBLISHED if state.step is Step.VERIFY else Status.UNKNOWN
        return Decision(status, "not_seen", now + waits[looks], changes={"looks": looks}, failures=failures)
    if state.step is Step.VERIFY:
        return _for_a_person("settle.not_public", looks, failures)
    if capabilities.reveal == "once":
        return _for_a_person("settle.no_way_to_tell", looks, failures)
    if state.tries >= MAX_TRIES:
        return _for_a_person("settle.gave_up", looks, failures)
    if now > state.deadline:
        return Decision(Status.MISSED, "missed", None, changes={"last_error": Reason.MISSED, "looks": 0})
    again_at = now if state.tries <= 1 else now + back_off(state.tries - 1, rng)
    changes = {"looks": 0, "last_error": ""}
    return Decision(Status.READY, "not_public", again_at, changes=changes, failures=failures)


def before_first_step(
    found: list[Published], state: State, capabilities: Capabilities, now: datetime, rng: random.Random
) -> Decision | None:
    """A delivery that another machine may have sent is read back before it is prepared; None: go on."""
    if found:
        return after_read_back(found, state, capabilities, now, rng)
    looks, waits = state.looks + 1, capabilities.settle_after
    if looks < len(waits):
        again_at = now + waits[looks]
        return Decision(
            Status.QUEUED, "not_seen", again_at, changes={"looks": looks}, failures=state.failures
        )
    if capabilities.reveal == "once":
        return _for_a_person("settle.no_way_to_tell", looks, state.failures)
    return None


def to_be_prepared(decision: Decision, state: State, not_before: datetime) -> Decision:
    """Not public, and nothing was ever prepared to be revealed: the turn is preparing's.

    It was looked for often enough (`looks`), so that `before_first_step` is not asked once more.
    """
    wake_at = max(decision.wake_at or not_before, not_before)
    changes = {**decision.changes, "looks": state.looks + 1}
    return replace(decision, status=Status.QUEUED, wake_at=wake_at, changes=changes)


def _adopted(published: Published, now: datetime) -> dict[str, Any]:
    return {
        "remote_id": published.remote_id,
        "url": published.url,
        "published_at": published.published_at or now,
        "pending": "",
        "looks": 0,
        "reads": 0,
        "last_error": "",
    }


def _for_a_person(reason: str, looks: int, failures: int) -> Decision:
    changes = {"looks": looks, "last_error": reason}
    return Decision(Status.UNKNOWN, "needs_a_person", None, changes=changes, failures=failures)
