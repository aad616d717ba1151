"""A real process, a real SIGKILL in the middle of a chunk, and another process that goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from connectors.youtube import upload
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


def _session_with(harness: ChannelHarness, stored: int) -> str:
    """Wait until the server has that much; the name of the session."""
    pause = threading.Event()
    for _ in range(1_000):
        for session in list(harness.server.world.sessions.values()):
            if session.stored >= stored:
                return session.id
        pause.wait(0.02)
    raise AssertionError("the child never came that far")
