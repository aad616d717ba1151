"""Posts that somebody is writing: a folder each, kept whole every few seconds, saved in one go.

`drafts/<id>/post.md` is the post's file as `loa post import` takes it, its pictures and videos beside it;
`drafts/<id>/draft.json` says which revision of which post it began from. Saving is importing: there is no
second way in. A draft lies in files, not in the database, so that neither a closed window nor a dropped line
loses more than the last words, and writing never waits for another's transaction.
"""

from __future__ import annotations

import difflib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import exists, select

from content.checks import leads_away
from content.errors import NotFound, RefusedByRule, UsageError
from content.frontmatter import LARGEST_BYTES
from content.kinds import KINDS
from content.media import MediaStore
from content.post import Post
from content.postwriter import with_field, write_post
from content.text import nearest, slug
from content.variant import MediaRef
from content.whole import PRIVATE, write_whole
from loa.services.importing import Imported, Stale, import_files
from loa.services.people import Person
from loa.services.posts import AnyRow, delivery_rows, parsed, post_row
from loa.services.workspace import Workspace
from scheduler.status import DONE, EDITABLE, Status, post_status
from scheduler.store import search as words
from scheduler.store.tables import delivery, post

FOLDER = "drafts"
POST, ABOUT = "post.md", "draft.json"
MOST = 500
"""Drafts lying about; more are a loop, not people."""
MOST_EDITABLE = 500
"""Posts that are offered for editing: whoever wants an older one searches for it."""
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


