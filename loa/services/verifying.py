"""What a backup holds, and whether it could be restored: looked at without leaving anything behind."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Column, Connection, NullPool, create_engine, func, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from connectors import registry
from content.errors import LoaError, NotFound, RefusedByRule
from content.finding import Finding
from loa.agefile import FileKey
from loa.services.archive import Manifest, Progress, private, quiet, unpack
from loa.services.workspace import DATABASE_FILE
from loa.vault import KEY_FILE
from scheduler import anchors, audit
from scheduler.anchors import Anchors
from scheduler.store.database import HEAD
from scheduler.store.tables import audit_event, channel, delivery, post


@dataclass(frozen=True)
class Backup:
    """What a backup holds. The JSON of `loa backup` has these keys. No secret is among them."""

    file: str
    size_bytes: int
    made_at: datetime
    unit: str
    version: str
    revision: str
    files: int
    media: int
    posts: int
    deliveries: dict[str, int]
    audit_events: int
    audit_head: str
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Inside:
    """What its database says. `deliveries`: how many in each status."""

    revision: str
    posts: int
    deliveries: dict[str, int]
    audit_events: int
    audit_head: str
    sections: dict[str, str]
    """Folder of each website channel, as its settings name it."""


def verify(file: Path, key: str | FileKey, *, progress: Progress = quiet) -> Backup:
    """Read all of it and look into its database; leaves nothing behind. `key`: passphrase or file key.

    Raises RefusedByRule, naming what is wrong, for a backup that could not be restored.
    """
    if not file.is_file():
        raise NotFound("backup.no_file", file=file)
    with tempfile.TemporaryDirectory(prefix="loa-verify-") as scratch:
        kept = {name: Path(scratch) / name for name in (DATABASE_FILE, anchors.FILE)}

        def sink(name: str) -> BinaryIO | None:
            return private(kept[name]) if name in kept else None

        manifest = unpack(file, key, sink, progress)
        must_be_complete(file, manifest)
        inside = examined(file, Path(scratch), forget=True)
    return told(file, manifest, inside, [])


def must_be_complete(file: Path, manifest: Manifest) -> None:
    """Raises RefusedByRule for a backup without what a workspace cannot be without, or from a newer Loa."""
    for name in ("config.toml", DATABASE_FILE, KEY_FILE):
        if name not in manifest.files:
            raise RefusedByRule("backup.damaged", file=file, why=f"it has no {name}")
    if manifest.revision > HEAD:
        raise LoaError("scheduler.schema_too_new", revision=manifest.revision, known=HEAD)


def examined(file: Path, folder: Path, *, forget: bool = False) -> Inside:
    """The database taken out into `folder`: SQLite's own check of it, the audit's chain and its anchors.

    `forget` takes the file's name away once it is open: a check that is killed leaves nothing behind.
    """
    try:
        with opened(folder / DATABASE_FILE) as connection:
            if forget:
                with suppress(OSError):  # not everywhere may an open file lose its name
                    (folder / DATABASE_FILE).unlink()
            said = connection.execute(text("PRAGMA integrity_check")).scalar()
            if said != "ok":
                raise RefusedByRule("backup.damaged", file=file, why=f"{DATABASE_FILE}: {said}")
            _seen_as_now(connection)
            if (event := audit.broken_link(connection)) is not None:
                raise RefusedByRule("audit.broken", event=event)
            if (missing := Anchors(folder).missing(connection)) is not None:
                raise RefusedByRule("audit.cut", event=missing.event, file=anchors.FILE)
            return look(connection)
    except SQLAlchemyError as error:
        raise RefusedByRule("backup.damaged", file=file, why=type(error).__name__) from None


def _seen_as_now(connection: Connection) -> None:
    """The audit of a Loa before revision 0017, which knew no units: all of it is the own one's."""
    if "unit" not in {column["name"] for column in inspect(connection).get_columns("audit_event")}:
        view = "CREATE TEMP VIEW audit_event AS SELECT *, '' AS unit FROM main.audit_event"
        connection.exec_driver_sql(view)


def look(connection: Connection) -> Inside:
    """Counts of a database."""
    by_status = select(delivery.c.status, func.count()).group_by(delivery.c.status)
    newest = select(audit_event.c.hash).order_by(audit_event.c.id.desc()).limit(1)
    websites = select(channel.c.id, channel.c.settings).where(channel.c.platform == "website")
    return Inside(
        str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar()),
        _count(connection, post.c.id),
        {row[0]: row[1] for row in connection.execute(by_status)},
        _count(connection, audit_event.c.id),
        connection.execute(newest).scalar() or audit.GENESIS,
        {row.id: json.loads(row.settings).get("folder") or _usual() for row in connection.execute(websites)},
    )


def told(file: Path, manifest: Manifest, inside: Inside, findings: list[Finding]) -> Backup:
    return Backup(
        str(file),
        file.stat().st_size,
        manifest.made_at,
        manifest.unit,
        manifest.version,
        manifest.revision,
        len(manifest.files),
        sum(name.startswith("media/") for name in manifest.files),
        inside.posts,
        inside.deliveries,
        inside.audit_events,
        inside.audit_head,
        findings,
    )


@contextmanager
def opened(database: Path) -> Iterator[Connection]:
    """A database file to look at only; nothing is written beside it."""
    where = f"{database.absolute().as_uri()}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(where, uri=True), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def sections(folder: Path, inside: Inside) -> Iterator[tuple[str, Path, bool]]:
    """The website sections: channel, folder, and whether it lies in the workspace."""
    home = folder.resolve()
    for name, written in sorted(inside.sections.items()):
        place = (home / written).resolve()
        yield name, place, place.is_relative_to(home) and place != home


def _usual() -> str:
    """Where a website's section is when its settings do not say."""
    return next(f.default for f in registry.capabilities("website").settings if f.name == "folder")


def _count(connection: Connection, column: Column[Any]) -> int:
    return connection.execute(select(func.count(column))).scalar() or 0
