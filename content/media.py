"""The media store: every picture under the digest of its bytes, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from content.finding import Finding
from content.images import MediaError, publication_copy
from content.text import slug
from content.variant import MediaRef

__all__ = ["LARGEST_BYTES", "MediaError", "MediaStore"]

LARGEST_BYTES = 25 * 1024 * 1024
"""The largest file that is read at all; a larger one is refused by its size alone."""

_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png"}


class MediaStore:
    """A folder of files named by their SHA-256: `ab/abcdef….jpg`. Never changed, only added to."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add_image(self, path: Path, alt: str) -> MediaRef:
        """Store the publication copy of a picture; the same picture twice is one file.

        Raises MediaError when it is missing, no regular file, empty, over 25 MiB (all before a byte is
        read), no picture, damaged, or too large to unfold. Nothing is left behind then.
        """
        picture = publication_copy(_read(path), name=path.name)
        ending = _ENDINGS[picture.mime]
        ref = MediaRef(
            sha256=hashlib.sha256(picture.data).hexdigest(),
            mime=picture.mime,
            size_bytes=len(picture.data),
            name=slug(path.stem) + ending,
            alt=alt,
            width=picture.width,
            height=picture.height,
        )
        if not self._holds(ref):
            self._write(self.path(ref), picture.data)
        return ref

    def path(self, ref: MediaRef) -> Path:
        """Where the file lies; it says nothing about whether it does."""
        return self.root / ref.sha256[:2] / (ref.sha256 + _ENDINGS.get(ref.mime, ".bin"))

    def verify(self, ref: MediaRef) -> Path:
        """The file's path, after its bytes were hashed again.

        Raises MediaError when it is missing or its bytes are not those of `ref`.
        """
        path = self.path(ref)
        try:
            with path.open("rb") as file:
                same = hashlib.file_digest(file, "sha256").hexdigest() == ref.sha256
        except OSError:
            raise _refused("media_gone", ref.name, sha256=ref.sha256[:12]) from None
        if not same:
            raise _refused("media_changed", ref.name, sha256=ref.sha256[:12])
        return path

    def _holds(self, ref: MediaRef) -> bool:
        try:
            self.verify(ref)
        except MediaError:
            return False
        return True

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, 0o644)  # noqa: PTH101 mkstemp made it private; a web server may have to read it
            os.replace(temporary, path)  # noqa: PTH105
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Without this a power cut may lose the name of a file whose bytes are safe."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(path: Path) -> bytes:
    try:
        _look(path, path.stat())
        with path.open("rb") as file:
            _look(path, os.fstat(file.fileno()))  # it may have been swapped since
            data = file.read(LARGEST_BYTES + 1)
    except FileNotFoundError:
        raise _refused("file_missing", path.name) from None
    except OSError as error:
        raise _refused("file_unread", path.name, reason=error.strerror or "") from None
    if len(data) > LARGEST_BYTES:
        raise _too_large(path, len(data))
    return data


def _look(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _refused("file_irregular", path.name)
    if status.st_size == 0:
        raise _refused("media_empty", path.name)
    if status.st_size > LARGEST_BYTES:
        raise _too_large(path, status.st_size)


def _too_large(path: Path, size_bytes: int) -> MediaError:
    mib = 1024 * 1024
    return _refused("media_large", path.name, mib=-(-size_bytes // mib), largest=LARGEST_BYTES // mib)


def _refused(rule: str, name: str, **values: object) -> MediaError:
    return MediaError(Finding(f"content.{rule}", "block", name, values))
