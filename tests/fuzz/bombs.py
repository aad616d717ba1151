"""Run by test_bombs.py in a process with little memory and time: small files that want to be large."""

from __future__ import annotations

import gzip
import io
import json
import resource
import struct
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image

from connectors.errors import ConnectorError
from content.adapt import adapt
from content.checks import check_post
from content.errors import UsageError
from content.frontmatter import read_post
from content.limits import Limits
from content.media import MediaError, MediaStore
from tests.fuzz.posts import NOW

MEMORY_BYTES = 1024**3
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def _png(*chunks: tuple[bytes, bytes]) -> bytes:
    made = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + made


def _header(width: int, height: int) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)


_ONE_PIXEL = (b"IDAT", zlib.compress(bytes(4))), (b"IEND", b"")


@cache
def _deflated(mib: int) -> bytes:
    squeeze = zlib.compressobj(1)
    return b"".join(squeeze.compress(bytes(1024**2)) for _ in range(mib)) + squeeze.flush()


def _dot(kind: str, **how: object) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (64, 64), 128).save(buffer, kind, **how)
    return buffer.getvalue()


def _scans(count: int) -> bytes:
    """A progressive JPEG whose last pass is said over and over."""
    jpeg = _dot("JPEG", progressive=True)
    last = jpeg.rindex(b"\xff\xc4", 0, jpeg.rindex(b"\xff\xda"))  # with the table it needs
    return jpeg[:-2] + jpeg[last:-2] * count + jpeg[-2:]


def _frames(count: int) -> bytes:
    gif = _dot("GIF")
    frame = gif[gif.index(b"\x2c", 13 + 3 * 2 ** ((gif[10] & 7) + 1)) : -1]
    return gif[:-1] + frame * count + b";"


def _front(lines: str, body: str = "Chữ") -> bytes:
    return f"---\ntitle: A\nkind: hoi_dap\n{lines}\n---\n{body}\n".encode()


_ALIASES = "a: &a [x, x]\n" + "\n".join(f"{b}: &{b} [*{a}, *{a}]" for a, b in pairwise("abcdefghijklmnop"))
FULL = 255 * 1024
"""Bytes; nearly as large as a post may be."""

FILES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a PNG that says 60,000 × 60,000": ("a.png", lambda: _png(_header(60_000, 60_000), (b"IDAT", b""))),
    "a PNG whose pixels go on after its end": (
        "b.png",
        lambda: _png(_header(64, 64), (b"IDAT", _deflated(300)), (b"IEND", b"")),
    ),
    "a PNG with a note of 300 MiB": (
        "c.png",
        lambda: _png(
            _header(1, 1), (b"zTXt", b"a\0\0" + _deflated(300)), *_ONE_PIXEL
        ),
    ),
    "a PNG with a colour profile of 300 MiB": (
        "d.png",
        lambda: _png(
            _header(1, 1), (b"iCCP", b"a\0\0" + _deflated(300)), *_ONE_PIXEL
        ),
    ),
    "a GIF of 100,000 frames": ("e.gif", lambda: _frames(100_000)),
    "a JPEG of 100,000 scans": ("f.jpg", lambda: _scans(100_000)),
    "an alias bomb": ("g.md", lambda: _front(_ALIASES)),
    "brackets without end": ("h.md", lambda: _front("tags: " + "[" * FULL)),
    "one line of 10 MB": ("i.md", lambda: _front("", "x" * 10_000_000)),
    "a post of NUL": ("j.md", lambda: bytes(10_000)),
    "a pile of marks": ("k.md", lambda: _front("", "a" + "\u0301\u0327" * (FULL // 4))),
    "blanks between two letters": ("l.md", lambda: _front("", "x" + " " * FULL + "x")),
    "pictures that never close": ("m.md", lambda: _front("", "![" * (FULL // 2))),
    "forty thousand channels, the last one twice": (
        "n.md",
        lambda: _front(f"channels: [{','.join(f'{n:x}' for n in range(40_000))},{39_999:x}]"),
    ),
    "a text of anchors": ("o.md", lambda: _front("tags: [" + "&a b," * (FULL // 6) + "]")),
}  # fmt: skip
SPARSE = ("p.png", "q.mp4", "r.srt", "s.md")
"""25 GiB each and nothing in them: refused by their size, before a byte is read."""


def read(path: Path, store: MediaStore) -> object:
    """Taken in as import does it, a post as far as the text that the channels get."""
    if path.suffix != ".md":
        return store.add(path, "")
    post, _ = read_post(path, HANOI)
    check_post(post, known_channels=["website"], now=NOW)
    return adapt(
        post,
        {},
        revision=1,
        channel="website",
        platform="website",
        account="1",
        limits=Limits(text_max=5000, markdown=True),
        author="",
        not_before=NOW,
        deadline=NOW,
    )


def answers() -> Iterator[tuple[str, bytes, dict[str, str]]]:
    """What a platform might send: (name, body, headers)."""
    bomb = gzip.compress(bytes(300 * 1024**2), 1)
    yield "an answer of 300 MiB in gzip", bomb, {"Content-Encoding": "gzip"}
    yield "gzip in gzip in gzip", gzip.compress(gzip.compress(bomb)), {"Content-Encoding": "gzip, gzip, gzip"}
    yield "an answer of 50 MiB", bytes(50 * 1024**2), {}


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    told: dict[str, tuple[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        store = MediaStore(Path(folder) / "media")

        def light(name: str, path: Path) -> None:
            began = time.process_time()
            try:
                read(path, store)
                outcome = "taken"
            except MediaError as refusal:
                outcome = refusal.finding.rule
            except UsageError as refusal:
                outcome = (
                    ",".join(dict.fromkeys(f.rule for f in getattr(refusal, "findings", ()))) or "refused"
                )
            except Exception as crash:
                outcome = f"{type(crash).__name__}: {crash}"
            told[name] = (outcome[:300], time.process_time() - began)

        for name, (file, made) in FILES.items():
            path = Path(folder) / file
            path.write_bytes(made())
            light(name, path)
        for file in SPARSE:
            with (Path(folder) / file).open("wb") as sparse:
                sparse.truncate(25 * 1024**3)
            light(f"25 GiB of nothing: {file}", Path(folder) / file)
    from tests.fuzz.answers import NOWHERE, Reply, Scene, Wire, http_on

    for name, body, headers in answers():
        wire = Wire({})
        wire.play(Scene("", (Reply(200, headers, body),), False))
        began = time.process_time()
        try:
            outcome = f"taken: {len(http_on(wire).call('GET', NOWHERE, creates=False).body)} bytes"
        except ConnectorError as refusal:
            outcome = refusal.code
        except Exception as crash:
            outcome = f"{type(crash).__name__}: {crash}"
        told[name] = (outcome, time.process_time() - began)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
