"""Bộ bài mẫu: ready campaigns of posts, each dated by its distance from one anchor day.

A kit is a folder with `campaign.toml`, the posts it lists, and their pictures.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from content.errors import NotFound, UsageError
from content.text import nearest

_HERE = Path(__file__).parent
_PLAN = "campaign.toml"
_OFFSET = re.compile(r"D(?:\s?([+\-−])\s?(\d{1,3}))?\s+([01]\d|2[0-3]):([0-5]\d)")
_ANCHOR = re.compile(r"(\d{1,2})/(\d{1,2})")


@dataclass(frozen=True)
class KitItem:
    """One post of a kit: `days` after (or, negative, before) the anchor, at a local time."""

    path: Path
    days: int
    at: time
    channels: tuple[str, ...]

    def due(self, anchor: date, zone: ZoneInfo) -> datetime:
        """When it is due (aware, UTC) in a campaign around `anchor`."""
        local = datetime.combine(anchor + timedelta(days=self.days), self.at, tzinfo=zone)
        return local.astimezone(UTC)


@dataclass(frozen=True)
class Kit:
    """A campaign as shipped. `anchor` is (day, month); items stand in the order of their dates.

    `unverified` lists the legal facts that a person must check before use; what is not listed was
    checked on `checked_on`, and no later.
    """

    key: str
    name: str
    anchor: tuple[int, int]
    checked_on: date
    unverified: tuple[str, ...]
    items: tuple[KitItem, ...]

    def anchor_in(self, year: int) -> date:
        """The anchor day of that year; raises ValueError where the year has none (29/02)."""
        day, month = self.anchor
        return date(year, month, day)


def kits() -> list[str]:
    """The keys of the kits that come with Loa."""
    return sorted(plan.parent.name for plan in _HERE.glob(f"*/{_PLAN}"))


def load_kit(name: str) -> Kit:
    """The kit with that key; `law-day` and `law_day` are one. Raises NotFound, naming the known ones."""
    key = name.replace("-", "_")
    known = kits()
    if key not in known:
        raise NotFound("content.no_such_kit", name=name, known=nearest(key, known) or ", ".join(known))
    return read_kit(_HERE / key)


def read_kit(folder: Path) -> Kit:
    """The kit in a folder. Raises UsageError for a plan that cannot be read or names a missing file."""
    try:
        plan: dict[str, Any] = tomllib.loads((folder / _PLAN).read_text("utf-8"))
        items = [_item(folder, item) for item in plan["items"]]
        return Kit(
            key=folder.name,
            name=str(plan["name"]),
            anchor=_anchor(plan["anchor"]),
            checked_on=_day(plan["checked_on"]),
            unverified=tuple(str(fact["what"]) for fact in plan.get("unverified", [])),
            items=tuple(sorted(items, key=lambda item: (item.days, item.at))),
        )
    except KeyError as error:
        raise UsageError("content.kit_broken", name=folder.name, what=error.args[0]) from None
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError("content.kit_broken", name=folder.name, what=error) from None


def _item(folder: Path, item: dict[str, Any]) -> KitItem:
    path = folder / item["file"]
    if path.parent != folder or not path.is_file():
        raise ValueError(item["file"])
    found = _OFFSET.fullmatch(item["offset"])
    if found is None:
        raise ValueError(item["offset"])
    sign, days, hour, minute = found.groups()
    return KitItem(
        path=path,
        days=int(days or 0) * (1 if sign in (None, "+") else -1),
        at=time(int(hour), int(minute)),
        channels=tuple(str(channel) for channel in item["channels"]),
    )


def _anchor(written: str) -> tuple[int, int]:
    found = _ANCHOR.fullmatch(written)
    if found is None:
        raise ValueError(written)
    day, month = int(found[1]), int(found[2])
    date(2028, month, day)  # a leap year knows every day there is
    return day, month


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise ValueError(f"checked_on: {value}")
    return value
