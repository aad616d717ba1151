"""Start-up of commands and of the window: `python -m bench.start --cache FOLDER [--queued COUNT]`.

Floors in the same run: a bare interpreter, and the interpreter that imports click or Textual alone.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.fill import filled
from bench.kept import keep
from bench.office import told
from loa.services.listing import Listing, Wanted
from loa.services.workspace import Workspace
from scheduler.status import Status

TIMES = 7
QUEUED = 1_000_000
PAGE = 200
OPEN = tuple(status for status in Status if status not in ("published", "cancelled", "removed"))


@dataclass(frozen=True)
class Started:
    """Seconds, medians; `opens_s` is what the window's list asks of the database for its first page."""

    queued: int
    bare_s: float
    click_s: float
    textual_s: float
    help_s: float
    list_s: float
    bare_frame_s: float
    frame_s: float
    rows_s: float
    opens_s: float


def run(cache: Path, queued: int = QUEUED) -> Started:
    folder = filled(cache, queued)
    loa = ["-m", "loa.cli.main"]
    commands = {
        "bare": ["-c", "pass"],
        "click": ["-c", "import click"],
        "textual": ["-c", "import textual.app"],
        "help": [*loa, "--help"],
        "list": [*loa, "-w", str(folder), "queue", "list"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(TIMES):  # in turns, so that whatever else the machine does hits all of them
        for name, command in commands.items():
            seconds[name].append(command_s(command, times=1))
    told("commands are measured")
    bare_frame_s, _ = _frames(None)
    frame_s, rows_s = _frames(folder)
    told("frames are measured")
    middle = {name: statistics.median(each) for name, each in seconds.items()}
    return Started(
        queued,
        middle["bare"],
        middle["click"],
        middle["textual"],
        middle["help"],
        middle["list"],
        bare_frame_s,
        frame_s,
        rows_s,
        _opens_s(folder),
    )


def command_s(arguments: Sequence[str], *, times: int = 3) -> float:
    """Median wall-clock seconds of one Python process from its start to its end."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def _frames(folder: Path | None) -> tuple[float, float]:
    """Seconds to the first frame, and to rows on the screen (bench.frame)."""
    found: dict[str, list[float]] = {"frame": [], "rows": []}
    for _ in range(3):
        command = [sys.executable, "-m", "bench.frame", str(time.time()), *([str(folder)] if folder else [])]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for what, after, _memory in map(str.split, out.splitlines()):
            found[what].append(float(after))
    return statistics.median(found["frame"]), statistics.median(found["rows"])


def _opens_s(folder: Path) -> float:
    workspace, taken = Workspace.open(folder), []
    for _ in range(TIMES):
        begun = time.perf_counter()
        listing = Listing(workspace, Wanted(OPEN))
        listing.count()
        listing.fetch(0, PAGE)
        taken.append(time.perf_counter() - begun)
    workspace.close()
    return statistics.median(taken)


def table(found: Started) -> list[str]:
    rows = [
        ("`python -c pass`", found.bare_s, found.bare_s),
        ("importing click", found.click_s, found.bare_s),
        ("importing Textual", found.textual_s, found.bare_s),
        ("`loa --help`", found.help_s, found.click_s),
        (f"`loa queue list`, {found.queued:,}", found.list_s, found.click_s),
        ("first frame, bare Textual", found.bare_frame_s, found.textual_s),
        ("first frame, Loa's window", found.frame_s, found.bare_frame_s),
        (f"rows on the screen, {found.queued:,}", found.rows_s, found.bare_frame_s),
        (f"list of {found.queued:,} opens", found.opens_s, None),
    ]
    return [
        "| What | seconds | against its floor |",
        "|---|---|---|",
        *(
            f"| {what} | {seconds:.3f} | {f'{seconds / floor:.1f} ×' if floor else '–'} |"
            for what, seconds, floor in rows
        ),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.start", description=__doc__)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--queued", type=int, default=QUEUED)
    given = parser.parse_args()
    found = run(given.cache, given.queued)
    keep("start", found)
    print("\n".join(table(found)))


if __name__ == "__main__":
    main()
