"""What happens next: the table from (step, error) to decision, with back-off, caps and the breaker.

Pure functions of their arguments; the lane carries out what they say. Lengths of time are seconds
unless they are `timedelta`.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from connectors.contract import Capabilities, Handle, Pending, Published
from connectors.errors import (
    AuthLost,
    ConnectorError,
    NotPrepared,
    NotSent,
    NotYet,
    Refused,
    Throttled,
    Unknown,
)
from scheduler.status import Status

LEASE = timedelta(seconds=50)
"""Longer than any call (connectors.http.TOTAL_TIMEOUT_S), shorter than the minute within which a dead
worker's lane must be taken over."""
MAX_TRIES = 8
MAX_READS = 12
"""Read-backs in a row that failed before a person is asked: with the back-off about an hour."""
VERIFY_AFTER = timedelta(seconds=1)
"""A platform's yes is read back a little later, so that a herd's reveals all go before any read-back."""
BACK_OFF_FIRST = timedelta(seconds=5)
BACK_OFF_CAP = timedelta(minutes=10)
THROTTLE_REST = timedelta(minutes=5)
THROTTLE_LEAST = timedelta(seconds=10)
HELD_BY_PLATFORM = timedelta(seconds=60)
"""How long after its minute a post that the platform holds is looked for there."""
RECALL_AGAIN_CAP = timedelta(minutes=1)
"""A recall that failed is tried again at least so often until the platform's minute; later more seldom."""
NOT_YET_LEAST = timedelta(seconds=1)
BREAKER_AFTER = 5
"""Failures in a row on one channel before its lane rests as a whole."""
BREAKER_FIRST = timedelta(seconds=30)
BREAKER_CAP = timedelta(minutes=15)


class Step(StrEnum):
    """What a worker does with a delivery. `poll`, `settle` and `verify` only read, `recall` only hides."""

    PREPARE = "prepare"
    HAND_OVER = "hand_over"
    RECALL = "recall"
    REVEAL = "reveal"
    POLL = "poll"
    SETTLE = "settle"
    VERIFY = "verify"


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
    if why != "frozen":
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
        return Decision(Status.MISSED, "missed", None, changes={"last_error": "missed", "looks": 0})
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


def after_error(
    error: ConnectorError, state: State, capabilities: Capabilities | None, now: datetime, rng: random.Random
) -> Decision:
    """The error-to-decision table of DESIGN §4, for every step.

    `capabilities` are None when the connector could not even be made.
    """
    if state.step is Step.HAND_OVER:
        return _not_handed_over(error, state, now, rng)
    if state.step is Step.RECALL:
        return _not_recalled(error, state, now, rng)
    text = str(error)
    trouble = {"last_error": text}
    waiting = {Step.PREPARE: Status.QUEUED, Step.REVEAL: Status.READY}.get(state.step, state.status)
    if isinstance(error, Throttled):
        rest = max(error.retry_at or now + THROTTLE_REST, now + THROTTLE_LEAST)
        return Decision(waiting, "throttled", rest, error.detail, trouble, state.failures, rest_until=rest)
    if isinstance(error, AuthLost):
        held = Status.HELD if state.step in (Step.PREPARE, Step.REVEAL) else state.status
        wake = None if held is Status.HELD else now
        return Decision(held, "auth_lost", wake, error.detail, trouble, stop_reason=text)
    if isinstance(error, Refused) and state.step is Step.POLL:
        # Taken, then refused while it was processed: what the public sees of it is for a person to say.
        return Decision(Status.UNKNOWN, "refused", None, error.detail, trouble | {"pending": ""})
    if isinstance(error, NotPrepared) and state.step is Step.POLL:  # gone again: settle, then prepare anew
        return Decision(Status.UNKNOWN, "unclear", now, error.detail, trouble | {"pending": "", "looks": 0})
    if state.step in (Step.POLL, Step.SETTLE, Step.VERIFY):
        # A read that failed says nothing about the post, and nothing against the posts that are due.
        reads = state.reads + 1
        if reads >= MAX_READS:
            lost = state.status if state.step is Step.VERIFY else Status.UNKNOWN
            changes = {"last_error": f"settle.unreadable: {text}", "reads": 0, "pending": ""}
            return Decision(lost, "needs_a_person", None, error.detail, changes, state.failures)
        wait = back_off(reads, rng)
        return Decision(
            state.status, "not_read", now + wait, error.detail, trouble | {"reads": reads}, state.failures
        )
    if isinstance(error, NotYet):
        again_at = max(error.retry_at, now + NOT_YET_LEAST)
        return Decision(waiting, "not_yet", again_at, error.detail, trouble, state.failures)
    failures = state.failures + 1
    rest_until = _breaker(failures, now, rng)
    if isinstance(error, Refused):
        return Decision(Status.FAILED, "refused", None, error.detail, trouble)
    if isinstance(error, Unknown) and state.step is Step.REVEAL:
        changes = trouble | {"looks": 0, "tries": state.tries + 1}
        look_at = now + (capabilities.settle_after[0] if capabilities else timedelta())
        return Decision(Status.UNKNOWN, "unclear", look_at, error.detail, changes, failures, rest_until)
    if not isinstance(error, NotSent | Unknown):
        raise TypeError(f"connector raised outside the contract: {type(error).__name__}")
    tries = state.tries + 1
    if tries >= MAX_TRIES:
        return Decision(
            Status.FAILED, "gave_up", None, error.detail, trouble | {"tries": tries}, failures, rest_until
        )
    if isinstance(error, NotPrepared):
        waiting = Status.QUEUED
    retry_at = now + back_off(tries, rng)
    return Decision(
        waiting, "retry", retry_at, error.detail, trouble | {"tries": tries}, failures, rest_until
    )


