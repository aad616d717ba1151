"""Opening an address or a file in the officer's browser."""

from __future__ import annotations

import os
import sys
import webbrowser


def opened(address: str) -> bool:
    """Whether a browser could be opened. Without a display one would open inside the terminal: not tried."""
    has_display = sys.platform in ("darwin", "win32") or any(
        map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY"))
    )
    try:
        return has_display and webbrowser.open(address)
    except (webbrowser.Error, OSError):
        return False
