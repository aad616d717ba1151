"""Whether a channel can be published to now: login, rights, identity, limits, quota."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from connectors.contract import Context, Figure, Health
from connectors.counts import whole
from connectors.errors import AuthLost, NotSent, Throttled
from connectors.youtube.oauth import MANAGE, MANAGE_BY_DEVICE, MEASURE
from connectors.youtube.quota import next_reset
from connectors.youtube.readback import items_of
from connectors.youtube.settings import Settings
from connectors.youtube.tokens import AccessTokens
from content.wording import say

if TYPE_CHECKING:
    from connectors.youtube.transport import Api

FEW_UPLOADS = 10
FEW_UNITS = 1_000
ROUNDED_FROM = 1_000

_PROBLEMS = {
    "yt:no-login": "no_login",
    "yt:invalid_grant": "login_lost",
    "yt:invalid_client": "client_lost",
    "yt:deleted_client": "client_lost",
    "yt:unauthorized_client": "client_lost",
    "yt:authError": "token_refused",
    "yt:accessNotConfigured": "api_off",
    "yt:SERVICE_DISABLED": "api_off",
    "yt:youtubeSignupRequired": "no_channel",
    "yt:channelClosed": "channel_closed",
    "yt:channelSuspended": "channel_closed",
}
_SCOPE_CODES = ("yt:insufficientPermissions", "yt:ACCESS_TOKEN_SCOPE_INSUFFICIENT")
_QUOTA_CODES = ("yt:quotaExceeded", "yt:dailyLimitExceeded")
_MISTYPED = "Bad Request"
"""How Google describes an `invalid_grant` of a refresh token it never gave to this client; one that it gave
is "expired or revoked". Seen in the field, not documented: without it the general sentence is told."""


def standing(api: Api, tokens: AccessTokens, context: Context, settings: Settings) -> Health:
    """Health of one channel. `values["warning"]`, when there, is a sentence while `ok` stays true."""
    try:
        tokens.bearer()
        if _lacks_rights(tokens, settings):
            return _trouble("missing_scopes", scopes=_wanted(settings))
        answer = api.run(api.data.channels().list(part="id,snippet,status,statistics", mine=True))
    except AuthLost as error:
        if error.code in _SCOPE_CODES:
            return _trouble("missing_scopes", scopes=_wanted(settings))
        if error.code == "yt:invalid_grant" and _MISTYPED in error.detail:
            return _trouble("login_unknown")
        problem = _PROBLEMS.get(error.code)
        return _trouble(problem) if problem else _trouble("refused", code=error.code, said=error.detail)
    except Throttled as error:
        if error.code not in _QUOTA_CODES:
            raise
        return _trouble("quota_empty", at=_clock(next_reset(context.now()), context))
    channels = items_of(answer)
    if not channels:
        return _trouble("no_channel")
    return _judge(channels, api, tokens, context, settings)


def _judge(
    channels: list[dict[str, Any]], api: Api, tokens: AccessTokens, context: Context, settings: Settings
) -> Health:
    wanted = context.account.account
    seen = next((one for one in channels if one.get("id") == wanted), channels[0])
    found, snippet, status = seen.get("id"), seen.get("snippet"), seen.get("status")
    name = snippet.get("title") if isinstance(snippet, dict) else None
    if not isinstance(found, str) or not isinstance(name, str):
        raise NotSent("yt:unreadable", "a channel without id or name")
    if found != wanted:
        return _trouble("other_channel", channel=wanted, found=found, name=name)
    left = api.quota.left()
    values: dict[str, object] = {f"{bucket}_left": count for bucket, count in left.items()}
    long_uploads = status.get("longUploadsStatus") if isinstance(status, dict) else None
    values["long_uploads"] = long_uploads or ""
    if isinstance(status, dict) and status.get("privacyStatus") == "private":
        return _trouble("channel_hidden", name=name)
    warnings = []
    if long_uploads in ("eligible", "disallowed"):
        warnings.append(say("youtube.warnings.short_only"))
    if tokens.scopes is not None and MEASURE not in tokens.scopes:
        warnings.append(say("youtube.warnings.no_analytics"))
    if left["uploads"] <= FEW_UPLOADS or left["units"] <= FEW_UNITS:
        at = _clock(next_reset(context.now()), context)
        warnings.append(say("youtube.warnings.quota", uploads=left["uploads"], units=left["units"], at=at))
    if warnings:
        values["warning"] = " ".join(warnings)
    told = _followers(seen.get("statistics"))
    return Health(True, values=values, expires_at=settings.login_ends_at, name=name, followers=told)


def _followers(told: Any) -> Figure:
    """Subscribers, which YouTube rounds down to three significant figures (Google, "Channels"); a channel may
    hide them."""
    statistics = told if isinstance(told, dict) else {}
    hidden = statistics.get("hiddenSubscriberCount") is True
    count = None if hidden else whole(statistics.get("subscriberCount"))
    if count is None:
        note = say(f"youtube.notes.{'hidden' if hidden else 'no'}_followers")
    else:
        note = say("youtube.notes.rounded") if count >= ROUNDED_FROM else ""
    return Figure("followers", count, say("youtube.metrics.followers"), "youtube data v3", note)


def _wanted(settings: Settings) -> str:
    return say("youtube.scopes.manage_by_device" if settings.login == "device" else "youtube.scopes.manage")


def _lacks_rights(tokens: AccessTokens, settings: Settings) -> bool:
    enough = {MANAGE, MANAGE_BY_DEVICE} if settings.login == "device" else {MANAGE}
    return tokens.scopes is not None and not enough & tokens.scopes


def _clock(at: datetime, context: Context) -> str:
    """A time as people of the unit read it."""
    return f"{at.astimezone(ZoneInfo(context.unit.timezone)):%H:%M %d/%m/%Y}"


def _trouble(problem: str, **values: object) -> Health:
    return Health(False, f"youtube.problems.{problem}", values)
