"""Taking posts in from Markdown files: all of a batch or nothing of it."""

from __future__ import annotations

import json
import os
import tempfile
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import Connection, insert, select, update

from content import captions
from content.approval import Role
from content.calendar.slots import means_slot
from content.checks import check_post, leads_away
from content.errors import RefusedByRule, UsageError
from content.finding import Finding, blocking
from content.frontmatter import PostFileError, parse_post, read_post
from content.kinds import kind
from content.media import MediaError, MediaStore
from content.moment import parse_moment, show
from content.post import Post
from content.postwriter import with_field
from content.variant import MediaRef
from content.wording import say
from loa.services import duplicates, guests, law, limits, mediashare, nearby, offers, slots
from loa.services.people import Person
from loa.services.places import in_file
from loa.services.posts import AnyRow, RefusedFindings, add_contributor, delivery_rows, void
from loa.services.workspace import Workspace
from scheduler import audit
from scheduler.status import DONE, EDITABLE, Status
from scheduler.store import units
from scheduler.store.tables import delivery, post

MAX_FILES = 500
DROPPED = "channel_dropped"
UNFILLED = "content.slot_unfilled"


@dataclass(frozen=True)
class Imported:
    """What became of one file: `new`, `changed` (approvals void) or `same`; and the remarks on it."""

    post: str
    title: str
    outcome: str
    findings: list[Finding]


class Stale(RefusedByRule):
    """The post in the database is not the revision that the new text was made from; `row` is what it is."""

    def __init__(self, row: AnyRow) -> None:
        super().__init__("cli.post.stale", post=row.id, revision=row.revision)
        self.row = row


@dataclass(frozen=True)
class _Incoming:
    """One file, checked and with its pictures in the scratch store, before anything is kept."""

    post: Post
    media: dict[str, MediaRef]
    findings: list[Finding]
    in_slot: bool = False
    """Its time was not told: it is the next free slot of its channels."""
    told: bool = False
    """Its time was told with the command, not only by its file."""


def import_files(
    workspace: Workspace,
    actor: Person,
    paths: Sequence[Path],
    *,
    due: str = "",
    expected: Mapping[str, int] | None = None,
    slots_stay: bool = False,
    origin: Mapping[str, str] | None = None,
    contributors: Sequence[str] = (),
    begun: str = "",
) -> list[Imported]:
    """Take in Markdown files, all of them or none.

    A file whose post is known becomes its next revision and voids its approvals; the same text again
    changes nothing. `due` replaces the time in the file; `slot` is the next free slot of all the channels of
    the post (`slots`), each post of a batch the next one. Raises RefusedFindings with every mistake of
    every file, and Stale when a post is not at the revision that `expected` says (0: it is not there yet).
    With `slots_stay` a slot that nobody filled yet is a remark; submitting the post is what it forbids. So is
    a place between double braces in a unit that has others below to fill it in (`adopting`).
    `origin` is where the words are from (`drafts.Draft.origin`): it goes into the audit, and a guest among
    the contributors. `contributors` wrote the words as well: whoever copies or saves another's text does not
    become its only author, or the author could approve it.

    Of a known post the times in the file count where somebody changed them there: where they are as in the
    stored text (or in `begun`, the text that the officer began from), deliveries keep the times that
    `queue move` gave them.
    """
    actor.must_be(Role.DRAFTER)
    if len(paths) > MAX_FILES:
        raise UsageError("cli.post.too_many_files", count=len(paths), most=MAX_FILES)
    now = workspace.now()
    with tempfile.TemporaryDirectory(prefix=".import-", dir=workspace.folder) as scratch_folder:
        scratch = MediaStore(Path(scratch_folder))
        incoming, refused = _read_all(workspace, paths, due, scratch, now)
        if slots_stay:
            refused = [finding for finding in refused if finding.rule != UNFILLED]
        elif any(_is_place(finding) for finding in refused) and _can_offer(workspace):
            refused = [finding for finding in refused if not _is_place(finding)]
            incoming = [replace(one, findings=[_as_model(f) for f in one.findings]) for one in incoming]
        if refused:
            raise RefusedFindings(refused)

        def work(connection: Connection) -> list[Imported]:
            for key, revision in (expected or {}).items():
                _must_be_at(connection, key, revision)
            for item in incoming:
                if item.in_slot and item.post.due:
                    slots.must_still_be_free(connection, item.post.due, item.post.channels, item.post.key)
            wrote = [*_brought_by(origin or {}), *contributors]
            about = (origin or {}, wrote, begun)
            stored = [_store(workspace, connection, actor, item, now, *about) for item in incoming]
            for item in incoming:  # last: a row that was refused leaves no picture behind
                for ref in item.media.values():
                    _adopt(scratch, workspace.media, ref)
            return stored

        stored = workspace.database.run(work)
    mediashare.hand_on(workspace, (ref for item in incoming for ref in item.media.values()))
    return stored


