"""The inside of a backup: a tar stream in a locked file, its manifest the last member.

Everything passes through in pieces, so that a video needs no more memory than a text. What was written is
what the manifest tells the digest of, also where a file was changed while it was read.
"""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from content.errors import RefusedByRule
from loa import agefile

FORMAT = 1
MANIFEST = "manifest.json"
OWNER_FILE = "backup.key"
"""For whom backups are locked that nobody is asked for (`loa.agekeys`)."""
SINGLE_FILES = frozenset(
    {
        "config.toml",
        "ngay-nghi.toml",
        "khau-hieu.toml",
        "van_ban.csv",
        "don-vi.csv",
        "don-vi-trust.toml",
        "loa.db",
        "vault.key",
        "trust.toml",
        "witness.key",
        "witness.txt",
        "audit-anchors.txt",
    }
    | {OWNER_FILE, MANIFEST}
)
"""What may lie at the top; all else is in a folder."""
PIECE = 1024 * 1024

Progress = Callable[[int, int], None]
"""Told how many bytes are done, of how many."""
Sink = Callable[[str], BinaryIO | None]
"""Where a member of this name goes; None: only its digest is taken."""


def quiet(done: int, total: int) -> None:
    """Progress that nobody watches."""
    del done, total


def private(path: Path) -> BinaryIO:
    """A new file that only its owner can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself. `files`: size in bytes and SHA-256 by name."""

    made_at: datetime
    unit: str
    version: str
    revision: str
    audit_events: int
    audit_head: str
    files: dict[str, tuple[int, str]]

    def to_json(self) -> bytes:
        fields = {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(),
            "unit": self.unit,
            "version": self.version,
            "revision": self.revision,
            "audit_events": self.audit_events,
            "audit_head": self.audit_head,
            "files": {name: {"size": size, "sha256": sha} for name, (size, sha) in self.files.items()},
        }
        return json.dumps(fields, indent=1).encode("ascii")

    @staticmethod
    def parse(data: bytes) -> Manifest:
        """Raises ValueError for anything else than a manifest of this format."""
        try:
            told: dict[str, Any] = json.loads(data)
            if told["format"] != FORMAT:
                raise ValueError(f"format {told['format']}, this Loa knows {FORMAT}")
            return Manifest(
                datetime.fromisoformat(told["made_at"]),
                str(told["unit"]),
                str(told["version"]),
                str(told["revision"]),
                int(told["audit_events"]),
                str(told["audit_head"]),
                {name: (int(file["size"]), str(file["sha256"])) for name, file in told["files"].items()},
            )
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"the manifest is not whole: {error}") from None


class Packer:
    """Puts files into a backup, one after the other. A context manager, inside the file's own."""

    def __init__(self, file: BinaryIO, lock: str | agefile.Owner, total: int, progress: Progress) -> None:
        self._locker = agefile.Locker(file, lock)
        self.key = self._locker.key
        stream = cast("BinaryIO", self._locker)  # all that a tar stream calls is `write`
        self._tar = tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT, bufsize=PIECE)  # noqa: SIM115
        self._tar.copybufsize = PIECE  # type: ignore[attr-defined]
        self._total, self._done, self._progress = total, 0, progress
        self.files: dict[str, tuple[int, str]] = {}

    def __enter__(self) -> Packer:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):  # broken off: what tarfile still holds must not be written later
            self._tar.close()

    def add(self, name: str, path: Path) -> None:
        """One file; one that was there a moment ago and is gone (a draft that was renamed) is left out."""
        with suppress(FileNotFoundError), path.open("rb") as file:
            size = path.stat().st_size
            self._put(name, file, size)

    def add_bytes(self, name: str, data: bytes) -> None:
        self._put(name, BytesIO(data), len(data))

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the end, without which it is no backup."""
        self.add_bytes(MANIFEST, manifest.to_json())
        self._tar.close()
        self._locker.close()

    def _put(self, name: str, file: BinaryIO, size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        counted = _Counted(name, file, size, self._tell)
        self._tar.addfile(member, cast("BinaryIO", counted))
        self._tar.members = []  # type: ignore[attr-defined]  # tarfile would remember every member until the end
        if name != MANIFEST:
            self.files[name] = (size, counted.digest.hexdigest())

    def _tell(self, more: int) -> None:
        self._done += more
        self._progress(min(self._done, self._total), self._total)


class _Counted:
    """A file of which exactly `size` bytes are read, with their digest."""

    def __init__(self, name: str, file: BinaryIO, size: int, tell: Callable[[int], None]) -> None:
        self._name, self._file, self._left, self._tell = name, file, size, tell
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        if not data and self._left:
            raise RefusedByRule("backup.changed", file=self._name)
        self._left -= len(data)
        self.digest.update(data)
        self._tell(len(data))
        return data


def unpack(file: Path, key: str | agefile.FileKey, sink: Sink, progress: Progress) -> Manifest:
    """Read a backup from end to end, giving each member to `sink`, and hold it against its manifest.

    Raises RefusedByRule for a wrong passphrase and for anything that is not exactly what was written; what a
    sink was given until then must not be used.
    """
    try:
        with file.open("rb") as locked:
            total = file.stat().st_size
            opener = agefile.Opener(locked, key)
            told = _members(opener, sink, lambda: progress(locked.tell(), total))
            while opener.read(
                PIECE
            ):  # to the last chunk: what follows the tar's end is authenticated as well
                progress(locked.tell(), total)
        found, manifest = told
        if manifest is None:
            raise ValueError("it has no manifest")
        if found != manifest.files:
            differing = sorted(found.items() ^ manifest.files.items())
            raise ValueError(f"not as its manifest says: {differing[0][0]}")
        return manifest
    except agefile.WrongPassphrase:
        raise RefusedByRule("backup.wrong_passphrase", file=file) from None
    except (agefile.Damaged, tarfile.TarError, ValueError) as error:
        raise RefusedByRule("backup.damaged", file=file, why=error) from None


def _members(
    opener: agefile.Opener, sink: Sink, tell: Callable[[], None]
) -> tuple[dict[str, tuple[int, str]], Manifest | None]:
    found: dict[str, tuple[int, str]] = {}
    manifest: Manifest | None = None
    with tarfile.open(fileobj=cast("BinaryIO", opener), mode="r|", bufsize=PIECE) as tar:
        while (member := tar.next()) is not None:
            tar.members = []  # type: ignore[attr-defined]
            _must_be_safe(member)
            if member.name in found or manifest:
                raise ValueError(f"{member.name} out of place")
            source = tar.extractfile(member)
            assert source is not None  # it is a regular file
            if member.name == MANIFEST:
                manifest = Manifest.parse(source.read())
                continue
            found[member.name] = _pass_on(cast("BinaryIO", source), sink(member.name), tell)
    return found, manifest


def _pass_on(source: BinaryIO, target: BinaryIO | None, tell: Callable[[], None]) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    try:
        while piece := source.read(PIECE):
            digest.update(piece)
            size += len(piece)
            if target:
                target.write(piece)
            tell()
    finally:
        if target:
            target.close()
    return size, digest.hexdigest()


def _must_be_safe(member: tarfile.TarInfo) -> None:
    """A regular file at a plain place below the folder. The passphrase's owner made it, and may be fooled."""
    parts = member.name.split("/")
    plain = all(part and not part.startswith(".") and "\\" not in part and "\0" not in part for part in parts)
    if member.type != tarfile.REGTYPE or not plain:
        raise ValueError(f"{member.name!r} may not be in a backup")
    if (parts[0] in SINGLE_FILES) != (len(parts) == 1):
        raise ValueError(f"{member.name!r} is not known in a backup")
