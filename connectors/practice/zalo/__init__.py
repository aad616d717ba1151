"""A look-alike of Zalo's OA platform on this machine, for officers to train on and tests to run on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.practice.zalo.server import PracticeZalo
    from connectors.practice.zalo.world import Oa

__all__ = ["Oa", "PracticeZalo"]


def __getattr__(name: str) -> object:
    if name == "PracticeZalo":
        from connectors.practice.zalo.server import PracticeZalo

        return PracticeZalo
    if name == "Oa":
        from connectors.practice.zalo.world import Oa

        return Oa
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
