"""What happens next: every error at every step, the back-off's law, caps, breaker, read-back."""

from __future__ import annotations

import itertools
import random
import statistics
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.contract import Capabilities, Pending, Published
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
from content.limits import Limits
from scheduler import policy, setbacks
from scheduler.policy import Decision, State, Step
from scheduler.status import Status

NOW = datetime(2026, 11, 9, 0, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=6)
READING = (Step.POLL, Step.SETTLE, Step.VERIFY)

DURING = {
    Step.PREPARE: Status.PREPARING,
    Step.HAND_OVER: Status.HANDED_OVER,
    Step.RECALL: Status.RECALLING,
    Step.REVEAL: Status.REVEALING,
    Step.POLL: Status.REVEALING,
    Step.SETTLE: Status.UNKNOWN,
    Step.VERIFY: Status.PUBLISHED,
}
"""The status that the claim writes while a step runs."""


def capabilities(**more: object) -> Capabilities:
    values: dict[str, object] = {
        "platform": "thu",
        "limits": Limits(text_max=1000),
        "lead": timedelta(minutes=10),
        "reveal": "repeatable",
        "settle_after": (timedelta(seconds=5), timedelta(seconds=25), timedelta(seconds=100)),
        **more,
    }
    return Capabilities(**values)  # type: ignore[arg-type]


REPEATABLE = capabilities()
ONCE = capabilities(reveal="once")


def state(step: Step, **more: object) -> State:
    values: dict[str, object] = {"tries": 0, "looks": 0, "failures": 0, "deadline": LATER, **more}
    return State(step, DURING[step], **values)  # type: ignore[arg-type]


def after(error: ConnectorError, at: State, of: Capabilities | None = REPEATABLE, seed: int = 1) -> Decision:
    return setbacks.after_error(error, at, of, NOW, random.Random(seed))


# ---- the table -----------------------------------------------------------------------------------

TABLE: list[tuple[type[ConnectorError], Step, Status, str]] = [
    (Refused, Step.PREPARE, Status.FAILED, "refused"),
    (Refused, Step.HAND_OVER, Status.HANDED_OVER, "refused"),
    (NotSent, Step.HAND_OVER, Status.HANDED_OVER, "retry"),
    (Unknown, Step.HAND_OVER, Status.HANDED_OVER, "retry"),
    (Throttled, Step.HAND_OVER, Status.HANDED_OVER, "retry"),
    (AuthLost, Step.HAND_OVER, Status.HANDED_OVER, "auth_lost"),
    (Refused, Step.RECALL, Status.UNKNOWN, "too_late"),
    (NotSent, Step.RECALL, Status.RECALLING, "retry"),
    (Unknown, Step.RECALL, Status.RECALLING, "retry"),
    (Throttled, Step.RECALL, Status.RECALLING, "throttled"),
    (AuthLost, Step.RECALL, Status.RECALLING, "auth_lost"),
    (Refused, Step.REVEAL, Status.FAILED, "refused"),
    (Refused, Step.POLL, Status.UNKNOWN, "refused"),
    (Refused, Step.SETTLE, Status.UNKNOWN, "not_read"),
    (Refused, Step.VERIFY, Status.PUBLISHED, "not_read"),
    (NotSent, Step.PREPARE, Status.QUEUED, "retry"),
    (NotSent, Step.REVEAL, Status.READY, "retry"),
    (NotSent, Step.POLL, Status.REVEALING, "not_read"),
    (NotSent, Step.SETTLE, Status.UNKNOWN, "not_read"),
    (NotSent, Step.VERIFY, Status.PUBLISHED, "not_read"),
    (Throttled, Step.PREPARE, Status.QUEUED, "throttled"),
    (Throttled, Step.REVEAL, Status.READY, "throttled"),
    (Throttled, Step.POLL, Status.REVEALING, "throttled"),
    (Throttled, Step.SETTLE, Status.UNKNOWN, "throttled"),
    (Throttled, Step.VERIFY, Status.PUBLISHED, "throttled"),
    (AuthLost, Step.PREPARE, Status.HELD, "auth_lost"),
    (AuthLost, Step.REVEAL, Status.HELD, "auth_lost"),
    (AuthLost, Step.POLL, Status.REVEALING, "auth_lost"),
    (AuthLost, Step.SETTLE, Status.UNKNOWN, "auth_lost"),
    (AuthLost, Step.VERIFY, Status.PUBLISHED, "auth_lost"),
    (Unknown, Step.PREPARE, Status.QUEUED, "retry"),
    (Unknown, Step.REVEAL, Status.UNKNOWN, "unclear"),
    (Unknown, Step.POLL, Status.REVEALING, "not_read"),
    (Unknown, Step.SETTLE, Status.UNKNOWN, "not_read"),
    (Unknown, Step.VERIFY, Status.PUBLISHED, "not_read"),
]


