"""The media store: every picture under the digest of its bytes, written whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from content.clips import (
    CAPTION_SUFFIXES,
    LARGEST_CAPTIONS_BYTES,
    LARGEST_VIDEO_BYTES,
    caption_text,
    video_mime,
)
from content.errors import MediaError
from content.finding import Finding
from content.images import publication_copy
from content.text import slug
from content.variant import MediaRef
from content.whole import sync_folder, write_whole

__all__ = ["LARGEST_BYTES", "MediaError", "MediaStore"]

LARGEST_BYTES = 25 * 1024 * 1024
"""The largest file that is read at all; a larger one is refused by its size alone."""

_ENDINGS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
    "application/x-subrip": ".srt",
    "text/vtt": ".vtt",
}
_CHUNK = 1024 * 1024
_NOT_THE_FILES_FAULT = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE)


class MediaStore:
    """A folder of files named by their SHA-256: `ab/abcdef….jpg`. Never changed, only added to."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, path: Path, alt: str) -> MediaRef:
        """Store a picture, a video or captions, whichever the file is; raises MediaError like `add_image`."""
        try:
            if path.suffix.lower() in CAPTION_SUFFIXES:
                _look(path, path.stat(), LARGEST_CAPTIONS_BYTES)
                return self._add_bytes(path, alt, caption_text(path), CAPTION_SUFFIXES[path.suffix.lower()])
            _look(path, path.stat(), LARGEST_VIDEO_BYTES)
            mime = video_mime(path)
            return self._add_video(path, alt, mime) if mime else self.add_image(path, alt)
        except (FileNotFoundError, ValueError):  # a name that no file can have is a ValueError
            raise _refused("file_missing", path.name) from None
        except OSError as error:
            if error.errno in _NOT_THE_FILES_FAULT:
                raise
            raise _refused("file_unread", path.name, reason=error.strerror or "") from None

    def _add_bytes(self, path: Path, alt: str, data: bytes, mime: str) -> MediaRef:
        name = slug(path.stem) + _ENDINGS[mime]
        ref = MediaRef(hashlib.sha256(data).hexdigest(), mime, len(data), name, alt)
        if not self._holds(ref):
            self._write(self.path(ref), data)
        return ref

    def _add_video(self, path: Path, alt: str, mime: str) -> MediaRef:
        """Copied and hashed chunk by chunk: a video may be larger than the memory."""
        self.root.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=self.root)
        try:
            digest, size = hashlib.sha256(), 0
            with os.fdopen(handle, "wb") as copy, path.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    digest.update(chunk)
                    copy.write(chunk)
                    size += len(chunk)
                    if size > LARGEST_VIDEO_BYTES:  # it grew meanwhile
                        raise _too_large(path, size, LARGEST_VIDEO_BYTES)
                copy.flush()
                os.fsync(copy.fileno())
            ref = MediaRef(digest.hexdigest(), mime, size, slug(path.stem) + _ENDINGS[mime], alt)
            target = self.path(ref)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.chmod(temporary, 0o644)  # noqa: PTH101 mkstemp made it private
            os.replace(temporary, target)  # noqa: PTH105
            sync_folder(target.parent)
            return ref
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

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
        except OSError as error:
            if error.errno in _NOT_THE_FILES_FAULT:
                raise
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
        write_whole(path, data)


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


def _look(path: Path, status: os.stat_result, largest: int = LARGEST_BYTES) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _refused("file_irregular", path.name)
    if status.st_size == 0:
        raise _refused("media_empty", path.name)
    if status.st_size > largest:
        raise _too_large(path, status.st_size, largest)


def _too_large(path: Path, size_bytes: int, largest: int = LARGEST_BYTES) -> MediaError:
    mib = 1024 * 1024
    return _refused("media_large", path.name, mib=-(-size_bytes // mib), largest=largest // mib)


def _refused(rule: str, name: str, **values: object) -> MediaError:
    return MediaError(Finding(f"content.{rule}", "block", name, values))
