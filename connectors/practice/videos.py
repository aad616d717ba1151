"""Videos of the practice platform. Their bytes go to files as they arrive; none is held in memory."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import weakref
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

CHUNK_BYTES = 4 * 1024 * 1024
"""How much of a feed video the platform asks for at a time."""


@dataclass
class Video:
    """An upload, and the video it becomes. `session` is empty for a Reel, whose bytes go to rupload."""

    id: str
    page: str
    session: str
    size: int
    path: Path
    created_at: datetime
    reel: bool = False
    received: int = 0
    title: str = ""
    description: str = ""
    labels: list[str] = field(default_factory=list)
    thumbnail: str = ""
    thumbnail_mime: str = ""
    captions: dict[str, bytes] = field(default_factory=dict)
    finished_at: datetime | None = None
    failed: bool = False
    post: str = ""

    @property
    def is_whole(self) -> bool:
        return 0 < self.size == self.received

    @property
    def sha256(self) -> str:
        """Digest of the bytes that arrived."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def append(self, content: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(content)
        self.received += len(content)


class VideoShelf:
    """Where the files lie, and how the platform treats uploads; tests set the latter."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self.forget_settings()

    def forget_settings(self) -> None:
        self.chunk_bytes = CHUNK_BYTES
        self.processing = timedelta(seconds=10)
        self.hidden_for = timedelta(0)
        """For so long after a start or finish a video "does not exist" (post-for-me PR #355)."""
        self.reels_a_day = 30

    def clear(self) -> None:
        if self._folder:
            for file in self._folder.iterdir():
                file.unlink()

    def path(self, name: str) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="loa-practice-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder / f"{name}.mp4"

    def ready_at(self, video: Video) -> datetime:
        """When processing is through; never for a video that failed."""
        begun = video.finished_at or video.created_at
        return begun + (timedelta(days=36_500) if video.failed else self.processing)

    def stage(self, video: Video, now: datetime) -> str:
        """Facebook's `video_status`: uploading, upload_complete, processing, ready, error."""
        if video.finished_at is None:
            return "upload_complete" if video.is_whole else "uploading"
        if video.failed:
            return "error"
        return "ready" if now >= self.ready_at(video) else "processing"
