"""Assisted posting (đăng tay có hỗ trợ): for portals and OAs that no machine can post to.

Loa makes a pack ready to be pasted, a person posts it at the due minute and gives the address back, and
Loa looks whether the post is really there. Nothing becomes public through Loa itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.assisted.connector import Assisted

__all__ = ["Assisted"]


def __getattr__(name: str) -> object:
    if name == "Assisted":
        from connectors.assisted.connector import Assisted

        return Assisted
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
