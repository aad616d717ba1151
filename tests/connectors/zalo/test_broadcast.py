"""A broadcast to all followers: wanted by the channel's settings, made once, never repeated in doubt."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.contract import Job, Published
from connectors.errors import AuthLost, NotPrepared, NotSent, NotYet, Refused, Throttled, Unknown
from connectors.zalo import ZaloOA
from connectors.zalo.broadcast import NAME
from tests.connectors.zalo.harness import OaHarness

MESSAGE = "oa/message"


@pytest.fixture(autouse=True)
def _to_all(harness: OaHarness) -> None:
    harness.settings["broadcast"] = "yes"


def forget(_: Any) -> None:
    """A save nobody reads."""


def prepared(harness: OaHarness, **more: Any) -> tuple[Job, dict[str, Any]]:
    job = harness.job(**more)
    return replace(job, first_try_at=harness.clock()), harness.connector().prepare(job, {}, forget)


def sent(harness: OaHarness) -> int:
    return len(harness.oa.broadcasts)


def test_off_by_default_and_repeatable_then(harness: OaHarness):
    del harness.settings["broadcast"]
    assert harness.connector().capabilities.reveal == "repeatable"
    job, handle = prepared(harness)
    harness.connector().reveal(job, handle)
    assert sent(harness) == 0
    assert NAME not in harness.store.values


def test_the_article_is_shown_and_then_sent_once(harness: OaHarness):
    job, handle = prepared(harness)
    told = harness.connector().reveal(job, handle)
    assert isinstance(told, Published)
    (broadcast,) = harness.oa.broadcasts
    assert broadcast.article == handle["id"] == told.remote_id
    assert f"broadcast={broadcast.message}" in told.evidence
    (found,) = harness.connector().find(job, handle)
    assert f"broadcast={broadcast.message}" in found.evidence
    assert harness.connector().capabilities.reveal == "once"
    harness.connector().reveal(job, handle)
    assert sent(harness) == 1, "a second reveal does not send it again"


def test_only_posts_with_the_tag_are_sent_where_one_is_set(harness: OaHarness):
    harness.settings["broadcast_tag"] = "Gửi tin"
    job, handle = prepared(harness, tags=("đất đai",))
    harness.connector().reveal(job, handle)
    assert sent(harness) == 0
    assert len(harness.connector().find(job, handle)) == 1
    job, handle = prepared(harness, tags=("đất đai", "GỬI TIN"))
    harness.connector().reveal(job, handle)
    assert sent(harness) == 1


@pytest.mark.parametrize(
    "kind", ["cut_after_accept", "500_after_accept", "empty_200_after_accept", "cut_before"]
)
def test_an_unclear_answer_is_never_repeated_by_the_machine(harness: OaHarness, kind: str):
    job, handle = prepared(harness)
    harness.server.fault(kind, path=MESSAGE)
    with pytest.raises(Unknown) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.code == "zalo:broadcast-unclear"
    made = sent(harness)
    assert harness.connector().find(job, handle) == [], "the article alone proves no broadcast"
    for _ in range(3):
        with pytest.raises(Unknown):
            harness.connector().reveal(job, handle)
    assert sent(harness) == made
    assert harness.calls(MESSAGE) == 1
    health = harness.connector().health()
    assert "chưa rõ kết quả" in str(health.values["warning"])


def test_the_intent_is_committed_before_the_call(harness: OaHarness):
    job, handle = prepared(harness)
    harness.connector().reveal(job, handle)
    states = [json.loads(entry[NAME])[-1]["state"] for entry in harness.store.log if NAME in entry]
    assert states == ["showing", "sending", "sent"]


def test_a_process_that_dies_right_after_the_call_leaves_doubt_not_a_second_broadcast(harness: OaHarness):
    job, handle = prepared(harness)
    connector = harness.connector()
    ask = connector._api.broadcast

    def die(article: str) -> str:
        ask(article)
        raise KeyboardInterrupt

    connector._api.broadcast = die  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        connector.reveal(job, handle)
    assert sent(harness) == 1
    with pytest.raises(Unknown):
        harness.connector().reveal(job, handle)
    assert sent(harness) == 1


def test_an_outcome_that_cannot_be_written_down_counts_as_unclear(harness: OaHarness):
    job, handle = prepared(harness)
    replace_ = harness.store.replace

    def refuse(values: Any) -> None:
        if '"sent"' in values.get(NAME, ""):
            raise OSError("disk")
        replace_(values)

    harness.store.replace = refuse  # type: ignore[method-assign]
    with pytest.raises(Unknown):
        harness.connector().reveal(job, handle)
    with pytest.raises(Unknown):
        harness.connector().reveal(job, handle)
    assert sent(harness) == 1


def test_a_store_restored_from_a_backup_sends_nothing_twice(harness: OaHarness):
    job, handle = prepared(harness)
    before = dict(harness.store.values)
    harness.connector().reveal(job, handle)
    harness.store.values = before
    with pytest.raises(Unknown):
        harness.connector().reveal(job, handle)
    assert sent(harness) == 1


def test_trouble_while_showing_has_sent_nothing_and_a_person_may_let_it_go_on(harness: OaHarness):
    job, handle = prepared(harness)
    harness.server.fault("cut_after_accept", path="article/update")
    with pytest.raises(Unknown):
        harness.connector().reveal(job, handle)
    assert sent(harness) == 0
    harness.connector().reveal(job, handle)
    assert sent(harness) == 1


def test_at_night_nothing_is_shown_or_sent_before_six(harness: OaHarness):
    job, handle = prepared(harness)
    harness.clock.now = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # 22:30 at home
    with pytest.raises(NotYet) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.retry_at == datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
    assert harness.public(job) == 0
    harness.clock.now = caught.value.retry_at
    harness.connector().reveal(job, handle)
    assert (harness.public(job), sent(harness)) == (1, 1)


def test_should_zalos_night_be_another_it_says_so_and_is_waited_for(harness: OaHarness):
    job, handle = prepared(harness)
    harness.server.fault("code_-234", path=MESSAGE)
    with pytest.raises(NotYet) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.retry_at == datetime(2026, 11, 22, 23, 0, tzinfo=UTC), "06:00; no lane rests for it"
    assert (harness.public(job), harness.hidden(job)) == (0, 1)
    harness.connector().reveal(job, handle)
    assert (harness.public(job), sent(harness)) == (1, 1)


NOT_MADE = ["code_-32", "code_-200", "code_-221", "code_-223", "code_-224", "code_-234", "code_-248"]


@pytest.mark.parametrize("kind", NOT_MADE)
def test_an_error_that_says_nothing_is_public_leaves_nothing_public(harness: OaHarness, kind: str):
    job, handle = prepared(harness)
    harness.server.fault(kind, path=MESSAGE)
    with pytest.raises((Throttled, AuthLost, NotSent, Refused)):
        harness.connector().reveal(job, handle)
    assert (harness.public(job), harness.hidden(job), sent(harness)) == (0, 1, 0)
    harness.connector().reveal(job, handle)
    assert (harness.public(job), sent(harness)) == (1, 1), "and it can still be sent"


@pytest.mark.parametrize("kind", NOT_MADE)
def test_where_it_cannot_be_hidden_again_nobody_is_told_that_nothing_is_public(harness: OaHarness, kind: str):
    job, handle = prepared(harness)
    connector = harness.connector()
    ask = connector._api.broadcast

    def refused_and_then_cut(article: str) -> str:
        harness.server.fault("cut_before", path="article/update")
        return ask(article)

    connector._api.broadcast = refused_and_then_cut  # type: ignore[method-assign]
    harness.server.fault(kind, path=MESSAGE)
    with pytest.raises(Unknown) as caught:
        connector.reveal(job, handle)
    assert caught.value.code == "zalo:broadcast-refused"
    assert kind.removeprefix("code_") in caught.value.detail
    assert harness.public(job) == 1


def test_a_token_lost_between_showing_and_sending_is_doubt(harness: OaHarness):
    job, handle = prepared(harness)
    connector = harness.connector()
    ask = connector._api.broadcast

    def revoked(article: str) -> str:
        harness.server.fault("code_-216", times=9)
        harness.server.fault("code_-14014", path="oa/access_token", times=9)
        return ask(article)

    connector._api.broadcast = revoked  # type: ignore[method-assign]
    with pytest.raises(Unknown):
        connector.reveal(job, handle)
    assert (harness.public(job), sent(harness)) == (1, 0)


def test_an_article_that_vanished_with_the_refusal_needs_no_hiding(harness: OaHarness):
    job, handle = prepared(harness)
    connector = harness.connector()
    ask = connector._api.broadcast

    def remove_and_ask(article: str) -> str:
        harness.server.world.remove(harness.server.world.articles[article])
        return ask(article)

    connector._api.broadcast = remove_and_ask  # type: ignore[method-assign]
    with pytest.raises(Refused) as caught:
        connector.reveal(job, handle)
    assert caught.value.code == "zalo:-201"
    assert harness.public(job) == 0


def test_an_intent_that_cannot_be_written_down_is_not_sent_and_not_told_as_hidden(harness: OaHarness):
    job, handle = prepared(harness)
    replace_ = harness.store.replace

    def refuse(values: Any) -> None:
        if '"sending"' in values.get(NAME, ""):
            raise OSError("disk")
        replace_(values)

    harness.store.replace = refuse  # type: ignore[method-assign]
    with pytest.raises(Unknown) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.code == "zalo:broadcast-not-noted"
    assert (harness.public(job), sent(harness)) == (1, 0)
    harness.store.replace = replace_  # type: ignore[method-assign]
    harness.connector().reveal(job, handle)
    assert (harness.public(job), sent(harness)) == (1, 1)


def test_a_refusal_that_cannot_be_written_down_counts_as_unclear_and_is_hidden(harness: OaHarness):
    job, handle = prepared(harness)
    replace_ = harness.store.replace

    def refuse(values: Any) -> None:
        if '"refused"' in values.get(NAME, ""):
            raise OSError("disk")
        replace_(values)

    harness.store.replace = refuse  # type: ignore[method-assign]
    harness.server.fault("code_-32", path=MESSAGE)
    with pytest.raises(Throttled):
        harness.connector().reveal(job, handle)
    assert harness.public(job) == 0
    with pytest.raises(Unknown):
        harness.connector().reveal(job, handle)
    assert sent(harness) == 0


def test_what_a_cut_off_try_has_shown_is_hidden_where_it_may_not_be_sent_now(harness: OaHarness):
    job, handle = prepared(harness)
    harness.server.fault("cut_after_accept", path="article/update")
    with pytest.raises(Unknown):
        harness.connector().reveal(job, handle)
    assert harness.public(job) == 1
    harness.clock.now = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # 22:30 at home
    with pytest.raises(NotYet):
        harness.connector().reveal(job, handle)
    assert harness.public(job) == 0, "a person said that it may go on, and it waits unseen"


def test_while_one_worker_hides_what_was_refused_no_other_sends_it(harness: OaHarness):
    job, handle = prepared(harness)
    first, second, told = harness.connector(), harness.connector(), []
    update = first._api.update

    def other_at_work(article: Any) -> str:
        if article["status"] == "hide":
            with pytest.raises(Unknown) as caught:
                second.reveal(job, handle)
            told.append(caught.value.code)
        return update(article)

    first._api.update = other_at_work  # type: ignore[method-assign]
    harness.server.fault("code_-32", path=MESSAGE)
    with pytest.raises(Throttled):
        first.reveal(job, handle)
    assert told == ["zalo:broadcast-unclear"]
    assert (harness.public(job), sent(harness)) == (0, 0)


def test_two_workers_at_one_delivery_send_it_once(harness: OaHarness):
    """A second process takes the lane while the first one waits for Zalo to show the article."""
    job, handle = prepared(harness)
    harness.server.world.verify_delay = 1
    first, second, told = harness.connector(), harness.connector(), []

    def wait(seconds: float) -> None:
        harness.clock.advance(seconds)
        if not told:
            told.append(None)
            told[0] = second.reveal(job, handle)

    first._wait = first._api._wait = wait  # type: ignore[method-assign]
    with pytest.raises(Unknown) as caught:
        first.reveal(job, handle)
    assert caught.value.code == "zalo:broadcast-unclear"
    assert isinstance(told[0], Published)
    assert (harness.public(job), sent(harness)) == (1, 1)
    assert len(harness.connector().find(job, handle)) == 1, "read-back settles the first one's doubt"


@pytest.mark.parametrize("state", ["sending", "sent"])
@pytest.mark.parametrize("again", ["showing", "sending"])
def test_nothing_that_was_begun_can_begin_again(harness: OaHarness, state: Any, again: Any):
    job = harness.job()
    ledger = harness.connector()._broadcast.ledger
    ledger.note(job, state, "m-1")
    with pytest.raises(Unknown):
        ledger.note(job, again)
    assert ledger.of(job).state == state


def test_the_months_number_is_kept_where_the_unit_told_it(harness: OaHarness):
    harness.settings["broadcast_quota"] = "1"
    harness.connector().reveal(*prepared(harness))
    job, handle = prepared(harness)
    with pytest.raises(Refused) as caught:
        harness.connector().reveal(job, handle)
    assert (caught.value.code, caught.value.detail) == ("zalo:broadcast-quota", "1/1")
    assert harness.public(job) == 0, "nothing is shown"
    harness.clock.advance(days=15)
    harness.oa.access_until = harness.clock() + timedelta(hours=20)
    harness.connector().reveal(job, handle)
    assert sent(harness) == 2, "another month"


def test_a_quota_that_zalo_says_is_used_up_leaves_nothing_public(harness: OaHarness):
    harness.oa.broadcasts_most = 0
    job, handle = prepared(harness)
    with pytest.raises(Refused) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.code == "zalo:-211"
    assert (harness.public(job), harness.hidden(job)) == (0, 1)
    harness.settings["broadcast"] = "no"
    harness.connector().reveal(job, handle)
    assert harness.public(job) == 1, "published without being sent"


def test_an_article_that_cannot_be_hidden_again_is_told_as_such(harness: OaHarness):
    harness.oa.broadcasts_most = 0
    job, handle = prepared(harness)
    connector = harness.connector()
    update, updates = connector._api.update, []

    def once(article: Any) -> str:
        updates.append(article["status"])
        if len(updates) > 1:
            raise Unknown("net:no-answer")
        return update(article)

    connector._api.update = once  # type: ignore[method-assign]
    with pytest.raises(Unknown) as caught:
        connector.reveal(job, handle)
    assert caught.value.code == "zalo:broadcast-refused"
    assert updates == ["show", "hide"]


def test_an_oa_without_the_right_to_send_stops_the_channel(harness: OaHarness):
    harness.oa.rights = ("article",)
    job, handle = prepared(harness)
    with pytest.raises(AuthLost) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.code == "zalo:-223"
    assert (harness.public(job), sent(harness)) == (0, 0)
    harness.oa.rights, harness.oa.is_verified = ("article", "message"), False
    with pytest.raises(AuthLost) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.code == "zalo:-221"
    assert (harness.public(job), sent(harness)) == (0, 0)


def test_a_hidden_article_that_is_gone_is_prepared_again(harness: OaHarness):
    job, handle = prepared(harness)
    harness.server.world.remove(harness.server.world.articles[handle["id"]])
    with pytest.raises(NotPrepared):
        harness.connector().reveal(job, handle)


def test_without_a_place_to_write_nothing_is_sent(harness: OaHarness):
    job, handle = prepared(harness)
    context = replace(harness.connector()._context, secrets=None)
    with pytest.raises(NotSent):
        ZaloOA(context, wait=harness.clock.advance).reveal(job, handle)
    assert (harness.public(job), sent(harness)) == (0, 0)
    harness.store.values[NAME] = "{"
    with pytest.raises(NotSent) as caught:
        harness.connector().reveal(job, handle)
    assert caught.value.code == "zalo:broadcasts-unreadable"


def test_the_ledger_keeps_two_months(harness: OaHarness):
    for _ in range(3):
        harness.connector().reveal(*prepared(harness))
        harness.clock.advance(days=40)
        harness.oa.access_until = harness.clock() + timedelta(hours=20)
    assert len(json.loads(harness.store.values[NAME])) == 2


def rules(harness: OaHarness, at: str, until: str) -> dict[str, str]:
    times = {"not_before": datetime.fromisoformat(at), "deadline": datetime.fromisoformat(until)}
    variant = replace(harness.job().variant, **times)
    return {finding.rule: finding.severity for finding in harness.connector().check(variant)}


def test_the_approver_hears_of_the_broadcast_and_of_its_hours(harness: OaHarness):
    day, night = "2026-11-22T08:00+07:00", "2026-11-22T22:30+07:00"
    assert rules(harness, day, "2026-11-22T12:00+07:00") == {"zalo.broadcast": "hint"}
    waits = rules(harness, night, "2026-11-23T12:00+07:00")
    assert waits == {"zalo.broadcast": "hint", "zalo.broadcast_night": "warn"}
    never = rules(harness, night, "2026-11-23T02:00+07:00")
    assert never["zalo.broadcast_too_late"] == "block"
    harness.settings["broadcast"] = "no"
    assert rules(harness, night, "2026-11-23T02:00+07:00") == {}
