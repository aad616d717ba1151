"""Run benchmarks and write `bench/results.md`."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from pathlib import Path

from bench import herd

RESULTS = Path(__file__).with_name("results.md")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    runs = sorted((herd.run(count) for _ in range(3)), key=lambda r: r.last)
    middle = runs[len(runs) // 2]
    lines = [
        "# Figures",
        "",
        f"Python {platform.python_version()}, {platform.machine()}, APScheduler {version('apscheduler')}, "
        f"SQLAlchemy {version('sqlalchemy')}, requests {version('requests')}. Median of {len(runs)} runs.",
        "",
        "| Pages, one post each, one second | first reveal | median | last | bare pool, last | ratio |",
        "|---|---|---|---|---|---|",
        f"| {middle.channels} | {middle.first:.3f} s | {middle.median:.3f} s | {middle.last:.3f} s "
        f"| {middle.floor_last:.3f} s | {middle.ratio:.2f} |",
        "",
    ]
    RESULTS.write_text("\n".join(lines), "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
