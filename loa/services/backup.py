"""Making a backup: database, media, keys, settings and the unit's website in one locked file.

Order makes it consistent while the publisher runs: the audit's anchors first, then the database in one
instant, then all that only grows. So no anchor is ahead of the chain, and every picture, key and pinned
signature that a row speaks of is there.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout
from sqlalchemy import Connection

from content.errors import NotFound, RefusedByRule, UsageError
from content.finding import Finding
from loa import __version__
from loa import config as settings
from loa.agefile import Owner
from loa.services import health, mediashare
from loa.services.archive import OWNER_FILE, Manifest, Packer, Progress, private, quiet
from loa.services.moving import settings_with
from loa.services.verifying import Backup, Inside, look, opened, sections, told, verify
from loa.services.workspace import DATABASE_FILE, Workspace
from loa.vault import KEY_FILE
from scheduler import anchors, audit, childtrust, trust, witness
from scheduler.store import moving
from scheduler.store.database import Database

SHORTEST_PASSPHRASE = 12
"""Longer than an officer's: whoever has the file may try as often as they like."""
ENDING = ".age"
MACHINE = "backup"
"""The audit's name for what no officer did."""
DRAFT = ".partial"
_SNAPSHOT = ".backup.db"
_LOCK = ".backup.lock"
_ROOMS = ("media", "posts", "drafts", "kits", "campaigns", "repeats", "feeds", "templates", "bieu_mau")
_REBUILT = frozenset({"current", "releases"})
"""Of a website section: made again from its articles, and most of its size."""


def create(
    workspace: Workspace,
    target: Path,
    lock: str | Owner,
    *,
    actor: str = MACHINE,
    progress: Progress = quiet,
    proven: bool = False,
) -> Backup:
    """Write a backup to `target`: a folder (then it gets a name of its own), or a new file's name.

    `lock` is a passphrase or a key's owner. `proven`: it gets its name only after all of it was read back and
    its database looked into. Raises RefusedByRule where another backup is running or the room is too small;
    NotFound for a folder that is not there.
    """
    if isinstance(lock, str):
        must_be_long(lock)
    now = workspace.now()
    if target.is_dir():
        local = now.astimezone(workspace.config.zone)
        target = target / f"loa-backup-{local:%Y%m%d-%H%M}{ENDING}"
    if not target.parent.is_dir():
        raise NotFound("backup.no_folder", folder=target.parent)
    if target.exists():
        raise UsageError("backup.exists", file=target)
    findings = _about_place(workspace, target)
    mediashare.carry(workspace)  # of several machines each has only what it needed so far
    noted = _read(workspace.folder / anchors.FILE)
    with _snapshot(workspace) as snapshot:
        with opened(snapshot) as connection:
            inside = look(connection)
        files = {DATABASE_FILE: snapshot, **_files(workspace, inside, findings)}
        total = sum(_size(path) for path in files.values()) + len(_settings(workspace))
        _must_have_room(target.parent, total)
        with _whole_or_not(target) as draft:
            with private(draft) as file, Packer(file, lock, total, progress) as packer:
                packer.add_bytes(anchors.FILE, noted)
                packer.add_bytes(settings.FILE, _settings(workspace))
                for name, path in files.items():
                    packer.add(name, path)
                about = (inside.revision, inside.audit_events, inside.audit_head, packer.files)
                manifest = Manifest(now, workspace.config.unit.name, __version__, *about)
                packer.finish(manifest)
                _onto_the_disk(file)
            if proven:
                verify(draft, packer.key)
    backup = told(target, manifest, inside, findings)

    def note(connection: Connection) -> None:
        audit.record(
            connection,
            at=workspace.now(),
            actor=actor,
            action="backed_up",
            subject="workspace",
            file=target.name,
            size=backup.size_bytes,
            head=backup.audit_head,
        )
        health.note(connection, "backup", workspace.now(), {"file": target.name})

    workspace.database.run(note)
    return backup


