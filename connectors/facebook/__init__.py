"""Facebook Pages through the Graph API; nothing heavy is loaded before `FacebookPage` is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.facebook.page import FacebookPage

__all__ = ["FacebookPage"]


def __getattr__(name: str) -> object:
    if name == "FacebookPage":
        from connectors.facebook.page import FacebookPage

        return FacebookPage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
