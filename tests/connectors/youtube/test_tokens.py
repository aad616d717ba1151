"""The login: renewed in time, kept when Google hands out a new one, and clear when it is lost."""

from __future__ import annotations

import pytest

from connectors.errors import AuthLost, NotSent, Throttled
from tests.connectors.youtube.harness import ChannelHarness, Clock


def test_one_token_serves_until_a_minute_before_its_end(harness: ChannelHarness, clock: Clock) -> None:
    connector = harness.connector()
    for seconds in (0, 1_000, 2_538):
        clock.advance(seconds=seconds)
        connector.health()
    assert harness.operations().count("token") == 1
    clock.advance(seconds=2)  # 59 s left
    connector.health()
    assert harness.operations().count("token") == 2


def test_a_new_refresh_token_is_committed_alone_and_used_next(harness: ChannelHarness, clock: Clock) -> None:
    harness.channel.rotates = True
    old = harness.safe.values["refresh_token"]
    connector = harness.connector()
    assert connector.health().ok
    assert harness.safe.values["refresh_token"] == f"{old}-next"
    assert harness.safe.events == ["alone", "replace refresh_token", "free"]
    clock.advance(hours=2)
    assert connector.health().ok, "the same connector reads the store anew"


def test_no_new_refresh_token_writes_nothing(harness: ChannelHarness) -> None:
    harness.connector().health()
    assert harness.safe.events == []


def test_a_login_another_process_renewed_is_read_before_giving_up(harness: ChannelHarness) -> None:
    new = "1//0another-process-was-here"
    harness.channel.refresh_token = new
    connector = harness.connector()
    read, reads = harness.safe.read, []

    def late() -> dict[str, str]:
        reads.append(1)
        return {**read(), **({"refresh_token": new} if len(reads) > 1 else {})}

    harness.safe.read = late  # type: ignore[method-assign]
    assert connector.health().ok


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"refresh_token": "1//0old"}, "yt:invalid_grant"),
        ({"client_secret": "GOCSPX-wrong"}, "yt:invalid_client"),
        ({"refresh_token": ""}, "yt:no-login"),
    ],
)
def test_a_lost_login_is_lost(harness: ChannelHarness, change: dict[str, str], code: str) -> None:
    harness.safe.values.update(change)
    with pytest.raises(AuthLost) as caught:
        harness.connector().prepare(harness.job(), {}, lambda _: None)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "kind", ["500", "cut_before", "html_502", "empty_200", "truncated_200", "wrong_types_200"]
)
def test_trouble_at_the_login_is_no_loss(harness: ChannelHarness, kind: str) -> None:
    harness.server.fault(kind, operation="token")
    with pytest.raises(NotSent):
        harness.connector().prepare(harness.job(), {}, lambda _: None)
    assert "videos.insert" not in harness.operations()


def test_too_many_logins_wait(harness: ChannelHarness) -> None:
    harness.server.fault("reason_uploadRateLimitExceeded", operation="token")  # a 429
    with pytest.raises(Throttled):
        harness.connector().health()


def test_a_token_that_two_tries_cannot_use_is_lost(harness: ChannelHarness) -> None:
    harness.server.fault("expired", operation="videos.insert", times=2)
    with pytest.raises(AuthLost) as caught:
        harness.connector().prepare(harness.job(), {}, lambda _: None)
    assert caught.value.code == "yt:authError"
    assert harness.operations().count("videos.insert") == 2
