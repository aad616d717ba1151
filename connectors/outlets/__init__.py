"""Grassroots channels (thông tin cơ sở): loudspeaker, SMS, leaflet, notice board, press.

Loa makes the pack, people air, send, hand out or pin up at the due minute and say that they did. Nothing
becomes public through Loa itself, and nothing can be read back: a person's word is the evidence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.outlets.leaflet import Leaflet
    from connectors.outlets.loudspeaker import Loudspeaker
    from connectors.outlets.notice import Notice
    from connectors.outlets.press import Press
    from connectors.outlets.sms import Sms

__all__ = ["Leaflet", "Loudspeaker", "Notice", "Press", "Sms"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{name.lower()}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
