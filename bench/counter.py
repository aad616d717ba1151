"""A big access log counted: `python -m bench.counter [MEGABYTES]` writes `bench/counter.md`.

Floors, in the same run: `wc -l`, and a bare reading of the file by lines in Python. The log is of 60 days of
a busy site and deleted afterwards; who counts it is a process of its own, whose peak the kernel tells.
"""

from __future__ import annotations

import platform
import random
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from content.counting.logline import Judge
from content.counting.readers import Readers
from loa.services import accesslog

RESULTS = Path(__file__).with_name("counter.md")
ARTICLES, DAYS = 200, 60
FIRST = datetime(2026, 9, 1, tzinfo=UTC)
KIT = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0"
AGENTS = (
    f"Mozilla/5.0 (Linux; Android 14; SM-A155F) {KIT} Mobile Safari/537.36 Zalo android/24100738",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {KIT} Safari/537.36",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {KIT} Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)


def article(number: int) -> str:
    return f"/pbgdpl/bai/bai-so-{number}-1a2b3c4d.html"


def make(file: Path, megabytes: int) -> int:
    """How many views of articles by people are in it."""
    draw, views, kinds = random.Random(7), 0, []
    for _ in range(40_000):
        path = (
            article(draw.randrange(ARTICLES))
            if draw.random() < 0.25
            else f"/pbgdpl/media/{draw.random()}.jpg"
        )
        agent = draw.choice(AGENTS)
        address = f"10.{draw.randrange(256)}.{draw.randrange(256)}.{draw.randrange(256)}"
        end = f'"GET {path} HTTP/1.1" 200 {draw.randrange(90_000)} "-" "{agent}"\n'
        kinds.append((f"{address} - - [".encode(), end.encode(), "/bai/" in path and "bot" not in agent))
    minutes = DAYS * 1440
    size = sum(len(a) + len(b) + 28 for a, b, _ in kinds) / len(kinds)
    per_minute = int(megabytes * 1e6 / size / minutes) + 1
    with file.open("wb") as out:
        for minute in range(minutes):
            stamp = f"{FIRST + timedelta(minutes=minute):%d/%b/%Y:%H:%M}"
            lines = []
            for n in range(per_minute):
                begin, end, seen = kinds[draw.randrange(len(kinds))]
                lines += [begin, f"{stamp}:{n * 60 // per_minute:02d} +0000] ".encode(), end]
                views += seen
            out.write(b"".join(lines))
    return views


def count(file: Path) -> None:
    """In a process of its own: seconds, views, kilobytes at the peak."""
    judge = Judge({article(n).encode(): n for n in range(ARTICLES)}, Readers(), ZoneInfo("Asia/Ho_Chi_Minh"))
    begin = time.perf_counter()
    told = accesslog.read([file], judge, 4e9)
    took = time.perf_counter() - begin
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    print(took, told.verdicts["view"], peak.split()[1], told.lines)


def bare(file: Path) -> float:
    begin = time.perf_counter()
    with file.open("rb") as opened:
        for _ in opened:
            pass
    return time.perf_counter() - begin


def counted(file: Path) -> tuple[float, int, int, int]:
    command = [sys.executable, "-m", "bench.counter", "--count", str(file)]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return float(told[0]), int(told[1]), int(told[2]), int(told[3])


def main() -> None:
    if sys.argv[1:2] == ["--count"]:
        count(Path(sys.argv[2]))
        return
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    lines = [
        "# An access log, counted",
        "",
        f"`python -m bench.counter {megabytes}`: Python {platform.python_version()}, {platform.machine()}. "
        f"{ARTICLES} articles, {DAYS} days; one run, floors in the same run.",
        "",
        "| log | lines | views found / true | `wc -l` | bare reading | counted | ratio to bare | peak |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for part in (megabytes // 10, megabytes):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "access.log"
            true = make(file, part)
            begin = time.perf_counter()
            subprocess.run(["wc", "-l", str(file)], check=True, capture_output=True)
            wc_s, bare_s = time.perf_counter() - begin, bare(file)
            took_s, views, kilobytes, of = counted(file)
            lines.append(
                f"| {file.stat().st_size / 1e6:.0f} MB | {of:,} | {views:,} / {true:,} | {wc_s:.2f} s "
                f"| {bare_s:.2f} s | {took_s:.1f} s | {took_s / bare_s:.0f} | {kilobytes / 1024:.0f} MB |"
            )
    RESULTS.write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
