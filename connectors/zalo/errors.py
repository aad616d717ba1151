"""From Zalo's codes to the five decisions, one row per code, each with its source.

Application errors normally come with HTTP 200 and `error` ≠ 0, as a number or a numeric string.
Sources, all read by 2026-11-21 (facts/zalo.md §5, §10):
T  the official OA error table as three independent readers give it (S5, S8, S8b)
N  the older table in NukeViet's language file (S3)
P  seen in production: Starasia's log (S15), a client's notes of 2026-08-14 (S12)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from connectors.http import Answer
from connectors.redact import redact
from content.wording import say

Decision = Literal["refused", "again", "throttled", "night", "token", "auth"]
"""`again`: nothing was done, another try may; `token`: `api` renews it once; `auth` stops the channel."""

BACK_OFF = timedelta(minutes=1)
"""The limit is per minute (facts §8)."""
MORNING_HOUR = 6
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Zalo does not say in which zone its night is (facts §3.1)."""


@dataclass(frozen=True)
class Row:
    """What one code means for Loa. `told` names the sentence of `zalo.told` for the person who can help."""

    decision: Decision
    meaning: str
    source: str
    told: str = ""


CODES: dict[int, Row] = {
    -32: Row("throttled", "the app or the OA reached its calls per minute", "T"),
    -100: Row("refused", "attachment_id was expired", "T"),
    -200: Row("refused", "failed; at verify the article as a whole", "T, P"),
    -201: Row("refused", "a field is invalid", "T, P"),
    -202: Row("auth", "invalid mac", "N", "configuration"),
    -204: Row("auth", "the OA is disabled", "T", "oa_disabled"),
    -205: Row("auth", "the OA does not exist", "T", "oa_disabled"),
    -209: Row("auth", "app not activated, or a dead route", "T, P", "configuration"),
    -210: Row("refused", "parameter exceeds the allowable limit", "T"),
    -211: Row("refused", "out of quota", "T", "quota"),
    -212: Row("auth", "the app has not registered this API", "T", "configuration"),
    -213: Row("refused", "the user has not followed the OA", "T"),
    -214: Row("again", "the article is being processed", "T, N"),
    -215: Row("auth", "invalid app id", "N", "configuration"),
    -216: Row("token", "access token is invalid", "T", "token_refused"),
    -218: Row("refused", "out of receive quota", "T", "quota"),
    -219: Row("auth", "the app is removed or disabled", "T", "configuration"),
    -220: Row("token", "access token is expired or removed", "T", "token_refused"),
    -221: Row("auth", "the OA needs to be verified", "T", "package"),
    -223: Row("auth", "the OA has not authorized this API", "T", "consent"),
    -224: Row("auth", "the OA needs a higher package", "T", "package"),
    -227: Row("refused", "recipient rule of personal messages", "T"),
    -230: Row("refused", "recipient rule of personal messages", "T"),
    -232: Row("refused", "recipient rule of personal messages", "T"),
    -233: Row("refused", "type rule of personal messages", "T"),
    -234: Row("night", "cannot be sent at night (22:00-06:00)", "T"),
    -235: Row("auth", "not for this type of OA", "T", "package"),
    -240: Row("auth", "this API has been shut down", "T", "configuration"),
    -242: Row("auth", "invalid appsecret_proof", "T", "configuration"),
    -244: Row("refused", "recipient rule of personal messages", "T"),
    -248: Row("refused", "violates the platform's standards", "T", "standards"),
    -320: Row("auth", "a Zalo Cloud Account must be linked", "T", "cloud_account"),
    -321: Row("auth", "the Zalo Cloud Account must be topped up", "T", "cloud_account"),
}

# One code, two meanings: only the words tell. Compared in small letters; a code's first hit wins.
PHRASES: tuple[tuple[int, str, Row], ...] = (
    # No stop of the channel: what is prepared already must still come out.
    (-223, "quota", Row("refused", "the OA's quota of articles is used up", "T, P", "article_quota")),
    (-200, "media", Row("again", "Zalo could not fetch a picture", "P", "picture_not_fetched")),
)


def classify(
    answer: Answer, body: Any, *, creates: bool, now: datetime, secrets: Iterable[str] = ()
) -> ConnectorError | None:
    """The error an answer stands for, or None when it is a good one.

    Good is HTTP below 300 with a JSON object whose `error` is 0. No code is documented for trouble on
    Zalo's side, so a 5xx is unclear whatever it carries.
    """
    code = number(body.get("error")) if isinstance(body, dict) else None
    if answer.status >= 500:
        return _unclear(f"zalo:http-{answer.status}", redact(answer.excerpt(), secrets), creates=creates)
    if code:
        said = redact(str(body.get("message") or body.get("error_name") or ""), secrets, longest=300)
        return _documented(code, said, creates=creates, now=now)
    if answer.status == 429:
        return Throttled("zalo:http-429", redact(answer.excerpt(), secrets), retry_at=now + BACK_OFF)
    if code == 0 and answer.status < 300:
        return None
    if answer.status >= 300:
        name = f"zalo:http-{answer.status}"
    else:
        name = "zalo:unreadable" if answer.body.strip() else "zalo:empty"
    return _unclear(name, redact(answer.excerpt(), secrets), creates=creates)


def row_of(code: int, said: str) -> Row | None:
    """The row of a code, by its words where the code is double."""
    for phrase_code, phrase, row in PHRASES:
        if code == phrase_code and phrase in said.lower():
            return row
    return CODES.get(code)


def is_being_processed(error: ConnectorError) -> bool:
    return error.code == "zalo:-214"


def is_picture_not_fetched(error: ConnectorError) -> bool:
    return error.code == "zalo:-200" and isinstance(error, NotSent)


def is_token_refused(error: ConnectorError) -> bool:
    return error.code in ("zalo:-216", "zalo:-220")


def number(value: Any) -> int | None:
    """Codes, counts and times come as numbers or as digits in a string."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str) and len(value) <= 20 and value.isascii() and value.lstrip("-").isdigit():
        try:
            return int(value)
        except ValueError:  # "--5"
            return None
    return None


def _documented(code: int, said: str, *, creates: bool, now: datetime) -> ConnectorError:
    name, row = f"zalo:{code}", row_of(code, said)
    if row is None:
        return _unclear(name, said, creates=creates)
    detail = " ".join(filter(None, (say(f"zalo.told.{row.told}") if row.told else "", said)))
    match row.decision:
        case "refused":
            return Refused(name, detail)
        case "again":
            return NotSent(name, detail)
        case "throttled":
            return Throttled(name, detail, retry_at=now + BACK_OFF)
        case "night":
            return Throttled(name, detail, retry_at=_next_morning(now))
        case "token" | "auth":
            return AuthLost(name, detail)


def _next_morning(now: datetime) -> datetime:
    local = now.astimezone(ZONE)
    morning = local.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return (morning if morning > local else morning + timedelta(days=1)).astimezone(UTC)


def _unclear(code: str, detail: str, *, creates: bool) -> ConnectorError:
    return Unknown(code, detail) if creates else NotSent(code, detail)