@dataclass(frozen=True)
class Draft:
    """`base` is the revision of `post` that it was begun from, 0 for a post that does not exist yet."""

    id: str
    post: str
    base: int
    officer: str
    begun_at: datetime
    kept_at: datetime
    source: str
    files: tuple[str, ...]
    origin: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Where the words are from, when not from the officer: `guest` (a name), or `feed`, `item` and `link`;
    and the `officer` who took them in."""
    writers: tuple[str, ...] = ()
    """Others who wrote in it, or in the draft that it is a copy of."""

    @property
    def wrote(self) -> tuple[str, ...]:
        """Everybody whose words it may hold: none of them may approve the post."""
        return tuple(dict.fromkeys((self.officer, *self.writers)))

    @property
    def title(self) -> str:
        """As far as it can be told: a draft may be half a file."""
        found = re.search(r"^(?:title|tiêu đề): *\"?(.*?)\"?$", self.source, re.MULTILINE)
        return found[1] if found else ""


class Overtaken(RefusedByRule):
    """Somebody saved another revision meanwhile; `changes` are what they changed, as lines of a diff."""

    def __init__(self, draft: Draft, row: AnyRow, base: str) -> None:
        who = str(row.contributors).rpartition(",")[2]
        super().__init__("drafts.overtaken", post=draft.post, officer=who, revision=row.revision)
        lines = difflib.unified_diff(base.splitlines(), str(row.source).splitlines(), lineterm="", n=1)
        self.changes = [line for line in lines if not line.startswith(("---", "+++"))]
        self.theirs = str(row.source)
        self.revision = int(row.revision)


def begin(workspace: Workspace, officer: str, key: str = "", *, title: str = "") -> Draft:
    """A new draft: of post `key`, with its files, or of nothing yet; raises NotFound for another key."""
    now = workspace.now()
    if len(listing(workspace)) >= MOST:
        raise RefusedByRule("drafts.too_many", count=MOST)
    row = None
    if key:
        with workspace.database.read() as connection:
            row = post_row(connection, key)
            states = connection.execute(select(delivery.c.status).where(delivery.c.post_id == key)).scalars()
            if (known := list(states)) and all(status in DONE for status in known):
                raise RefusedByRule("drafts.finished", post=key)
    _room(workspace).mkdir(exist_ok=True)
    name = _free_id(workspace, key or slug(title or "bai-moi"))
    about = {"post": key, "base": row.revision if row else 0, "officer": officer, "begun_at": now.isoformat()}
    with tempfile.TemporaryDirectory(prefix=".new-", dir=_room(workspace)) as scratch:
        whole = Path(scratch) / name
        whole.mkdir()
        source = as_it_stands(workspace, row) if row else write_post(_blank(title), workspace.config.zone)
        (whole / POST).write_text(source, "utf-8")
        (whole / "base.md").write_text(source, "utf-8")
        (whole / ABOUT).write_text(json.dumps(about, ensure_ascii=False), "utf-8")
        for entry in json.loads(row.media) if row else ():
            lay_out(workspace, whole, entry)
        whole.rename(_room(workspace) / name)  # all of it, or nothing of it
    return get(workspace, name)


def begin_with(
    workspace: Workspace,
    officer: str,
    source: str,
    files: Mapping[str, bytes | Path],
    *,
    name: str,
    origin: Mapping[str, str] | None = None,
) -> Draft:
    """A new draft that holds words and files already, as of a Word file; it is called after `name`."""
    now = workspace.now()
    if len(listing(workspace)) >= MOST:
        raise RefusedByRule("drafts.too_many", count=MOST)
    if len(source.encode()) > LARGEST_BYTES:
        raise UsageError("drafts.too_long", kib=LARGEST_BYTES // 1024)
    _room(workspace).mkdir(exist_ok=True)
    free = _free_id(workspace, slug(name))
    about: dict[str, Any] = {"post": "", "base": 0, "officer": officer, "begun_at": now.isoformat()}
    about |= {"origin": dict(origin)} if origin else {}
    with tempfile.TemporaryDirectory(prefix=".new-", dir=_room(workspace)) as scratch:
        whole = Path(scratch) / free
        whole.mkdir()
        for file, data in files.items():
            (whole / file).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(data, Path):
                shutil.copyfile(data, whole / file)
            else:
                (whole / file).write_bytes(data)
        (whole / "base.md").write_text("", "utf-8")  # nobody is to take it for a blank one
        (whole / ABOUT).write_text(json.dumps(about, ensure_ascii=False), "utf-8")
        write_whole(whole / POST, source.encode(), PRIVATE)
        whole.rename(_room(workspace) / free)
    return get(workspace, free)


def listing(workspace: Workspace) -> list[Draft]:
    """Every draft, the one that was worked on last first."""
    found = [_read(path) for path in _room(workspace).glob("*") if _ID.fullmatch(path.name)]
    return sorted((one for one in found if one), key=lambda one: one.kept_at, reverse=True)


def get(workspace: Workspace, draft_id: str) -> Draft:
    """Raises NotFound naming the nearest."""
    draft = _read(_room(workspace) / draft_id) if _ID.fullmatch(draft_id) else None
    if draft is None:
        near = nearest(draft_id, [one.id for one in listing(workspace)])
        raise NotFound("drafts.unknown", draft=draft_id, nearest=near or "–")
    return draft


def folder(workspace: Workspace, draft: Draft) -> Path:
    return _room(workspace) / draft.id


def keep(workspace: Workspace, draft: Draft, source: str) -> Draft:
    """Write the words down as they are now, whole or not at all; raises UsageError for more than 256 KiB."""
    data = source.encode("utf-8", "replace")
    if len(data) > LARGEST_BYTES:
        raise UsageError("drafts.too_long", kib=LARGEST_BYTES // 1024)
    write_whole(folder(workspace, draft) / POST, data, PRIVATE)
    return get(workspace, draft.id)


def keep_apart(workspace: Workspace, draft: Draft, source: str, officer: str) -> Draft:
    """Like `keep`, but never over words that were kept elsewhere since `draft` was read.

    Then, and when the draft was thrown away or saved elsewhere, `source` becomes a draft of its own, with
    another id, begun from the same revision.
    """
    there = _read(folder(workspace, draft))
    if there is None or there.source != draft.source:
        return copy(workspace, draft, source, officer)
    if officer not in there.wrote:
        _note_writer(workspace, there, officer)  # before their words: killed in between, it is one too many
    # What was kept is what these words are, even if somebody else replaces them before they are read back.
    return replace(keep(workspace, draft, source), source=source)


def copy(workspace: Workspace, draft: Draft, source: str, officer: str) -> Draft:
    """Another draft of the same post from the same revision, with the same files and other words."""
    data = source.encode("utf-8", "replace")
    if len(data) > LARGEST_BYTES:
        raise UsageError("drafts.too_long", kib=LARGEST_BYTES // 1024)
    name = _free_id(workspace, draft.id)
    about = {
        "post": draft.post,
        "base": draft.base,
        "officer": officer,
        "begun_at": workspace.now().isoformat(),
        "writers": [name for name in draft.wrote if name != officer],
        **({"origin": dict(draft.origin)} if draft.origin else {}),
    }
    with tempfile.TemporaryDirectory(prefix=".new-", dir=_room(workspace)) as scratch:
        whole = Path(scratch) / name
        whole.mkdir()
        if (there := folder(workspace, draft)).is_dir():
            shutil.copytree(there, whole, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".*"))
        else:
            (whole / "base.md").write_text("", "utf-8")
        write_whole(whole / POST, data, PRIVATE)
        (whole / ABOUT).write_text(json.dumps(about, ensure_ascii=False), "utf-8")
        whole.rename(_room(workspace) / name)
    return replace(get(workspace, name), source=source)


def is_untouched(workspace: Workspace, draft: Draft) -> bool:
    """Whether nothing was written since it was begun."""
    return _base(workspace, draft) == draft.source


def _base(workspace: Workspace, draft: Draft) -> str | None:
    try:
        return (folder(workspace, draft) / "base.md").read_text("utf-8")
    except (OSError, ValueError):
        return None


@dataclass(frozen=True)
class Editable:
    """A post that a draft can be begun of."""

    id: str
    title: str
    status: str
    officer: str
    updated_at: datetime


def editable(workspace: Workspace, search: str = "") -> list[Editable]:
    """Posts that may still change, the last change first, at most MOST_EDITABLE; `search` as in lists."""
    changing = exists().where(delivery.c.post_id == post.c.id, delivery.c.status.in_(EDITABLE))
    columns = (post.c.id, post.c.title, post.c.contributors, post.c.updated_at)
    query = select(*columns).where(changing)
    if words.means_something(search):
        found = words.newest(select(delivery.c.post_id), search).limit(20 * MOST_EDITABLE).subquery()
        query = query.where(post.c.id.in_(select(found.c.post_id)))
    query = query.order_by(post.c.updated_at.desc(), post.c.id).limit(MOST_EDITABLE)
    with workspace.database.read() as connection:
        rows = connection.execute(query).all()
        of = delivery.c.post_id.in_([row.id for row in rows])
        states: dict[str, list[Status]] = {}
        for row in connection.execute(select(delivery.c.post_id, delivery.c.status).where(of)):
            states.setdefault(row.post_id, []).append(Status(row.status))
    return [
        Editable(
            row.id,
            row.title,
            post_status(states[row.id]),
            str(row.contributors).rpartition(",")[2],
            row.updated_at,
        )
        for row in rows
        if all(status in EDITABLE or status in DONE for status in states[row.id])
    ]


def attach(workspace: Workspace, draft: Draft, path: Path) -> str:
    """Copy a picture, a video or captions beside the draft; the name by which the post calls it.

    Raises MediaError when it cannot be published. The same name with other content gets a number.
    """
    with tempfile.TemporaryDirectory(prefix=".try-", dir=_room(workspace)) as scratch:
        MediaStore(Path(scratch)).add(path, "")  # refused now, not when the post is saved
        copy = Path(scratch) / "copy"
        shutil.copyfile(path, copy)
        stem, suffix = slug(path.stem), path.suffix.lower()
        names = [f"{stem}{suffix}", *(f"{stem}-{number}{suffix}" for number in range(2, 1000))]
        for name in names:
            target = folder(workspace, draft) / name
            if not target.exists():
                copy.rename(target)
                return name
            if target.read_bytes() == copy.read_bytes():
                return name
    raise UsageError("drafts.too_many_files")


def save(workspace: Workspace, actor: Person, draft: Draft, *, over: int = 0) -> Imported:
    """Make it the post's next revision, and the draft is gone; a new post gets its id from its title.

    Raises RefusedFindings with every mistake, and Overtaken when another revision was saved since the draft
    was begun, unless `over` names that revision: then its words are replaced knowingly. The draft stays then.
    A campaign's figure that is filled in later keeps a post from submission, not from being saved.
    """
    place = folder(workspace, draft) / POST
    base = (_base(workspace, draft) or "") if draft.post else ""
    key = draft.post or _new_key(workspace, draft)
    # Without an id the file's own name would be one; and a draft is of one post, whatever was typed there.
    there = get(workspace, draft.id)
    write_whole(place, with_field(there.source, "id", key).encode(), PRIVATE)
    try:
        expected = {key: over or draft.base}
        [imported] = import_files(
            workspace, actor, [place], expected=expected, slots_stay=bool(draft.post), origin=draft.origin,
            contributors=there.wrote, begun="" if over else base,
        )  # fmt: skip
    except Stale as error:
        raise Overtaken(draft, error.row, base) from None
    discard(workspace, draft)
    return imported


def discard(workspace: Workspace, draft: Draft) -> None:
    """Throw a draft away; what was saved of its post stays."""
    away = _room(workspace) / f".gone-{draft.id}-{os.getpid()}"
    folder(workspace, draft).rename(away)  # killed from here on, it is no draft any more
    shutil.rmtree(away, ignore_errors=True)


def _room(workspace: Workspace) -> Path:
    return workspace.folder / FOLDER


def _read(path: Path) -> Draft | None:
    try:
        about: dict[str, Any] = json.loads((path / ABOUT).read_text("utf-8"))
        status = (path / POST).stat()
        return Draft(
            id=path.name,
            post=str(about["post"]),
            base=int(about["base"]),
            officer=str(about["officer"]),
            begun_at=datetime.fromisoformat(about["begun_at"]),
            kept_at=datetime.fromtimestamp(status.st_mtime, datetime.fromisoformat(about["begun_at"]).tzinfo),
            source=(path / POST).read_text("utf-8", "replace")[:LARGEST_BYTES],
            files=tuple(sorted(one.name for one in path.iterdir() if _is_its_file(one.name))),
            origin={str(name): str(value) for name, value in dict(about.get("origin") or {}).items()},
            writers=tuple(map(str, about.get("writers") or ())),
        )
    except (OSError, ValueError, KeyError, TypeError):  # being made, thrown away, or no draft at all
        return None


def _note_writer(workspace: Workspace, draft: Draft, officer: str) -> None:
    place = folder(workspace, draft) / ABOUT
    about: dict[str, Any] = json.loads(place.read_text("utf-8"))
    about["writers"] = [*draft.writers, officer]
    write_whole(place, json.dumps(about, ensure_ascii=False).encode(), PRIVATE)


def _is_its_file(name: str) -> bool:
    return name not in (POST, ABOUT, "base.md") and not name.startswith(
        "."
    )  # half written, or who has it open


def _blank(title: str) -> Post:
    return Post(key="", title=title, kind=next(iter(KINDS)), body="")


def _free_id(workspace: Workspace, wanted: str) -> str:
    stem = slug(wanted, longest=60)
    names = (stem, *(f"{stem}-{number}" for number in range(2, MOST + 2)))
    return next(name for name in names if not (_room(workspace) / name).exists())


def _new_key(workspace: Workspace, draft: Draft) -> str:
    """From the title, and nobody else's."""
    stem = slug(draft.title or draft.id)
    with workspace.database.read() as connection:
        taken = set(connection.execute(select(post.c.id).where(post.c.id.startswith(stem))).scalars())
    return next(
        key for n in range(1, len(taken) + 2) if (key := f"{stem}-{n}" if n > 1 else stem) not in taken
    )


