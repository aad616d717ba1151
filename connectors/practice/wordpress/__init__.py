"""Chế độ tập huấn: a look-alike of a WordPress site on this machine, core's REST API and public pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.practice.wordpress.server import PracticeWordPress

__all__ = ["PracticeWordPress"]


def __getattr__(name: str) -> object:
    if name == "PracticeWordPress":
        from connectors.practice.wordpress.server import PracticeWordPress

        return PracticeWordPress
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
