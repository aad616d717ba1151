"""What the machine does to us, told apart by what a person can do about it: a full disk, a lock, a lost file.

SQLite says "disk I/O error" for a full disk and "unable to open" for four different things, so the disk and
the file are looked at as well.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import sqlite3
from enum import StrEnum
from pathlib import Path

from content.errors import LoaError

SHARED_MEMORY_BYTES = 64 * 1024
"""Less free space than this and SQLite cannot even make the index beside its log (32 KiB)."""


class Kind(StrEnum):
    """Each is a sentence: `machine.<kind>`."""

    FULL = "full"
    READ_ONLY = "read_only"
    NO_RIGHT = "no_right"
    NO_RIGHT_THERE = "no_right_there"
    """The database server knows the account, or not even that, and does not let it do this."""
    NO_CREATE = "no_create"
    NO_PASSWORD = "no_password"  # noqa: S105  a sentence
    WRONG_PASSWORD = "wrong_password"  # noqa: S105
    NO_LOGIN = "no_login"
    """The account is unknown there, its unit has ended, or the server lets nobody in from here."""
    NO_DATABASE = "no_database"
    LOCKED = "locked"
    TOO_MANY_FILES = "too_many_files"
    GONE = "gone"
    DAMAGED = "damaged"
    FAULTY = "faulty"
    AWAY = "away"
    """The database server does not answer, or has just been started or stopped."""

    @property
    def passes(self) -> bool:
        """Whether it can end while the program goes on; then nothing need be given up."""
        return self not in (Kind.GONE, Kind.DAMAGED)

    @property
    def is_an_answer(self) -> bool:
        """Whether the database server did answer, and said no: to whoever signs in, or wants to create."""
        return self in (
            Kind.NO_RIGHT_THERE,
            Kind.NO_CREATE,
            Kind.NO_PASSWORD,
            Kind.WRONG_PASSWORD,
            Kind.NO_LOGIN,
            Kind.NO_DATABASE,
        )


class MachineTrouble(LoaError):
    """The disk or the database file fails us; nothing of what was being written is kept."""

    def __init__(self, kind: Kind, place: Path, detail: str = "") -> None:
        self.kind = kind
        where, free = _disk(place)
        holder = f" ({told})" if kind is Kind.LOCKED and (told := _holder(place)) else ""
        super().__init__(
            f"machine.{kind}",
            place=place,
            where=where,
            mb="?" if free is None else free // (1024 * 1024),
            holder=holder,
            detail=detail,
        )

    @property
    def passes(self) -> bool:
        return self.kind.passes


def trouble(error: BaseException, place: Path) -> MachineTrouble | None:
    """The machine's part in an error; None when it has none. `place`: what was at work, if no file is named.

    Looks through what SQLAlchemy wraps; the database file is `place` or lies in it.
    """
    if isinstance(error, MachineTrouble):
        return error
    driver = getattr(error, "orig", None) or error
    if isinstance(driver, sqlite3.Error):
        kind = _of_sqlite(driver, place)
        return MachineTrouble(kind, place, str(driver)) if kind else None
    if isinstance(driver, OSError):
        named = Path(os.fsdecode(driver.filename)) if isinstance(driver.filename, str | bytes) else place
        kind = _OF_SYSTEM.get(driver.errno or 0)
        return MachineTrouble(kind, named, driver.strerror or "") if kind else None
    if type(driver).__module__.startswith("psycopg"):
        kind = _of_server(driver)
        return MachineTrouble(kind, place, str(driver).strip()) if kind else None
    return None


def _of_server(error: BaseException) -> Kind | None:
    """What a PostgreSQL server's answer means, by the classes of its codes; without one it never answered, or
    did not let us in."""
    code, said = getattr(error, "sqlstate", None) or "", str(error)
    if not code:
        if kind := _turned_away(error, said):
            return kind
        return Kind.AWAY if type(error).__name__ in _UNANSWERED else None
    kind = next((kind for begin, kind in _OF_SERVER.items() if code.startswith(begin)), None)
    return Kind.NO_CREATE if kind is Kind.NO_RIGHT_THERE and _NO_CREATE.search(said) else kind


def _turned_away(error: BaseException, said: str) -> Kind | None:
    """Why signing in did not come off, where the server did answer. libpq does not hand on its code, only its
    words, which are in the server's language: what they do not tell, the line does."""
    line = getattr(error, "pgconn", None)
    if line is None:
        return None
    if line.needs_password:
        return Kind.NO_PASSWORD
    told = next((kind for words, kind in _TURNED_AWAY.items() if words.search(said)), None)
    return told or (Kind.NO_RIGHT_THERE if line.used_password else None)