def as_it_stands(workspace: Workspace, row: AnyRow) -> str:
    """A post's text with the times that count: those to which its deliveries were moved, if to one time."""
    with workspace.database.read() as connection:
        rows = [one for one in delivery_rows(connection, row.id) if one.status in EDITABLE]
    read, _ = parsed(workspace, row)
    times = {(one.due_at, one.deadline) for one in rows if one.status != Status.CANCELLED}
    due, deadline = times.pop() if len(times) == 1 else (None, None)
    if due is None or due == read.due:
        return str(row.source)
    zone, source = workspace.config.zone, str(row.source)
    try:
        source = with_field(source, "due", due.astimezone(zone).isoformat(timespec="seconds"))
        if read.deadline and deadline:
            local = deadline.astimezone(zone).isoformat(timespec="seconds")
            source = with_field(source, "deadline", local)
    except UsageError:  # written so that no field of it can be set: the officer's own times stay
        return str(row.source)
    return source


def entries(row: AnyRow) -> list[dict[str, Any]]:
    """The files of a post's row, for `lay_out`."""
    found: list[dict[str, Any]] = json.loads(str(row.media))
    return found


def lay_out(workspace: Workspace, whole: Path, entry: dict[str, Any]) -> None:
    """A post's file under the name by which the post calls it."""
    name = str(entry["file"])
    if leads_away(name):
        return
    target = whole / PurePath(name)
    target.parent.mkdir(parents=True, exist_ok=True)
    stored = workspace.media.path(MediaRef(**entry["ref"]))
    shutil.copyfile(stored, target)  # never a link: who edits the copy must not change what was approved
