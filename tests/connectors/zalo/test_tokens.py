"""A single-use refresh token is never spent twice in the blind, and never lost without a word."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.errors import AuthLost, ConnectorError, NotSent, Throttled
from connectors.http import Answer
from connectors.zalo import ZaloOA
from connectors.zalo.endpoint import words
from connectors.zalo.errors import ZONE, sentence
from connectors.zalo.grant import ACCESS_LIVES, Grant, fingerprint, issued
from tests.connectors.zalo.harness import APP_ID, APP_SECRET, OA, OaHarness
from tests.connectors.zalo.store import FileStore

LOST = ("500_after_accept", "cut_after_accept", "html_504_after_accept", "truncated_200_after_accept")
LOST += ("wrong_types_200_after_accept", "list_200_after_accept")


def age(harness: OaHarness, hours: float) -> None:
    """The pair in the store was issued to Loa now; then time passes."""
    oa = harness.oa
    harness.store.values.update(issued(oa.access_token, oa.refresh_token, ACCESS_LIVES, harness.clock()))
    harness.clock.advance(hours=hours)


def expire(harness: OaHarness) -> None:
    """Zalo does not take the access token any more."""
    harness.oa.access_until = harness.clock()


def refreshes(harness: OaHarness) -> int:
    return harness.calls("oa/access_token")


def failure(harness: OaHarness) -> ConnectorError:
    """What publishing runs into; a token in it fails the test."""
    job = harness.job()
    with pytest.raises(ConnectorError) as caught:
        harness.connector().prepare(job, {}, lambda _: None)
    text = f"{caught.value!r} {caught.value} {caught.value.detail} {caught.value.__cause__!r}"
    assert not [secret for secret in harness.secrets if secret in text]
    return caught.value


def publishes(harness: OaHarness) -> bool:
    connector, job = harness.connector(), harness.job()
    connector.reveal(job, connector.prepare(job, {}, lambda _: None))
    return harness.public(job) == 1


def test_a_young_token_is_used_as_it_is(harness: OaHarness):
    age(harness, 19)
    assert publishes(harness)
    assert refreshes(harness) == 0


def test_a_pasted_token_of_unknown_age_is_believed_until_zalo_refuses_it(harness: OaHarness):
    assert publishes(harness)
    assert refreshes(harness) == 0
    expire(harness)
    assert publishes(harness)
    assert refreshes(harness) == 1


def test_it_is_renewed_hours_before_its_end(harness: OaHarness):
    age(harness, 20.5)
    before = harness.oa.access_token
    assert publishes(harness)
    assert refreshes(harness) == 1
    assert harness.store.values["access_token"] == harness.oa.access_token != before


def test_a_refresh_token_alone_will_do(harness: OaHarness):
    harness.store.values["access_token"] = ""
    assert publishes(harness)
    assert refreshes(harness) == 1


def test_the_intent_is_committed_before_the_call_and_the_pair_whole_before_its_use(harness: OaHarness):
    age(harness, 21)
    harness.connector().health()
    intent, pair = harness.store.log
    assert set(intent) == {"rotation_of", "rotation_started_at", "rotation_tries", "rotation_outcome"}
    assert pair["access_token"] == harness.oa.access_token
    assert pair["refresh_token"] == harness.oa.refresh_token
    assert datetime.fromisoformat(pair["expires_at"]) == harness.clock() + timedelta(hours=25)
    assert pair["rotation_of"] == "", "no doubt is left behind"


@pytest.mark.parametrize("as_text", [True, False])
def test_expires_in_comes_as_text_or_number(harness: OaHarness, as_text: bool):
    harness.server.world.expires_as_text = as_text
    age(harness, 21)
    harness.connector().health()
    assert Grant.of(harness.store.values).access_until == harness.clock() + timedelta(hours=25)


@pytest.mark.parametrize("kind", LOST)
def test_an_answer_lost_after_the_rotation_stops_with_a_sentence_and_no_second_refresh(harness, kind: str):
    age(harness, 21)
    harness.server.fault(kind, path="oa/access_token")
    error = failure(harness)
    assert isinstance(error, AuthLost)
    assert error.code == "zalo:renewal-lost"
    told = sentence(error, "zalo-stp")
    assert "loa channel login zalo-stp" in told
    assert "05:00 23/11/2026" in told, "when it happened, at home"
    for _ in range(3):
        assert failure(harness).code == "zalo:renewal-lost"
        harness.clock.advance(minutes=10)
    assert refreshes(harness) == 1
    assert harness.oa.refreshes == 1


@pytest.mark.parametrize("kind", ["500", "cut", "html_504", "truncated_200"])
def test_after_the_old_token_ended_an_unclear_refresh_is_for_a_person(harness: OaHarness, kind: str):
    age(harness, 48)
    expire(harness)
    harness.server.fault(kind, path="oa/access_token")
    error = failure(harness)
    assert error.code == "zalo:renewal-unclear"
    assert isinstance(error, AuthLost)
    harness.clock.advance(minutes=10)
    assert failure(harness).code == "zalo:renewal-lost"
    assert refreshes(harness) == 1


@pytest.mark.parametrize("kind", ["empty_200", "empty_200_after_accept"])
def test_an_empty_body_means_a_used_token_and_is_remembered(harness: OaHarness, kind: str):
    age(harness, 48)
    expire(harness)
    harness.server.fault(kind, path="oa/access_token")
    for _ in range(3):
        error = failure(harness)
        assert isinstance(error, AuthLost)
        assert error.code == "zalo:refresh-used"
        assert "đã được dùng" in sentence(error, "zalo-stp")
    assert refreshes(harness) == 1


def test_a_token_spent_by_other_software_is_told_as_such(harness: OaHarness):
    age(harness, 21)
    harness.server.world.issue(harness.oa)  # NukeViet was faster
    error = failure(harness)
    assert error.code == "zalo:refresh-used"
    assert harness.oa.refused_refreshes == 1


def test_a_refused_refresh_token_is_sent_once(harness: OaHarness):
    for pasted in (
        "practice-refresh-wrong-1",
        "practice-refresh-wrong-2",
    ):  # -14014 as a number, then as text
        harness.store.values |= {"access_token": "practice-access-wrong", "refresh_token": pasted}
        for _ in range(2):
            error = failure(harness)
            assert isinstance(error, AuthLost)
            assert error.code == "zalo:refresh-refused"
    assert refreshes(harness) == 2


def test_while_the_old_token_lives_a_failed_renewal_stops_nobody(harness: OaHarness):
    age(harness, 21)
    harness.server.fault("cut_before", path="oa/access_token")
    assert publishes(harness)
    assert refreshes(harness) == 1
    health = harness.connector().health()
    assert health.ok
    assert "không có câu trả lời rõ" in str(health.values["warning"])


def test_a_second_try_needs_the_old_tokens_word_that_nothing_was_rotated(harness: OaHarness):
    age(harness, 21)
    harness.server.fault("cut_before", path="oa/access_token")
    assert publishes(harness)
    harness.clock.advance(minutes=1)
    assert publishes(harness)
    assert refreshes(harness) == 1, "too early to tell"
    harness.clock.advance(minutes=2)
    assert publishes(harness)
    assert refreshes(harness) == 2
    assert harness.oa.refreshes == 1
    assert not Grant.of(harness.store.values).in_doubt


def test_no_more_than_three_tries_are_made_on_evidence(harness: OaHarness):
    age(harness, 20.1)
    harness.server.fault("cut_before", path="oa/access_token", times=50)
    for _ in range(10):
        harness.clock.advance(minutes=5)
        harness.connector().health()
    assert refreshes(harness) == 3
    assert publishes(harness), "until the old token's own end"


def test_a_try_on_evidence_that_never_left_takes_no_doubt_away(harness: OaHarness):
    age(harness, 21)
    harness.server.fault("cut_before", path="oa/access_token")
    harness.connector().health()
    begun = Grant.of(harness.store.values).started_at
    harness.clock.advance(minutes=3)
    harness.settings["token_url"] = "http://127.0.0.1:9/v4/oa/access_token"
    harness.connector().health()
    grant = Grant.of(harness.store.values)
    assert (grant.in_doubt, grant.tries, grant.started_at) == (True, 1, begun)


def test_half_an_answer_of_the_token_endpoint_is_never_repeated():
    for body in (b'["brand-new-token"', b'{"x":"brand-new-token', b"brand-new-token"):
        assert "brand-new" not in words(Answer(200, {}, body))
    assert words(Answer(200, {}, b'{"error":-1,"error_name":"Bad","x":"y"}')) == "-1 Bad"


def test_a_refresh_that_never_left_may_be_made_again(harness: OaHarness):
    age(harness, 48)
    expire(harness)
    url = harness.settings["token_url"]
    harness.settings["token_url"] = "http://127.0.0.1:9/v4/oa/access_token"
    error = failure(harness)
    assert type(error) is NotSent
    assert error.code == "net:unreachable"
    harness.settings["token_url"] = url
    assert publishes(harness)


def test_an_app_that_is_not_active_spends_nothing(harness: OaHarness):
    age(harness, 48)
    expire(harness)
    harness.store.values["app_secret"] = "another-app-secret"
    error = failure(harness)
    assert isinstance(error, AuthLost)
    assert error.code == "zalo:-14002"
    harness.store.values["app_secret"] = APP_SECRET
    assert publishes(harness)


def test_the_token_endpoints_limit_is_a_throttle(harness: OaHarness):
    age(harness, 48)
    expire(harness)
    harness.server.fault("code_-32", path="oa/access_token")
    error = failure(harness)
    assert isinstance(error, Throttled)
    assert publishes(harness)


def test_a_slow_answer_after_the_rotation_is_lost_like_any_other(harness: OaHarness):
    age(harness, 21)
    harness.settings["timeout_s"] = "0.3"
    harness.server.fault("slow", path="oa/access_token", seconds=0.8)
    assert failure(harness).code == "zalo:renewal-lost"
    assert refreshes(harness) == 1


def test_a_new_pasted_pair_ends_every_doubt(harness: OaHarness):
    age(harness, 21)
    harness.server.fault("cut_after_accept", path="oa/access_token")
    assert failure(harness).code == "zalo:renewal-lost"
    access, refresh = harness.server.world.issue(harness.oa)
    harness.store.values |= {"access_token": access, "refresh_token": refresh}
    assert publishes(harness)
    health = harness.connector().health()
    assert health.ok
    assert health.expires_at is None, "the new pair's age is not known, the old one's does not count"


def test_a_store_that_fails_for_a_moment_is_asked_again(harness: OaHarness):
    age(harness, 21)
    harness.store.fails = [OSError("disk"), OSError("disk")]
    assert publishes(harness)
    assert refreshes(harness) == 1
    assert harness.store.values["access_token"] == harness.oa.access_token


def test_a_pair_that_cannot_be_stored_is_not_used_and_kept_for_later(harness: OaHarness):
    age(harness, 21)
    connector, job = harness.connector(), harness.job()
    harness.store.fails = [OSError(f"could not write {APP_SECRET}")] * 6
    with pytest.raises(NotSent) as caught:
        connector.prepare(job, {}, lambda _: None)
    assert caught.value.code == "zalo:pair-not-stored"
    assert "OSError" in caught.value.detail
    assert APP_SECRET not in str(caught.value)
    assert harness.server.ledger()["total"]["creates"] == 0, "the new token was not used"
    connector.prepare(job, {}, lambda _: None)  # the store works again
    assert refreshes(harness) == 1
    assert harness.store.values["refresh_token"] == harness.oa.refresh_token


def test_a_crash_at_the_commit_is_seen_by_the_next_process(harness: OaHarness):
    age(harness, 21)
    harness.store.fails = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        harness.connector().health()
    assert harness.oa.refreshes == 1
    health = harness.connector().health()
    assert not health.ok
    assert health.problem == "zalo.problems.auth_lost"
    assert health.values["code"] == "zalo:renewal-lost"
    assert refreshes(harness) == 1


def test_a_channel_without_a_store_renews_nothing(harness: OaHarness):
    expire(harness)
    context = harness.connector()._context
    with pytest.raises(NotSent) as caught:
        ZaloOA(replace(context, secrets=None), wait=harness.clock.advance).find(harness.job(), {})
    assert caught.value.code == "zalo:no-secret-store"
    assert refreshes(harness) == 0


@pytest.mark.parametrize("bad", ["dán\nnhầm", "có dấu ạ", "with blank"])
def test_a_pasted_token_with_a_stray_letter_is_named_without_being_shown(harness: OaHarness, bad: str):
    harness.store.values["access_token"] = bad
    error = failure(harness)
    assert isinstance(error, AuthLost)
    assert bad not in str(error)


def test_many_lanes_at_once_refresh_once(harness: OaHarness, tmp_path: Path):
    age(harness, 48)
    expire(harness)
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps(harness.store.values), "utf-8")
    connectors = [harness.connector(store=FileStore(file)) for _ in range(8)]
    start, found = threading.Barrier(8), []

    def look(connector) -> None:
        start.wait()
        found.append(connector.health().ok)

    threads = [threading.Thread(target=look, args=(connector,)) for connector in connectors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert found == [True] * 8
    assert refreshes(harness) == 1
    assert json.loads(file.read_text("utf-8"))["access_token"] == harness.oa.access_token


def process(harness: OaHarness, file: Path, when: str) -> subprocess.Popen[str]:
    here = Path(__file__)
    return subprocess.Popen(
        [sys.executable, str(here.with_name("renewer.py")), harness.server.url, str(file), when, OA],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(here.parents[3])},
    )


def await_that(happened: Callable[[], bool]) -> None:
    """Until another process has come so far."""
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until, "the other process never came so far"
        time.sleep(0.01)


def due_file(harness: OaHarness, tmp_path: Path) -> Path:
    """A pair that is due by the real clock, which other processes go by."""
    harness.server.world.now = harness.clock
    harness.clock.now = datetime.now(UTC)
    harness.oa.access_until = harness.clock() + timedelta(hours=4)
    harness.oa.refresh_until = harness.clock() + timedelta(days=80)
    pair = issued(
        harness.oa.access_token, harness.oa.refresh_token, ACCESS_LIVES, harness.clock() - timedelta(hours=21)
    )
    file = tmp_path / "secrets.json"
    file.write_text(json.dumps({"app_id": APP_ID, "app_secret": APP_SECRET, **pair}), "utf-8")
    return file


def test_two_processes_at_once_refresh_once(harness: OaHarness, tmp_path: Path):
    file = due_file(harness, tmp_path)
    both = [process(harness, file, "never") for _ in range(2)]
    told = [one.communicate(timeout=60) for one in both]
    assert [out for out, _ in told] == ["ok", "ok"], told
    assert refreshes(harness) == 1


def test_killed_between_zalos_rotation_and_our_commit(harness: OaHarness, tmp_path: Path):
    file = due_file(harness, tmp_path)
    killed = process(harness, file, "before-commit")
    assert killed.wait(60) == -signal.SIGKILL
    killed.communicate()
    assert harness.oa.refreshes == 1
    assert_told_what_to_do(harness, file)


def assert_told_what_to_do(harness: OaHarness, file: Path) -> None:
    """The next process sends the spent token no more, and says what happened, when, and what to do."""
    for _ in range(2):
        out, err = process(harness, file, "never").communicate(timeout=60)
        assert "đứt giữa chừng" in out, (out, err)
        assert f"{harness.clock().astimezone(ZONE):%d/%m/%Y}" in out
        assert "loa channel login zalo" in out
        assert "Chưa bài nào bị mất hay đăng trùng" in out
    assert refreshes(harness) == 1, "the spent token was not sent again"
    assert harness.oa.refused_refreshes == 0
    assert Grant.of(json.loads(file.read_text("utf-8"))).in_doubt
    harness.server.world.issue(harness.oa)  # the administrator agrees again, and the channel is well
    store = FileStore(file)
    store.replace(issued(harness.oa.access_token, harness.oa.refresh_token, ACCESS_LIVES, harness.clock()))
    assert process(harness, file, "never").communicate(timeout=60)[0] == "ok"


def test_killed_while_zalo_has_rotated_and_its_answer_is_on_the_way(harness: OaHarness, tmp_path: Path):
    file = due_file(harness, tmp_path)
    harness.server.fault("slow", path="oa/access_token", seconds=20)
    killed = process(harness, file, "never")
    await_that(lambda: harness.oa.refreshes == 1)
    killed.kill()
    killed.communicate()
    assert harness.oa.refreshes == 1
    assert_told_what_to_do(harness, file)


def test_killed_after_the_commit_loses_nothing(harness: OaHarness, tmp_path: Path):
    file = due_file(harness, tmp_path)
    killed = process(harness, file, "after-commit")
    assert killed.wait(60) == -signal.SIGKILL
    killed.communicate()
    assert process(harness, file, "never").communicate(timeout=60)[0] == "ok"
    assert refreshes(harness) == 1
    assert json.loads(file.read_text("utf-8"))["refresh_token"] == harness.oa.refresh_token


def test_a_process_that_waited_for_the_renewal_of_one_that_was_killed_stops_too(
    harness: OaHarness, tmp_path: Path
):
    file = due_file(harness, tmp_path)
    harness.server.fault("slow", path="oa/access_token", seconds=20)
    first = process(harness, file, "never")
    await_that(lambda: harness.oa.refreshes == 1)
    second = process(harness, file, "never")
    await_that(lambda: FileStore(file).asked_by(second.pid).exists())  # for the lock that the first one holds
    assert second.poll() is None
    first.kill()
    first.communicate()
    out, err = second.communicate(timeout=60)
    assert "đứt giữa chừng" in out, (out, err)
    assert refreshes(harness) == 1


def test_two_processes_whose_token_zalo_refuses_refresh_once(harness: OaHarness, tmp_path: Path):
    file = due_file(harness, tmp_path)
    pair = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**pair, "expires_at": "", "issued_of": ""}), "utf-8")  # pasted: age unknown
    harness.oa.access_until = harness.clock() - timedelta(hours=1)
    told = [one.communicate(timeout=60) for one in [process(harness, file, "never") for _ in range(2)]]
    assert [out for out, _ in told] == ["ok", "ok"], told
    assert refreshes(harness) == 1


def test_killed_before_the_call_heals_itself(harness: OaHarness, tmp_path: Path):
    file = due_file(harness, tmp_path)
    killed = process(harness, file, "before-call")
    assert killed.wait(60) == -signal.SIGKILL
    killed.communicate()
    assert refreshes(harness) == 0
    store = FileStore(file)
    assert harness.connector(store=store).health().ok, "the old token still works"
    assert refreshes(harness) == 0
    harness.clock.advance(minutes=3)
    assert harness.connector(store=store).health().ok
    assert refreshes(harness) == 1
    assert store.read()["access_token"] == harness.oa.access_token


def test_what_is_noted_is_bound_to_the_token_it_was_noted_for():
    now = datetime(2026, 11, 22, tzinfo=UTC)
    noted = issued("access-1", "refresh-1", ACCESS_LIVES, now)
    assert Grant.of(noted).access_until == now + timedelta(hours=25)
    assert Grant.of({**noted, "access_token": "access-2"}).access_until is None
    doubt = {**noted, **Grant.of(noted).intent(now)}
    assert Grant.of(doubt).in_doubt
    assert not Grant.of({**doubt, "refresh_token": "refresh-2"}).in_doubt


def test_a_damaged_note_is_read_as_doubt_never_as_leave():
    now = datetime(2026, 11, 22, tzinfo=UTC)
    noted = issued("access-1", "refresh-1", ACCESS_LIVES, now)
    damaged = {
        **noted,
        "rotation_of": fingerprint("refresh-1"),
        "rotation_started_at": "?",
        "rotation_tries": "x",
    }
    grant = Grant.of({**damaged, "expires_at": "soon"})
    assert grant.in_doubt
    assert grant.tries == 1
    assert grant.access_until is None
