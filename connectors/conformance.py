"""The contract as tests: subclass `ConnectorConformance` and give it a `harness` fixture.

    class TestMyPlatform(ConnectorConformance):
        @pytest.fixture
        def harness(self): ...

The suite asks the *platform* what is public, never the connector alone. Troubles a harness cannot make
are skipped by its own declaration. A test uses a fresh job; a `connector()` stands for a restarted process.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, Protocol

from connectors.contract import Connector, Handle, Job, Measures, Pending, Published
from connectors.errors import AuthLost, ConnectorError, NotSent, Throttled, Unknown

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

_UNREADABLE: tuple[Trouble, ...] = ("html", "empty", "truncated", "wrong_types")
_POLLS_MOST = 20


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

    def trouble(self, trouble: Trouble, step: Step, *, times: int = 1) -> None:
        """Make the next `times` calls of that step go wrong."""
        ...


class Crash(Exception):
    """The process ends here, as far as the connector can tell."""


class ConnectorConformance:
    """Promises P2 and P3 of the design, for any connector."""

    def test_check_touches_no_network_and_repeats_itself(self, harness: Harness) -> None:
        connector, job, before = harness.connector(), harness.job(pictures=1), harness.traffic()
        assert connector.check(job.variant) == connector.check(job.variant)
        assert harness.traffic() == before, "check made a call"

    def test_what_is_prepared_cannot_be_seen(self, harness: Harness) -> None:
        connector, job = harness.connector(), harness.job(pictures=2)
        handle = connector.prepare(job, {}, _forget)
        assert harness.public(job) == 0
        assert connector.find(_tried(harness, job), handle) == []

    def test_a_reveal_makes_exactly_one_public_object(self, harness: Harness) -> None:
        for pictures in (0, 1, 3):
            job = harness.job(pictures=pictures)
            _publish(harness, job)
            assert harness.public(job) == 1

    def test_find_tells_the_published_object_with_its_address(self, harness: Harness) -> None:
        job = harness.job(pictures=1)
        assert harness.connector().find(job, {}) == []
        handle, published = _publish(harness, job)
        found = harness.connector().find(_tried(harness, job), handle)
        assert [one.remote_id for one in found] == [published.remote_id]
        assert found[0].url, "no address"
        assert found[0].published_at is None or found[0].published_at.tzinfo is not None

    def test_prepare_may_be_repeated_at_will(self, harness: Harness) -> None:
        job = harness.job(pictures=2)
        handle = harness.connector().prepare(job, {}, _forget)
        tried = _tried(harness, job)
        handle = harness.connector().prepare(tried, handle, _forget)
        handle = harness.connector().prepare(tried, handle, _forget)
        _reveal(harness.connector(), tried, handle)
        assert harness.public(job) == 1

    def test_a_crash_at_any_save_can_be_resumed(self, harness: Harness) -> None:
        saves = _count_saves(harness, pictures=2)
        for crash_at in range(saves):
            for stored in (True, False):  # the crash comes after, or before the handle is committed
                job = harness.job(pictures=2)
                handle = _crash(harness, job, crash_at, stored=stored)
                tried = _tried(harness, job)
                assert harness.public(job) == 0
                handle = harness.connector().prepare(tried, handle, _forget)
                _reveal(harness.connector(), tried, handle)
                assert harness.public(job) == 1, f"crash at save {crash_at}, stored={stored}"

    def test_a_handle_is_json_without_secrets(self, harness: Harness) -> None:
        seen: list[Handle] = []
        job = harness.job(pictures=2)
        seen.append(harness.connector().prepare(job, {}, seen.append))
        for handle in seen:
            text = json.dumps(handle)
            assert json.loads(text) == handle
            _assert_clean(harness, text)

    def test_a_second_reveal_leaves_one_public_object(self, harness: Harness) -> None:
        if harness.connector().capabilities.reveal == "once":
            _skip("declared as once: the machine never repeats it")
        job = harness.job(pictures=1)
        handle, first = _publish(harness, job)
        tried = _tried(harness, job)
        again = _reveal(harness.connector(), tried, handle)
        assert harness.public(job) == 1
        assert again.remote_id == first.remote_id

    def test_an_unclear_answer_to_a_reveal_is_unknown_and_find_settles_it(self, harness: Harness) -> None:
        for trouble in _able(harness, "error_after_accept", "cut_after_accept"):
            job = harness.job(pictures=1)
            handle = harness.connector().prepare(job, {}, _forget)
            tried = _tried(harness, job)
            harness.trouble(trouble, "reveal")
            error = _error_of(harness, harness.connector().reveal, tried, handle)
            assert isinstance(error, Unknown), f"{trouble}: {error!r}"
            assert harness.public(job) == 1
            assert len(harness.connector().find(tried, handle)) == 1
            if harness.connector().capabilities.reveal == "repeatable":
                _reveal(harness.connector(), tried, handle)
                assert harness.public(job) == 1

    def test_an_unclear_answer_while_preparing_leads_to_one_public_object(self, harness: Harness) -> None:
        for trouble in _able(harness, "error_after_accept", "cut_after_accept", "cut_before"):
            job = harness.job(pictures=1)
            kept: list[Handle] = [{}]
            harness.trouble(trouble, "prepare")
            error = _error_of(harness, harness.connector().prepare, job, {}, kept.append)
            assert isinstance(error, Unknown | NotSent), f"{trouble}: {error!r}"
            assert harness.public(job) == 0
            tried = _tried(harness, job)
            handle = harness.connector().prepare(tried, kept[-1], _forget)
            _reveal(harness.connector(), tried, handle)
            assert harness.public(job) == 1

    def test_nonsense_for_an_answer_raises_one_of_the_five_errors(self, harness: Harness) -> None:
        for trouble in _able(harness, *_UNREADABLE):
            job = harness.job(pictures=1)
            harness.trouble(trouble, "prepare")
            error = _error_of(harness, harness.connector().prepare, job, {}, _forget)
            assert isinstance(error, Unknown | NotSent), f"prepare, {trouble}: {error!r}"
            handle = harness.connector().prepare(job, {}, _forget)
            harness.trouble(trouble, "reveal")
            error = _error_of(harness, harness.connector().reveal, job, handle)
            assert isinstance(error, Unknown), f"reveal, {trouble}: {error!r}"

    def test_nonsense_while_reading_is_never_taken_for_an_answer(self, harness: Harness) -> None:
        for trouble in _able(harness, *_UNREADABLE):
            job = harness.job(pictures=1)
            handle, _ = _publish(harness, job)
            tried = _tried(harness, job)
            harness.trouble(trouble, "read")
            error = _error_of(harness, harness.connector().find, tried, handle)
            assert isinstance(error, NotSent), f"find, {trouble}: {error!r}; it may not say 'not public'"
            harness.trouble(trouble, "read")
            error = _error_of(harness, harness.connector().health)
            assert isinstance(error, NotSent), f"health, {trouble}: {error!r}"

    def test_a_throttle_names_a_time_to_come_or_none(self, harness: Harness) -> None:
        for trouble in _able(harness, "throttled"):
            job = harness.job()
            handle = harness.connector().prepare(job, {}, _forget)
            harness.trouble(trouble, "reveal")
            error = _error_of(harness, harness.connector().reveal, job, handle)
            assert isinstance(error, Throttled), repr(error)
            assert error.retry_at is None or error.retry_at > harness.now()

    def test_a_lost_token_stops_the_channel(self, harness: Harness) -> None:
        for trouble in _able(harness, "auth_lost"):
            job = harness.job()
            handle = harness.connector().prepare(job, {}, _forget)
            harness.trouble(trouble, "reveal")
            error = _error_of(harness, harness.connector().reveal, job, handle)
            assert isinstance(error, AuthLost), repr(error)
            assert harness.public(job) == 0
            harness.trouble(trouble, "read")
            health = harness.connector().health()
            assert not health.ok
            assert health.problem
            _assert_clean(harness, repr(health))

    def test_a_sound_channel_is_healthy(self, harness: Harness) -> None:
        health = harness.connector().health()
        assert health.ok, health
        assert not health.problem
        assert health.name, "the platform's own name of the identity is what people compare"

    def test_figures_say_what_they_are_and_never_guess(self, harness: Harness) -> None:
        connector = harness.connector()
        if not isinstance(connector, Measures):
            _skip("does not measure")
            return
        _, published = _publish(harness, harness.job())
        for figure in connector.measure(published):
            assert figure.metric
            assert figure.definition
            assert figure.source
            assert figure.value is None or figure.value >= 0
            assert figure.value is not None or figure.note, "a missing figure says why"


def _forget(_: Handle) -> None:
    """A save nobody reads."""


def _tried(harness: Harness, job: Job) -> Job:
    """The same delivery on a later attempt."""
    return replace(job, first_try_at=harness.now())


def _publish(harness: Harness, job: Job) -> tuple[Handle, Published]:
    connector = harness.connector()
    handle = connector.prepare(job, {}, _forget)
    return handle, _reveal(connector, job, handle)


def _reveal(connector: Connector, job: Job, handle: Handle) -> Published:
    outcome = connector.reveal(job, handle)
    for _ in range(_POLLS_MOST):
        if isinstance(outcome, Published):
            return outcome
        assert isinstance(outcome, Pending)
        outcome = connector.poll(job, outcome)
    raise AssertionError(f"still pending after {_POLLS_MOST} polls: {outcome}")


def _count_saves(harness: Harness, *, pictures: int) -> int:
    saves: list[Handle] = []
    harness.connector().prepare(harness.job(pictures=pictures), {}, saves.append)
    return len(saves)


def _crash(harness: Harness, job: Job, at: int, *, stored: bool) -> Handle:
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


def _error_of(harness: Harness, act: Callable[..., Any], *given: Any) -> ConnectorError:
    try:
        outcome = act(*given)
    except ConnectorError as error:
        _assert_clean(harness, f"{error!r} {error} {error.detail} {error.__cause__!r}")
        return error
    raise AssertionError(f"no error, but {outcome!r}")


def _assert_clean(harness: Harness, text: str) -> None:
    for secret in harness.secrets:
        assert secret not in text, "a secret is to be read here"


def _able(harness: Harness, *wanted: Trouble) -> list[Trouble]:
    able = [trouble for trouble in wanted if trouble in harness.troubles]
    if not able:
        _skip("the harness declares none of these troubles")
    return able


def _skip(reason: str) -> None:
    import pytest  # a tool of tests; a process that publishes never loads it

    pytest.skip(reason)
