"""What the suite needs to know of a platform, and the steps that its tests share."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, NoReturn, Protocol

from connectors.contract import Connector, Handle, Job, Pending, Published
from connectors.errors import ConnectorError

Trouble = Literal[
    "error_after_accept",  # the work is done, the answer says it failed
    "cut_after_accept",  # the work is done, no answer comes
    "cut_before",  # nothing is done, no answer comes
    "html",
    "empty",
    "truncated",
    "wrong_types",
    "throttled",
    "auth_lost",
]
Step = Literal["prepare", "reveal", "read"]

POLLS_MOST = 20


class Harness(Protocol):
    """What the suite needs to know of one platform."""

    troubles: frozenset[Trouble]
    """What `trouble` can make; empty for a platform that cannot misbehave."""
    secrets: tuple[str, ...]
    """Values that must never be seen in an error, a handle or a health."""

    def connector(self) -> Connector:
        """A new connector for the same channel, sharing nothing with earlier ones."""
        ...

    def job(self, *, pictures: int = 0) -> Job:
        """A new delivery whose text no other has, never tried before."""
        ...

    def now(self) -> datetime:
        """The clock the connector was given."""
        ...

    def public(self, job: Job) -> int:
        """How many public objects of this delivery the platform itself counts."""
        ...

    def traffic(self) -> int:
        """How many calls have reached the platform; 0 for ever where that means nothing."""
        ...

    def hidden(self, job: Job) -> int:
        """How many objects of this delivery the platform keeps unseen; only asked for `ListsOrphans`."""
        ...

    def jump(self, to: datetime) -> None:
        """Set the platform's and the connector's clock to a later instant; only asked for `HandsOver`."""
        ...

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        """Make the next `times` calls of that step go wrong."""
        ...


class Crash(Exception):
    """The process ends here, as far as the connector can tell."""


def forget(_: Handle) -> None:
    """A save nobody reads."""


def tried_before(harness: Harness, job: Job) -> Job:
    """The same delivery on a later attempt."""
    return replace(job, first_try_at=harness.now())


def publish(harness: Harness, job: Job) -> tuple[Handle, Published]:
    connector = harness.connector()
    handle = connector.prepare(job, {}, forget)
    return handle, reveal(connector, job, handle)


def reveal(connector: Connector, job: Job, handle: Handle) -> Published:
    outcome = connector.reveal(job, handle)
    for _ in range(POLLS_MOST):
        if isinstance(outcome, Published):
            return outcome
        assert isinstance(outcome, Pending)
        outcome = connector.poll(job, outcome)
    raise AssertionError(f"still pending after {POLLS_MOST} polls: {outcome}")


def count_saves(harness: Harness, *, pictures: int) -> int:
    saves: list[Handle] = []
    harness.connector().prepare(harness.job(pictures=pictures), {}, saves.append)
    return len(saves)


def crash(harness: Harness, job: Job, at: int, *, stored: bool) -> Handle:
    """Prepare until the save with that number, and die there; what was committed by then."""
    committed: list[Handle] = [{}]

    def save(handle: Handle) -> None:
        last = len(committed) - 1 == at
        if stored or not last:
            committed.append(json.loads(json.dumps(handle)))
        if last:
            raise Crash

    try:
        harness.connector().prepare(job, {}, save)
    except Crash:
        return committed[-1]
    raise AssertionError("the connector went on although its save had failed")


def error_of(harness: Harness, act: Callable[..., Any], *given: Any) -> ConnectorError:
    try:
        outcome = act(*given)
    except ConnectorError as error:
        assert_clean(harness, f"{error!r} {error} {error.detail} {error.__cause__!r}")
        return error
    raise AssertionError(f"no error, but {outcome!r}")


def assert_clean(harness: Harness, text: str) -> None:
    for secret in harness.secrets:
        assert secret not in text, "a secret is to be read here"


def able(harness: Harness, *wanted: Trouble) -> list[Trouble]:
    able = [trouble for trouble in wanted if trouble in harness.troubles]
    if not able:
        skip("the harness declares none of these troubles")
    return able


def skip(reason: str) -> NoReturn:
    import pytest  # a tool of tests; a process that publishes never loads it

    pytest.skip(reason)
