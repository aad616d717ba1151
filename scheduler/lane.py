"""A lane's turn: carry out claims of one channel, one after the other, until nothing is due.

Both engines run this. Whatever happens in here ends as a Decision in the queue, or the process died
and the next claim of the row finds it in flight.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from connectors.contract import Capabilities, Connector, Handle, Job, Pending, Published
from connectors.errors import ConnectorError, NotSent, Refused, Unknown
from connectors.extras import HandsOver
from content.events import about, request_id
from content.media import MediaError, MediaStore
from scheduler import policy
from scheduler.claim import Claim, LeaseLost
from scheduler.clock import Clock
from scheduler.policy import Decision, Step
from scheduler.queue import Queue
from scheduler.reasons import Reason
from scheduler.recalling import call_back
from scheduler.restores import Restores
from scheduler.setbacks import after_error
from scheduler.status import Status
from scheduler.trouble import trouble

log = logging.getLogger("loa.lane")

T = TypeVar("T")
WRITE_PAUSE_S = 1.0
TURN = 20
"""Deliveries a lane may make before others get its worker."""


class Connect(Protocol):
    """Channel id to connector; may raise a ConnectorError (a token that cannot be read).

    `version` is the channel's, where the caller knows it: it saves a query.
    """

    def __call__(self, channel_id: str, version: int | None = None) -> Connector: ...


@dataclass
class Lanes:
    """Runs lane turns. One object serves all workers; it holds no state of its own."""

    queue: Queue
    connect: Connect
    media: MediaStore
    clock: Clock
    rng: random.Random = field(default_factory=random.Random)
    restores: Restores = field(default_factory=Restores)
    pause: Callable[[float], None] = time.sleep

    def run(self, claim: Claim, stopping: Callable[[], bool] = lambda: False) -> int:
        """Work through a lane starting with `claim` until its turn is over or `stopping` says so.

        Returns how many steps were done.
        """
        steps = 0
        following: Claim | None = claim
        while following is not None:
            current, steps = following, steps + 1
            try:
                decision = self._perform(current, stopping)
                go_on = steps < TURN and not stopping()
                following = self._kept(partial(self._finish, current, decision, go_on), stopping)
            except LeaseLost:
                log.warning(
                    "%s: the lane was taken over, stopping",
                    current.delivery,
                    extra=_about("lane.lost", current),
                )
                self.queue.release(current, self.clock.now())
                return steps
            self._tell(current, decision)
        return steps

    def _tell(self, claim: Claim, decision: Decision) -> None:
        """One line for each step. A post is late from its minute on, so only what shows it has a lateness."""
        if not log.isEnabledFor(logging.INFO):
            return
        late = None
        if claim.state.step is Step.REVEAL and decision.status is Status.PUBLISHED:
            began = claim.leased_until - policy.LEASE  # the claim's moment is the attempt's
            late = round((began - claim.due_at).total_seconds(), 3)
        told = _about(
            "step.done",
            claim,
            outcome=decision.outcome,
            lateness_s=late,
            request_id=request_id(decision.evidence),
        )
        log.info("%s: %s → %s", claim.delivery, claim.state.step, decision.outcome, extra=told)

    def _finish(self, claim: Claim, decision: Decision, go_on: bool) -> Claim | None:
        return self.queue.finish(claim, decision, self.clock.now(), go_on=go_on)

    def _kept(self, write: Callable[[], T], stopping: Callable[[], bool]) -> T:
        """Write what came of a call, however long the disk is full or the database locked.

        Given up it would have to be read back, which not every platform allows.
        """
        while True:
            try:
                return write()
            except Exception as error:
                met = trouble(error, self.media.root)
                if met is None or not met.passes or stopping():
                    raise
                log.debug("what came of a step is not written yet: %s", met, extra=about("step.unwritten"))
                self.pause(WRITE_PAUSE_S)

    def _perform(self, claim: Claim, stopping: Callable[[], bool]) -> Decision:
        capabilities: Capabilities | None = None
        try:
            connector = self.connect(claim.channel, claim.channel_version)
            capabilities = connector.capabilities
            return self._step(claim, connector, stopping)
        except MediaError as error:
            # The file is gone or is not the one that was approved: no approval covers what is there.
            # A hand-over may be a repeated one: then the platform holds it, and a person has to look.
            status = Status.UNKNOWN if claim.state.step is Step.HAND_OVER else Status.HELD
            return Decision(status, "held", None, str(error), {"last_error": Reason.MEDIA_CHANGED})
        except ConnectorError as error:
            return self._after(error, claim, capabilities)
        except LeaseLost:
            raise
        except Exception as error:
            # A fault of ours. After a reveal it may be public, so it is read as an unclear answer.
            told = _about("step.fault", claim, error=type(error).__name__)
            log.exception("%s: %s failed", claim.delivery, claim.state.step, extra=told)
            return self._after(Unknown("loa:fault", type(error).__name__), claim, capabilities)

    def _step(self, claim: Claim, connector: Connector, stopping: Callable[[], bool]) -> Decision:
        if self.clock.now() >= claim.leased_until:
            raise LeaseLost(claim.delivery)  # we slept (a suspended machine): somebody else may be at it
        doubt = self.restores.in_doubt_since(claim.seq)
        tried = min((at for at in (claim.first_try_at, doubt) if at), default=None)
        job = Job(claim.delivery, claim.marker, claim.variant, claim.due_at, tried)
        capabilities = connector.capabilities
        match claim.state.step:
            case Step.PREPARE:
                if doubt and claim.state.looks < len(capabilities.settle_after):
                    found = _find(connector, job, claim, doubt)
                    now = self.clock.now()
                    decision = policy.before_first_step(found, claim.state, capabilities, now, self.rng)
                    if decision:
                        return decision
                self._check_media(claim)
                handle = connector.prepare(job, dict(claim.handle), self._saver(claim, stopping))
                return policy.after_prepared(
                    handle, self.clock.now(), claim.due_at, hand_over=claim.hand_over
                )
            case Step.HAND_OVER:
                self._check_media(claim)
                if not isinstance(connector, HandsOver):
                    raise Refused("loa:cannot-hold")
                handle = connector.hand_over(job, dict(claim.handle), self._saver(claim, stopping))
                return policy.after_handed_over(handle, claim.due_at)
            case Step.RECALL:
                handle = call_back(connector, job, dict(claim.handle), self._saver(claim, stopping))
                return policy.after_recalled(handle, claim.forbidden)
            case Step.REVEAL:
                self._check_media(claim)
                return self._answered(connector.reveal(job, dict(claim.handle)))
            case Step.POLL:
                pending = Pending(claim.pending, timedelta())
                return self._answered(connector.poll(job, pending))
            case Step.SETTLE | Step.VERIFY:
                found = _find(connector, job, claim, doubt)
                now = self.clock.now()
                decision = policy.after_read_back(found, claim.state, capabilities, now, self.rng)
                if decision.outcome == "not_public" and not claim.handle:
                    return policy.to_be_prepared(decision, claim.state, claim.due_at - capabilities.lead)
                return decision

    def _answered(self, answer: Published | Pending) -> Decision:
        return policy.after_answer(answer, self.clock.now())

    def _after(self, error: ConnectorError, claim: Claim, capabilities: Capabilities | None) -> Decision:
        return after_error(error, claim.state, capabilities, self.clock.now(), self.rng)

    def _saver(self, claim: Claim, stopping: Callable[[], bool]) -> Callable[[Handle], None]:
        def save(handle: Handle) -> None:
            self._kept(lambda: self.queue.keep(claim, handle, self.clock.now()), stopping)

        return save

    def _check_media(self, claim: Claim) -> None:
        for ref in claim.variant.media:
            try:
                self.media.verify(ref)
            except OSError as error:  # too many open files: nothing is wrong with the picture
                raise NotSent("loa:machine", error.strerror or "") from error


def _find(connector: Connector, job: Job, claim: Claim, doubt: datetime | None) -> list[Published]:
    """What the platform shows. A handle out of a backup may be older than what was published elsewhere."""
    found = connector.find(job, dict(claim.handle))
    return found or (connector.find(job, {}) if doubt and claim.handle else found)


def _about(event: str, claim: Claim, **more: str | float | None) -> dict[str, Any]:
    """What a log tells of one step."""
    return about(
        event,
        delivery=claim.delivery,
        channel=claim.channel,
        platform=claim.platform,
        step=claim.state.step,
        attempt=claim.attempt,
        **more,
    )
