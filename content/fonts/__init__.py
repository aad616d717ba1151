"""The letters of what Loa draws and prints: Noto Sans with every Vietnamese one, as a PC may lack them."""

from __future__ import annotations

from importlib import resources


def font(*, bold: bool = False) -> bytes:
    """A TrueType file; about 60 KB."""
    name = "NotoSans-Bold.ttf" if bold else "NotoSans-Regular.ttf"
    return resources.files(__package__).joinpath(name).read_bytes()
