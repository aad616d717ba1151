"""The index beside a long witness file: what is asked for is found without reading, or holding, every line.

A SQLite file `witness.N-….index`, disposable: never packed, never restored, made anew from the lines whenever
it is not theirs (another file, a shorter one, another tail, another version, damaged, writable by somebody
who may not write the lines). The next gets the next number and a name of its own: a process that still has
the older one open goes on with it, and removes that one's log when it ends, not the new one's. Where no index
can be kept (no room, no right), the lines are read into memory instead, as those of a short file always are.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import sqlite3
import stat
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock

from scheduler.facts import Facts, OtherFile

FROM_BYTES = 256 * 1024
"""A shorter file is read in some ten milliseconds and needs no index."""
BUSY_S = 2.0
"""How long another process may be writing to the index before this one does without."""
BUILD_S = 30.0
"""How long another process may be making the index anew."""
MOST_DOUBTS = 2
"""After so many failing ones, one process does without an index."""
AGAIN_AFTER = 256
"""So many times notes are read into memory before the disk is tried again."""
ROOM = 3
"""An index takes up to so many times the room of its lines."""
SPARE_BYTES = 16 * 1024 * 1024
_NAME = re.compile(r"witness\.(\d{1,9})-[0-9a-f]+\.index")
_LOCK, _DRAFT = ".witness.index.lock", ".witness.index.new"


class Index:
    """Facts of one witness file, kept up with it. One thread at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._facts: Facts | None = None
        self._on_disk = 0
        """Number of the index that is asked; 0 for none."""
        self._doubted = self._doubts = 0
        self._in_memory = 0
        self._seen = (0, 0)
        """Inode and size up to which everything is learnt."""

    def facts(self) -> Facts | None:
        """All that the file says now; None where there is none. Raises OSError where it cannot be read."""
        try:
            status = self._file.stat()
        except FileNotFoundError:
            self.close()
            return None
        if (status.st_ino, status.st_size) != self._seen or self._facts is None:
            try:
                self._read_on(status)
            except FileNotFoundError:  # taken away in between
                self.close()
        return self._facts

    def doubt(self) -> None:
        """An answer could not be had from the index: what is asked next comes out of another one."""
        self._doubted, self._doubts = max(self._doubted, self._on_disk), self._doubts + 1
        self.close()

    def close(self) -> None:
        """Asked again, it is opened again."""
        if self._facts is not None:
            with suppress(sqlite3.Error):
                self._facts.close()
        self._facts, self._on_disk, self._seen = None, 0, (0, 0)

    # ---- on the disk, or in memory

    def _read_on(self, status: os.stat_result) -> None:
        long = status.st_size >= FROM_BYTES
        try:
            if self._facts is not None and (self._on_disk or not long or not self._is_time()):
                self._seen = self._facts.read_on(self._file)
                return
        except (OtherFile, sqlite3.Error):
            pass
        self.close()
        if long and self._doubts < MOST_DOUBTS:
            with suppress(OtherFile, sqlite3.Error, OSError):
                self._open(status)
                return
        self.close()
        self._facts, self._in_memory = Facts.empty(_connect(":memory:")), 0
        self._seen = self._facts.read_on(self._file)
        self._facts.index_by_value()

    def _is_time(self) -> bool:
        self._in_memory += 1
        return self._in_memory % AGAIN_AFTER == 0

    def _open(self, status: os.stat_result) -> None:
        """The newest index if it is this file's, else one that is made now."""
        if self._take_newest(status):
            return
        folder = self._file.parent
        if not os.access(folder, os.W_OK):
            raise PermissionError(folder)
        with FileLock(folder / _LOCK, timeout=BUILD_S):
            if self._take_newest(status):  # somebody else was making it
                return
            if shutil.disk_usage(folder).free < ROOM * status.st_size + SPARE_BYTES:
                raise OSError("no room for an index")
            self._build(status)
        if not self._take_newest(status):
            raise OtherFile

    def _take_newest(self, status: os.stat_result) -> bool:
        for file in _all_in(self._file.parent)[-1:]:
            if _number(file) <= self._doubted or not _as_safe(file, status):
                return False
            facts = None
            try:
                facts = Facts(_connect(f"file:{quote(str(file.resolve()))}?mode=rw"))
                facts.must_be_ours()
                self._seen = facts.read_on(self._file)
                # Taken away before its log was opened, it lacked what stood there.
                sound = file.exists()
            except (OtherFile, sqlite3.Error, TypeError, ValueError):  # the latter: damaged, unseen by SQLite
                sound = False
            if sound:
                self._facts, self._on_disk = facts, _number(file)
            elif facts is not None:
                facts.close()
            return sound
        return False

    def _build(self, status: os.stat_result) -> None:
        """Killed anywhere in here, there is no index more than before."""
        folder, older = self._file.parent, _all_in(self._file.parent)
        draft = folder / _DRAFT
        draft.unlink(missing_ok=True)
        try:
            mode = stat.S_IMODE(status.st_mode) & 0o666
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                if hasattr(os, "fchown"):  # made by root for the office's user, it must be the user's
                    os.fchmod(descriptor, mode)
                    with suppress(PermissionError):
                        os.fchown(descriptor, status.st_uid, status.st_gid)
            finally:
                os.close(descriptor)
            connection = _connect(f"file:{quote(str(draft.resolve()))}?mode=rw")
            try:
                connection.executescript(
                    "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -8000"
                )
                facts = Facts.empty(connection)
                facts.read_on(self._file, many=True)
                facts.index_by_value()
                # synced by this change, and by the rename only then named as an index
                connection.executescript("PRAGMA synchronous = FULL; PRAGMA journal_mode = WAL")
            finally:
                connection.close()
            _sync(draft)
            number = max((_number(file) for file in older), default=0) + 1
            draft.rename(folder / f"witness.{number}-{secrets.token_hex(4)}.index")
        finally:
            draft.unlink(missing_ok=True)
        for file in older:
            _remove(file)


def _connect(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        name, timeout=BUSY_S, isolation_level=None, check_same_thread=False, uri=name.startswith("file:")
    )
    connection.executescript("PRAGMA synchronous = NORMAL; PRAGMA cache_size = -4000")
    return connection


def _all_in(folder: Path) -> list[Path]:
    """Oldest first."""
    return sorted((file for file in folder.iterdir() if _NAME.fullmatch(file.name)), key=_number)


def _number(file: Path) -> int:
    return int(file.name.split(".")[1].split("-")[0])


def _as_safe(file: Path, lines: os.stat_result) -> bool:
    """Whether nobody may write to the index who may not write to the lines."""
    try:
        status = file.lstat()
    except FileNotFoundError:
        return False
    if not stat.S_ISREG(status.st_mode):
        return False
    return os.name != "posix" or (
        status.st_uid == lines.st_uid and not status.st_mode & 0o022 & ~lines.st_mode
    )


def _remove(file: Path) -> None:
    """With its log. On Windows one that is open stays until the next is made."""
    for part in (file, Path(f"{file}-wal"), Path(f"{file}-shm")):
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _sync(file: Path) -> None:
    descriptor = os.open(file, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
