"""Zalo's token endpoint: one form, one answer, never repeated here (facts §1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from connectors.errors import AuthLost, NotSent, Unknown
from connectors.http import Answer, Http
from connectors.redact import redact
from connectors.zalo.errors import number
from connectors.zalo.settings import Settings

TIMEOUT_S = 15.0
BAD_TOKEN = -14014
CONFIGURATION = (-14002, -14003)
LIMIT = -32


def ask(
    http: Http, settings: Settings, app: tuple[str, str], fields: Mapping[str, str], hidden: Iterable[str]
) -> Answer:
    """Form fields and the header `secret_key`. `app` is its id and its secret; no error carries a secret.

    Raises AuthLost for a secret that cannot be sent, NotSent when nothing left, else Unknown.
    """
    app_id, app_secret = app
    if not all(sendable(secret) for secret in (*app, *fields.values())):
        raise AuthLost("zalo:malformed-secret")
    try:
        return http.call(
            "POST",
            settings.token_url,
            creates=True,
            total_timeout_s=min(TIMEOUT_S, settings.timeout_s),
            headers={"secret_key": app_secret},
            data={"app_id": app_id, **fields},
        )
    except (NotSent, Unknown) as error:
        raise type(error)(error.code, redact(error.detail, (*hidden, *app, *fields.values()))) from None


def pair_in(answer: Answer) -> tuple[str, str, timedelta | None] | None:
    """Access token, new refresh token (maybe empty) and life, or None when there is no usable answer.

    A pair is never thrown away for want of `expires_in`: it is the only one there is.
    """
    body = answer.json()
    if not isinstance(body, dict) or answer.status >= 300 or number(body.get("error", 0)) not in (0, None):
        return None
    access, refresh = body.get("access_token"), body.get("refresh_token") or ""
    if not isinstance(access, str) or not isinstance(refresh, str) or not sendable(access):
        return None
    lives = number(body.get("expires_in"))
    return access, refresh, timedelta(seconds=lives) if lives and 0 < lives < 10**8 else None


def code_in(answer: Answer) -> int | None:
    """The endpoint's error code, where its answer can be believed."""
    body = answer.json()
    return number(body.get("error")) if isinstance(body, dict) and answer.status < 500 else None


def words(answer: Answer) -> str:
    """Zalo's words for people only: half an answer may hold a whole token."""
    body = answer.json()
    if not isinstance(body, dict):
        return f"({len(answer.body)} bytes)"
    names = ("error", "error_name", "message", "error_reason", "error_description")
    return " ".join(str(body[name]) for name in names if isinstance(body.get(name), str | int) and body[name])


def sendable(secret: str) -> bool:
    """A pasted secret with a stray letter cannot go into a header, and the error would print it."""
    return bool(secret) and secret.isascii() and secret.isprintable() and " " not in secret
