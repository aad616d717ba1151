"""What a publisher costs while nothing is due: `python -m bench.idle COUNT... --cache FOLDER`."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bench.fill import filled
from bench.kept import keep
from bench.office import cpu_s, memory_mb, publisher, told
from loa.services.workspace import Workspace
from scheduler.store.tables import heartbeat

COUNTS = (10_000, 1_000_000)
SETTLE_S = 5.0
IDLE_S = 60.0
START_WITHIN_S = 300.0


@dataclass(frozen=True)
class Idle:
    """`start_s`: from the command to the first beat, which is before the first claim. Memory in megabytes."""

    queued: int
    start_s: float
    start_cpu_s: float
    memory_mb: float
    peak_mb: float
    cpu_percent: float
    """Of one processor."""


def run(count: int, cache: Path, *, seconds: float = IDLE_S) -> Idle:
    """Start a publisher over `count` queued deliveries and leave it alone for so many seconds."""
    folder = filled(cache, count)
    workspace = Workspace.open(folder)
    try:
        with workspace.database.read() as connection:
            known = set(connection.execute(select(heartbeat.c.worker)).scalars())
        begun = time.monotonic()
        with publisher(folder) as process:
            while True:
                with workspace.database.read() as connection:
                    if set(connection.execute(select(heartbeat.c.worker)).scalars()) - known:
                        break
                assert time.monotonic() - begun < START_WITHIN_S, "the publisher did not start"
                time.sleep(0.01)  # a benchmark waits for real time
            start_s = time.monotonic() - begun
            time.sleep(SETTLE_S)
            used = start_cpu_s = cpu_s(process.pid)
            time.sleep(seconds)
            used = cpu_s(process.pid) - used
            now, peak = memory_mb(process.pid)
    finally:
        workspace.close()
    idle = Idle(count, start_s, start_cpu_s, now, peak, 100 * used / seconds)
    told(f"idle: {idle}")
    return idle


def table(found: Sequence[Idle]) -> list[str]:
    return [
        "| queued | start to first beat | CPU of the start | memory | at most | idle CPU |",
        "|---|---|---|---|---|---|",
        *(
            f"| {one.queued:,} | {one.start_s:.2f} s | {one.start_cpu_s:.2f} s | {one.memory_mb:.0f} MB "
            f"| {one.peak_mb:.0f} MB | {one.cpu_percent:.2f} % |"
            for one in found
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.idle", description=__doc__)
    parser.add_argument("counts", nargs="*", type=int)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=IDLE_S)
    given = parser.parse_args()
    counts = given.counts or COUNTS
    found = [run(count, given.cache, seconds=given.seconds) for count in counts]
    for one in found:
        keep("idle", one)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
