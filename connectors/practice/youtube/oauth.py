"""Google's OAuth endpoints as the practice platform plays them: codes with PKCE, device codes, renewals."""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.practice.wire import Reply
from connectors.practice.youtube.wire import JSON, good
from connectors.practice.youtube.world import TOKEN_LASTS_S, Channel, World

_AUTH = "https://www.googleapis.com/auth/"
SCOPES = tuple(
    f"{_AUTH}{name}" for name in ("youtube.force-ssl", "youtube", "youtube.readonly", "yt-analytics.readonly")
)
DEVICE_SCOPES = frozenset({f"{_AUTH}youtube", f"{_AUTH}youtube.readonly"})
"""Google, "OAuth 2.0 for TV and Limited-Input Device Applications", "Allowed scopes"."""
CODE_LASTS = timedelta(minutes=10)
DEVICE_LASTS = timedelta(minutes=30)
INTERVAL = timedelta(seconds=5)
TESTING_LASTS = timedelta(days=7)
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class Denied(Exception):
    """An error in OAuth's words, with the status Google gives it."""

    def __init__(self, status: int, word: str, said: str) -> None:
        super().__init__(word)
        self.status, self.word, self.said = status, word, said

    def reply(self) -> Reply:
        body = {"error": self.word, "error_description": self.said}
        return Reply(self.status, json.dumps(body).encode(), JSON)


@dataclass(frozen=True)
class Consent:
    """What a consent page was asked for."""

    client_id: str
    redirect: str
    scopes: tuple[str, ...]
    state: str
    challenge: str
    offline: bool


@dataclass
class _Device:
    client_id: str
    user_code: str
    scopes: tuple[str, ...]
    until: datetime
    asked_at: datetime | None = None
    channel: str = ""
    denied: bool = False


