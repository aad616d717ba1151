"""What a variant becomes on a Page, and what Facebook would refuse about it. No network, no clock."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import SplitResult, urlsplit

from connectors.contract import Capabilities, Field, Hold
from connectors.facebook.graph import BASE_URL
from content.finding import Finding
from content.limits import Limits
from content.text import count, normalise
from content.variant import Variant

DEFAULT_METRICS = (
    "post_total_media_view_unique,post_media_view,post_reactions_by_type_total,"
    "post_activity_by_action_type,post_clicks"
)
DEFAULT_VIDEO_METRICS = (
    "total_video_views,total_video_15s_views,total_video_avg_time_watched,total_video_view_total_time,"
    "total_video_reactions_by_type_total"
)
DEFAULT_REEL_METRICS = (
    "blue_reels_play_count,post_video_avg_time_watched,post_video_view_time,"
    "post_video_likes_by_reaction_type,post_video_followers"
)
"""Two lists that share no name: one of the wrong list is answered with nothing (facts §2)."""

VIDEO_TYPES = ("video/mp4", "video/quicktime")
CAPTION_TYPES = ("application/x-subrip", "text/vtt")
HOLD = Hold(
    at_least=timedelta(minutes=15), at_most=timedelta(days=28, hours=23), recall_before=timedelta(minutes=5)
)
"""Meta says 10 minutes to 29, 30 or 75 days in four places (facts §1.3); a margin for uploads and clocks."""

CAPABILITIES = Capabilities(
    platform="facebook",
    limits=Limits(
        text_max=63_206,  # no number on Meta's pages; postiz, letmepost and others agree (2026-11)
        text_unit="characters",
        images_max=10,  # no number on Meta's pages; what other tools enforce (2026-11)
        # subcode 1366046 says "smaller than 4 MB, JPG or PNG", the /photos reference 10 MB (2026-09-11)
        image_max_bytes=4_000_000,
        image_types=("image/jpeg", "image/png"),
        videos_max=1,
        video_types=VIDEO_TYPES,
        caption_types=CAPTION_TYPES,
    ),
    lead=timedelta(minutes=30),  # a video has to be uploaded and processed by then
    reveal="repeatable",
    settle_after=(timedelta(seconds=5), timedelta(seconds=25), timedelta(seconds=100)),
    settings=(
        Field("base_url", default=BASE_URL),
        Field("reveal_mode", default="two_step", choices=("two_step", "direct")),
        Field("metrics", default=DEFAULT_METRICS),
        Field("video_as", default="feed", choices=("feed", "reel", "auto"), public=True),
        Field("video_metrics", default=DEFAULT_VIDEO_METRICS),
        Field("reel_metrics", default=DEFAULT_REEL_METRICS),
    ),
    secrets=(Field("page_token", required=True), Field("app_secret")),
    hold=HOLD,
)

_OWN_HOSTS = ("facebook.com", "fb.com", "fb.me", "fb.watch")


def message_of(variant: Variant) -> str:
    """The exact text of the post. A post with photos cannot carry a link card, so its link ends the text."""
    if variant.media and variant.link and variant.link not in variant.text:
        return f"{variant.text}\n\n{variant.link}".strip()
    return variant.text


def same_text(one: str, other: str) -> bool:
    """Equal once line ends, composition and outer blanks are levelled, which Facebook changes at will."""
    return normalise(one).strip() == normalise(other).strip()


def same_words(one: str, other: str) -> bool:
    """Equal but for blanks and line ends: nobody has changed what is said."""
    return normalise(one).split() == normalise(other).split()


def findings(variant: Variant) -> list[Finding]:
    """Facebook's own demands; lengths, numbers and types of files are the common check's work."""
    found: list[Finding] = []

    def remark(rule: str, severity: str, **values: object) -> None:
        found.append(Finding(f"facebook.{rule}", severity, variant.channel, values))  # type: ignore[arg-type]

    if not variant.text.strip() and not variant.media:
        remark("no_text", "block")
    if variant.link:
        parts = _parts(variant.link)
        host = (parts.hostname or "").removesuffix(".")
        if parts.scheme not in ("http", "https") or "." not in host:
            remark("bad_link", "block", link=variant.link)
        elif any(host == own or host.endswith("." + own) for own in _OWN_HOSTS):
            remark("link_to_facebook", "block", link=variant.link)
    has_video = any(ref.mime.startswith("video/") for ref in variant.media)
    if not has_video and any(ref.mime in CAPTION_TYPES for ref in variant.media):
        remark("captions_alone", "hint")
    message, limits = message_of(variant), CAPABILITIES.limits
    if message != variant.text:
        remark("link_in_text", "hint", link=variant.link)
        length = count(message, limits.text_unit)
        if count(variant.text, limits.text_unit) <= limits.text_max < length:
            remark("too_long_with_link", "block", length=length, most=limits.text_max)
    return found


def _parts(link: str) -> SplitResult:
    """Of what may be no address at all (`http://[`)."""
    try:
        return urlsplit(link)
    except ValueError:
        return urlsplit("")
