"""Is everything in place to publish? Each check answers with what it saw and, if need be, the remedy."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from content.text import fold
from loa.config import is_workspace
from loa.vault import KEY_FILE

ROOMS = ("scheduler", "connectors", "tui", "content", "loa")
LEAST_FREE_BYTES = 500 * 1024 * 1024
SYNCED = (
    "onedrive",
    "dropbox",
    "google drive",
    "googledrive",
    "icloud",
    "mobile documents",
    "nextcloud",
    "owncloud",
)
"""Beginnings of folders that programs copy to other machines: the key, and a database in use, with it."""
SYNC_MARKS = (".stfolder", ".dropbox", ".sync")
SERVED = frozenset({"public_html", "htdocs", "wwwroot", "inetpub", "www"})
"""Folders that a web server hands out to everybody."""


@dataclass(frozen=True)
class Check:
    """One answer. `name` and `remedy` are catalogue keys under `cli.doctor`; `saw` is a plain fact."""

    name: str
    ok: bool
    saw: str


def examine(folder: Path) -> Iterator[Check]:
    """Every check that needs no workspace service; the caller adds channels and publisher."""
    yield Check("python", sys.version_info >= (3, 11), sys.version.split()[0])
    yield Check("sqlite", sqlite3.sqlite_version_info >= (3, 37), sqlite3.sqlite_version)
    yield Check("rooms", *_rooms())
    yield Check("workspace", is_workspace(folder), str(folder))
    free = shutil.disk_usage(folder if folder.exists() else Path.cwd()).free
    yield Check("space", free > LEAST_FREE_BYTES, f"{free // (1024 * 1024):,} MB".replace(",", "."))
    key = folder / KEY_FILE
    if key.exists():
        if os.name == "posix":
            mode = stat.S_IMODE(key.stat().st_mode)
            yield Check("key", mode & 0o077 == 0, oct(mode))
        shared = _shared(key.resolve().parent)
        yield Check("key_place", shared is None, str(shared or folder))


def _shared(folder: Path) -> Path | None:
    """The folder at or above this one whose files leave the machine, by its name or by a mark in it."""
    for place in (folder, *folder.parents):
        name = fold(place.name)
        if name in SERVED or name.startswith(SYNCED) or any((place / mark).exists() for mark in SYNC_MARKS):
            return place
    return None


def _rooms() -> tuple[bool, str]:
    """The four top-level names are common words: another distribution may own one of them."""
    owners = importlib.metadata.packages_distributions()
    foreign = {room: owners[room] for room in ROOMS if set(owners.get(room, ["loa"])) - {"loa"}}
    return not foreign, ", ".join(f"{room}: {'/'.join(names)}" for room, names in foreign.items()) or "loa"