@pytest.mark.parametrize(
    ("kind", "step", "status", "outcome"), TABLE, ids=[f"{e.__name__}-{s}" for e, s, *_ in TABLE]
)
@pytest.mark.parametrize("of", [REPEATABLE, ONCE, None], ids=["repeatable", "once", "no connector"])
def test_the_table_from_error_and_step_to_decision(
    kind: type[ConnectorError], step: Step, status: Status, outcome: str, of: Capabilities | None
):
    decision = after(kind("thu:1", "bằng chứng"), state(step), of)
    assert (decision.status, decision.outcome) == (status, outcome)
    assert decision.evidence == "bằng chứng"
    assert decision.changes["last_error"].removeprefix("recall.too_late: ") == "thu:1: bằng chứng"


def test_the_table_is_whole():
    assert {(kind, step) for kind, step, *_ in TABLE} == {
        (kind, step) for kind in (Refused, NotSent, Throttled, AuthLost, Unknown) for step in Step
    }


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("kind", [Refused, NotSent, Throttled, AuthLost, Unknown])
def test_no_error_whatever_makes_a_delivery_public_or_forgets_a_doubt(kind: type[ConnectorError], step: Step):
    """An error never turns into `published`, and what is in doubt is never `ready` again by an error."""
    decision = after(kind("thu:1"), state(step))
    if step is not Step.VERIFY:
        assert decision.status is not Status.PUBLISHED
    if step in (Step.POLL, Step.SETTLE):
        assert decision.status in (Status.REVEALING, Status.UNKNOWN)


@pytest.mark.parametrize("step", list(Step))
@pytest.mark.parametrize("kind", [Refused, NotSent, Throttled, AuthLost, Unknown])
def test_whatever_waits_for_the_machine_has_a_time_and_whatever_waits_for_a_person_has_none(
    kind: type[ConnectorError], step: Step
):
    decision = after(kind("thu:1"), state(step))
    asked = [(Refused, Step.POLL), (Refused, Step.RECALL)]
    for_a_person = decision.status in (Status.FAILED, Status.HELD) or (kind, step) in asked
    assert (decision.wake_at is None) is for_a_person, decision
    assert decision.wake_at is None or decision.wake_at >= NOW


def test_an_error_outside_the_contract_is_a_fault_and_no_decision():
    with pytest.raises(TypeError, match="outside the contract"):
        after(ConnectorError("thu:1"), state(Step.REVEAL))


def test_what_was_prepared_and_is_gone_is_prepared_again():
    decision = after(NotPrepared("thu:gone"), state(Step.REVEAL))
    assert (decision.status, decision.outcome) == (Status.QUEUED, "retry")
    assert decision.changes["tries"] == 1, "counted, so that it ends some day"


def test_waiting_for_another_channels_post_is_no_attempt_and_no_fault_of_this_channel():
    for told, again_at in (
        (NOW + timedelta(minutes=4), NOW + timedelta(minutes=4)),
        (NOW - timedelta(minutes=4), NOW + setbacks.NOT_YET_LEAST),
    ):
        decision = after(
            NotYet("zalo:picture-not-public", retry_at=told), state(Step.PREPARE, tries=7, failures=9)
        )
        assert (decision.status, decision.outcome) == (Status.QUEUED, "not_yet")
        assert (decision.wake_at, decision.rest_until) == (again_at, None)
        assert "tries" not in decision.changes
        assert decision.failures == 9


def test_a_throttle_is_no_attempt_and_rests_the_lane_as_long_as_the_platform_said():
    told = NOW + timedelta(minutes=42)
    for error, until in (
        (Throttled("thu:4", retry_at=told), told),
        (Throttled("thu:4"), NOW + setbacks.THROTTLE_REST),
    ):
        decision = after(error, state(Step.REVEAL, tries=3, failures=2))
        assert (decision.wake_at, decision.rest_until) == (until, until)
        assert "tries" not in decision.changes
        assert decision.failures == 2, "nor is it bad luck of the channel"


def test_lost_access_stops_the_channel_with_its_reason():
    for step in Step:
        assert after(AuthLost("thu:190", "hết hạn"), state(step)).stop_reason == "thu:190: hết hạn"


