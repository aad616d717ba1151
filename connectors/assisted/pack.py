"""The pack of one delivery: a folder with everything to be pasted, made whole or not at all.

A record beside it says of what it was made, so a pack that is whole and right is left alone, and one that
somebody changed is made anew. The address that a person has written into it is never lost.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.assisted.layout import Layout
from connectors.assisted.pictures import resized
from connectors.contract import Job
from connectors.errors import NotSent
from content.text import slug
from content.variant import MediaRef, seal

ROOM = "bai-dang-tay"
ADDRESS_FILE = "dia-chi.txt"
RECORD = ".loa.json"
FORMAT = 1
_CODES = {errno.ENOSPC: "hand:no-space", errno.EDQUOT: "hand:no-space"}
_ADDRESS_MAX_BYTES = 64 * 1024


@contextmanager
def disk_trouble() -> Iterator[None]:
    """An OSError as NotSent: nothing of a pack is public."""
    try:
        yield
    except OSError as error:
        code = _CODES.get(error.errno or 0, "hand:disk")
        raise NotSent(code, f"{error.strerror or type(error).__name__}: {error.filename or '?'}") from error


@dataclass(frozen=True)
class Packs:
    """The packs of one channel, in `<workspace>/bai-dang-tay/<channel>`."""

    folder: Path
    layout: Layout
    stored: Callable[[MediaRef], Path]

    def of(self, job: Job) -> Path:
        """Where a delivery's pack is, or will be: the day first, so that a folder list is a plan of work."""
        return self.folder / f"{self.layout.day(job.due_at)}-{slug(job.variant.title)}-{_key(job)}"

    def ensure(self, job: Job) -> Path:
        """Have the whole pack there, of exactly this variant and due minute; raises NotSent."""
        with disk_trouble():
            self.folder.mkdir(parents=True, exist_ok=True)
            target = self.of(job)
            self._heal(target)
            for other in self._others(job, target):  # the due day or the title has changed since
                _remove(target)
                os.replace(other, target)  # noqa: PTH105
            made_of = {
                "format": FORMAT,
                "seal": seal(job.variant.canonical()),
                "due_at": job.due_at.isoformat(),
                "layout": self.layout.digest,
            }
            if not _whole(target, made_of):
                self._make(job, target, made_of)
        return target

    def address(self, job: Job) -> str:
        """What a person has written into the pack's address file; empty when nothing."""
        with disk_trouble():
            for folder in (self.of(job), *self._others(job, self.of(job))):
                if written := _written(folder / ADDRESS_FILE):
                    return written
        return ""

    def _make(self, job: Job, target: Path, made_of: Mapping[str, object]) -> None:
        aside = self.folder / f".{secrets.token_hex(6)}.tmp"
        aside.mkdir()
        try:
            names = self.layout.names(job.variant)
            for ref, name in names.items():
                self._put(ref, aside / name)
            for name, text in self.layout.texts(job).items():
                (aside / name).write_text(text, "utf-8", newline="\n")
            files = {path.name: _sha256(path) for path in sorted(aside.iterdir())}
            (aside / RECORD).write_text(json.dumps({**made_of, "files": files}, indent=1), "utf-8")
            kept = target / ADDRESS_FILE
            if kept.is_file():
                shutil.copyfile(kept, aside / ADDRESS_FILE)
            else:
                (aside / ADDRESS_FILE).write_text(self.layout.address_hint, "utf-8", newline="\n")
            was = _was(target)
            if target.exists():
                os.replace(target, was)  # noqa: PTH105
            os.replace(aside, target)  # noqa: PTH105
            _remove(was)
        finally:
            _remove(aside)

    def _put(self, ref: MediaRef, target: Path) -> None:
        if ref.mime.startswith("image/"):
            target.write_bytes(resized(self.stored(ref), self.layout.settings.picture_width))
        else:  # a copy: what a person does to it must not reach the store
            shutil.copyfile(self.stored(ref), target)

    def _heal(self, target: Path) -> None:
        """Undo what a killed process left between two renames, and remove half-made packs."""
        was = _was(target)
        if was.exists() and not target.exists():
            os.replace(was, target)  # noqa: PTH105
        _remove(was)
        for leftover in self.folder.glob(".*.tmp"):
            _remove(leftover)

    def _others(self, job: Job, target: Path) -> list[Path]:
        if not self.folder.is_dir():
            return []
        return [path for path in sorted(self.folder.glob(f"[!.]*-{_key(job)}")) if path != target]


def _key(job: Job) -> str:
    """Tells two deliveries of one title apart; the same for a delivery's whole life."""
    return hashlib.sha256(job.marker.encode()).hexdigest()[:8]


def _whole(folder: Path, made_of: Mapping[str, object]) -> bool:
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
        files = record.pop("files")
        return record == made_of and all(_sha256(folder / name) == digest for name, digest in files.items())
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return False


def _written(file: Path) -> str:
    """The first line with an address; Notepad may have saved it as UTF-16 or with a mark in front."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_ADDRESS_MAX_BYTES)
    except (FileNotFoundError, NotADirectoryError):
        return ""
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    lines = (line.strip() for line in data.decode(encoding, "replace").splitlines())
    return next((line for line in lines if line and not line.startswith("#")), "")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _was(target: Path) -> Path:
    return target.with_name(f".{target.name}.was")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
