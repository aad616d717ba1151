"""Chiến dịch: from a plan to dated drafts, and how much of the plan is public.

Creating is one import, all or nothing; a record keeps the plan as it was made, so that plan and reality can
be laid side by side whatever is moved later.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from content.approval import Role
from content.errors import NotFound, RefusedByRule
from content.finding import Finding
from content.kits import Kit
from content.post import Override, Post
from content.postwriter import write_post
from content.text import nearest
from loa.services import approving, channels, deliveries
from loa.services import campaign_records as records
from loa.services.campaign_plan import (
    GONE,
    Plan,
    Slot,
    day,
    kit,
    kit_names,
    own_values,
    plan,
    rendered,
    written,
)
from loa.services.deliveries import DeliveryView
from loa.services.importing import Stale, import_files, picture_of
from loa.services.people import Person
from loa.services.posts import RefusedFindings
from loa.services.workspace import Workspace
from scheduler.status import Status
from scheduler.store.tables import delivery

__all__ = [
    "CampaignView", "Cell", "Created", "Handed", "ItemProgress", "Plan", "Progress", "Slot", "Tally",
    "create", "day", "kit", "kit_names", "listing", "own_values", "plan", "progress", "submit", "written",
]  # fmt: skip


@dataclass(frozen=True)
class Created:
    """`outcome` is `new`, or `same` when exactly this campaign was there already."""

    id: str
    name: str
    outcome: str
    posts: list[str]


@dataclass(frozen=True)
class Tally:
    """Plan versus done on one channel, in posts; `dropped` were cancelled or taken down."""

    channel: str
    planned: int
    done: int
    dropped: int


@dataclass(frozen=True)
class CampaignView:
    """A campaign as lists show it. `next_at`: when the next of its posts is due, None when none is left."""

    id: str
    name: str
    kit: str
    anchor: date
    officer: str
    created_at: datetime
    planned: int
    done: int
    dropped: int
    next_at: datetime | None
    channels: list[Tally]


@dataclass(frozen=True)
class Cell:
    """One item on one channel; `status` is empty where there is no delivery (yet)."""

    channel: str
    delivery: str
    status: str
    due_at: datetime | None
    url: str


@dataclass(frozen=True)
class ItemProgress:
    """One item: when it was planned, and how it stands on every channel."""

    item: str
    post: str
    title: str
    planned_at: datetime
    lead: str
    partner: str
    cells: list[Cell]


@dataclass(frozen=True)
class Progress:
    """A campaign item by item, in the order of the plan."""

    campaign: CampaignView
    items: list[ItemProgress]


# ---- creating


def create(workspace: Workspace, actor: Person, made: Plan) -> Created:
    """Every taken slot as a draft with its deliveries, all of them or none.

    Raises RefusedFindings for what the plan's own remarks or the posts' checks forbid, RefusedByRule when
    another plan of that name was created before.
    """
    actor.must_be(Role.DRAFTER)
    if not made.taken:
        raise RefusedByRule("campaigns.nothing", name=made.name)
    records.room(workspace).mkdir(exist_ok=True)
    with FileLock(records.room(workspace) / ".lock"):  # two officers, one campaign
        there = records.there(workspace, [one.post for one in made.taken])
        if there:
            _must_be_the_same(workspace, made, there)
            return Created(made.id, made.name, "same", sorted(there))
        if made.refused:
            raise RefusedFindings(made.refused)
        if (told := records.living(workspace, made.id)) is not None:
            raise RefusedByRule("campaigns.exists", name=told["name"], id=made.id)
        # Written first: killed before the import, the list shows a campaign without posts, which the same
        # command completes; the other way round there would be posts of a campaign that nobody knows.
        records.write(workspace, actor, made)
        try:
            imported = _import(workspace, actor, made)
        except Stale as error:
            records.path_of(workspace, made.id).unlink(missing_ok=True)
            raise RefusedByRule("campaigns.post_taken", post=error.row.id, name=made.name) from None
        except BaseException:
            records.path_of(workspace, made.id).unlink(missing_ok=True)
            raise
    return Created(made.id, made.name, "new", imported)


def _import(workspace: Workspace, actor: Person, made: Plan) -> list[str]:
    known = kit(workspace, made.kit)
    items = {item.path.stem: item for item in known.items}
    zone = workspace.config.zone
    with tempfile.TemporaryDirectory(prefix=".campaign-", dir=workspace.folder) as scratch:
        paths = []
        for one in made.taken:
            item = items[one.item]
            read = rendered(known, item, made.id, made.values, zone)
            dated = replace(
                read,
                channels=one.channels,
                due=one.at,
                deadline=None,
                tags=tuple(dict.fromkeys((*read.tags, made.name))),
                overrides=_by_channel(known, read, one, workspace),
            )
            path = Path(scratch) / f"{one.post}.md"
            path.write_text(write_post(dated, zone), "utf-8")
            for media in read.media:
                target = Path(scratch) / media.file
                if not target.exists():
                    source = picture_of(item.path, media.file)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(source, target)
            paths.append(path)
        expected = {one.post: 0 for one in made.taken}
        done = import_files(workspace, actor, paths, expected=expected, slots_stay=True)
    return [one.post for one in done]


def _by_channel(known: Kit, read: Post, one: Slot, workspace: Workspace) -> dict[str, Override]:
    """What the kit says for `fanpage` goes to every channel that serves it."""
    there = [(view.id, view.platform) for view in channels.listing(workspace) if view.id in one.channels]
    return {name: told for role, told in read.overrides.items() for name in known.serves(role, there)}


def _must_be_the_same(workspace: Workspace, made: Plan, there: set[str]) -> None:
    told = records.read(records.path_of(workspace, made.id))
    same = told is not None and records.planned(told) == [
        (one.post, one.at, one.channels) for one in made.taken
    ]
    if not same or len(there) < len(made.taken):
        raise RefusedByRule("campaigns.exists", name=made.name, id=made.id)


@dataclass(frozen=True)
class Handed:
    """One post of a campaign that was to be handed over: `submitted`, `refused` (see the remarks), or
    `nothing` when no draft of it is left."""

    post: str
    title: str
    outcome: str
    findings: list[Finding]


def submit(workspace: Workspace, actor: Person, key: str) -> list[Handed]:
    """Hand every draft of a campaign over for approval, each as `approving.submit` does.

    One that is refused leaves the others; what was handed over stays so when this is interrupted, and the
    next call goes on. Raises NotFound.
    """
    actor.must_be(Role.DRAFTER)
    return [_handed(workspace, actor, item) for item in progress(workspace, key).items]


def _handed(workspace: Workspace, actor: Person, item: ItemProgress) -> Handed:
    if not any(cell.status == Status.DRAFT for cell in item.cells):
        return Handed(item.post, item.title, "nothing", [])
    try:
        view = approving.submit(workspace, actor, item.post)
    except RefusedFindings as error:
        return Handed(item.post, item.title, "refused", list(error.findings))
    return Handed(item.post, view.title, "submitted", [])


# ---- how it goes


def listing(workspace: Workspace) -> list[CampaignView]:
    """Every campaign, the one whose anchor is latest first."""
    found = [_look(workspace, path).campaign for path in records.paths(workspace)]
    return sorted(found, key=lambda one: (one.anchor, one.id), reverse=True)


def progress(workspace: Workspace, key: str) -> Progress:
    """One campaign item by item; raises NotFound naming the nearest."""
    paths = {path.stem: path for path in records.paths(workspace)}
    if key not in paths:
        raise NotFound("campaigns.unknown", id=key, nearest=nearest(key, paths) or ", ".join(paths) or "–")
    return _look(workspace, paths[key])


def _look(workspace: Workspace, path: Path) -> Progress:
    told = records.read(path)
    assert told is not None  # as `_records` saw a moment ago; a record is replaced, never emptied
    keys = [one["post"] for one in told["slots"]]
    with workspace.database.read() as connection:
        views = {view.id: view for view in deliveries.select_views(connection, delivery.c.post_id.in_(keys))}
    items = [
        ItemProgress(
            item=str(one.get("item", "")),
            post=key,
            title=str(one.get("title", "")),
            planned_at=at,
            lead=str(one.get("lead", "")),
            partner=str(one.get("partner", "")),
            cells=[_cell(key, name, views.get(f"{key}@{name}")) for name in names],
        )
        for one, (key, at, names) in zip(told["slots"], records.planned(told), strict=True)
    ]
    return Progress(_summed(path.stem, told, items), items)


def _cell(key: str, channel: str, view: DeliveryView | None) -> Cell:
    if view is None:
        return Cell(channel, f"{key}@{channel}", "", None, "")
    return Cell(channel, view.id, view.status, view.due_at, view.url)


def _summed(key: str, told: Mapping[str, Any], items: Sequence[ItemProgress]) -> CampaignView:
    cells = [cell for item in items for cell in item.cells]
    names = dict.fromkeys(cell.channel for cell in cells)
    tallies = [_tally(name, [cell for cell in cells if cell.channel == name]) for name in names]
    waiting = [
        cell.due_at
        for cell in cells
        if cell.due_at and cell.status not in {Status.PUBLISHED, Status.REMOVING, *GONE}
    ]
    return CampaignView(
        id=key,
        name=told["name"],
        kit=told["kit"],
        anchor=date.fromisoformat(told["anchor"]),
        officer=told["officer"],
        created_at=datetime.fromisoformat(told["created_at"]),
        planned=sum(one.planned for one in tallies),
        done=sum(one.done for one in tallies),
        dropped=sum(one.dropped for one in tallies),
        next_at=min(waiting, default=None),
        channels=tallies,
    )


def _tally(name: str, cells: Sequence[Cell]) -> Tally:
    return Tally(
        name,
        planned=len(cells),
        done=sum(cell.status == Status.PUBLISHED for cell in cells),
        dropped=sum(cell.status in GONE for cell in cells),
    )
