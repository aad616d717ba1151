"""The contract itself: prepare, reveal, poll, find, health, measure (promises P2 and P3 of the design)."""

from __future__ import annotations

import json

from connectors.conformance.harness import (
    Harness,
    Trouble,
    able,
    assert_clean,
    count_saves,
    crash,
    error_of,
    forget,
    publish,
    reveal,
    skip,
    tried_before,
)
from connectors.contract import Handle, Measures
from connectors.errors import AuthLost, NotSent, Throttled, Unknown
from connectors.extras import TakesWord

_UNREADABLE: tuple[Trouble, ...] = ("html", "empty", "truncated", "wrong_types")


class CoreConformance:
    """For any connector."""

    def test_check_touches_no_network_and_repeats_itself(self, harness: Harness) -> None:
        connector, job, before = harness.connector(), harness.job(pictures=1), harness.traffic()
        assert connector.check(job.variant) == connector.check(job.variant)
        assert harness.traffic() == before, "check made a call"

    def test_what_is_prepared_cannot_be_seen(self, harness: Harness) -> None:
        connector, job = harness.connector(), harness.job(pictures=2)
        handle = connector.prepare(job, {}, forget)
        assert harness.public(job) == 0
        assert connector.find(tried_before(harness, job), handle) == []

    def test_a_reveal_makes_exactly_one_public_object(self, harness: Harness) -> None:
        for pictures in (0, 1, 3):
            job = harness.job(pictures=pictures)
            publish(harness, job)
            assert harness.public(job) == 1

    def test_find_tells_the_published_object_with_its_address(self, harness: Harness) -> None:
        job = harness.job(pictures=1)
        assert harness.connector().find(job, {}) == []
        handle, published = publish(harness, job)
        found = harness.connector().find(tried_before(harness, job), handle)
        assert [one.remote_id for one in found] == [published.remote_id]
        if not isinstance(harness.connector(), TakesWord):
            assert found[0].url, "no address"
        assert found[0].published_at is None or found[0].published_at.tzinfo is not None

    def test_prepare_may_be_repeated_at_will(self, harness: Harness) -> None:
        job = harness.job(pictures=2)
        handle = harness.connector().prepare(job, {}, forget)
        tried = tried_before(harness, job)
        handle = harness.connector().prepare(tried, handle, forget)
        handle = harness.connector().prepare(tried, handle, forget)
        reveal(harness.connector(), tried, handle)
        assert harness.public(job) == 1

    def test_a_crash_at_any_save_can_be_resumed(self, harness: Harness) -> None:
        saves = count_saves(harness, pictures=2)
        for crash_at in range(saves):
            for stored in (True, False):  # the crash comes after, or before the handle is committed
                job = harness.job(pictures=2)
                handle = crash(harness, job, crash_at, stored=stored)
                tried = tried_before(harness, job)
                assert harness.public(job) == 0
                handle = harness.connector().prepare(tried, handle, forget)
                reveal(harness.connector(), tried, handle)
                assert harness.public(job) == 1, f"crash at save {crash_at}, stored={stored}"

    def test_a_handle_is_json_without_secrets(self, harness: Harness) -> None:
        seen: list[Handle] = []
        job = harness.job(pictures=2)
        seen.append(harness.connector().prepare(job, {}, seen.append))
        for handle in seen:
            text = json.dumps(handle)
            assert json.loads(text) == handle
            assert_clean(harness, text)

    def test_a_second_reveal_leaves_one_public_object(self, harness: Harness) -> None:
        if harness.connector().capabilities.reveal == "once":
            skip("declared as once: the machine never repeats it")
        job = harness.job(pictures=1)
        handle, first = publish(harness, job)
        tried = tried_before(harness, job)
        again = reveal(harness.connector(), tried, handle)
        assert harness.public(job) == 1
        assert again.remote_id == first.remote_id

    def test_an_unclear_answer_to_a_reveal_is_unknown_and_find_settles_it(self, harness: Harness) -> None:
        for trouble in able(harness, "error_after_accept", "cut_after_accept"):
            job = harness.job(pictures=1)
            handle = harness.connector().prepare(job, {}, forget)
            tried = tried_before(harness, job)
            harness.trouble(trouble, "reveal")
            error = error_of(harness, harness.connector().reveal, tried, handle)
            assert isinstance(error, Unknown), f"{trouble}: {error!r}"
            assert harness.public(job) == 1
            assert len(harness.connector().find(tried, handle)) == 1
            if harness.connector().capabilities.reveal == "repeatable":
                reveal(harness.connector(), tried, handle)
                assert harness.public(job) == 1

    def test_an_unclear_answer_while_preparing_leads_to_one_public_object(self, harness: Harness) -> None:
        for trouble in able(harness, "error_after_accept", "cut_after_accept", "cut_before"):
            job = harness.job(pictures=1)
            kept: list[Handle] = [{}]
            harness.trouble(trouble, "prepare")
            error = error_of(harness, harness.connector().prepare, job, {}, kept.append)
            assert isinstance(error, Unknown | NotSent), f"{trouble}: {error!r}"
            assert harness.public(job) == 0
            tried = tried_before(harness, job)
            handle = harness.connector().prepare(tried, kept[-1], forget)
            reveal(harness.connector(), tried, handle)
            assert harness.public(job) == 1

    def test_nonsense_for_an_answer_raises_one_of_the_five_errors(self, harness: Harness) -> None:
        for trouble in able(harness, *_UNREADABLE):
            job = harness.job(pictures=1)
            harness.trouble(trouble, "prepare")
            error = error_of(harness, harness.connector().prepare, job, {}, forget)
            assert isinstance(error, Unknown | NotSent), f"prepare, {trouble}: {error!r}"
            handle = harness.connector().prepare(job, {}, forget)
            harness.trouble(trouble, "reveal")
            error = error_of(harness, harness.connector().reveal, job, handle)
            assert isinstance(error, Unknown), f"reveal, {trouble}: {error!r}"

    def test_nonsense_while_reading_is_never_taken_for_an_answer(self, harness: Harness) -> None:
        for trouble in able(harness, *_UNREADABLE):
            job = harness.job(pictures=1)
            handle, _ = publish(harness, job)
            tried = tried_before(harness, job)
            harness.trouble(trouble, "read")
            error = error_of(harness, harness.connector().find, tried, handle)
            assert isinstance(error, NotSent), f"find, {trouble}: {error!r}; it may not say 'not public'"
            harness.trouble(trouble, "read")
            error = error_of(harness, harness.connector().health)
            assert isinstance(error, NotSent), f"health, {trouble}: {error!r}"

    def test_a_throttle_names_a_time_to_come_or_none(self, harness: Harness) -> None:
        for trouble in able(harness, "throttled"):
            job = harness.job()
            handle = harness.connector().prepare(job, {}, forget)
            harness.trouble(trouble, "reveal")
            error = error_of(harness, harness.connector().reveal, job, handle)
            assert isinstance(error, Throttled), repr(error)
            assert error.retry_at is None or error.retry_at > harness.now()
            assert harness.public(job) == 0, "what was told to wait is not out"

    def test_a_lost_token_stops_the_channel(self, harness: Harness) -> None:
        for trouble in able(harness, "auth_lost"):
            job = harness.job()
            handle = harness.connector().prepare(job, {}, forget)
            harness.trouble(trouble, "reveal")
            error = error_of(harness, harness.connector().reveal, job, handle)
            assert isinstance(error, AuthLost), repr(error)
            assert harness.public(job) == 0
            harness.trouble(trouble, "read")
            health = harness.connector().health()
            assert not health.ok
            assert health.problem
            assert_clean(harness, repr(health))

    def test_a_sound_channel_is_healthy(self, harness: Harness) -> None:
        health = harness.connector().health()
        assert health.ok, health
        assert not health.problem
        assert health.name, "the platform's own name of the identity is what people compare"

    def test_figures_say_what_they_are_and_never_guess(self, harness: Harness) -> None:
        connector = harness.connector()
        if not isinstance(connector, Measures):
            skip("does not measure")
            return
        _, published = publish(harness, harness.job())
        for figure in connector.measure(published):
            assert figure.metric
            assert figure.definition
            assert figure.source
            assert figure.value is None or figure.value >= 0
            assert figure.value is not None or figure.note, "a missing figure says why"
