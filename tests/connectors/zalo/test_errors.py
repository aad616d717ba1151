"""Every documented code, by its words where the code is double, and the decision it leads to."""

from __future__ import annotations

import inspect
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from connectors.errors import AuthLost, ConnectorError, NotSent, NotYet, Refused, Throttled, Unknown
from connectors.http import Answer
from connectors.zalo import errors
from connectors.zalo.endpoint import CONFIGURATION
from connectors.zalo.errors import (
    CODES,
    PHRASES,
    classify,
    is_being_processed,
    is_token_refused,
    number,
    row_of,
    sentence,
)
from content.wording import LANGUAGES, catalogue

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def decide(
    status: int, body: Any, *, creates: bool = True, now: datetime = NOW, secrets=()
) -> ConnectorError | None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answer(status, CaseInsensitiveDict({}), raw)
    return classify(answer, answer.json(), creates=creates, now=now, secrets=secrets)


def told(code: int | str, message: str = "…") -> dict[str, Any]:
    return {"error": code, "message": message}


EXPECTED = {
    -32: Throttled,
    -100: Refused,
    -200: Refused,
    -201: Refused,
    -202: AuthLost,
    -204: AuthLost,
    -205: AuthLost,
    -209: AuthLost,
    -210: Refused,
    -211: Refused,
    -212: AuthLost,
    -213: Refused,
    -214: NotYet,
    -215: AuthLost,
    -216: AuthLost,
    -218: Refused,
    -219: AuthLost,
    -220: AuthLost,
    -221: AuthLost,
    -223: AuthLost,
    -224: AuthLost,
    -227: Refused,
    -230: Refused,
    -232: Refused,
    -233: Refused,
    -234: NotYet,
    -235: AuthLost,
    -240: AuthLost,
    -242: AuthLost,
    -244: Refused,
    -248: Refused,
    -320: AuthLost,
    -321: AuthLost,
}


@pytest.mark.parametrize("creates", [True, False])
@pytest.mark.parametrize(("code", "expected"), EXPECTED.items())
def test_a_documented_code_leads_to_its_decision(code: int, expected: type, creates: bool):
    for written in (code, str(code)):
        error = decide(200, told(written, "what Zalo said"), creates=creates)
        assert type(error) is expected
        assert error.code == f"zalo:{code}"
        assert "what Zalo said" in error.detail


def test_every_row_of_the_table_is_expected_here_and_has_a_source():
    assert CODES.keys() == EXPECTED.keys()
    for row in (*CODES.values(), *(row for *_, row in PHRASES)):
        assert row.source
        assert row.meaning


def codes_in_the_code() -> set[str]:
    """Every code that Loa itself makes up, as it stands in the source."""
    folder = Path(inspect.getfile(errors)).parent
    texts = [file.read_text("utf-8") for file in folder.glob("*.py")]
    return {code for text in texts for code in re.findall(r'"zalo:([a-z][a-z-]*)"', text)}


def test_every_code_an_officer_can_meet_has_its_sentence():
    doubles = {f"{code}/{name}" for code, _, name, _ in PHRASES}
    made = {str(code) for code in (*CODES, *CONFIGURATION)} | doubles | codes_in_the_code()
    assert len(made) > 70
    for language in LANGUAGES:
        known = {key.removeprefix("zalo.codes.") for key in catalogue(language) if ".codes." in key}
        assert made - known == set()
        assert not {key for key in known if not re.match(r"(-?\d+|[a-z])", key)}


def test_a_stop_always_says_what_a_person_can_do():
    for code, row in CODES.items():
        if row.decision in ("auth", "token"):
            told = sentence(AuthLost(f"zalo:{code}"), "zalo-xa")
            assert re.search(
                r"loa channel login zalo-xa|developers\.zalo\.me|oa\.zalo\.me|[Hh]ỏi|cập nhật", told
            )


def test_a_code_with_a_stroke_falls_back_and_one_nobody_knows_is_told_as_it_is():
    assert sentence(NotSent("zalo:http/504"), "x") == sentence(NotSent("zalo:http/502"), "x")
    assert "trục trặc" in sentence(NotSent("zalo:http/504"), "x")
    assert sentence(NotSent("zalo:-9999", "odd"), "x") == "zalo:-9999: odd"


def test_223_is_a_missing_consent_or_a_used_up_quota():
    consent = decide(200, told(-223, "Official Account has not authorized this API"))
    quota = decide(200, told(-223, "Your OA has reach the limit quota create article"))
    assert isinstance(consent, AuthLost)
    assert "quản lý bài viết" in sentence(consent, "zalo-xa")
    assert isinstance(quota, Refused), "the channel's prepared articles must still come out"
    assert quota.code == "zalo:-223/quota"
    assert "hết số bài" in sentence(quota, "zalo-xa")