_UNANSWERED = ("OperationalError", "ConnectionTimeout", "InterfaceError")
_TURNED_AWAY = {
    re.compile("no password supplied"): Kind.NO_PASSWORD,
    re.compile("password authentication failed"): Kind.WRONG_PASSWORD,
    re.compile(
        "is not permitted to log in|role .* does not exist|no pg_hba.conf entry|pg_hba.conf rejects"
        "|authentication failed for user|permission denied for database"
    ): Kind.NO_LOGIN,
    re.compile("database .* does not exist"): Kind.NO_DATABASE,
}
"""PostgreSQL 18 and libpq 18, `src/backend/libpq/auth.c`, `utils/init/postinit.c`, `miscinit.c`."""
_NO_CREATE = re.compile("permission denied for (schema|database)")
_OF_SERVER = {
    "08": Kind.AWAY,
    "57P0": Kind.AWAY,  # shut down by its keeper, crashed, or not ready yet
    "25P03": Kind.AWAY,  # it gave up a transaction of ours that stood still
    "53100": Kind.FULL,
    "53": Kind.AWAY,  # no memory, too many connections
    "25006": Kind.READ_ONLY,
    "55P03": Kind.LOCKED,
    "40": Kind.LOCKED,  # deadlock, serialization: of two that waited for each other, one is told to try again
    "28P01": Kind.WRONG_PASSWORD,
    "28": Kind.NO_LOGIN,
    "3D000": Kind.NO_DATABASE,
    "42501": Kind.NO_RIGHT_THERE,
    "XX001": Kind.DAMAGED,
    "XX002": Kind.DAMAGED,
}
"""PostgreSQL 18, appendix A."""


_OF_SYSTEM = {
    errno.ENOSPC: Kind.FULL,
    errno.EDQUOT: Kind.FULL,
    errno.EROFS: Kind.READ_ONLY,
    errno.EACCES: Kind.NO_RIGHT,
    errno.EPERM: Kind.NO_RIGHT,
    errno.EMFILE: Kind.TOO_MANY_FILES,
    errno.ENFILE: Kind.TOO_MANY_FILES,
    errno.EIO: Kind.FAULTY,
}


def _of_sqlite(error: sqlite3.Error, place: Path) -> Kind | None:
    code = getattr(error, "sqlite_errorcode", None)
    match None if code is None else code & 0xFF:
        case sqlite3.SQLITE_FULL:
            return Kind.FULL
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Kind.LOCKED
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return Kind.DAMAGED
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_IOERR | sqlite3.SQLITE_PERM:
            if code == sqlite3.SQLITE_IOERR_SHORT_READ:
                return Kind.DAMAGED
            return _looked_at(place)
        case _:
            return None  # a statement of ours that is wrong, a constraint: no trouble of the machine


def _looked_at(place: Path) -> Kind:
    """Why a file cannot be opened or written, as the system tells."""
    try:
        os.close(os.open(place, os.O_RDONLY))
    except FileNotFoundError:
        return Kind.GONE
    except OSError as error:
        return _OF_SYSTEM.get(error.errno or 0, Kind.FAULTY)
    if _is_read_only(place):
        return Kind.READ_ONLY
    folder = place if place.is_dir() else place.parent
    if not (os.access(place, os.W_OK) and os.access(folder, os.W_OK)):
        return Kind.NO_RIGHT
    free = _disk(place)[1]
    return Kind.FULL if free is not None and free < SHARED_MEMORY_BYTES else Kind.FAULTY


def _is_read_only(place: Path) -> bool:
    try:
        return bool(os.statvfs(place).f_flag & os.ST_RDONLY)
    except (AttributeError, OSError):  # Windows has no statvfs
        return False


def _disk(place: Path) -> tuple[Path, int | None]:
    """The nearest folder that is there, and the free bytes of its disk; None where nobody can tell."""
    folder = next((path for path in (place, *place.parents) if path.is_dir()), place)
    try:
        return folder, shutil.disk_usage(folder).free
    except OSError:
        return folder, None


def _holder(file: Path) -> str:
    """Name and number of a program that holds SQLite's locks on a file, where the system tells (Linux)."""
    try:
        inodes = {path.stat().st_ino for path in (file, Path(f"{file}-shm")) if path.exists()}
        lines = Path("/proc/locks").read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    for line in lines:
        words = line.split()  # 1: POSIX ADVISORY WRITE 4711 fe:01:123456 120 120
        if "WRITE" not in words[:4] or len(words) < 6:
            continue
        process, inode = words[-4], words[-3].rpartition(":")[2]
        if inode.isdigit() and int(inode) in inodes and process not in ("0", "-1", str(os.getpid())):
            try:
                return f"{Path('/proc', process, 'comm').read_text('utf-8').strip()}, {process}"
            except (OSError, UnicodeDecodeError):
                return process
    return ""
