"""Zalo Official Accounts: articles through the OA OpenAPI; nothing is loaded before `ZaloOA` is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.zalo.official import ZaloOA

__all__ = ["ZaloOA"]


def __getattr__(name: str) -> object:
    if name == "ZaloOA":
        from connectors.zalo.official import ZaloOA

        return ZaloOA
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
