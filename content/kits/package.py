"""A kit as one zip file, handed from unit to unit; taken in as if somebody had made it to do harm."""

from __future__ import annotations

import errno
import os
import stat
import struct
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from content.errors import UsageError
from content.kits.reading import PLAN

LARGEST_BYTES = 100 * 1024 * 1024
LARGEST_UNPACKED_BYTES = 200 * 1024 * 1024
MOST_ENTRIES = 500
ENDINGS = frozenset(
    {".md", ".jpg", ".jpeg", ".png", ".webp", ".gif", ".mp4", ".mov", ".webm", ".srt", ".vtt"}
)
"""What a kit is made of, beside its plan."""

_LONGEST_NAME = 200
_CHUNK = 256 * 1024
_END, _ZIP64 = b"PK\x05\x06", b"PK\x06\x07"
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
"""What file managers add by themselves when an officer zips a folder."""
# All that `zipfile` raises for what it cannot read.
_UNREADABLE = (
    zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeError, ValueError, NotImplementedError,
    RuntimeError,
)  # fmt: skip

_NO_ZIP = (errno.EINVAL, errno.ENAMETOOLONG, errno.ELOOP)
"""The file's own fault (EINVAL: it points before its begin) or its name's, not the disk's."""


def pack(folder: Path, target: Path) -> None:
    """All of a kit's folder in a new zip; whole or not there at all. Raises UsageError when there is one."""
    try:
        if target.exists():
            raise UsageError("campaigns.package_there", file=target)
        handle, temporary = tempfile.mkstemp(prefix=".kit-", dir=target.parent)
    except OSError as error:
        raise UsageError("campaigns.package_unwritten", file=target, reason=error.strerror or "") from None
    try:
        with os.fdopen(handle, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
                for path in sorted(one for one in folder.rglob("*") if one.is_file()):
                    packed.write(path, PurePosixPath(folder.name, *path.relative_to(folder).parts))
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # noqa: PTH101 mkstemp made it private; it is made to be given away
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def unpack(file: Path, room: Path) -> str:
    """A kit's files into the empty folder `room`; the name under which it was packed, maybe none.

    Raises UsageError for what is no kit, leads away, is locked, or is larger than any kit.
    """
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would be waited for
            raise UsageError("campaigns.package_damaged", file=file.name)
        with file.open("rb") as opened:
            _must_be_small(file.name, opened.fileno())
            with zipfile.ZipFile(opened) as packed:
                return _unpacked(file.name, packed, room)
    except (FileNotFoundError, NotADirectoryError):
        raise UsageError("campaigns.package_missing", file=file) from None
    except _UNREADABLE:
        raise UsageError("campaigns.package_damaged", file=file.name) from None
    except OSError as error:
        if error.errno not in _NO_ZIP:
            raise
        raise UsageError("campaigns.package_damaged", file=file.name) from None


def _must_be_small(name: str, descriptor: int) -> None:
    """By its size, and by its directory before anything is made of that: a million names fill the memory."""
    status = os.fstat(descriptor)
    if status.st_size > LARGEST_BYTES:
        raise UsageError("campaigns.package_large", file=name, mib=LARGEST_BYTES // 1024**2)
    start = max(0, status.st_size - 65_557)
    tail = os.pread(descriptor, 65_557, start)
    at = tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        raise UsageError("campaigns.package_damaged", file=name)
    entries, size = struct.unpack_from("<HI", tail, at + 10)
    if entries > MOST_ENTRIES or size > 1024 * 1024 or tail[max(0, at - 20) : at][:4] == _ZIP64:
        raise UsageError("campaigns.package_many", file=name, most=MOST_ENTRIES)


def _unpacked(name: str, packed: zipfile.ZipFile, room: Path) -> str:
    entries = [one for one in packed.infolist() if not one.is_dir() and not _is_litter(one.filename)]
    if len(entries) > MOST_ENTRIES:
        raise UsageError("campaigns.package_many", file=name, most=MOST_ENTRIES)
    paths = {one.filename: _path_of(name, one) for one in entries}
    plans = [path for path in paths.values() if path.name == PLAN]
    if len(plans) != 1 or len(plans[0].parts) > 2:
        raise UsageError("campaigns.package_no_plan", file=name, plan=PLAN)
    root = plans[0].parent
    _must_be_apart(name, list(paths.values()))
    left = LARGEST_UNPACKED_BYTES
    for one in entries:
        path = paths[one.filename]
        if not path.is_relative_to(root):
            raise UsageError("campaigns.package_entry", file=name, entry=one.filename[:120])
        target = room / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        with packed.open(one) as source, target.open("xb") as copy:
            while chunk := source.read(_CHUNK):  # what an entry says of its size is not believed
                left -= len(chunk)
                if left < 0:
                    raise UsageError(
                        "campaigns.package_large", file=name, mib=LARGEST_UNPACKED_BYTES // 1024**2
                    )
                copy.write(chunk)
    return root.name


def _path_of(name: str, entry: zipfile.ZipInfo) -> PurePosixPath:
    """Where an entry belongs; raises UsageError for one that leads away, is locked or no part of a kit."""
    written = unicodedata.normalize("NFC", entry.filename)
    path = PurePosixPath(written)
    if entry.flag_bits & 0x1:
        raise UsageError("campaigns.package_locked", file=name)
    foreign = stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG)
    odd = any(char in '\\:*?"<>|' or not char.isprintable() for char in written)
    leads = path.is_absolute() or ".." in path.parts or any(part.startswith(".") for part in path.parts)
    fits = path.name == PLAN or path.suffix.lower() in ENDINGS
    if foreign or odd or leads or not fits or len(written.encode()) > _LONGEST_NAME or len(path.parts) > 4:
        raise UsageError("campaigns.package_entry", file=name, entry=entry.filename[:120])
    return path


def _must_be_apart(name: str, paths: Sequence[PurePosixPath]) -> None:
    """No two files that one disk or another would take for the same, and no file that is a folder too."""
    seen: set[str] = set()
    for path in paths:
        if (folded := str(path).casefold()) in seen:
            raise UsageError("campaigns.package_twice", file=name, entry=str(path)[:120])
        seen.add(folded)
    for path in paths:
        if any(str(parent).casefold() in seen for parent in path.parents):
            raise UsageError("campaigns.package_entry", file=name, entry=str(path)[:120])


def _is_litter(written: str) -> bool:
    return any(part in _LITTER for part in PurePosixPath(written).parts)
