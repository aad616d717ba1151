"""Size and length of an MP4 or QuickTime video, read from its index (ISO/IEC 14496-12) and nothing else."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_INDEX_MOST_BYTES = 64 * 1024 * 1024
_BOXES_MOST = 10_000


@dataclass(frozen=True)
class Shape:
    """As it is shown: pixels, a turn by the camera included, and seconds."""

    width: int
    height: int
    seconds: float

    @property
    def is_upright(self) -> bool:
        return self.height > self.width


def shape_of(path: Path) -> Shape | None:
    """None for a file that cannot be read or that has no picture track in an index we know."""
    try:
        with path.open("rb") as file:
            moov = _find(file, 0, path.stat().st_size, b"moov")
            return _shape(file, *moov) if moov else None
    except (OSError, struct.error, ZeroDivisionError, IndexError):
        return None


def _shape(file: BinaryIO, start: int, end: int) -> Shape | None:
    if end - start > _INDEX_MOST_BYTES:
        return None
    seconds, size = 0.0, None
    for kind, inner, inner_end in _boxes(file, start, end):
        if kind == b"mvhd":
            seconds = _seconds(_read(file, inner, inner_end))
        elif kind == b"trak" and size is None and (found := _find(file, inner, inner_end, b"tkhd")):
            size = _size(_read(file, *found))
    return Shape(*size, seconds) if size and seconds else None


def _seconds(header: bytes) -> float:
    scale, length = struct.unpack_from(
        ">IQ" if header[0] == 1 else ">II", header, 20 if header[0] == 1 else 12
    )
    return float(length / scale)


def _size(header: bytes) -> tuple[int, int] | None:
    """Of a track header; None for sound, which has no size. A 0 in the matrix's corner is a quarter turn."""
    at = 52 if header[0] == 1 else 40
    corner = struct.unpack_from(">i", header, at)[0]
    width, height = (value >> 16 for value in struct.unpack_from(">II", header, at + 36))
    if not width or not height:
        return None
    return (height, width) if corner == 0 else (width, height)


def _find(file: BinaryIO, start: int, end: int, wanted: bytes) -> tuple[int, int] | None:
    return next(((a, b) for kind, a, b in _boxes(file, start, end) if kind == wanted), None)


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, where its content begins, where it ends) of the boxes side by side."""
    for _ in range(_BOXES_MOST):
        if start + 8 > end:
            return
        file.seek(start)
        head = file.read(16)
        size, kind = struct.unpack_from(">I4s", head)
        begin = start + 8
        if size == 1:
            size, begin = struct.unpack_from(">Q", head, 8)[0], start + 16
        elif size == 0:
            size = end - start
        if size < begin - start or start + size > end:
            return
        yield kind, begin, start + size
        start += size


def _read(file: BinaryIO, start: int, end: int) -> bytes:
    file.seek(start)
    return file.read(min(end - start, 4096))