def _is_place(finding: Finding) -> bool:
    return finding.rule == UNFILLED and str(finding.values["words"]).startswith("{{")


def _can_offer(workspace: Workspace) -> bool:
    with workspace.database.read() as connection:
        return bool(units.below(connection))


def _as_model(finding: Finding) -> Finding:
    """Said all the same: who did not mean to offer the post has forgotten something."""
    return replace(finding, rule="offer.place_stays", severity="warn") if _is_place(finding) else finding


def _read_all(
    workspace: Workspace, paths: Sequence[Path], due: str, scratch: MediaStore, now: datetime
) -> tuple[list[_Incoming], list[Finding]]:
    """Every file read and checked; the findings that forbid the import, of all files together."""
    with workspace.database.read() as connection:
        platforms = nearby.platforms(connection)
    seen = slots.look(workspace) if means_slot(due) else None
    taken: list[tuple[datetime, str]] = []
    incoming: list[_Incoming] = []
    refused: list[Finding] = []
    for path in paths:
        try:
            read, findings = _read_one(workspace, path, due if seen is None else "", now)
            if seen is not None:
                read, findings = _in_slot(workspace, path, read, seen, taken)
        except PostFileError as error:
            refused += error.findings
            continue
        remarks = check_post(read, known_channels=platforms, now=now, chosen=workspace.config.checks)
        remarks += _quiet(workspace, read, platforms)
        findings += [in_file(finding, read, path.name) for finding in remarks]
        media: dict[str, MediaRef] = {}
        for number, item in enumerate(read.media, 1):
            if leads_away(item.file):
                continue  # refused among the remarks; the file is not even looked at
            try:
                media[item.file] = scratch.add(picture_of(path, item.file), item.alt)
            except MediaError as error:
                findings.append(in_file(error.finding, read, path.name, f"media[{number}]"))
        said = captions.remarks(read, media, _paths(scratch, media), workspace.config.checks)
        findings += [in_file(finding, read, path.name) for finding in said]
        refused += blocking(findings)
        # Said here, decided at submission: what is written is kept, whatever the law says by then.
        moments = [read.due] if read.due else []
        late = law.findings(workspace, read, moments) + duplicates.findings(workspace, read, moments)
        near = nearby.crowded(workspace, read, [one.post for one in incoming])
        late += [replace(one, severity="warn") if one.severity == "block" else one for one in near]
        findings += [in_file(finding, read, path.name) for finding in late]
        incoming.append(_Incoming(read, media, findings, seen is not None, bool(due)))
    keys = [item.post.key for item in incoming]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        refused.append(Finding("cli.twice_in_import", "block", key, {"post": key}))
    return incoming, refused


def _paths(store: MediaStore, media: Mapping[str, MediaRef]) -> Callable[[str], Path]:
    return lambda file: store.path(media[file])


def _read_one(workspace: Workspace, path: Path, due: str, now: datetime) -> tuple[Post, list[Finding]]:
    read, findings = read_post(path, workspace.config.zone)
    if not due:
        return read, findings
    moment, hints = parse_moment(due, workspace.config.zone, now=now)
    changed, again = _due_at(workspace, path, read, moment)
    return changed, again + hints


def _due_at(workspace: Workspace, path: Path, read: Post, moment: datetime) -> tuple[Post, list[Finding]]:
    zone = workspace.config.zone
    local = moment.astimezone(zone).isoformat(timespec="seconds")
    changed, findings = parse_post(with_field(read.source, "due", local), file_name=path.name, zone=zone)
    return replace(changed, key=read.key), findings