class Logins:
    """Codes that are out, and who may have them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.clear()

    def clear(self) -> None:
        self._codes: dict[str, tuple[Consent, str, tuple[str, ...], datetime]] = {}
        self._devices: dict[str, _Device] = {}
        self._numbers = itertools.count(1)

    def answer(self, operation: str, body: bytes) -> Reply:
        """`POST /token` and `POST /device/code`."""
        form = {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        try:
            return self._device_code(form) if operation == "device" else self._token(form)
        except Denied as denied:
            return denied.reply()

    def of_client(self, client_id: str) -> list[Channel]:
        return [channel for channel in self.world.channels.values() if channel.client_id == client_id]

    # a person at a browser

    def consent(self, query: dict[str, str]) -> Consent:
        """What a consent address asks for; raises Denied for what Google shows an error page for."""
        channels = self.of_client(query.get("client_id", ""))
        if not channels:
            raise Denied(401, "invalid_client", "The OAuth client was not found.")
        redirect = urlsplit(query.get("redirect_uri", ""))
        loopback = redirect.scheme == "http" and redirect.hostname in ("127.0.0.1", "localhost", "::1")
        if not loopback or all(channel.client_kind == "tv" for channel in channels):
            raise Denied(400, "redirect_uri_mismatch", "Only loopback addresses, and no TV clients.")
        scopes = tuple(query.get("scope", "").split())
        if not scopes or not set(scopes) <= set(SCOPES):
            raise Denied(400, "invalid_scope", "Some requested scopes are not known here.")
        if query.get("response_type") != "code" or query.get("code_challenge_method") != "S256":
            raise Denied(400, "invalid_request", "response_type=code with code_challenge_method=S256 only.")
        return Consent(
            query["client_id"],
            query["redirect_uri"],
            scopes,
            query.get("state", ""),
            query.get("code_challenge", ""),
            query.get("access_type") == "offline",
        )

    def agreed(self, consent: Consent, channel: str, scopes: tuple[str, ...]) -> str:
        """The address the browser is sent to."""
        code = f"4/0practice-{next(self._numbers):06d}-{secrets.token_urlsafe(9)}"
        given = tuple(scope for scope in consent.scopes if scope in scopes)
        self._codes[code] = (consent, channel, given, self.world.now() + CODE_LASTS)
        return _back(consent, code=code, scope=" ".join(given))

    def declined(self, consent: Consent) -> str:
        return _back(consent, error="access_denied")

    def waiting(self, user_code: str) -> _Device | None:
        """The device that shows this code."""
        found = (device for device in self._devices.values() if device.user_code == user_code.strip().upper())
        return next((device for device in found if device.until > self.world.now()), None)

    # a program

    def _token(self, form: dict[str, str]) -> Reply:
        clients = self.of_client(form.get("client_id", ""))
        if not any(_same(channel.client_secret, form.get("client_secret", "")) for channel in clients):
            raise Denied(401, "invalid_client", "The OAuth client was not found.")
        match form.get("grant_type"):
            case "refresh_token":
                return self._renewed(clients, form.get("refresh_token", ""))
            case "authorization_code":
                return self._by_code(form)
            case grant if grant == _DEVICE_GRANT:
                return self._by_device(form)
        raise Denied(400, "unsupported_grant_type", "Invalid grant_type")

    def _renewed(self, clients: list[Channel], given: str) -> Reply:
        held = next((channel for channel in clients if _same(channel.refresh_token, given)), None)
        if held is None and not any(given in channel.spent for channel in clients):
            raise Denied(400, "invalid_grant", "Bad Request")
        ended = held is not None and held.login_ends_at is not None and self.world.now() >= held.login_ends_at
        if held is None or held.revoked or ended:
            raise Denied(400, "invalid_grant", "Token has been expired or revoked.")
        answer = self._tokens(held)
        if held.rotates:
            held.rotates = False
            held.spent.add(held.refresh_token)
            held.refresh_token = answer["refresh_token"] = f"{held.refresh_token}-next"
        return good(answer)

    def _by_code(self, form: dict[str, str]) -> Reply:
        consent, channel, scopes, until = self._codes.pop(form.get("code", ""), (None, "", (), None))
        if consent is None or until is None or self.world.now() >= until:
            raise Denied(400, "invalid_grant", "Malformed auth code.")
        if (consent.client_id, consent.redirect) != (form.get("client_id"), form.get("redirect_uri")):
            raise Denied(400, "redirect_uri_mismatch", "Bad Request")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if not _same(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), consent.challenge):
            raise Denied(400, "invalid_grant", "Invalid code verifier.")
        return self._granted(channel, scopes, offline=consent.offline)

    def _device_code(self, form: dict[str, str]) -> Reply:
        channels = self.of_client(form.get("client_id", ""))
        if not channels or all(channel.client_kind == "desktop" for channel in channels):
            raise Denied(401, "invalid_client", "Invalid client type.")
        scopes = tuple(form.get("scope", "").split())
        if not scopes or not set(scopes) <= DEVICE_SCOPES:
            raise Denied(400, "invalid_scope", "Invalid device flow scope")
        number = next(self._numbers)
        device = _Device(form["client_id"], f"LOA-{number:04d}", scopes, self.world.now() + DEVICE_LASTS)
        name = f"practice-device-{number}-{secrets.token_urlsafe(9)}"
        self._devices[name] = device
        return good(
            {
                "device_code": name,
                "user_code": device.user_code,
                "verification_url": f"{self.world.url}/device",
                "expires_in": int(DEVICE_LASTS.total_seconds()),
                "interval": int(INTERVAL.total_seconds()),
            }
        )

    def _by_device(self, form: dict[str, str]) -> Reply:
        device, now = self._devices.get(form.get("device_code", "")), self.world.now()
        if device is None or device.client_id != form.get("client_id"):
            raise Denied(400, "invalid_grant", "Malformed device code.")
        if now >= device.until:
            raise Denied(400, "expired_token", "The device code has expired.")
        asked_at, device.asked_at = device.asked_at, now
        if asked_at is not None and now - asked_at < INTERVAL:
            raise Denied(403, "slow_down", "Polling too frequently.")
        if device.denied:
            raise Denied(403, "access_denied", "The user denied the request.")
        if not device.channel:
            raise Denied(428, "authorization_pending", "Precondition Required")
        del self._devices[form["device_code"]]
        return self._granted(device.channel, device.scopes, offline=True)

    def _granted(self, channel: str, scopes: tuple[str, ...], *, offline: bool) -> Reply:
        """A new login of this channel; the one before it is worth nothing any more."""
        held = self.world.channels[channel]
        self.world.expire(held)
        held.scopes, held.revoked = scopes, False
        answer = self._tokens(held)
        if held.withheld:
            held.withheld -= 1
        elif offline:
            held.spent.add(held.refresh_token)
            held.refresh_token = f"1//0practice-{next(self._numbers):06d}-{secrets.token_urlsafe(12)}"
            held.login_ends_at = self.world.now() + TESTING_LASTS if held.testing else None
            answer["refresh_token"] = held.refresh_token
            if held.testing:
                answer["refresh_token_expires_in"] = int(TESTING_LASTS.total_seconds())
        return good(answer)

    def _tokens(self, channel: Channel) -> dict[str, Any]:
        return {
            "access_token": self.world.grant(channel),
            "expires_in": TOKEN_LASTS_S,
            "scope": " ".join(channel.scopes),
            "token_type": "Bearer",
        }


def _back(consent: Consent, **told: str) -> str:
    return f"{consent.redirect}?{urlencode({'state': consent.state, **told})}"


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())
