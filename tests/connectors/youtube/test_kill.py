"""A real process, a real SIGKILL in the middle of a chunk, and another process that goes on."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from hashlib import file_digest, sha256
from pathlib import Path

import pytest

from connectors.contract import Handle
from connectors.youtube import upload
from content.limits import MIB
from tests.connectors.youtube.harness import QUANTUM, ChannelHarness, Clock

ROOT = Path(__file__).parents[3]
CHUNK = 4 * QUANTUM

CHILD = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from connectors.http import Http
from connectors.youtube import upload
from tests.connectors.youtube.harness import ChannelHarness, Clock

upload.CHUNK_BYTES = {chunk}
folder = Path({folder!r})
harness = ChannelHarness(SimpleNamespace(url={url!r}), Http(proxies={{}}), Clock(), folder)
job = harness.job(size={size})

def save(handle):
    written = folder / "handle.new"
    written.write_text(json.dumps(handle))
    written.rename(folder / "handle.json")

harness.connector().prepare(job, {{}}, save)
"""


@pytest.mark.slow
@pytest.mark.parametrize("chunks_before", [0, 1, 3])
def test_a_killed_upload_goes_on_where_the_server_is(
    harness: ChannelHarness, clock: Clock, monkeypatch: pytest.MonkeyPatch, chunks_before: int
) -> None:
    size = 5 * CHUNK + 333
    harness.server.fault("slow", operation="chunk", skip=chunks_before, seconds=30)
    child = CHILD.format(chunk=CHUNK, folder=str(harness.folder), url=harness.server.url, size=size)
    process = subprocess.Popen(
        [sys.executable, "-c", child], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    try:
        session = _session_with(harness, (chunks_before + 1) * CHUNK)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    handle = json.loads((harness.folder / "handle.json").read_text())
    assert handle["session"]["uri"].endswith(session)
    assert handle.get("sent", 0) == chunks_before * CHUNK, "the last answer never came"
    monkeypatch.setattr(upload, "CHUNK_BYTES", CHUNK)
    harness.server.world.arrivals.clear()
    job = harness.job(size=size)  # the same seed, so the same file and marker as in the child
    harness.connector().prepare(replace(job, first_try_at=clock()), handle, lambda _: None)
    (video,) = harness.videos(job)
    assert video.sha256 == job.variant.media[0].sha256
    assert harness.operations().count("chunk") == 5 - chunks_before, "what arrived is not sent again"


LARGE = 300 * MIB

LARGE_CHILD = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from connectors.http import Http
from content.variant import MediaRef
from dataclasses import replace
from tests.connectors.youtube.harness import ChannelHarness, Clock

folder, handle = Path({folder!r}), json.loads({handle!r})
harness = ChannelHarness(SimpleNamespace(url={url!r}), Http(proxies={{}}), Clock(), folder)
connector = harness.connector()

def peak_kib():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

def save(handle):
    written = folder / "handle.new"
    written.write_text(json.dumps(handle))
    written.rename(folder / "handle.json")

connector.health()
import connectors.youtube.preparing  # what a worker has loaded by its second video
connector._api.upload
(folder / "before").write_text(str(peak_kib()))
job = harness.job(media=(MediaRef({digest!r}, "video/mp4", {size}, "phim-dai.mp4"),))
if handle:
    job = replace(job, first_try_at=harness.clock())
connector.prepare(job, handle, save)
(folder / "after").write_text(str(peak_kib()))
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
def test_300_megabytes_with_three_cuts_and_a_kill_arrive_whole_in_two_chunks_of_memory(
    harness: ChannelHarness, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = _large_file(harness.folder / "phim-dai.mp4")
    harness.server.fault("cut_mid", operation="chunk", skip=4)
    harness.server.fault("slow", operation="chunk", skip=14, seconds=30)
    child = _large_child(harness, digest, handle={})
    try:
        _session_with(harness, 80 * MIB)
    finally:
        killed_at = _peak_kib(child)
        child.send_signal(signal.SIGKILL)
        child.wait(10)
    first = killed_at - int((harness.folder / "before").read_text())
    (session,) = harness.server.world.sessions.values()
    stored = session.stored
    assert MIB < stored < LARGE
    harness.server.app.faults.clear()
    harness.server.world.arrivals.clear()
    for skip in (3, 12):
        harness.server.fault("cut_mid", operation="chunk", skip=skip)
    handle = json.loads((harness.folder / "handle.json").read_text())
    assert _large_child(harness, digest, handle=handle).wait(300) == 0
    second = int((harness.folder / "after").read_text()) - int((harness.folder / "before").read_text())
    (video,) = harness.server.world.videos.values()
    with video.path.open("rb") as file:
        assert file_digest(file, "sha256").hexdigest() == video.sha256 == digest
    assert "videos.insert" not in harness.operations(), "the same session, in another process"
    assert harness.operations().count("ask") == 1 + 2, "at the start, and after each cut"
    with capsys.disabled():
        print(  # noqa: T201 the figure is the point
            f"\n300 MiB, 3 cuts, killed at {stored / MIB:.0f} MiB: peak memory grew by "
            f"{first / 1024:.1f} and {second / 1024:.1f} MiB (chunk {upload.CHUNK_BYTES // MIB} MiB)"
        )
    assert max(first, second) * 1024 <= 2 * upload.CHUNK_BYTES


def _large_file(path: Path) -> str:
    """Digest of a file that no compression and no repetition makes small."""
    digest, rng = sha256(), random.Random(300)
    with path.open("wb") as file:
        for _ in range(LARGE // MIB):
            piece = rng.randbytes(MIB)
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _large_child(harness: ChannelHarness, digest: str, *, handle: Handle) -> subprocess.Popen[bytes]:
    code = LARGE_CHILD.format(
        folder=str(harness.folder),
        url=harness.server.url,
        handle=json.dumps(handle),
        digest=digest,
        size=LARGE,
    )
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )


def _peak_kib(process: subprocess.Popen[bytes]) -> int:
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def _session_with(harness: ChannelHarness, stored: int) -> str:
    """Wait until the server has that much; the name of the session."""
    pause = threading.Event()
    for _ in range(1_000):
        for session in list(harness.server.world.sessions.values()):
            if session.stored >= stored:
                return session.id
        pause.wait(0.02)
    raise AssertionError("the child never came that far")
