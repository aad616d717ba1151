"""Cost against size: `python -m bench.size [COUNT...] --cache FOLDER`; 10 k, 100 k, 1 M, 5 M by default."""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, func, select

from bench import idle, start
from bench.fill import filled
from bench.kept import keep
from bench.office import told
from loa.services.workspace import Workspace
from scheduler.claim import Claim
from scheduler.claiming import Claiming
from scheduler.gate import Gate
from scheduler.store.tables import delivery

COUNTS = (10_000, 100_000, 1_000_000, 5_000_000)
LANES = 64
TIMES = 9
IDLE_S = 20.0


@dataclass(frozen=True)
class Size:
    """`claim_ms`: 64 lanes found, judged by the gate and marked, warm; `first_claim_ms`: the first one after
    the start, which reads the witness's notes. `list_s`: `loa queue list` as a command."""

    queued: int
    file_mb: float
    first_claim_ms: float
    claim_ms: float
    list_s: float
    idle: idle.Idle


class _Undone(Exception):
    """Takes a claim back."""


def run(count: int, cache: Path) -> Size:
    folder = filled(cache, count)
    told(f"{count} queued: claims")
    workspace = Workspace.open(folder)
    first_ms, *more_ms = [_claim_ms(workspace) for _ in range(TIMES + 1)]
    file = workspace.database.file
    assert file is not None
    workspace.close()
    told(f"{count} queued: first claim {first_ms:.0f} ms, then {statistics.median(more_ms):.1f} ms")
    list_s = start.command_s(["-m", "loa.cli.main", "-w", str(folder), "queue", "list"])
    resting = idle.run(count, cache, seconds=IDLE_S)
    return Size(count, file.stat().st_size / 1e6, first_ms, statistics.median(more_ms), list_s, resting)


def _claim_ms(workspace: Workspace) -> float:
    """At the instant when the bulk's first posts are to be prepared; the claim is taken back afterwards."""
    with workspace.database.read() as connection:
        first = select(func.min(delivery.c.wake_at)).where(delivery.c.wake_at.is_not(None))
        due = connection.execute(first).scalar_one()
    claiming = Claiming(Gate(workspace.config.approval, workspace.trust), "bench")
    taken: list[float] = []

    def work(connection: Connection) -> None:
        begun = time.perf_counter()
        claims = claiming.claim(connection, _after(due), LANES, None)
        taken.append(1000 * (time.perf_counter() - begun))
        _must_be_whole(claims)
        raise _Undone

    try:
        workspace.database.run(work)
    except _Undone:
        return taken[0]
    raise AssertionError("the claim was not taken back")


def _after(instant: datetime) -> datetime:
    return instant + timedelta(seconds=1)


def _must_be_whole(claims: Sequence[Claim]) -> None:
    assert len(claims) == LANES, f"the gate let {len(claims)} of {LANES} pass"


def table(found: Sequence[Size]) -> list[str]:
    return [
        "| queued | file | 64 lanes claimed | first claim after a start | `loa queue list` "
        "| publisher starts in | memory | at most | idle CPU |",
        "|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {one.queued:,} | {one.file_mb:,.0f} MB | {one.claim_ms:.1f} ms | {one.first_claim_ms:.0f} ms "
            f"| {one.list_s:.2f} s | {one.idle.start_s:.2f} s | {one.idle.memory_mb:.0f} MB "
            f"| {one.idle.peak_mb:.0f} MB | {one.idle.cpu_percent:.2f} % |"
            for one in found
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.size", description=__doc__)
    parser.add_argument("counts", nargs="*", type=int)
    parser.add_argument("--cache", type=Path, required=True)
    given = parser.parse_args()
    found = [run(count, given.cache) for count in given.counts or COUNTS]
    for one in found:
        keep("size", one)
        keep("idle", one.idle)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
