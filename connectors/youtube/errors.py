"""From YouTube's documented reasons to the five decisions, one row per reason, each with its source.

Sources, all read by 2026-11-21:
V  Google, "Videos: insert" and "Videos: update", error tables (quoted in public repositories)
E  Google, "YouTube Data API - Errors"
Q  Google, "Quota Calculator" (buckets since 2026-06-01)
T  Google, "Thumbnails: set", "Captions: insert", "PlaylistItems: insert", error tables
C  Google, "CommentThreads: list", error table
S  GNOME/shotwell #5019 (the channel's own daily limit)
O  RFC 6749 §5.2 and google-auth's `RefreshError`
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from connectors.errors import AuthLost, ConnectorError, NotSent, Refused, Throttled, Unknown
from connectors.redact import redact
from connectors.youtube.quota import next_reset

Decision = Literal["refused", "operator", "quota", "slower", "channel_limit", "gone", "done", "unclear"]
"""`operator` stops the channel (AuthLost). `unclear` is Unknown for a request that creates, NotSent for a
read. `gone` and `done` are Refused with a code that the caller knows (`is_gone`, `is_done`)."""

SLOWER = timedelta(minutes=5)
CHANNEL_LIMIT = timedelta(hours=24)


@dataclass(frozen=True)
class Row:
    """What one reason means for Loa."""

    decision: Decision
    meaning: str
    source: str


REASONS: dict[str, Row] = {
    # content: an author must edit
    "invalidTitle": Row("refused", "title empty, too long or with < >", "V"),
    "invalidDescription": Row("refused", "description over 5,000 bytes or with < >", "V"),
    "invalidTags": Row("refused", "tags over 500 characters or with < >", "V"),
    "invalidCategoryId": Row("refused", "category not assignable in the region", "V"),
    "invalidPublishAt": Row("refused", "publishing time not allowed", "V"),
    "invalidRecordingDetails": Row("refused", "recording details", "V"),
    "invalidFilename": Row("refused", "file name in the Slug header", "V"),
    "invalidVideoMetadata": Row("refused", "metadata", "V"),
    "invalidVideoGameRating": Row("refused", "metadata", "V"),
    "defaultLanguageNotSet": Row("refused", "localisations without a default language", "V"),
    "mediaBodyRequired": Row("refused", "no file in the request", "V"),
    "invalidImage": Row("refused", "the thumbnail is no usable picture", "T"),
    "invalidMetadata": Row("refused", "caption metadata", "T"),
    "contentRequired": Row("refused", "empty caption file", "T"),
    "nameTooLong": Row("refused", "caption name", "T"),
    "badRequest": Row("refused", "not understood", "E"),
    "invalidParameter": Row("refused", "parameter", "E"),
    "missingRequiredParameter": Row("refused", "parameter", "E"),
    "required": Row("refused", "a required field is missing", "E"),
    "parseError": Row("refused", "body not understood", "E"),
    # rights and set-up: an operator must act
    "authError": Row("operator", "token not accepted", "E"),
    "UNAUTHENTICATED": Row("operator", "token not accepted", "E"),
    "authorizationRequired": Row("operator", "no token", "E"),
    "forbidden": Row("operator", "right missing", "E, V"),
    "insufficientPermissions": Row("operator", "scope missing", "E"),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Row("operator", "scope missing", "E"),
    "forbiddenPrivacySetting": Row("operator", "privacy setting not allowed", "V"),
    "forbiddenLicenseSetting": Row("operator", "licence not allowed", "V"),
    "forbiddenEmbedSetting": Row("operator", "embedding not allowed", "V"),
    "youtubeSignupRequired": Row("operator", "the account has no channel", "E"),
    "accessNotConfigured": Row("operator", "API not enabled in the project", "E"),
    "SERVICE_DISABLED": Row("operator", "API not enabled in the project", "E"),
    "channelClosed": Row("operator", "channel closed", "E"),
    "channelSuspended": Row("operator", "channel suspended", "E"),
    "accountDelegationForbidden": Row("operator", "account", "E"),
    "playlistNotFound": Row("operator", "the playlist of the settings does not exist", "T"),
    "playlistItemsNotAccessible": Row("operator", "the playlist belongs to somebody else", "T"),
    "invalid_grant": Row("operator", "login expired or revoked", "O"),
    "invalid_client": Row("operator", "OAuth client deleted or secret wrong", "O"),
    "deleted_client": Row("operator", "OAuth client deleted", "O"),
    "unauthorized_client": Row("operator", "OAuth client of the wrong kind", "O"),
    # limits
    "quotaExceeded": Row("quota", "bucket of the project empty", "E, Q"),
    "dailyLimitExceeded": Row("quota", "bucket of the project empty", "E, Q"),
    "rateLimitExceeded": Row("slower", "too fast", "E"),
    "userRateLimitExceeded": Row("slower", "too fast", "E"),
    "RATE_LIMIT_EXCEEDED": Row("slower", "too fast", "E"),
    "uploadRateLimitExceeded": Row("slower", "too many thumbnails lately", "T"),
    "maxPlaylistItemsExceeded": Row("refused", "the playlist is full", "T"),
    "playlistContainsMaximumNumberOfVideos": Row("refused", "the playlist is full", "T"),
    "uploadLimitExceeded": Row("channel_limit", "the channel's own limit of a day, which moves", "S"),
    # comments
    "commentsDisabled": Row("refused", "comments are switched off for the video", "C"),
    # gone, or there already
    "videoNotFound": Row("gone", "no such video, or not to be seen", "V, T"),
    "notFound": Row("gone", "no such thing", "E"),
    "videoAlreadyInPlaylist": Row("done", "in the playlist already", "T"),
    "captionExists": Row("done", "a track of this language and name is there", "T"),
    # Google's own trouble
    "backendError": Row("unclear", "Google", "E"),
    "internalError": Row("unclear", "Google", "E"),
    "processingFailure": Row("unclear", "the request could not be processed, try again", "E, T"),
    "conflict": Row("unclear", "two requests at once", "E"),
    "SERVICE_UNAVAILABLE": Row("unclear", "Google", "E"),
}


def classify(
    status: int,
    headers: Mapping[str, str],
    content: bytes,
    *,
    creates: bool,
    now: datetime,
    secrets: Iterable[str] = (),
    call: str = "",
) -> ConnectorError:
    """The error that an answer of 300 or more stands for. `call` names the method in the evidence."""
    error = _error_object(content)
    reason, said = reason_of(error), _words(error, content)
    reason = reason or {401: "authError", 429: "rateLimitExceeded"}.get(status, "")
    detail = redact(f"{call}: {said}" if call else said, secrets, longest=300)
    code = f"yt:{reason}" if reason else f"yt:http-{status}"
    row = REASONS.get(reason)
    if row is None and status == 401:
        row = REASONS["authError"]
    if row is None and status == 429:
        row = REASONS["rateLimitExceeded"]
    if row is None and status == 400 and reason.startswith(("invalid", "missing")):
        row = REASONS["invalidParameter"]
    if row is None and status == 403 and reason.startswith("forbidden"):
        row = REASONS["forbidden"]
    decision = row.decision if row else "unclear"
    if status >= 500 and decision not in ("quota", "slower"):
        decision = "unclear"  # a failing server's reason is no verdict
    if decision == "unclear" and status in (429, 503) and headers.get("retry-after", "").isdigit():
        decision = "slower" if not creates else "unclear"
    return _error(decision, code, detail, headers, creates=creates, now=now)


def unreadable(code: str, detail: str, *, creates: bool) -> ConnectorError:
    """An answer that says neither yes nor no."""
    return Unknown(code, detail) if creates else NotSent(code, detail)


def is_gone(error: ConnectorError) -> bool:
    """The video is not there (any more), or this login may not see it."""
    return error.code in ("yt:videoNotFound", "yt:notFound")


def is_done(error: ConnectorError) -> bool:
    """What was to be made is there already: an earlier try got through."""
    return error.code in ("yt:videoAlreadyInPlaylist", "yt:captionExists")


def _error(
    decision: Decision, code: str, detail: str, headers: Mapping[str, str], *, creates: bool, now: datetime
) -> ConnectorError:
    match decision:
        case "refused" | "gone" | "done":
            return Refused(code, detail)
        case "operator":
            return AuthLost(code, detail)
        case "quota":
            return Throttled(code, detail, retry_at=next_reset(now))
        case "channel_limit":
            return Throttled(code, detail, retry_at=now + CHANNEL_LIMIT)
        case "slower":
            return Throttled(code, detail, retry_at=now + max(SLOWER, _retry_after(headers)))
        case "unclear":
            return unreadable(code, detail, creates=creates)


def _retry_after(headers: Mapping[str, str]) -> timedelta:
    said = headers.get("retry-after", "")
    if not (said.isascii() and said.isdigit() and len(said) < 8):
        return timedelta()
    return min(timedelta(seconds=int(said)), CHANNEL_LIMIT)


def reason_of(error: Mapping[str, Any]) -> str:
    """The reason of an error object: in `errors`, in `details` (newer answers), or the OAuth word itself."""
    for listed in (error.get("errors"), error.get("details")):
        for entry in listed if isinstance(listed, list) else []:
            reason = entry.get("reason") if isinstance(entry, dict) else None
            if isinstance(reason, str) and reason.isascii() and reason.replace("_", "").isalnum():
                return reason[:60]
    status = error.get("status")
    return status[:60] if isinstance(status, str) and status in REASONS else ""


def _error_object(content: bytes) -> dict[str, Any]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _words(error: Mapping[str, Any], content: bytes) -> str:
    message = error.get("message")
    return message if isinstance(message, str) else content[:2000].decode("utf-8", "replace")
