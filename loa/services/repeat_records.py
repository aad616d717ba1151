"""The records of repeated posts: `repeats/<id>.json` in the workspace, each series as it was made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import select

from content.calendar.recurrence import SHIFTS, LunarDay, Recurrence, Shift
from content.calendar.spoken import lunar_day
from content.errors import LoaError
from content.whole import PRIVATE, write_whole
from loa.services.workspace import Workspace
from scheduler.store.tables import post

FOLDER = "repeats"


@dataclass(frozen=True)
class Made:
    """One post of a series. `on` is the rule's day; `at` when it is due, perhaps a working day beside it."""

    on: date
    post: str
    at: datetime
    channels: tuple[str, ...]


@dataclass(frozen=True)
class Series:
    """Chuỗi bài lặp: what a post is repeated by, and what was made of it so far."""

    id: str
    post: str
    title: str
    told: Recurrence
    at: time
    shift: Shift
    officer: str = ""
    created_at: datetime | None = None
    made: list[Made] = field(default_factory=list)

    def repeats_like(self, other: Series) -> bool:
        """Whether both are one series: all is the same, its end and its exceptions aside."""
        return (self.post, self.at, self.shift, _endless(self.told)) == (
            other.post,
            other.at,
            other.shift,
            _endless(other.told),
        )


def _endless(told: Recurrence) -> Recurrence:
    return replace(told, count=None, until=None, excluded=())


def room(workspace: Workspace) -> Path:
    return workspace.folder / FOLDER


def path_of(workspace: Workspace, key: str) -> Path:
    return room(workspace) / f"{key}.json"


def write(workspace: Workspace, series: Series) -> None:
    """Whole or not at all."""
    told = series.told
    document = {
        "post": series.post,
        "title": series.title,
        "rule": told.rule,
        "lunar": [str(one) for one in told.lunar],
        "start": told.start.isoformat(),
        "count": told.count,
        "until": told.until and told.until.isoformat(),
        "excluded": [day.isoformat() for day in told.excluded],
        "at": series.at.isoformat(),
        "shift": series.shift,
        "officer": series.officer,
        "created_at": series.created_at and series.created_at.isoformat(),
        "made": [
            {
                "on": one.on.isoformat(),
                "post": one.post,
                "at": one.at.isoformat(),
                "channels": list(one.channels),
            }
            for one in series.made
        ],
    }
    data = json.dumps(document, ensure_ascii=False, indent=1).encode()
    write_whole(path_of(workspace, series.id), data, PRIVATE)


def read(path: Path) -> Series | None:
    """A record, None for a file that is none: the posts of a series do not depend on it."""
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        if told["shift"] not in SHIFTS:
            return None
        moons: tuple[LunarDay, ...] = tuple(lunar_day(one) for one in told["lunar"])
        return Series(
            id=path.stem,
            post=str(told["post"]),
            title=str(told["title"]),
            told=Recurrence(
                start=date.fromisoformat(told["start"]),
                rule=str(told["rule"]),
                lunar=moons,
                count=told["count"] and int(told["count"]),
                until=told["until"] and date.fromisoformat(told["until"]),
                excluded=tuple(map(date.fromisoformat, told["excluded"])),
            ),
            at=time.fromisoformat(told["at"]),
            shift=told["shift"],
            officer=str(told["officer"]),
            created_at=datetime.fromisoformat(told["created_at"]),
            made=[
                Made(
                    date.fromisoformat(one["on"]),
                    str(one["post"]),
                    datetime.fromisoformat(one["at"]),
                    tuple(map(str, one["channels"])),
                )
                for one in told["made"]
            ],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, LoaError):
        return None


def every(workspace: Workspace) -> list[Series]:
    """Every series that there is, by id."""
    found = (read(path) for path in sorted(room(workspace).glob("[!.]*.json")))
    return [series for series in found if series is not None]


def there(workspace: Workspace, keys: Sequence[str]) -> set[str]:
    """Those of these posts that exist."""
    with workspace.database.read() as connection:
        return set(connection.execute(select(post.c.id).where(post.c.id.in_(keys))).scalars())


def living(workspace: Workspace, key: str) -> Series | None:
    """A series that has posts; a record without any is what a killed creation left."""
    found = read(path_of(workspace, key))
    if found is None or not there(workspace, [one.post for one in found.made]):
        return None
    return found
