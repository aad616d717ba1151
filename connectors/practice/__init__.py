"""Chế độ tập huấn: a look-alike of Facebook on this machine, for officers to train on and tests to run on.

It speaks the Graph API's wire protocol, shows the posts in a browser, and misbehaves on request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.practice.server import PracticeServer, serve

__all__ = ["PracticeServer", "serve"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from connectors.practice import server

        return getattr(server, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
