"""Zalo's three signatures as pure functions, held to the outputs of Zalo's own Java SDK.

Vectors: `tests/oracles/zalo_data/signature-vectors.json` (zaloplatform/zalo-java-sdk @ d869903).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from urllib.parse import parse_qs, urlencode, urlsplit

VERIFIER_LENGTH = 43
"""What PKCEUtil makes and RFC 7636 allows as the shortest."""


def new_verifier() -> str:
    """A PKCE verifier of 43 letters, from the system's random source."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """S256: base64url without padding of the raw SHA-256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def app_secret_proof(app_secret: str, access_token: str) -> str:
    """Lower-case hex HMAC-SHA256, key the app secret, message the access token."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def webhook_mac(app_id: str, raw_body: str, timestamp: str, oa_secret_key: str) -> str:
    """The `X-ZEvent-Signature` header of an event: a plain SHA-256, not an HMAC, over the raw body."""
    plain = f"{app_id}{raw_body}{timestamp}{oa_secret_key}"
    return "mac=" + hashlib.sha256(plain.encode()).hexdigest()


def consent_url(oauth_url: str, *, app_id: str, redirect_uri: str, challenge: str, state: str) -> str:
    """Where an OA's administrator grants the app its rights (`pkce_mode` request).

    The `/oa/` in the path matters: without it Zalo logs in a person and gives another kind of token. In
    mode `console` the link is copied from Zalo's console, which holds the one challenge (facts §1).
    """
    fields = {"app_id": app_id, "redirect_uri": redirect_uri, "code_challenge": challenge, "state": state}
    return f"{oauth_url.rstrip('/')}/v4/oa/permission?{urlencode(fields)}"


def read_callback(address: str, *, oa_id: str = "", state: str = "") -> tuple[str, str]:
    """(code, problem) of the address Zalo sent the administrator back to; one of the two is empty.

    The problem is a key of `zalo.login`. Another OA's code must never be redeemed here; without `oa_id` any
    OA's is taken. `state` is compared when both sides have one: whether a console-made link returns it is
    unknown (facts §11.3).
    """
    try:
        fields = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    except ValueError:
        return "", "no_code"
    if "error_code" in fields:
        return "", "callback_error"
    if not fields.get("code"):
        return "", "no_code"
    if not fields.get("oa_id"):
        return "", "no_oa"
    if oa_id and fields["oa_id"] != oa_id:
        return "", "other_oa_code"
    if state and fields.get("state") and not hmac.compare_digest(fields["state"].encode(), state.encode()):
        return "", "other_state"
    return fields["code"], ""
