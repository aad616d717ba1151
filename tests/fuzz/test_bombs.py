"""Small files that want to be large, and large ones that hold nothing: refused or read in little room."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import bombs

LONGEST_S = 5.0
"""Processor time for the worst of them on a slow machine; before the limits some took hours."""
REFUSED = {
    "a PNG that says 60,000 × 60,000": "content.image_bomb",
    "a PNG with a note of 300 MiB": "content.image_damaged",
    "a PNG with a colour profile of 300 MiB": "content.image_damaged",
    "a JPEG of 100,000 scans": "content.image_bomb",
    "an alias bomb": "content.yaml_anchor",
    "a text of anchors": "content.yaml_anchor",
    "brackets without end": "content.yaml_deep",
    "one line of 10 MB": "content.file_large",
    "a post of NUL": "content.utf16",
    "25 GiB of nothing: p.png": "content.media_large",
    "25 GiB of nothing: q.mp4": "content.media_large",
    "25 GiB of nothing: r.srt": "content.media_large",
    "25 GiB of nothing: s.md": "content.file_large",
    "an answer of 300 MiB in gzip": "net:unreachable",
    "gzip in gzip in gzip": "net:unreachable",
    "an answer of 50 MiB": "net:unreachable",
}
TAKEN = (
    "a PNG whose pixels go on after its end",
    "a GIF of 100,000 frames",
    "a pile of marks",
    "blanks between two letters",
    "pictures that never close",
    "forty thousand channels, the last one twice",
)


@pytest.fixture(scope="module")
def told() -> dict[str, tuple[str, float]]:
    """Every bomb in one process that may have a GiB: what came of it, and its processor time."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.bombs"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("bomb", [*REFUSED, *TAKEN])
def test_no_bomb_goes_off(told: dict[str, tuple[str, float]], bomb: str):
    outcome, seconds = told[bomb]
    assert outcome == REFUSED.get(bomb, "taken")
    assert seconds < LONGEST_S


def test_every_bomb_is_looked_at(told: dict[str, tuple[str, float]]):
    assert set(told) == {*REFUSED, *TAKEN}
    assert bombs.MEMORY_BYTES <= 1024**3
