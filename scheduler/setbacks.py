"""What an error leads to: the table from (step, error) to decision of DESIGN §4, with caps and the breaker.

Pure functions, as in `scheduler.policy`.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from connectors.contract import Capabilities
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
from scheduler.policy import (
    BACK_OFF_CAP,
    HELD_BY_PLATFORM,
    MAX_TRIES,
    Decision,
    State,
    Step,
    back_off,
)
from scheduler.status import Status

MAX_READS = 12
"""Read-backs in a row that failed before a person is asked: with the back-off about an hour."""
THROTTLE_REST = timedelta(minutes=5)
THROTTLE_LEAST = timedelta(seconds=10)
RECALL_AGAIN_CAP = timedelta(minutes=1)
"""A recall that failed is tried again at least so often until the platform's minute; later more seldom."""
NOT_YET_LEAST = timedelta(seconds=1)
BREAKER_AFTER = 5
"""Failures in a row on one channel before its lane rests as a whole."""
BREAKER_FIRST = timedelta(seconds=30)
BREAKER_CAP = timedelta(minutes=15)


def after_error(
    error: ConnectorError, state: State, capabilities: Capabilities | None, now: datetime, rng: random.Random
) -> Decision:
    """For every step and every error of the contract.

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
    if isinstance(error, Throttled):
        rest = max(error.retry_at or now + THROTTLE_REST, now + THROTTLE_LEAST)
        return Decision(
            Status.RECALLING, "throttled", rest, error.detail, trouble, state.failures, rest_until=rest
        )
    tries = state.tries + 1
    soon = state.due_at is None or now < state.due_at
    again_at = now + back_off(tries, rng, cap=RECALL_AGAIN_CAP if soon else BACK_OFF_CAP)
    lost = isinstance(error, AuthLost)  # a stopped channel is still asked: somebody may have logged in again
    return Decision(
        Status.RECALLING,
        "auth_lost" if lost else "retry",
        again_at,
        error.detail,
        trouble | {"tries": tries},
        state.failures,
        stop_reason=str(error) if lost else "",
    )


def _breaker(failures: int, now: datetime, rng: random.Random) -> datetime | None:
    if failures < BREAKER_AFTER:
        return None
    return now + back_off(failures - BREAKER_AFTER + 1, rng, BREAKER_FIRST, BREAKER_CAP)
