"""The theme and slogans of a year, as Loa knows them and as the unit wrote them in `khau-hieu.toml`."""

from __future__ import annotations

from content.errors import UsageError
from content.kits.theme import LARGEST_BYTES, Theme, themes
from loa.services.workspace import Workspace

OWN = "khau-hieu.toml"
"""The unit's own rows, beside config.toml; a missing file is an empty one."""


def theme(workspace: Workspace, year: int) -> Theme | None:
    """What is known of a year; raises UsageError for a file that cannot be taken."""
    try:
        with (workspace.folder / OWN).open("rb") as file:
            own = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        own = b""
    except OSError as error:
        raise UsageError("campaigns.themes_not_toml", detail=str(error.strerror)) from None
    if len(own) > LARGEST_BYTES:
        raise UsageError("campaigns.themes_not_toml", detail=f"> {LARGEST_BYTES // 1024} KiB")
    try:
        return themes(own.decode("utf-8-sig")).get(year)
    except UnicodeDecodeError:
        raise UsageError("campaigns.themes_not_toml", detail="UTF-8") from None