def test_200_is_a_picture_that_may_come_or_an_article_that_failed():
    picture = decide(200, told(-200, "Upload media failed: Too many failed attempts"))
    assert type(picture) is NotSent
    assert isinstance(decide(200, told(-200, "Send message failed")), Refused)


def test_the_package_is_named_plainly():
    assert "Tăng trưởng" in sentence(
        decide(200, told(-224, "The OA needs to upgrade OA Tier Package")), "zalo-xa"
    )


@pytest.mark.parametrize(
    ("at", "retry_at"),
    [
        ("2026-11-22T15:30:00+00:00", "2026-11-22T23:00:00+00:00"),  # 22:30 at home
        ("2026-11-22T20:00:00+00:00", "2026-11-22T23:00:00+00:00"),  # 03:00 at home
        ("2026-11-22T23:00:00+00:00", "2026-11-23T23:00:00+00:00"),
    ],
)
def test_at_night_it_waits_for_six_in_the_morning(at: str, retry_at: str):
    error = decide(200, told(-234), now=datetime.fromisoformat(at))
    assert error.retry_at == datetime.fromisoformat(retry_at)


def test_a_used_up_minute_is_waited_for():
    assert decide(200, told(-32)).retry_at == NOW + timedelta(minutes=1)
    assert decide(429, b"slow down").retry_at == NOW + timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (504, b"<html>504 Gateway Time-out</html>", "zalo:http/504"),
        (500, told(-201), "zalo:http/500"),
        (503, {"error": 0}, "zalo:http/503"),
        (200, b"<html>a captive portal</html>", "zalo:unreadable"),
        (200, b"", "zalo:empty"),
        (200, b" \n", "zalo:empty"),
        (200, b'{"error":0', "zalo:unreadable"),
        (200, b"null", "zalo:unreadable"),
        (200, ["ok"], "zalo:unreadable"),
        (200, {"data": {}}, "zalo:unreadable"),
        (200, {"error": None}, "zalo:unreadable"),
        (200, {"error": False}, "zalo:unreadable"),
        (200, {"error": {}}, "zalo:unreadable"),
        (200, {"error": "none"}, "zalo:unreadable"),
        (302, b"", "zalo:http/302"),
        (404, b"not here", "zalo:http/404"),
        (200, told(-1), "zalo:-1"),
        (200, told(-99_999), "zalo:-99999"),
        (200, told(5), "zalo:5"),
    ],
)
def test_an_unclear_answer_is_unknown_after_a_write_and_not_sent_after_a_read(status, body, name):
    written, read = decide(status, body), decide(status, body, creates=False)
    assert type(written) is Unknown
    assert type(read) is NotSent
    assert written.code == read.code == name


def test_a_good_answer_is_no_error():
    assert decide(200, {"error": 0, "message": "Success"}) is None
    assert decide(200, {"error": "0", "data": {}}) is None


def test_a_dead_route_is_a_matter_of_configuration_not_of_the_article():
    assert isinstance(decide(404, told(-209, "Not supported this api")), AuthLost)


def test_helpers_know_their_codes():
    assert is_being_processed(decide(200, told(-214), creates=False))
    assert is_token_refused(decide(200, told(-216)))
    assert is_token_refused(decide(200, told(-220)))
    assert not is_token_refused(decide(200, told(-219)))
    assert row_of(-12345, "") == ("zalo:-12345", None)


def test_a_secret_in_zalos_words_is_not_repeated():
    said = told(-201, "access_token is invalid: s3cr3t-value-0001")
    for status in (200, 500):
        error = decide(status, said, secrets=("s3cr3t-value-0001",))
        assert "s3cr3t" not in str(error)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((0, 0), (-5, -5), ("7", 7), ("-216", -216), ("", None), ("-", None), ("--5", None), ("1-2", None)),
        *((True, None), (None, None), (1.5, None), ("٣", None), ("9" * 30, None)),
    ],
)
def test_numbers_come_as_numbers_or_digits(value: object, expected: int | None):
    assert number(value) == expected


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["error", "message", "error_name", "data", "token", "x"]), inner)
    ),
)


@given(st.sampled_from([200, 204, 302, 400, 401, 404, 429, 500, 504]), anything, st.booleans())
def test_no_answer_whatever_breaks_the_reading(status, body, creates):
    error = decide(status, body, creates=creates)
    assert error is None or isinstance(error, ConnectorError)
    if status >= 300:
        assert error is not None


@given(st.binary())
def test_no_bytes_break_the_reading(body):
    decide(200, body)