def test_an_unclear_reveal_is_looked_at_after_the_platforms_own_time():
    decision = after(Unknown("thu:500"), state(Step.REVEAL, looks=2, tries=1))
    assert decision.wake_at == NOW + timedelta(seconds=5)
    assert (decision.changes["looks"], decision.changes["tries"]) == (0, 2)


# ---- attempts are capped -------------------------------------------------------------------------


@pytest.mark.parametrize("step", [Step.PREPARE, Step.REVEAL])
def test_after_so_many_tries_a_person_is_asked(step: Step):
    last = after(NotSent("net:1"), state(step, tries=policy.MAX_TRIES - 1))
    assert (last.status, last.outcome, last.wake_at) == (Status.FAILED, "gave_up", None)
    assert last.changes["tries"] == policy.MAX_TRIES
    one_before = after(NotSent("net:1"), state(step, tries=policy.MAX_TRIES - 2))
    assert one_before.outcome == "retry"


def test_a_recall_is_never_given_up_and_is_pressed_until_the_platforms_minute():
    before, after_it = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
    for due_at, longest in ((before, setbacks.RECALL_AGAIN_CAP), (after_it, policy.BACK_OFF_CAP)):
        last = after(NotSent("net:1"), state(Step.RECALL, tries=99, due_at=due_at, failures=2))
        assert (last.status, last.failures) == (Status.RECALLING, 2)
        assert last.wake_at
        assert longest * 0.7 <= last.wake_at - NOW <= longest


def test_what_only_a_freeze_forbade_is_handed_over_again_when_it_goes_on():
    frozen, recalled = policy.after_recalled({"post": "1"}, "frozen"), policy.after_recalled({}, "")
    assert (frozen.status, frozen.changes["last_error"], frozen.wake_at) == (Status.HELD, "frozen", None)
    assert "hand_over" not in frozen.changes
    assert (recalled.changes["last_error"], recalled.changes["hand_over"]) == ("recalled", False)
    assert policy.after_recalled({}, "approval.none").changes["last_error"] == "approval.none"


@pytest.mark.parametrize("step", READING)
def test_reading_is_never_given_up(step: Step):
    """A post that may be public must not be forgotten because a platform was away for a day."""
    decision = after(NotSent("net:1"), state(step, tries=policy.MAX_TRIES * 3, failures=500))
    assert decision.status is DURING[step]
    assert decision.wake_at is not None
    assert "tries" not in decision.changes


def test_all_tries_together_end_within_the_sum_of_the_back_offs():
    tries, waited, of = 0, timedelta(), random.Random(7)
    while True:
        decision = setbacks.after_error(
            NotSent("net:1"), state(Step.PREPARE, tries=tries), REPEATABLE, NOW, of
        )
        tries = decision.changes["tries"]
        if decision.status is Status.FAILED:
            break
        assert decision.wake_at is not None
        waited += decision.wake_at - NOW
    assert tries == policy.MAX_TRIES
    assert timedelta(minutes=5) < waited < policy.BACK_OFF_CAP * policy.MAX_TRIES


# ---- back-off ------------------------------------------------------------------------------------


@given(tries=st.integers(-3, 10_000), seed=st.integers(0, 2**32))
@settings(max_examples=300, deadline=None)
def test_a_wait_is_never_above_the_cap_nor_out_of_its_jitter(tries: int, seed: int):
    wait = policy.back_off(tries, random.Random(seed))
    doubled = policy.BACK_OFF_FIRST * 2 ** min(max(tries - 1, 0), 20)
    base = min(doubled, policy.BACK_OFF_CAP)
    assert base * 0.75 <= wait <= min(base * 1.25, policy.BACK_OFF_CAP)
    assert wait > timedelta()


def test_waits_grow_in_the_mean_until_the_cap():
    rng = random.Random(3)
    means = [
        statistics.mean(policy.back_off(tries, rng).total_seconds() for _ in range(400))
        for tries in range(1, 8)
    ]
    assert all(later > earlier * 1.5 for earlier, later in itertools.pairwise(means)), means
    far = statistics.mean(policy.back_off(50, rng).total_seconds() for _ in range(400))
    assert 0.8 * policy.BACK_OFF_CAP.total_seconds() < far <= policy.BACK_OFF_CAP.total_seconds()


def test_a_herd_that_failed_together_does_not_come_back_together():
    rng = random.Random(5)
    waits = {policy.back_off(4, rng) for _ in range(500)}
    assert len(waits) > 490


