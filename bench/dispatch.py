"""How late a post's first call is, nothing else going on: `python -m bench.dispatch [COUNT...] --cache DIR`.

Posts fall due one second apart, each on a Page of its own, among COUNT deliveries queued for later. Read at
the platform: when its first call for each post arrived, after the due instant.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import requests

from bench.fill import PAGES, PORT, URL, filled
from bench.kept import keep
from bench.office import FIRST_PAGE, Office, idle_elsewhere, publisher, told

COUNTS = (10_000, 1_000_000)
POSTS = 100
AHEAD_S = 60.0
"""Time to approve and prepare the posts."""
LAST_S = 30.0


@dataclass(frozen=True)
class Dispatch:
    """Milliseconds after the due instant, of `posts` posts."""

    queued: int
    posts: int
    p50_ms: float
    p99_ms: float
    most_ms: float
    idle_before: float
    """Share of the machine that nobody used meanwhile, looked at once in the middle."""


def run(queued: int, cache: Path, *, posts: int = POSTS) -> Dispatch:
    with _copied(filled(cache, queued)) as folder, _platform():
        office = Office(folder, PAGES, URL)
        try:
            late, idle = _late(office, posts)
        finally:
            office.close()
    found = Dispatch(queued, posts, late[len(late) // 2], late[int(len(late) * 0.99)], late[-1], idle)
    told(f"dispatch: {found}")
    return found


def _late(office: Office, posts: int) -> tuple[list[float], float]:
    before = office.count().get("published", 0)
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=AHEAD_S)
    dues = [first + timedelta(seconds=n) for n in range(posts)]
    for n, due in enumerate(dues):
        office.post(f"nay-{first:%d%H%M%S}-{n}", [office.names[n % PAGES]], due)
    told(f"{posts} posts approved, the first is due in {(first - datetime.now(UTC)).total_seconds():.0f} s")
    with publisher(office.workspace.folder):
        until = max(0.0, (first - datetime.now(UTC)).total_seconds() - 2)
        assert office.wait_for("ready", posts, until), f"not prepared in time: {office.count()}"
        time.sleep(max(0.0, (dues[len(dues) // 2] - datetime.now(UTC)).total_seconds()))
        idle = idle_elsewhere()
        rest_s = (dues[-1] - datetime.now(UTC)).total_seconds() + LAST_S
        assert office.wait_for("published", before + posts, rest_s), office.troubles()
    calls = requests.get(f"{URL}/practice/ledger", timeout=60).json()["arrivals"]
    pages = {str(FIRST_PAGE + n % PAGES): due.timestamp() for n, due in enumerate(dues)}
    # Its hidden post is looked at first: the object's name begins with the Page's.
    mine = sorted((a for a in calls if a["wall"] > first.timestamp()), key=lambda a: a["wall"])
    late = []
    for page, at in pages.items():
        looked = (a["wall"] for a in mine if a["object"].startswith(f"{page}_") and a["wall"] >= at)
        late.append(1000 * (next(looked) - at))
    return sorted(late), idle


@contextmanager
def _copied(kept: Path) -> Iterator[Path]:
    """What is kept stays as it was made: each new platform gives the same names to its objects."""
    with TemporaryDirectory(dir=kept.parent) as folder:
        copied = shutil.copytree(kept, Path(folder) / "ws")
        os.sync()  # else the disk is busy while lateness is measured
        yield copied


@contextmanager
def _platform() -> Iterator[None]:
    pages = [arg for n in range(PAGES) for arg in ("--page", f"{FIRST_PAGE + n}:token-{n}:Xã {n}")]
    command = [sys.executable, "-m", "connectors.practice", "--port", str(PORT), *pages]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline(), f"port {PORT} is taken"
        yield
    finally:
        process.terminate()
        process.wait()


def table(found: Sequence[Dispatch]) -> list[str]:
    return [
        "| queued | posts | first call, p50 | p99 | latest | against the first row's p50 |",
        "|---|---|---|---|---|---|",
        *(
            f"| {one.queued:,} | {one.posts} | {one.p50_ms:.0f} ms | {one.p99_ms:.0f} ms "
            f"| {one.most_ms:.0f} ms | {one.p50_ms / found[0].p50_ms:.2f} |"
            for one in found
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.dispatch", description=__doc__)
    parser.add_argument("counts", nargs="*", type=int)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--posts", type=int, default=POSTS, help=f"at most {PAGES}")
    given = parser.parse_args()
    counts = given.counts or COUNTS
    found = [run(count, given.cache, posts=given.posts) for count in counts]
    for one in found:
        keep("dispatch", one)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
