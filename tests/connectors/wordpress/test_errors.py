"""Answers as WordPress and the servers before it give them, and the decision each leads to."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict

from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from connectors.http import Answer
from connectors.wordpress.errors import CODES, classify, is_missing, is_role

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
JSON, HTML = "application/json; charset=UTF-8", "text/html; charset=UTF-8"


def decide(
    status: int, body: Any, *, kind: str = JSON, creates: bool = True, about_one: bool = False, **headers: str
) -> ConnectorError | None:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = Answer(status, CaseInsensitiveDict({"Content-Type": kind, **named}), raw)
    return classify(
        answer, answer.json(), creates=creates, now=NOW, about_one=about_one, secrets=("bi-mat-1",)
    )


def told(code: str | int, status: int, **data: Any) -> dict[str, Any]:
    return {"code": code, "message": "Rất tiếc.", "data": {"status": status, **data}}


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (401, "rest_not_logged_in", AuthLost),
        (401, "rest_cannot_create", AuthLost),
        (403, "rest_cannot_create", AuthLost),
        (403, "rest_cannot_publish", AuthLost),
        (401, "rest_cannot_edit", AuthLost),
        (401, "rest_forbidden_context", AuthLost),
        (403, "rest_forbidden_context", AuthLost),
        (401, "application_passwords_disabled", AuthLost),
        (401, "a_plugins_own_code", AuthLost),
        (403, "a_plugins_own_code", AuthLost),
        (422, "a_plugins_own_code", Refused),
        (400, "rest_invalid_param", Refused),
        (400, "empty_content", Refused),
        (404, "rest_post_invalid_id", Refused),
        (400, "term_exists", Refused),
        (500, "rest_upload_sideload_error", Refused),
        (400, "rest_upload_invalid_disposition", Refused),
        (412, "rest_upload_hash_mismatch", NotSent),
        (404, "rest_no_route", NotSent),
        (500, "rest_upload_unknown_error", Unknown),
        (500, "db_insert_error", Unknown),
        (500, "internal_server_error", Unknown),
        (500, "a_plugins_own_code", Unknown),
    ],
)
def test_a_code_leads_to_its_decision_whatever_the_status(status, code, expected):
    error = decide(status, told(code, status))
    assert type(error) is expected
    assert error.code == f"wp:{code}/{status}"
    assert error.detail == "Rất tiếc."


@pytest.mark.parametrize("code", ["rest_cannot_edit", "rest_forbidden", "rest_cannot_delete", "of_a_plugin"])
def test_a_right_that_lacks_for_one_post_does_not_stop_the_channel(code):
    assert type(decide(403, told(code, 403), about_one=True)) is Refused
    assert type(decide(401, told(code, 401), about_one=True)) is AuthLost, "no login, no post's fault"


def test_a_lost_login_behind_a_refused_parameter_is_recognised():
    """As seen on 6.1.9 when drafts are asked for with a revoked password: a 400."""
    details = {"status": {"code": "rest_forbidden_status", "message": "…", "data": {"status": 401}}}
    error = decide(400, told("rest_invalid_param", 400, params={}, details=details), creates=False)
    assert type(error) is AuthLost


@pytest.mark.parametrize(
    ("status", "body", "kind", "writing", "reading"),
    [
        (200, b"<html>home page</html>", HTML, Unknown, NotSent),
        (200, b"", HTML, Unknown, NotSent),
        (200, b"", JSON, Unknown, NotSent),
        (200, b'{"id":1', JSON, Unknown, NotSent),
        (200, b'{"id":1}', HTML, Unknown, NotSent),
        (200, json.dumps(told("x", 200)).encode(), JSON, Unknown, NotSent),
        (500, b"<h1>There has been a critical error</h1>", HTML, Unknown, NotSent),
        (502, b"<h1>Bad Gateway</h1>", HTML, Unknown, NotSent),
        (504, b"", "", Unknown, NotSent),
        (301, b"", HTML, Unknown, NotSent),
        (403, b"<h1>Blocked by the firewall</h1>", HTML, Unknown, NotSent),
        (401, b"<h1>Authorization Required</h1>", HTML, AuthLost, AuthLost),
        (413, b"<h1>Request Entity Too Large</h1>", HTML, Refused, Refused),
        (429, b"slow", HTML, Throttled, Throttled),
        (503, b"Briefly unavailable for scheduled maintenance.", HTML, Throttled, Throttled),
    ],
)
def test_answers_that_wordpress_did_not_write(status, body, kind, writing, reading):
    assert type(decide(status, body, kind=kind, creates=True)) is writing
    assert type(decide(status, body, kind=kind, creates=False)) is reading


@pytest.mark.parametrize("body", [{"id": 1}, [], [{"id": 1}], 7, "7", {"code": "only a code"}])
def test_json_with_a_good_status_is_an_answer(body):
    assert decide(200, body) is None
    assert decide(201, body, kind="application/hal+json") is None


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("30", timedelta(seconds=30)),
        ("0", timedelta(seconds=1)),
        ("Sun, 22 Nov 2026 01:10:00 GMT", timedelta(minutes=10)),
        ("Sun, 22 Nov 2026 00:10:00 GMT", timedelta(seconds=1)),
        ("Sun, 22 Nov 2026 01:10:00 -0000", timedelta(minutes=10)),
        ("", timedelta(minutes=5)),
        ("soon", timedelta(minutes=5)),
        ("99999999999999999999", timedelta(hours=24)),
        ("²", timedelta(minutes=5)),
    ],
)
def test_a_throttle_tells_when_to_come_back(said, wait):
    error = decide(503, b"", Retry_After=said)
    assert isinstance(error, Throttled)
    assert error.retry_at == NOW + wait


def test_every_row_names_its_source():
    for code, row in CODES.items():
        assert row.meaning, code
        assert row.source in ("S", "F", "C"), code


def test_secrets_are_taken_out_of_what_is_quoted():
    for body, kind in ((told("rest_x", 400) | {"message": "key bi-mat-1!"}, JSON), (b"bi-mat-1", HTML)):
        error = decide(400, body, kind=kind)
        assert error is not None
        assert "bi-mat-1" not in str(error)


def test_two_questions_that_callers_ask():
    assert is_missing(Refused("wp:rest_post_invalid_id/404"))
    assert not is_missing(Refused("wp:rest_invalid_param/400"))
    assert is_role(AuthLost("wp:rest_cannot_create/403"))
    assert not is_role(AuthLost("wp:rest_cannot_create/401"))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["code", "message", "data", "details", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    status=st.integers(200, 599),
    body=JSON_VALUES,
    creates=st.booleans(),
    said=st.text("0123 9GMT,-:", max_size=30),
)
def test_no_answer_at_all_breaks_the_reading(status, body, creates, said):
    error = decide(status, body, creates=creates, Retry_After=said)
    assert error is None or isinstance(error, AuthLost | NotSent | Refused | Throttled | Unknown)
    assert error is not None or status < 300
