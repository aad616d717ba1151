"""Moving a workspace's database: from the file in it to a PostgreSQL server, and back.

The order keeps one truth at every instant: the rows are copied and compared in one transaction of the new
database; then config.toml names it, in one step; then the old one is marked as left, so that no open window
and no other machine goes on with it, and a file gets another name. Whoever writes waits for the mark.
Killed before the second step, the old one goes on as if nothing had been; after it, the new one is complete.
"""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from content.approval import Role
from content.errors import RefusedByRule, UsageError
from loa import config as settings
from loa.services import mediashare
from loa.services.people import Person
from loa.services.workspace import Workspace
from scheduler import audit, presence
from scheduler.notes import opening
from scheduler.store import moving, units
from scheduler.store.database import Database
from scheduler.store.moving import Progress
from scheduler.trouble import trouble

FILE = "sqlite"
"""For `to`: the file in the workspace."""
_SETTING = re.compile(r'^database\s*=\s*(?:"[^"\n]*"|\'[^\'\n]*\')', re.MULTILINE)
_FIRST_TABLE = re.compile(r"^\s*\[", re.MULTILINE)


@dataclass(frozen=True)
class Moved:
    """`kept` is the old file under its new name; None when the old database is on a server."""

    rows: int
    place: str
    kept: Path | None


def place(workspace: Workspace) -> str:
    """Where the database is, as a person may read it: without a password."""
    return workspace.database.place


def move(
    workspace: Workspace, actor: Person, to: str, progress: Progress = lambda _table, _rows: None
) -> Moved:
    """Move to a server's address (`postgresql://…`) or back to the FILE.

    Nothing else may run meanwhile: neither the publisher nor a window; whoever writes waits. Raises
    RefusedByRule when a publisher is there, or the new database has rows in it; UsageError for a bad address.
    """
    actor.must_be(Role.OPERATOR)
    if workspace.is_kept_apart:  # one unit's rows alone would go, and stay with the publisher as well
        raise RefusedByRule("unit.only_the_house")
    old = workspace.database
    with old.read() as connection:
        seen = presence.newest(connection, workspace.now())  # of several workers one that lives
    if presence.is_held(old) or (seen and seen.alive):
        raise RefusedByRule("store.publisher_there")
    if to == FILE:
        with old.read() as connection:
            if units.there_are_several(connection):
                raise RefusedByRule("unit.stays_on_server")
    url = _address(workspace, to)
    if not old.is_sqlite:  # what is in this machine's folder goes with it, wherever the rows are
        _must_have_all(workspace)
    # what cannot be written is told before anything
    _settings_with(workspace.folder, "" if to == FILE else to)
    new = Database(url)
    try:
        if new.place == old.place:
            raise UsageError("store.same_place", place=old.place)
        _must_answer(new)
        if not moving.is_empty(new):
            raise RefusedByRule("store.file_there" if to == FILE else "store.not_empty", place=new.place)

        def then(connection: Connection) -> None:
            ways = {"source": old.place, "target": new.place}
            now, action = workspace.now(), "database_moved"
            audit.record(connection, at=now, actor=actor.name, action=action, subject="workspace", **ways)

        def settle() -> None:
            _write_setting(workspace.folder, "" if to == FILE else to)
            known = workspace.trust.witness.travelled()
            if known.machine and to != FILE:  # the new server's notes begin anew: other machines join again
                workspace.trust.witness.write_travelled(opening(known.machine))

        rows = moving.move(old, new, progress, then, settle)
        told = new.place
    finally:
        new.close()
    workspace.note_audit()
    old.close()
    del workspace.__dict__["database"]
    workspace.config = settings.read(workspace.folder)
    workspace.__dict__.pop("media", None)
    mediashare.hand_on_all(workspace)
    return Moved(rows, told, _set_aside(old.file, workspace))


def _must_have_all(workspace: Workspace) -> None:
    """Fetch what is not here. What the server lacks as well may lie on another machine, if there is one."""
    from loa.services import machines  # which packs settings as they are written here

    lacking = mediashare.carry(workspace).lacking
    if lacking and machines.others(workspace):
        raise RefusedByRule("machines.media_behind", count=len(lacking), names=", ".join(lacking[:20]))


def _address(workspace: Workspace, to: str) -> str:
    if to == FILE:
        return workspace.default_url()
    try:
        url = make_url(to)
    except ArgumentError:
        raise UsageError("store.no_address", example=settings.EXAMPLE_ADDRESS) from None
    if url.get_backend_name() != "postgresql":
        raise UsageError("store.no_address", example=settings.EXAMPLE_ADDRESS)
    if url.password or settings.SECRET_IN_ADDRESS & {
        *url.query
    }:  # config.toml is read, copied and sent about
        raise UsageError("store.password_in_address")
    if settings.lacks_database(to):
        raise UsageError("store.no_name", example=settings.EXAMPLE_ADDRESS)
    return to


def _must_answer(database: Database) -> None:
    try:
        with database.read() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        met = trouble(error, Path(database.place))
        if met is not None and met.kind.is_an_answer:
            raise met from None
        why = str(error.orig).strip().partition("\n")[0]
        raise RefusedByRule("store.no_answer", place=database.place, why=why) from None


def settings_with(told: str, url: str) -> str:
    """The text of a config.toml that names this database; all other lines as they were."""
    line = f'database = "{url}"'
    first = _FIRST_TABLE.search(told)
    at = first.start() if first else len(told)
    head, tables = told[:at], told[at:]
    if _SETTING.search(head):
        return _SETTING.sub(lambda _: line, head, count=1) + tables
    return f"{head}{line}\n{tables}"  # before the first table, else it would be that table's


def _settings_with(folder: Path, url: str) -> str:
    """Raises UsageError where the line cannot be put in by itself without harm to the others."""
    before = (folder / settings.FILE).read_text("utf-8")
    told = settings_with(before, url)
    try:
        if tomllib.loads(told) == tomllib.loads(before) | {"database": url}:
            return told
    except tomllib.TOMLDecodeError:
        pass
    raise UsageError("store.setting_unwritten", file=folder / settings.FILE, line=f'database = "{url}"')


def _write_setting(folder: Path, url: str) -> None:
    """The file is the old one or the new one, never a part of it."""
    file, told = folder / settings.FILE, _settings_with(folder, url)
    draft = file.with_name(f".{file.name}.new")
    with draft.open("w", encoding="utf-8", newline="\n") as out:
        out.write(told)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)


def _set_aside(file: Path | None, workspace: Workspace) -> Path | None:
    if file is None or not file.exists():
        return None
    kept = file.with_name(f"{file.stem}-{workspace.now():%Y%m%d-%H%M%S}{file.suffix}")
    log = file.with_name(f"{file.name}-wal")
    if log.exists():  # a window that is still open holds it, and there may be commits in it
        log.replace(kept.with_name(f"{kept.name}-wal"))
    file.replace(kept)
    file.with_name(f"{file.name}-shm").unlink(missing_ok=True)
    return kept
