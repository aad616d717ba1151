"""Light, dark and high contrast. Words carry every meaning; colours repeat it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

from textual.app import App
from textual.theme import Theme

from loa.settings import THEMES

REMEMBERED = "window.toml"
"""In the workspace: what was chosen in the window. config.toml is the officers' own file, never rewritten."""

_MADE = (
    Theme(
        name="loa-dark",
        primary="#5fa8d3",
        secondary="#3d6f8e",
        accent="#e9b44c",
        warning="#e9b44c",
        error="#ff6b6b",
        success="#6bcb77",
        foreground="#e6e6e6",
        background="#14181c",
        surface="#1c2228",
        panel="#232b33",
        dark=True,
    ),
    Theme(
        name="loa-light",
        primary="#1b5e8c",
        secondary="#3d6f8e",
        accent="#8a5a00",
        warning="#8a5a00",
        error="#b00020",
        success="#1b6b2f",
        foreground="#1a1a1a",
        background="#fafafa",
        surface="#ffffff",
        panel="#e4e9ee",
        dark=False,
    ),
    Theme(
        name="loa-contrast",
        primary="#ffff00",
        secondary="#00ffff",
        accent="#ffff00",
        warning="#ffff00",
        error="#ff8080",
        success="#80ff80",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#000000",
        boost="#303030",
        dark=True,
        text_alpha=1.0,
        luminosity_spread=0.0,
        variables={"text-muted": "#ffffff"},
    ),
)


def register(app: App[Any]) -> None:
    for theme in _MADE:
        app.register_theme(theme)
    app.theme = _MADE[0].name


def chosen(folder: Path, setting: str) -> str:
    """The theme chosen last in the window, else the one of the settings."""
    try:
        name = tomllib.loads((folder / REMEMBERED).read_text("utf-8")).get("theme")
    except (OSError, ValueError):  # none, or damaged: nothing hangs on it
        name = None
    return f"loa-{name if name in THEMES else setting}"


def remember(folder: Path, name: str) -> str:
    """Write the choice down (whole or not at all); returns the theme's name."""
    beside = folder / f".{REMEMBERED}.{os.getpid()}"
    try:
        beside.write_text(f'theme = "{name}"\n', "utf-8")
        beside.replace(folder / REMEMBERED)
    except OSError:  # a folder one may not write to: the choice lasts as long as the window
        beside.unlink(missing_ok=True)
    return f"loa-{name}"
