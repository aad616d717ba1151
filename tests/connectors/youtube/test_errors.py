"""Every documented reason leads to one of the five decisions."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from connectors.youtube.errors import REASONS, classify, is_done, is_gone
from connectors.youtube.quota import next_reset

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def answer(reason: str, message: str = "said") -> bytes:
    return json.dumps({"error": {"code": 400, "message": message, "errors": [{"reason": reason}]}}).encode()


def judged(
    status: int, reason: str, *, creates: bool = True, headers: dict[str, str] | None = None
) -> ConnectorError:
    return classify(status, headers or {}, answer(reason), creates=creates, now=NOW, call="videos.update")


@pytest.mark.parametrize(
    ("status", "reason", "kind"),
    [
        (400, "invalidTitle", Refused),
        (400, "invalidDescription", Refused),
        (400, "invalidTags", Refused),
        (400, "invalidCategoryId", Refused),
        (400, "invalidSomethingNew", Refused),
        (400, "mediaBodyRequired", Refused),
        (400, "uploadLimitExceeded", Throttled),
        (401, "authError", AuthLost),
        (401, "", AuthLost),
        (401, "youtubeSignupRequired", AuthLost),
        (403, "forbidden", AuthLost),
        (403, "forbiddenSomethingNew", AuthLost),
        (403, "insufficientPermissions", AuthLost),
        (403, "accessNotConfigured", AuthLost),
        (403, "quotaExceeded", Throttled),
        (403, "dailyLimitExceeded", Throttled),
        (403, "rateLimitExceeded", Throttled),
        (403, "userRateLimitExceeded", Throttled),
        (429, "", Throttled),
        (429, "uploadRateLimitExceeded", Throttled),
        (404, "videoNotFound", Refused),
        (404, "playlistNotFound", AuthLost),
        (409, "videoAlreadyInPlaylist", Refused),
        (400, "processingFailure", Unknown),
        (500, "backendError", Unknown),
        (500, "forbidden", Unknown),
        (500, "invalidTitle", Unknown),
        (503, "", Unknown),
        (403, "neverHeardOf", Unknown),
        (418, "", Unknown),
        (302, "", Unknown),
    ],
)
def test_a_reason_leads_to_its_decision(status: int, reason: str, kind: type[ConnectorError]) -> None:
    assert type(judged(status, reason)) is kind
    if kind is Unknown:
        assert type(judged(status, reason, creates=False)) is NotSent


def test_an_empty_bucket_waits_for_midnight_in_california_in_both_halves_of_the_year() -> None:
    winter = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    summer = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    assert next_reset(winter) == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert next_reset(summer) == datetime(2026, 7, 2, 7, 0, tzinfo=UTC)
    vietnam = timezone(timedelta(hours=7))
    assert next_reset(winter.astimezone(vietnam)).hour == 15
    assert next_reset(datetime(2026, 11, 1, 7, 30, tzinfo=UTC)) == datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
    error = judged(403, "quotaExceeded")
    assert isinstance(error, Throttled)
    assert error.retry_at == next_reset(NOW)


def test_the_channels_own_limit_waits_a_day() -> None:
    error = judged(400, "uploadLimitExceeded")
    assert isinstance(error, Throttled)
    assert error.retry_at == NOW + timedelta(hours=24)


def test_too_fast_waits_as_long_as_google_says() -> None:
    error = judged(429, "", headers={"retry-after": "900"})
    assert isinstance(error, Throttled)
    assert error.retry_at == NOW + timedelta(seconds=900)


def test_what_is_gone_or_done_can_be_told() -> None:
    assert is_gone(judged(404, "videoNotFound"))
    assert is_done(judged(409, "captionExists"))
    assert is_done(judged(409, "videoAlreadyInPlaylist"))
    assert not is_done(judged(400, "invalidTitle"))


def test_newer_answers_carry_the_reason_in_details() -> None:
    body = {"error": {"code": 403, "message": "m", "details": [{"reason": "SERVICE_DISABLED"}]}}
    error = classify(403, {}, json.dumps(body).encode(), creates=False, now=NOW)
    assert isinstance(error, AuthLost)
    assert error.code == "yt:SERVICE_DISABLED"


def test_every_row_has_a_meaning_and_a_source() -> None:
    assert all(row.meaning and row.source for row in REASONS.values())


def test_a_secret_in_the_message_is_not_told() -> None:
    said = answer("forbidden", "token ya29.secret-value is bad")
    error = classify(403, {}, said, creates=True, now=NOW, secrets=("ya29.secret-value",))
    assert "ya29" not in str(error)


@given(status=st.integers(300, 599), content=st.binary(max_size=200))
def test_any_bytes_are_one_of_the_five(status: int, content: bytes) -> None:
    assert isinstance(classify(status, {}, content, creates=True, now=NOW), ConnectorError)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "errors", "details", "reason", "message", "status"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(body=JSON, status=st.sampled_from([400, 401, 403, 404, 429, 500]), creates=st.booleans())
def test_any_json_is_one_of_the_five(body: object, status: int, creates: bool) -> None:
    error = classify(status, {}, json.dumps(body).encode(), creates=creates, now=NOW)
    assert isinstance(error, Refused | NotSent | Throttled | AuthLost | Unknown)
    assert not (creates and isinstance(error, NotSent))


def test_the_reset_is_always_ahead_and_within_25_hours() -> None:
    rng = random.Random(7)
    for _ in range(500):
        now = NOW + timedelta(minutes=rng.randrange(0, 2 * 365 * 24 * 60))
        assert timedelta() < next_reset(now) - now <= timedelta(hours=25)