def must_be_long(passphrase: str) -> None:
    """Raises UsageError for a passphrase that is too short for a file that others may hold."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UsageError("backup.short_passphrase", least=SHORTEST_PASSPHRASE)


def _settings(workspace: Workspace) -> bytes:
    """Its config.toml; restored, the database is the file that came along, wherever this one is."""
    told = (workspace.folder / settings.FILE).read_text("utf-8")
    return (settings_with(told, "") if workspace.config.database else told).encode()


def _files(workspace: Workspace, inside: Inside, findings: list[Finding]) -> dict[str, Path]:
    """Name in the backup → file, in the order in which they are read."""
    folder = workspace.folder.resolve()
    single = (
        "ngay-nghi.toml",
        "khau-hieu.toml",
        "van_ban.csv",
        "don-vi.csv",
        KEY_FILE,
        OWNER_FILE,
        trust.FILE,
        childtrust.FILE,
        witness.KEY_FILE,
        witness.FILE,
    )
    files = {name: folder / name for name in single if (folder / name).is_file()}
    rooms: dict[Path, frozenset[str]] = {folder / name: frozenset() for name in _ROOMS}
    for name, place, ours in sections(folder, inside):
        if ours:
            rooms[place] = _REBUILT
        elif place.is_dir():
            values: dict[str, object] = {"channel": name, "folder": str(place)}
            findings.append(Finding("backup.section_outside", "warn", name, values))
    for room, without in rooms.items():
        files |= {path.relative_to(folder).as_posix(): path for path in _walk(room, without)}
    return files


def _walk(room: Path, without: frozenset[str]) -> Iterator[Path]:
    """Regular files, without links and hidden names (half-written ones, locks) and earlier backups."""
    for place, folders, names in os.walk(room):
        folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in without)
        for name in sorted(names):
            path = Path(place, name)
            if (
                not name.startswith(".")
                and path.suffix != ENDING
                and path.is_file()
                and not path.is_symlink()
            ):
                yield path


def _about_place(workspace: Workspace, target: Path) -> list[Finding]:
    try:
        same = target.parent.stat().st_dev == workspace.folder.stat().st_dev
    except OSError:
        same = False
    return [Finding("backup.same_disk", "warn", str(target))] if same else []


@contextmanager
def _snapshot(workspace: Workspace) -> Iterator[Path]:
    """The database as it was at one instant, beside the real one, while others go on writing to that."""
    source = workspace.database.file
    copy = workspace.folder / _SNAPSHOT
    with alone(workspace, _LOCK):
        try:
            _sweep(workspace.folder)  # what a killed backup left
            private(copy).close()
            if source is None:
                target = Database(f"sqlite:///{copy.resolve()}")
                with closing(target):
                    moving.snapshot(workspace.database, target)
            else:
                with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(copy)) as still:
                    live.backup(
                        still
                    )  # in one step: one reading transaction, which in WAL mode stops no writer
            with closing(sqlite3.connect(copy)) as still:
                still.execute("PRAGMA journal_mode=DELETE")  # a file that is whole by itself
            yield copy
        finally:
            _sweep(workspace.folder)


@contextmanager
def alone(workspace: Workspace, lock: str) -> Iterator[None]:
    """One at a time over all processes; raises RefusedByRule at once where another one is at it."""
    try:
        held = FileLock(workspace.folder / lock).acquire(timeout=0)
    except Timeout:
        raise RefusedByRule("backup.busy", folder=workspace.folder) from None
    with held:
        yield


def _sweep(folder: Path) -> None:
    for leftover in folder.glob(f"{_SNAPSHOT}*"):
        leftover.unlink(missing_ok=True)


@contextmanager
def _whole_or_not(target: Path) -> Iterator[Path]:
    """Where to write it: it gets its name when nothing was raised, and is gone otherwise."""
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}{DRAFT}")
    try:
        yield draft
        draft.replace(target)
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _onto_the_disk(file: BinaryIO) -> None:
    """And out of memory, so that whoever reads it back reads what the disk has."""
    file.flush()
    os.fsync(file.fileno())
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _must_have_room(folder: Path, total: int) -> None:
    """Before an hour is spent on it. A disk that does not tell (a share, some of them) is just tried."""
    with suppress(OSError):
        if 0 < shutil.disk_usage(folder).free < total:
            raise RefusedByRule("backup.no_space", folder=folder, needed=total // 1_000_000 + 1)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.stat().st_size
    return 0
