"""Releases: whole sites built aside, verified, and put in the place of the old one in one step.

`current` is what the web server serves: a symbolic link into `releases`. Where links are not permitted
(Windows without developer mode) it is a folder, and two renames take the place of one: a reader may then
meet a missing page for an instant, and a kill between the two is repaired by the next call.
"""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from connectors.errors import NotSent
from connectors.website.files import (
    PUBLIC_FILE,
    PUBLIC_FOLDER,
    TEMPORARY,
    sha256,
    share,
    sweep,
    sync,
    sync_folder,
    write,
)
from connectors.website.manifest import IDENTITY, Entry, Manifest, identified
from connectors.website.site import Part

KEPT = 3
_WAS = ".current.was."  # the served site itself while two renames exchange it

_NO_LINKS = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.EOPNOTSUPP)
_IN_THE_WAY = (errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.EEXIST, errno.EACCES, errno.EPERM)


class Releases:
    """`folder/releases` and `folder/current`. Everything that writes is for the holder of the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.current_path = folder / "current"
        self._rooms = folder / "releases"

    def open(self) -> None:
        """Make the folder, remove what a killed process left, bring back a site lost between two renames."""
        self._rooms.mkdir(parents=True, exist_ok=True)
        asides = sorted(self.folder.glob(f".current.*{TEMPORARY}"))
        if not os.path.lexists(self.current_path):
            for aside in [path for path in asides if path.name.startswith(_WAS)][:1]:
                os.replace(aside, self.current_path)  # noqa: PTH105
                asides.remove(aside)
        for leftover in [*asides, *self._rooms.glob(f".*{TEMPORARY}")]:
            _remove(leftover)
        sweep(self.folder)

    def served(self) -> str:
        """Digest of the release in `current`; empty when there is none."""
        try:
            return identified((self.current_path / IDENTITY).read_bytes())
        except FileNotFoundError:
            return ""
        except ValueError as error:
            raise NotSent("site:damaged", f"current/{IDENTITY}: {error}") from error

    def current(self) -> Manifest | None:
        """What `current` holds; None when there is none or its manifest is gone (all is made anew then)."""
        digest = self.served()
        path = self._rooms / f"{digest}.json"
        if not digest or not path.is_file():
            return None
        try:
            return Manifest.parse(path.read_bytes())
        except ValueError as error:
            raise NotSent("site:damaged", f"releases/{path.name}: {error}") from error

    def build(self, parts: Mapping[str, Part], articles: Mapping[str, str], old: Manifest | None) -> Manifest:
        """Make a whole release under its digest; unchanged files are shared with the old one.

        Files are written, then synced, in two rounds: the journal takes them together. The release
        gets its name only when all of it is on the disk and reads back as meant.
        """
        aside = self._rooms / f".{secrets.token_hex(8)}{TEMPORARY}"
        aside.mkdir()
        files: dict[str, Entry] = {}
        fresh: list[Path] = []
        for name, part in parts.items():
            target = aside / name
            if not target.parent.is_dir():
                target.parent.mkdir(parents=True)
            known = self._unchanged(name, part, old)
            if old and known:
                files[name], linked = known, share(self._rooms / old.digest / name, target)
            else:
                files[name], linked = _make(part, target)
            if not linked:
                fresh.append(target)
        manifest = Manifest.of(articles, files)
        files[IDENTITY] = _put(aside / IDENTITY, manifest.identity())
        fresh.append(aside / IDENTITY)
        for path in fresh:
            sync(path)
        _verify(aside, manifest)
        self._name(aside, manifest)
        return manifest

    def swap(self, manifest: Manifest) -> None:
        """Serve this release from now on: the one moment at which anything becomes public.

        Raises OSError or NotSent only when the old release is still the one being served.
        """
        if self.served() == manifest.digest:
            return
        if self._taken():
            raise NotSent("site:folder-taken", f"{self.current_path} holds something that Loa did not make")
        temporary = self._temporary()
        try:
            os.symlink(Path("releases", manifest.digest), temporary, target_is_directory=True)  # noqa: PTH211
        except (OSError, NotImplementedError) as error:
            if isinstance(error, OSError) and error.errno not in _NO_LINKS:
                raise
            shutil.copytree(self._rooms / manifest.digest, temporary, copy_function=_share)
        try:
            os.replace(temporary, self.current_path)  # noqa: PTH105
        except OSError as error:
            # On POSIX nothing but a folder stands in the way of a rename; a lost right is a lost right.
            folder = self.current_path.is_dir() and not self.current_path.is_symlink()
            if error.errno not in _IN_THE_WAY or not (folder or os.name == "nt"):
                raise
            self._exchange(temporary)
        with suppress(OSError):  # it is public: whatever fails from here must not say otherwise
            sync_folder(self.folder)
            os.utime(self._rooms / f"{manifest.digest}.json")

    def _exchange(self, new: Path) -> None:
        old = self.folder / f"{_WAS}{secrets.token_hex(4)}{TEMPORARY}"
        os.replace(self.current_path, old)  # noqa: PTH105
        try:
            os.replace(new, self.current_path)  # noqa: PTH105
        except OSError:
            os.replace(old, self.current_path)  # noqa: PTH105
            raise
        with suppress(OSError):
            _remove(old)

    def _taken(self) -> bool:
        path = self.current_path
        if (path / IDENTITY).is_file() or not os.path.lexists(path):
            return False
        if path.is_dir():
            return any(path.iterdir())
        return not path.is_symlink()  # a link that leads nowhere is ours, its release was removed

    def prune(self, keep: int = KEPT) -> None:
        """Remove all but the latest releases; never the one being served."""
        served = self.served()
        known = sorted(self._rooms.glob("[!.]*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
        digests = [path.stem for path in known]
        kept = {served, *[digest for digest in digests if digest != served][: keep - 1]}
        for digest in digests:
            if digest not in kept:
                _remove(self._rooms / digest)
                (self._rooms / f"{digest}.json").unlink(missing_ok=True)

    def _unchanged(self, name: str, part: Part, old: Manifest | None) -> Entry | None:
        entry = old.files.get(name) if old else None
        if old is None or entry is None or not part.key or entry.key != part.key:
            return None
        source = self._rooms / old.digest / name
        return entry if entry.sound(source) else None  # changed by another hand: made anew

    def _name(self, aside: Path, manifest: Manifest) -> None:
        target = self._rooms / manifest.digest
        if target.is_dir():
            for name, entry in manifest.files.items():
                # The same release exists; put right whatever in it is not as it was made.
                if not entry.sound(target / name):
                    (target / name).parent.mkdir(parents=True, exist_ok=True)
                    os.replace(aside / name, target / name)  # noqa: PTH105
            _remove(aside)
        else:
            for room in (aside, *(path for path in sorted(aside.rglob("*")) if path.is_dir())):
                room.chmod(PUBLIC_FOLDER)
                sync_folder(room)
            os.replace(aside, target)  # noqa: PTH105
            sync_folder(self._rooms)
        write(self._rooms / f"{manifest.digest}.json", manifest.to_json())

    def _temporary(self) -> Path:
        return self.folder / f".current.{secrets.token_hex(4)}{TEMPORARY}"


def _make(part: Part, target: Path) -> tuple[Entry, bool]:
    """The entry, and whether the bytes are on the disk already under another name."""
    if isinstance(part.make, Path):
        linked = share(part.make, target)
        return Entry(part.key, target.stat().st_size, part.key), linked
    return replace(_put(target, part.make()), key=part.key), False


def _put(target: Path, data: bytes) -> Entry:
    target.write_bytes(data)
    target.chmod(PUBLIC_FILE)
    return Entry(sha256(data), len(data))


def _share(source: str, target: str) -> None:
    share(Path(source), Path(target))


def _verify(release: Path, manifest: Manifest) -> None:
    present = {path.relative_to(release).as_posix() for path in _files(release)}
    if present != manifest.files.keys():
        raise NotSent("site:build", f"{sorted(present ^ manifest.files.keys())[:3]} missing or too many")
    for name, entry in manifest.files.items():
        if not entry.sound(release / name):
            raise NotSent("site:build", f"{name} does not read back as it was written")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if not path.is_dir())


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