def _not_handed_over(error: ConnectorError, state: State, now: datetime, rng: random.Random) -> Decision:
    """It costs nothing: at its minute the post is looked for and, not being there, revealed.

    From the first try on the platform may hold it, so it is never taken for a post that stays hidden.
    """
    look_at = (state.due_at or now) + HELD_BY_PLATFORM
    trouble = {"last_error": str(error)}
    if isinstance(error, AuthLost):
        return Decision(
            Status.HANDED_OVER, "auth_lost", look_at, error.detail, trouble, stop_reason=str(error)
        )
    tries = state.tries + (not isinstance(error, Throttled))
    if isinstance(error, Refused) or tries >= MAX_TRIES:
        outcome = "refused" if isinstance(error, Refused) else "gave_up"
        return Decision(Status.HANDED_OVER, outcome, look_at, error.detail, trouble | {"tries": 0})
    again_at = now + back_off(tries, rng)
    if isinstance(error, Throttled):
        again_at = max(error.retry_at or now + THROTTLE_REST, now + THROTTLE_LEAST)
    again_at = min(again_at, look_at)
    return Decision(Status.HANDED_OVER, "retry", again_at, error.detail, trouble | {"tries": tries})


def _not_recalled(error: ConnectorError, state: State, now: datetime, rng: random.Random) -> Decision:
    """Tried for as long as the platform may publish it: only its yes, or that it is public, ends that."""
    trouble = {"last_error": str(error)}
    if isinstance(error, Refused):
        late = {"last_error": f"recall.too_late: {error}", "tries": 0}
        return Decision(Status.UNKNOWN, "too_late", None, error.detail, late, state.failures)
    if isinstance(error, AuthLost):
        return Decision(
            Status.RECALLING, "auth_lost", now, error.detail, trouble, state.failures, stop_reason=str(error)
        )
    if isinstance(error, Throttled):
        rest = max(error.retry_at or now + THROTTLE_REST, now + THROTTLE_LEAST)
        return Decision(
            Status.RECALLING, "throttled", rest, error.detail, trouble, state.failures, rest_until=rest
        )
    tries = state.tries + 1
    soon = state.due_at is None or now < state.due_at
    again_at = now + back_off(tries, rng, cap=RECALL_AGAIN_CAP if soon else BACK_OFF_CAP)
    return Decision(
        Status.RECALLING, "retry", again_at, error.detail, trouble | {"tries": tries}, state.failures
    )


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


def _breaker(failures: int, now: datetime, rng: random.Random) -> datetime | None:
    if failures < BREAKER_AFTER:
        return None
    return now + back_off(failures - BREAKER_AFTER + 1, rng, BREAKER_FIRST, BREAKER_CAP)
