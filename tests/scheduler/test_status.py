"""A post's status is derived from its deliveries, and from nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.wording import LANGUAGES, catalogue
from scheduler.status import EDITABLE, IN_DOUBT, SENDABLE, Status, post_status

statuses = st.lists(st.sampled_from(list(Status)), min_size=1, max_size=12)


def test_a_post_without_deliveries_is_a_draft():
    assert post_status([]) is Status.DRAFT


@given(statuses)
def test_it_is_the_status_of_one_of_its_deliveries(deliveries: list[Status]):
    assert post_status(deliveries) in deliveries


@given(statuses, st.randoms(use_true_random=False))
def test_order_and_number_do_not_matter(deliveries: list[Status], rng):
    shuffled = deliveries * 2
    rng.shuffle(shuffled)
    assert post_status(shuffled) is post_status(deliveries)


@given(statuses)
def test_cancelled_deliveries_do_not_count_beside_others(deliveries: list[Status]):
    others = [status for status in deliveries if status is not Status.CANCELLED]
    expected = post_status(others) if others else Status.CANCELLED
    assert post_status(deliveries) is expected


@given(statuses, st.sampled_from([Status.UNKNOWN, Status.FAILED, Status.MISSED, Status.HELD]))
def test_what_needs_a_person_is_never_hidden_by_good_news(deliveries: list[Status], trouble: Status):
    shown = post_status([*deliveries, trouble])
    pressing = (Status.UNKNOWN, Status.FAILED, Status.MISSED, Status.HELD)
    assert shown in (*pressing, Status.RECALLING, Status.REMOVING)


@given(statuses)
def test_it_says_published_only_when_nothing_is_left_to_do(deliveries: list[Status]):
    if post_status(deliveries) is Status.PUBLISHED:
        assert set(deliveries) <= {Status.PUBLISHED, Status.REMOVED, Status.CANCELLED}


@given(statuses, statuses)
def test_the_whole_is_as_pressing_as_its_more_pressing_half(left: list[Status], right: list[Status]):
    assert post_status(left + right) is post_status([post_status(left), post_status(right)])


def test_what_may_be_public_or_is_in_a_workers_hands_cannot_be_edited():
    assert EDITABLE.isdisjoint(IN_DOUBT)
    assert EDITABLE.isdisjoint({Status.PUBLISHED, Status.REMOVED, Status.PREPARING})
    assert SENDABLE.isdisjoint(IN_DOUBT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_has_a_word(language: str):
    words = [catalogue(language)[f"cli.status.{status}"] for status in Status]
    assert len(set(words)) == len(words), "two statuses with one word cannot be told apart on screen"
