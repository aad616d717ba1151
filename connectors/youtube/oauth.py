"""Google's OAuth endpoints, as far as signing in and renewing need them.

RFC 6749 with PKCE (7636) and a loopback redirect (8252), and the device grant (8628) for clients of the kind
"TVs and limited input", whose list of scopes is short (Google, "OAuth 2.0 for TV and Limited-Input Device
Applications", "Allowed scopes"; facts §4).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.errors import AuthLost, ConnectorError, NotSent, Throttled
from connectors.http import Http
from connectors.redact import redact
from connectors.youtube.errors import SLOWER

LOGIN_TIMEOUT_S = 10.0
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"

_ROOT = "https://www.googleapis.com/auth/"
MANAGE = f"{_ROOT}youtube.force-ssl"
"""Covers every call of the Data API in this package; captions take no smaller one."""
MANAGE_BY_DEVICE = f"{_ROOT}youtube"
"""The largest that a device code can bring: everything but captions."""
READ = f"{_ROOT}youtube.readonly"
MEASURE = f"{_ROOT}yt-analytics.readonly"

_REFUSALS = (400, 401, 403, 428)
"""428 is how Google answers `authorization_pending`."""
_LONGEST = timedelta(days=365)


class OAuthRefusal(AuthLost):
    """Google said no in OAuth's own words; `word` is such a one: invalid_grant, slow_down …"""

    def __init__(self, word: str, detail: str = "") -> None:
        super().__init__(f"yt:{word}", detail)
        self.word = word


@dataclass(frozen=True)
class Grant:
    """Tokens as handed out. `scopes` is None when Google did not say; `ends_at` of the refresh token."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    scopes: frozenset[str] | None
    lasts: timedelta
    ends_at: datetime | None

    @staticmethod
    def of(body: Mapping[str, Any], now: datetime) -> Grant:
        """Raises NotSent for an answer without a usable access token."""
        token, refresh, scope = (body.get(name) for name in ("access_token", "refresh_token", "scope"))
        if not is_token(token):
            raise NotSent("yt:login-unclear", "an answer without a token")
        ends = _span(body.get("refresh_token_expires_in"))
        return Grant(
            access_token=str(token),
            refresh_token=str(refresh) if is_token(refresh) else "",
            scopes=frozenset(scope.split()) if isinstance(scope, str) else None,
            lasts=min(_span(body.get("expires_in")), timedelta(days=1)),
            ends_at=now + ends if ends else None,
        )


def ask(
    http: Http, url: str, form: Mapping[str, str], *, hide: Iterable[str], now: datetime
) -> dict[str, Any]:
    """`POST` to an OAuth endpoint. Raises OAuthRefusal, Throttled or NotSent: nothing here publishes."""
    try:
        answer = http.call("POST", url, creates=False, total_timeout_s=LOGIN_TIMEOUT_S, data=dict(form))
    except ConnectorError as error:
        raise NotSent(error.code, redact(error.detail, hide)) from None
    body = answer.json()
    if answer.status == 200 and isinstance(body, dict):
        return body
    detail = redact(f"login: HTTP {answer.status} {answer.excerpt()}", hide, longest=300)
    word = body.get("error") if isinstance(body, dict) else None
    if answer.status == 429:
        raise Throttled("yt:login-429", detail, retry_at=now + SLOWER)
    if answer.status in _REFUSALS and isinstance(word, str) and word.isascii():
        raise OAuthRefusal(word[:40], detail)
    raise NotSent("yt:login-unclear", detail)


def consent_address(
    root: str, *, client_id: str, redirect: str, scopes: Iterable[str], state: str, verifier: str
) -> str:
    """Where a person consents. `prompt=consent` brings a refresh token also at the second time."""
    query = {
        "client_id": client_id,
        "redirect_uri": redirect,
        "response_type": "code",
        "scope": " ".join(scopes),
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "access_type": "offline",
        "prompt": "consent select_account",
    }
    return f"{root}?{urlencode(query)}"


def challenge_of(verifier: str) -> str:
    """PKCE, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def redirected(address: str) -> dict[str, str]:
    """What the browser was sent back with; empty for a text that is no such address."""
    try:
        return dict(parse_qsl(urlsplit(address.strip()).query))
    except ValueError:
        return {}


def is_token(value: Any) -> bool:
    """Something that can travel in a header."""
    return (
        isinstance(value, str)
        and bool(value)
        and value.isascii()
        and value.isprintable()
        and " " not in value
    )


def _span(seconds: Any) -> timedelta:
    sound = isinstance(seconds, int | float) and not isinstance(seconds, bool) and 0 < seconds < 1e12
    return min(timedelta(seconds=seconds), _LONGEST) if sound else timedelta()
