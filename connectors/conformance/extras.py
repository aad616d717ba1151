"""The extras (`connectors.extras`) under the same promises; skipped for a connector without them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from connectors.conformance.harness import (
    Crash,
    Harness,
    count_saves,
    crash,
    error_of,
    forget,
    publish,
    reveal,
    skip,
    tried_before,
)
from connectors.contract import Handle, Hold, Job
from connectors.errors import Refused
from connectors.extras import HandsOver, ListsOrphans, Orphan, Removes


class ExtrasConformance:
    """Orphans, take-down and hand-over, for connectors that have them.

    An orphan whose evidence begins with "maybe" has nothing but its words in common with the delivery: it is
    listed for a person, and `discard` refuses it.
    """

    # ---- ListsOrphans

    def test_what_a_handle_names_is_no_orphan(self, harness: Harness) -> None:
        connector, job = _lists_orphans(harness), harness.job(pictures=1)
        handle = harness.connector().prepare(job, {}, forget)
        assert connector.orphans(tried_before(harness, job), handle) == []

    def test_after_a_crash_at_any_save_all_that_is_hidden_is_listed_and_can_be_discarded(
        self, harness: Harness
    ) -> None:
        connector = _lists_orphans(harness)
        for crash_at in range(count_saves(harness, pictures=2)):
            for stored in (True, False):
                job = harness.job(pictures=2)
                handle = crash(harness, job, crash_at, stored=stored)
                tried = tried_before(harness, job)
                handle = harness.connector().prepare(tried, handle, forget)
                reveal(harness.connector(), tried, handle)
                orphans = connector.orphans(tried, handle)
                at = f"crash at save {crash_at}, stored={stored}"
                assert len(orphans) == harness.hidden(job), at
                left = _discard(harness, connector, orphans)
                assert (harness.hidden(job), harness.public(job)) == (left, 1), at

    def test_of_a_delivery_that_is_given_up_everything_hidden_is_an_orphan(self, harness: Harness) -> None:
        connector, job, other = _lists_orphans(harness), harness.job(pictures=1), harness.job(pictures=1)
        harness.connector().prepare(job, {}, forget)
        harness.connector().prepare(other, {}, forget)
        others = harness.hidden(other)
        orphans = connector.orphans(tried_before(harness, job), {})
        assert len(orphans) == harness.hidden(job)
        for _ in range(2):  # gone already is success
            left = _discard(harness, connector, orphans)
        assert harness.hidden(job) == left
        assert harness.hidden(other) == others, "somebody else's work was removed"

    def test_what_became_public_meanwhile_is_never_discarded(self, harness: Harness) -> None:
        connector, job = _lists_orphans(harness), harness.job(pictures=1)
        handle = harness.connector().prepare(job, {}, forget)
        tried = tried_before(harness, job)
        orphans = connector.orphans(tried, {})
        if not orphans:
            skip("nothing hidden is kept at the platform")
        reveal(harness.connector(), tried, handle)
        for orphan in orphans:
            assert isinstance(error_of(harness, connector.discard, orphan), Refused)
        assert harness.public(job) == 1
        assert connector.orphans(tried, {}) == [], "a public object is no orphan"

    def test_what_another_delivery_of_the_same_words_prepared_is_never_discarded(
        self, harness: Harness
    ) -> None:
        connector, job = _lists_orphans(harness), harness.job(pictures=1)
        other = _twin(harness, job)
        prepared = harness.connector().prepare(other, {}, forget)
        tried = tried_before(harness, job)
        for handle in ({}, harness.connector().prepare(tried, {}, forget)):
            _discard(harness, connector, connector.orphans(tried, handle))
        reveal(harness.connector(), tried_before(harness, other), prepared)

    # ---- Removes

    def test_what_was_taken_down_is_seen_no_more(self, harness: Harness) -> None:
        connector = harness.connector()
        if not isinstance(connector, Removes):
            skip("does not take down")
        job, other = harness.job(pictures=1), harness.job()
        handle, published = publish(harness, job)
        publish(harness, other)
        for _ in range(2):  # gone already is success
            connector.remove(published)
            assert harness.public(job) == 0
        assert harness.connector().find(tried_before(harness, job), handle) == []
        assert harness.public(other) == 1

    # ---- HandsOver

    def test_what_is_handed_over_comes_out_by_itself_at_its_minute_and_not_before(
        self, harness: Harness
    ) -> None:
        connector, hold = _hands_over(harness)
        job = _due_in(harness, hold.at_least + timedelta(hours=1))
        handle = harness.connector().prepare(job, {}, forget)
        tried = tried_before(harness, job)
        handle = connector.hand_over(tried, handle, forget)
        _assert_stored(handle)
        handle = connector.hand_over(tried, handle, forget)
        assert harness.public(job) == 0
        assert harness.connector().find(tried, handle) == []
        harness.jump(job.due_at - timedelta(minutes=1))
        assert harness.public(job) == 0
        harness.jump(job.due_at + timedelta(minutes=1))
        assert harness.public(job) == 1
        assert len(harness.connector().find(tried, handle)) == 1
        reveal(harness.connector(), tried, handle)
        assert harness.public(job) == 1

    def test_a_handed_over_delivery_can_be_moved(self, harness: Harness) -> None:
        connector, hold = _hands_over(harness)
        job = _due_in(harness, hold.at_least + timedelta(hours=1))
        handle = connector.hand_over(job, harness.connector().prepare(job, {}, forget), forget)
        later = replace(job, due_at=job.due_at + timedelta(hours=1))
        handle = connector.hand_over(tried_before(harness, later), handle, forget)
        harness.jump(job.due_at + timedelta(minutes=1))
        assert harness.public(job) == 0
        harness.jump(later.due_at + timedelta(minutes=1))
        assert harness.public(job) == 1

    def test_a_recalled_delivery_stays_hidden_and_can_still_be_revealed(self, harness: Harness) -> None:
        connector, hold = _hands_over(harness)
        job = _due_in(harness, hold.at_least + timedelta(hours=1))
        handle = connector.hand_over(job, harness.connector().prepare(job, {}, forget), forget)
        tried = tried_before(harness, job)
        handle = connector.recall(tried, handle, forget)
        _assert_stored(handle)
        handle = connector.recall(tried, handle, forget)
        harness.jump(job.due_at + timedelta(minutes=1))
        assert harness.public(job) == 0
        handle = harness.connector().prepare(tried, handle, forget)
        reveal(harness.connector(), tried, handle)
        assert harness.public(job) == 1

    def test_an_edited_delivery_can_still_be_recalled(self, harness: Harness) -> None:
        connector, hold = _hands_over(harness)
        job = _due_in(harness, hold.at_least + timedelta(hours=1))
        handle = connector.hand_over(job, harness.connector().prepare(job, {}, forget), forget)
        edited = replace(job, variant=replace(job.variant, text=f"{job.variant.text}\n\nBản đang sửa"))
        connector.recall(tried_before(harness, edited), handle, forget)
        harness.jump(job.due_at + timedelta(minutes=1))
        assert harness.public(job) == 0, "what was approved no longer came out"

    def test_what_was_handed_over_by_another_delivery_of_the_same_words_stays_so(
        self, harness: Harness
    ) -> None:
        connector, hold = _hands_over(harness)
        job = _due_in(harness, hold.at_least + timedelta(hours=1))
        other = replace(_twin(harness, job), due_at=job.due_at + timedelta(days=7))
        connector.hand_over(other, harness.connector().prepare(other, {}, forget), forget)
        tried = tried_before(harness, job)
        handle = connector.hand_over(tried, harness.connector().prepare(tried, {}, forget), forget)
        handle = connector.recall(tried, handle, forget)
        if isinstance(connector, ListsOrphans):
            _discard(harness, connector, connector.orphans(tried, handle))
            _discard(harness, connector, connector.orphans(tried, {}))
        harness.jump(other.due_at + timedelta(minutes=1))
        assert harness.public(other) == 1

    def test_what_the_platform_has_published_cannot_be_recalled(self, harness: Harness) -> None:
        connector, hold = _hands_over(harness)
        job = _due_in(harness, hold.at_least + timedelta(hours=1))
        handle = connector.hand_over(job, harness.connector().prepare(job, {}, forget), forget)
        harness.jump(job.due_at + timedelta(minutes=1))
        error = error_of(harness, connector.recall, tried_before(harness, job), handle, forget)
        assert isinstance(error, Refused), repr(error)
        assert harness.public(job) == 1

    def test_a_time_outside_the_platforms_window_is_refused(self, harness: Harness) -> None:
        connector, hold = _hands_over(harness)
        for ahead in (hold.at_least - timedelta(minutes=1), hold.at_most + timedelta(hours=1)):
            job = _due_in(harness, ahead)
            handle = harness.connector().prepare(job, {}, forget)
            error = error_of(harness, connector.hand_over, job, handle, forget)
            assert isinstance(error, Refused), repr(error)
            assert harness.public(job) == 0

    def test_a_crash_at_any_save_of_a_hand_over_leads_to_one_public_object(self, harness: Harness) -> None:
        _, hold = _hands_over(harness)
        for crash_at in range(5):
            job = _due_in(harness, hold.at_least + timedelta(hours=1))
            handle = harness.connector().prepare(job, {}, forget)
            tried = tried_before(harness, job)
            kept, died = _die_at(harness, tried, handle, crash_at)
            connector, _ = _hands_over(harness)
            handle = connector.hand_over(tried, harness.connector().prepare(tried, kept, forget), forget)
            harness.jump(job.due_at + timedelta(minutes=1))
            reveal(harness.connector(), tried, handle)
            assert harness.public(job) == 1, f"crash at save {crash_at}"
            if not died:
                return


def _lists_orphans(harness: Harness) -> ListsOrphans:
    connector = harness.connector()
    if not isinstance(connector, ListsOrphans):
        skip("leaves nothing hidden behind, or cannot list it")
    return connector


def _discard(harness: Harness, connector: ListsOrphans, orphans: list[Orphan]) -> int:
    """Discard what is proven to be the delivery's; how many are left for a person."""
    left = 0
    for orphan in orphans:
        if orphan.evidence.startswith("maybe"):
            error = error_of(harness, connector.discard, orphan)
            assert isinstance(error, Refused), repr(error)
            left += 1
        else:
            connector.discard(orphan)
    return left


def _twin(harness: Harness, job: Job) -> Job:
    twin: Callable[[Job], Job] | None = getattr(harness, "twin", None)
    if twin is None:
        skip("the harness makes no twins")
    return twin(job)


def _hands_over(harness: Harness) -> tuple[HandsOver, Hold]:
    connector = harness.connector()
    hold = connector.capabilities.hold
    if not isinstance(connector, HandsOver) or hold is None:
        skip("does not hold posts")
    return connector, hold


def _due_in(harness: Harness, ahead: timedelta) -> Job:
    return replace(harness.job(pictures=1), due_at=harness.now() + ahead)


def _die_at(harness: Harness, job: Job, handle: Handle, at: int) -> tuple[Handle, bool]:
    """Hand over and die right before the save with that number is committed; (what was committed, died)."""
    committed = [handle]

    def save(new: Handle) -> None:
        if len(committed) - 1 == at:
            raise Crash
        committed.append(json.loads(json.dumps(new)))

    connector, _ = _hands_over(harness)
    try:
        connector.hand_over(job, handle, save)
    except Crash:
        return committed[-1], True
    return committed[-1], False


def _assert_stored(handle: Handle) -> None:
    assert json.loads(json.dumps(handle)) == handle