def _in_slot(
    workspace: Workspace, path: Path, read: Post, seen: slots.Look, taken: list[tuple[datetime, str]]
) -> tuple[Post, list[Finding]]:
    """The post at the next slot that is free on all its channels, which then is `taken` for the next one."""
    if not read.channels:
        return read, []  # that is told among the remarks, and forbids the import
    about: dict[str, Any] = {"kind": read.kind, "tags": read.tags}
    at = slots.next_free(seen, read.channels, without_post=read.key, also_taken=taken, **about)
    taken += [(at, name) for name in read.channels]
    changed, findings = _due_at(workspace, path, read, at)
    told: dict[str, object] = {
        "moment": show(at, workspace.config.zone),
        "channels": ", ".join(read.channels),
    }
    return changed, [*findings, Finding("time.in_slot", "hint", path.name, told)]


def _quiet(workspace: Workspace, read: Post, platforms: Mapping[str, str]) -> list[Finding]:
    quiet, zone, chosen = workspace.config.quiet_hours, workspace.config.zone, workspace.config.checks
    if read.due is None:
        return []
    found = (quiet.remark(read.due, name, platforms.get(name, ""), zone, chosen) for name in read.channels)
    # Said here, decided at submission, like the law: until then the time may change.
    return [replace(one, severity="warn") if one.severity == "block" else one for one in found if one]


def picture_of(path: Path, file: str) -> Path:
    """Where a post's picture lies: in the folder of the post's file or below, whatever links say.

    One copied from a Mac has a decomposed name that looks the same. Raises MediaError for a name that
    leads away, or through a link out of that folder: a borrowed post must not pull in others of this
    machine's files, which a reader of the post would then see.
    """
    name = PurePath(file).name
    if leads_away(file):
        raise MediaError(Finding("content.media_path", "block", name, {"file": file}))
    written = path.parent / file
    try:
        if not written.exists():
            decomposed = path.parent / unicodedata.normalize("NFD", file)
            written = decomposed if decomposed.exists() else written
        inside = written.resolve().is_relative_to(path.parent.resolve())
    except (OSError, ValueError, RuntimeError):  # a name too long, no name at all, links in a circle
        raise MediaError(Finding("content.file_missing", "block", name)) from None
    if not inside:
        raise MediaError(Finding("content.media_path", "block", name, {"file": file}))
    return written


def _adopt(scratch: MediaStore, store: MediaStore, ref: MediaRef) -> None:
    """Move a checked picture over; a file of the same digest that is there already is the same file."""
    target = store.path(ref)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(scratch.path(ref), target)  # noqa: PTH105  atomic on one file system


def _store(
    workspace: Workspace,
    connection: Connection,
    actor: Person,
    item: _Incoming,
    now: datetime,
    origin: Mapping[str, str],
    wrote: Sequence[str],
    begun: str,
) -> Imported:
    item = replace(item, post=replace(item.post, key=units.free_name(connection, post.c.id, item.post.key)))
    known = connection.execute(select(post).where(post.c.id == item.post.key)).first()
    media = json.dumps(
        [{"file": name, "ref": asdict(ref)} for name, ref in item.media.items()], ensure_ascii=False
    )
    limits.must_fit_media(connection, item.post.key, media)
    if known is not None and known.source == item.post.source and known.media == media:
        return Imported(item.post.key, item.post.title, "same", item.findings)
    values = {
        "title": item.post.title,
        "kind": item.post.kind,
        "source": item.post.source,
        "media": media,
        "updated_at": now,
    }
    if known is None:
        revision = 1
        names = [
            *dict.fromkeys(name for name in wrote if name != actor.name),
            actor.name,
        ]  # last, who saved it
        connection.execute(
            insert(post).values(
                id=item.post.key, revision=revision, contributors=",".join(names), created_at=now, **values
            )
        )
    else:
        must_be_editable(connection, item.post.key)
        revision = known.revision + 1
        connection.execute(update(post).where(post.c.id == item.post.key).values(revision=revision, **values))
        add_contributor(connection, known, *wrote, actor.name)
    duplicates.keep(connection, item.post.key, item.post.body)
    offers.bind(connection, origin, item.post.key, actor.name, now)
    old = begun or (known.source if known else "")
    keep_times = bool(old) and not item.told and _times(workspace, old) == (item.post.due, item.post.deadline)
    kept = _plan(workspace, connection, item.post, now, keep_times=keep_times)
    outcome = "new" if known is None else "changed"
    audit.record(
        connection,
        at=now,
        actor=actor.name,
        action="imported",
        subject=item.post.key,
        outcome=outcome,
        revision=revision,
        **({"origin": dict(origin)} if origin else {}),
    )
    return Imported(item.post.key, item.post.title, outcome, [*item.findings, *kept])


