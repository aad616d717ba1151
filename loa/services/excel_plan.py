"""Kế hoạch Excel: the officer's plan, one row a post, to posts and back; all of it or nothing."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from content.checks import check_post, leads_away
from content.errors import MediaError, RefusedByRule, UsageError
from content.finding import Finding, blocking
from content.frontmatter import parse_post
from content.incoming import plansheet
from content.incoming.planfile import PlanRow, read_plan
from content.incoming.planrow import RowReader
from content.media import MediaStore
from content.post import Post
from content.postwriter import write_post
from content.variant import MediaRef
from content.whole import whole
from loa.services import channels, drafts
from loa.services.importing import UNFILLED, Imported, import_files, must_be_editable, picture_of
from loa.services.people import Person
from loa.services.posts import AnyRow, RefusedFindings, post_row
from loa.services.workspace import Workspace
from scheduler.store.tables import post as posts

ENDING = ".xlsx"


@dataclass(frozen=True)
class Planned:
    """One row before anything is made of it: `new`, `changed` or `same`. `due` is aware (UTC) or None."""

    row: int
    post: Post
    outcome: str
    revision: int

    @property
    def due(self) -> datetime | None:
        return self.post.due


@dataclass(frozen=True)
class ExcelPlan:
    """A plan that was read and checked; `findings` are placed at its cells, those that forbid it first."""

    path: Path
    rows: list[Planned]
    findings: list[Finding]

    @property
    def refused(self) -> list[Finding]:
        return blocking(self.findings)

    def count(self, outcome: str) -> int:
        return sum(one.outcome == outcome for one in self.rows)


def read(workspace: Workspace, path: Path) -> ExcelPlan:
    """What importing the plan would do, with every mistake of every cell; nothing is made.

    Raises IncomingError for a file that is no plan.
    """
    sheet = read_plan(path)
    ids = [view.id for view in channels.listing(workspace)]
    reader = RowReader(sheet, workspace.config.zone, ids)
    rows: list[Planned] = []
    with (
        workspace.database.read() as connection,
        tempfile.TemporaryDirectory(prefix=".plan-", dir=workspace.folder) as scratch,
    ):
        work = _Work(workspace, connection, path, reader, MediaStore(Path(scratch)))
        rows = [work.planned(row) for row in sheet.rows]
    findings = [*sheet.findings, *reader.findings, *_twice(reader, sheet.rows, rows), *work.findings]
    order = ("block", "warn", "hint")
    return ExcelPlan(path, rows, sorted(findings, key=lambda one: order.index(one.severity)))


def make(workspace: Workspace, actor: Person, plan: ExcelPlan) -> list[Imported]:
    """The plan's posts as drafts of deliveries, all of them or none; rows that change nothing are left alone.

    Raises RefusedFindings as long as a cell is wrong, Stale when a post was changed since the plan was read.
    """
    if plan.refused:
        raise RefusedFindings(plan.refused)
    at_work = [one for one in plan.rows if one.outcome != "same"]
    with tempfile.TemporaryDirectory(prefix=".plan-", dir=workspace.folder) as scratch:
        paths = [_laid(workspace, plan, one, Path(scratch) / f"{one.row}") for one in at_work]
        expected = {one.post.key: one.revision for one in at_work}
        return import_files(workspace, actor, paths, expected=expected, slots_stay=True)


def template(workspace: Workspace, path: Path) -> None:
    """An empty plan with hints and lists of this unit's channels; raises RefusedByRule over an older file."""
    write_new(path, plansheet.workbook([], _channels(workspace), workspace.config.zone))


def export(workspace: Workspace, path: Path, keys: Sequence[str] = ()) -> tuple[int, list[str]]:
    """Write posts (default: all that may still change) as a plan; how many, and which did not fit a cell."""
    keys = list(dict.fromkeys(keys)) or [one.id for one in drafts.editable(workspace)]
    rows, left_out = [], []
    with workspace.database.read() as connection:
        for key in keys:
            row = post_row(connection, key)
            read = _of(workspace, row)
            if plansheet.fits(read):
                rows.append(plansheet.Row(read, row.revision))
            else:
                left_out.append(key)
    last = datetime.max.replace(tzinfo=workspace.now().tzinfo)
    rows.sort(key=lambda one: (one.post.due or last, one.post.key))
    write_new(path, plansheet.workbook(rows, _channels(workspace), workspace.config.zone))
    return len(rows), left_out


