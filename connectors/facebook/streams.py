"""Pieces of a file on their way to Facebook: read from the disk block by block while they are sent."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from connectors.errors import NotSent

BLOCK_BYTES = 64 * 1024


class FilePart:
    """The bytes `start` to `end` of a file between `head` and `tail`, as `requests` sends a stream.

    Raises NotSent when the file cannot be read or is shorter than it was: no answer can come then that
    makes anything public, and a short body would be taken for a cut line. `on_move` hears of every block.
    """

    def __init__(
        self,
        path: Path,
        start: int,
        end: int,
        *,
        head: bytes = b"",
        tail: bytes = b"",
        on_move: Callable[[], None] = lambda: None,
    ) -> None:
        self.path, self.start, self.end, self.on_move = path, start, end, on_move
        self._head, self._tail = head, tail
        self._pieces: Iterator[bytes] | None = None

    def __len__(self) -> int:
        return len(self._head) + self.end - self.start + len(self._tail)

    def read(self, _: int = -1) -> bytes:
        """The next block, whatever size is asked for; empty at the end."""
        if self._pieces is None:
            self._pieces = iter(self)
        return next(self._pieces, b"")

    def __iter__(self) -> Iterator[bytes]:
        if self._head:
            yield self._head
        with self._open() as file:
            left = self.end - self.start
            while left:
                self.on_move()
                try:
                    block = file.read(min(BLOCK_BYTES, left))
                except OSError as error:
                    raise NotSent("fb:media-unreadable", type(error).__name__) from None
                if not block:
                    raise NotSent("fb:media-shrunk", f"{left} bytes before {self.end} are missing")
                left -= len(block)
                yield block
        if self._tail:
            yield self._tail

    def _open(self) -> BinaryIO:
        try:
            file = self.path.open("rb")
            file.seek(self.start)
        except OSError as error:
            raise NotSent("fb:media-unreadable", type(error).__name__) from None
        return file


def multipart(fields: Mapping[str, str], name: str, part: FilePart) -> tuple[FilePart, str]:
    """A form with one file part, as a stream, and its content type."""
    boundary = f"loa-{secrets.token_hex(16)}"
    lines = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
        for field, value in fields.items()
    ]
    lines.append(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="part"\r\n'
        "Content-Type: application/octet-stream\r\n\r\n"
    )
    head, tail = "".join(lines).encode(), f"\r\n--{boundary}--\r\n".encode()
    body = FilePart(part.path, part.start, part.end, head=head, tail=tail, on_move=part.on_move)
    return body, f"multipart/form-data; boundary={boundary}"