def _brought_by(origin: Mapping[str, str]) -> list[str]:
    """The guest who wrote it and the officer who took it in: that one may not approve it either."""
    guest = [guests.as_contributor(origin["guest"])] if origin.get("guest") else []
    return guest + ([origin["officer"]] if origin.get("officer") else [])


def _times(workspace: Workspace, source: str) -> tuple[datetime | None, datetime | None] | None:
    try:
        read, _ = parse_post(source, file_name="post.md", zone=workspace.config.zone)
    except PostFileError:
        return None
    return read.due, read.deadline


def _plan(
    workspace: Workspace, connection: Connection, read: Post, now: datetime, *, keep_times: bool
) -> list[Finding]:
    """One draft delivery per channel of the post; whatever was approved before is void.

    With `keep_times` those that are there already keep their due time, with a remark where it was moved.
    """
    kept: list[Finding] = []
    due = read.due
    late = workspace.config.deadlines.get(read.kind) or kind(read.kind).lateness
    deadline = read.deadline or (due + late if due else None)
    fresh: dict[str, Any] = {
        "status": Status.DRAFT,
        "due_at": due,
        "deadline": deadline,
        "wake_at": None,
        "payload": "",
        "handle": "{}",
        "pending": "",
        "tries": 0,
        "looks": 0,
        "reads": 0,
        "first_try_at": None,
        "last_error": "",
        "updated_at": now,
    }
    existing = {row.channel_id: row for row in delivery_rows(connection, read.key)}
    for channel_id in read.channels:
        if channel_id in existing and _stays(existing[channel_id]):
            continue
        if channel_id in existing:
            row = existing[channel_id]
            values = fresh
            if keep_times and row.due_at and row.status != Status.CANCELLED:
                ends = row.deadline if read.deadline else row.due_at + late
                values = fresh | {"due_at": row.due_at, "deadline": ends}
                if row.due_at != due:
                    told: dict[str, object] = {
                        "delivery": row.id,
                        "moment": show(row.due_at, workspace.config.zone),
                    }
                    kept.append(Finding("time.moved_stays", "hint", row.id, told))
            connection.execute(update(delivery).where(delivery.c.seq == row.seq).values(**values))
            void(workspace, connection, row, "edited", now)
        else:
            connection.execute(
                insert(delivery).values(
                    id=f"{read.key}@{channel_id}",
                    marker=workspace.new_marker(),
                    post_id=read.key,
                    channel_id=channel_id,
                    fence=0,
                    remote_id="",
                    url="",
                    created_at=now,
                    **fresh,
                )
            )
    dropped = {name for name, row in existing.items() if row.status not in DONE} - set(read.channels)
    for channel_id in sorted(dropped):
        seq = existing[channel_id].seq
        connection.execute(
            update(delivery)
            .where(delivery.c.seq == seq)
            .values(status=Status.CANCELLED, wake_at=None, last_error=DROPPED, updated_at=now)
        )
        void(workspace, connection, existing[channel_id], "channel_dropped", now)
    return kept


def _stays(row: AnyRow) -> bool:
    """What is public is corrected, not edited; what a person cancelled is not brought back by a file."""
    return row.status in DONE or (row.status == Status.CANCELLED and row.last_error != DROPPED)


def _must_be_at(connection: Connection, key: str, revision: int) -> None:
    row = connection.execute(select(post).where(post.c.id == key).with_for_update()).first()
    if row is not None and row.revision != revision:
        raise Stale(row)


def must_be_editable(connection: Connection, key: str) -> None:
    """A post can change while some channel of it is not public yet and none is being published."""
    rows = delivery_rows(connection, key)
    finished = bool(rows) and all(row.status in DONE for row in rows)
    for row in rows:
        if finished or (row.status not in EDITABLE and row.status not in DONE):
            status = say(f"cli.status.{row.status}")
            raise RefusedByRule("cli.post.not_editable", post=key, delivery=row.id, status=status)
