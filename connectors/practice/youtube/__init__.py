"""Chế độ tập huấn: a look-alike of YouTube on this machine, for officers to train on and tests to run on.

It speaks the resumable upload protocol, the Data API and Analytics, shows public videos in a browser,
and misbehaves on request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.practice.youtube.server import PracticeYouTube

__all__ = ["PracticeYouTube"]


def __getattr__(name: str) -> object:
    if name == "PracticeYouTube":
        from connectors.practice.youtube.server import PracticeYouTube

        return PracticeYouTube
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
