"""Health: every problem is one plain sentence with a remedy, and what works is not called a problem."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connectors.contract import Health
from connectors.errors import NotSent, Throttled
from connectors.practice.youtube.world import ALL_SCOPES
from content.wording import catalogue, say
from tests.connectors.youtube.harness import CHANNEL, REFRESH_TOKEN, ChannelHarness, Clock


def told(health: Health) -> str:
    assert not health.ok
    sentence = say(health.problem, **health.values)
    assert "{" not in sentence
    assert "youtube.problems" not in sentence
    assert "Hãy" in sentence or "hãy" in sentence, f"no remedy: {sentence}"
    return sentence


def test_a_sound_channel_says_its_name_and_what_is_left(harness: ChannelHarness) -> None:
    health = harness.connector().health()
    assert health.ok
    assert health.name == "Sở Tư pháp tỉnh A"
    assert "warning" not in health.values
    assert health.values["uploads_left"] == 100
    assert health.values["units_left"] == 9_999
    assert health.values["long_uploads"] == "allowed"


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("revoked", "login_lost"),
        ("reason_accessNotConfigured", "api_off"),
        ("reason_youtubeSignupRequired", "no_channel"),
        ("reason_insufficientPermissions", "missing_scopes"),
        ("reason_channelSuspended", "channel_closed"),
        ("reason_forbidden", "refused"),
    ],
)
def test_a_refusal_is_told_in_words(harness: ChannelHarness, kind: str, problem: str) -> None:
    times = 2 if kind == "reason_youtubeSignupRequired" else 1  # a 401: the token is renewed once
    harness.server.fault(kind, operation="channels.list", times=times)
    health = harness.connector().health()
    assert health.problem == f"youtube.problems.{problem}"
    told(health)


def test_a_missing_login_and_a_dead_client_are_told(harness: ChannelHarness) -> None:
    harness.safe.values["client_secret"] = "GOCSPX-wrong"
    assert harness.connector().health().problem == "youtube.problems.client_lost"
    harness.safe.values["client_secret"] = ""
    health = harness.connector().health()
    assert health.problem == "youtube.problems.no_login"
    told(health)


def test_missing_scopes_are_seen_before_any_upload(harness: ChannelHarness) -> None:
    harness.channel.scopes = ("https://www.googleapis.com/auth/youtube.readonly",)
    assert "youtube.force-ssl" in told(harness.connector().health())


def test_another_channel_is_named(harness: ChannelHarness) -> None:
    harness.server.world.channels.pop(CHANNEL)
    harness.server.add_channel(
        "UCchi-cuc-khac-00000002",
        "Chi cục khác",
        harness.safe.values["refresh_token"],
        client_id=harness.safe.values["client_id"],
        client_secret=harness.safe.values["client_secret"],
    )
    health = harness.connector().health()
    assert "Chi cục khác" in told(health)
    assert CHANNEL in told(health)


def test_a_hidden_channel_is_a_problem(harness: ChannelHarness) -> None:
    harness.channel.privacy = "private"
    assert "đang ẩn" in told(harness.connector().health())


def test_what_only_limits_is_a_warning(harness: ChannelHarness) -> None:
    harness.channel.long_uploads = "disallowed"
    harness.channel.scopes = ALL_SCOPES[:1]
    health = harness.connector().health()
    assert health.ok
    warning = str(health.values["warning"])
    assert "15 phút" in warning
    assert "Analytics" in warning


def test_an_empty_quota_says_when_it_is_filled_again_in_vietnam(
    harness: ChannelHarness, clock: Clock
) -> None:
    harness.server.fault("reason_quotaExceeded", operation="channels.list")
    assert "15:00 22/11/2026" in told(harness.connector().health()), "winter in California"
    clock.now = datetime(2027, 7, 1, 8, 0, tzinfo=UTC)
    harness.server.fault("reason_quotaExceeded", operation="channels.list")
    assert "14:00 02/07/2027" in told(harness.connector().health()), "summer in California"


def test_an_outage_and_a_throttle_are_no_statement_about_the_channel(harness: ChannelHarness) -> None:
    harness.server.fault("reason_rateLimitExceeded", operation="channels.list")
    with pytest.raises(Throttled):
        harness.connector().health()
    with pytest.raises(NotSent):
        harness.connector(base_url="http://127.0.0.1:1").health()


def test_a_mistyped_token_is_told_apart_from_a_revoked_one(harness: ChannelHarness) -> None:
    harness.safe.values["refresh_token"] = "1//0mistyped"
    assert "dán thiếu" in told(harness.connector().health())
    harness.safe.values["refresh_token"] = REFRESH_TOKEN
    harness.channel.revoked = True
    assert "thu hồi" in told(harness.connector().health())


def test_a_token_google_does_not_take_is_told(harness: ChannelHarness) -> None:
    harness.server.fault("expired", operation="channels.list", times=2)
    assert "mã truy cập" in told(harness.connector().health())


def test_a_login_by_device_needs_no_right_to_captions(harness: ChannelHarness) -> None:
    harness.channel.scopes = ("https://www.googleapis.com/auth/youtube",)
    assert "youtube.force-ssl" in told(harness.connector().health())
    health = harness.connector(login="device").health()
    assert health.ok
    assert "Analytics" in str(health.values["warning"])
    harness.channel.scopes = ALL_SCOPES[1:]
    assert "(youtube)" in told(harness.connector(login="device").health())


def test_the_end_of_a_testing_apps_login_is_told_as_a_date_and_not_in_words(
    harness: ChannelHarness, clock: Clock
) -> None:
    ends = clock() + timedelta(days=7)
    connector = harness.connector(login_ends_at=ends.isoformat())
    health = connector.health()
    assert health.expires_at == ends
    clock.advance(days=6)
    assert "warning" not in connector.health().values


def test_every_problem_has_a_remedy() -> None:
    problems = {k: v for k, v in catalogue("vi").items() if k.startswith("youtube.problems.")}
    assert problems
    assert all("hãy" in sentence.lower() for sentence in problems.values())


def test_subscribers_are_told_with_their_rounding_and_hidden_ones_are_not_zero(
    harness: ChannelHarness,
) -> None:
    harness.channel.subscribers = 12_345
    told = harness.connector().health().followers
    assert told is not None
    assert (told.value, told.note) == (12_300, "YouTube làm tròn xuống ba chữ số đầu.")
    harness.channel.subscribers = 840
    told = harness.connector().health().followers
    assert told is not None
    assert (told.value, told.note) == (840, "")
    harness.channel.subscribers = None
    told = harness.connector().health().followers
    assert told is not None
    assert told.value is None
    assert "ẩn" in told.note
