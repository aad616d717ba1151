"""What the section may show, and what a unit decides about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from connectors.contract import Capabilities, Context, Field
from content.limits import MIB, Limits

CAPABILITIES = Capabilities(
    platform="website",
    limits=Limits(
        text_max=200_000,
        title_max=250,
        images_max=40,
        image_max_bytes=20 * MIB,
        image_types=("image/jpeg", "image/png", "image/webp", "image/gif"),
        markdown=True,
    ),
    lead=timedelta(minutes=10),
    reveal="repeatable",
    settle_after=(timedelta(0), timedelta(seconds=2), timedelta(seconds=10)),
    identity="folder",
    is_a_folder=True,
    settings=(
        Field("folder", default="site"),
        Field("base_url"),
        Field("title"),
        Field("address"),
        Field("email"),
        Field("phone"),
        Field("manager"),
        Field("counter"),
    ),
)

FOOTER = ("address", "email", "phone", "manager")
"""What Nghị định 174/2026/NĐ-CP (in force 01/07/2026) expects a site to name, beside the agency itself."""


@dataclass(frozen=True)
class Settings:
    """One section. `base_url` is empty or ends with a slash."""

    folder: Path
    base_url: str
    title: str
    unit: str
    timezone: str
    language: str
    address: str = ""
    email: str = ""
    phone: str = ""
    manager: str = ""
    counter: str = ""
    """Where `loa counter serve` is reached by readers; empty: pages count nothing."""

    @staticmethod
    def of(context: Context) -> Settings:
        """The settings of a channel, blanks trimmed and defaults filled in."""
        written = {field.name: field.default for field in CAPABILITIES.settings}
        for name, value in context.account.settings.items():
            if name in written and value.strip():
                written[name] = value.strip()
        base_url = written["base_url"]
        return Settings(
            folder=context.workspace / written["folder"],
            base_url=base_url if not base_url or base_url.endswith("/") else base_url + "/",
            title=written["title"],
            unit=context.unit.name,
            timezone=context.unit.timezone,
            language=context.unit.language,
            counter=written["counter"],
            **{name: written[name] for name in FOOTER},
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """Footer details that the law expects and nobody has filled in."""
        return tuple(name for name in FOOTER if not getattr(self, name))

    @property
    def online(self) -> bool:
        """Whether the section has an address that can be fetched."""
        return urlsplit(self.base_url).scheme in ("http", "https")

    @property
    def counter_valid(self) -> bool:
        """Whether `counter` is empty or an address that a browser will send to from these pages.

        A page that came encrypted may not talk to an address that is not: the browser keeps silent about it.
        """
        if not self.counter:
            return True
        try:
            parts = urlsplit(self.counter)
            encrypted = parts.scheme == "https" or not self.base_url.startswith("https:")
            whole = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.fragment
        except ValueError:
            return False
        return whole and encrypted

    @property
    def base_url_valid(self) -> bool:
        """Whether `base_url` is empty or a whole address without query and fragment."""
        if not self.base_url:
            return True
        try:
            parts = urlsplit(self.base_url)
            known = parts.scheme == "file" or (parts.scheme in ("http", "https") and bool(parts.hostname))
        except ValueError:
            return False
        return known and not parts.query and not parts.fragment
