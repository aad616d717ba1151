"""Whether a channel can be published to now: login, rights, identity, limits, quota."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.contract import Health
from connectors.errors import AuthLost, NotSent
from connectors.youtube.readback import items_of
from connectors.youtube.tokens import AccessTokens
from content.wording import say

if TYPE_CHECKING:
    from connectors.youtube.transport import Api

_ROOT = "https://www.googleapis.com/auth/"
PUBLISHING_SCOPE = f"{_ROOT}youtube.force-ssl"
"""Covers every call of the Data API in this package; captions take no smaller one."""
ANALYTICS_SCOPES = (f"{_ROOT}yt-analytics.readonly",)
FEW_UPLOADS = 10
FEW_UNITS = 1_000

_PROBLEMS = {
    "yt:no-login": "no_login",
    "yt:invalid_grant": "login_lost",
    "yt:invalid_client": "client_lost",
    "yt:deleted_client": "client_lost",
    "yt:unauthorized_client": "client_lost",
    "yt:accessNotConfigured": "api_off",
    "yt:SERVICE_DISABLED": "api_off",
    "yt:youtubeSignupRequired": "no_channel",
    "yt:channelClosed": "channel_closed",
    "yt:channelSuspended": "channel_closed",
}


def standing(api: Api, tokens: AccessTokens, channel: str) -> Health:
    """Health of one channel. `values["warning"]`, when there, is a sentence while `ok` stays true."""
    try:
        tokens.bearer()
        if _lacks_rights(tokens):
            return _trouble("missing_scopes", scopes=PUBLISHING_SCOPE)
        answer = api.run(api.data.channels().list(part="id,snippet,status", mine=True))
    except AuthLost as error:
        if error.code in ("yt:insufficientPermissions", "yt:ACCESS_TOKEN_SCOPE_INSUFFICIENT"):
            return _trouble("missing_scopes", scopes=PUBLISHING_SCOPE)
        problem = _PROBLEMS.get(error.code)
        return _trouble(problem) if problem else _trouble("refused", code=error.code, said=error.detail)
    channels = items_of(answer)
    if not channels:
        return _trouble("no_channel")
    return _judge(channels[0], api, tokens, channel)


def _judge(seen: dict[str, Any], api: Api, tokens: AccessTokens, channel: str) -> Health:
    found, snippet, status = seen.get("id"), seen.get("snippet"), seen.get("status")
    name = snippet.get("title") if isinstance(snippet, dict) else None
    if not isinstance(found, str) or not isinstance(name, str):
        raise NotSent("yt:unreadable", "a channel without id or name")
    if found != channel:
        return _trouble("other_channel", channel=channel, found=found, name=name)
    left = api.quota.left()
    values: dict[str, object] = {f"{bucket}_left": count for bucket, count in left.items()}
    long_uploads = status.get("longUploadsStatus") if isinstance(status, dict) else None
    values["long_uploads"] = long_uploads or ""
    if isinstance(status, dict) and status.get("privacyStatus") == "private":
        return _trouble("channel_hidden", name=name)
    warnings = []
    if long_uploads in ("eligible", "disallowed"):
        warnings.append(say("youtube.warnings.short_only"))
    if tokens.scopes is not None and not tokens.scopes.issuperset(ANALYTICS_SCOPES):
        warnings.append(say("youtube.warnings.no_analytics", scopes=", ".join(ANALYTICS_SCOPES)))
    if left["uploads"] <= FEW_UPLOADS or left["units"] <= FEW_UNITS:
        warnings.append(say("youtube.warnings.quota", uploads=left["uploads"], units=left["units"]))
    if warnings:
        values["warning"] = " ".join(warnings)
    return Health(True, values=values, name=name)


def _lacks_rights(tokens: AccessTokens) -> bool:
    return tokens.scopes is not None and PUBLISHING_SCOPE not in tokens.scopes


def _trouble(problem: str, **values: object) -> Health:
    return Health(False, f"youtube.problems.{problem}", values)