# ---- the breaker ---------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [Step.POLL, Step.SETTLE, Step.VERIFY])
def test_reads_that_fail_never_hold_up_the_posts_that_are_due(step: Step):
    """Found by review: failed read-backs opened the breaker, and the next post went out four minutes late."""
    decision = after(NotSent("net:1"), state(step, failures=setbacks.BREAKER_AFTER - 1))
    assert (decision.failures, decision.rest_until) == (setbacks.BREAKER_AFTER - 1, None)


@pytest.mark.parametrize("step", [Step.POLL, Step.SETTLE])
def test_reads_that_keep_failing_end_with_a_person(step: Step):
    decision = after(NotSent("net:1"), state(step, reads=setbacks.MAX_READS - 1))
    assert (decision.status, decision.wake_at, decision.changes["pending"]) == (Status.UNKNOWN, None, "")
    assert decision.changes["last_error"].startswith("settle.unreadable")


@pytest.mark.parametrize("step", [Step.PREPARE, Step.REVEAL])
def test_a_channel_that_keeps_failing_rests_as_a_whole(step: Step):
    kinds = (NotSent,) if step is Step.REVEAL else (NotSent, Unknown)
    for kind in kinds:
        just_under = after(kind("net:1"), state(step, failures=setbacks.BREAKER_AFTER - 2))
        assert (just_under.failures, just_under.rest_until) == (setbacks.BREAKER_AFTER - 1, None)
        at = after(kind("net:1"), state(step, failures=setbacks.BREAKER_AFTER - 1))
        assert at.failures == setbacks.BREAKER_AFTER
        assert at.rest_until is not None
        assert NOW < at.rest_until <= NOW + setbacks.BREAKER_CAP


@given(failures=st.integers(setbacks.BREAKER_AFTER, 10_000), seed=st.integers(0, 2**32))
@settings(max_examples=200, deadline=None)
def test_the_breakers_rest_stays_between_its_first_and_its_cap(failures: int, seed: int):
    decision = after(NotSent("net:1"), state(Step.PREPARE, failures=failures), seed=seed)
    assert decision.rest_until is not None
    assert setbacks.BREAKER_FIRST * 0.75 <= decision.rest_until - NOW <= setbacks.BREAKER_CAP


def test_content_that_is_refused_is_not_the_channels_bad_luck():
    decision = after(Refused("thu:100"), state(Step.PREPARE, failures=4))
    assert (decision.failures, decision.rest_until) == (0, None), "the platform answered: it is well"


def test_a_success_forgets_the_bad_luck():
    assert policy.after_prepared({"id": "1"}, NOW, LATER).failures == 0
    assert policy.after_answer(Published("1"), NOW).failures == 0


# ---- yes, not yet, and reading back ----------------------------------------------------------------


def test_a_prepared_delivery_waits_for_its_minute_and_a_late_one_goes_at_once():
    early = policy.after_prepared({"b": 1, "a": "đ"}, NOW, LATER)
    assert (early.status, early.wake_at) == (Status.READY, LATER)
    assert early.changes["handle"] == '{"a": "đ", "b": 1}'
    assert policy.after_prepared({}, LATER, NOW).wake_at == LATER


def test_a_yes_is_read_back_and_takes_the_platforms_own_time():
    theirs = NOW - timedelta(seconds=2)
    decision = policy.after_answer(Published("1", "https://a.example/1", theirs), NOW)
    assert (decision.status, decision.wake_at) == (Status.PUBLISHED, NOW + policy.VERIFY_AFTER)
    assert decision.changes["published_at"] == theirs
    assert policy.after_answer(Published("1"), NOW).changes["published_at"] == NOW


def test_a_platform_that_still_works_on_it_is_asked_again_later():
    decision = policy.after_answer(Pending("9", timedelta(seconds=30)), NOW)
    assert (decision.status, decision.outcome) == (Status.REVEALING, "pending")
    assert decision.wake_at == NOW + timedelta(seconds=30)
    assert decision.changes["pending"] == "9"


def read_back(found: int, at: State, of: Capabilities = REPEATABLE) -> Decision:
    posts = [Published(str(number), f"https://a.example/{number}") for number in range(found)]
    return policy.after_read_back(posts, at, of, NOW, random.Random(1))


def test_one_match_is_adopted():
    settled = read_back(1, state(Step.SETTLE))
    assert (settled.status, settled.wake_at) == (Status.PUBLISHED, None)
    assert settled.changes["verified_at"] == NOW
    assert settled.changes["url"] == "https://a.example/0"
    verified = read_back(1, state(Step.VERIFY))
    assert "published_at" not in verified.changes, "verifying does not move the time of publishing"


