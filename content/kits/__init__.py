"""Bộ bài mẫu: ready campaigns of posts, each dated by its distance from one anchor day.

A kit is a folder with `campaign.toml`, the posts it lists, and their pictures. Some come with Loa; a unit
keeps its own in `kits/` of its workspace.
"""

from __future__ import annotations

from pathlib import Path

from content.errors import NotFound
from content.kits.kit import Doubt, Kit, KitItem, Value
from content.kits.reading import PLAN, KitError, read_kit
from content.text import nearest

__all__ = ["Doubt", "Kit", "KitError", "KitItem", "Value", "kits", "load_kit", "read_kit"]

_HERE = Path(__file__).parent


def kits(own: Path | None = None) -> list[str]:
    """The keys of the kits that come with Loa, and of those in the unit's own folder."""
    return sorted(_folders(own))


def load_kit(name: str, own: Path | None = None) -> Kit:
    """The kit with that key; `law-day` and `law_day` are one, and the unit's own goes before Loa's.

    Raises NotFound, naming the known ones, and KitError for one that cannot be read.
    """
    folders = _folders(own)
    key = name.replace("-", "_")
    if key not in folders:
        raise NotFound("content.no_such_kit", name=name, known=nearest(key, folders) or ", ".join(folders))
    return read_kit(folders[key])


def _folders(own: Path | None) -> dict[str, Path]:
    rooms = [_HERE] if own is None else [_HERE, own]
    plans = [plan for room in rooms for plan in sorted(room.glob(f"*/{PLAN}"))]
    return {plan.parent.name.replace("-", "_"): plan.parent for plan in plans}
