"""From WordPress's error codes to the five decisions, one row per code, each with its source.

The HTTP status alone misleads: a file of a wrong type is a 500, and a lost password a 400.
Sources:
S  seen on WordPress 6.1.9 (tests/real_wordpress and the probes behind it, 2026-11-22)
F  seen on 6.1.9, 6.8 and 7.1 (facts/website.md §1, 2026-11-21)
C  read in core: wp-includes/rest-api, wp-includes/user.php (6.1.9)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from connectors.http import Answer
from connectors.redact import redact

Decision = Literal["refused", "auth", "right", "unclear", "not_sent"]
"""`right`: AuthLost, or Refused where the request is about one post and the login itself is sound.
`unclear`: Unknown for a request that creates, NotSent for a read. `not_sent`: certainly nothing was done."""

BACK_OFF = timedelta(minutes=5)
LONGEST_REST = timedelta(hours=24)


@dataclass(frozen=True)
class Row:
    """What one code means for Loa."""

    decision: Decision
    meaning: str
    source: str


CODES: dict[str, Row] = {
    "rest_not_logged_in": Row("auth", "user or password is wrong, or did not arrive", "F"),
    "rest_forbidden_status": Row("auth", "drafts asked for without a login", "S"),
    "rest_cannot_create": Row("auth", "the role may not make posts or upload files", "S"),
    "rest_cannot_publish": Row("auth", "the role may write but not publish (contributor)", "S"),
    "incorrect_password": Row("auth", "the application password is wrong", "C"),
    "invalid_username": Row("auth", "no such user", "C"),
    "invalid_email": Row("auth", "no such user", "C"),
    "application_passwords_disabled": Row("auth", "switched off on the site", "C"),
    "application_passwords_disabled_for_user": Row("auth", "switched off for this user", "C"),
    "rest_forbidden": Row("right", "not allowed", "S"),
    "rest_forbidden_context": Row("right", "may not see what is not public", "S"),
    "rest_cannot_edit": Row("right", "somebody else's post", "F"),
    "rest_cannot_edit_others": Row("right", "somebody else's name", "C"),
    "rest_cannot_delete": Row("right", "somebody else's post", "C"),
    "rest_cannot_assign_term": Row("refused", "may not use this category", "C"),
    "rest_invalid_param": Row("refused", "a value WordPress does not take", "F"),
    "rest_missing_callback_param": Row("refused", "a value is missing", "C"),
    "rest_invalid_json": Row("refused", "the body is no JSON", "C"),
    "rest_invalid_field": Row("refused", "a value of the wrong kind", "C"),
    "rest_invalid_featured_media": Row("refused", "no such picture", "C"),
    "empty_content": Row("refused", "neither title nor text", "S"),
    "rest_post_invalid_id": Row("refused", "no such post any more", "S"),
    "rest_term_invalid": Row("refused", "no such tag or category", "C"),
    "term_exists": Row("refused", "the tag is there already", "S"),
    "rest_already_trashed": Row("refused", "in the bin already", "C"),
    "rest_trash_not_supported": Row("refused", "the site has no bin (EMPTY_TRASH_DAYS is 0)", "C"),
    "rest_upload_sideload_error": Row("refused", "a type of file the site does not take; a 500", "S"),
    "rest_upload_invalid_disposition": Row("refused", "the file's name was not understood", "F"),
    "rest_upload_no_content_disposition": Row("refused", "the file's name is missing", "F"),
    "rest_upload_no_content_type": Row("refused", "the file's type is missing", "C"),
    "rest_upload_file_too_big": Row("refused", "larger than the network of sites allows", "C"),
    "rest_upload_limited_space": Row("refused", "the site's storage is full", "C"),
    "rest_upload_hash_mismatch": Row("not_sent", "the file arrived damaged and was not kept", "S"),
    "rest_upload_no_data": Row("not_sent", "the file did not arrive", "C"),
    "rest_no_route": Row("not_sent", "the address exists but this part of the API does not", "S"),
    "rest_upload_unknown_error": Row("unclear", "the file could not be stored", "F"),
    "db_insert_error": Row("unclear", "the database did not take it", "C"),
    "db_update_error": Row("unclear", "the database did not take it", "C"),
    "internal_server_error": Row(
        "unclear", "a plugin or theme crashed, perhaps after the post was stored", "C"
    ),
}


def classify(
    answer: Answer,
    body: Any,
    *,
    creates: bool,
    now: datetime,
    about_one: bool = False,
    secrets: Iterable[str] = (),
) -> ConnectorError | None:
    """The error an answer stands for, or None when it is a good one.

    `body` is the decoded JSON or None; `about_one` says that the request names one post. Good means HTTP
    below 300 and JSON that says so: a site without the API answers its home page with 200.
    """
    if answer.status in (429, 503):  # 503: WordPress in maintenance, or a host's limit
        detail = redact(answer.excerpt(), secrets)
        return Throttled(f"wp:http/{answer.status}", detail, retry_at=now + _rest(answer, now))
    if 200 <= answer.status < 300:
        if body is not None and is_json(answer) and not _is_error(body):
            return None
        code = (
            "wp:empty" if not answer.body.strip() else "wp:unreadable" if is_json(answer) else "wp:not-json"
        )
        return _unclear(code, redact(answer.excerpt(), secrets), creates=creates)
    if _is_error(body):
        return _coded(answer, body, creates=creates, about_one=about_one, secrets=secrets)
    return _bare(answer, redact(answer.excerpt(), secrets), creates=creates)


def is_json(answer: Answer) -> bool:
    """Whether the answer says that it is JSON."""
    return "json" in answer.headers.get("Content-Type", "").lower()


def is_missing(error: ConnectorError) -> bool:
    """The post is gone for good."""
    return error.code.startswith("wp:rest_post_invalid_id/")


def is_role(error: ConnectorError) -> bool:
    """The login is sound, only its role may not do this."""
    return error.code.startswith("wp:rest_") and error.code.endswith("/403")


def _is_error(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("code"), str | int) and "message" in body


def _coded(
    answer: Answer, body: dict[str, Any], *, creates: bool, about_one: bool, secrets: Iterable[str]
) -> ConnectorError:
    code = _innermost(body)
    name = f"wp:{code}/{answer.status}"
    detail = redact(str(body.get("message") or ""), secrets, longest=300)
    row = CODES.get(code)
    decision = row.decision if row else _unlisted(answer.status)
    if answer.status == 401 or decision == "auth":
        return AuthLost(name, detail)
    if decision == "right":
        return Refused(name, detail) if about_one else AuthLost(name, detail)
    if decision == "not_sent":
        return NotSent(name, detail)
    return Refused(name, detail) if decision == "refused" else _unclear(name, detail, creates=creates)


def _innermost(body: dict[str, Any]) -> str:
    """A parameter refused for want of a login hides its reason in the details (S: password revoked → 400)."""
    data = body.get("data")
    details = data.get("details") if isinstance(data, dict) else None
    for detail in details.values() if isinstance(details, dict) else ():
        if isinstance(detail, dict) and detail.get("code") == "rest_forbidden_status":
            return "rest_forbidden_status"
    return str(body["code"])[:60]


def _unlisted(status: int) -> Decision:
    """A plugin's own code: a 403 is about the right to use the API, other 4xx about what was sent."""
    if status == 403:
        return "right"
    return "refused" if 400 <= status < 500 else "unclear"