@pytest.mark.parametrize("step", [Step.SETTLE, Step.VERIFY])
def test_twins_are_a_persons_decision_with_both_addresses_at_hand(step: Step):
    decision = read_back(2, state(step))
    assert (decision.status, decision.wake_at) == (Status.UNKNOWN, None)
    assert "https://a.example/0 https://a.example/1" in decision.changes["last_error"]


@pytest.mark.parametrize("of", [REPEATABLE, ONCE], ids=["repeatable", "once"])
def test_doubt_is_looked_at_as_often_as_the_platform_says_with_its_waits(of: Capabilities):
    looks, waits = 0, []
    while (decision := read_back(0, state(Step.SETTLE, looks=looks), of)).outcome == "not_seen":
        assert decision.wake_at is not None
        waits.append(decision.wake_at - NOW)
        looks = decision.changes["looks"]
    assert waits == list(of.settle_after[1:]), "the first wait came before the first look"
    assert looks + 1 == len(of.settle_after)


def test_what_was_never_seen_goes_out_again_where_that_is_harmless():
    decision = read_back(0, state(Step.SETTLE, looks=2))
    assert (decision.status, decision.outcome, decision.wake_at) == (Status.READY, "not_public", NOW)
    assert decision.changes["looks"] == 0


def test_a_reveal_that_is_never_clear_waits_longer_each_time_and_ends_with_a_person():
    """Found by a day of HTTP 500: settling at once and revealing at once asked the platform 7,201 times."""
    waits = [
        read_back(0, state(Step.SETTLE, looks=2, tries=tries)).wake_at for tries in range(1, policy.MAX_TRIES)
    ]
    assert waits[0] == NOW
    assert all(wait is not None and wait > NOW for wait in waits[1:])
    last = read_back(0, state(Step.SETTLE, looks=2, tries=policy.MAX_TRIES))
    assert (last.status, last.wake_at, last.changes["last_error"]) == (Status.UNKNOWN, None, "settle.gave_up")


def test_read_backs_do_not_forget_the_channels_bad_luck():
    for looks in (0, 2):
        assert read_back(0, state(Step.SETTLE, looks=looks, failures=4)).failures == 4
    assert read_back(1, state(Step.SETTLE, looks=0, failures=4)).failures == 0


def test_a_throttle_that_names_a_past_moment_still_rests_the_lane():
    decision = after(Throttled("fb:4", retry_at=NOW - timedelta(minutes=1)), state(Step.REVEAL))
    assert decision.rest_until is not None
    assert decision.rest_until > NOW


def test_what_was_never_seen_and_is_too_late_is_missed():
    decision = read_back(0, state(Step.SETTLE, looks=2, deadline=NOW - timedelta(seconds=1)))
    assert (decision.status, decision.wake_at) == (Status.MISSED, None)


def test_a_yes_that_the_public_does_not_see_is_a_persons_decision():
    decision = read_back(0, state(Step.VERIFY, looks=2))
    assert (decision.status, decision.wake_at) == (Status.UNKNOWN, None)
    assert decision.changes["last_error"] == "settle.not_public"


@given(
    looks=st.integers(0, 10),
    found=st.integers(0, 3),
    step=st.sampled_from([Step.SETTLE, Step.VERIFY]),
    late=st.booleans(),
    waits=st.lists(st.integers(1, 600), min_size=1, max_size=6),
)
@settings(max_examples=300, deadline=None)
def test_a_platform_that_takes_a_post_only_once_never_gets_it_twice(
    looks: int, found: int, step: Step, late: bool, waits: list[int]
):
    """No read-back, however empty, sends a one-shot delivery back to `ready` or `queued`."""
    once = replace(ONCE, settle_after=tuple(timedelta(seconds=wait) for wait in waits))
    deadline = NOW - timedelta(hours=1) if late else LATER
    decision = read_back(found, state(step, looks=looks, deadline=deadline), once)
    assert decision.status in (Status.PUBLISHED, Status.UNKNOWN)
    assert decision.status is not Status.PUBLISHED or found == 1 or step is Step.VERIFY


@pytest.mark.parametrize("kind", [NotSent, Unknown, Throttled, AuthLost, Refused])
@pytest.mark.parametrize("step", READING)
def test_nor_does_any_error_while_reading(kind: type[ConnectorError], step: Step):
    decision = after(kind("thu:1"), state(step, tries=99, looks=99, failures=99), ONCE)
    assert decision.status not in (Status.READY, Status.QUEUED)
