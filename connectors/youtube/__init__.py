"""YouTube through the Data API; nothing heavy is loaded before `YouTubeChannel` is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.youtube.channel import YouTubeChannel

__all__ = ["YouTubeChannel"]


def __getattr__(name: str) -> object:
    if name == "YouTubeChannel":
        from connectors.youtube.channel import YouTubeChannel

        return YouTubeChannel
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
