"""WordPress sites through core's REST API; nothing heavy is loaded before `WordPress` is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.wordpress.connector import WordPress

__all__ = ["WordPress"]


def __getattr__(name: str) -> object:
    if name == "WordPress":
        from connectors.wordpress.connector import WordPress

        return WordPress
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
