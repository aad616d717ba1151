"""Files that survive a power cut, and what the operating system's complaints mean for a delivery."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connectors.errors import NotSent

PUBLIC_FILE = 0o644  # a web server runs as another user; the publisher's umask may be 077
PUBLIC_FOLDER = 0o755
TEMPORARY = ".tmp"

_CODES = {
    errno.ENOSPC: "site:no-space",
    errno.EDQUOT: "site:no-space",
    errno.EACCES: "site:no-permission",
    errno.EPERM: "site:no-permission",
    errno.EROFS: "site:read-only",
    errno.ENAMETOOLONG: "site:name-too-long",
}


@contextmanager
def disk_trouble() -> Iterator[None]:
    """Turn an OSError into NotSent: nothing is public before the last rename."""
    try:
        yield
    except OSError as error:
        code = _CODES.get(error.errno or 0, "site:disk")
        raise NotSent(code, f"{error.strerror or type(error).__name__}: {error.filename or '?'}") from error


def write(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Replace a file as a whole: temporary name, fsync, rename, fsync of the folder."""
    temporary = beside(path)
    with temporary.open("xb") as file:
        file.write(data)
        file.flush()
        if mode is not None:
            temporary.chmod(mode)
        os.fsync(file.fileno())
    os.replace(temporary, path)  # noqa: PTH105 one name for every step that a test may kill
    sync_folder(path.parent)


def beside(path: Path) -> Path:
    """A temporary name in the same folder, so that a rename cannot cross file systems."""
    return path.with_name(f".{path.name[:40]}.{secrets.token_hex(4)}{TEMPORARY}")


def sync(path: Path) -> None:
    """Have a written file's bytes on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Have a folder's names on the disk, where the system knows such a thing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def share(source: Path, target: Path) -> bool:
    """The same bytes under a second name: a hard link (True), or a copy where links are not to be had."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        shutil.copyfile(source, target)
        target.chmod(PUBLIC_FILE)
        return False
    return True


def sweep(folder: Path) -> None:
    """Remove temporary files that a killed process left; only for the holder of the lock."""
    if folder.is_dir():
        for leftover in folder.glob(f".*{TEMPORARY}"):
            leftover.unlink(missing_ok=True)


def sha256(data: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
