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

from connectors.errors import AuthLost, ConnectorError, NotSent, NotYet, Refused, Throttled, Unknown
from connectors.http import Answer
from connectors.redact import redact
from content.wording import say

Decision = Literal["refused", "again", "working", "throttled", "night", "token", "auth"]
"""`again`: nothing was done, another try may; `working` and `night`: not yet; `token`: `api` renews it once;
`auth` stops the channel."""

BACK_OFF = timedelta(minutes=1)
"""The limit is per minute (facts §8)."""
WORKING_WAIT = timedelta(seconds=10)
"""Until Zalo is asked again how far it is; in production an article took up to 32 s (facts §2.3)."""
MORNING_HOUR, NIGHT_HOUR = 6, 22
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
"""Zalo does not say in which zone its night is (facts §3.1)."""


@dataclass(frozen=True)
class Row:
    """What one code means for Loa. The sentence for people is `zalo.codes.<code>` of the wording."""

    decision: Decision
    meaning: str
    source: str


CODES: dict[int, Row] = {
    -32: Row("throttled", "the app or the OA reached its calls per minute", "T"),
    -100: Row("refused", "attachment_id was expired", "T"),
    -200: Row("refused", "failed; at verify the article as a whole", "T, P"),
    -201: Row("refused", "a field is invalid", "T, P"),
    -202: Row("auth", "invalid mac", "N"),
    -204: Row("auth", "the OA is disabled", "T"),
    -205: Row("auth", "the OA does not exist", "T"),
    -209: Row("auth", "app not activated, or a dead route", "T, P"),
    -210: Row("refused", "parameter exceeds the allowable limit", "T"),
    -211: Row("refused", "out of quota", "T"),
    -212: Row("auth", "the app has not registered this API", "T"),
    -213: Row("refused", "the user has not followed the OA", "T"),
    -214: Row("working", "the article is being processed", "T, N"),
    -215: Row("auth", "invalid app id", "N"),
    -216: Row("token", "access token is invalid", "T"),
    -218: Row("refused", "out of receive quota", "T"),
    -219: Row("auth", "the app is removed or disabled", "T"),
    -220: Row("token", "access token is expired or removed", "T"),
    -221: Row("auth", "the OA needs to be verified", "T"),
    -223: Row("auth", "the OA has not authorized this API", "T"),
    -224: Row("auth", "the OA needs a higher package", "T"),
    -227: Row("refused", "recipient rule of personal messages", "T"),
    -230: Row("refused", "recipient rule of personal messages", "T"),
    -232: Row("refused", "recipient rule of personal messages", "T"),
    -233: Row("refused", "type rule of personal messages", "T"),
    -234: Row("night", "cannot be sent at night (22:00-06:00)", "T"),
    -235: Row("auth", "not for this type of OA", "T"),
    -240: Row("auth", "this API has been shut down", "T"),
    -242: Row("auth", "invalid appsecret_proof", "T"),
    -244: Row("refused", "recipient rule of personal messages", "T"),
    -248: Row("refused", "violates the platform's standards", "T"),
    -320: Row("auth", "a Zalo Cloud Account must be linked", "T"),
    -321: Row("auth", "the Zalo Cloud Account must be topped up", "T"),
}

# One code, two meanings: only the words tell. Compared in small letters; a code's first hit wins, and the
# third field becomes part of the error's code.
PHRASES: tuple[tuple[int, str, str, Row], ...] = (
    # No stop of the channel: what is prepared already must still come out.
    (-223, "quota", "quota", Row("refused", "the OA's quota of articles is used up", "T, P")),
    (-200, "media", "media", Row("again", "Zalo could not fetch a picture", "P")),
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
        return _unclear(f"zalo:http/{answer.status}", redact(answer.excerpt(), secrets), creates=creates)
    if code:
        said = redact(str(body.get("message") or body.get("error_name") or ""), secrets, longest=300)
        return _documented(code, said, creates=creates, now=now)
    if answer.status == 429:
        return Throttled("zalo:http/429", redact(answer.excerpt(), secrets), retry_at=now + BACK_OFF)
    if code == 0 and answer.status < 300:
        return None
    if answer.status >= 300:
        name = f"zalo:http/{answer.status}"
    else:
        name = "zalo:unreadable" if answer.body.strip() else "zalo:empty"
    return _unclear(name, redact(answer.excerpt(), secrets), creates=creates)


def row_of(code: int, said: str) -> tuple[str, Row | None]:
    """The error's code and its row, told by Zalo's words where the code is double."""
    for phrase_code, phrase, name, row in PHRASES:
        if code == phrase_code and phrase in said.lower():
            return f"zalo:{code}/{name}", row
    return f"zalo:{code}", CODES.get(code)


def sentence(error: ConnectorError, channel: str) -> str:
    """What happened and what to do, for a person; the platform's own words where no sentence is known."""
    code = error.code.removeprefix("zalo:")
    while code:
        key = f"zalo.codes.{code}"
        told = say(key, channel=channel, detail=error.detail)
        if not told.startswith(key):  # `say` answers a key it does not know with the key
            return told
        code = code.rpartition("/")[0]
    return str(error)


def is_being_processed(error: ConnectorError) -> bool:
    return error.code == "zalo:-214"


def is_picture_not_fetched(error: ConnectorError) -> bool:
    return error.code == "zalo:-200/media"


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


def is_night(moment: datetime) -> bool:
    """Whether Zalo takes no broadcast then: 22:00 to 06:00."""
    return not MORNING_HOUR <= moment.astimezone(ZONE).hour < NIGHT_HOUR


def next_morning(moment: datetime) -> datetime:
    """The next 06:00 at home, in UTC."""
    local = moment.astimezone(ZONE)
    morning = local.replace(hour=MORNING_HOUR, minute=0, second=0, microsecond=0)
    return (morning if morning > local else morning + timedelta(days=1)).astimezone(UTC)


def _documented(code: int, said: str, *, creates: bool, now: datetime) -> ConnectorError:
    name, row = row_of(code, said)
    if row is None:
        return _unclear(name, said, creates=creates)
    match row.decision:
        case "refused":
            return Refused(name, said)
        case "again":
            return NotSent(name, said)
        case "working":
            return NotYet(name, said, retry_at=now + WORKING_WAIT)
        case "throttled":
            return Throttled(name, said, retry_at=now + BACK_OFF)
        case "night":
            return NotYet(name, said, retry_at=next_morning(now))
        case "token" | "auth":
            return AuthLost(name, said)


def _unclear(code: str, detail: str, *, creates: bool) -> ConnectorError:
    return Unknown(code, detail) if creates else NotSent(code, detail)