class _Work:
    """Turns the rows of one sheet into posts, against what is there already."""

    def __init__(
        self, workspace: Workspace, connection: Connection, path: Path, reader: RowReader, scratch: MediaStore
    ) -> None:
        self._workspace, self._connection, self._path = workspace, connection, path
        self._reader, self._scratch = reader, scratch
        self.findings: list[Finding] = []

    def planned(self, row: PlanRow) -> Planned:
        key = self._reader.key(row)
        known = self._connection.execute(select(posts).where(posts.c.id == key)).first()
        base = _of(self._workspace, known) if known else Post(key=key, title="", kind="", body="")
        read = self._reader.post(row, base)
        media = self._media(row, read, known)
        exported = self._reader.revision(row)
        if known is not None and read == replace(base, source="") and media == json.loads(known.media):
            return Planned(row.number, base, "same", known.revision)
        if known is not None:
            self._may_change(row, known, exported)
        told = {one.place for one in blocking([*self._reader.sheet.findings, *self._reader.findings])}
        for finding in check_post(read, known_channels=self._reader.channels, now=self._workspace.now()):
            # A slot that is filled later is no mistake of a plan; submitting the post is what it forbids.
            softer = replace(finding, severity="warn") if finding.rule == UNFILLED else finding
            placed = self._reader.placed(softer, row)
            if placed.place not in told:  # a cell that could not be read is not also called blank
                self.findings.append(placed)
        return Planned(row.number, read, "changed" if known else "new", known.revision if known else 0)

    def _may_change(self, row: PlanRow, known: AnyRow, exported: int | None) -> None:
        if "id" not in row.cells:
            self._refuse(row, "title", "taken", post=known.id)
        elif exported is not None and exported != known.revision:
            self._refuse(row, "revision", "stale", post=known.id, revision=known.revision)
        try:
            must_be_editable(self._connection, known.id)
        except RefusedByRule as error:
            self._refuse(row, "id", "not_editable", detail=str(error))

    def _media(self, row: PlanRow, read: Post, known: AnyRow | None) -> list[dict[str, Any]]:
        """The pictures as the post would keep them: beside the plan, else those that the post has already."""
        kept = {entry["file"]: entry for entry in json.loads(known.media)} if known else {}
        entries = []
        for item in read.media:
            if leads_away(item.file):
                continue  # check_post says so; the file is not even looked at
            try:
                beside = picture_of(self._path, item.file)
                if item.file in kept and not beside.exists():
                    ref = {**kept[item.file]["ref"], "alt": item.alt}
                    self._workspace.media.verify(MediaRef(**ref))
                else:
                    ref = asdict(self._scratch.add(beside, item.alt))
                entries.append({"file": item.file, "ref": ref})
            except MediaError as error:
                self.findings.append(self._reader.placed(replace(error.finding, place="media"), row))
        return entries

    def _refuse(self, row: PlanRow, column: str, rule: str, **values: object) -> None:
        place = self._reader.sheet.cell(column, row.number)
        self.findings.append(Finding(f"plan.{rule}", "block", place, values))


def _twice(reader: RowReader, rows: Sequence[PlanRow], planned: Sequence[Planned]) -> list[Finding]:
    """Two rows of one id would be one post, and the second would undo the first."""
    seen: dict[str, int] = {}
    findings = []
    for row, one in zip(rows, planned, strict=True):
        if "title" not in row.cells and "id" not in row.cells:
            continue  # named by its missing title already
        first = seen.setdefault(one.post.key, row.number)
        if first != row.number:
            column = "id" if "id" in row.cells else "title"
            place = reader.sheet.cell(column, row.number)
            findings.append(Finding("plan.twice", "block", place, {"post": one.post.key, "row": first}))
    return findings


def _laid(workspace: Workspace, plan: ExcelPlan, one: Planned, folder: Path) -> Path:
    """The post's file with its pictures beside it, as `import_files` takes it."""
    folder.mkdir()
    kept: dict[str, dict[str, Any]] = {}
    if one.outcome == "changed":
        with workspace.database.read() as connection:
            kept = {entry["file"]: entry for entry in json.loads(post_row(connection, one.post.key).media)}
    for item in one.post.media:
        beside = picture_of(plan.path, item.file)
        if item.file in kept and not beside.exists():
            drafts.lay_out(workspace, folder, kept[item.file])
            continue
        target = folder / item.file
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(beside, target)
    file = folder / f"{one.post.key}.md"
    file.write_text(write_post(one.post, workspace.config.zone), "utf-8")
    return file


def _of(workspace: Workspace, row: AnyRow) -> Post:
    read, _ = parse_post(row.source, file_name=f"{row.id}.md", zone=workspace.config.zone)
    return replace(read, key=row.id)


def _channels(workspace: Workspace) -> list[tuple[str, str]]:
    return [(view.id, view.name) for view in channels.listing(workspace)]


def write_new(path: Path, data: bytes) -> None:
    """A new file, whole or not at all; one that is there may be somebody's work."""
    if path.suffix.lower() != ENDING:
        raise UsageError("plan.ending", file=path.name)
    if not path.parent.is_dir():
        raise UsageError("plan.no_folder", folder=path.parent)
    with whole(path) as file:
        file.write(data)
        if path.exists():
            raise RefusedByRule("plan.exists", file=path.name)
