"""What a YouTube channel is told: limits as data, and the settings with their defaults.

Only `base_url` has to change for training: a host that is not Google's serves uploads, Analytics and
login as well unless told otherwise, so that a practice login never reaches Google.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from connectors.contract import Capabilities, Field, Hold
from connectors.http import TOTAL_TIMEOUT_S
from content.limits import MIB, Limits

DATA_ROOT = "https://youtube.googleapis.com"
ANALYTICS_ROOT = "https://youtubeanalytics.googleapis.com"
OAUTH_URL = "https://oauth2.googleapis.com/token"
CONSENT_URL = "https://accounts.google.com/o/oauth2/v2/auth"
_TOKEN_PATH, _DEVICE_PATH, _CONSENT_PATH = "/token", "/device/code", "/o/oauth2/v2/auth"
WATCH_ROOT = "https://www.youtube.com"

TITLE_MAX = 100
"""Characters (Google, Videos resource, 2026-11)."""
DESCRIPTION_MAX_BYTES = 5_000
"""UTF-8 bytes (same page): about 3,560 letters of Vietnamese legal prose."""
TAGS_MAX = 500
"""Characters in all: commas between tags count, a tag with a space counts two more (same page)."""
VIDEO_MAX_BYTES = 274_877_906_944
CAPTIONS_MAX_BYTES = THUMBNAIL_MAX_BYTES = 8 * MIB
"""Ours: as much as one upload chunk, since each is sent in one piece. YouTube takes 100 MB of captions
and, since 2026-09-14, thumbnails of 50 MiB."""

VIDEO_TYPES = (
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/mpeg",
    "video/x-msvideo",
    "video/x-ms-wmv",
    "video/3gpp",
)
CAPTION_TYPES = ("text/vtt", "application/x-subrip")
THUMBNAIL_TYPES = ("image/jpeg", "image/png")

HOLD = Hold(at_least=timedelta(minutes=15), at_most=timedelta(days=180), recall_before=timedelta(minutes=5))
"""Ours: how near and how far `publishAt` may be is not documented (facts §1.1)."""

_YES_NO = ("true", "false")

CAPABILITIES = Capabilities(
    platform="youtube",
    limits=Limits(
        text_max=DESCRIPTION_MAX_BYTES,
        text_unit="bytes",
        title_max=None,  # counted in characters, not in `text_unit`: see words.findings
        images_max=10,  # the first one is the thumbnail; more come from posts that go elsewhere too
        image_max_bytes=THUMBNAIL_MAX_BYTES,
        image_types=THUMBNAIL_TYPES,
        videos_max=1,
        video_types=VIDEO_TYPES,
        caption_types=CAPTION_TYPES,
    ),
    lead=timedelta(minutes=30),
    reveal="repeatable",
    settle_after=(timedelta(0), timedelta(seconds=5), timedelta(seconds=30)),
    settings=(
        Field("base_url", default=DATA_ROOT),
        Field("upload_url"),
        Field("token_url"),
        Field("analytics_url"),
        Field("consent_url"),
        Field("category_id", default="25"),
        Field("playlist"),
        Field("language", default="vi"),
        Field("made_for_kids", default="false", choices=_YES_NO),
        Field("synthetic_media", default="false", choices=_YES_NO, public=True),
        Field("notify_subscribers", default="true", choices=_YES_NO),
        Field("login", default="browser", choices=("browser", "device")),
        Field("login_ends_at"),
    ),
    secrets=(
        Field("client_id", required=True),
        Field("client_secret", required=True),
        Field("refresh_token", required=True),
    ),
    hold=HOLD,
)


@dataclass(frozen=True)
class Settings:
    """A channel's settings as the code uses them. Roots have no slash at their end."""

    base_url: str
    upload_url: str
    token_url: str
    analytics_url: str
    consent_url: str
    device_url: str
    watch_url: str
    category_id: str
    playlist: str
    language: str
    made_for_kids: bool
    synthetic_media: bool
    notify_subscribers: bool
    login: str
    """How the channel was signed in: `browser`, or by a `device` code, whose scopes take no captions."""
    login_ends_at: datetime | None
    """When the refresh token ends; None when it does not or nobody knows."""
    timeout_s: float

    @staticmethod
    def of(given: Mapping[str, str]) -> Settings:
        defaults = {field.name: field.default for field in CAPABILITIES.settings}
        value = {name: given.get(name) or default for name, default in defaults.items()}
        base = value["base_url"].rstrip("/")
        google = is_google(base)
        token_url = value["token_url"] or (OAUTH_URL if google else f"{base}{_TOKEN_PATH}")
        return Settings(
            base_url=base,
            upload_url=(value["upload_url"] or base).rstrip("/"),
            token_url=token_url,
            analytics_url=(value["analytics_url"] or (ANALYTICS_ROOT if google else base)).rstrip("/"),
            consent_url=value["consent_url"] or (CONSENT_URL if google else f"{base}{_CONSENT_PATH}"),
            device_url=f"{token_url.removesuffix(_TOKEN_PATH)}{_DEVICE_PATH}",
            watch_url=WATCH_ROOT if google else base,
            category_id=value["category_id"],
            playlist=value["playlist"],
            language=value["language"],
            made_for_kids=value["made_for_kids"] == "true",
            synthetic_media=value["synthetic_media"] == "true",
            notify_subscribers=value["notify_subscribers"] == "true",
            login=value["login"],
            login_ends_at=_moment(value["login_ends_at"]),
            # `timeout_s` is undeclared: only tests shorten it, and a lease never outlives a longer one
            timeout_s=min(float(given.get("timeout_s") or TOTAL_TIMEOUT_S), TOTAL_TIMEOUT_S),
        )


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def is_google(url: str) -> bool:
    """Whether an address is one of Google's API hosts, over TLS."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and (host == "googleapis.com" or host.endswith(".googleapis.com"))
