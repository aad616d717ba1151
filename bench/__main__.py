"""Run benchmarks and write `bench/pages.md`."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from pathlib import Path

from bench import freeze, herd

RESULTS = Path(__file__).with_name("pages.md")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    lines = [
        "# Figures",
        "",
        f"Python {platform.python_version()}, {platform.machine()}, APScheduler {version('apscheduler')}, "
        f"SQLAlchemy {version('sqlalchemy')}, requests {version('requests')}. Medians of {herd.RUNS} rounds.",
        "",
        *herd.table([herd.run(count, 1)]),
        "",
        *_freeze(),
    ]
    RESULTS.write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


def _freeze() -> list[str]:
    told = freeze.run()
    return [
        "A freeze of 200 queued posts and 20 that platforms hold; seconds since the command was started, its "
        "own start included.",
        "",
        "| stopped | recalled | everything stands still | platforms hold nothing | answered "
        "| bare pool, the same calls | ratio | begun afterwards |",
        "|---|---|---|---|---|---|---|---|",
        f"| {told.stopped} | {told.recalled} of {told.recalled + told.not_recalled} | {told.stopped_s:.2f} s "
        f"| {told.recalled_s:.2f} s | {told.answered_s:.2f} s | {told.floor_s:.2f} s | {told.ratio:.1f} "
        f"| {told.leaving_after} |",
        "",
    ]


if __name__ == "__main__":
    main()
