"""Packs: a folder with everything that a person needs for one delivery, made whole or not at all.

A record beside the files says of what they were made, so a pack that is whole and right is left alone, and
one that somebody changed is made anew. What a person has written into a pack's own file, or put beside the
files of a pack, is never lost.
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
from zoneinfo import ZoneInfo

from connectors.contract import Job
from connectors.errors import NotSent
from content.text import slug
from content.variant import seal

RECORD = ".loa.json"
CALLED_OFF = "00-DA-RUT-KHONG-DUNG.txt"
FORMAT = 1
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def disk_trouble(prefix: str) -> Iterator[None]:
    """An OSError as NotSent with the code `PREFIX:no-space` or `PREFIX:disk`: nothing of a pack is public."""
    try:
        yield
    except OSError as error:
        code = f"{prefix}:{'no-space' if error.errno in _NO_SPACE else 'disk'}"
        raise NotSent(code, f"{error.strerror or type(error).__name__}: {error.filename or '?'}") from error


@dataclass(frozen=True)
class Packs:
    """The packs of one channel, in `folder`.

    `make` writes a pack's files into an empty folder; `digest` changes with everything that shapes them
    beside the variant. `kept` is the file for people, `hint` what stands in it first. `prefix` begins the
    codes of errors.
    """

    folder: Path
    zone: ZoneInfo
    digest: str
    make: Callable[[Job, Path], None]
    prefix: str
    kept: str = ""
    hint: str = ""

    def of(self, job: Job) -> Path:
        """Where a delivery's pack is, or will be: the day first, so that a folder list is a plan of work."""
        day = job.due_at.astimezone(self.zone)
        return self.folder / f"{day:%Y-%m-%d}-{slug(job.variant.title)}-{_key(job.marker)}"

    def ensure(self, job: Job) -> Path:
        """Have the whole pack there, of exactly this variant and due minute; raises NotSent."""
        with disk_trouble(self.prefix):
            self.folder.mkdir(parents=True, exist_ok=True)
            target = self.of(job)
            self._heal(target)
            for other in self._others(job, target):  # the due day or the title has changed since
                _remove(target)
                os.replace(other, target)  # noqa: PTH105
            (target / CALLED_OFF).unlink(missing_ok=True)
            made_of = {
                "format": FORMAT,
                "seal": seal(job.variant.canonical()),
                "due_at": job.due_at.isoformat(),
                "layout": self.digest,
            }
            if not _whole(target, made_of):
                self._make(job, target, made_of)
        return target

    def call_off(self, marker: str, words: str) -> None:
        """Say in a delivery's packs that they are not to be used until the next `ensure`; repeatable."""
        with disk_trouble(self.prefix):
            for folder in self.folder.glob(f"[!.]*-{_key(marker)}"):
                (folder / CALLED_OFF).write_text(f"{words}\n", "utf-8", newline="\n")

    def folders(self, job: Job) -> list[Path]:
        """Where a pack of this delivery may be, its own place first."""
        return [self.of(job), *self._others(job, self.of(job))]

    def _make(self, job: Job, target: Path, made_of: Mapping[str, object]) -> None:
        aside = self.folder / f".{secrets.token_hex(6)}.tmp"
        aside.mkdir()
        try:
            self.make(job, aside)
            files = {path.name: _sha256(path) for path in sorted(aside.iterdir())}
            (aside / RECORD).write_text(json.dumps({**made_of, "files": files}, indent=1), "utf-8")
            for path in self._of_people(target):
                if not (aside / path.name).exists():
                    _copy(path, aside / path.name)
            if self.kept and not (aside / self.kept).exists():
                (aside / self.kept).write_text(self.hint, "utf-8", newline="\n")
            was = _was(target)
            if target.exists():
                os.replace(target, was)  # noqa: PTH105
            os.replace(aside, target)  # noqa: PTH105
            _remove(was)
        finally:
            _remove(aside)

    def _of_people(self, target: Path) -> list[Path]:
        """What lies in a pack and was not made by us: a voice that somebody recorded. Where no record tells
        what we made, only the file that is for people: a picture of an earlier text must not come back.
        """
        if not target.is_dir():
            return []
        try:
            ours = {RECORD, CALLED_OFF, *json.loads((target / RECORD).read_text("utf-8"))["files"]}
        except (OSError, ValueError, KeyError, TypeError):
            return [path for path in target.iterdir() if path.name == self.kept]
        return [path for path in sorted(target.iterdir()) if path.name not in ours]

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
        return [path for path in sorted(self.folder.glob(f"[!.]*-{_key(job.marker)}")) if path != target]


def _key(marker: str) -> str:
    """Tells two deliveries of one title apart; the same for a delivery's whole life."""
    return hashlib.sha256(marker.encode()).hexdigest()[:8]


def _whole(folder: Path, made_of: Mapping[str, object]) -> bool:
    try:
        record = json.loads((folder / RECORD).read_text("utf-8"))
        files = record.pop("files")
        return record == made_of and all(_sha256(folder / name) == digest for name, digest in files.items())
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(path: Path, to: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.copytree(path, to, symlinks=True)
    else:
        shutil.copy2(path, to, follow_symlinks=False)


def _was(target: Path) -> Path:
    return target.with_name(f".{target.name}.was")


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
