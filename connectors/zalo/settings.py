"""What a Zalo OA takes, and what a unit decides about its channel."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from connectors.contract import Capabilities, Context, Field
from connectors.http import TOTAL_TIMEOUT_S
from content.limits import Limits
from content.variant import MediaRef

BASE_URL = "https://openapi.zalo.me"
TOKEN_URL = "https://oauth.zaloapp.com/v4/oa/access_token"  # noqa: S105  # an address
DESCRIPTION_MAX = 300
AUTHOR_MAX = 50
VIDEO_MAX_BYTES = 50_000_000
"""50 MB (facts §2.5); which megabyte is not said, so the smaller one."""
VIDEO_TYPES = ("video/mp4", "video/x-msvideo")
UNIT: Final = "utf16"
"""Whether Zalo counts code points or UTF-16 units is not known (facts §2.1): the stricter count is kept."""

CAPABILITIES = Capabilities(
    platform="zalo",
    limits=Limits(
        text_max=30_000,  # no number is documented (facts §2.1): Loa's own choice, far from any article seen
        text_unit="utf16",
        title_max=150,
        images_max=20,  # not documented either
        image_max_bytes=1_000_000,  # "<= 1 MB" (facts §2.1); which megabyte is not said
        image_types=("image/jpeg", "image/png"),
        videos_max=1,
        # The last two are not taken (facts §2.5): listed all the same, so that a check says so instead of the
        # video falling out of the article in silence.
        video_types=(*VIDEO_TYPES, "video/quicktime", "video/webm"),
        markdown=True,
    ),
    # Room for a video's way up and its conversion. A picture that the website shows only at the due minute is
    # waited for with NotYet, which costs no try, so the lead need not be short for its sake.
    lead=timedelta(minutes=30),
    reveal="repeatable",
    settle_after=(timedelta(seconds=5), timedelta(seconds=15), timedelta(seconds=40)),
    settings=(
        Field("base_url", default=BASE_URL),
        Field("token_url", default=TOKEN_URL),
        Field("images_from"),
        Field("author", public=True),
        Field("comment", default="show", choices=("show", "hide")),
        Field("cover", default="show", choices=("show", "hide"), public=True),
        Field("cover_url", public=True),
        Field("text_format", default="html", choices=("html", "plain")),
        Field("appsecret_proof", default="no", choices=("no", "yes")),
        Field("pkce_mode", default="console", choices=("console", "request")),
        Field("redirect_uri"),
        Field("consent_url"),
        Field("broadcast", default="no", choices=("no", "yes")),
        Field("broadcast_tag"),
        Field("broadcast_quota"),
    ),
    secrets=(
        Field("app_id", required=True),
        Field("app_secret", required=True),
        Field("access_token"),
        Field("refresh_token", required=True),
        Field("code_verifier"),
    ),
)

_EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png"}


@dataclass(frozen=True)
class Settings:
    """One OA's settings, blanks trimmed and defaults filled in."""

    oa: str
    base_url: str
    token_url: str
    images_from: str
    author: str
    comment: str
    cover: str
    cover_url: str
    text_format: str
    appsecret_proof: bool
    timeout_s: float
    pkce_mode: str = "console"
    redirect_uri: str = ""
    consent_url: str = ""
    broadcast: bool = False
    broadcast_tag: str = ""
    broadcast_quota: int | None = None
    """Broadcasts a month, as the unit knows its package; None: not known, Zalo will say."""

    @staticmethod
    def of(context: Context) -> Settings:
        written = {field.name: field.default for field in CAPABILITIES.settings}
        given = context.account.settings
        for name in written:
            if given.get(name, "").strip():
                written[name] = given[name].strip()
        return Settings(
            oa=context.account.account,
            base_url=written["base_url"].rstrip("/"),
            token_url=written["token_url"],
            images_from=written["images_from"].rstrip("/"),
            author=written["author"] or context.unit.name,
            comment=written["comment"],
            cover=written["cover"],
            cover_url=written["cover_url"],
            text_format=written["text_format"],
            appsecret_proof=written["appsecret_proof"] == "yes",
            pkce_mode=written["pkce_mode"],
            redirect_uri=written["redirect_uri"],
            consent_url=written["consent_url"],
            broadcast=written["broadcast"] == "yes",
            broadcast_tag=written["broadcast_tag"],
            broadcast_quota=_count(written["broadcast_quota"]),
            # undeclared: only tests shorten it, and a lease never outlives a longer one
            timeout_s=min(float(given.get("timeout_s") or TOTAL_TIMEOUT_S), TOTAL_TIMEOUT_S),
        )

    def picture_url(self, ref: MediaRef) -> str:
        """Where the unit's website section serves these very bytes (connectors.website names them so)."""
        extension = _EXTENSIONS.get(ref.mime, "bin")
        return f"{self.images_from}/media/{ref.sha256[:16]}.{extension}"

    @property
    def trains(self) -> bool:
        """Pointed at a practice platform on this machine, where addresses of this machine will do."""
        return not is_public(self.base_url)


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else None


def is_address(text: str) -> bool:
    """A whole web address."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def is_public(address: str) -> bool:
    """Whether the internet could reach it, as far as the name tells: no name of this machine or office."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return "." in host and not host.endswith((".local", ".localhost", ".lan", ".internal"))
