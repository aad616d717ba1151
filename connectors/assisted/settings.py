"""What a pack may hold, and what a unit says about its portal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from connectors.contract import Account, Capabilities, Field
from content.limits import MIB, Limits

PICTURE_WIDTH = 1200
"""Pixels: what most portals show at most; a larger picture only makes the page slow."""
WIDTHS = range(200, 4001)

CAPABILITIES = Capabilities(
    platform="assisted",
    limits=Limits(
        text_max=200_000,
        title_max=250,
        images_max=40,
        image_max_bytes=20 * MIB,
        image_types=("image/jpeg", "image/png"),
        videos_max=5,
        video_types=("video/mp4", "video/quicktime", "video/webm"),
        caption_types=("application/x-subrip", "text/vtt"),
        markdown=True,
    ),
    lead=timedelta(hours=4),  # time to read it over and to log in at the portal
    reveal="repeatable",
    settle_after=(timedelta(0), timedelta(seconds=30), timedelta(minutes=5)),
    settings=(
        Field("portal"),
        Field("editor"),
        Field("category"),
        Field("picture_width", default=str(PICTURE_WIDTH)),
    ),
)


@dataclass(frozen=True)
class Settings:
    """One portal. `host` is empty where any address is taken; `editor` is where a person posts."""

    portal: str
    host: str
    editor: str
    category: str
    picture_width: int
    valid: bool

    @staticmethod
    def of(account: Account) -> Settings:
        """Blanks trimmed; a portal may be written without its `https://`."""
        given = {name: value.strip() for name, value in account.settings.items()}
        portal = given.get("portal", "")
        if portal and "://" not in portal:
            portal = f"https://{portal}"
        host = host_of(portal)
        width = given.get("picture_width", "")
        pixels = int(width) if width.isascii() and width.isdigit() and len(width) < 6 else 0
        return Settings(
            portal=portal,
            host=host,
            editor=given.get("editor", ""),
            category=given.get("category", ""),
            picture_width=pixels if pixels in WIDTHS else PICTURE_WIDTH,
            valid=bool(host) or not portal,
        )

    def names(self, address: str) -> bool:
        """Whether these settings name the machine at a whole address: the unit's portal may stand inside.

        On the named port, or on those of the web: nothing else on that machine is meant.
        """
        parts = urlsplit(address)
        for own in filter(host_of, (self.portal, self.editor)):
            ports = (urlsplit(own).port, 80, 443, None)
            if host_of(own) == host_of(address) and parts.port in ports:
                return True
        return False


def host_of(address: str) -> str:
    """The host of a whole http(s) address, `www.` aside; empty when it is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises for a port that is none
    except ValueError:
        return ""
    host = (parts.hostname or "").removeprefix("www.")
    return host if parts.scheme in ("http", "https") and parts.username is None else ""
