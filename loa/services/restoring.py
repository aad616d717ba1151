"""Getting a workspace back from a backup, without sending anything that was sent meanwhile.

Between the backup and now another machine may have published what the backup holds as waiting. So all of it
rests (`held`) until a person says go, and even then the platform is read back before anything is sent
(`scheduler.restores`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO, Protocol, runtime_checkable

from sqlalchemy import Connection, select, update

from connectors.errors import ConnectorError
from content.errors import NotFound, RefusedByRule, UsageError
from content.finding import Finding
from content.media import MediaError
from content.variant import Variant
from loa import config
from loa.sealing import is_sealed
from loa.services import channels
from loa.services.archive import OWNER_FILE, Manifest, Progress, private, quiet, unpack
from loa.services.backup import MACHINE
from loa.services.connecting import Connectors
from loa.services.releasing import WAITS
from loa.services.verifying import Backup, Inside, examined, must_be_complete, sections, told
from loa.services.workspace import DATABASE_FILE, Workspace
from loa.vault import KEY_FILE
from scheduler import anchors, restores, witness
from scheduler.clock import Clock
from scheduler.store.tables import delivery, heartbeat, secret

UNFINISHED = ".restoring"
"""A restore at work, or one that was killed. A folder with it holds no settings, so it is no workspace."""
_PRIVATE = frozenset({DATABASE_FILE, KEY_FILE, OWNER_FILE, anchors.FILE, witness.KEY_FILE})


@dataclass(frozen=True)
class Restored:
    """What came of a restore. `held` and `in_doubt` wait for `loa backup release`; `seconds` by the wall."""

    folder: str
    backup: Backup
    held: int
    in_doubt: int
    seconds: float
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Drill:
    """A restore that was tried and thrown away. `lacking_media`: deliveries that would be held for it."""

    backup: Backup
    held: int
    in_doubt: int
    secrets: int
    trusted: int
    media: int
    lacking_media: list[str]
    seconds: float
    findings: list[Finding] = field(default_factory=list)


@runtime_checkable
class _Rebuilds(Protocol):
    """The website: its pages are made again from its articles; publishes nothing that is not public."""

    def rebuild(self) -> str: ...


def restore(
    file: Path, folder: Path, passphrase: str, *, clock: Clock | None = None, progress: Progress = quiet
) -> Restored:
    """Make `folder` (missing or empty) the workspace that was backed up; nothing is sent by it.

    Raises RefusedByRule for a wrong passphrase or a damaged backup and leaves nothing then. Killed, it leaves
    a folder that is no workspace and says so.
    """
    started = time.monotonic()
    if not file.is_file():
        raise NotFound("backup.no_file", file=file)
    _must_be_free(folder, file)
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / UNFINISHED
    unfinished.mkdir(mode=0o700)
    try:
        manifest = unpack(file, passphrase, lambda name: _place(unfinished, name), progress)
        must_be_complete(file, manifest)
        (unfinished / "posts").mkdir(exist_ok=True)
        inside = examined(file, unfinished)
        held, in_doubt = _set_aside(unfinished, manifest, file, clock)
    except BaseException:
        shutil.rmtree(folder if is_new else unfinished, ignore_errors=True)
        raise
    os.sync()
    _move_up(unfinished, folder)
    findings = _rebuild_sites(folder, clock, inside)
    seconds = time.monotonic() - started
    return Restored(str(folder), told(file, manifest, inside, []), held, in_doubt, seconds, findings)


def drill(
    file: Path,
    passphrase: str,
    *,
    where: Path | None = None,
    clock: Clock | None = None,
    progress: Progress = quiet,
) -> Drill:
    """Restore into a folder of its own below `where`, look whether it could be worked with, remove it.

    Raises what `restore` raises; UsageError when a token or the trust file cannot be read.
    """
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="loa-drill-", dir=where) as scratch:  # its owner's alone
        got = restore(file, Path(scratch) / "workspace", passphrase, clock=clock, progress=progress)
        workspace = Workspace.open(Path(scratch) / "workspace", clock)
        try:
            with workspace.database.read() as connection:
                hidden = connection.execute(select(secret)).all()
                waiting = connection.execute(select(delivery.c.id, delivery.c.payload).where(WAITS)).all()
            if workspace.config.publisher_key:  # a unit's own PC: its tokens are the publisher's to open
                hidden = []
            for one in hidden:
                place = f"{one.channel_id}/{one.name}"
                if is_sealed(one.ciphertext):  # by a unit's PC, not confirmed yet
                    workspace.vault.open_sealed(one.ciphertext, place, workspace.trust.witness.key)
                else:
                    workspace.vault.show(one.ciphertext, place)
            trusted = len(workspace.trust.people())
            lacking = [row.id for row in waiting if not _has_media(workspace, row.payload)]
        finally:
            workspace.close()
    seconds = time.monotonic() - started
    backed_up = replace(got.backup, findings=[])
    found = (len(hidden), trusted, backed_up.media, lacking)
    return Drill(backed_up, got.held, got.in_doubt, *found, seconds, got.findings)


def _must_be_free(folder: Path, file: Path) -> None:
    if (folder / UNFINISHED).exists() and not config.is_workspace(folder):
        raise RefusedByRule("backup.half_restored", folder=folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError("cli.workspace.not_empty", folder=folder)
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if shutil.disk_usage(there).free < (needed := file.stat().st_size):
        raise RefusedByRule("backup.no_space", folder=folder, needed=needed // 1_000_000 + 1)


def _place(unfinished: Path, name: str) -> BinaryIO:
    target = unfinished / name
    target.parent.mkdir(parents=True, exist_ok=True)
    return private(target) if name in _PRIVATE else target.open("xb")


def _set_aside(unfinished: Path, manifest: Manifest, file: Path, clock: Clock | None) -> tuple[int, int]:
    """All that could be sent rests, in one transaction, before anything can find this workspace."""
    if config.read(unfinished).database:
        raise RefusedByRule("backup.damaged", file=file, why="config.toml names another database")
    workspace = Workspace.open(unfinished, clock)
    now = workspace.now()

    def work(connection: Connection) -> tuple[int, int]:
        held, in_doubt = restores.set_aside(connection, at=now)
        connection.execute(update(heartbeat).values(stopped=True))  # that publisher is on another machine
        restores.note(
            connection,
            at=now,
            actor=MACHINE,
            made_at=manifest.made_at,
            file=file.name,
            head=manifest.audit_head,
            held=held,
            in_doubt=in_doubt,
        )
        return held, in_doubt

    try:
        return workspace.database.run(work)
    finally:
        workspace.close()


def _move_up(unfinished: Path, folder: Path) -> None:
    """The settings last: without them nothing takes the folder for a workspace."""
    for path in sorted(unfinished.iterdir(), key=lambda path: path.name == config.FILE):
        path.rename(folder / path.name)
    unfinished.rmdir()


def _rebuild_sites(folder: Path, clock: Clock | None, inside: Inside) -> list[Finding]:
    """The pages of every section that lies in the workspace; one that cannot be made is told of."""
    findings: list[Finding] = []
    workspace = Workspace.open(folder, clock)
    connectors = Connectors(workspace)
    try:
        for name, place, ours in sections(folder, inside):
            if not ours:
                values: dict[str, object] = {"channel": name, "folder": str(place)}
                findings.append(Finding("backup.section_elsewhere", "warn", name, values))
                continue
            if not place.is_dir():
                continue  # nothing was published there yet
            try:
                connector = connectors.connect(name)
                if isinstance(connector, _Rebuilds):
                    connector.rebuild()
            except ConnectorError as error:
                values = {"channel": name, "why": channels.trouble(error)}
                findings.append(Finding("backup.site_not_rebuilt", "warn", name, values))
    finally:
        connectors.close()
        workspace.close()
    return findings


def _has_media(workspace: Workspace, payload: str) -> bool:
    try:
        for ref in Variant.parse(payload).media:
            workspace.media.verify(ref)
    except (MediaError, ValueError):
        return False
    return True
