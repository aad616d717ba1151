"""The pack of one delivery to a portal: everything to be pasted, and a file for the address of the post."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors import packs
from connectors.assisted.layout import Layout
from connectors.assisted.pictures import resized
from connectors.contract import Job
from content.variant import MediaRef

ROOM = "bai-dang-tay"
ADDRESS_FILE = "dia-chi.txt"
_PREFIX = "hand"
_ADDRESS_MAX_BYTES = 64 * 1024


def disk_trouble() -> AbstractContextManager[None]:
    """An OSError as NotSent with one of this room's codes."""
    return packs.disk_trouble(_PREFIX)


class Packs:
    """The packs of one channel, in `<workspace>/bai-dang-tay/<channel>`."""

    def __init__(self, folder: Path, layout: Layout, stored: Callable[[MediaRef], Path]) -> None:
        self._packs = packs.Packs(
            folder,
            ZoneInfo(layout.unit.timezone),
            layout.digest,
            partial(_write, layout, stored),
            _PREFIX,
            ADDRESS_FILE,
            layout.address_hint,
        )

    def of(self, job: Job) -> Path:
        """Where a delivery's pack is, or will be."""
        return self._packs.of(job)

    def ensure(self, job: Job) -> Path:
        """Have the whole pack there, of exactly this variant and due minute; raises NotSent."""
        return self._packs.ensure(job)

    def call_off(self, marker: str, words: str) -> None:
        """Mark a delivery's pack as not to be used."""
        self._packs.call_off(marker, words)

    def address(self, job: Job) -> str:
        """What a person has written into the pack's address file; empty when nothing."""
        with disk_trouble():
            for folder in self._packs.folders(job):
                if written := _written(folder / ADDRESS_FILE):
                    return written
        return ""


def _write(layout: Layout, stored: Callable[[MediaRef], Path], job: Job, folder: Path) -> None:
    for ref, name in layout.names(job.variant).items():
        if ref.mime.startswith("image/"):
            (folder / name).write_bytes(resized(stored(ref), layout.settings.picture_width))
        else:  # a copy: what a person does to it must not reach the store
            shutil.copyfile(stored(ref), folder / name)
    for name, text in layout.texts(job).items():
        (folder / name).write_text(text, "utf-8", newline="\n")


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