def _bare(answer: Answer, detail: str, *, creates: bool) -> ConnectorError:
    """No word from WordPress: a web server, a firewall or a proxy speaks."""
    code = f"wp:http/{answer.status}"
    if answer.status == 401:
        return AuthLost(code, detail)
    if answer.status == 413:
        return Refused(code, detail)
    if 300 <= answer.status < 400:
        return _unclear("wp:redirected", redact(answer.headers.get("Location", "")), creates=creates)
    return _unclear(code, detail, creates=creates)


def _unclear(code: str, detail: str, *, creates: bool) -> ConnectorError:
    return Unknown(code, detail) if creates else NotSent(code, detail)


def _rest(answer: Answer, now: datetime) -> timedelta:
    """`Retry-After` in seconds or as a date; at least a second, at most a day."""
    said = answer.headers.get("Retry-After", "").strip()
    wait = BACK_OFF
    if said.isascii() and said.isdigit():
        wait = timedelta(seconds=min(int(said[:9]), LONGEST_REST.total_seconds()))
    elif said:
        try:
            until = parsedate_to_datetime(said)
            wait = (until if until.tzinfo else until.replace(tzinfo=UTC)) - now
        except (ValueError, OverflowError):
            pass
    return min(max(wait, timedelta(seconds=1)), LONGEST_REST)
