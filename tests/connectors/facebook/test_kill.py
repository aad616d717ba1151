"""300 MB through a bad line: three cuts, a SIGKILL, another process that goes on, and the memory it took."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from hashlib import file_digest
from pathlib import Path

import pytest

from content.variant import MediaRef
from tests.connectors.facebook.harness import MP4_HEAD, PageHarness

ROOT = Path(__file__).parents[3]
MB = 1_000_000
SIZE = 300 * MB
GROWTH_MOST_MIB = 64

CHILD = """
import json, sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from connectors.http import Http
from content.variant import MediaRef
from tests.connectors.facebook.harness import Clock, PageHarness

folder, url, setting = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
server = SimpleNamespace(url=url)
harness = PageHarness(server, Http(proxies={}), Clock(), folder, footage=True, video_as=setting)
media = MediaRef(**json.loads((folder / "media.json").read_text()))
job = harness.job(media=(media,))
kept = folder / "handle.json"
handle = json.loads(kept.read_text()) if kept.exists() else {}
if handle:
    job = replace(job, first_try_at=harness.clock())

def save(handle):
    written = folder / "handle.new"
    written.write_text(json.dumps(handle))
    written.rename(kept)

def peak_kib():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])

harness.connector()  # everything is imported by now
Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
before = peak_kib()
harness.connector().prepare(job, handle, save)
print(json.dumps({"before_kib": before, "peak_kib": peak_kib()}))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("way", ["feed", "reel"])
def test_a_large_video_survives_cuts_and_a_kill_and_is_never_held(
    video: PageHarness, reel: PageHarness, way: str
) -> None:
    page = video if way == "feed" else reel
    server = page.server
    server.world.shelf.chunk_bytes = 4 * 1024 * 1024
    media = _large_file(page.folder)
    edge = "videos" if way == "feed" else "video-upload"
    if way == "feed":
        for skip in (5, 20, 50):
            server.fault("cut_mid", method="POST", edge=edge, skip=skip)
        server.fault("slow", method="POST", edge=edge, phase="transfer", skip=40, seconds=60)
    else:
        server.fault("cut_mid", method="POST", edge=edge, times=3)
    first = _start(page, way)
    try:
        # two of the forty transfers before the slow one ask what arrived of a piece that was cut
        _wait_for(page, 38 * 4 * 1024 * 1024 if way == "feed" else 20 * MB)
        first_peak_kib = _peak_kib(first.pid)
    finally:
        first.send_signal(signal.SIGKILL)
        first.communicate(timeout=10)
    assert first.returncode == -signal.SIGKILL
    handle = json.loads((page.folder / "handle.json").read_text())
    (upload,) = server.world.videos.values()
    assert handle["video"] == upload.id
    assert upload.received < SIZE, "the first process was killed in the middle"
    second = _start(page, way)
    told, _ = second.communicate(timeout=120)
    assert second.returncode == 0
    (upload,) = server.world.videos.values()
    assert upload.sha256 == media.sha256
    memory = json.loads(told)
    peak_kib = max(first_peak_kib, memory["peak_kib"])
    growth_mib = (peak_kib - memory["before_kib"]) / 1024
    sys.stderr.write(
        f"\n{way}: {SIZE // MB} MB, peak {peak_kib / 1024:.0f} MiB, {growth_mib:.1f} MiB above start\n"
    )
    assert growth_mib < GROWTH_MOST_MIB


def _large_file(folder: Path) -> MediaRef:
    """Looks like an MP4; mostly a hole, with marks all over so that a misplaced chunk is seen."""
    path = folder / "phim-dai.mp4"
    with path.open("wb") as file:
        file.truncate(SIZE)
        for tenth in range(10):
            file.seek(tenth * SIZE // 10)
            file.write(MP4_HEAD + os.urandom(4096))
    with path.open("rb") as file:
        digest = file_digest(file, "sha256").hexdigest()
    media = MediaRef(digest, "video/mp4", SIZE, path.name)
    (folder / "media.json").write_text(json.dumps(media.__dict__))
    return media


def _start(page: PageHarness, way: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(page.folder), page.server.url, way]
    return subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, text=True
    )


def _peak_kib(process: int) -> int:
    return int(Path(f"/proc/{process}/status").read_text().partition("VmHWM:")[2].split()[0])


def _wait_for(page: PageHarness, received: int) -> None:
    pause = threading.Event()
    for _ in range(3_000):
        if any(video.received >= received for video in list(page.server.world.videos.values())):
            return
        pause.wait(0.01)
    raise AssertionError("the child never came that far")
