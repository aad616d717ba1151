"""Videos and their captions: recognised by their bytes, never read whole, kept as they are."""

from __future__ import annotations

import re
from pathlib import Path

from content.errors import MediaError
from content.finding import Finding

LARGEST_VIDEO_BYTES = 4 * 1024**3
LARGEST_CAPTIONS_BYTES = 2 * 1024**2
CAPTION_SUFFIXES = {".srt": "application/x-subrip", ".vtt": "text/vtt"}
VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm"})
"""As files are named; what a file is its bytes say (`video_mime`)."""
_HEAD = 64
_CUE = re.compile(r"^(\d+:)?\d{1,2}:\d{2}[.,]\d{3} --> (\d+:)?\d{1,2}:\d{2}[.,]\d{3}", re.MULTILINE)


def video_mime(path: Path) -> str | None:
    """`video/mp4`, `video/quicktime` or `video/webm` by the first bytes; None for anything else."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head[4:8] == b"ftyp":  # ISO base media: the brand tells QuickTime from MP4
        return "video/quicktime" if head[8:10] == b"qt" else "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):  # EBML, the container of WebM
        return "video/webm"
    return None


def caption_text(path: Path) -> bytes:
    """SRT or WebVTT as UTF-8; raises MediaError when it is neither or another encoding."""
    with path.open("rb") as file:
        data = file.read(LARGEST_CAPTIONS_BYTES + 1)
    if len(data) > LARGEST_CAPTIONS_BYTES:
        mib = 1024 * 1024
        values: dict[str, object] = {"mib": -(-len(data) // mib), "largest": LARGEST_CAPTIONS_BYTES // mib}
        raise MediaError(Finding("content.media_large", "block", path.name, values))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MediaError(Finding("content.captions_not_utf8", "block", path.name)) from None
    if not _CUE.search(text.replace("\r\n", "\n")):
        raise MediaError(Finding("content.captions_unread", "block", path.name))
    return text.encode("utf-8")
