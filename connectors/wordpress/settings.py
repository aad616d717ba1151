"""What a WordPress site takes, and what a unit decides about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from connectors.contract import Account, Capabilities, Field
from content.limits import MIB, Limits

CAPABILITIES = Capabilities(
    platform="wordpress",
    limits=Limits(
        text_max=200_000,
        title_max=250,
        images_max=20,
        # core sets no limit for a raw body (12 MB passed with upload_max_filesize=2M, facts §1.4); what a
        # web server in front takes is unknown, and its 413 is final
        image_max_bytes=10 * MIB,
        image_types=("image/jpeg", "image/png", "image/gif", "image/webp"),
        markdown=True,
    ),
    lead=timedelta(minutes=10),
    reveal="repeatable",
    settle_after=(timedelta(0), timedelta(seconds=2), timedelta(seconds=10)),
    identity="base_url",
    settings=(
        Field("base_url", required=True),
        Field("categories"),
        Field("featured_image", default="first", choices=("first", "none")),
        Field("comments", default="closed", choices=("closed", "open")),
    ),
    secrets=(Field("user", required=True), Field("app_password", required=True)),
)

_PASTED = re.compile(r"/(?:wp-admin|wp-login\.php|wp-json|index\.php)(?:[/?#].*)?$")


@dataclass(frozen=True)
class Settings:
    """One site and one of its authors. `site` has no slash at its end."""

    site: str
    user: str
    app_password: str
    categories: tuple[str, ...]
    featured: bool
    takes_comments: bool = False

    @staticmethod
    def of(account: Account) -> Settings:
        """Blanks trimmed; an address copied from the dashboard leads to the site itself."""
        given = account.settings
        names = (name.strip() for name in given.get("categories", "").split(","))
        return Settings(
            site=_PASTED.sub("", given.get("base_url", "").strip()).rstrip("/"),
            user=account.secrets.get("user", "").strip(),
            app_password=account.secrets.get("app_password", "").strip(),
            categories=tuple(dict.fromkeys(filter(None, names))),
            featured=given.get("featured_image", "first") != "none",
            takes_comments=given.get("comments") == "open",
        )

    @property
    def valid(self) -> bool:
        """Whether the site's address is a whole one, without query and fragment."""
        try:
            parts = urlsplit(self.site)
            whole = parts.scheme in ("http", "https") and bool(parts.hostname)
            _ = parts.port  # raises for a port that is none
        except ValueError:
            return False
        return whole and not parts.query and not parts.fragment and parts.username is None
