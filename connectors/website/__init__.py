"""The unit's own static section of legal-outreach articles, served by any web server."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.website.connector import Website

__all__ = ["Website"]


def __getattr__(name: str) -> object:
    # Lazy, so that naming the platform loads neither the template engine nor the Markdown parser.
    if name == "Website":
        from connectors.website.connector import Website

        return Website
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
