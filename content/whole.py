"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600
"""For what only Loa reads; anything else may have to be read by a web server, or is made to be given away."""


@contextmanager
def whole(target: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """A file that takes its name when all is written and on the disk; otherwise the older one stays."""
    handle, temporary = tempfile.mkstemp(prefix=".loa-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)  # noqa: PTH101 mkstemp made it private
        os.replace(temporary, target)  # noqa: PTH105
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(target)  # a full disk does not say which one it is
        raise
    sync_folder(target.parent)


def write_whole(target: Path, data: bytes, mode: int = 0o644) -> None:
    """The whole of it under its name, or the older one stays: never half of it."""
    with whole(target, mode) as file:
        file.write(data)


def sync_folder(folder: Path) -> None:
    """Have a folder's names on the disk, where the system knows such a thing.

    Without this a power cut may lose the name of a file whose bytes are safe.
    """
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
