"""Zalo's token endpoint: single-use refresh tokens and one-use codes (facts §1)."""

from __future__ import annotations

import base64
import hashlib
import secrets

from connectors.practice.wire import Reply
from connectors.practice.zalo.wire import Call, ZaloError, answer
from connectors.practice.zalo.world import ACCESS_LIVES, CODE_LIVES, Oa, World

PATH = "/v4/oa/access_token"


def token(world: World, call: Call) -> Reply:
    """A pair for a refresh token or code. A used token gets HTTP 200 and no body, as seen in production."""
    if call.method != "POST":
        raise ZaloError(-14001, "", error_name="Invalid method.")
    fields = call.form()
    by_app = [oa for oa in world.oas.values() if oa.app_id == fields.get("app_id")]
    if not by_app or not any(_same(oa.app_secret, call.headers.get("secret_key", "")) for oa in by_app):
        raise ZaloError(-14002, "", error_name="Invalid appId", error_reason="App is not active")
    if fields.get("grant_type") == "authorization_code":
        return _pair(world, _by_code(world, fields))
    if fields.get("grant_type") != "refresh_token":
        raise ZaloError(-14004, "", error_name="Invalid grant type.")
    given = fields.get("refresh_token", "")
    for oa in by_app:
        if given and given in oa.used:
            oa.refused_refreshes += 1
            return Reply(200, b"", None)
        alive = oa.refresh_until is None or world.now() < oa.refresh_until
        if given and _same(oa.refresh_token, given) and alive:
            oa.refreshes += 1
            return _pair(world, oa)
    by_app[0].refused_refreshes += 1
    raise invalid_refresh_token(as_text=by_app[0].refused_refreshes % 2 == 0)


def invalid_refresh_token(*, as_text: bool = False) -> ZaloError:
    """Seen with the code as a number and as a string."""
    code: int | str = "-14014" if as_text else -14014
    return ZaloError(code, "", error_name="Invalid refresh token.", access_token="", refresh_token="")


def _by_code(world: World, fields: dict[str, str]) -> Oa:
    held = world.codes.pop(fields.get("code", ""), None)  # one use, right or wrong
    if held is None or world.now() >= held[2] + CODE_LIVES:
        raise ZaloError(-14005, "", error_name="Invalid authorization code.")
    digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
    challenge = world.oas[held[0]].challenge or held[1]  # the console's, where it holds one
    if challenge and not _same(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge):
        raise ZaloError(-14006, "", error_name="Invalid code verifier.")
    return world.oas[held[0]]


def _pair(world: World, oa: Oa) -> Reply:
    access, refresh = world.issue(oa)
    seconds = int(ACCESS_LIVES.total_seconds())
    expires = str(seconds) if world.expires_as_text else seconds
    return answer({"access_token": access, "refresh_token": refresh, "expires_in": expires})


def _same(one: str, other: str) -> bool:
    return secrets.compare_digest(one.encode(), other.encode())
