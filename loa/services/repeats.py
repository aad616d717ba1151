"""Bài lặp lại: one post as dated drafts, and how much of a series is public.

Creating is one import, all or nothing, and the same again adds nothing: a record says what a series
consists of. Each copy is a post like others: it is submitted and approved by itself.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from content.approval import Role
from content.errors import RefusedByRule
from content.post import Post
from content.postwriter import write_post
from loa.services import deliveries, drafts
from loa.services import repeat_records as records
from loa.services.importing import Stale, import_files
from loa.services.people import Person
from loa.services.posts import AnyRow, RefusedFindings, parsed, post_row
from loa.services.repeat_plan import (
    Occurrence,
    RepeatPlan,
    Wish,
    extended,
    get,
    in_words,
    plan,
)
from loa.services.repeat_records import Series
from loa.services.workspace import Workspace
from scheduler.status import Status
from scheduler.store.tables import delivery

__all__ = [
    "Cell", "Created", "Occurrence", "Progress", "RepeatPlan", "SeriesView", "Wish", "create", "extended",
    "get", "in_words", "listing", "plan", "progress",
]  # fmt: skip

GONE = (Status.CANCELLED, Status.REMOVED)


@dataclass(frozen=True)
class Created:
    """`outcome` is `new`, or `same` when exactly this was there already; `posts` are those created now."""

    id: str
    outcome: str
    posts: list[str]
    there: int


@dataclass(frozen=True)
class SeriesView:
    """A series as lists show it. `planned`, `done` and `dropped` count deliveries.

    `next_at`: when the next of them is due, None when none is left; `last_at`: the series' end so far.
    """

    id: str
    post: str
    title: str
    told: str
    officer: str
    created_at: datetime | None
    posts: int
    planned: int
    done: int
    dropped: int
    next_at: datetime | None
    last_at: datetime


@dataclass(frozen=True)
class Cell:
    """One delivery of a series; `status` is empty where there is none (any more)."""

    post: str
    channel: str
    delivery: str
    planned_at: datetime
    status: str
    due_at: datetime | None
    url: str


@dataclass(frozen=True)
class Progress:
    """A series delivery by delivery, in the order of its days."""

    series: SeriesView
    cells: list[Cell]


# ---- creating


def create(workspace: Workspace, actor: Person, made: RepeatPlan) -> Created:
    """Every day of a plan that is not there yet as a draft, all of them or none.

    Raises RefusedFindings for what the plan's own remarks or the posts' checks forbid, RefusedByRule when
    a post of another origin bears the name of one of the copies.
    """
    actor.must_be(Role.DRAFTER)
    series = made.series
    if not made.occurrences:
        raise RefusedByRule("time.nothing", id=series.id)
    records.room(workspace).mkdir(exist_ok=True)
    with FileLock(records.room(workspace) / ".lock"):  # two officers, one series
        before = records.living(workspace, series.id)
        if before is not None and not before.repeats_like(series):  # made since the plan was
            raise RefusedByRule("time.series_exists", id=series.id, post=before.post, told=in_words(before))
        exist = records.there(workspace, [one.post for one in made.occurrences])
        fresh = [one for one in made.occurrences if not one.there and one.post not in exist]
        own = {one.post for one in before.made} if before else set()
        if taken := exist - own:
            raise RefusedByRule("time.post_taken", post=min(taken))
        if made.refused and fresh:
            raise RefusedFindings(made.refused)
        # Written first: killed before the import, the record names posts that are not there yet, and the
        # same command makes them; the other way round there would be posts that belong to no series.
        by = replace(series, officer=series.officer or actor.name)
        records.write(workspace, replace(by, created_at=series.created_at or workspace.now()))
        try:
            posts = _import(workspace, actor, series, fresh)
        except BaseException as error:
            if before is None:
                records.path_of(workspace, series.id).unlink(missing_ok=True)
            else:
                records.write(workspace, before)
            if isinstance(error, Stale):
                raise RefusedByRule("time.post_taken", post=error.row.id) from None
            raise
    return Created(series.id, "new" if posts else "same", posts, len(made.occurrences) - len(posts))


def _import(workspace: Workspace, actor: Person, series: Series, fresh: list[Occurrence]) -> list[str]:
    if not fresh:
        return []
    with workspace.database.read() as connection:
        row = post_row(connection, series.post)
    read, _ = parsed(workspace, row)
    with tempfile.TemporaryDirectory(prefix=".repeat-", dir=workspace.folder) as scratch:
        folder = Path(scratch)
        paths = [_laid(workspace, folder, row, read, one) for one in fresh]
        expected, wrote = {one.post: 0 for one in fresh}, str(row.contributors).split(",")
        done = import_files(workspace, actor, paths, expected=expected, contributors=wrote)
    return [one.post for one in done]


def _laid(workspace: Workspace, folder: Path, row: AnyRow, read: Post, one: Occurrence) -> Path:
    """The copy's file with its pictures beside it, as `import_files` takes it."""
    # How long the post may be late is the copy's too; a deadline without a time to measure it from is not.
    late = read.deadline - read.due if read.deadline and read.due else None
    copy = replace(
        read, key=one.post, channels=one.channels, due=one.at, deadline=one.at + late if late else None
    )
    for entry in json.loads(row.media):
        if not (folder / str(entry["file"])).exists():
            drafts.lay_out(workspace, folder, entry)
    path = folder / f"{one.post}.md"
    path.write_text(write_post(copy, workspace.config.zone), "utf-8")
    return path


# ---- how it goes


def listing(workspace: Workspace) -> list[SeriesView]:
    """Every series, the one whose next post is due first; those that are over last."""
    found = [_look(workspace, series).series for series in records.every(workspace)]
    return sorted(found, key=lambda one: (one.next_at is None, one.next_at or one.last_at, one.id))


def progress(workspace: Workspace, series_id: str) -> Progress:
    """One series delivery by delivery; raises NotFound naming the nearest."""
    return _look(workspace, get(workspace, series_id))


def _look(workspace: Workspace, series: Series) -> Progress:
    keys = [one.post for one in series.made]
    with workspace.database.read() as connection:
        views = {view.id: view for view in deliveries.select_views(connection, delivery.c.post_id.in_(keys))}
    cells = []
    for one in series.made:
        for name in one.channels:
            view = views.get(f"{one.post}@{name}")
            about = (view.status, view.due_at, view.url) if view else ("", None, "")
            cells.append(Cell(one.post, name, f"{one.post}@{name}", one.at, *about))
    waiting = [
        cell.due_at
        for cell in cells
        if cell.due_at and cell.status not in {Status.PUBLISHED, Status.REMOVING, *GONE}
    ]
    summary = SeriesView(
        id=series.id,
        post=series.post,
        title=series.title,
        told=in_words(series),
        officer=series.officer,
        created_at=series.created_at,
        posts=len(series.made),
        planned=len(cells),
        done=sum(cell.status == Status.PUBLISHED for cell in cells),
        dropped=sum(cell.status in GONE for cell in cells),
        next_at=min(waiting, default=None),
        last_at=max(one.at for one in series.made),
    )
    return Progress(summary, cells)
