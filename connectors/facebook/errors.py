"""From Facebook's documented codes to the five decisions, one row per code, each with its source.

Sources, all read by 2026-11-21:
D  Meta, "Handling Errors" and "Rate Limits"
R  Meta, error tables of the Page /feed, /photos and /insights references (mirror of 2026-09-11)
P  gitroomhq/postiz-app, `facebook.provider.ts` (subcodes seen in production)
U  `facebook_business/video_uploader.py` 26.0.3 and Meta's Android share SDK (uploads)
K  arsduo/koala #422, #699 (a 500 with code 2 after the post had gone out, August 2025)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from connectors.facebook.usage import minutes_until_access
from connectors.http import Answer
from connectors.redact import redact

Decision = Literal["refused", "unclear", "throttled", "auth", "duplicate"]
"""`unclear` is Unknown for a request that creates and NotSent for a read; `duplicate` see `is_duplicate`."""

BACK_OFF = timedelta(minutes=5)
POSTING_TOO_FAST = timedelta(hours=1)


@dataclass(frozen=True)
class Row:
    """What one code means for Loa; `wait` is the shortest rest after a throttle."""

    decision: Decision
    meaning: str
    source: str
    wait: timedelta = BACK_OFF


# Subcodes are unique across codes, so a row of this table wins over the row of the bare code.
SUBCODES: dict[int, Row] = {
    458: Row("auth", "the app was removed", "D"),
    459: Row("auth", "checkpoint: the person must log in to Facebook", "D"),
    460: Row("auth", "password changed", "D"),
    463: Row("auth", "token expired", "D"),
    464: Row("auth", "unconfirmed user", "D"),
    467: Row("auth", "token invalid", "D"),
    492: Row("auth", "no role on the Page any more", "D"),
    1404078: Row("auth", "Page Publishing Authorization needed", "P"),
    4854002: Row("auth", "identity must be confirmed", "P"),
    1404006: Row("auth", "security check", "P"),
    1404112: Row("auth", "account limited", "P"),
    1363047: Row("unclear", "try again", "P"),
    1609010: Row("unclear", "try again", "P"),
    1363037: Row("unclear", "upload: go on at the offsets that come with it", "U"),
    1363019: Row("unclear", "upload: send the chunk again", "U"),
    1363021: Row("unclear", "upload: send the chunk again", "U"),
    1363030: Row("unclear", "upload: send the chunk again", "U"),
    1363033: Row("unclear", "upload: send the chunk again", "U"),
    1363041: Row("unclear", "upload: send the chunk again", "U"),
    1390008: Row("throttled", "posting too fast", "P, PR #2068", POSTING_TOO_FAST),
    1366051: Row("duplicate", "these photos were already posted", "P"),
    1346003: Row("refused", "abusive content", "P"),
    1404102: Row("refused", "community standards", "P"),
    1609005: Row("refused", "the link cannot be scraped", "P"),
    1609008: Row("refused", "links to facebook.com are refused", "P"),
    2061006: Row("refused", "bad address", "P"),
    1349125: Row("refused", "bad content", "P"),
    1366046: Row("refused", "photo must be JPG or PNG below 4 MB", "P"),
    2069019: Row("refused", "bad file", "P"),
    1504028: Row("refused", "no insights metric named", "R"),
}

CODES: dict[int, Row] = {
    1: Row("unclear", "unknown error", "D"),
    2: Row("unclear", "service temporarily unavailable; posts went out all the same", "D, K"),
    4: Row("throttled", "app limit", "D"),
    17: Row("throttled", "user limit", "D"),
    32: Row("throttled", "Page limit", "D"),
    341: Row("throttled", "application limit", "D"),
    613: Row("throttled", "custom limit", "D"),
    80001: Row("throttled", "Page business-use-case limit", "D"),
    368: Row("throttled", "temporarily blocked for acting too fast", "D, P", POSTING_TOO_FAST),
    3: Row("auth", "no capability", "D"),
    10: Row("auth", "permission denied or removed", "D"),
    102: Row("auth", "session key invalid", "D"),
    104: Row("auth", "bad signature or no token", "D"),
    190: Row("auth", "token invalid", "D"),
    101: Row("refused", "no such app, or the wrong app secret", "D"),
    2500: Row("auth", "no token", "D"),
    506: Row("duplicate", "same text twice in a row", "D"),
    100: Row("refused", "invalid parameter", "D"),
    324: Row("refused", "missing or invalid image", "R"),
    382: Row("refused", "video too small", "R"),
    389: Row("refused", "file cannot be fetched", "R"),
    3001: Row("refused", "invalid query", "R"),
    6000: Row("refused", "the file is not as expected", "R"),
    6001: Row("unclear", "upload: try again", "R"),
}

PERMISSIONS = range(200, 300)
_PERMISSION = Row("auth", "permission not granted or removed", "D")

UPLOAD_ERRORS = ("OffsetInvalidError", "PartialRequestError", "ProcessingFailedError")
"""What rupload may say of the bytes of a Reel; each is settled by asking how far the upload is."""

# One code, two meanings, no subcode: only the words tell. The whole phrase is asked for, never a number.
PHRASES: tuple[tuple[int, str, Row], ...] = (
    (368, "already posted this", Row("duplicate", "same content again", "K #422")),
    (100, "appsecret_proof", Row("auth", "the app secret does not fit the token", "D")),
)


def classify(
    answer: Answer, body: Any, *, creates: bool, now: datetime, secrets: Iterable[str] = ()
) -> ConnectorError | None:
    """The error an answer stands for, or None when it is a good one.

    `body` is the decoded JSON or None. Good means HTTP below 300, a JSON object, and no `error` in it:
    Facebook also answers 200 with an `error`, and HTML with 502.
    """
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        return _documented(answer, error, creates=creates, now=now, secrets=secrets)
    upload = body.get("debug_info") if isinstance(body, dict) else None
    if isinstance(upload, dict):  # rupload's own shape (Meta, "Reels Publishing API", 2026-11)
        kind = str(upload.get("type"))
        code = f"fb:upload/{kind}" if kind in UPLOAD_ERRORS else f"fb:http-{answer.status}"
        return _unclear(code, redact(str(upload.get("message")), secrets, longest=300), creates=creates)
    if error:  # OAuth-style: {"error": "invalid_request", "error_description": "…"}
        return _unclear(f"fb:http-{answer.status}", redact(str(body), secrets, longest=300), creates=creates)
    if answer.status == 429:
        return Throttled("fb:http-429", answer.excerpt(), retry_at=now + _wait(answer, BACK_OFF))
    if isinstance(body, dict) and 200 <= answer.status < 300:
        return None
    if answer.status >= 300:
        code = f"fb:http-{answer.status}"
    else:
        code = "fb:unreadable" if answer.body.strip() else "fb:empty"
    return _unclear(code, redact(answer.excerpt(), secrets), creates=creates)


def is_duplicate(error: ConnectorError) -> bool:
    """Facebook said it has this already: after an unclear first try that is probably our own post."""
    return error.code.endswith("/duplicate")


def is_missing(error: ConnectorError) -> bool:
    """The object is gone, not yet visible, or never was (100 with subcode 33)."""
    return error.code == "fb:100/33"


def is_permission(error: ConnectorError) -> bool:
    """A right is missing while the token itself is sound."""
    code = error.code.removeprefix("fb:").partition("/")[0]
    return code in ("3", "10") or (code.isdigit() and int(code) in PERMISSIONS)


def _documented(
    answer: Answer, error: dict[str, Any], *, creates: bool, now: datetime, secrets: Iterable[str]
) -> ConnectorError:
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    said = str(error.get("message") or "")
    row = _row(code, subcode, said)
    name = f"fb:{code if code is not None else 'http-' + str(answer.status)}"
    name += f"/{subcode}" if subcode else ""
    words = [said, str(error.get("error_user_msg") or ""), f"[{error.get('fbtrace_id') or 'no trace id'}]"]
    detail = redact(" ".join(filter(None, words)), secrets)

    shaky = answer.status >= 500 or error.get("is_transient") is True
    if row is None or row.decision == "unclear" or (shaky and row.decision in ("refused", "duplicate")):
        return _unclear(name, detail, creates=creates)
    if row.decision == "auth":
        return AuthLost(name, detail)
    if row.decision == "throttled":
        return Throttled(name, detail, retry_at=now + _wait(answer, row.wait))
    return Refused(name + ("/duplicate" if row.decision == "duplicate" else ""), detail)


def _row(code: int | None, subcode: int | None, said: str) -> Row | None:
    if subcode in SUBCODES:
        return SUBCODES[subcode]
    for phrase_code, phrase, row in PHRASES:
        if code == phrase_code and phrase in said:
            return row
    if code in CODES:
        return CODES[code]
    return _PERMISSION if code in PERMISSIONS else None


def _unclear(code: str, detail: str, *, creates: bool) -> ConnectorError:
    return Unknown(code, detail) if creates else NotSent(code, detail)


def _wait(answer: Answer, shortest: timedelta) -> timedelta:
    return max(shortest, timedelta(minutes=minutes_until_access(answer.headers)))


def _number(value: Any) -> int | None:
    """Codes come as numbers, and in old answers as digits in a string."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    whole = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19
    return int(value) if whole else None
