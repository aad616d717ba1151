"""Documented and recorded answers, and the decision each leads to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from connectors.facebook.errors import CODES, PERMISSIONS, SUBCODES, classify, is_duplicate, is_missing
from connectors.http import Answer

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


def decide(
    status: int, body: Any, *, creates: bool = True, headers: dict[str, str] | None = None, secrets=()
) -> ConnectorError | None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = Answer(status, CaseInsensitiveDict(headers or {}), raw)
    return classify(answer, answer.json(), creates=creates, now=NOW, secrets=secrets)


def told(code: int, subcode: int | None = None, **more: Any) -> dict[str, Any]:
    error: dict[str, Any] = {"message": "…", "type": "OAuthException", "code": code, "fbtrace_id": "AbC"}
    if subcode:
        error["error_subcode"] = subcode
    return {"error": {**error, **more}}


@pytest.mark.parametrize(
    ("status", "code", "subcode", "expected", "name"),
    [
        (500, 1, None, Unknown, "fb:1"),
        (500, 2, None, Unknown, "fb:2"),
        (400, 2, 1363047, Unknown, "fb:2/1363047"),
        (400, 4, None, Throttled, "fb:4"),
        (400, 17, None, Throttled, "fb:17"),
        (400, 32, None, Throttled, "fb:32"),
        (400, 341, None, Throttled, "fb:341"),
        (400, 613, None, Throttled, "fb:613"),
        (400, 80001, None, Throttled, "fb:80001"),
        (400, 368, 1390008, Throttled, "fb:368/1390008"),
        (400, 190, 458, AuthLost, "fb:190/458"),
        (400, 190, 460, AuthLost, "fb:190/460"),
        (401, 190, 463, AuthLost, "fb:190/463"),
        (400, 190, 492, AuthLost, "fb:190/492"),
        (400, 102, None, AuthLost, "fb:102"),
        (400, 104, None, AuthLost, "fb:104"),
        (400, 2500, None, AuthLost, "fb:2500"),
        (400, 100, 1404078, AuthLost, "fb:100/1404078"),
        (400, 368, 4854002, AuthLost, "fb:368/4854002"),
        (400, 10, None, AuthLost, "fb:10"),
        (403, 200, None, AuthLost, "fb:200"),
        (403, 283, None, AuthLost, "fb:283"),
        (403, 299, None, AuthLost, "fb:299"),
        (400, 506, None, Refused, "fb:506/duplicate"),
        (400, 100, 1366051, Refused, "fb:100/1366051/duplicate"),
        (400, 368, 1346003, Refused, "fb:368/1346003"),
        (400, 368, 1404102, Refused, "fb:368/1404102"),
        (400, 100, None, Refused, "fb:100"),
        (400, 100, 33, Refused, "fb:100/33"),
        (400, 100, 1609008, Refused, "fb:100/1609008"),
        (400, 324, None, Refused, "fb:324"),
        (400, 100, 1366046, Refused, "fb:100/1366046"),
        (400, 999_999, None, Unknown, "fb:999999"),
        (400, 300, None, Unknown, "fb:300"),
    ],
)
def test_a_documented_code_leads_to_its_decision(status, code, subcode, expected, name):
    error = decide(status, told(code, subcode))
    assert type(error) is expected
    assert error.code == name
    assert "AbC" in error.detail, "the trace id is what Meta's support asks for"


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (502, b"<html><body>502 Bad Gateway</body></html>", "fb:http-502"),
        (200, b"<html>a captive portal</html>", "fb:unreadable"),
        (200, b"", "fb:empty"),
        (200, b'{"id":"1', "fb:unreadable"),
        (200, ["ok"], "fb:unreadable"),
        (200, "true", "fb:unreadable"),
        (200, b"null", "fb:unreadable"),
        (302, b"", "fb:http-302"),
        (503, {"ok": True}, "fb:http-503"),
        (400, {"error": "invalid_request", "error_description": "?"}, "fb:http-400"),
        (400, {"error": {"message": "no code"}}, "fb:http-400"),
        (200, told(2), "fb:2"),
    ],
)
def test_an_unclear_answer_is_unknown_after_a_write_and_not_sent_after_a_read(status, body, name):
    written, read = decide(status, body), decide(status, body, creates=False)
    assert type(written) is Unknown
    assert type(read) is NotSent
    assert written.code == read.code == name


def test_a_good_answer_is_no_error():
    assert decide(200, {"id": "1_2"}) is None
    assert decide(200, {"success": True}) is None
    assert decide(200, {}, creates=False) is None


def test_200_with_an_error_inside_is_an_error():
    assert isinstance(decide(200, told(190, 460)), AuthLost)


def test_a_code_sent_as_text_is_understood():
    body = {"error": {"message": "old style", "code": "190", "error_subcode": "463"}}
    assert decide(400, body).code == "fb:190/463"


def test_a_refusal_marked_transient_or_sent_with_a_500_is_not_believed():
    assert isinstance(decide(400, told(100, is_transient=True)), Unknown)
    assert isinstance(decide(500, told(100)), Unknown)
    assert isinstance(decide(400, told(100, is_transient=False)), Refused)


def test_one_code_with_two_meanings_is_told_apart_by_its_words():
    duplicate = decide(400, told(368, message="You've already posted this"))
    assert isinstance(duplicate, Refused)
    assert is_duplicate(duplicate)
    proof = decide(400, told(100, message="Invalid appsecret_proof provided in the API argument"))
    assert isinstance(proof, AuthLost)


def test_a_missing_object_is_known_as_such():
    assert is_missing(decide(400, told(100, 33), creates=False))
    assert not is_missing(decide(400, told(100), creates=False))


def test_a_throttle_waits_as_many_minutes_as_the_header_says():
    usage = {"100": [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": 42}]}
    header = {"x-business-use-case-usage": json.dumps(usage)}
    assert decide(400, told(80001), headers=header).retry_at == NOW + timedelta(minutes=42)


def test_a_throttle_without_a_header_waits_five_minutes_and_posting_too_fast_an_hour():
    assert decide(400, told(4)).retry_at == NOW + timedelta(minutes=5)
    assert decide(400, told(368, 1390008)).retry_at == NOW + timedelta(hours=1)
    assert decide(429, b"slow down").retry_at == NOW + timedelta(minutes=5)


def test_the_words_for_people_are_kept_and_secrets_are_not():
    said = told(100, message="bad token s3cr3t-value", error_user_msg="Ảnh quá lớn")
    error = decide(400, said, secrets=("s3cr3t-value",))
    assert "Ảnh quá lớn" in str(error)
    assert "s3cr3t-value" not in str(error)
    page = decide(502, b"<p>access_token=EAAabcdefgh1234</p> s3cr3t-value", secrets=("s3cr3t-value",))
    assert "EAA" not in str(page)
    assert "s3cr3t-value" not in str(page)


def test_every_row_has_a_source():
    for row in (*CODES.values(), *SUBCODES.values()):
        assert row.source
        assert row.meaning
    assert list(PERMISSIONS) == list(range(200, 300))


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["error", "code", "error_subcode", "message", "is_transient", "id", "x"]), inner
        )
    ),
)


@given(st.sampled_from([200, 204, 302, 400, 401, 403, 404, 500, 502]), anything, st.booleans())
def test_no_answer_whatever_breaks_the_reading(status, body, creates):
    error = decide(status, body, creates=creates)
    assert error is None or isinstance(error, ConnectorError)
    if status >= 300:
        assert error is not None


@given(st.binary(), st.text())
def test_no_bytes_or_headers_break_the_reading(body, header):
    headers = {"X-Business-Use-Case-Usage": header, "X-App-Usage": header}
    decide(400, body, headers=headers)
    decide(400, told(4), headers=headers)
