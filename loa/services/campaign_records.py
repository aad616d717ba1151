"""The records of campaigns: `campaigns/<id>.json` in the workspace, the plan as it was made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from content.whole import PRIVATE, write_whole
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler.store.tables import post

if TYPE_CHECKING:
    from loa.services.campaign_plan import Plan

FOLDER = "campaigns"


def room(workspace: Workspace) -> Path:
    return workspace.folder / FOLDER


def path_of(workspace: Workspace, key: str) -> Path:
    return room(workspace) / f"{key}.json"


def write(workspace: Workspace, actor: Person, made: Plan) -> None:
    told = {
        "name": made.name,
        "kit": made.kit,
        "anchor": made.anchor.isoformat(),
        "officer": actor.name,
        "created_at": workspace.now().isoformat(),
        "values": dict(made.values),
        "slots": [
            {
                "item": one.item,
                "post": one.post,
                "title": one.title,
                "at": one.at.isoformat(),
                "lead": one.lead,
                "partner": one.partner,
                "channels": list(one.channels),
            }
            for one in made.taken
        ],
    }
    data = json.dumps(told, ensure_ascii=False, indent=1).encode()
    write_whole(path_of(workspace, made.id), data, PRIVATE)


def read(path: Path) -> dict[str, Any] | None:
    """A record, None for a file that is none: a campaign's posts do not depend on it."""
    try:
        told: dict[str, Any] = json.loads(path.read_text("utf-8"))
        date.fromisoformat(told["anchor"])
        datetime.fromisoformat(told["created_at"])
        if not planned(told) or not all(isinstance(told[key], str) for key in ("name", "kit", "officer")):
            return None
        return told
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def planned(told: Mapping[str, Any]) -> list[tuple[str, datetime, tuple[str, ...]]]:
    return [
        (str(one["post"]), datetime.fromisoformat(one["at"]), tuple(map(str, one["channels"])))
        for one in told["slots"]
    ]


def paths(workspace: Workspace) -> list[Path]:
    return [path for path in sorted(room(workspace).glob("[!.]*.json")) if read(path) is not None]


def there(workspace: Workspace, keys: Sequence[str]) -> set[str]:
    with workspace.database.read() as connection:
        return set(connection.execute(select(post.c.id).where(post.c.id.in_(keys))).scalars())


def living(workspace: Workspace, key: str) -> dict[str, Any] | None:
    """The record of a campaign that has posts; one without any is what a killed creation left."""
    told = read(path_of(workspace, key))
    if told is None or not there(workspace, [one["post"] for one in told["slots"]]):
        return None
    return told
