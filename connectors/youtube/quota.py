"""How much of a Cloud project's daily quota Loa has used, so that health can say what is left.

A small file per project and day, shared by all channels and processes of a workspace. It is an
estimate: other programs may use the same project. It never stops a call; Google does that.

Costs and buckets: Google, "Quota Calculator", in buckets since 2026-06-01.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from filelock import FileLock

Bucket = Literal["uploads", "search", "stats", "units"]

DAILY: dict[Bucket, int] = {"uploads": 100, "search": 100, "stats": 10_000, "units": 10_000}

COSTS: dict[str, tuple[Bucket, int]] = {
    "youtube.videos.insert": ("uploads", 1),
    "youtube.search.list": ("search", 1),
    "youtube.videos.batchGetStats": ("stats", 1),
    "youtube.captions.list": ("units", 50),
    "youtube.captions.insert": ("units", 400),
    "youtube.captions.update": ("units", 450),
    "youtube.captions.delete": ("units", 50),
    "youtube.videos.update": ("units", 50),
    "youtube.videos.delete": ("units", 50),
    "youtube.thumbnails.set": ("units", 50),
    "youtube.playlists.insert": ("units", 50),
    "youtube.playlistItems.insert": ("units", 50),
}
"""Any other call of the Data API costs one unit; Analytics has a quota of its own."""

_PACIFIC = ZoneInfo("America/Los_Angeles")
_LOCK_TIMEOUT_S = 2.0


def cost_of(method: str) -> tuple[Bucket, int] | None:
    """Bucket and price of a method id (`youtube.videos.list`); None for what the Data API does not bill."""
    if method in COSTS:
        return COSTS[method]
    return ("units", 1) if method.startswith("youtube.") else None


def next_reset(now: datetime) -> datetime:
    """The next midnight in California, when Google fills the buckets; aware, in the zone of `now`."""
    there = now.astimezone(_PACIFIC)
    midnight = datetime.combine(there.date() + timedelta(days=1), time(), _PACIFIC)
    return midnight.astimezone(now.tzinfo)


class QuotaBook:
    """Counts of one project. Trouble with the file never becomes trouble with publishing."""

    def __init__(self, folder: Path, client_id: str, now: Callable[[], datetime]) -> None:
        self._path = folder / f"youtube-{_project(client_id)}.json"
        self._now = now

    def count(self, method: str) -> None:
        """One call of this method was made; also refused ones cost."""
        cost = cost_of(method)
        if cost:
            self._change(lambda used: used.__setitem__(cost[0], used.get(cost[0], 0) + cost[1]))

    def exhausted(self, method: str) -> None:
        """Google says that the bucket of this method is empty, whoever emptied it."""
        cost = cost_of(method)
        if cost:
            bucket = cost[0]
            self._change(lambda used: used.__setitem__(bucket, max(used.get(bucket, 0), DAILY[bucket])))

    def left(self) -> dict[Bucket, int]:
        """What each bucket still holds today, never below 0."""
        try:
            used = self._read()
        except OSError:
            used = {}
        return {bucket: max(0, most - used.get(bucket, 0)) for bucket, most in DAILY.items()}

    def _change(self, change: Callable[[dict[str, int]], None]) -> None:
        with contextlib.suppress(OSError):  # filelock's Timeout is one too
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self._path}.lock", timeout=_LOCK_TIMEOUT_S):
                used = self._read()
                change(used)
                written = self._path.with_suffix(".new")
                written.write_text(json.dumps({"day": self._today(), "used": used}), "utf-8")
                os.replace(written, self._path)  # noqa: PTH105 a reader sees the old file or the new one

    def _read(self) -> dict[str, int]:
        try:
            kept: Any = json.loads(self._path.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        if not isinstance(kept, dict) or kept.get("day") != self._today():
            return {}
        used = kept.get("used")
        return {str(k): v for k, v in used.items() if type(v) is int} if isinstance(used, dict) else {}

    def _today(self) -> str:
        return self._now().astimezone(_PACIFIC).date().isoformat()


def _project(client_id: str) -> str:
    """Google's client ids begin with the project's number (`1234-abc.apps.googleusercontent.com`)."""
    number = re.match(r"(\d{4,})-", client_id)
    return number[1] if number else hashlib.sha256(client_id.encode()).hexdigest()[:12]
